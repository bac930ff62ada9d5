//! Values that one exchange repeats at the same place: a batch of events says most things in every
//! one of them, and looking at each once is enough.

use std::collections::BTreeSet;

use candor_case::{LayerId, Tree};

use crate::fields::Documented;
use crate::paths::Paths;

/// Longest value that is compared, in bytes; longer ones are content, and seldom repeated.
const LONGEST: usize = 4096;

/// The place of a value, the field that it is known as there, and its bytes.
type Value<'a> = (usize, Option<&'a str>, &'a [u8]);

/// Marks the layers whose bytes stood at a place of the same pattern before. The place of a field
/// that is known by its position is that field.
pub(crate) fn repeats(tree: &Tree, paths: &Paths<'_>, documented: &Documented<'_>) -> Vec<bool> {
    let mut marks = vec![false; tree.layers.len()];
    let short = tree.iter().filter(|(_, layer)| layer.bytes.len() <= LONGEST);
    let hash = |id: LayerId, bytes: &[u8]| spread(paths.pattern(id) as u64, bytes);
    let mut hashes: Vec<(u64, LayerId)> =
        short.map(|(id, layer)| (hash(id, &layer.bytes), id)).collect();
    hashes.sort_unstable();
    let field = |id: LayerId| documented.label(id).map(|label| label.field.id.as_str());
    let value =
        |id: LayerId| -> Value<'_> { (paths.pattern(id), field(id), &tree.layer(id).bytes) };
    for alike in hashes.chunk_by(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1) {
        let mut seen = BTreeSet::new();
        for (_, id) in alike {
            if let Some(mark) = marks.get_mut(id.0 as usize) {
                *mark = !seen.insert(value(*id));
            }
        }
    }
    marks
}

/// A number that is the same for the same bytes and place, and seldom for others.
fn spread(place: u64, bytes: &[u8]) -> u64 {
    // Odd constants of wyhash's kind: any that mix will do, since equal numbers prove nothing.
    const FIRST: u64 = 0xa076_1d64_78bd_642f;
    const OTHER: u64 = 0xe703_7ed1_a0b4_28db;
    let mix = |a: u64, b: u64| {
        let product = u128::from(a ^ FIRST) * u128::from(b ^ OTHER);
        product as u64 ^ (product >> 64) as u64
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let start = mix(place, bytes.len() as u64);
    let hash = words.iter().fold(start, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    mix(hash, u64::from_le_bytes(last))
}
