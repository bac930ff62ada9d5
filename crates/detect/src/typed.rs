//! Text that is sent while it is typed: ever longer beginnings of it, one request each.
//!
//! A beginning counts by itself when it is worth 24 bits; a shorter one is a candidate that counts
//! when three lengths of it were sent from one place (see `weak`).

use candor_case::{Property, Seed};

use crate::entropy::Bits;
use crate::filter::Filter;

/// Bits of a beginning that counts by itself.
const STRONG: f64 = 24.0;
/// Shortest beginning, in bytes.
const LEAST: usize = 3;

/// The texts that somebody typed.
pub(crate) struct Typed {
    /// Folded text and seed, in order.
    texts: Vec<(String, usize)>,
    /// Beginnings that occur.
    fronts: Filter,
    /// Length of the longest text, in bytes.
    longest: usize,
    /// Bits that their number takes away.
    penalty: f64,
}

/// A beginning of a typed text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Beginning {
    pub(crate) seed: usize,
    pub(crate) bits: f64,
    /// Whether it counts by itself.
    pub(crate) strong: bool,
}

impl Typed {
    /// Takes the searches and other texts that were typed.
    pub(crate) fn new(seeds: &[Seed]) -> Self {
        let typed = |seed: &Seed| {
            matches!(seed.property, Property::BrowsingTyped | Property::BrowsingSearch)
        };
        let each = seeds.iter().enumerate().filter(|(_, seed)| typed(seed));
        let mut texts: Vec<(String, usize)> =
            each.map(|(index, seed)| (seed.value.to_lowercase(), index)).collect();
        texts.sort();
        let penalty = (texts.len().max(1) as f64).log2();
        let mut fronts = Filter::default();
        texts.iter().for_each(|(text, _)| fronts.add(text.as_bytes().first_chunk()));
        let longest = texts.iter().map(|(text, _)| text.len()).max().unwrap_or(0);
        Self { texts, fronts, longest, penalty }
    }

    /// The seeds whose typed text a value begins, or is.
    pub(crate) fn typing(&self, value: &[u8]) -> impl Iterator<Item = usize> {
        let value = String::from_utf8_lossy(value).to_lowercase();
        let from = self.texts.partition_point(|(text, _)| *text < value);
        let rest = self.texts.get(from..).unwrap_or_default().iter();
        rest.take_while(move |(text, _)| text.starts_with(&value)).map(|(_, seed)| *seed)
    }

    /// The typed text that a value begins, if it begins but one.
    pub(crate) fn beginning(&self, value: &[u8]) -> Option<Beginning> {
        if value.len() < LEAST || value.len() > 2 * self.longest {
            return None;
        }
        // Letters beyond ASCII may change their length with their case.
        if !self.fronts.may_hold(value.first_chunk()) && value.is_ascii() {
            return None;
        }
        let value = std::str::from_utf8(value).ok()?.to_lowercase();
        let from = self.texts.partition_point(|(text, _)| *text < value);
        let (text, seed) = self.texts.get(from)?;
        let other = self.texts[from..].iter().find(|(other, _)| other != text);
        let longer = text.len() > value.len() && text.starts_with(&value);
        if !longer || other.is_some_and(|(other, _)| other.starts_with(&value)) {
            return None;
        }
        let bits = Bits::of(text).part(0..value.len()) - self.penalty;
        Some(Beginning { seed: *seed, bits, strong: bits >= STRONG })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(value: &str, property: Property) -> Seed {
        Seed {
            id: value.into(),
            value: value.into(),
            property,
            sites: None,
            run: None,
            arm: None,
            phase: None,
        }
    }

    #[test]
    fn beginnings_name_one_text() {
        let typed = Typed::new(&[
            seed("Violet otter clinic", Property::BrowsingTyped),
            seed("violet owl", Property::BrowsingSearch),
            seed("violent", Property::PersonName),
        ]);
        let table: [(&str, Option<(usize, bool)>); 8] = [
            ("Vi", None),
            ("viol", None),
            ("violet o", None),
            ("violet ot", Some((0, false))),
            ("VIOLET OTTER CLIN", Some((0, true))),
            ("violet ow", Some((1, false))),
            ("violet owl", None),
            ("violet ox", None),
        ];
        for (text, expected) in table {
            let found = typed.beginning(text.as_bytes()).map(|b| (b.seed, b.strong));
            assert_eq!(found, expected, "{text}");
        }
    }
}
