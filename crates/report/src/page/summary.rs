//! What left the device, added up for the head of the page: counts of what the case holds.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Finding, Grade, Party, Property};

use crate::View;
use crate::words;

/// What was sent of one kind.
pub(crate) struct Left<'a> {
    pub(crate) property: Property,
    pub(crate) requests: usize,
    pub(crate) runs: usize,
    /// Whether any was planted in a private window.
    pub(crate) private: bool,
    /// Whether it was seen in runs only whose settings were forced from outside.
    pub(crate) forced: bool,
    /// Who got it, with the number of requests, most first.
    pub(crate) hosts: Vec<(&'a str, Party, usize)>,
}

#[derive(Default)]
struct Tally<'a> {
    requests: BTreeSet<&'a str>,
    runs: BTreeSet<&'a str>,
    private: bool,
    unforced: bool,
    hosts: BTreeMap<(&'a str, Party), BTreeSet<&'a str>>,
}

/// What was sent, by kind, in the order of the properties.
pub(crate) fn left(view: &View) -> Vec<Left<'_>> {
    let mut all: BTreeMap<Property, Tally<'_>> = BTreeMap::new();
    let forced: BTreeSet<&str> =
        view.runs.iter().filter(|r| r.grade == Grade::Forced).map(|r| r.id.0.as_str()).collect();
    for finding in view.shown_findings() {
        let tally = all.entry(finding.property).or_default();
        let exchange = finding.exchange.0.as_str();
        tally.requests.insert(exchange);
        tally.runs.insert(&finding.seen.run.0);
        tally.private |= is_private(finding);
        tally.unforced |= !forced.contains(finding.seen.run.0.as_str());
        let host = (finding.recipient.host.as_str(), finding.recipient.party);
        tally.hosts.entry(host).or_default().insert(exchange);
    }
    all.into_iter().map(|(property, tally)| tally.told(property)).collect()
}

impl<'a> Tally<'a> {
    fn told(self, property: Property) -> Left<'a> {
        let mut hosts: Vec<_> =
            self.hosts.into_iter().map(|((host, party), seen)| (host, party, seen.len())).collect();
        hosts.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(b.0)));
        Left {
            property,
            requests: self.requests.len(),
            runs: self.runs.len(),
            private: self.private,
            forced: !self.unforced,
            hosts,
        }
    }
}

/// Whether a finding's value was planted, or seen, in a private window.
pub(crate) fn is_private(finding: &Finding) -> bool {
    let arm = finding.planted.as_ref().map_or(&finding.seen.arm, |planted| &planted.arm);
    words::is_private(arm)
}

/// Kinds that tell about a person rather than about a program.
pub(crate) fn is_telling(property: Property) -> bool {
    property.ties_records()
        || matches!(words::family(property), "browsing" | "person")
        || property == Property::DeviceAddress
}
