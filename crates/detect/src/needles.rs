//! All forms of all seeds in one automaton, and where they stand in some bytes.
//!
//! The automaton knows no upper case: it holds the beginnings of the forms in lower case and reads
//! the bytes folded in the same way, once per layer. What it finds are candidates; `seeded`
//! compares the whole form with the bytes as they are.

use std::collections::BTreeMap;

use daachorse::{DoubleArrayAhoCorasick, DoubleArrayAhoCorasickBuilder};

use crate::DetectError;
use crate::forms::Form;

/// Most candidates kept of one layer; a layer full of nothing but seeds says no more with more.
const HITS: usize = 1 << 16;

/// Every form that is looked for.
pub(crate) struct Needles {
    forms: Vec<Form>,
    /// For each needle of the automaton, the forms that begin with it.
    starts: Vec<Vec<u32>>,
    automaton: Option<DoubleArrayAhoCorasick<u32>>,
}

/// A needle of the automaton that stands at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    /// Offset of its first byte.
    pub(crate) start: usize,
    /// Its length in bytes.
    pub(crate) length: u32,
    /// Which.
    pub(crate) needle: u32,
}

/// The candidates of one layer, by offset.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hits {
    /// In order.
    pub(crate) all: Vec<Hit>,
    /// Whether there were more than are kept.
    pub(crate) cut: bool,
}

impl Needles {
    /// Builds the automaton.
    pub(crate) fn new(forms: Vec<Form>) -> Result<Self, DetectError> {
        let mut by_needle: BTreeMap<Vec<u8>, Vec<u32>> = BTreeMap::new();
        for (i, form) in forms.iter().enumerate() {
            let needle = form.text[..form.needle].to_ascii_lowercase();
            if !needle.is_empty() {
                by_needle.entry(needle).or_default().push(i as u32);
            }
        }
        let automaton = if by_needle.is_empty() {
            None
        } else {
            let build = DoubleArrayAhoCorasickBuilder::new().build(by_needle.keys());
            Some(build.map_err(|why| DetectError::TooManySeeds { why: why.to_string() })?)
        };
        Ok(Self { forms, starts: by_needle.into_values().collect(), automaton })
    }

    /// The forms that begin with a needle.
    pub(crate) fn forms(&self, needle: u32) -> impl Iterator<Item = &Form> {
        let starts = self.starts.get(needle as usize).map_or(&[][..], Vec::as_slice);
        starts.iter().filter_map(|&form| self.forms.get(form as usize))
    }

    /// Finds the candidates in `bytes`; `folded` is scratch space.
    pub(crate) fn scan(&self, bytes: &[u8], folded: &mut Vec<u8>) -> Hits {
        let Some(automaton) = &self.automaton else { return Hits::default() };
        folded.clear();
        folded.extend(bytes.iter().map(u8::to_ascii_lowercase));
        let mut hits = Hits::default();
        for found in automaton.find_overlapping_iter(&*folded) {
            if hits.all.len() == HITS {
                hits.cut = true;
                break;
            }
            let length = (found.end() - found.start()) as u32;
            hits.all.push(Hit { start: found.start(), length, needle: found.value() });
        }
        hits.all.sort_unstable();
        hits
    }
}

impl Hits {
    /// The candidates inside `start..end`, as offsets from `start`.
    pub(crate) fn within(&self, start: usize, end: usize) -> Self {
        let from = self.all.partition_point(|hit| hit.start < start);
        let inside = self.all[from..].iter().take_while(|hit| hit.start < end);
        let whole = inside.filter(|hit| hit.start + hit.length as usize <= end);
        let all = whole.map(|hit| Hit { start: hit.start - start, ..*hit }).collect();
        Self { all, cut: false }
    }
}
