//! The streams of the flow picture: how many requests carried what, in which writing, to whom.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Party, Property};

use crate::page::summary::is_telling;
use crate::words;
use crate::{View, inert, path};

/// Things, encodings and hosts that are drawn apart at most; the rest is drawn as one.
const MOST: [usize; 3] = [12, 7, 10];

/// Where a stream passes: what, how written, to whom.
pub(crate) type Stops = [usize; 3];

/// One thing, encoding or host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) name: String,
    /// Second line: the organisation.
    pub(crate) note: String,
    /// Class for colour: the property's family, or the party.
    pub(crate) class: &'static str,
    /// Requests through here.
    pub(crate) requests: u64,
}

/// The picture's columns and what runs between them.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    pub(crate) columns: [Vec<Stop>; 3],
    pub(crate) streams: BTreeMap<Stops, u64>,
}

/// Name, note and class of a stop.
type Name = (String, String, &'static str);
type Key = [Name; 3];

/// Counts distinct requests per thing, encoding and host.
pub(crate) fn streams(view: &View) -> Streams {
    let mut seen: BTreeMap<Key, BTreeSet<&str>> = BTreeMap::new();
    let mut through: [BTreeMap<Name, BTreeSet<&str>>; 3] = Default::default();
    for finding in view.shown_findings() {
        let recipient = &finding.recipient;
        let organisation = recipient.organisation.as_deref().unwrap_or("");
        let key = [
            thing(finding.property),
            (path::encoding(finding), String::new(), "writing"),
            (inert(&recipient.host, 60), inert(organisation, 40), party(recipient.party)),
        ];
        for (column, name) in key.iter().enumerate() {
            through[column].entry(name.clone()).or_default().insert(&finding.exchange.0);
        }
        seen.entry(key).or_default().insert(&finding.exchange.0);
    }
    let counted: BTreeMap<Key, u64> =
        seen.into_iter().map(|(key, exchanges)| (key, exchanges.len() as u64)).collect();
    laid(
        &counted,
        &through.map(|column| column.into_iter().map(|(name, e)| (name, e.len() as u64)).collect()),
    )
}

/// Kinds that tell little by themselves are drawn as one.
fn thing(property: Property) -> Name {
    let family = words::family(property);
    let name = match family {
        _ if is_telling(property) => words::plural(property),
        "device" => "details of the device",
        "app" => "details of the app",
        _ => words::plural(property),
    };
    (name.to_owned(), String::new(), family)
}

/// Families in the order in which a person minds them.
fn rank(class: &str) -> usize {
    ["browsing", "person", "device", "app", "event"].iter().position(|f| *f == class).unwrap_or(9)
}

fn party(party: Party) -> &'static str {
    match party {
        Party::Maker => "maker",
        Party::Third => "third",
        Party::Visited => "visited",
        Party::Unknown => "unknown",
    }
}

/// Sorts each column by its streams, most first, and folds what is too much into one stop. The
/// requests through a stop are fewer than its streams together: one request carries many things.
fn laid(counted: &BTreeMap<Key, u64>, through: &[BTreeMap<Name, u64>; 3]) -> Streams {
    let mut out = Streams::default();
    let mut places: [BTreeMap<Name, usize>; 3] = Default::default();
    for (column, most) in MOST.into_iter().enumerate() {
        let mut sums: BTreeMap<&Name, u64> = BTreeMap::new();
        for (key, n) in counted {
            *sums.entry(&key[column]).or_default() += n;
        }
        let mut order: Vec<_> = sums.into_iter().collect();
        let by = |(name, n): &(&Name, u64)| (rank(name.2), Reverse(*n));
        order.sort_by(|a, b| by(a).cmp(&by(b)).then(a.0.cmp(b.0)));
        for (rank, (stop, _)) in order.into_iter().enumerate() {
            places[column].insert(stop.clone(), rank.min(most));
            let requests = through[column].get(stop).copied().unwrap_or(0);
            put(&mut out.columns[column], rank, most, stop, requests);
        }
    }
    for (key, n) in counted {
        let stops = [0, 1, 2].map(|column| places[column].get(&key[column]).copied().unwrap_or(0));
        *out.streams.entry(stops).or_default() += n;
    }
    out
}

fn put(column: &mut Vec<Stop>, rank: usize, most: usize, stop: &Name, n: u64) {
    if rank < most {
        let (name, note, class) = stop.clone();
        column.push(Stop { name, note, class, requests: n });
    } else if let Some(rest) = column.get_mut(most) {
        rest.requests += n;
        rest.name = format!("{} others", rank - most + 1);
    } else {
        column.push(Stop {
            name: "1 other".into(),
            note: String::new(),
            class: "other",
            requests: n,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_folded_and_no_request_is_lost() {
        let key = |host: usize| -> Key {
            [
                ("addresses".into(), String::new(), "browsing"),
                ("plain".into(), String::new(), "writing"),
                (format!("h{host:02}.example.org"), String::new(), "third"),
            ]
        };
        let counted: BTreeMap<Key, u64> =
            (0..15).map(|host| (key(host), host as u64 + 1)).collect();
        let [hosts, writings, things]: [BTreeMap<Name, u64>; 3] = [2, 1, 0]
            .map(|column| counted.iter().map(|(key, n)| (key[column].clone(), *n)).collect());
        let streams = laid(&counted, &[things, writings, hosts]);
        assert_eq!(streams.columns[2].len(), MOST[2] + 1);
        assert_eq!(streams.columns[2][0].requests, 15);
        assert_eq!(streams.columns[2][MOST[2]].name, "5 others");
        let all: u64 = (1..=15).sum();
        assert_eq!(streams.streams.values().sum::<u64>(), all);
        assert_eq!(streams.columns[2].iter().map(|stop| stop.requests).sum::<u64>(), all);
    }
}
