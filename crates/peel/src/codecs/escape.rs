//! The escapes of program source: `\x41`, `\u0041` and `\u{41}` (ECMAScript), `%u0041` as the old
//! `escape()` writes it, and `\101` (C).

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::sense::is_known_binary;
use crate::text::is_utf8_text;

/// The codec.
pub(crate) struct Escape;

impl Codec for Escape {
    fn name(&self) -> &'static str {
        "escape"
    }

    fn accepts(&self, view: &View) -> bool {
        find(view.bytes, 0, is_octal(view.bytes)).is_some()
    }

    fn open(&self, view: &View, _: &mut Purse, out: &mut Pieces) -> Opened {
        match unescape(view.bytes) {
            Some(plain) => {
                out.whole(view, plain, "escape");
                Opened::Fully
            }
            None => Opened::No,
        }
    }

    fn close(&self, parent: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let octal = is_octal(parent);
        let (at, unit, _) = find(parent, 0, octal)?;
        let mut text = String::new();
        match unit {
            Unit::Byte(_) if octal => {
                content.iter().for_each(|byte| text.push_str(&format!("\\{byte:03o}")));
            }
            Unit::Byte(_) => {
                content.iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
            }
            Unit::Word(_) => {
                let mark = char::from(parent[at]);
                let mut write = |unit: u16| text.push_str(&format!("{mark}u{unit:04x}"));
                match std::str::from_utf8(content) {
                    Ok(plain) => plain.encode_utf16().for_each(&mut write),
                    Err(_) if as_bytes(parent).is_none() => return None,
                    Err(_) => content.iter().for_each(|byte| write(u16::from(*byte))),
                }
            }
        }
        Some(text.into_bytes())
    }
}

/// What an escape stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// A byte, which may be a part of a character.
    Byte(u8),
    /// A unit of UTF-16, or a whole character.
    Word(u32),
}

/// The next escape from `from` on: where it stands, what for, and its length.
fn find(text: &[u8], from: usize, octal: bool) -> Option<(usize, Unit, usize)> {
    let marks = memchr::memchr2_iter(b'\\', b'%', text.get(from..)?);
    marks.map(|at| from + at).find_map(|at| {
        let (unit, len) = escape(&text[at..], octal)?;
        Some((at, unit, len))
    })
}

/// The escape that `text` begins with, and its length.
fn escape(text: &[u8], octal: bool) -> Option<(Unit, usize)> {
    match text {
        [b'\\', b'x', high, low, ..] => Some((Unit::Byte(hex(&[*high, *low])? as u8), 4)),
        [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] if octal => {
            let value = (a - b'0') << 6 | (b - b'0') << 3 | (c - b'0');
            Some((Unit::Byte(value), 4))
        }
        [b'\\', b'u', b'{', rest @ ..] => {
            let len = rest.iter().take(7).position(|b| *b == b'}')?;
            Some((Unit::Word(hex(&rest[..len])?), len + 4))
        }
        [b'\\' | b'%', b'u', rest @ ..] => Some((Unit::Word(hex(rest.get(..4)?)?), 6)),
        _ => None,
    }
}

/// Whether three figures behind a backslash are an escape: folders of Windows have such names, too,
/// so all of them have to stand for bytes beyond ASCII, or they are half of the text.
fn is_octal(text: &[u8]) -> bool {
    let (mut escapes, mut plain) = (0, 0);
    for at in memchr::memchr_iter(b'\\', text) {
        let is_figure = text.get(at + 1).is_some_and(u8::is_ascii_digit);
        let found = escape(&text[at..], true).filter(|_| is_figure);
        let Some((Unit::Byte(byte), _)) = found else { return false };
        escapes += 1;
        plain += usize::from(byte < 0x80);
    }
    escapes >= 2 && (plain == 0 || escapes * 8 >= text.len())
}

fn hex(digits: &[u8]) -> Option<u32> {
    let value = |n: u32, digit: &u8| Some(n << 4 | char::from(*digit).to_digit(16)?);
    (!digits.is_empty()).then_some(())?;
    digits.iter().try_fold(0, value)
}

/// The text with its escapes undone. Bytes are taken as UTF-8 where they are that, and as
/// characters of Latin-1 where they are not.
fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    // Where escaped bytes stand that are no ASCII, and how many escapes of bytes there are.
    let (mut beyond, mut bytes) = (Vec::new(), 0);
    let (mut from, mut high) = (0, None);
    let octal = is_octal(text);
    while let Some((at, unit, len)) = find(text, from, octal) {
        if at > from {
            high = None;
        }
        plain.extend_from_slice(&text[from..at]);
        from = at + len;
        match unit {
            Unit::Byte(byte) => {
                if byte >= 0x80 {
                    beyond.push(plain.len());
                }
                bytes += 1;
                plain.push(byte);
            }
            Unit::Word(word) => push(&mut plain, &mut high, word),
        }
    }
    plain.extend_from_slice(&text[from..]);
    if is_utf8_text(&plain) {
        return Some(plain);
    }
    if let Some(latin) = as_latin(&plain, &beyond).filter(|text| is_utf8_text(text)) {
        return Some(latin);
    }
    // Escaped bytes that are no text are still bytes, if nothing else is there.
    if bytes * 4 == text.len() {
        return Some(plain);
    }
    as_bytes(text).filter(|bytes| is_known_binary(bytes))
}

/// Bytes that were escaped as the characters of those numbers, if nothing else is there.
fn as_bytes(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = text;
    let mut bytes = Vec::with_capacity(text.len() / 6);
    while !rest.is_empty() {
        let (Unit::Word(word), len) = escape(rest, false)? else { return None };
        bytes.push(u8::try_from(word).ok()?);
        rest = rest.get(len..)?;
    }
    Some(bytes)
}

/// The text with the bytes at these places taken as characters of Latin-1.
fn as_latin(text: &[u8], beyond: &[usize]) -> Option<Vec<u8>> {
    let mut latin = Vec::with_capacity(text.len() + beyond.len());
    let mut from = 0;
    for at in beyond {
        latin.extend_from_slice(&text[from..*at]);
        let byte = text[*at];
        (byte >= 0xa0).then_some(())?;
        latin.extend_from_slice(char::from(byte).encode_utf8(&mut [0; 4]).as_bytes());
        from = at + 1;
    }
    latin.extend_from_slice(&text[from..]);
    Some(latin)
}

/// Writes a unit of UTF-16, joined with the one before where they are halves of a pair.
fn push(plain: &mut Vec<u8>, high: &mut Option<u32>, word: u32) {
    let mut utf8 = [0; 4];
    let pair = match (*high, word) {
        (Some(first), 0xdc00..0xe000) => {
            plain.truncate(plain.len() - char::REPLACEMENT_CHARACTER.len_utf8());
            char::from_u32(0x10000 + ((first - 0xd800) << 10) + (word - 0xdc00))
        }
        _ => char::from_u32(word),
    };
    *high = matches!(word, 0xd800..0xdc00).then_some(word);
    let character = pair.unwrap_or(char::REPLACEMENT_CHARACTER);
    plain.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn escapes_are_undone() {
        let table = [
            (r"\x61\x64\x61\x40\x78\x2eorg", "ada@x.org"),
            (r"\u0061\u0064\u0061", "ada"),
            (r"\u{61}d\u{1f600}", "ad\u{1f600}"),
            (r"\ud83d\ude00!", "\u{1f600}!"),
            (r"%u0061%u0064a", "ada"),
            (r"caf\xc3\xa9", "caf\u{e9}"),
            (r"caf\xe9", "caf\u{e9}"),
            (r"\141\144\141\100x.org", "ada@x.org"),
            (r"gr\303\244fin", "gr\u{e4}fin"),
        ];
        for (text, plain) in table {
            let plain = format!("escape = {}", plain.as_bytes().escape_ascii());
            assert_eq!(layers(text.as_bytes()), [plain], "{text}");
        }
        for text in [
            r"C:\users\xavier",
            r"\u12",
            r"100%usual",
            r"\x4",
            r"a\b",
            r"\u{}",
            r"\d+\w",
            r"C:\101\102\some names",
            r"C:\303\244\x",
        ] {
            assert!(layers(text.as_bytes()).is_empty(), "{text}");
        }
        for (input, value) in [
            (&br"\x61\x62"[..], "grace@x"),
            (br"\u0061", "gr\u{e9}"),
            (br"%u0061%u0062", "x y"),
            (br"\141\144", "x y"),
        ] {
            let found = replanted(input, "escape", value);
            assert_eq!(found, Some(value.as_bytes().escape_ascii().to_string()));
        }
    }
}
