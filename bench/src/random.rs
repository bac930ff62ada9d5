//! Numbers that look random and are the same every time (SplitMix64), and words made of them.

/// A generator; the same start gives the same numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

const SYLLABLES: [&str; 32] = [
    "ba", "cor", "del", "en", "fa", "gri", "hol", "in", "ka", "lum", "mo", "nar", "os", "pel",
    "qui", "ra", "sen", "tor", "ul", "ver", "wa", "xi", "yo", "zan", "che", "dri", "fle", "gan",
    "jun", "kri", "lo", "mi",
];

impl Random {
    /// Starts at a number.
    pub fn new(start: u64) -> Self {
        Self(start)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which must not be 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    /// One of those.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    /// That many random bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut out: Vec<u8> =
            (0..count.div_ceil(8)).flat_map(|_| self.number().to_le_bytes()).collect();
        out.truncate(count);
        out
    }

    /// An invented word of two or three syllables.
    pub fn word(&mut self) -> String {
        let count = 2 + self.below(2);
        (0..count).map(|_| *self.pick(&SYLLABLES)).collect()
    }

    /// Invented words with that between them.
    pub fn words(&mut self, count: usize, between: &str) -> String {
        let words: Vec<String> = (0..count).map(|_| self.word()).collect();
        words.join(between)
    }

    /// Lower-case hex digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut hex = data_encoding::HEXLOWER.encode(&self.bytes(digits.div_ceil(2)));
        hex.truncate(digits);
        hex
    }

    /// A number in the shape of a UUID.
    pub fn uuid(&mut self) -> String {
        let hex = self.hex(32);
        let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
        parts.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_start_gives_the_same_numbers() {
        let (mut one, mut other) = (Random::new(7), Random::new(7));
        assert_eq!(one.words(9, " "), other.words(9, " "));
        assert_ne!(Random::new(7).uuid(), Random::new(8).uuid());
        assert_eq!((one.uuid().len(), one.hex(5).len(), one.bytes(13).len()), (36, 5, 13));
    }
}
