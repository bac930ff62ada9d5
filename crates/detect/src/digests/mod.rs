//! Hashed forms of planted values.
//!
//! Only the first eight bytes of every digest are kept. What was sent is read in windows: digits of
//! hexadecimal, base64 and base32 that could be a digest are turned into eight bytes and looked up,
//! so that one entry finds all ways of writing a digest, and any that was cut to eight bytes or
//! more. What is found is computed again from the seed and compared to the end.

mod extent;
mod input;
mod scan;
mod table;

use std::collections::BTreeMap;

use candor_case::Seed;

use crate::hash::{COMMON, Digest, FUNCTIONS};
use crate::normal::Normal;

pub(crate) use input::{Depth, inputs};
pub(crate) use scan::{Candidate, Writing};
use table::Table;

/// Where the half of an MD5 begins that some senders cut out of its middle.
const MIDDLE: usize = 4;

/// Functions that unmarked seeds are looked for with where the input is an unusual one.
const FEW: usize = COMMON;

/// The name of no function: the bytes that a hexadecimal value stands for.
const BARE: u8 = u8::MAX;

/// All digests that are looked for.
pub(crate) struct Digests {
    table: Table,
    /// Bits that the number of digests takes from each of them.
    penalty: f64,
}

/// What an entry of the table was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    /// Position of the seed.
    pub(crate) seed: u32,
    /// Position among the seed's inputs.
    input: u16,
    /// Position among the functions, or [`BARE`].
    function: u8,
    /// Whether it is the middle of the digest.
    middle: bool,
}

/// A digest that is written in a layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Written {
    pub(crate) seed: usize,
    /// One past the last byte.
    pub(crate) end: usize,
    pub(crate) derivation: Vec<String>,
    pub(crate) bits: f64,
    /// Whether only a part of the value was hashed.
    pub(crate) part: bool,
}

impl Digests {
    /// Computes the digests of all seeds; `marked` seeds are hashed in every way that is known.
    pub(crate) fn new<'a>(
        seeds: impl Iterator<Item = (usize, &'a Seed, Vec<Normal>, bool)>,
    ) -> Self {
        let mut entries: Vec<(u64, Origin)> = Vec::new();
        for (index, seed, normals, marked) in seeds {
            for (at, input) in inputs(seed, &normals).iter().enumerate() {
                let functions = if marked { FUNCTIONS.len() } else { input.depth.functions(FEW) };
                let mut add = |key, function, middle| {
                    let (seed, input) = (index as u32, at as u16);
                    entries.push((key, Origin { seed, input, function, middle }));
                };
                if let Depth::Bare = input.depth {
                    add(key(&input.bytes), BARE, false);
                    continue;
                }
                for (number, function) in FUNCTIONS[..functions].iter().enumerate() {
                    let digest = (function.run)(&input.bytes);
                    add(key(&digest), number as u8, false);
                    if number == 0 {
                        add(key(&digest[MIDDLE..]), 0, true);
                    }
                }
            }
        }
        let penalty = (entries.len().max(1) as f64).log2();
        Self { table: Table::new(entries), penalty }
    }

    /// Finds what could be digests in text. What stands in a piece of it is found in the piece too.
    pub(crate) fn scan_text(&self, bytes: &[u8], out: &mut Vec<Candidate>) {
        if !self.table.is_empty() {
            scan::text(bytes, &self.table, out);
        }
    }

    /// Finds what could be digests in the bytes of a leaf.
    pub(crate) fn scan_leaf(&self, bytes: &[u8], out: &mut Vec<Candidate>) {
        if !self.table.is_empty() {
            scan::leaf(bytes, &self.table, out);
        }
    }

    /// What really stands where a candidate was found. `known` keeps what was computed, for the
    /// next time; `seeds` gives the seed at a position, with its normal forms.
    pub(crate) fn verify<'a>(
        &self,
        bytes: &[u8],
        candidate: Candidate,
        known: &mut Known,
        seeds: impl Fn(usize) -> Option<(&'a Seed, Vec<Normal>)>,
    ) -> Vec<Written> {
        let mut out = Vec::new();
        for origin in self.table.origins(candidate.key) {
            let found = known.entry(*origin).or_insert_with(|| {
                let (seed, normals) = seeds(origin.seed as usize)?;
                Computed::of(seed, &normals, *origin)
            });
            let Some(found) = found else { continue };
            out.extend(self.written(bytes, candidate, *origin, found));
        }
        out
    }

    fn written(
        &self,
        bytes: &[u8],
        candidate: Candidate,
        origin: Origin,
        found: &Computed,
    ) -> Option<Written> {
        let plain = matches!(candidate.writing, Writing::Hex);
        if origin.function == BARE && plain {
            return None;
        }
        let extent = extent::of(bytes, candidate, &found.bytes)?;
        let mut derivation = found.steps.clone();
        if extent.bytes < found.bytes.len() {
            derivation.push(format!("truncated to {} bytes", extent.bytes));
        }
        derivation.extend(candidate.writing.step().map(str::to_owned));
        derivation.extend(extent.upper.then(|| "upper".to_owned()));
        let bits = found.bits.min(extent.bytes as f64 * 8.0) - self.penalty;
        let (seed, end) = (origin.seed as usize, extent.end);
        Some(Written { seed, end, derivation, bits, part: found.part })
    }
}

impl Depth {
    /// How many of the functions are tried where a seed is not marked.
    fn functions(self, few: usize) -> usize {
        match self {
            Self::Usual => FUNCTIONS.len(),
            Self::Plain | Self::Deep => few,
            Self::Bare => 0,
        }
    }
}

/// The first eight bytes as a number, the highest first.
fn key(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// What was computed again while an exchange was searched.
pub(crate) type Known = BTreeMap<Origin, Option<Computed>>;

/// An entry of the table, computed again in full.
pub(crate) struct Computed {
    bytes: Vec<u8>,
    steps: Vec<String>,
    bits: f64,
    part: bool,
}

impl Computed {
    fn of(seed: &Seed, normals: &[Normal], origin: Origin) -> Option<Self> {
        let input = inputs(seed, normals).into_iter().nth(usize::from(origin.input))?;
        let mut steps = input.told();
        let (part, bits) = (input.part.is_some(), input.part.unwrap_or(f64::INFINITY));
        if origin.function == BARE {
            return Some(Self { bytes: input.bytes, steps, bits, part: false });
        }
        let function = FUNCTIONS.get(usize::from(origin.function))?;
        let digest: Digest = (function.run)(&input.bytes);
        steps.push(function.name.to_owned());
        let bytes = if origin.middle {
            steps.push("bytes 4 to 12".to_owned());
            digest.get(MIDDLE..MIDDLE + 8)?.to_vec()
        } else {
            digest.to_vec()
        };
        Some(Self { bytes, steps, bits, part })
    }
}
