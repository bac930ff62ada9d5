//! Tells a protocol by its first bytes.

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sniffed {
    /// Too few bytes to tell.
    Open,
    /// A TLS handshake record.
    Tls,
    /// An HTTP/1 request.
    Http1,
    /// HTTP/2 with prior knowledge.
    Http2,
    /// SOCKS version 5.
    Socks5,
    /// Nothing that candor knows.
    Unknown,
}

/// RFC 9113, section 3.4.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Longest method that is taken for one.
const LONGEST_METHOD: usize = 32;

/// Tells what a client speaks.
pub(crate) fn sniff(bytes: &[u8]) -> Sniffed {
    match bytes {
        [] => Sniffed::Open,
        // A SOCKS greeting and a TLS record start with bytes that no HTTP method has.
        [5, ..] => Sniffed::Socks5,
        [0x16] => Sniffed::Open,
        [0x16, 3, ..] => Sniffed::Tls,
        _ if bytes.starts_with(PREFACE) => Sniffed::Http2,
        _ if PREFACE.starts_with(bytes) => Sniffed::Open,
        [b'\r' | b'\n', ..] => after_empty_lines(bytes),
        _ => method(bytes),
    }
}

/// Empty lines before a request are to be ignored (RFC 9112, section 2.2); two are plenty.
fn after_empty_lines(bytes: &[u8]) -> Sniffed {
    match bytes.iter().position(|b| !b"\r\n".contains(b)) {
        None if bytes.len() <= 4 => Sniffed::Open,
        Some(at @ ..=4) => match method(bytes.get(at..).unwrap_or_default()) {
            known @ (Sniffed::Http1 | Sniffed::Open) => known,
            _ => Sniffed::Unknown,
        },
        _ => Sniffed::Unknown,
    }
}

fn method(bytes: &[u8]) -> Sniffed {
    let token = |b: &u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b);
    match bytes.iter().position(|b| !token(b)) {
        Some(at) if at > 0 && bytes.get(at) == Some(&b' ') => target(bytes, at),
        None if bytes.len() <= LONGEST_METHOD => Sniffed::Open,
        _ => Sniffed::Unknown,
    }
}

/// After the method comes a path, an absolute URL, `*` or `host:port`. Other text protocols have
/// words and spaces too, but hardly ever in capitals before a slash or a name with a version.
fn target(bytes: &[u8], space: usize) -> Sniffed {
    let method = bytes.get(..space).unwrap_or_default();
    match bytes.get(space + 1) {
        None => Sniffed::Open,
        Some(b'/' | b'*') => Sniffed::Http1,
        Some(b) if b.is_ascii_alphanumeric() || *b == b'[' => {
            let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
            let ended = line.len() < bytes.len();
            let versioned = memchr::memmem::find(line, b" HTTP/1.").is_some();
            match (versioned, ended) {
                (true, _) => Sniffed::Http1,
                (false, false)
                    if method.iter().all(u8::is_ascii_uppercase) && line.len() < 8192 =>
                {
                    Sniffed::Open
                }
                _ => Sniffed::Unknown,
            }
        }
        Some(_) => Sniffed::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_told_apart() {
        let table: &[(&[u8], Sniffed)] = &[
            (b"", Sniffed::Open),
            (b"\x05", Sniffed::Socks5),
            (b"\x16", Sniffed::Open),
            (b"\x16\x03\x01\x02", Sniffed::Tls),
            (b"\x16\x02", Sniffed::Unknown),
            (b"PRI", Sniffed::Open),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0", Sniffed::Http2),
            (b"GET", Sniffed::Open),
            (b"GET /", Sniffed::Http1),
            (b"\r\n", Sniffed::Open),
            (b"\r\nGET / HTTP/1.1", Sniffed::Http1),
            (b"OPTIONS * HTTP/1.1", Sniffed::Http1),
            (b"CONNECT a.test:443", Sniffed::Open),
            (b"CONNECT a.test:443 HTTP/1.1\r\n", Sniffed::Http1),
            (b"POST http://a.test/ HTTP/1.0\r\n", Sniffed::Http1),
            (b"M-SEARCH * HTTP/1.1\r\n", Sniffed::Http1),
            (b"EHLO mail.example.org\r\n", Sniffed::Unknown),
            (b"SSH-2.0-OpenSSH_9\r\n", Sniffed::Unknown),
            (b"USER anonymous\r\n", Sniffed::Unknown),
            (b"\x10\x25\0\x04MQTT", Sniffed::Unknown),
            (b" GET /", Sniffed::Unknown),
            (&[b'A'; 64], Sniffed::Unknown),
        ];
        for (bytes, expected) in table {
            assert_eq!(sniff(bytes), *expected, "{}", bytes.escape_ascii());
        }
    }
}
