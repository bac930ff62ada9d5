//! The table of digests: a filter that says no to nearly all that is asked, and what is behind it.

use super::Origin;
use crate::sieve::place;

/// Keys per word of the filter: with two bits each, one key in a hundred passes by accident.
const PER_WORD: usize = 4;

/// Most words of the filter: 8 MiB.
const WORDS: usize = 1 << 20;

/// The digests, by their first eight bytes.
pub(super) struct Table {
    filter: Vec<u64>,
    /// How far a spread key is shifted to give a word of the filter.
    shift: u32,
    /// In order, each with its origin at the same position.
    keys: Vec<u64>,
    origins: Vec<Origin>,
    /// Where the keys with the same first bits begin; one more than there are such bits.
    starts: Vec<u32>,
    /// How far a key is shifted to give its first bits.
    first: u32,
}

impl Table {
    pub(super) fn new(mut entries: Vec<(u64, Origin)>) -> Self {
        entries.sort_unstable();
        entries.truncate(u32::MAX as usize);
        let (keys, origins): (Vec<u64>, Vec<Origin>) = entries.into_iter().unzip();
        let words = (keys.len() / PER_WORD).next_power_of_two().clamp(64, WORDS);
        let shift = 64 - words.trailing_zeros();
        let mut table =
            Self { filter: vec![0; words], shift, starts: Vec::new(), first: shift, keys, origins };
        for key in &table.keys {
            let (word, mask) = place(*key, shift);
            table.filter[word] |= mask;
        }
        table.starts = (0..=words as u64)
            .map(|bits| table.keys.partition_point(|key| key >> table.first < bits) as u32)
            .collect();
        table
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether a key may be in the table.
    #[inline]
    pub(super) fn may_hold(&self, key: u64) -> bool {
        let (word, mask) = place(key, self.shift);
        self.filter.get(word).is_some_and(|bits| bits & mask == mask)
    }

    /// Whether a key is in the table.
    #[cold]
    pub(super) fn holds(&self, key: u64) -> bool {
        !self.origins(key).is_empty()
    }

    /// What the digests that begin with a key were computed from.
    pub(super) fn origins(&self, key: u64) -> &[Origin] {
        let bits = (key >> self.first) as usize;
        let (Some(&from), Some(&to)) = (self.starts.get(bits), self.starts.get(bits + 1)) else {
            return &[];
        };
        let near = self.keys.get(from as usize..to as usize).unwrap_or(&[]);
        let start = near.partition_point(|known| *known < key);
        let end = start + near[start..].iter().take_while(|known| **known == key).count();
        let from = from as usize;
        self.origins.get(from + start..from + end).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sieve::SPREAD;

    fn origin(seed: u32) -> Origin {
        Origin { seed, input: 0, function: 0, middle: false }
    }

    #[test]
    fn keys_are_found_and_others_are_not() {
        for count in [0u32, 1, 3, 1000, 50_000] {
            let key = |i: u32| u64::from(i).wrapping_mul(SPREAD).rotate_left(17);
            let entries = (0..count).map(|i| (key(i), origin(i))).collect();
            let table = Table::new(entries);
            for i in 0..count {
                assert!(table.may_hold(key(i)) && table.origins(key(i)) == [origin(i)]);
            }
            let strangers = count..count + 100_000;
            assert!(strangers.clone().all(|i| !table.holds(key(i))));
            let passed = strangers.filter(|i| table.may_hold(key(*i))).count();
            assert!(passed < 6_000, "{passed} of 100000 strangers pass {count} keys");
        }
    }

    #[test]
    fn a_key_may_have_several_origins() {
        let table =
            Table::new(vec![(7, origin(2)), (7, origin(1)), (8, origin(3)), (0, origin(4))]);
        assert_eq!(table.origins(7), [origin(1), origin(2)]);
        assert_eq!(table.origins(0), [origin(4)]);
        assert_eq!(table.origins(u64::MAX), []);
    }
}
