//! What stands beside a match: whether it is the value itself, or a piece of another one.

use std::ops::Range;

use crate::forms::Stand;

/// Whether the neighbours of a match are such as its form allows.
pub(crate) fn is_kept(stand: Stand, bytes: &[u8], range: Range<usize>) -> bool {
    let (before, after) = (before(bytes, range.start), bytes.get(range.end).copied());
    let query = bytes.get(range.clone()).is_some_and(|text| text.contains(&b'?'));
    match stand {
        Stand::Free => true,
        Stand::Apart => !is(before, word) && !is(after, word),
        Stand::Alone => {
            let more = |b: u8| word(b) || b"/?%@=_-".contains(&b) || query && b == b'&';
            !is(before, |b| word(b) || b"/@_-.".contains(&b)) && !is(after, more)
        }
        Stand::Host => {
            let dotted = after == Some(b'.') && bytes.get(range.end + 1).is_some_and(|b| word(*b));
            let host = |b: u8| word(b) || b == b'-';
            !is(before, |b| host(b) || b == b'.') && !is(after, host) && !dotted
        }
    }
}

fn is(byte: Option<u8>, kind: impl Fn(u8) -> bool) -> bool {
    byte.is_some_and(kind)
}

fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// The byte before an offset; one that belongs to an escape (`%3D`, `\n`) is none.
fn before(bytes: &[u8], start: usize) -> Option<u8> {
    match &bytes[..start.min(bytes.len())] {
        [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => None,
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f'] => None,
        before => before.last().copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_decide() {
        use Stand::{Alone, Apart, Free, Host};
        let table = [
            (Free, "xabcx", true),
            (Apart, "xabc", false),
            (Apart, ".abc/", true),
            (Apart, "%3Dabc%26", true),
            (Apart, "\\nabc", true),
            (Alone, "\"abc\"", true),
            (Alone, "=abc&", true),
            (Alone, "=abc?q", false),
            (Alone, "=abc%3F", false),
            (Alone, "/abc", false),
            (Alone, "abc@", false),
            (Host, "//abc/", true),
            (Host, "@abc:80", true),
            (Host, "abc.", true),
            (Host, "abc.org", false),
            (Host, "www.abc", false),
            (Host, "abc-d", false),
        ];
        for (stand, text, kept) in table {
            let start = text.find("abc").expect("is there");
            assert_eq!(is_kept(stand, text.as_bytes(), start..start + 3), kept, "{text}");
        }
    }
}
