//! Anchors: a few bytes of each needle, by which a search knows where to look closer.

use crate::needles::{Hit, Hits};
use crate::sieve::{SPREAD, place};

/// Most candidates kept of one layer; a layer full of nothing but seeds says no more with more.
pub(crate) const HITS: usize = 1 << 16;

/// Bits of the filter per anchor. Each sets two bits of one word, so that of the windows that are
/// no anchor one in some hundreds passes.
const SPARSE: usize = 32;

/// The anchors, `N` bytes each, of some needles.
pub(crate) struct Anchors<const N: usize> {
    /// Two bits for every anchor, in the word that its spread value names.
    filter: Vec<u64>,
    /// How far a spread value is shifted to give a word of the filter.
    shift: u32,
    /// By the word of the filter, then by value.
    entries: Vec<Entry>,
    /// Where the entries of each word begin; one more than words.
    buckets: Vec<u32>,
}

/// An anchor of a needle.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// Word of the filter.
    word: usize,
    /// The bytes.
    value: u64,
    needle: u32,
    /// Where in the needle it stands.
    offset: u32,
}

impl<const N: usize> Anchors<N> {
    /// Chooses an anchor for each needle that `takes` picks; those must have `N` bytes or more.
    pub(crate) fn new(needles: &[Vec<u8>], takes: impl Fn(&[u8]) -> bool) -> Self {
        let mine: Vec<(usize, &[u8])> =
            needles.iter().map(Vec::as_slice).enumerate().filter(|(_, text)| takes(text)).collect();
        let bits = (mine.len() * SPARSE).next_power_of_two().clamp(1 << 12, 1 << 26);
        let shift = 64 - (bits / 64).trailing_zeros();
        let spread = |value: u64| (value.wrapping_mul(SPREAD) >> (shift - 6)) as usize;
        // How many needles share a value; two values may share a count, which does no harm.
        let mut shared = vec![0u16; bits];
        for (_, text) in &mine {
            for offset in offsets::<N>(text) {
                let count = &mut shared[spread(value::<N>(text, offset))];
                *count = count.saturating_add(1);
            }
        }
        let mut entries: Vec<Entry> = mine
            .iter()
            .filter_map(|(needle, text)| {
                let sharing = |offset: &usize| shared[spread(value::<N>(text, *offset))];
                let offset = offsets::<N>(text).min_by_key(sharing)?;
                let value = value::<N>(text, offset);
                let (word, _) = place(value, shift);
                Some(Entry { word, value, needle: *needle as u32, offset: offset as u32 })
            })
            .collect();
        entries.sort_unstable();
        let mut filter = vec![0u64; bits / 64];
        for entry in &entries {
            filter[entry.word] |= place(entry.value, shift).1;
        }
        let start = |word| entries.partition_point(|entry| entry.word < word) as u32;
        let buckets = (0..=filter.len()).map(start).collect();
        Self { filter, shift, entries, buckets }
    }

    /// Adds to `hits` every needle that stands in `folded`.
    pub(crate) fn scan(&self, folded: &[u8], needles: &[Vec<u8>], hits: &mut Hits) {
        if self.entries.is_empty() {
            return;
        }
        for (at, window) in folded.array_windows::<N>().enumerate() {
            let value = word(window);
            let (word, mask) = place(value, self.shift);
            if self.filter.get(word).is_some_and(|bits| bits & mask == mask) {
                self.look(folded, at, (word, value), needles, hits);
                if hits.cut {
                    return;
                }
            }
        }
    }

    /// Compares the needles whose anchor may stand at an offset.
    #[cold]
    fn look(
        &self,
        folded: &[u8],
        at: usize,
        (word, value): (usize, u64),
        needles: &[Vec<u8>],
        hits: &mut Hits,
    ) {
        let (Some(&from), Some(&to)) = (self.buckets.get(word), self.buckets.get(word + 1)) else {
            return;
        };
        let entries = self.entries.get(from as usize..to as usize).unwrap_or(&[]);
        for entry in entries.iter().filter(|entry| entry.value == value) {
            let Some(start) = at.checked_sub(entry.offset as usize) else { continue };
            let Some(needle) = needles.get(entry.needle as usize) else { continue };
            if !folded[start..].starts_with(needle) {
                continue;
            }
            if hits.all.len() == HITS {
                hits.cut = true;
                return;
            }
            hits.all.push(Hit { start, length: needle.len() as u32, needle: entry.needle });
        }
    }
}

/// Where the anchor of a needle may stand: at its end, its front, and between.
fn offsets<const N: usize>(text: &[u8]) -> impl Iterator<Item = usize> {
    let last = text.len().saturating_sub(N);
    [last, last * 3 / 4, last / 2, last / 4, 0].into_iter()
}

/// The anchor at an offset, as a number.
fn value<const N: usize>(text: &[u8], offset: usize) -> u64 {
    text.get(offset..).and_then(|rest| rest.first_chunk::<N>()).map_or(0, word)
}

/// Up to eight bytes as a number.
fn word<const N: usize>(bytes: &[u8; N]) -> u64 {
    let mut whole = [0; 8];
    for (to, from) in whole.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_le_bytes(whole)
}
