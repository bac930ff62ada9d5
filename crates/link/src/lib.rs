//! Links values across runs: which of them are identifiers, what they outlived, what they join.
//!
//! Works on observations, and on the first blocks of what nobody could open. Pure: the same
//! observations and runs give the same identifiers, whatever order their exchanges were worked on
//! in.

mod family;
mod lifetime;
mod opaque;
mod shape;

use std::collections::BTreeMap;

use candor_case::{Identifier, Link, Observation, Run, RunId};

pub use opaque::{Blocks, OPAQUE_FRONT, Opaque};

use crate::family::Family;

/// What ties records together in a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linked {
    /// Identifiers, by host and place pattern.
    pub identifiers: Vec<Identifier>,
    /// Pairs of identifiers that travelled in the same requests.
    pub links: Vec<Link>,
}

/// Links the observations of a case, which come sorted (see [`Observation`]).
///
/// Keeps one place pattern in memory at a time, and of each identifier at most 64 values and
/// 100,000 exchanges.
pub fn link<'a>(observations: impl IntoIterator<Item = &'a Observation>, runs: &[Run]) -> Linked {
    let runs: BTreeMap<RunId, &Run> = runs.iter().map(|run| (run.id.clone(), run)).collect();
    let mut found = Vec::new();
    // Two services may send to one host and place, so families there are told apart by document.
    let mut place: Option<(&str, &str)> = None;
    let mut families: BTreeMap<&str, Family<'_>> = BTreeMap::new();
    for observation in observations {
        let here = (observation.host.as_str(), observation.place_pattern.as_str());
        if place != Some(here) {
            let done = std::mem::take(&mut families);
            found.extend(done.into_values().filter_map(|family| family.identify(&runs)));
            place = Some(here);
        }
        families.entry(&observation.documented).or_default().add(observation);
    }
    found.extend(families.into_values().filter_map(|family| family.identify(&runs)));
    join(found)
}

/// An identifier with the exchanges that carried it.
struct Found<'a> {
    identifier: Identifier,
    exchanges: std::collections::BTreeSet<&'a candor_case::ExchangeId>,
}

/// Finds out which identifiers share requests or values.
fn join(mut found: Vec<Found<'_>>) -> Linked {
    found.sort_by(|a, b| a.identifier.id.cmp(&b.identifier.id));
    let mut links = Vec::new();
    for (i, a) in found.iter().enumerate() {
        for b in &found[i + 1..] {
            links.extend(shared_requests(a, b));
        }
    }
    let mut identifiers: Vec<Identifier> = found.into_iter().map(|f| f.identifier).collect();
    note_joins(&mut identifiers, &links);
    identifiers.sort_by(|a, b| (&a.host, &a.place_pattern).cmp(&(&b.host, &b.place_pattern)));
    Linked { identifiers, links }
}

fn shared_requests(a: &Found<'_>, b: &Found<'_>) -> Option<Link> {
    if a.identifier.host != b.identifier.host {
        return None;
    }
    let mut both = a.exchanges.intersection(&b.exchanges);
    let example = (*both.next()?).clone();
    Some(Link {
        a: a.identifier.id.clone(),
        b: b.identifier.id.clone(),
        host: a.identifier.host.clone(),
        requests: 1 + both.count() as u64,
        example,
    })
}

/// Writes into each identifier whom it joins: by shared requests, or by an equal value elsewhere.
fn note_joins(identifiers: &mut [Identifier], links: &[Link]) {
    let mut joins: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut note = |a: &str, b: &str| {
        joins.entry(a.to_owned()).or_default().push(b.to_owned());
        joins.entry(b.to_owned()).or_default().push(a.to_owned());
    };
    links.iter().for_each(|link| note(&link.a, &link.b));
    let mut holders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for identifier in identifiers.iter() {
        for value in &identifier.values {
            holders.entry(&value.digest).or_default().push(&identifier.id);
        }
    }
    for ids in holders.values() {
        for pair in ids.windows(2).filter(|pair| pair[0] != pair[1]) {
            note(pair[0], pair[1]);
        }
    }
    for identifier in identifiers {
        let mut ids = joins.remove(&identifier.id).unwrap_or_default();
        ids.sort();
        ids.dedup();
        identifier.joins = ids;
    }
}

#[cfg(test)]
mod tests;
