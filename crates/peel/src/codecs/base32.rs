//! Base32 (RFC 4648) in the standard or the extended-hex alphabet, in either case, padded or not,
//! where what it stands for makes sense.

use candor_case::Opening;
use data_encoding::{BASE32_NOPAD, BASE32HEX_NOPAD, Encoding};

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::sense::{is_known_binary, is_sensible_text};
use crate::shape::kind;

/// Shorter base32 is too often a word.
const SHORTEST: usize = 16;

/// Decoded bytes that convince as text.
const SHORTEST_TEXT: usize = 10;

/// The codec.
pub(crate) struct Base32;

impl Codec for Base32 {
    fn name(&self) -> &'static str {
        "base32"
    }

    fn accepts(&self, view: &View) -> bool {
        let one_case = !view.shape.any(kind::UPPER | kind::HEX_UPPER)
            || !view.shape.any(kind::LOWER | kind::HEX_LOWER);
        view.bytes.len() >= SHORTEST && one_case
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let Some(digits) = digits(view.bytes) else { return Opened::No };
        for alphabet in [&BASE32_NOPAD, &BASE32HEX_NOPAD] {
            if !begins_well(&digits, alphabet) || purse.pay_bytes(digits.len()).is_err() {
                continue;
            }
            let Ok(bytes) = alphabet.decode(&digits) else { continue };
            if is_sensible_text(&bytes, SHORTEST_TEXT) || is_known_binary(&bytes) {
                out.whole(view, bytes, "base32");
                return Opened::Fully;
            }
        }
        Opened::No
    }

    fn close(&self, parent: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let old = digits(parent)?;
        let alphabet = match begins_well(&old, &BASE32_NOPAD) {
            true => BASE32_NOPAD,
            false => BASE32HEX_NOPAD,
        };
        let mut text = alphabet.encode(content);
        if parent.contains(&b'=') {
            text.push_str(&"======"[..text.len().wrapping_neg() % 8 % 7]);
        }
        let lower = parent.iter().any(u8::is_ascii_lowercase);
        Some(if lower { text.to_ascii_lowercase() } else { text }.into_bytes())
    }
}

/// The digits in upper case, without padding; `None` where their number cannot be.
fn digits(text: &[u8]) -> Option<Vec<u8>> {
    let end = memchr::memchr(b'=', text).unwrap_or(text.len());
    let (digits, padding) = text.split_at(end);
    let fits = padding.iter().all(|b| *b == b'=')
        && (padding.is_empty() || text.len().is_multiple_of(8))
        && matches!(digits.len() % 8, 0 | 2 | 4 | 5 | 7);
    fits.then(|| digits.to_ascii_uppercase())
}

/// Whether the first eight digits stand for the beginning of text or of something known. Words, of
/// which there are many, end here.
fn begins_well(digits: &[u8], alphabet: &Encoding) -> bool {
    let mut head = [0; 5];
    let Some(Ok(5)) = digits.get(..8).map(|eight| alphabet.decode_mut(eight, &mut head)) else {
        return false;
    };
    let text = head.iter().all(|b| matches!(b, b' '..=b'~' | b'\t' | b'\n' | b'\r'));
    let zlib = matches!(head, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..]);
    let wide = matches!(head, [_, 0, _, 0, _] | [0, _, 0, _, 0]);
    text || zlib || wide || head[0] < b' ' || head[0] >= 0x80
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn base32_is_opened_when_it_says_something() {
        let table: [(&str, &[&str]); 8] = [
            ("MFSGCQDFPBQW24DMMUXG64TH", &["base32 = ada@example.org"]),
            ("mfsgcqdfpbqw24dmmuxg64th", &["base32 = ada@example.org"]),
            ("OVZWK4RNGQZCA2DBONUGC===", &["base32 = user-42 hasha"]),
            ("C5I62G35F1GMQS3CCKN6USJ7", &["base32 = ada@example.org"]),
            ("internationalization", &[]),
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", &[]),
            ("MFSGCQDFPBQW24DMMUXG64T", &[]),
            ("2222222222222222", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(layers(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn case_and_padding_are_kept() {
        for input in [
            "MFSGCQDFPBQW24DMMUXG64TH",
            "mfsgcqdfpbqw24dmmuxg64th",
            "OVZWK4RNGQZCA2DBONUGC===",
            "C5I62G35F1GMQS3CCKN6USJ7",
        ] {
            let value = "a longer value, 42";
            assert_eq!(replanted(input.as_bytes(), "base32", value).as_deref(), Some(value));
        }
    }
}
