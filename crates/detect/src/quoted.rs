//! Quoted values in scripts: the argument of a call, the value of a variable.

use std::ops::Range;

/// The value that a script gives to an argument or variable: `k: 'x'`, `"k": "x"`, `k = "x"`, also
/// where a call stands around it (`k: parse("x")`).
pub(crate) fn argument<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    memchr::memmem::find_iter(text, name.as_bytes()).find_map(|at| {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let rest = text.get(at + name.len()..)?;
        let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
        let rest = rest.trim_ascii_start();
        let rest = rest.strip_prefix(b":").or(rest.strip_prefix(b"="))?.trim_ascii_start();
        let call = rest.iter().take_while(|b| is_name(**b)).count();
        let rest = rest.get(call..)?;
        let rest = if call > 0 { rest.strip_prefix(b"(")? } else { rest };
        let whole = before.is_none_or(|b| !is_word(*b));
        let value = string(rest, 0)?;
        (whole && value.start == 1).then(|| rest.get(value)).flatten()
    })
}

/// The quoted strings of a text, without their quotes.
pub(crate) fn strings(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let found = string(text, at)?;
        at = found.end + 1;
        Some(found)
    })
}

/// The first quoted string from an offset on that holds no quote, escape or line end.
fn string(text: &[u8], from: usize) -> Option<Range<usize>> {
    let mut from = from;
    loop {
        let start = from + text.get(from..)?.iter().position(|b| is_quote(*b))?;
        let quote = text[start];
        let length = text[start + 1..]
            .iter()
            .take(LONGEST)
            .position(|b| *b == quote || matches!(b, b'\\' | b'\n' | b'\r'));
        match length {
            Some(length) if text[start + 1 + length] == quote => {
                return Some(start + 1..start + 1 + length);
            }
            _ => from = start + 1,
        }
    }
}

/// Longest string that is looked at, in bytes.
const LONGEST: usize = 128;

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

fn is_name(byte: u8) -> bool {
    is_word(byte) || byte == b'.'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_found() {
        let table = [
            ("use('A',{k:'abc',kid:7})", "k", Some("abc")),
            ("{\"k\" : \"abc\"}", "k", Some("abc")),
            ("var key = 'abc'", "key", Some("abc")),
            ("{k:CryptoJS.enc.Hex.parse(\"abc\")}", "k", Some("abc")),
            ("{mask:'abc'}", "k", None),
            ("{k: x, y: 'abc'}", "k", None),
            ("k", "k", None),
            ("k:", "k", None),
            ("k:'abc", "k", None),
        ];
        for (text, name, expected) in table {
            let found = argument(text.as_bytes(), name).map(|v| String::from_utf8_lossy(v));
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn strings_are_found() {
        let text = b"a='one', b=\"two\"; {c:`three`} \"\" 'x\\'y'";
        let found: Vec<&[u8]> = strings(text).map(|range| &text[range]).collect();
        assert_eq!(found[..2], [b"one".as_slice(), b"two"]);
        assert!(found.contains(&&b"three"[..]));
        for odd in ["'", "''", "\"'\"'", "'\n'"] {
            strings(odd.as_bytes()).for_each(|range| assert!(range.end <= odd.len()));
        }
    }
}
