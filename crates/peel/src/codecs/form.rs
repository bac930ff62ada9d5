//! `k=v&k=v` (WHATWG URL, `application/x-www-form-urlencoded`): bodies that say so, and text
//! that has the shape, since beacons send forms as `text/plain`. Queries share the grammar.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::codecs::percent::{self, Plus};
use crate::label::Media;
use crate::pieces::Pieces;
use crate::shape::{Shape, kind};

/// The codec.
pub(crate) struct Form;

impl Codec for Form {
    fn name(&self) -> &'static str {
        "form"
    }

    fn accepts(&self, view: &View) -> bool {
        view.shape.any(kind::EQUALS) && (is_labelled(view) || has_shape(view))
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        fields(view, 0..without_end(view.bytes).len(), "form", purse, out);
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        Some(splice(parent, opening.span, &percent::escape(content)))
    }
}

/// The fields of `range`, with their escapes undone. An item without `=` is the value of the
/// empty key; empty items are left out.
pub(crate) fn fields(
    view: &View,
    range: Range<usize>,
    prefix: &str,
    purse: &mut Purse,
    out: &mut Pieces,
) {
    let mut keys = Vec::new();
    let mut values = Vec::new();
    let mut rest = None;
    let mut start = range.start;
    for item in view.bytes[range].split(|b| *b == b'&') {
        let end = start + item.len();
        if let Err(spent) = purse
            .pay_node(out.len() + keys.len())
            .and_then(|()| purse.pay_bytes(item.len().min(128)))
        {
            rest = Some((start, spent));
            break;
        }
        if !item.is_empty() {
            let equals = memchr::memchr(b'=', item);
            keys.push(percent::unescape(&item[..equals.unwrap_or(0)], Plus::IsSpace));
            values.push(start + equals.map_or(0, |at| at + 1)..end);
        }
        start = end + 1;
    }
    let steps = out.keyed(prefix, &keys);
    for (step, value) in steps.into_iter().zip(values) {
        let plain = match percent::unescape(&view.bytes[value.clone()], Plus::IsSpace) {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => Some(Bytes::from(text)),
        };
        out.add(value, plain, step);
    }
    if let Some((start, spent)) = rest {
        out.rest(view, start, spent);
    }
}

/// A body that says it is a form; one item that ends in its only `=` is padded base64 instead.
fn is_labelled(view: &View) -> bool {
    view.label.media == Media::Form
        && view.label.coding().is_none()
        && !view.shape.any(kind::CONTROL)
        && !is_padded_word(view.bytes)
}

fn is_padded_word(bytes: &[u8]) -> bool {
    let first = memchr::memchr(b'=', bytes).unwrap_or(bytes.len());
    first > 0 && bytes[first..].iter().all(|b| *b == b'=')
}

/// A form without the line break that programs write behind their last line.
fn without_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// Text that can hardly be anything but a form: every item has a plain key and an `=`, and
/// there are at least two of them; in a body, or with a value of some length, one is enough.
fn has_shape(view: &View) -> bool {
    let bytes = without_end(view.bytes);
    let ended = bytes.len() < view.bytes.len();
    let shape = if ended { Shape::of(bytes) } else { view.shape };
    if shape.any(kind::BINARY | kind::SPACE) {
        return false;
    }
    let mut items = 0;
    for item in bytes.split(|b| *b == b'&') {
        let Some(at) = memchr::memchr(b'=', item) else { return false };
        if !is_plain_key(&item[..at]) {
            return false;
        }
        items += 1;
    }
    if items >= 2 {
        return true;
    }
    let value = memchr::memchr(b'=', bytes).map_or(&bytes[..0], |at| &bytes[at + 1..]);
    let enough = if view.is_body() { 1 } else { 16 };
    value.len() >= enough && !value.iter().all(|b| *b == b'=')
}

/// What programs use as names of fields, escaped or not.
fn is_plain_key(key: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"_-.$[]%:@*".contains(b);
    (1..=100).contains(&key.len()) && key[0] != b'-' && key.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn forms_are_known_by_their_shape() {
        let table: [(&str, &[&str]); 12] = [
            ("a=1&b=2\n", &["form:a = 1", "form:b = 2"]),
            ("a=1&b=2\r\n", &["form:a = 1", "form:b = 2"]),
            ("a=1&b=2\n\n", &[]),
            ("a=1&b=x%20y+z&a=2", &["form:a[0] = 1", "form:b = x y z", "form:a[1] = 2"]),
            ("u%5B0%5D=1&v=", &["form:\"u[0]\" = 1", "form:v = "]),
            ("data=0123456789abcdefg", &["form:data = 0123456789abcdefg"]),
            ("a=1", &[]),
            ("a=1&b", &[]),
            ("a = 1 & b = 2", &[]),
            ("x < y && a=b", &[]),
            ("text/html;q=0.9,image/webp;q=1", &[]),
            ("&&=&", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(layers(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn values_are_put_back_escaped() {
        let value = "a&b=c d+e%\u{e9}";
        let found = replanted(b"a=1&b=2&c=3", "form:b", value);
        assert_eq!(found, Some(value.as_bytes().escape_ascii().to_string()));
    }
}
