//! Base64 (RFC 4648) in every alphabet that is in use, padded or not, folded or not, behind
//! something foreign, or cut at its beginning.
//!
//! Any word is base64, so the decoded bytes decide: text, or binary of a known format; or, of
//! something long that can hardly be anything but base64, bytes that nothing can open, so that they
//! count as unread. Words, which are most of what is asked, are turned away by their first eight
//! digits.

use std::borrow::Cow;

use candor_case::Opening;

use crate::binary::is_random;
use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::codecs::{cipher, noise, protobuf};
use crate::label::Coding;
use crate::pieces::Pieces;
use crate::sense::{is_known_binary, is_sensible_text};
use crate::shape::{Shape, kind};

mod alphabet;
mod foreign;

use alphabet::{Alphabet, STANDARD};

/// Shorter base64 is too often a word.
const SHORTEST: usize = 8;

/// The codec.
pub(crate) struct Base64;

impl Codec for Base64 {
    fn name(&self) -> &'static str {
        "base64"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.len() >= SHORTEST
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        if !view.shape.only(kind::BASE64) {
            return foreign::open(view, purse, out);
        }
        let Some(text) = tidy(view) else { return foreign::words(view, purse, out) };
        let labelled = view.label.coding() == Some(Coding::Base64);
        let data = Data::of(&text);
        let Some(data) = data.filter(|data| labelled || data.makes_sense(view, purse, out)) else {
            return match text {
                Cow::Borrowed(_) => foreign::cut(view, purse, out),
                Cow::Owned(_) => Opened::No,
            };
        };
        match data.alphabet.decode(data.digits) {
            Some(bytes) => {
                out.whole(view, bytes, "base64");
                Opened::Fully
            }
            _ => Opened::No,
        }
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let old = parent.get(opening.span.range(parent.len()))?;
        if old.len() < parent.len() && foreign::is_word_around(parent, old) {
            return Some(splice(parent, opening.span, content));
        }
        let marks = Shape::of(old);
        let url_safe = marks.any(kind::DASH_LOW);
        let padded = marks.any(kind::EQUALS) || !url_safe;
        let text = alphabet::of(old)?.encode(content, url_safe, padded);
        Some(splice(parent, opening.span, &text))
    }
}

/// Digits without padding, and the alphabet they are of.
struct Data<'a> {
    digits: &'a [u8],
    alphabet: &'static Alphabet,
    padded: bool,
    mixed: bool,
    marks: Shape,
}

impl<'a> Data<'a> {
    /// Splits off the padding; `None` where digits and padding do not make base64.
    fn of(text: &'a [u8]) -> Option<Self> {
        let end = match text {
            [.., _, b'='] => memchr::memchr(b'=', text).unwrap_or(text.len()),
            text => text.len(),
        };
        let (digits, padding) = text.split_at(end);
        let fits = match padding {
            b"" => digits.len() % 4 != 1,
            b"=" | b"==" => text.len().is_multiple_of(4),
            _ => false,
        };
        let marks = Shape::of(digits);
        let both = marks.any(kind::DASH_LOW) && marks.any(kind::PLUS_SLASH);
        let fits = fits && !both && !marks.any(kind::EQUALS) && digits.len() >= SHORTEST - 2;
        let mixed =
            marks.any(kind::UPPER | kind::HEX_UPPER) && marks.any(kind::LOWER | kind::HEX_LOWER);
        let padded = !padding.is_empty();
        fits.then_some(Self { digits, alphabet: &STANDARD, padded, mixed, marks })
    }

    /// Whether the digits stand for something.
    fn makes_sense(&self, view: &View, purse: &mut Purse, out: &Pieces) -> bool {
        let head = self.alphabet.head(self.digits);
        let texty = head.is_none_or(alphabet::is_text);
        if !texty && !self.mixed {
            return false;
        }
        // All of them, since the formats of records are known by fitting to the last byte.
        if purse.pay_bytes(self.digits.len()).is_err() {
            return false;
        }
        let mut word = [0; 96];
        let long;
        let decoded = match self.alphabet.decode_into(self.digits, &mut word) {
            Some(short) => short,
            None => match self.alphabet.decode(self.digits) {
                Some(bytes) => {
                    long = bytes;
                    &long
                }
                None => return false,
            },
        };
        texty && is_sensible_text(decoded, self.shortest_text())
            || self.mixed && (is_known_binary(decoded) || protobuf::is_message(decoded))
            || self.is_unmistakable() && (self.padded || is_random(decoded) && is_one_text(view))
            || self.mixed && self.is_sealed(view, out)
    }

    /// Whether a key opens what the digits stand for.
    fn is_sealed(&self, view: &View, out: &Pieces) -> bool {
        !view.keys.0.is_empty()
            && self
                .alphabet
                .decode(self.digits)
                .is_some_and(|bytes| cipher::would_open(view, &bytes, out))
    }

    /// Each bit of evidence that this is base64 at all lets shorter text convince.
    fn shortest_text(&self) -> usize {
        match (self.padded, self.mixed) {
            (true, _) => 4,
            (false, true) => 6,
            (false, false) => 12,
        }
    }

    /// A long value that uses all of the alphabet: an identifier of letters and digits alone
    /// would be 86 characters without one of the two marks once in fifteen times. Both marks of the
    /// standard alphabet among letters and figures are found in nothing else.
    fn is_unmistakable(&self) -> bool {
        let marks = kind::PLUS_SLASH | kind::DASH_LOW;
        self.mixed
            && self.marks.any(kind::DIGIT)
            && match self.padded {
                true => self.digits.len() >= 64,
                false if self.digits.len() >= 86 => self.marks.any(marks),
                false => self.digits.len() >= 64 && self.is_whole_and_marked(),
            }
    }
}

impl Data<'_> {
    /// Whether whole groups of digits hold both `+` and `/`.
    fn is_whole_and_marked(&self) -> bool {
        let holds = |mark| memchr::memchr(mark, self.digits).is_some();
        self.digits.len().is_multiple_of(4) && holds(b'+') && holds(b'/')
    }
}

/// Whether lines are one text that was folded, and not a list of identifiers.
fn is_one_text(view: &View) -> bool {
    !view.shape.any(kind::LINE) || noise::cut::is_folded(view.bytes.trim_ascii())
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
    fn long_bytes_of_an_unknown_format_are_said_to_be_so() {
        let vector = [&[7; 16][..], &crate::binary::tests::noise(64, 9)].concat();
        assert_eq!(layers(BASE64.encode(&vector).as_bytes()).len(), 1);
        let marked = "fTzH+tPqIJofZog1APpuu7nqeRNNBQfeavL3Tv0x2Ze+JSp3A5FlL8G88x1Rvu6/";
        assert_eq!(layers(marked.as_bytes()).len(), 1);
        assert!(layers(marked.replace('/', "a").as_bytes()).is_empty());
    }

    #[test]
    fn binary_of_a_known_format_is_opened() {
        let text = BASE64.encode(b"\x82\xa1v\x03\xa1u\xafada@example.org");
        assert_eq!(layers(text.as_bytes())[2], "base64 > msgpack:u = ada@example.org");
    }

    #[test]
    fn alphabet_and_padding_are_kept() {
        let value = "a longer value >>>???";
        for input in ["dXNlci00Mg==", "c3ViamVjdD9fZD4_Pj4-Pg", "YWRhQGV4YW1wbGUub3Jn"] {
            assert_eq!(replanted(input.as_bytes(), "base64", value).as_deref(), Some(value));
        }
    }
}
