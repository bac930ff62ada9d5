//! What counts only where others of the case agree, in the leaves of one exchange.

use std::collections::BTreeMap;

use candor_case::{End, FindingKind, LayerId, Tree};

use crate::knowledge::Knowledge;
use crate::paths::Paths;
use crate::show;
use crate::sighting::{Sighting, whole};
use crate::typed::Beginning;
use crate::weak::{Compared, Weak};

/// Most candidates of one exchange.
const MOST: usize = 1000;

/// Candidates, and how many values were compared.
pub(crate) struct Candidates {
    pub(crate) weak: Vec<Weak>,
    pub(crate) compared: Vec<Compared>,
}

/// Compares the leaves that it `takes`: what was sent and nobody documented as something else.
pub(crate) fn candidates(
    host: &str,
    tree: &Tree,
    takes: impl Fn(LayerId) -> bool,
    paths: &Paths<'_>,
    (beginnings, knowledge): (&BTreeMap<LayerId, Beginning>, &Knowledge),
) -> Candidates {
    let mut weak: Vec<Weak> = Vec::new();
    let mut compared: Vec<u64> = vec![0; paths.count()];
    for (id, layer) in tree.iter() {
        if layer.end == End::Opened || !takes(id) {
            continue;
        }
        let (found, is_compared) = of_leaf(tree, id, beginnings.get(&id), knowledge);
        if is_compared {
            let pattern = paths.text(id);
            let found = found.into_iter().map(|(sighting, typed)| Weak {
                host: host.to_owned(),
                place_pattern: pattern.to_owned(),
                sighting,
                typed,
            });
            weak.extend(found.filter(|weak| !knowledge.is_home(weak.sighting.seed, host)));
            compared.get_mut(paths.pattern(id)).into_iter().for_each(|count| *count += 1);
        }
    }
    weak.truncate(MOST);
    let compared = paths.texts().zip(compared).filter(|(_, values)| *values > 0);
    let compared = compared.map(|(place_pattern, values)| Compared {
        host: host.to_owned(),
        place_pattern: place_pattern.to_owned(),
        values,
    });
    Candidates { weak, compared: compared.collect() }
}

/// The candidates that a leaf is, each with whether it is a beginning of typed text; and whether
/// the leaf was compared at all.
fn of_leaf(
    tree: &Tree,
    id: LayerId,
    beginning: Option<&Beginning>,
    knowledge: &Knowledge,
) -> (Vec<(Sighting, bool)>, bool) {
    let bytes = &tree.layer(id).bytes;
    let sighting = |seed: usize, derivation: Vec<String>, bits: f64| {
        Some(Sighting {
            kind: FindingKind::SeededValue,
            property: knowledge.property(seed)?,
            value: show::show(bytes),
            seed: Some(seed),
            derivation,
            layer: id,
            place: whole(tree, id),
            documented: None,
            bits,
        })
    };
    let mut out = Vec::new();
    if let Some(beginning) = beginning.filter(|b| !b.strong) {
        let step = vec![format!("truncated to {} bytes", bytes.len())];
        out.extend(sighting(beginning.seed, step, beginning.bits).map(|s| (s, true)));
        return (out, true);
    }
    let Some(origins) = knowledge.numbers.origins(bytes) else { return (out, false) };
    for (origin, step) in origins {
        let index = origin.seed as usize;
        let normals = knowledge.normals(index);
        let derivation =
            knowledge.seeds.get(index).and_then(|seed| origin.derivation(seed, &normals, step));
        let found = derivation.and_then(|steps| sighting(index, steps, knowledge.numbers.bits));
        out.extend(found.map(|sighting| (sighting, false)));
    }
    (out, true)
}
