//! Single JSON values, read as what they should be whatever they are.

use std::borrow::Cow;

use serde::Deserialize;

use super::Raw;

/// A JSON object read into `T`; `None` for anything else. Other values are not even looked at, as
/// they would be copied into an error that nobody reads.
pub(crate) fn object<'a, T: Deserialize<'a>>(raw: Raw<'a>) -> Option<T> {
    let token = raw?.get();
    if token.starts_with('{') { serde_json::from_str(token).ok() } else { None }
}

/// A JSON string as bytes: UTF-8, except where the recorder escaped single bytes that were none
/// (Python's `surrogateescape`, as mitmproxy writes), which come back as those bytes.
pub(crate) fn text(raw: Raw<'_>) -> Option<Cow<'_, [u8]>> {
    let token = raw?.get().trim();
    let inner = token.strip_prefix('"')?.strip_suffix('"')?.as_bytes();
    if !inner.contains(&b'\\') {
        return Some(Cow::Borrowed(inner));
    }
    Some(Cow::Owned(unescape(inner)))
}

/// A JSON string as text; a number or a truth value as it is written.
pub(crate) fn string(raw: Raw<'_>) -> Option<String> {
    let token = raw?.get().trim();
    match token.as_bytes().first()? {
        b'"' => text(raw).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        b'{' | b'[' | b'n' => None,
        _ => Some(token.to_owned()),
    }
}

/// A JSON number, also one written as a string.
pub(crate) fn number(raw: Raw<'_>) -> Option<f64> {
    string(raw)?.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// A number of bytes; HAR writes -1 for "not known".
pub(crate) fn size(raw: Raw<'_>) -> Option<u64> {
    number(raw).filter(|size| *size >= 0.0).map(|size| size as u64)
}

/// Whether a value is there and says something: no null, false, 0 or empty string.
pub(crate) fn is_set(raw: Raw<'_>) -> bool {
    let token = raw.map_or("null", |raw| raw.get().trim());
    !matches!(token, "null" | "false" | "\"\"" | "0" | "[]" | "{}")
}

fn unescape(inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = escape(&rest[at + 1..], &mut out);
    }
    out.extend_from_slice(rest);
    out
}

/// Reads what follows a backslash; gives what follows that.
fn escape<'a>(rest: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let Some((kind, after)) = rest.split_first() else { return rest };
    let plain = match kind {
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return unicode(after, out),
        other => *other,
    };
    out.push(plain);
    after
}

fn unicode<'a>(rest: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let (Some(unit), Some(after)) = (unit(rest), rest.get(4..)) else { return rest };
    if let (0xd800..0xdc00, Some(tail)) = (unit, after.strip_prefix(b"\\u"))
        && let Some(low @ 0xdc00..0xe000) = self::unit(tail)
    {
        let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        push(code, out);
        return tail.get(4..).unwrap_or_default();
    }
    match unit {
        0xdc80..0xdd00 => out.push((unit - 0xdc00) as u8),
        _ => push(unit, out),
    }
    after
}

fn unit(digits: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits.get(..4)?).ok()?, 16).ok()
}

fn push(code: u32, out: &mut Vec<u8>) {
    let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).expect("JSON")
    }

    #[test]
    fn strings_are_unescaped_and_single_bytes_come_back() {
        let table: [(&str, &[u8]); 7] = [
            (r#""plain ü""#, "plain ü".as_bytes()),
            (r#""a\"\\\/\b\f\n\r\tz""#, b"a\"\\/\x08\x0c\n\r\tz"),
            (r#""\u00e9\u20ac""#, "é€".as_bytes()),
            (r#""\ud83d\ude00!""#, "😀!".as_bytes()),
            (r#""\udc8b\udcff""#, b"\x8b\xff"),
            (r#""\ud83dx""#, "\u{fffd}x".as_bytes()),
            (r#""\udfff""#, "\u{fffd}".as_bytes()),
        ];
        for (json, expected) in table {
            assert_eq!(text(Some(&raw(json))).as_deref(), Some(expected), "{json}");
        }
        assert_eq!(text(Some(&raw("3"))), None);
    }

    #[test]
    fn values_are_read_as_what_they_should_be() {
        assert_eq!(number(Some(&raw("\" 7.5\""))), Some(7.5));
        assert_eq!(size(Some(&raw("-1"))), None);
        assert_eq!(size(Some(&raw("12"))), Some(12));
        assert_eq!(string(Some(&raw("443"))).as_deref(), Some("443"));
        assert_eq!(string(Some(&raw("[1]"))), None);
        assert!(is_set(Some(&raw("\"memory\""))) && !is_set(Some(&raw("null"))) && !is_set(None));
    }
}
