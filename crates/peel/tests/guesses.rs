//! What only looks like an encoding is left alone: words, identifiers, digests, tokens, noise.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fmt::Write;

use bytes::Bytes;
use candor_case::Keys;
use candor_peel::{Budget, peel_bytes};

/// The same numbers every time (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.roll() % limit as u64) as usize
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.roll() as u8).collect()
    }

    fn of(&mut self, alphabet: &[u8], len: usize) -> String {
        (0..len).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }
}

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const BASE62: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn uuid(dice: &mut Dice) -> String {
    let h = hex(&dice.bytes(16));
    [&h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..]].join("-")
}

fn camel_case(dice: &mut Dice) -> String {
    (0..3).fold(String::new(), |mut word, _| {
        let len = 3 + dice.below(7);
        let part = dice.of(LETTERS, len);
        word.push_str(&part[..1].to_uppercase());
        word.push_str(&part[1..]);
        word
    })
}

/// How many of 5,000 values are opened.
fn opened(mut value: impl FnMut(&mut Dice) -> Vec<u8>) -> usize {
    let mut dice = Dice(42);
    let is_opened = |_: &i32| {
        let tree = peel_bytes(Bytes::from(value(&mut dice)), &Keys::default(), &Budget::default());
        tree.layers.len() > 1
    };
    (0..5000).filter(is_opened).count()
}

#[test]
fn identifiers_and_words_stay_closed() {
    let digits = |d: &mut Dice| {
        let len = 10 + d.below(22);
        d.of(b"0123456789", len).into_bytes()
    };
    let token = |d: &mut Dice| {
        let len = 8 + d.below(120);
        d.of(BASE62, len).into_bytes()
    };
    let word = |d: &mut Dice| {
        let len = 8 + d.below(16);
        d.of(LETTERS, len).into_bytes()
    };
    let path =
        |d: &mut Dice| (0..3).map(|_| d.of(LETTERS, 5)).collect::<Vec<_>>().join("/").into_bytes();
    assert_eq!(opened(|d| hex(&d.bytes(16)).into_bytes()), 0);
    assert_eq!(opened(|d| hex(&d.bytes(32)).into_bytes()), 0);
    assert_eq!(opened(|d| uuid(d).into_bytes()), 0);
    // By chance alone some few decode to eight plain letters or a tiny message.
    for (count, most) in [
        (opened(digits), 5),
        (opened(token), 10),
        (opened(word), 5),
        (opened(path), 5),
        (opened(|d| camel_case(d).into_bytes()), 5),
        (opened(|d| hex(&d.bytes(8)).into_bytes()), 5),
    ] {
        assert!(count <= most, "{count} of 5000, at most {most}");
    }
}

#[test]
fn noise_stays_closed() {
    for len in [8, 16, 20, 32, 64, 256, 1000] {
        let count = opened(|d| d.bytes(len));
        assert!(count <= 15, "{count} of 5000 at {len} bytes");
    }
}
