//! SOCKS5 without authentication (RFC 1928), bytes in, steps out.

use crate::route::Target;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<T> {
    /// Read more bytes first.
    More,
    /// So many bytes were used, with this outcome.
    Done(usize, T),
}

/// Reads the greeting; the outcome says whether the client can do without authentication.
pub(crate) fn greeting(bytes: &[u8]) -> Step<bool> {
    let [5, count, methods @ ..] = bytes else { return Step::More };
    let count = usize::from(*count);
    match methods.get(..count) {
        Some(methods) => Step::Done(2 + count, methods.contains(&0)),
        None => Step::More,
    }
}

/// Answers to a greeting: no authentication, or none that suits.
pub(crate) fn method(accepted: bool) -> [u8; 2] {
    [5, if accepted { 0 } else { 0xff }]
}

/// What a client asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A connection to a host.
    Connect(Target),
    /// Something that is not offered; the reply code says why.
    Refused(u8),
}

/// Reads the request.
pub(crate) fn request(bytes: &[u8]) -> Step<Asked> {
    let [version, command, _, kind, rest @ ..] = bytes else { return Step::More };
    let (host, used) = match kind {
        1 => match rest.first_chunk::<4>() {
            Some(v4) => (std::net::Ipv4Addr::from(*v4).to_string(), 4),
            None => return Step::More,
        },
        4 => match rest.first_chunk::<16>() {
            Some(v6) => (std::net::Ipv6Addr::from(*v6).to_string(), 16),
            None => return Step::More,
        },
        3 => {
            let Some((length, rest)) = rest.split_first() else { return Step::More };
            let length = usize::from(*length);
            let Some(name) = rest.get(..length) else { return Step::More };
            (String::from_utf8_lossy(name).into_owned(), 1 + length)
        }
        _ => return Step::Done(bytes.len(), Asked::Refused(ADDRESS_TYPE)),
    };
    let Some(port) = rest.get(used..).and_then(|r| r.first_chunk::<2>()) else { return Step::More };
    let port = u16::from_be_bytes(*port);
    let bracketed = if host.contains(':') { format!("[{host}]") } else { host };
    let asked = match (version, command, Target::parse(&bracketed, port)) {
        (5, 1, Some(target)) => Asked::Connect(target),
        (5, 1, None) => Asked::Refused(GENERAL),
        (5, _, _) => Asked::Refused(COMMAND),
        _ => Asked::Refused(GENERAL),
    };
    Step::Done(4 + used + 2, asked)
}

/// Success.
pub(crate) const GRANTED: u8 = 0;
/// General failure.
pub(crate) const GENERAL: u8 = 1;
/// Host unreachable.
pub(crate) const UNREACHABLE: u8 = 4;
const COMMAND: u8 = 7;
const ADDRESS_TYPE: u8 = 8;

/// The reply with that code; the bound address is of no use to anyone.
pub(crate) fn reply(code: u8) -> [u8; 10] {
    [5, code, 0, 1, 0, 0, 0, 0, 0, 0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greetings() {
        assert_eq!(greeting(&[5]), Step::More);
        assert_eq!(greeting(&[5, 2, 0]), Step::More);
        assert_eq!(greeting(&[5, 2, 2, 0, 9]), Step::Done(4, true));
        assert_eq!(greeting(&[5, 1, 2]), Step::Done(3, false));
        assert_eq!(greeting(&[5, 0]), Step::Done(2, false));
    }

    #[test]
    fn requests() {
        let connect = |used, host, port| Step::Done(used, Asked::Connect(Target::new(host, port)));
        let v6 = [&[5, 1, 0, 4][..], &[0; 15], &[1, 0, 80]].concat();
        let name = [&[5, 1, 0, 3, 6][..], b"A.test", &[1, 187, b'x']].concat();
        assert_eq!(request(&[5, 1, 0, 1, 127, 0, 0, 1, 0, 80]), connect(10, "127.0.0.1", 80));
        assert_eq!(request(&v6), connect(22, "::1", 80));
        assert_eq!(request(&name), connect(13, "a.test", 443));
        for cut in 0..13 {
            assert_eq!(request(&name[..cut]), Step::More, "{cut}");
        }
        assert_eq!(request(&[5, 3, 0, 1, 0, 0, 0, 0, 0, 0]), Step::Done(10, Asked::Refused(7)));
        assert_eq!(request(&[5, 1, 0, 9]), Step::Done(4, Asked::Refused(8)));
        assert_eq!(request(&[5, 1, 0, 3, 0, 0, 80]), Step::Done(7, Asked::Refused(1)));
    }
}
