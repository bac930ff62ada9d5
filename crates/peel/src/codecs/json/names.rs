//! The printed names of members: telemetry repeats its keys, so each is checked and printed once
//! and then looked up.

use std::ops::Range;

use super::cursor::Text;
use super::text;
use crate::steps;

/// Slots of the table; a key that falls on a taken slot takes it over.
const SLOTS: usize = 256;

/// Text beyond which everything known is forgotten, in bytes.
const MOST: usize = 64 << 10;

/// A table of keys that were printed lately.
pub(super) struct Names {
    slots: [Slot; SLOTS],
    text: String,
}

/// A key of the document, and where its printed form stands in the text.
#[derive(Clone, Copy, Default)]
struct Slot {
    key: (u32, u32),
    printed: (u32, u32),
}

impl Slot {
    /// `None` where the document is larger than the numbers are.
    fn new(key: &Range<usize>, printed: Range<usize>) -> Option<Self> {
        let number = |at: usize| u32::try_from(at).ok();
        let key = (number(key.start)?, number(key.end)?);
        Some(Self { key, printed: (number(printed.start)?, number(printed.end)?) })
    }
}

fn range((start, end): (u32, u32)) -> Range<usize> {
    start as usize..end as usize
}

impl Names {
    pub(super) fn new() -> Self {
        Self { slots: [Slot::default(); SLOTS], text: String::new() }
    }

    /// Prints a key behind a dot, and gives where that stands; it holds until the next call.
    /// `None` if the key is no JSON string.
    pub(super) fn name(&mut self, document: &[u8], key: &Text) -> Option<Range<usize>> {
        let raw = document.get(key.range.clone())?;
        let slot = slot(raw);
        let known = self.slots[slot];
        if known.printed.1 > 0 && document.get(range(known.key)) == Some(raw) {
            return Some(range(known.printed));
        }
        if self.text.len() > MOST {
            *self = Self::new();
        }
        let start = self.text.len();
        self.text.push('.');
        if key.escaped {
            let mut plain = Vec::new();
            text::unescape(raw, &mut plain)?;
            steps::push_key(&mut self.text, &plain);
        } else {
            steps::push_key(&mut self.text, raw);
        }
        let printed = start..self.text.len();
        self.slots[slot] = Slot::new(&key.range, printed.clone()).unwrap_or_default();
        Some(printed)
    }

    /// The text of a printed name.
    pub(super) fn text(&self, printed: &Range<usize>) -> &str {
        self.text.get(printed.clone()).unwrap_or("")
    }
}

/// The slot of a key: its length, first and last bytes, mixed.
fn slot(key: &[u8]) -> usize {
    let edge = |eight: Option<&[u8; 8]>| eight.map(|bytes| u64::from_le_bytes(*bytes));
    let (first, last) = match (edge(key.first_chunk()), edge(key.last_chunk())) {
        (Some(first), Some(last)) => (first, last),
        _ => (key.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
    };
    let mixed = first.rotate_left(5) ^ last ^ key.len() as u64;
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SLOTS.trailing_zeros())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_printed_once_and_right() {
        let document = br#"event a.b event \u0041 x"#;
        let mut names = Names::new();
        let mut print = |range: Range<usize>, escaped| {
            let printed = names.name(document, &Text { range, escaped })?;
            Some((names.text(&printed).to_owned(), printed))
        };
        let first = print(0..5, false).unwrap();
        assert_eq!(first.0, ".event");
        assert_eq!(print(6..9, false).unwrap().0, ".\"a.b\"");
        assert_eq!(print(10..15, false).unwrap(), first);
        assert_eq!(print(16..22, true).unwrap().0, ".A");
        assert_eq!(print(22..22, false).unwrap().0, ".\"\"");
        assert_eq!(print(0..90, false), None);
    }

    #[test]
    fn many_keys_are_forgotten_in_time() {
        let document: Vec<u8> =
            (0..40_000u32).flat_map(|n| format!("{n:08}").into_bytes()).collect();
        let mut names = Names::new();
        for start in (0..document.len()).step_by(8) {
            let printed =
                names.name(&document, &Text { range: start..start + 8, escaped: false }).unwrap();
            assert_eq!(names.text(&printed).as_bytes()[1..], document[start..start + 8]);
            assert!(names.text.len() < MOST + 200);
        }
    }
}
