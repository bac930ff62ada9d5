//! Values that one exchange repeats at the same place: a batch of events says most things in every
//! one of them, and looking at each once is enough.

use std::collections::BTreeSet;

use candor_case::{LayerId, Tree};

use crate::fields::Documented;
use crate::paths::Paths;

/// Longest value that is compared, in bytes; longer ones are content, and seldom repeated.
const LONGEST: usize = 4096;

/// A value: lengths and beginnings tell most apart before the field and all bytes have to.
type Value<'a> = (usize, [u8; 8], Option<&'a str>, &'a [u8]);

/// Marks the layers whose bytes stood at a place of the same pattern before. The place of a field
/// that is known by its position is that field.
pub(crate) fn repeats(tree: &Tree, paths: &Paths<'_>, documented: &Documented<'_>) -> Vec<bool> {
    let mut seen: Vec<BTreeSet<Value<'_>>> = vec![BTreeSet::new(); paths.count()];
    let field = |id: &LayerId| documented.labels.get(id).map(|label| label.field.id.as_str());
    let repeated = |(id, layer): (LayerId, &'_ candor_case::Layer)| {
        let bytes = &tree.layer(id).bytes[..];
        let Some(known) = seen.get_mut(paths.pattern(id)).filter(|_| layer.bytes.len() <= LONGEST)
        else {
            return false;
        };
        let front = bytes.first_chunk().copied().unwrap_or_default();
        !known.insert((bytes.len(), front, field(&id), bytes))
    };
    tree.iter().map(repeated).collect()
}
