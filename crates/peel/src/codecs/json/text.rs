//! The escapes of JSON strings (RFC 8259, section 7).

/// Undoes the escapes of `raw` onto the end of `plain`. A lone half of a surrogate pair becomes
/// U+FFFD; an escape that JSON does not know makes it `None`.
pub(crate) fn unescape(raw: &[u8], plain: &mut Vec<u8>) -> Option<()> {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        plain.extend_from_slice(&rest[..at]);
        let simple = match *rest.get(at + 1)? {
            b'u' => {
                let (character, len) = unicode(&rest[at..])?;
                let mut utf8 = [0; 4];
                plain.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
                rest = &rest[at + len..];
                continue;
            }
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            same @ (b'"' | b'\\' | b'/') => same,
            _ => return None,
        };
        plain.push(simple);
        rest = &rest[at + 2..];
    }
    plain.extend_from_slice(rest);
    Some(())
}

/// Escapes text for a place between quotes; `None` where it is not UTF-8, which JSON cannot hold.
pub(crate) fn escape(content: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(content).ok()?;
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            c if u32::from(c) < 0x20 => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    Some(escaped.into_bytes())
}

/// The character of one `\uXXXX`, or of two that form a pair, and how many bytes they take.
fn unicode(from: &[u8]) -> Option<(char, usize)> {
    let first = code_unit(from)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 6));
    }
    if let (0xd800..0xdc00, Some(second @ 0xdc00..0xe000)) =
        (first, from.get(6..).and_then(code_unit))
    {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return char::from_u32(code).map(|character| (character, 12));
    }
    Some((char::REPLACEMENT_CHARACTER, 6))
}

fn code_unit(from: &[u8]) -> Option<u32> {
    let [b'\\', b'u', a, b, c, d, ..] = from else { return None };
    [a, b, c, d]
        .into_iter()
        .try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        let table = [
            (r"a\/b\n\t\u0041", Some("a/b\n\tA")),
            (r"\ud83d\ude00!", Some("\u{1f600}!")),
            (r"\ud83dx", Some("\u{fffd}x")),
            (r"\ud83d\u0041", Some("\u{fffd}A")),
            (r"\u12", None),
            (r"\x41", None),
            (r"tail\", None),
        ];
        for (raw, plain) in table {
            let mut out = Vec::new();
            let read = unescape(raw.as_bytes(), &mut out).map(|()| String::from_utf8(out).unwrap());
            assert_eq!(read.as_deref(), plain, "{raw}");
        }
    }

    #[test]
    fn escaping_is_the_inverse() {
        let text = "q\"\\/\u{1}\u{e9}\u{1f600}\n";
        let mut plain = Vec::new();
        unescape(&escape(text.as_bytes()).unwrap(), &mut plain).unwrap();
        assert_eq!(plain, text.as_bytes());
        assert_eq!(escape(b"\xff"), None);
    }
}
