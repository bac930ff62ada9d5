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
use crate::pieces::Pieces;
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

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let Some(text) = tidy(view) else { return Opened::No };
        let Some(data) = Data::of(&text) else { return Opened::No };
        let sample = &data.digits[..data.digits.len().min(SAMPLE)];
        let paid = purse.pay_bytes(sample.len());
        if paid.is_err() || !data.decodes_to_sense(sample, view.shape) {
            return Opened::No;
        }
        match data.encoding.decode(data.digits) {
            Ok(bytes) => {
                out.whole(view, bytes, "base64");
                Opened::Fully
            }
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
    fn of(text: &'a [u8]) -> Option<Self> {
        let end = memchr::memchr(b'=', text).unwrap_or(text.len());
        let (digits, padding) = text.split_at(end);
        let padded = !padding.is_empty();
        let fits = match padding {
            b"" => digits.len() % 4 != 1,
            b"=" | b"==" => text.len().is_multiple_of(4),
            _ => false,
        };
        let marks = Shape::of(digits);
        let encoding = match (marks.any(kind::DASH_LOW), marks.any(kind::PLUS_SLASH)) {
            (true, true) => return None,
            (true, false) => BASE64URL_NOPAD,
            (false, _) => BASE64_NOPAD,
        };
        (fits && digits.len() >= SHORTEST - 2).then_some(Self { digits, encoding, padded })
    }

    /// Whether the digits of a sample stand for something. Words, which are most of what is
    /// asked, do not touch the heap.
    fn decodes_to_sense(&self, sample: &[u8], shape: Shape) -> bool {
        let mut word = [0; 96];
        let len = self.encoding.decode_len(sample.len()).unwrap_or(usize::MAX);
        match word.get_mut(..len) {
            Some(word) => {
                self.encoding.decode_mut(sample, word).is_ok() && self.is_plausible(word, shape)
            }
            None => self.encoding.decode(sample).is_ok_and(|long| self.is_plausible(&long, shape)),
        }
    }

    fn is_plausible(&self, decoded: &[u8], shape: Shape) -> bool {
        // Each bit of evidence that this is base64 at all lets shorter text convince.
        let mixed =
            shape.any(kind::UPPER | kind::HEX_UPPER) && shape.any(kind::LOWER | kind::HEX_LOWER);
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

/// Undoes what white space stands for: in the value of a form or query a space was a `+` that
/// nobody escaped; line breaks fold long values and stand for nothing. Spaces anywhere else make
/// a sentence, which is not base64.
fn tidy<'a>(view: &View<'a>) -> Option<Cow<'a, [u8]>> {
    if !view.shape.any(kind::SPACE) {
        return Some(Cow::Borrowed(view.bytes));
    }
    let from_form = matches!(view.codec(), "form" | "url");
    let text = view.bytes.trim_ascii();
    let blank = memchr::memchr2(b' ', b'\t', text).is_some();
    if blank && !from_form {
        return None;
    }
    let digits = text.iter().filter(|b| !matches!(b, b'\t' | b'\r' | b'\n'));
    Some(digits.map(|b| if *b == b' ' { b'+' } else { *b }).collect::<Vec<u8>>().into())
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;

    use crate::codec::tests::{end, layers, replanted};

    #[test]
    fn base64_is_opened_when_it_says_something() {
        let table: [(&str, &[&str]); 14] = [
            ("dXNlci00Mg==", &["base64 = user-42"]),
            ("YWRhQGV4YW1wbGUub3Jn", &["base64 = ada@example.org"]),
            ("eyJrIjoidiJ9", &["base64 = {\\\"k\\\":\\\"v\\\"}", "base64 > $.k = v"]),
            ("c3ViamVjdD9fZD4_Pj4-Pg", &["base64 = subject?_d>?>>>>"]),
            ("c3ViamVjdD9fZD4/Pj4+Pg==", &["base64 = subject?_d>?>>>>"]),
            ("YWRhQGV4\r\nYW1wbGUub3Jn\r\n", &["base64 = ada@example.org"]),
            ("password", &[]),
            ("application/json", &[]),
            ("backgroundColor", &[]),
            ("6f9619ff-8b86-d011-b42d-00c04fc964ff", &[]),
            ("correct horse battery", &[]),
            ("dXNlci00Mg=", &[]),
            ("AAAAAAAAAAAAAAAA", &[]),
            ("0123456789012345", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(layers(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_space_in_a_form_was_a_plus() {
        let body = b"data=c3ViamVjdD9fZD4/Pj4+Pg==&x=1";
        assert_eq!(layers(body)[1], "form:data > base64 = subject?_d>?>>>>");
    }

    #[test]
    fn long_noise_is_said_to_be_encrypted() {
        let noise = crate::binary::tests::noise(96, 9);
        let text = BASE64.encode(&noise);
        assert_eq!(layers(text.as_bytes()).len(), 1);
        // An identifier of letters and digits is not.
        let id = text.replace(['+', '/', '='], "a");
        assert_eq!(layers(id.as_bytes()).len(), 0);
        assert_eq!(end(id.as_bytes()), candor_case::End::Plain);
    }

    #[test]
    fn alphabet_and_padding_are_kept() {
        let value = "a longer value >>>???";
        for input in ["dXNlci00Mg==", "c3ViamVjdD9fZD4_Pj4-Pg", "YWRhQGV4YW1wbGUub3Jn"] {
            assert_eq!(replanted(input.as_bytes(), "base64", value).as_deref(), Some(value));
        }
    }
}
