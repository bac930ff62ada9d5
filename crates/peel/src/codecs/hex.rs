//! Hexadecimal in either case, bare, behind `0x`, or with one separator between bytes, when what it
//! stands for makes sense: digests and numbers are values as they stand.

use std::borrow::Cow;

use candor_case::Opening;
use data_encoding::HEXLOWER_PERMISSIVE;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::codecs::{cipher, utf16};
use crate::pieces::Pieces;
use crate::sense::{is_known_binary, is_sensible_text};
use crate::shape::kind;

/// Shorter hex is too often a word or a number.
const SHORTEST: usize = 16;

/// The same of what a person asks about.
const SHORTEST_INPUT: usize = 14;

/// The codec.
pub(crate) struct Hex;

impl Codec for Hex {
    fn name(&self) -> &'static str {
        "hex"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.len() >= if view.is_input() { SHORTEST_INPUT } else { SHORTEST }
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let Some(digits) = digits(view) else { return Opened::No };
        if purse.pay_bytes(digits.len()).is_err() {
            return Opened::No;
        }
        let sealed = || !view.keys.0.is_empty() && opens(view, &digits, out);
        if !makes_sense(view, &digits) && !sealed() {
            return Opened::No;
        }
        let Ok(bytes) = HEXLOWER_PERMISSIVE.decode(&digits) else { return Opened::No };
        out.whole(view, bytes, "hex");
        Opened::Fully
    }

    fn close(&self, parent: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let upper = parent.iter().any(u8::is_ascii_uppercase);
        let separator = separator(parent).unwrap_or(&[]);
        let prefix = if parent.starts_with(b"0x") { &b"0x"[..] } else { b"" };
        let mut text = prefix.to_vec();
        for (at, byte) in content.iter().enumerate() {
            if at > 0 {
                text.extend(separator);
            }
            let digits = if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
            text.extend(digits.bytes());
        }
        Some(text)
    }
}

/// Whether what the digits stand for means something.
fn makes_sense(view: &View, digits: &[u8]) -> bool {
    let mut short = [0; 64];
    // Most are digests and identifiers, so most need no memory of their own.
    match short.get_mut(..digits.len() / 2) {
        Some(bytes) => {
            HEXLOWER_PERMISSIVE.decode_mut(digits, bytes).is_ok()
                && is_sensible(view, digits, bytes)
        }
        None => {
            HEXLOWER_PERMISSIVE.decode(digits).is_ok_and(|bytes| is_sensible(view, digits, &bytes))
        }
    }
}

/// The same, of the bytes themselves. The more looks like hex, the less has to be said.
fn is_sensible(view: &View, digits: &[u8], bytes: &[u8]) -> bool {
    if view.shape.any(kind::HEX_LOWER | kind::HEX_UPPER) {
        is_sensible_text(bytes, 6) || is_known_binary(bytes)
    } else if view.is_input() && digits.len() < view.bytes.len() {
        is_sensible_text(bytes, 5) && is_wordy(bytes)
    } else {
        is_sensible_text(bytes, 12) && is_wordy(bytes) || bytes.len() >= 24 && utf16::is_wide(bytes)
    }
}

/// Whether most of a text is letters, or all of it hex again: long numbers can be read as hex, too.
/// Of random numbers of 48 figures, one in 200,000 is text, and one in 16 million escaped text.
fn is_wordy(text: &[u8]) -> bool {
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    letters * 3 >= text.len() * 2
        || text.len() >= 24 && (letters * 3 >= text.len() || text.iter().all(is_escaped))
        || text.iter().all(u8::is_ascii_hexdigit)
}

/// Whether a byte may stand in percent-encoded text.
fn is_escaped(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"%&=".contains(byte)
}

/// Whether a key opens what the digits stand for.
fn opens(view: &View, digits: &[u8], out: &Pieces) -> bool {
    let bytes = HEXLOWER_PERMISSIVE.decode(digits);
    bytes.is_ok_and(|bytes| cipher::would_open(view, &bytes, out))
}

/// The digits alone, if there is an even number of them.
fn digits<'a>(view: &View<'a>) -> Option<Cow<'a, [u8]>> {
    let bytes: &'a [u8] = view.bytes;
    let text = bytes.strip_prefix(b"0x").unwrap_or(bytes);
    if view.shape.only(kind::HEX) || text.len() < bytes.len() {
        return text.len().is_multiple_of(2).then_some(Cow::Borrowed(text));
    }
    let separator = separator(text)?;
    let width = 2 + separator.len();
    let fits = |group: &[u8]| {
        group[..2].iter().all(u8::is_ascii_hexdigit)
            && (group.len() == 2 || group[2..] == *separator)
    };
    let whole = (text.len() + separator.len()).is_multiple_of(width);
    let groups = || text.chunks(width);
    (whole && groups().all(fits))
        .then(|| groups().flat_map(|group| group[..2].iter().copied()).collect::<Vec<u8>>().into())
}

/// What stands between the first two bytes.
fn separator(text: &[u8]) -> Option<&[u8]> {
    let between = text.get(2..4)?;
    let len = if between == b", " { 2 } else { 1 };
    b":- ,.".contains(&between[0]).then_some(&text[2..2 + len])
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn hex_is_opened_when_it_says_something() {
        let table: [(&str, &[&str]); 16] = [
            (
                "616161612532353230616161612532353430616161616161612532353245",
                &[
                    "hex = aaaa%2520aaaa%2540aaaaaaa%252E",
                    "hex > percent = aaaa%20aaaa%40aaaaaaa%2E",
                    "hex > percent > percent = aaaa aaaa@aaaaaaa.",
                ],
            ),
            ("41 42 43 44 45", &["hex = ABCDE"]),
            ("12 24 33 40 55 61 62", &[]),
            ("757365722d3432206861736861", &["hex = user-42 hasha"]),
            ("75736572406578616D706C652E6F7267", &["hex = user@example.org"]),
            ("0x757365722d343220686173", &["hex = user-42 has"]),
            ("75:73:65:72:2D:34:32", &["hex = user-42"]),
            ("75 73 65 72 2d 34 32", &["hex = user-42"]),
            ("5d41402abc4b2a76b9719d911017c592", &[]),
            ("5D:41:40:2A:BC:4B:2A:76:B9:71:9D:91:10:17:C5:92", &[]),
            ("00:1B:44:11:3A:B7", &[]),
            ("1795329634458123", &[]),
            ("757365722d343", &[]),
            ("0000000000000000", &[]),
            ("deadbeef", &[]),
            ("75:73:65:72-2D:34:32", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(layers(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn case_and_separators_are_kept() {
        let inputs = [
            "75736572406578616D706C652E6F7267",
            "75736572406578616d706c652e6f7267",
            "75:73:65:72:2D:34:32",
            "0x757365722d343220686173",
        ];
        for input in inputs {
            let found = replanted(input.as_bytes(), "hex", "grace@example.org");
            assert_eq!(found.as_deref(), Some("grace@example.org"));
        }
    }
}
