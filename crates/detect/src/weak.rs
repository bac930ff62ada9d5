//! What a single value is too weak to show: hashes of 32 bits, and short beginnings of typed text.
//!
//! Any number of 32 bits is the hash of something. It counts only where one place and one function
//! explain three seeds, and where that many numbers at that place would hardly do so by accident.
//! One exchange cannot tell, so [`Detected`](crate::Detected) hands out candidates and how many
//! values were compared, and [`confirm`] decides over a case.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::Seed;

use crate::digests::{Depth, inputs};
use crate::hash::{SHORT_FUNCTIONS, ShortFunction};
use crate::normal::Normal;
use crate::sighting::Sighting;

/// How many seeds one place and function must explain; how many lengths of one typed text.
const GROUP: usize = 3;
/// Accidental groups expected in a case, at most.
const MOST_CHANCE: f64 = 1e-6;
/// The same for beginnings, which rise besides.
const MOST_CHANCE_TYPED: f64 = 1e-4;

/// A candidate: it counts once others like it agree.
#[derive(Clone, Debug, PartialEq)]
pub struct Weak {
    /// Host that it was sent to.
    pub host: String,
    /// Its place, with what varies taken out.
    pub place_pattern: String,
    /// What it would be. Its bits are those of one value at one place: 32 less the logarithm of how
    /// many seeds were looked for with its function.
    pub sighting: Sighting,
    /// Whether it is a beginning of typed text rather than a hash.
    pub typed: bool,
}

/// How many values at a place were compared with candidates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Compared {
    /// Host that they were sent to.
    pub host: String,
    /// Their place, with what varies taken out.
    pub place_pattern: String,
    /// How many.
    pub values: u64,
}

/// Candidates that agree.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmed<T> {
    /// All of them, in the order given, each with what came with it; each is a finding now.
    pub weak: Vec<(Weak, T)>,
    /// Groups like this one that were to be expected by accident in the whole case.
    pub chance: f64,
}

/// What candidates must have in common: host, place, derivation (of hashes), seed (of typed text).
type Group = (String, String, Vec<String>, Option<usize>);

/// Decides which candidates of a case count: those of one place and one derivation that explain
/// three different seeds with three different values, and beginnings of one text in three lengths.
/// What comes with a candidate is handed back with it.
pub fn confirm<T>(
    weak: impl IntoIterator<Item = (Weak, T)>,
    compared: impl IntoIterator<Item = Compared>,
) -> Vec<Confirmed<T>> {
    let mut values: BTreeMap<(String, String), u64> = BTreeMap::new();
    for compared in compared {
        let place = (compared.host, compared.place_pattern);
        *values.entry(place).or_default() += compared.values;
    }
    let mut groups: BTreeMap<Group, Vec<(Weak, T)>> = BTreeMap::new();
    for (weak, with) in weak {
        let (derivation, seed) = match weak.typed {
            true => (vec![], weak.sighting.seed),
            false => (weak.sighting.derivation.clone(), None),
        };
        let key = (weak.host.clone(), weak.place_pattern.clone(), derivation, seed);
        groups.entry(key).or_default().push((weak, with));
    }
    let places = values.len().max(1) as f64;
    let judged = groups.into_iter().filter_map(|((host, pattern, _, _), weak)| {
        let compared = values.get(&(host, pattern)).copied().unwrap_or(0).max(1);
        let chance = chance(&weak, compared, places)?;
        Some(Confirmed { weak, chance })
    });
    judged.collect()
}

/// Accidental groups to be expected; `None` where these do not count.
fn chance<T>(weak: &[(Weak, T)], compared: u64, places: f64) -> Option<f64> {
    let seeds: BTreeSet<_> = weak.iter().map(|(weak, _)| weak.sighting.seed).collect();
    let values: BTreeSet<_> = weak.iter().map(|(weak, _)| &weak.sighting.value).collect();
    let typed = weak.first()?.0.typed;
    let agree = if typed { values.len() } else { seeds.len().min(values.len()) };
    if agree < GROUP {
        return None;
    }
    let best = weak.iter().map(|(weak, _)| weak.sighting.bits).fold(0.0, f64::max);
    let expected = compared as f64 * (-best).exp2();
    if typed {
        return Some(places * expected).filter(|chance| *chance < MOST_CHANCE_TYPED);
    }
    // So many of a Poisson distribution, at each of the places and for each function.
    let factorial: f64 = (1..=agree).map(|n| n as f64).product();
    let chance = places * FUNCTIONS * expected.powi(agree as i32) / factorial;
    Some(chance).filter(|chance| *chance < MOST_CHANCE)
}

/// Derivations that are tried at each place: functions, ways of writing, normal forms.
const FUNCTIONS: f64 = 256.0;

/// All hashes of 32 bits that are looked for.
pub(crate) struct Numbers {
    /// Hash and what it was computed from, in order.
    entries: Vec<(u32, Origin)>,
    /// Of every beginning that a number may have, whether a hash has it, one bit each.
    fronts: Vec<u64>,
    /// Bits of one match: 32, less the logarithm of the number of seeds.
    pub(crate) bits: f64,
}

/// What a hash was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    pub(crate) seed: u32,
    input: u16,
    function: u8,
}

/// A number, and how it is written.
type Written = (u32, Option<&'static str>);

impl Numbers {
    /// Computes the hashes of all seeds in their normal forms.
    pub(crate) fn new<'a>(seeds: impl Iterator<Item = (usize, &'a Seed, Vec<Normal>)>) -> Self {
        let (mut entries, mut count) = (Vec::new(), 0u32);
        for (index, seed, normals) in seeds {
            count += 1;
            for (at, input) in inputs(seed, &normals).iter().enumerate() {
                if !matches!(input.depth, Depth::Usual | Depth::Plain) {
                    continue;
                }
                for (number, function) in SHORT_FUNCTIONS.iter().enumerate() {
                    let (seed, input_at, function_at) = (index as u32, at as u16, number as u8);
                    let origin = Origin { seed, input: input_at, function: function_at };
                    entries.push(((function.run)(&input.bytes), origin));
                }
            }
        }
        entries.sort_unstable();
        let mut fronts = vec![0; (1 << FRONT) / 64];
        for (number, _) in &entries {
            let (word, bit) = front(*number);
            fronts[word] |= bit;
        }
        Self { entries, fronts, bits: 32.0 - f64::from(count.max(1)).log2() }
    }

    /// Whether a value is a number that could be a hash of 32 bits, and what it would be a hash of.
    /// `None` where it is no such number.
    pub(crate) fn origins(&self, value: &[u8]) -> Option<Vec<(Origin, Option<&'static str>)>> {
        if self.entries.is_empty() {
            return None;
        }
        let written = numbers(value);
        (!written.is_empty())
            .then(|| written.into_iter().flat_map(|written| self.of(written)).collect())
    }

    fn of(&self, (number, step): Written) -> Vec<(Origin, Option<&'static str>)> {
        let (word, bit) = front(number);
        if self.fronts.get(word).is_none_or(|bits| bits & bit == 0) {
            return vec![];
        }
        let from = self.entries.partition_point(|known| known.0 < number);
        let same = self.entries[from..].iter().take_while(|known| known.0 == number);
        same.map(|(_, origin)| (*origin, step)).collect()
    }
}

/// Bits of a number's beginning.
const FRONT: u32 = 20;

/// Where the beginning of a number stands among all: word and bit.
fn front(number: u32) -> (usize, u64) {
    let front = number >> (32 - FRONT);
    ((front / 64) as usize, 1 << (front % 64))
}

impl Origin {
    /// The derivation that led from the seed to the number; `step` is how that is written.
    pub(crate) fn derivation(
        self,
        seed: &Seed,
        normals: &[Normal],
        step: Option<&'static str>,
    ) -> Option<Vec<String>> {
        let input = inputs(seed, normals).into_iter().nth(usize::from(self.input))?;
        let ShortFunction { name, .. } = SHORT_FUNCTIONS.get(usize::from(self.function))?;
        // Java's hash is a decimal number by nature.
        let step = step.filter(|step| !(*name == "java-hashcode" && *step == "decimal"));
        let function = [*name].into_iter().chain(step).map(str::to_owned);
        Some(input.told().into_iter().chain(function).collect())
    }
}

/// Longest way to write a number of 32 bits, in bytes; some room for what is no number.
const LONGEST_NUMBER: usize = 12;

/// The numbers of 32 bits that a value may be.
fn numbers(value: &[u8]) -> Vec<Written> {
    let mut out = Vec::new();
    if value.len() > LONGEST_NUMBER {
        return out;
    }
    let readable = value.iter().all(|b| (b' '..=b'~').contains(b));
    if let Some(four) = <[u8; 4]>::try_from(value).ok().filter(|_| !readable) {
        out.push((u32::from_be_bytes(four), None));
        out.push((u32::from_le_bytes(four), Some("bytes reversed")));
    }
    let Some(text) = std::str::from_utf8(value).ok().filter(|t| t.len() >= 4) else {
        return out;
    };
    let decimal = text.parse::<u32>().ok();
    let decimal = decimal.or_else(|| text.parse::<i32>().ok().map(i32::cast_unsigned));
    out.extend(decimal.map(|number| (number, Some("decimal"))));
    let hex = text.strip_prefix("0x").unwrap_or(text);
    let digits = hex.bytes().all(|b| b.is_ascii_hexdigit()) && (7..=8).contains(&hex.len());
    let number = u32::from_str_radix(hex, 16).ok().filter(|_| digits);
    out.extend(number.map(|number| (number, Some("hex"))));
    let short = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let number = u32::from_str_radix(text, 36).ok().filter(|_| short && text.len() >= 6);
    out.extend(number.map(|number| (number, Some("base36"))));
    out
}

#[cfg(test)]
mod tests {
    use candor_case::{ByteSpan, FindingKind, LayerId, Place, Property};

    use super::*;

    fn weak(seed: usize, value: &str, function: &str) -> Weak {
        Weak {
            host: "a.test".into(),
            place_pattern: "$.x".into(),
            sighting: Sighting {
                kind: FindingKind::SeededValue,
                property: Property::PersonEmail,
                value: value.into(),
                seed: Some(seed),
                derivation: vec![function.into()],
                layer: LayerId(0),
                place: Place { path: "$.x".into(), span: ByteSpan::new(0, 4) },
                documented: None,
                bits: 29.0,
            },
            typed: false,
        }
    }

    fn judged(weak: impl IntoIterator<Item = Weak>, compared: Vec<Compared>) -> Vec<Confirmed<()>> {
        confirm(weak.into_iter().map(|weak| (weak, ())), compared)
    }

    fn compared(values: u64) -> Vec<Compared> {
        vec![Compared { host: "a.test".into(), place_pattern: "$.x".into(), values }]
    }

    #[test]
    fn three_seeds_at_one_place_count() {
        let three = || (0..3).map(|i| weak(i, &format!("v{i}"), "crc32"));
        let confirmed = judged(three(), compared(1000));
        assert_eq!(confirmed.len(), 1);
        assert_eq!(confirmed[0].weak.len(), 3);
        assert!(confirmed[0].chance < 1e-12, "{}", confirmed[0].chance);
        // Two seeds, three seeds by different functions, one value for all, or a million numbers
        // at the place do not count.
        assert_eq!(judged(three().take(2), compared(1000)), []);
        let mixed = three().enumerate().map(|(i, w)| weak(i, &w.sighting.value, &format!("f{i}")));
        assert_eq!(judged(mixed, compared(1000)), []);
        assert_eq!(judged((0..3).map(|i| weak(i, "v", "crc32")), compared(1000)), []);
        assert_eq!(judged(three(), compared(10_000_000)), []);
    }

    #[test]
    fn rising_beginnings_of_one_text_count() {
        let typed = |seed, text: &str, bits| {
            let weak = weak(seed, text, &format!("truncated to {} bytes", text.len()));
            Weak { typed: true, sighting: Sighting { bits, ..weak.sighting }, ..weak }
        };
        let rising = [typed(1, "viol", 8.0), typed(1, "violet", 12.0), typed(1, "violet o", 18.0)];
        assert_eq!(judged(rising.clone(), compared(20)).len(), 1);
        assert_eq!(judged(rising[..2].to_vec(), compared(20)), []);
        assert_eq!(judged(rising.clone(), compared(1_000_000)), []);
        let of_two = rising.iter().enumerate().map(|(i, w)| typed(i, &w.sighting.value, 18.0));
        assert_eq!(judged(of_two, compared(20)), []);
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let table: &[(&[u8], &[Written])] = &[
            (b"3421780262", &[(3_421_780_262, Some("decimal"))]),
            (b"-873187034", &[(3_421_780_262, Some("decimal"))]),
            (b"cbf43926", &[(0xcbf4_3926, Some("hex"))]),
            (b"0xCBF43926", &[(0xcbf4_3926, Some("hex"))]),
            (b"\xcb\xf4\x39\x26", &[(0xcbf4_3926, None), (0x2639_f4cb, Some("bytes reversed"))]),
            (b"1kl8mjq", &[(3_421_780_262, Some("base36"))]),
            (b"12", &[]),
            (b"word", &[]),
            (b"a sentence of words", &[]),
        ];
        for (value, expected) in table {
            let found = numbers(value);
            let fits = expected.iter().all(|number| found.contains(number));
            assert!(fits && (expected.is_empty() == found.is_empty()), "{value:?}: {found:?}");
        }
    }
}
