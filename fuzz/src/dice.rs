//! Chance that can be repeated, and what it does to bytes.

/// The same numbers for the same seed, on every machine (splitmix64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice for one target of one run.
    pub fn new(seed: u64, target: &str) -> Self {
        // FNV-1a, so that targets do not roll alike.
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(target.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, mix))
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, or 0 if that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.roll() % limit.max(1) as u64) as usize
    }

    /// One of several.
    pub fn of<'a, T>(&mut self, several: &'a [T]) -> &'a T {
        &several[self.below(several.len())]
    }
}

/// Words that formats are made of.
const WORDS: [&[u8]; 30] = [
    b"{\"a\":",
    b"[",
    b"]",
    b"}",
    b"\"",
    b"\\u00",
    b"\\x",
    b",",
    b"1e5",
    b"k=v&",
    b"%41",
    b"%25",
    b"=3D",
    b"&#x41;",
    b"--b\r\n\r\n",
    b"\r\n",
    b"eyJhbGciOiJub25lIn0.",
    b"\x1f\x8b\x08",
    b"\x78\x9c",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"\xff\xfe",
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x7f",
    b"\x80",
    b"https://h.test/",
    b"<a b=\"c\">",
    b"</a>",
    b"bplist00",
];

/// Inputs are kept below this, in bytes.
const LARGEST: usize = 1 << 16;

/// A changed copy of `base`; `other` is what pieces may be taken from.
pub fn mutate(dice: &mut Dice, base: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = base.to_vec();
    for _ in 0..=dice.below(4) {
        change(dice, &mut bytes, other);
    }
    bytes.truncate(LARGEST);
    bytes
}

fn change(dice: &mut Dice, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = dice.below(bytes.len() + 1);
    let end = at + dice.below((bytes.len() - at).min(64) + 1);
    let kind = dice.below(9);
    match (kind, bytes.get_mut(at)) {
        (0, Some(byte)) => *byte ^= 1 << dice.below(8),
        (1, Some(byte)) => *byte = dice.roll() as u8,
        (2, Some(byte)) => *byte = byte.wrapping_add(dice.below(9) as u8).wrapping_sub(4),
        (3, _) => {
            bytes.splice(at..end, []);
        }
        (4, _) => bytes.truncate(at),
        (5, _) => {
            let again = bytes[at..end].repeat(1 + dice.below(20));
            bytes.splice(at..at, again);
        }
        (6, _) => {
            let word = *dice.of(&WORDS);
            bytes.splice(at..end, word.iter().copied());
        }
        (7, _) => {
            let from = dice.below(other.len() + 1);
            let to = from + dice.below(other.len() - from + 1);
            bytes.splice(at..end, other[from..to].iter().copied());
        }
        // A number as formats write lengths, in either order.
        _ => {
            let number = (*dice.of(&[0u32, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, u32::MAX]))
                .wrapping_sub(dice.below(3) as u32);
            let written =
                if dice.below(2) == 0 { number.to_be_bytes() } else { number.to_le_bytes() };
            bytes.splice(at..end, written);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_does_the_same() {
        let run = |seed| {
            let mut dice = Dice::new(seed, "peel");
            (0..200).fold(b"{\"a\":1}".to_vec(), |bytes, _| mutate(&mut dice, &bytes, b"other"))
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        assert!(run(7).len() <= LARGEST);
    }
}
