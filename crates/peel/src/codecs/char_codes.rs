//! Lists of character codes: `75,105,109` with any one separator, between brackets, or as the
//! arguments of `String.fromCharCode`; octal where that makes sense and decimal does not. Telemetry
//! is full of lists of numbers, so what they spell has to be a word.

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::shape::kind;

/// Fewer numbers spell something too often.
const FEWEST: usize = 6;

/// The codec.
pub(crate) struct CharCodes;

impl Codec for CharCodes {
    fn name(&self) -> &'static str {
        "char-codes"
    }

    fn accepts(&self, view: &View) -> bool {
        // Only a call has letters in it.
        view.bytes.len() >= 2 * FEWEST
            && (view.bytes.first() == Some(&b'S') || !view.shape.any(kind::ALPHA))
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        match decode(view.bytes) {
            Some(text) if purse.pay_bytes(text.len()).is_ok() => {
                out.whole(view, text.into_bytes(), "char-codes");
                Opened::Fully
            }
            _ => Opened::No,
        }
    }

    fn close(&self, parent: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let list = List::of(parent)?;
        let separator = std::str::from_utf8(list.separator).ok()?;
        let octal = decode_as(parent, 10).is_none();
        let written = |unit: u16| if octal { format!("{unit:o}") } else { unit.to_string() };
        let codes: Vec<String> =
            std::str::from_utf8(content).ok()?.encode_utf16().map(written).collect();
        let range = list.inner;
        let inner = codes.join(separator);
        Some([&parent[..range.start], inner.as_bytes(), &parent[range.end..]].concat())
    }
}

/// A list, without its frame.
struct List<'a> {
    inner: std::ops::Range<usize>,
    /// What stands between two numbers.
    separator: &'a [u8],
}

impl<'a> List<'a> {
    fn of(text: &'a [u8]) -> Option<Self> {
        const FRAMES: [(&[u8], &[u8]); 3] =
            [(b"String.fromCharCode(", b")"), (b"[", b"]"), (b"", b"")];
        let framed =
            |(open, close): &&(&[u8], &[u8])| text.starts_with(open) && text.ends_with(close);
        let (open, close) = FRAMES.iter().find(framed)?;
        let inner = open.len()..text.len().checked_sub(close.len())?;
        let numbers = text.get(inner.clone())?;
        let first = digits(numbers);
        let separator = &numbers[first..];
        let len = separator.iter().position(u8::is_ascii_digit)?;
        let separator = &separator[..len];
        let known: [&[u8]; 9] = [b",", b", ", b" ", b"-", b";", b".", b"|", b":", b"_"];
        (first > 0 && known.contains(&separator)).then_some(Self { inner, separator })
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take(8).take_while(|b| b.is_ascii_digit()).count()
}

/// What a list spells, if that is text that convinces.
pub(crate) fn decode(text: &[u8]) -> Option<String> {
    decode_as(text, 10).or_else(|| is_octal(text).then(|| decode_as(text, 8)).flatten())
}

/// Whether a list may be octal: only figures below 8, spaces between them, and many.
fn is_octal(text: &[u8]) -> bool {
    const FEWEST_OCTAL: usize = 12;
    let spaces = text.iter().filter(|b| **b == b' ').count();
    spaces + 1 >= FEWEST_OCTAL && text.iter().all(|b| matches!(b, b'0'..=b'7' | b' '))
}

/// The same, of numbers to that base.
fn decode_as(text: &[u8], base: u32) -> Option<String> {
    let list = List::of(text)?;
    let mut rest = &text[list.inner];
    let mut units: Vec<u32> = Vec::new();
    loop {
        let len = digits(rest);
        let digits = std::str::from_utf8(&rest[..len]).ok()?;
        let number = u32::from_str_radix(digits, base).ok()?;
        is_character(number).then_some(())?;
        units.push(number);
        rest = &rest[len..];
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(list.separator)?;
    }
    let text = spell(&units)?;
    // Ordinary lists of numbers spell marks and letters in any order.
    (units.len() >= FEWEST && is_word(&text)).then_some(text)
}

/// Whether most characters are letters, nearly all others such as stand between words, and none of
/// another alphabet than the rest.
fn is_word(text: &str) -> bool {
    let count = text.chars().count();
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let is_mark = |c: &char| " @.:/-_=&?".contains(*c) || *c >= '\u{1f000}';
    let marks = text.chars().filter(is_mark).count();
    let mut beyond = text.chars().filter(|c| !c.is_ascii()).map(|c| u32::from(c) >> 8);
    let first = beyond.next();
    let one_alphabet = beyond.all(|page| Some(page) == first);
    let ascii = text.chars().filter(char::is_ascii).count();
    letters * 5 >= count * 3
        && (letters + marks) * 10 >= count * 9
        && (ascii * 2 >= count || one_alphabet && text.contains(' '))
}

fn is_character(code: u32) -> bool {
    matches!(code, 9 | 10 | 13 | 32..=126 | 0xa0..=0x10_ffff)
}

/// Units of UTF-16, or characters where they do not fit that.
fn spell(codes: &[u32]) -> Option<String> {
    let units: Option<Vec<u16>> = codes.iter().map(|code| u16::try_from(*code).ok()).collect();
    match units {
        Some(units) => String::from_utf16(&units).ok(),
        None => codes.iter().map(|code| char::from_u32(*code)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn lists_that_spell_words_are_opened() {
        let table = [
            ("97,100,97,64,120,46,111,114,103", Some("ada@x.org")),
            ("97 100 97 32 120 121", Some("ada xy")),
            ("String.fromCharCode(103, 114, 228, 102, 105, 110)", Some("gr\u{e4}fin")),
            ("128512-97-98-99-100-101", Some("\u{1f600}abcde")),
            ("141 144 141 40 154 157 166 145 154 141 143 145", Some("ada lovelace")),
            ("141,144,141,40,154,157,166,145,154,141,143,145", None),
            ("1,2,3,4,5,6,7,8", None),
            ("1080,2340,440,1080,2340", None),
            ("33,45,60,40,37,42,38", None),
            ("97,100,97", None),
            ("192.168.101.102", None),
            ("2026-11-22", None),
            ("97,100,97,64;120,46,111", None),
            ("97,,100,97,98,99,100", None),
        ];
        for (list, plain) in table {
            let expected: Vec<String> = plain
                .iter()
                .map(|p| format!("char-codes = {}", p.as_bytes().escape_ascii()))
                .collect();
            assert_eq!(layers(list.as_bytes()), expected, "{list}");
        }
        for list in [
            "97,100,97,64,120,46,111",
            "String.fromCharCode(103, 114, 228, 102, 105, 110)",
            "141 144 141 40 154 157 166 145 154 141 143 145",
        ] {
            let value = "another value";
            assert_eq!(replanted(list.as_bytes(), "char-codes", value).as_deref(), Some(value));
        }
    }
}
