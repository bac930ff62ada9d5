//! Sightings: findings before their caller has put them into runs, phases and a whole case.

use std::sync::Arc;

use candor_case::{ByteSpan, FindingKind, LayerId, Place, Property, Tree};

/// Something personal that stands at a place of one exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// Why it is believed.
    pub kind: FindingKind,
    /// What it is.
    pub property: Property,
    /// The value as seen: at most 256 characters, control characters escaped.
    pub value: String,
    /// The seed that matched, by its position in the seeds that detection was given.
    pub seed: Option<usize>,
    /// How the seed was changed before it was sent, step by step; empty when it was sent as it is.
    pub derivation: Vec<String>,
    /// The layer that holds it.
    pub layer: LayerId,
    /// Where it stands: the path of that layer, and the bytes it takes there.
    pub place: Place,
    /// The documented field that it stands in: service, field, reason and source.
    pub documented: Option<Arc<str>>,
    /// How improbable an accidental match at one position is, in bits: what the value is worth by a
    /// conservative rule, less the logarithm of how many forms of how many seeds were looked for.
    pub bits: f64,
}

/// Accidental matches expected where `searched` positions were compared with something that is
/// worth `bits`: positions × 2^-bits. Forms and seeds are counted in [`Sighting::bits`] already.
pub fn chance(bits: f64, searched: u64) -> f64 {
    searched as f64 * (-bits).exp2()
}

/// The place of a part of a layer.
pub(crate) fn place(tree: &Tree, layer: LayerId, span: ByteSpan) -> Place {
    Place { path: tree.path(layer), span }
}

/// The place of all of a layer.
pub(crate) fn whole(tree: &Tree, layer: LayerId) -> Place {
    place(tree, layer, ByteSpan::new(0, tree.layer(layer).bytes.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_positions_by_improbability() {
        assert_eq!(chance(10.0, 1024), 1.0);
        assert_eq!(chance(0.0, 7), 7.0);
        assert!(chance(64.0, 1 << 30) < 1e-6);
        assert!(chance(128.0, u64::MAX) < 1e-6);
    }
}
