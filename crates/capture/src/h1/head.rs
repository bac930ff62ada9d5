//! Heads of HTTP/1 messages (RFC 9112), read from their bytes without changing them.

use bytes::Bytes;
use candor_case::Header;

/// Why bytes are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Bad(pub(crate) &'static str);

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is none.
    None,
    /// By its length in bytes.
    Length(u64),
    /// Chunk by chunk.
    Chunked,
    /// By the end of the connection.
    UntilClose,
}

/// A request's head.
#[derive(Clone, Debug)]
pub(crate) struct RequestHead {
    /// All its bytes, the empty line included.
    pub(crate) raw: Bytes,
    pub(crate) method: Bytes,
    pub(crate) target: Bytes,
    /// 0 or 1, as in HTTP/1.1.
    pub(crate) minor: u8,
    pub(crate) headers: Vec<Header>,
}

/// A response's head.
#[derive(Clone, Debug)]
pub(crate) struct ResponseHead {
    /// All its bytes, the empty line included.
    pub(crate) raw: Bytes,
    pub(crate) status: u16,
    /// 0 or 1, as in HTTP/1.1.
    pub(crate) minor: u8,
    pub(crate) headers: Vec<Header>,
}

/// Where the head ends that the bytes start with: just after its empty line. Bytes before `from`
/// were looked at before.
pub(crate) fn end(bytes: &[u8], from: usize) -> Option<usize> {
    // The empty line may have begun in what was looked at before.
    let start = from.saturating_sub(3);
    memchr::memchr_iter(b'\n', bytes.get(start..)?).map(|at| start + at + 1).find_map(|after| {
        match bytes.get(after..)? {
            [b'\r', b'\n', ..] => Some(after + 2),
            [b'\n', ..] => Some(after + 1),
            _ => None,
        }
    })
}

/// Reads a request's head.
pub(crate) fn request(raw: Bytes) -> Result<RequestHead, Bad> {
    let (line, rest) = first_line(&raw);
    let text = raw.get(line.clone()).unwrap_or_default();
    let bad = Bad("its first line is no request line");
    let first = memchr::memchr(b' ', text).ok_or(bad)?;
    let last = memchr::memrchr(b' ', text).filter(|last| *last > first + 1).ok_or(bad)?;
    let minor = minor(text.get(last + 1..).unwrap_or_default()).ok_or(bad)?;
    let method = raw.slice(line.start..line.start + first);
    let target = raw.slice(line.start + first + 1..line.start + last);
    if method.is_empty() || !method.iter().all(|b| b.is_ascii_graphic()) {
        return Err(bad);
    }
    if target.iter().any(|b| b.is_ascii_control()) {
        return Err(Bad("its target holds control characters"));
    }
    let headers = headers(&raw, rest, false)?;
    Ok(RequestHead { method, target, minor, headers, raw })
}

/// Reads a response's head.
pub(crate) fn response(raw: Bytes) -> Result<ResponseHead, Bad> {
    let (line, rest) = first_line(&raw);
    let text = raw.get(line).unwrap_or_default();
    let bad = Bad("its first line is no status line");
    let minor = minor(text.get(..8).ok_or(bad)?).ok_or(bad)?;
    let status = match text.get(8..) {
        Some([b' ', a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..])
            if rest.is_empty() || rest.starts_with(b" ") =>
        {
            [a, b, c].iter().fold(0, |n, d| n * 10 + u16::from(**d - b'0'))
        }
        _ => return Err(bad),
    };
    let headers = headers(&raw, rest, true)?;
    Ok(ResponseHead { status, minor, headers, raw })
}

/// Reads trailer fields from their bytes, the last empty line included.
pub(crate) fn trailers(raw: Bytes) -> Result<Vec<Header>, Bad> {
    headers(&raw, 0, true)
}

fn minor(version: &[u8]) -> Option<u8> {
    match version {
        b"HTTP/1.1" => Some(1),
        b"HTTP/1.0" => Some(0),
        _ => None,
    }
}

/// The first line without its end, and where the second begins.
fn first_line(raw: &[u8]) -> (std::ops::Range<usize>, usize) {
    let after = memchr::memchr(b'\n', raw).map_or(raw.len(), |at| at + 1);
    let line = raw.get(..after).unwrap_or_default();
    (0..without_end(line).len(), after)
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Reads the fields from `at` to the empty line. A value may be folded over several lines only
/// where `folds` allows it (RFC 9112, section 5.2); the fold is then one space.
fn headers(raw: &Bytes, mut at: usize, folds: bool) -> Result<Vec<Header>, Bad> {
    let mut headers: Vec<Header> = Vec::with_capacity(16);
    while at < raw.len() {
        let rest = raw.get(at..).unwrap_or_default();
        let next = memchr::memchr(b'\n', rest).map_or(rest.len(), |n| n + 1);
        let line = without_end(rest.get(..next).unwrap_or_default());
        if line.is_empty() {
            break;
        }
        if line.iter().any(|b| matches!(b, 0 | b'\r')) {
            return Err(Bad("a header field holds control characters"));
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            let folded = headers.last_mut().filter(|_| folds).ok_or(Bad("a header is folded"))?;
            folded.value = [&folded.value, line.trim_ascii()].join(&b' ').into();
        } else {
            headers.push(header(raw, at, line)?);
        }
        at += next;
    }
    Ok(headers)
}

fn header(raw: &Bytes, at: usize, line: &[u8]) -> Result<Header, Bad> {
    let colon = memchr::memchr(b':', line).ok_or(Bad("a header field has no colon"))?;
    let name = line.get(..colon).unwrap_or_default();
    if name.is_empty() || name.iter().any(|b| !b.is_ascii_graphic()) {
        return Err(Bad("a header field's name is none"));
    }
    let value = line.get(colon + 1..).unwrap_or_default();
    let before = value.len() - value.trim_ascii_start().len();
    let start = at + colon + 1 + before;
    let value = start..start + value.trim_ascii().len();
    Ok(Header { name: raw.slice(at..at + colon), value: raw.slice(value) })
}

/// All members of a comma-separated field, lower-cased (RFC 9110, section 5.6.1).
pub(crate) fn tokens(headers: &[Header], name: &str) -> impl Iterator<Item = String> {
    headers
        .iter()
        .filter(move |h| h.is(name))
        .flat_map(|h| h.value.split(|b| *b == b','))
        .map(|token| String::from_utf8_lossy(token.trim_ascii()).to_ascii_lowercase())
        .filter(|token| !token.is_empty())
}

impl RequestHead {
    /// How the body's end is told.
    pub(crate) fn framing(&self) -> Result<Framing, Bad> {
        match (chunked(&self.headers), length(&self.headers)?) {
            (Some(_), Some(_)) => Err(Bad("its length is told in two ways")),
            (Some(true), None) => Ok(Framing::Chunked),
            (Some(false), None) => Err(Bad("its transfer coding is not known")),
            (None, Some(0) | None) => Ok(Framing::None),
            (None, Some(length)) => Ok(Framing::Length(length)),
        }
    }

    /// Whether the client will send another request on this connection.
    pub(crate) fn keeps(&self) -> bool {
        keeps(self.minor, &self.headers)
    }

    /// Whether the client waits for an interim answer before it sends the body.
    pub(crate) fn waits(&self) -> bool {
        self.minor == 1 && tokens(&self.headers, "expect").any(|t| t == "100-continue")
    }
}

impl ResponseHead {
    /// How the body's end is told, in an answer to that method (RFC 9112, section 6.3).
    pub(crate) fn framing(&self, method: &[u8]) -> Result<Framing, Bad> {
        if method == b"HEAD" || self.status < 200 || matches!(self.status, 204 | 304) {
            return Ok(Framing::None);
        }
        match chunked(&self.headers) {
            Some(true) => Ok(Framing::Chunked),
            Some(false) => Ok(Framing::UntilClose),
            None => Ok(match length(&self.headers)? {
                Some(0) => Framing::None,
                Some(length) => Framing::Length(length),
                None => Framing::UntilClose,
            }),
        }
    }

    /// Whether the server will answer another request on this connection.
    pub(crate) fn keeps(&self) -> bool {
        keeps(self.minor, &self.headers)
    }
}

fn keeps(minor: u8, headers: &[Header]) -> bool {
    let says = |word: &str| {
        tokens(headers, "connection").chain(tokens(headers, "proxy-connection")).any(|t| t == word)
    };
    match minor {
        0 => says("keep-alive"),
        _ => !says("close"),
    }
}

/// Whether the last transfer coding is `chunked`; `None` without transfer coding.
fn chunked(headers: &[Header]) -> Option<bool> {
    // Most messages have none; spare them the allocation.
    headers.iter().find(|h| h.is("transfer-encoding"))?;
    Some(tokens(headers, "transfer-encoding").last().as_deref() == Some("chunked"))
}

fn length(headers: &[Header]) -> Result<Option<u64>, Bad> {
    let bad = Bad("its length is no number");
    let mut known = None;
    for value in headers.iter().filter(|h| h.is("content-length")) {
        for one in value.value.split(|b| *b == b',') {
            let digits = std::str::from_utf8(one.trim_ascii()).map_err(|_| bad)?;
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(bad);
            }
            let length: u64 = digits.parse().map_err(|_| bad)?;
            if known.replace(length).is_some_and(|before| before != length) {
                return Err(Bad("it has two lengths"));
            }
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &'static str) -> Result<RequestHead, Bad> {
        request(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn the_end_is_found_wherever_reading_stopped() {
        let text = b"GET / HTTP/1.1\r\nA: b\r\n\r\nrest";
        for from in 0..=20 {
            assert_eq!(end(text, from), Some(24), "{from}");
        }
        assert_eq!(end(&text[..23], 0), None);
        assert_eq!(end(b"GET / HTTP/1.0\n\nx", 0), Some(16));
    }

    #[test]
    fn names_and_values_stay_as_sent() {
        let head =
            parse("PoST /a b?c HTTP/1.1\r\nhOsT:a.test\r\nX-B:  1 \t\r\nx-a:\r\nX-B: 2\r\n\r\n")
                .expect("well formed");
        assert_eq!(
            (&head.method[..], &head.target[..], head.minor),
            (&b"PoST"[..], &b"/a b?c"[..], 1)
        );
        let fields: Vec<_> = head.headers.iter().map(|h| (&h.name[..], &h.value[..])).collect();
        let expected: [(&[u8], &[u8]); 4] =
            [(b"hOsT", b"a.test"), (b"X-B", b"1"), (b"x-a", b""), (b"X-B", b"2")];
        assert_eq!(fields, expected);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "GET\r\n\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/2.0\r\n\r\n",
            " / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\nA : b\r\n\r\n",
            "GET / HTTP/1.1\r\n: b\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\0\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn framing_of_requests() {
        let table = [
            ("", Ok(Framing::None)),
            ("Content-Length: 0\r\n", Ok(Framing::None)),
            ("content-length: 12\r\n", Ok(Framing::Length(12))),
            ("Content-Length: 5, 5\r\nContent-Length: 5\r\n", Ok(Framing::Length(5))),
            ("Transfer-Encoding: gzip, Chunked\r\n", Ok(Framing::Chunked)),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Err(())),
            ("Transfer-Encoding: gzip\r\n", Err(())),
            ("Content-Length: 5\r\nContent-Length: 6\r\n", Err(())),
            ("Content-Length: +5\r\n", Err(())),
            ("Content-Length: 99999999999999999999\r\n", Err(())),
        ];
        for (fields, expected) in table {
            let text = format!("POST / HTTP/1.1\r\n{fields}\r\n");
            let head = request(text.into()).expect("well formed");
            assert_eq!(head.framing().map_err(|_| ()), expected, "{fields}");
        }
    }

    #[test]
    fn framing_of_responses() {
        let table = [
            ("200 OK\r\n", "GET", Framing::UntilClose, true),
            ("200\r\nContent-Length: 3\r\n", "GET", Framing::Length(3), true),
            ("200 OK\r\nContent-Length: 3\r\nConnection: close\r\n", "HEAD", Framing::None, false),
            ("204 No Content\r\nContent-Length: 3\r\n", "GET", Framing::None, true),
            ("304 Not Modified\r\n", "GET", Framing::None, true),
            (
                "200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n",
                "GET",
                Framing::Chunked,
                true,
            ),
            ("200 OK\r\nTransfer-Encoding: gzip\r\n", "GET", Framing::UntilClose, true),
            ("200 OK\r\nX-A: b\r\n c\r\n", "GET", Framing::UntilClose, true),
        ];
        for (text, method, framing, keeps) in table {
            let head = response(format!("HTTP/1.1 {text}\r\n").into()).expect("well formed");
            assert_eq!(head.framing(method.as_bytes()), Ok(framing), "{text}");
            assert_eq!(head.keeps(), keeps, "{text}");
        }
        for text in
            ["ICY 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000\r\n\r\n", "HTTP/1.1"]
        {
            assert!(response(Bytes::from_static(text.as_bytes())).is_err(), "{text}");
        }
    }
}
