//! Base64 (RFC 4648) with the standard or the URL-safe alphabet, padded or not, folded or not.
//!
//! Any word is base64, so the decoded bytes decide: text, a known magic number, JSON (which is
//! text), protobuf; or, of something long that can hardly be anything but base64, bytes that
//! look random and are then said to be encrypted.

use std::borrow::Cow;

use candor_case::Opening;
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, Encoding};

use crate::binary::{has_magic, is_random};
use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::codecs::protobuf;
use crate::shape::{Shape, kind};
use crate::text::is_convincing;

/// Shorter base64 is too often a word.
const SHORTEST: usize = 8;

/// How many characters decide; a multiple of four.
const SAMPLE: usize = 4096;

/// The codec.
pub(crate) struct Base64;

impl Codec for Base64 {
    fn name(&self) -> &'static str {
        "base64"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.len() >= SHORTEST && view.shape.only(kind::BASE64)
    }

    fn open(&self, view: &View, purse: &mut Purse) -> Opened {
        let sentence = view.shape.any(kind::SPACE) && !is_folded(view);
        let text = if view.shape.any(kind::SPACE) { tidy(view) } else { Cow::Borrowed(&view.bytes[..]) };
        let Some(data) = Data::of(&text, view.shape) else { return Opened::No };
        let sample = &data.digits[..data.digits.len().min(SAMPLE)];
        let Ok(sample) = data.encoding.decode(sample) else { return Opened::No };
        let paid = purse.pay_bytes(sample.len() + usize::from(sentence) * text.len());
        if paid.is_err() || !data.is_plausible(&sample, view.shape) {
            return Opened::No;
        }
        match data.encoding.decode(data.digits) {
            Ok(bytes) => Opened::pieces(vec![view.whole(bytes, "base64")]),
            Err(_) => Opened::No,
        }
    }

    fn close(&self, parent: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let shape = Shape::of(parent);
        let padded = shape.any(kind::EQUALS) || !shape.any(kind::DASH_LOW);
        let encoding = match (shape.any(kind::DASH_LOW), padded) {
            (true, true) => BASE64URL,
            (true, false) => BASE64URL_NOPAD,
            (false, _) => BASE64,
        };
        Some(encoding.encode(content).into_bytes())
    }
}

/// Digits without padding, and the alphabet they are of.
struct Data<'a> {
    digits: &'a [u8],
    encoding: Encoding,
    padded: bool,
}

impl<'a> Data<'a> {
    /// Splits off the padding; `None` where digits and padding do not make base64.
    fn of(text: &'a [u8], shape: Shape) -> Option<Self> {
        let end = memchr::memchr(b'=', text).unwrap_or(text.len());
        let (digits, padding) = text.split_at(end);
        let padded = !padding.is_empty();
        let fits = match padding {
            b"" => digits.len() % 4 != 1,
            b"=" | b"==" => text.len().is_multiple_of(4),
            _ => false,
        };
        let encoding = match (shape.any(kind::DASH_LOW), shape.any(kind::PLUS_SLASH)) {
            (true, true) => return None,
            (true, false) => BASE64URL_NOPAD,
            (false, _) => BASE64_NOPAD,
        };
        (fits && digits.len() >= SHORTEST - 2).then_some(Self { digits, encoding, padded })
    }

    fn is_plausible(&self, decoded: &[u8], shape: Shape) -> bool {
        // Each bit of evidence that this is base64 at all lets shorter text convince.
        let mixed = shape.any(kind::UPPER | kind::HEX_UPPER)
            && shape.any(kind::LOWER | kind::HEX_LOWER);
        let shortest = match (self.padded, mixed) {
            (true, _) => 4,
            (false, true) => 6,
            (false, false) => 12,
        };
        (decoded.len() >= shortest && is_convincing(decoded))
            || has_magic(decoded)
            || (decoded.len() >= 8 && protobuf::is_message(decoded))
            || (self.is_unmistakable(mixed, shape) && is_random(decoded))
    }

    /// A long value that uses all of the alphabet: an identifier of letters and digits alone
    /// would be 86 characters without one of the two marks once in fifteen times.
    fn is_unmistakable(&self, mixed: bool, shape: Shape) -> bool {
        let marks = kind::PLUS_SLASH | kind::DASH_LOW;
        self.digits.len() >= 86
            && mixed
            && shape.any(kind::DIGIT)
            && (self.padded || shape.any(marks))
    }
}

/// Whether the white space can only be line breaks.
fn is_folded(view: &View) -> bool {
    memchr::memchr2(b' ', b'\t', view.bytes).is_none()
}

/// Undoes what white space stands for: in a form's value, a space was a `+` that nobody
/// escaped; anywhere else, and for line breaks everywhere, it is nothing.
fn tidy<'a>(view: &View<'a>) -> Cow<'a, [u8]> {
    let from_form = matches!(view.opening().codec, "form" | "url");
    let restored = view.bytes.trim_ascii().iter().filter_map(|byte| match byte {
        b' ' if from_form => Some(b'+'),
        b' ' | b'\t' | b'\r' | b'\n' => None,
        other => Some(*other),
    });
    Cow::Owned(restored.collect())
}
