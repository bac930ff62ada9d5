//! Places: where a value stands, in a form that reads like a sentence and can be opened again.

use serde::{Deserialize, Serialize};

/// A half-open range of bytes, `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct ByteSpan {
    /// First byte.
    pub start: u64,
    /// One past the last byte; never below `start`.
    pub end: u64,
}

impl ByteSpan {
    /// The span `start..end`; an end before the start is taken as an empty span at the start.
    pub fn new(start: u64, end: u64) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The span of `range` in memory.
    pub fn of(range: std::ops::Range<usize>) -> Self {
        Self::new(range.start as u64, range.end as u64)
    }

    /// Length in bytes.
    pub fn len(self) -> u64 {
        self.end - self.start
    }

    /// Whether it holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether the two share a byte.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// As an index into a slice of `len` bytes, cut to what is there.
    pub fn range(self, len: usize) -> std::ops::Range<usize> {
        let end = usize::try_from(self.end).unwrap_or(len).min(len);
        let start = usize::try_from(self.start).unwrap_or(len).min(end);
        start..end
    }
}

impl From<(u64, u64)> for ByteSpan {
    fn from((start, end): (u64, u64)) -> Self {
        Self::new(start, end)
    }
}

impl From<ByteSpan> for (u64, u64) {
    fn from(span: ByteSpan) -> Self {
        (span.start, span.end)
    }
}

/// The address of a value: the layers that lead to it, and the bytes it takes in the last of them.
///
/// `request.body > form:data_list > base64 > gzip > $[1].properties.search_word`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Root and steps, joined by ` > `.
    pub path: String,
    /// Bytes in the last layer.
    pub span: ByteSpan,
}

/// Prints a stranger's key as one part of a step: as it is where it is plain, else JSON-quoted,
/// so that no key can look like a separator or bring control characters along.
///
/// Plain are ASCII letters, digits, `_`, `-`, `$` and `@`.
pub fn key_step(key: &str) -> std::borrow::Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$' | b'@');
    if !key.is_empty() && key.bytes().all(plain) {
        return key.into();
    }
    let mut quoted = String::with_capacity(key.len() + 2);
    quoted.push('"');
    for c in key.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() || is_direction_control(c) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    quoted.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted.into()
}

/// Characters that turn the reading direction (Unicode UAX #9) or hide themselves.
fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_keys_are_quoted_and_plain_ones_are_not() {
        let table = [
            ("search_word", "search_word"),
            ("$device_id", "$device_id"),
            ("a.b", "\"a.b\""),
            ("", "\"\""),
            ("a > b", "\"a > b\""),
            ("q\"\\", "\"q\\\"\\\\\""),
            ("x\u{202e}y\n", "\"x\\u202ey\\u000a\""),
        ];
        for (key, printed) in table {
            assert_eq!(key_step(key), printed);
        }
    }

    #[test]
    fn spans_never_leave_their_slice() {
        assert_eq!(ByteSpan::new(5, 3), ByteSpan::new(5, 5));
        assert_eq!(ByteSpan::new(2, 90).range(10), 2..10);
        assert_eq!(ByteSpan::new(50, 90).range(10), 10..10);
        assert!(ByteSpan::new(0, 3).overlaps(ByteSpan::new(2, 4)));
        assert!(!ByteSpan::new(0, 3).overlaps(ByteSpan::new(3, 4)));
    }
}
