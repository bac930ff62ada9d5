//! LZ-string (pieroxy's library for web pages): LZ78 over units of UTF-16, its bits dealt out to
//! base64, to the alphabet of `compressToEncodedURIComponent`, to bytes, or to characters of
//! fifteen bits. Believed where the stream ends with the input and yields text.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::shape::kind;
use crate::text::is_convincing;

/// Shorter streams are too often something else.
const SHORTEST: usize = 8;

/// Units of text that convince.
const SHORTEST_TEXT: usize = 6;

/// Streams in the sixty-four digits of base64 or of an address.
pub(crate) struct Digits;

/// Streams in characters of UTF-16.
pub(crate) struct Wide;

impl Codec for Digits {
    fn name(&self) -> &'static str {
        "lz-string"
    }

    fn accepts(&self, view: &View) -> bool {
        let mixed = view.shape.any(kind::UPPER | kind::HEX_UPPER)
            && view.shape.any(kind::LOWER | kind::HEX_LOWER);
        mixed && view.bytes.len() >= SHORTEST && begins_well(view.bytes)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let Some(units) = digits(view) else { return Opened::No };
        unpack(view, units, 6, purse, out)
    }

    fn close(&self, parent: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(content).ok()?;
        let for_address =
            parent.iter().any(|b| matches!(b, b'-' | b'$')) || !parent.len().is_multiple_of(4);
        let alphabet = if for_address { ADDRESS } else { STANDARD };
        let mut digits: Vec<u8> =
            pack(text, 6).into_iter().map(|value| alphabet[usize::from(value)]).collect();
        while !for_address && !digits.len().is_multiple_of(4) {
            digits.push(b'=');
        }
        Some(digits)
    }
}

impl Codec for Wide {
    fn name(&self) -> &'static str {
        "lz-string-utf16"
    }

    fn accepts(&self, view: &View) -> bool {
        // The library ends such a text with a space.
        view.bytes.len() >= SHORTEST
            && view.shape.any(kind::HIGH)
            && view.bytes.last() == Some(&b' ')
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let Ok(text) = std::str::from_utf8(view.bytes) else { return Opened::No };
        let text = &text[..text.len() - 1];
        if !text.chars().all(|c| matches!(u32::from(c), 32..0x8020)) {
            return Opened::No;
        }
        let units = text.chars().map(|c| (u32::from(c) - 32) as u16);
        unpack(view, units, 15, purse, out)
    }

    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let units = pack(std::str::from_utf8(content).ok()?, 15);
        let text: Option<String> =
            units.into_iter().map(|unit| char::from_u32(u32::from(unit) + 32)).collect();
        Some((text? + " ").into_bytes())
    }
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const ADDRESS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";

const NONE: u8 = 0xff;

/// What each digit of either alphabet stands for.
static VALUES: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut at = 0;
    while at < 64 {
        table[STANDARD[at] as usize] = at as u8;
        at += 1;
    }
    table[b'-' as usize] = 63;
    table
};

/// Whether the first digits are those of a character that text begins with. The first code has two
/// bits, lowest first: 0 says that a character of eight bits follows, 1 one of sixteen.
fn begins_well(digits: &[u8]) -> bool {
    let Some([a, b]) = digits.first_chunk() else { return false };
    let (a, b) = (VALUES[usize::from(*a)], VALUES[usize::from(*b)]);
    if a == NONE || b == NONE {
        return false;
    }
    let bits = u16::from(a) << 6 | u16::from(b);
    match bits >> 10 {
        // The character's bits also come lowest first.
        0 => {
            let character = ((bits >> 2) as u8).reverse_bits();
            matches!(character, b' '..=b'~' | 0xa0.. | b'\n' | b'\t')
        }
        0b10 => true,
        _ => false,
    }
}

/// The values of the digits; a space in the value of a form was a `+`.
fn digits(view: &View) -> Option<impl Iterator<Item = u16>> {
    let end = view.bytes.iter().rposition(|b| !matches!(b, b'=' | b'$')).map_or(0, |at| at + 1);
    let from_form = matches!(view.codec(), "form" | "url");
    let value = move |byte: &u8| match byte {
        b' ' if from_form => 62,
        byte => VALUES[usize::from(*byte)],
    };
    let digits = &view.bytes[..end];
    let all = digits.iter().all(|byte| value(byte) != NONE);
    all.then(|| digits.iter().map(move |byte| u16::from(value(byte))))
}

fn unpack(
    view: &View,
    units: impl Iterator<Item = u16>,
    width: u32,
    purse: &mut Purse,
    out: &mut Pieces,
) -> Opened {
    let limit = purse.allowance(view.bytes.len()).min(64 << 20);
    let Some(text) = decompress(units, width, limit) else { return Opened::No };
    if text.len() < SHORTEST_TEXT || !is_convincing(text.as_bytes()) {
        return Opened::No;
    }
    out.whole(view, text.into_bytes(), "lz-string");
    Opened::Fully
}

/// Bits out of units of `width` bits, highest first; numbers are written lowest bit first.
struct Bits<I> {
    units: I,
    width: u32,
    held: u16,
    left: u32,
}

impl<I: Iterator<Item = u16>> Bits<I> {
    fn number(&mut self, bits: u32) -> Option<u32> {
        let mut number = 0;
        for at in 0..bits {
            if self.left == 0 {
                self.held = self.units.next()?;
                self.left = self.width;
            }
            self.left -= 1;
            number |= u32::from(self.held >> self.left & 1) << at;
        }
        Some(number)
    }

    /// Whether nothing but zeros is left: of the last unit, and perhaps one more.
    fn ends(mut self) -> bool {
        let rest = u32::from(self.held) & ((1 << self.left) - 1);
        rest == 0 && self.units.next().is_none_or(|unit| unit == 0) && self.units.next().is_none()
    }
}

/// How many bits a code has, which grows with the dictionary on both sides alike.
struct Codes {
    bits: u32,
    left: u32,
}

impl Codes {
    fn count(&mut self) {
        self.left -= 1;
        if self.left == 0 {
            self.left = 1 << self.bits;
            self.bits += 1;
        }
    }
}

/// Codes that are no phrases.
const CHARACTER: u32 = 0;
const WIDE_CHARACTER: u32 = 1;
const END: u32 = 2;

/// Decompresses a stream; `None` where it is none, does not end with its input, or makes more than
/// `limit` bytes.
fn decompress(units: impl Iterator<Item = u16>, width: u32, limit: usize) -> Option<String> {
    /// Codes of 24 bits are enough for any text that is let through.
    const WIDEST: u32 = 24;
    let mut bits = Bits { units, width, held: 0, left: 0 };
    let first = character(bits.number(2)?, &mut bits)?;
    let mut text: Vec<u16> = vec![first];
    // Every phrase stands somewhere in the text that was made so far; the first three are codes.
    let mut phrases: Vec<(usize, usize)> = vec![(0, 0), (0, 0), (0, 0), (0, 1)];
    let mut codes = Codes { bits: 3, left: 4 };
    let mut before = (0, 1);
    loop {
        let code = bits.number(codes.bits)?;
        let start = text.len();
        match code {
            CHARACTER | WIDE_CHARACTER => {
                text.push(character(code, &mut bits)?);
                phrases.push((start, start + 1));
                codes.count();
            }
            END => break,
            code => {
                let (from, to) = match phrases.get(code as usize) {
                    Some(phrase) => *phrase,
                    // The phrase that is being made: the one before, and its first unit again.
                    None if code as usize == phrases.len() => (before.0, before.1 + 1),
                    None => return None,
                };
                for at in from..to {
                    text.push(*text.get(at)?);
                }
            }
        }
        if 2 * text.len() > limit || codes.bits > WIDEST {
            return None;
        }
        // The phrase before and the first unit of this one stand side by side.
        phrases.push((before.0, before.1 + 1));
        codes.count();
        before = (start, text.len());
    }
    let text = String::from_utf16(&text).ok();
    text.filter(|_| bits.ends())
}

/// The character that follows its code; control characters end the attempt.
fn character<I: Iterator<Item = u16>>(code: u32, bits: &mut Bits<I>) -> Option<u16> {
    let character = match code {
        CHARACTER => bits.number(8)?,
        WIDE_CHARACTER => bits.number(16)?,
        _ => return None,
    };
    matches!(character, 9 | 10 | 13 | 32..=126 | 0xa0..).then_some(character as u16)
}

/// Compresses a text into units of `width` bits.
fn pack(text: &str, width: u32) -> Vec<u16> {
    let mut out = Out { units: Vec::new(), width, held: 0, count: 0 };
    let mut codes = Codes { bits: 2, left: 2 };
    // Phrases by the code of all but their last unit, and that unit; 0 is the empty phrase.
    let mut phrases: BTreeMap<(u32, u16), u32> = BTreeMap::new();
    let mut fresh: BTreeSet<u16> = BTreeSet::new();
    let mut next = 3;
    // The phrase at hand: its code and, where it is a single unit, that unit.
    let mut phrase: (u32, Option<u16>) = (0, None);
    for unit in text.encode_utf16() {
        phrases.entry((0, unit)).or_insert_with(|| {
            fresh.insert(unit);
            next += 1;
            next - 1
        });
        if let Some(code) = phrases.get(&(phrase.0, unit)) {
            phrase = (*code, (phrase.0 == 0).then_some(unit));
            continue;
        }
        out.phrase(phrase, &mut codes, &mut fresh);
        phrases.insert((phrase.0, unit), next);
        next += 1;
        phrase = (phrases.get(&(0, unit)).copied().unwrap_or(0), Some(unit));
    }
    if phrase.0 != 0 {
        out.phrase(phrase, &mut codes, &mut fresh);
    }
    out.number(END, codes.bits);
    // There is always a last unit, even where no bit is left for it.
    out.number(0, width - out.count);
    out.units
}

struct Out {
    units: Vec<u16>,
    width: u32,
    held: u16,
    count: u32,
}

impl Out {
    fn number(&mut self, number: u32, bits: u32) {
        for at in 0..bits {
            self.held = self.held << 1 | (number >> at & 1) as u16;
            self.count += 1;
            if self.count == self.width {
                self.units.push(self.held);
                (self.held, self.count) = (0, 0);
            }
        }
    }

    /// Writes a phrase: a single unit that was never written before as itself, all else by code.
    fn phrase(
        &mut self,
        (code, unit): (u32, Option<u16>),
        codes: &mut Codes,
        fresh: &mut BTreeSet<u16>,
    ) {
        match unit.filter(|unit| fresh.remove(unit)) {
            Some(unit) if unit < 256 => {
                self.number(CHARACTER, codes.bits);
                self.number(u32::from(unit), 8);
                codes.count();
            }
            Some(unit) => {
                self.number(WIDE_CHARACTER, codes.bits);
                self.number(u32::from(unit), 16);
                codes.count();
            }
            None => self.number(code, codes.bits),
        }
        codes.count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn streams_are_those_of_the_library() {
        let table = [
            ("BYUwNmD2AEDukCcwBMg=", "hello world"),
            ("BYUwNmD2AEDukCcwBMg", "hello world"),
            ("BYUwNmD2A0AECWsCGBbZtDUzkAA=", "hello, i am a \u{732b}"),
        ];
        for (stream, text) in table {
            let expected = format!("lz-string = {}", text.as_bytes().escape_ascii());
            assert_eq!(layers(stream.as_bytes()), [expected], "{stream}");
            let value = "ada@example.org, ada@example.org \u{20ac}";
            let found = replanted(stream.as_bytes(), "lz-string", value);
            assert_eq!(found, Some(value.as_bytes().escape_ascii().to_string()));
        }
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let texts = [
            "abc",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            &"the same words and ".repeat(200),
            "\u{1f600}\u{20ac}x",
        ];
        for text in texts {
            for width in [6, 15] {
                let units = pack(text, width);
                let found = decompress(units.iter().copied(), width, 1 << 20);
                assert_eq!(found.as_deref(), Some(text), "{width}");
                assert_eq!(
                    decompress(units[..units.len() - 2].iter().copied(), width, 1 << 20),
                    None
                );
            }
        }
        assert_eq!(decompress(pack(&"x".repeat(5000), 6).into_iter(), 6, 1000), None);
        let wide = Wide.close(&[], &opening(), "ada@example.org".as_bytes()).unwrap();
        assert_eq!(layers(&wide), ["lz-string = ada@example.org"]);
    }

    #[test]
    fn words_are_no_streams() {
        for word in
            ["BackgroundColor", "Application", "BYUwNmD2AEDukCcwBM", "AAAAAAAAAAAA", "Alphabet"]
        {
            assert!(layers(word.as_bytes()).is_empty(), "{word}");
        }
    }

    fn opening() -> Opening {
        let span = candor_case::ByteSpan::new(0, 0);
        Opening { codec: "lz-string", step: Default::default(), span, exact: true }
    }
}
