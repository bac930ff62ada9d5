//! A family: all values that were seen at one place pattern of one host.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{
    Basis, ExchangeId, Identifier, IdentifierValue, Observation, Property, Run, RunId,
};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::{Found, lifetime, shape};

const MAX_EXCHANGES: usize = 100_000;
const MAX_VALUES: usize = 64;

/// Where one value was seen.
#[derive(Default)]
pub(crate) struct Sighted<'a> {
    value: &'a str,
    runs: BTreeSet<&'a RunId>,
    requests: u64,
    example: Option<&'a ExchangeId>,
}

/// All values at one place pattern of one host, under one document.
#[derive(Default)]
pub(crate) struct Family<'a> {
    host: &'a str,
    place_pattern: &'a str,
    documented: &'a str,
    property: Option<Property>,
    values: BTreeMap<&'a str, Sighted<'a>>,
    /// Digests by run and session, in that order.
    pub(crate) sessions: BTreeMap<(&'a RunId, &'a str), BTreeSet<&'a str>>,
    exchanges: BTreeSet<&'a ExchangeId>,
}

impl<'a> Family<'a> {
    /// Takes an observation in.
    pub(crate) fn add(&mut self, seen: &'a Observation) {
        if self.exchanges.is_empty() {
            self.host = &seen.host;
            self.place_pattern = &seen.place_pattern;
            self.property = seen.property;
            self.documented = &seen.documented;
        }
        self.sessions.entry((&seen.run, &seen.session)).or_default().insert(&seen.digest);
        if self.exchanges.len() < MAX_EXCHANGES {
            self.exchanges.insert(&seen.exchange);
        }
        let value = self.values.entry(&seen.digest).or_default();
        if value.example.is_none() {
            value.value = &seen.value;
            value.example = Some(&seen.exchange);
        }
        value.runs.insert(&seen.run);
        value.requests += 1;
    }

    /// The identifier that this family is, if it is one.
    pub(crate) fn identify(self, runs: &BTreeMap<RunId, &Run>) -> Option<Found<'a>> {
        let (basis, because) = self.basis(runs)?;
        let life = lifetime::read(&self, runs);
        let identifier = Identifier {
            id: self.id(basis),
            place_pattern: self.place_pattern.to_owned(),
            host: self.host.to_owned(),
            property: self.property,
            basis,
            because,
            scope: life.scope,
            outlived: life.outlived,
            ended_by: life.ended_by,
            not_tested: life.not_tested,
            values: values(self.values),
            joins: Vec::new(),
        };
        Some(Found { identifier, exchanges: self.exchanges })
    }

    fn basis(&self, runs: &BTreeMap<RunId, &Run>) -> Option<(Basis, String)> {
        match self.property {
            Some(property) if property.ties_records() => {
                Some((Basis::Documented, format!("{}: {}", self.documented, property.meaning())))
            }
            // A documented property that does not tie records together (a model, a time) is no
            // identifier, however much it differs between devices.
            Some(_) => None,
            None => self.differential(runs).map(|why| (Basis::Differential, why)),
        }
    }

    /// The comparison that shows an identifier: at least two devices with at least two runs each,
    /// some value the same in two runs of each device, none shared between devices.
    fn differential(&self, runs: &BTreeMap<RunId, &Run>) -> Option<String> {
        let looks_random = |seen: &Sighted<'_>| shape::could_single_out(seen.value);
        if !self.values.values().all(looks_random) {
            return None;
        }
        let devices = self.by_device(runs);
        if devices.len() < 2 || devices.values().any(|device| !device.recurs()) {
            return None;
        }
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, device) in &devices {
            for digest in device.values.keys() {
                if owners.insert(digest, name).is_some() {
                    return None;
                }
            }
        }
        let runs: usize = devices.values().map(|device| device.runs.len()).sum();
        Some(format!(
            "the same within each of {} devices ({runs} runs), different between them",
            devices.len()
        ))
    }

    fn by_device<'b>(&'b self, runs: &BTreeMap<RunId, &'b Run>) -> BTreeMap<&'b str, Device<'b>> {
        let mut devices: BTreeMap<&str, Device<'_>> = BTreeMap::new();
        for ((run, _), digests) in &self.sessions {
            let Some(known) = runs.get(*run).filter(|run| !run.device.is_empty()) else { continue };
            let device = devices.entry(&known.device).or_default();
            device.runs.insert(run);
            for digest in digests {
                device.values.entry(digest).or_default().insert(run);
            }
        }
        devices
    }

    fn id(&self, basis: Basis) -> String {
        let text = format!("{}\n{}\n{}\n{basis:?}", self.host, self.place_pattern, self.documented);
        format!("i-{}", HEXLOWER.encode(&Sha256::digest(text)[..6]))
    }
}

/// What one device sent at a place.
#[derive(Default)]
struct Device<'a> {
    runs: BTreeSet<&'a RunId>,
    values: BTreeMap<&'a str, BTreeSet<&'a RunId>>,
}

impl Device<'_> {
    /// Whether some value was the same in two runs.
    fn recurs(&self) -> bool {
        self.values.values().any(|runs| runs.len() >= 2)
    }
}

/// The values most often sent, at most 64 of them.
fn values(seen: BTreeMap<&str, Sighted<'_>>) -> Vec<IdentifierValue> {
    let mut values: Vec<IdentifierValue> = seen
        .into_iter()
        .filter_map(|(digest, seen)| {
            Some(IdentifierValue {
                value: seen.value.to_owned(),
                digest: digest.to_owned(),
                runs: seen.runs.into_iter().cloned().collect(),
                requests: seen.requests,
                example: seen.example?.clone(),
            })
        })
        .collect();
    values.sort_by(|a, b| b.requests.cmp(&a.requests).then_with(|| a.digest.cmp(&b.digest)));
    values.truncate(MAX_VALUES);
    values
}
