//! Percent-escapes for values that would break the line they stand in.

use std::borrow::Cow;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Replaces control characters, `%`, and white space at either end. Other bytes stay.
pub(crate) fn escape_bytes(bytes: &[u8]) -> Vec<u8> {
    escape_where(bytes, |b, edge| b < b' ' || b == 0x7f || b == b'%' || (edge && b == b' '))
}

/// The same for text, which stays UTF-8.
pub(crate) fn escape(text: &str) -> String {
    String::from_utf8_lossy(&escape_bytes(text.as_bytes())).into_owned()
}

/// Replaces everything but printable ASCII, and what separates a name from its value.
pub(crate) fn escape_field(bytes: &[u8], is_name: bool) -> String {
    let escaped = escape_where(bytes, |b, edge| {
        !(0x20..0x7f).contains(&b) || b == b'%' || (edge && b == b' ') || (is_name && b == b':')
    });
    String::from_utf8_lossy(&escaped).into_owned()
}

/// Replaces what a name or method cannot have: anything but visible ASCII without a colon.
pub(crate) fn escape_token(bytes: &[u8]) -> Vec<u8> {
    escape_where(bytes, |b, _| !b.is_ascii_graphic() || b == b'%' || b == b':')
}

fn escape_where(bytes: &[u8], must: impl Fn(u8, bool) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (i, b) in bytes.iter().copied().enumerate() {
        if must(b, i == 0 || i + 1 == bytes.len()) {
            let (high, low) = (usize::from(b >> 4), usize::from(b & 15));
            out.extend_from_slice(&[b'%', HEX[high], HEX[low]]);
        } else {
            out.push(b);
        }
    }
    out
}

/// Undoes any of the above. An incomplete escape stays as it is.
pub(crate) fn unescape_bytes(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&b'%') {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if value(*high).is_some() && value(*low).is_some() => {
                out.push(value(*high).unwrap_or(0) << 4 | value(*low).unwrap_or(0));
                rest = after;
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    Cow::Owned(out)
}

/// The same for text; what is no UTF-8 is replaced.
pub(crate) fn unescape(text: &str) -> String {
    String::from_utf8_lossy(&unescape_bytes(text.as_bytes())).into_owned()
}

fn value(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_a_line_is_escaped_and_comes_back() {
        let table =
            ["", " ", "a b", " a\t", "100 %", "a\r\nb", "ü %41", "%", "%4", "%zz", "\u{7f}"];
        for text in table {
            let escaped = escape(text);
            assert!(
                !escaped.contains(['\r', '\n', '\t']) && escaped.trim() == escaped,
                "{escaped}"
            );
            assert_eq!(unescape(&escaped), text);
            let field = escape_field(text.as_bytes(), true);
            assert!(field.is_ascii() && !field.contains(':') && field.trim() == field);
            assert_eq!(unescape(&field), text);
        }
        assert_eq!(escape("plain text/ü"), "plain text/ü");
    }
}
