//! The keyed search: planted values that were hashed together with a salt, or hidden by XOR, where
//! the key stands in the same request or in an earlier exchange with the same recipient.
//!
//! It costs far more than the search without keys, so it looks only at values that are shaped like
//! a digest and that nothing else explains, only for marked seeds, and only as far as a budget of
//! hashes goes. What the budget left out is counted.

mod salted;
mod target;
mod token;
mod xor;

use std::collections::BTreeSet;

use candor_case::{LayerId, Tree};

use crate::knowledge::Knowledge;
use crate::seeded::Match;

pub(crate) use salted::Values;
use target::Target;
pub use token::{Token, tokens};

/// Hashes that one exchange may cost, unless the caller says otherwise.
const HASHES: u32 = 20_000;

/// What the keyed search may use.
#[derive(Clone, Copy, Debug)]
pub struct Effort<'a> {
    /// Keys and salts of earlier exchanges with the same recipient, the likeliest first (see
    /// [`tokens`]).
    pub earlier: &'a [Token],
    /// Hashes that the exchange may cost; with none, nothing is searched with keys.
    pub hashes: u32,
}

impl Default for Effort<'_> {
    fn default() -> Self {
        Self { earlier: &[], hashes: HASHES }
    }
}

/// What the keyed search came to.
#[derive(Default)]
pub(crate) struct Keyed {
    pub(crate) matches: Vec<Match>,
    /// Values that may be a digest or hidden, and that nothing explains.
    pub(crate) shaped: Vec<LayerId>,
    /// Combinations of seed, key and function that the budget left out.
    pub(crate) untried: u64,
}

/// Searches those of the leaves that `sent` marks that it `takes`: what nothing explains.
pub(crate) fn search(
    tree: &Tree,
    sent: &[bool],
    takes: impl Fn(LayerId) -> bool,
    knowledge: &Knowledge,
    effort: &Effort<'_>,
) -> Keyed {
    let mut keyed = Keyed::default();
    let leaves = tree.iter().filter(|(id, _)| sent.get(id.0 as usize) == Some(&true) && takes(*id));
    let targets: Vec<Target> = leaves.filter_map(|(id, layer)| Target::of(id, layer)).collect();
    keyed.shaped = targets.iter().filter(|t| t.is_worth_more()).map(|t| t.layer).collect();
    if !targets.is_empty() && !knowledge.marked.is_empty() && effort.hashes > 0 {
        with_keys(tree, sent, &targets, knowledge, effort, &mut keyed);
    }
    keyed
}

fn with_keys(
    tree: &Tree,
    sent: &[bool],
    targets: &[Target],
    knowledge: &Knowledge,
    effort: &Effort<'_>,
    keyed: &mut Keyed,
) {
    let mut keys = token::own(tree, sent);
    keys.extend(effort.earlier.iter().cloned());
    let keys = token::keys(&keys);
    keyed.matches.extend(xor::search(targets, &keys, knowledge));
    salted::search(targets, &keys, knowledge, effort.hashes, keyed);
    // Of two ways to the same value, the one with fewer words says it.
    keyed.matches.sort_by(|a, b| {
        let key = |m: &Match| (m.layer, m.seed, m.span, m.part, m.derivation.len());
        key(a).cmp(&key(b)).then_with(|| a.derivation.cmp(&b.derivation))
    });
    keyed.matches.dedup_by(|a, b| (a.layer, a.seed) == (b.layer, b.seed) && a.span == b.span);
    let found: BTreeSet<LayerId> = keyed.matches.iter().map(|m| m.layer).collect();
    keyed.shaped.retain(|layer| !found.contains(layer));
}
