//! Reading JSON tokens off a slice; `None` always means that the bytes are not JSON.

use std::ops::Range;

/// A position in a document.
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

/// A string, without its quotes.
pub(super) struct Text {
    pub(super) range: Range<usize>,
    /// Whether it holds a backslash.
    pub(super) escaped: bool,
}

/// Values that are neither strings nor containers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Null,
    /// A number, `true` or `false`.
    Value,
}

impl Cursor<'_> {
    pub(super) fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    /// The next byte that is not white space, which is where the cursor then stands.
    pub(super) fn peek_token(&mut self) -> Option<u8> {
        match self.bytes.get(self.at) {
            Some(token @ 0x21..) => Some(*token),
            _ => {
                self.skip_space();
                self.bytes.get(self.at).copied()
            }
        }
    }

    /// The same, and steps over it.
    pub(super) fn next_token(&mut self) -> Option<u8> {
        let token = self.peek_token()?;
        self.at += 1;
        Some(token)
    }

    pub(super) fn expect(&mut self, token: u8) -> Option<()> {
        (self.next_token()? == token).then_some(())
    }

    /// Reads a string whose opening quote has been read.
    pub(super) fn string(&mut self) -> Option<Text> {
        let start = self.at;
        let mut escaped = false;
        loop {
            let here = self.at + find_quote(self.bytes.get(self.at..)?)?;
            if self.bytes[here] == b'"' {
                self.at = here + 1;
                return Some(Text { range: start..here, escaped });
            }
            escaped = true;
            self.at = here + 2;
        }
    }

    /// Reads a number, `true`, `false` or `null`.
    pub(super) fn scalar(&mut self) -> Option<(Range<usize>, Scalar)> {
        let rest = self.bytes.get(self.at..)?;
        let (len, kind) = match rest.first()? {
            b't' if rest.starts_with(b"true") => (4, Scalar::Value),
            b'f' if rest.starts_with(b"false") => (5, Scalar::Value),
            b'n' if rest.starts_with(b"null") => (4, Scalar::Null),
            b'-' | b'0'..=b'9' => (number_len(rest)?, Scalar::Value),
            _ => return None,
        };
        let range = self.at..self.at + len;
        self.at = range.end;
        Some((range, kind))
    }

    /// Steps over a container, looking only at brackets and strings.
    pub(super) fn skip_container(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            let rest = self.bytes.get(self.at..)?;
            self.at += rest.iter().position(|b| b"\"{}[]".contains(b))? + 1;
            match self.bytes[self.at - 1] {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => depth += 1,
                _ => depth = depth.checked_sub(1)?,
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

/// Offset of the first quote or backslash. Most strings are short, so eight bytes at a time are
/// looked at first, and only long ones are handed to the vector search.
fn find_quote(bytes: &[u8]) -> Option<usize> {
    const NEAR: usize = 32;
    let mut at = 0;
    while at < NEAR {
        let Some(eight) = bytes.get(at..at + 8).and_then(|s| <[u8; 8]>::try_from(s).ok()) else {
            return memchr::memchr2(b'"', b'\\', &bytes[at..]).map(|found| at + found);
        };
        let word = u64::from_le_bytes(eight);
        let hits = equals(word, b'"') | equals(word, b'\\');
        if hits != 0 {
            return Some(at + (hits.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    memchr::memchr2(b'"', b'\\', &bytes[at..]).map(|found| at + found)
}

/// Sets the top bit of the bytes of `word` that equal `byte`; bits above the lowest hit may be
/// set in vain, which the caller does not look at.
fn equals(word: u64, byte: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let zeros = word ^ (ONES * u64::from(byte));
    zeros.wrapping_sub(ONES) & !zeros & (ONES << 7)
}

/// Length of a number (RFC 8259, section 6).
fn number_len(rest: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        rest[from..].iter().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len() - from)
    };
    let mut at = usize::from(rest.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && rest[at] == b'0') {
        return None;
    }
    at += whole;
    if rest.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        at += (fraction > 0).then_some(1 + fraction)?;
    }
    if let Some(b'e' | b'E') = rest.get(at) {
        at += 1 + usize::from(matches!(rest.get(at + 1), Some(b'+' | b'-')));
        let exponent = if at <= rest.len() { digits(at) } else { 0 };
        at += (exponent > 0).then_some(exponent)?;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_found_at_every_distance() {
        for len in 0..80 {
            for end in [b'"', b'\\'] {
                let mut text = vec![b'\xa2'; len];
                text.push(end);
                text.extend(b"tail\"");
                assert_eq!(find_quote(&text), Some(len));
            }
            assert_eq!(find_quote(&vec![b'a'; len]), None);
        }
    }

    #[test]
    fn numbers_are_json_numbers() {
        let table = [
            ("0", Some(1)),
            ("-12.5e+3,", Some(8)),
            ("1.", None),
            ("01", None),
            ("-", None),
            ("1e", None),
            ("1E5]", Some(3)),
        ];
        for (text, len) in table {
            assert_eq!(number_len(text.as_bytes()), len, "{text}");
        }
    }
}
