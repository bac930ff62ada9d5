//! Base85: Ascii85 between `<~` and `~>` as Adobe has it or bare, the alphabet of Git and of
//! Python's `b85encode`, and Z85 (ZeroMQ RFC 32). Opened where what it stands for makes sense.

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::sense::{is_known_binary, is_sensible_text};

/// Shorter base85 is too often something else.
const SHORTEST: usize = 15;

/// Decoded bytes that convince as text.
const SHORTEST_TEXT: usize = 12;

/// The codec.
pub(crate) struct Base85;

impl Codec for Base85 {
    fn name(&self) -> &'static str {
        "base85"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.len() >= SHORTEST
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let Some((digits, alphabet)) = read(view.bytes) else { return Opened::No };
        if purse.pay_bytes(digits.len()).is_err() {
            return Opened::No;
        }
        match decode(digits, alphabet) {
            Some(bytes) if is_sensible_text(&bytes, SHORTEST_TEXT) || is_known_binary(&bytes) => {
                out.whole(view, bytes, "base85");
                Opened::Fully
            }
            _ => Opened::No,
        }
    }

    fn close(&self, parent: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let (_, alphabet) = read(parent)?;
        // Z85 knows whole groups only.
        let mut content = content.to_vec();
        if alphabet.name == Name::Zero {
            content.resize(content.len().next_multiple_of(4), b' ');
        }
        let text = encode(&content, alphabet);
        let framed = parent.starts_with(b"<~");
        Some(if framed { [b"<~", &text[..], b"~>"].concat() } else { text })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Adobe,
    Git,
    Zero,
}

struct Alphabet {
    name: Name,
    digits: [u8; 85],
    values: [u8; 256],
}

const NONE: u8 = 0xff;

const fn alphabet(name: Name, digits: &[u8; 85]) -> Alphabet {
    let mut values = [NONE; 256];
    let mut at = 0;
    while at < 85 {
        values[digits[at] as usize] = at as u8;
        at += 1;
    }
    Alphabet { name, digits: *digits, values }
}

const fn adobe() -> [u8; 85] {
    let mut digits = [0; 85];
    let mut at = 0;
    while at < 85 {
        digits[at] = b'!' + at as u8;
        at += 1;
    }
    digits
}

static ADOBE: Alphabet = alphabet(Name::Adobe, &adobe());
static GIT: Alphabet = alphabet(
    Name::Git,
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~",
);
static ZERO: Alphabet = alphabet(
    Name::Zero,
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#",
);

/// The digits and their alphabet: that of the frame, or the first in which both ends of the text
/// can be the ends of something.
fn read(text: &[u8]) -> Option<(&[u8], &'static Alphabet)> {
    if let Some(inner) = text.strip_prefix(b"<~").and_then(|text| text.strip_suffix(b"~>")) {
        return Some((inner, &ADOBE));
    }
    let fits = |alphabet: &&&Alphabet| {
        let groups =
            text.len() % 5 != 1 && (alphabet.name != Name::Zero || text.len().is_multiple_of(5));
        groups && (begins_as_text(text, alphabet) || begins_compressed(text, alphabet))
    };
    [&GIT, &ZERO, &ADOBE].iter().find(fits).map(|alphabet| (text, *alphabet))
}

fn group(digits: &[u8], alphabet: &Alphabet) -> Option<[u8; 4]> {
    let value = |n: u64, digit: &u8| {
        let value = alphabet.values[usize::from(*digit)];
        (value != NONE).then(|| n * 85 + u64::from(value))
    };
    let number = digits.iter().try_fold(0, value)?;
    u32::try_from(number).ok().map(u32::to_be_bytes)
}

/// Whether the first groups are text, two at the least.
fn begins_as_text(text: &[u8], alphabet: &Alphabet) -> bool {
    let is_text = |digits: &[u8]| {
        let plain =
            |b: &u8| matches!(b, b' '..=b'~' | b'\t' | b'\n' | b'\r' | 0xc2..=0xf4 | 0x80..=0xbf);
        group(digits, alphabet).is_some_and(|four| four.iter().all(plain))
    };
    const GROUPS: usize = 8;
    text.len() >= 10 && text.chunks_exact(5).take(GROUPS).all(is_text)
}

/// Whether the first group is that of a compressed stream.
fn begins_compressed(text: &[u8], alphabet: &Alphabet) -> bool {
    let four = text.get(..5).and_then(|five| group(five, alphabet));
    matches!(
        four,
        Some([0x1f, 0x8b, 8, _] | [0x28, 0xb5, 0x2f, 0xfd] | [0x78, 1 | 0x5e | 0x9c | 0xda, ..])
    )
}

/// White space between digits is passed over; a `z` of Adobe's stands for four zero bytes.
fn decode(text: &[u8], alphabet: &Alphabet) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 5 * 4 + 4);
    let mut held = [0u8; 5];
    let mut count = 0;
    for digit in text.iter().filter(|b| !b.is_ascii_whitespace()) {
        if *digit == b'z' && count == 0 && alphabet.name == Name::Adobe {
            bytes.extend([0; 4]);
            continue;
        }
        held[count] = *digit;
        count += 1;
        if count == 5 {
            bytes.extend(group(&held, alphabet)?);
            count = 0;
        }
    }
    match count {
        0 => {}
        1 => return None,
        _ => {
            // A last group that is cut short is filled with the highest digit.
            held[count..].fill(alphabet.digits[84]);
            bytes.extend(&group(&held, alphabet)?[..count - 1]);
        }
    }
    Some(bytes)
}

fn encode(bytes: &[u8], alphabet: &Alphabet) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() / 4 * 5 + 5);
    for four in bytes.chunks(4) {
        let mut whole = [0; 4];
        whole[..four.len()].copy_from_slice(four);
        let number = u32::from_be_bytes(whole);
        let digits = (0..5u32).rev().map(|power| number / 85u32.pow(power) % 85);
        text.extend(digits.take(four.len() + 1).map(|value| alphabet.digits[value as usize]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn digits_are_those_of_the_specifications() {
        assert_eq!(decode(b"9jqo^BlbD-z", &ADOBE).unwrap(), b"Man is d\0\0\0\0");
        assert_eq!(decode(b"O<`^zX>%ZC", &GIT).unwrap(), b"Man is d");
        let hello = [0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b];
        assert_eq!(decode(b"HelloWorld", &ZERO).unwrap(), hello);
        for alphabet in [&ADOBE, &GIT, &ZERO] {
            for len in 0..20u8 {
                let bytes: Vec<u8> = (0..len).map(|n| n.wrapping_mul(77) ^ 0x5a).collect();
                assert_eq!(decode(&encode(&bytes, alphabet), alphabet).unwrap(), bytes);
            }
        }
    }

    #[test]
    fn base85_is_opened_when_it_says_something() {
        let text = b"ada@example.org, 42!";
        let frames = [
            encode(text, &GIT),
            encode(text, &ZERO),
            encode(text, &ADOBE),
            [b"<~", &encode(text, &ADOBE)[..], b"~>"].concat(),
        ];
        for input in frames {
            let shown = input.escape_ascii().to_string();
            assert_eq!(layers(&input), ["base85 = ada@example.org, 42!"], "{shown}");
            let found = replanted(&input, "base85", "grace@example.org 42");
            assert_eq!(found.as_deref(), Some("grace@example.org 42"), "{shown}");
        }
        let words = [
            "rgb(255,255,255)",
            "user.name@example.org",
            "#main>div.class:hover",
            "2026-11-22T12:00:00+01:00",
            "com.example.app/.MainActivity",
        ];
        for word in words {
            assert!(layers(word.as_bytes()).is_empty(), "{word}");
        }
    }
}
