//! Base58 in the alphabet of Bitcoin: one large number, leading zero bytes as ones. Opened where
//! what it stands for makes sense.

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::sense::{is_known_binary, is_sensible_text};
use crate::shape::kind;

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Shorter base58 is too often a word.
const SHORTEST: usize = 15;

/// Reading takes the square of the length, so there is an end to it.
const LONGEST: usize = 2048;

/// Decoded bytes that convince as text.
const SHORTEST_TEXT: usize = 11;

/// The codec.
pub(crate) struct Base58;

impl Codec for Base58 {
    fn name(&self) -> &'static str {
        "base58"
    }

    fn accepts(&self, view: &View) -> bool {
        (SHORTEST..=LONGEST).contains(&view.bytes.len())
            && view.shape.any(kind::UPPER | kind::HEX_UPPER)
            && view.shape.any(kind::LOWER | kind::HEX_LOWER)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let square = view.bytes.len() * view.bytes.len() / 64;
        if !begins_well(view.bytes) || purse.pay_bytes(square).is_err() {
            return Opened::No;
        }
        match decode(view.bytes) {
            Some(bytes) if is_sensible_text(&bytes, SHORTEST_TEXT) || is_known_binary(&bytes) => {
                out.whole(view, bytes, "base58");
                Opened::Fully
            }
            _ => Opened::No,
        }
    }

    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        (content.len() <= LONGEST / 2).then(|| encode(content))
    }
}

const NONE: u8 = 0xff;

/// What each byte stands for as a digit.
static VALUES: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut at = 0;
    while at < 58 {
        table[ALPHABET[at] as usize] = at as u8;
        at += 1;
    }
    table
};

/// Whether the number that the first digits make can be the beginning of text: the highest bytes of
/// a number follow from its highest digits alone, but for a carry. Most identifiers end here.
fn begins_well(text: &[u8]) -> bool {
    if text.iter().any(|b| VALUES[usize::from(*b)] == NONE) {
        return false;
    }
    let Some((head, rest)) = text.split_at_checked(10) else { return false };
    let first = |head: u64| {
        // The number of bytes behind the head, as a power of 58; logarithms are exact enough.
        let bits = (head as f64).log2() + rest.len() as f64 * 58f64.log2();
        let top = bits - (bits / 8.0).floor() * 8.0;
        top.exp2() as u8
    };
    let number = head.iter().fold(0, |n, b| n * 58 + u64::from(VALUES[usize::from(*b)]));
    let is_texty = |byte: u8| (b' '..0x7f).contains(&byte) || matches!(byte, b'\t' | b'\n');
    // Binary of a known format begins with anything; it is asked only of longer text.
    number > 0 && (is_texty(first(number)) || text.len() >= 40)
}

/// The bytes of the number, highest first.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut words: Vec<u32> = Vec::new();
    for group in text.chunks(5) {
        let (mut carry, mut base) = (0u64, 1u64);
        for byte in group {
            let digit = VALUES[usize::from(*byte)];
            (digit != NONE).then_some(())?;
            carry = carry * 58 + u64::from(digit);
            base *= 58;
        }
        for word in &mut words {
            carry += u64::from(*word) * base;
            *word = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            words.push(carry as u32);
        }
    }
    let number: Vec<u8> = words.iter().rev().flat_map(|word| word.to_be_bytes()).collect();
    let start = number.iter().position(|b| *b != 0).unwrap_or(number.len());
    let zeros = text.iter().take_while(|b| **b == b'1').count();
    Some([&vec![0; zeros], &number[start..]].concat())
}

fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|b| **b == 0).map(|_| b'1');
    zeros.chain(digits.iter().rev().map(|d| ALPHABET[usize::from(*d)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn numbers_are_those_of_bitcoin() {
        let table: [(&str, &[u8]); 4] = [
            ("2NEpo7TZRRrLZSi2U", b"Hello World!"),
            ("112", &[0, 0, 1]),
            ("", b""),
            ("1111", &[0; 4]),
        ];
        for (text, bytes) in table {
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes), "{text}");
            assert_eq!(encode(bytes), text.as_bytes());
        }
        for len in 1..90u8 {
            let bytes: Vec<u8> = (0..len).map(|n| b' ' + n.wrapping_mul(37) % 95).collect();
            let text = encode(&bytes);
            assert_eq!(decode(&text).as_deref(), Some(&bytes[..]));
            assert!(text.len() < 12 || begins_well(&text), "{bytes:?}");
        }
    }

    #[test]
    fn base58_is_opened_when_it_says_something() {
        assert_eq!(layers(b"5L9GKndyhyjwWXhM3TcRZS8t1"), ["base58 = hello, world of 42"]);
        for text in
            ["InternationalStandards", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "thisIsAVeryPlainName"]
        {
            assert!(layers(text.as_bytes()).is_empty(), "{text}");
        }
        let value = "grace@example.org is here";
        assert_eq!(
            replanted(b"5L9GKndyhyjwWXhM3TcRZS8t1", "base58", value).as_deref(),
            Some(value)
        );
    }
}
