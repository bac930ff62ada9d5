//! What a single exchange is too little to show: short hashes and short beginnings of typed text,
//! kept until the whole case has been read, and then counted where they agree.

use std::collections::BTreeMap;

use candor_detect::{Compared, Weak, confirm};

use crate::audit::work::Held;

/// Candidates that are kept of one place and derivation.
const MOST_ALIKE: usize = 256;
/// Places and derivations that are kept.
const MOST_GROUPS: usize = 20_000;
/// Places of which the number of compared values is kept.
const MOST_PLACES: usize = 500_000;

/// Host, place, and what a candidate would have been made of.
type Group = (String, String, Vec<String>);
/// Exchange, place and seed of a candidate.
type Name = (String, String, Option<usize>);

/// The candidates of a case.
#[derive(Default)]
pub(crate) struct Agreement {
    groups: BTreeMap<Group, BTreeMap<Name, (Weak, usize, Held)>>,
    compared: BTreeMap<(String, String), u64>,
    /// Candidates that were not kept for want of room.
    pub(crate) overflow: u64,
}

impl Agreement {
    /// Takes the candidates of one exchange of a run.
    pub(crate) fn take(&mut self, run: usize, weak: Vec<(Weak, Held)>, compared: Vec<Compared>) {
        for Compared { host, place_pattern, values } in compared {
            let place = (host, place_pattern);
            if self.compared.len() < MOST_PLACES || self.compared.contains_key(&place) {
                *self.compared.entry(place).or_default() += values;
            }
        }
        for (weak, held) in weak {
            // Beginnings of one text differ in length, which their derivation tells.
            let steps = if weak.typed { vec![] } else { weak.sighting.derivation.clone() };
            let group = (weak.host.clone(), weak.place_pattern.clone(), steps);
            if !self.groups.contains_key(&group) && self.groups.len() >= MOST_GROUPS {
                self.overflow += 1;
                continue;
            }
            let finding = &held.finding;
            let name = (finding.exchange.0.clone(), finding.place.path.clone(), weak.sighting.seed);
            let alike = self.groups.entry(group).or_default();
            alike.insert(name, (weak, run, held));
            if alike.len() > MOST_ALIKE {
                alike.pop_last();
                self.overflow += 1;
            }
        }
    }

    /// The candidates that count, each with its run and its chance, those of fewer steps first.
    pub(crate) fn counted(&mut self) -> Vec<(usize, Held)> {
        let groups = std::mem::take(&mut self.groups);
        let all = groups.into_values().flat_map(BTreeMap::into_values);
        let compared = std::mem::take(&mut self.compared).into_iter();
        let compared = compared.map(|((host, place_pattern), values)| Compared {
            host,
            place_pattern,
            values,
        });
        let mut counted = Vec::new();
        for group in confirm(all.map(|(weak, run, held)| (weak, (run, held))), compared) {
            for (_, (run, mut held)) in group.weak {
                held.chance = Some(group.chance);
                counted.push((run, held));
            }
        }
        counted.sort_by_key(|(_, held)| held.finding.derivation.len());
        counted
    }
}
