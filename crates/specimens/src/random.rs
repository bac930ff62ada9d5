//! Randomness that is handed in: a small generator that gives the same draws for the same seed.

/// SplitMix64 (Steele, Lea and Flood, 2014): enough for values that must differ, not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Every fourth character of a token is one of these, so that no token reads like words.
const FIGURES: &[u8; 4] = b"4567";

impl Random {
    /// A generator for one purpose: draws of different labels do not shift one another.
    pub(crate) fn labelled(seed: u64, label: &str) -> Self {
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(seed ^ label.bytes().fold(0xcbf2_9ce4_8422_2325, fnv))
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A lower-case base32 token of 68 bits: sixteen characters that host names and words can hold.
    pub(crate) fn token(&mut self) -> String {
        let mut character = |at| match at % 4 {
            3 => FIGURES[(self.bits() >> 62) as usize] as char,
            _ => BASE32[(self.bits() >> 59) as usize] as char,
        };
        (0..16).map(&mut character).collect()
    }

    /// Sixteen bytes, as for a key.
    pub(crate) fn block(&mut self) -> [u8; 16] {
        let wide = (u128::from(self.bits()) << 64) | u128::from(self.bits());
        wide.to_be_bytes()
    }

    /// Sixteen hexadecimal digits, as ANDROID_ID has them.
    pub(crate) fn android_id(&mut self) -> String {
        format!("{:016x}", self.bits())
    }

    /// A random UUID (RFC 9562, version 4).
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.bits(), self.bits());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 50),
            low & 0xffff_ffff_ffff
        )
    }

    /// Puts a list into random order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, (self.bits() % (i as u64 + 1)) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_label_draw_the_same() {
        let draw = |seed, label| Random::labelled(seed, label).token();
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
    }

    #[test]
    fn values_have_their_shapes() {
        let mut random = Random::labelled(7, "shapes");
        let token = random.token();
        assert!(token.len() == 16 && token.bytes().all(|b| BASE32.contains(&b)), "{token}");
        assert_eq!(random.android_id().len(), 16);
        let uuid = random.uuid();
        let lengths: Vec<_> = uuid.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{uuid}");
        assert_eq!(&uuid[14..15], "4");
        assert!(matches!(&uuid[19..20], "8" | "9" | "a" | "b"), "{uuid}");
    }
}
