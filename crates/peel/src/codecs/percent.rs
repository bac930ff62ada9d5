//! Percent-encoding (RFC 3986, section 2.1) of a whole value.

use std::borrow::Cow;

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::shape::kind;
use crate::text::is_utf8_text;

/// The codec.
pub(crate) struct Percent;

impl Codec for Percent {
    fn name(&self) -> &'static str {
        "percent"
    }

    fn accepts(&self, view: &View) -> bool {
        view.shape.any(kind::PERCENT) && !view.shape.any(kind::BINARY | kind::SPACE)
    }

    fn open(&self, view: &View, _: &mut Purse, out: &mut Pieces) -> Opened {
        if !all_valid(view.bytes) {
            return Opened::No;
        }
        let text = unescape(view.bytes, Plus::Stays);
        if !is_utf8_text(&text) && !is_escaped_binary(view.bytes) {
            return Opened::No;
        }
        {
            out.whole(view, text.into_owned(), "percent");
            Opened::Fully
        }
    }

    /// Escapes at least the first byte, since text without any escape would not be opened again.
    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let (first, rest) = content.split_first()?;
        Some([&escape_byte(*first)[..], &escape(rest)].concat())
    }
}

/// What `+` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plus {
    /// Itself.
    Stays,
    /// A space, as in forms (WHATWG URL, `application/x-www-form-urlencoded`).
    IsSpace,
}

/// Undoes the escapes; a `%` that starts none stands for itself. Borrows where there is nothing
/// to undo.
pub(crate) fn unescape(text: &[u8], plus: Plus) -> Cow<'_, [u8]> {
    let next = |from: &[u8]| match plus {
        Plus::Stays => memchr::memchr(b'%', from),
        Plus::IsSpace => memchr::memchr2(b'%', b'+', from),
    };
    let Some(first) = next(text) else { return Cow::Borrowed(text) };
    let mut plain = Vec::with_capacity(text.len());
    let (mut from, mut at) = (0, Some(first));
    while let Some(offset) = at {
        let here = from + offset;
        plain.extend_from_slice(&text[from..here]);
        from = here
            + match escape_at(&text[here..]) {
                Some(byte) => {
                    plain.push(byte);
                    3
                }
                None => {
                    plain.push(if text[here] == b'+' { b' ' } else { text[here] });
                    1
                }
            };
        at = next(&text[from..]);
    }
    plain.extend_from_slice(&text[from..]);
    Cow::Owned(plain)
}

/// Escapes everything but unreserved characters.
pub(crate) fn escape(content: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(content.len() + content.len() / 2);
    for byte in content {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) {
            text.push(*byte);
        } else {
            text.extend(escape_byte(*byte));
        }
    }
    text
}

fn escape_byte(byte: u8) -> [u8; 3] {
    let digit = |nibble: u8| b"0123456789ABCDEF"[usize::from(nibble)];
    [b'%', digit(byte >> 4), digit(byte & 15)]
}

/// The byte that an escape at the beginning of `text` stands for.
fn escape_at(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |b: &u8| char::from(*b).to_digit(16);
    Some((digit(high)? * 16 + digit(low)?) as u8)
}

/// Whether every `%` starts an escape.
fn all_valid(text: &[u8]) -> bool {
    memchr::memchr_iter(b'%', text).all(|at| escape_at(&text[at..]).is_some())
}

/// Whether nothing stands unescaped that an encoder of arbitrary bytes would have escaped, and
/// at least two bytes are: prose with a stray `%` is not like that.
fn is_escaped_binary(text: &[u8]) -> bool {
    let unreserved = |b: &u8| b.is_ascii_alphanumeric() || b"%-_.~!*'()+".contains(b);
    text.iter().all(unreserved) && memchr::memchr_iter(b'%', text).nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn escapes_are_undone_and_the_rest_stands() {
        let table = [
            ("a%20b+c", Plus::Stays, "a b+c"),
            ("a%20b+c", Plus::IsSpace, "a b c"),
            ("100%", Plus::Stays, "100%"),
            ("%4", Plus::Stays, "%4"),
            ("%zz%41", Plus::Stays, "%zzA"),
            ("%C3%A4%2B", Plus::IsSpace, "\u{e4}+"),
            ("plain", Plus::IsSpace, "plain"),
        ];
        for (text, plus, plain) in table {
            assert_eq!(unescape(text.as_bytes(), plus), plain.as_bytes(), "{text}");
        }
        assert!(matches!(unescape(b"plain", Plus::IsSpace), Cow::Borrowed(_)));
    }

    #[test]
    fn escaping_is_the_inverse() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unescape(&escape(&all), Plus::IsSpace), all);
    }

    #[test]
    fn percent_is_opened_level_by_level() {
        let table: [(&str, &[&str]); 6] = [
            ("a%2520b", &["percent = a%20b", "percent > percent = a b"]),
            ("%7B%22k%22%3A1%7D", &["percent = {\\\"k\\\":1}", "percent > $.k = 1"]),
            ("%ff%01%02%03", &["percent = \\xff\\x01\\x02\\x03"]),
            ("100%", &[]),
            ("50% de plus", &[]),
            ("caf%e9", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(layers(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(replanted(b"a%2520b", "percent > percent", "c d").as_deref(), Some("c d"));
    }
}
