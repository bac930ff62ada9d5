//! The plan of an arm: runs, what is planted in each, and the pages that carry it.
//!
//! A visitor with a fresh profile uses the shop, objects, and uses it further: one run. The browser
//! is closed, and the visitor comes back: a run that continues the first. What is planted after the
//! objection stands in an arm of its own.

use std::collections::BTreeMap;

use candor_case::{Arm, Continues, Grade, Property, Run, RunId, Seed, Seeds};
use serde_json::{Map, Value};

use super::{
    SdkArm,
    file::{Moment, property},
    page::{self, Bench},
};
use crate::{LabFile, random::Random};

/// How long a page waits for what the SDK still holds back, in ms: more than twice the interval
/// that every arm's SDK is set to.
const WAIT_MS: u64 = 2_600;

/// Kinds of values that are planted, the account last.
const KINDS: [&str; 4] = ["visit", "search", "email", "account"];

/// Kinds of values that stay with the page: they must not be found.
pub(super) const DECOYS: [&str; 3] = ["name", "note", "unvisited"];

/// One run as planned: one start of the browser.
#[derive(Clone, Debug)]
pub struct SdkRun {
    /// The run, as it will stand in `run.json`; `started`, `digests` and what only the runner knows
    /// of the environment are left to the runner. Where it continues another, the browser starts
    /// with that one's profile, else with a fresh one.
    pub run: Run,
    /// What is planted in it.
    pub seeds: Seeds,
    /// The phase that it begins with.
    pub phase: &'static str,
    /// The session of that phase.
    pub session: &'static str,
    /// The address that is opened. The page does the rest, and tells the bench ([`super::told`]).
    pub url: String,
    /// The pages, by host and path.
    pub pages: BTreeMap<String, LabFile>,
}

impl SdkArm {
    /// Its runs, in the order in which they must be performed. The same seed gives the same plan.
    pub fn plan(&self, seed: u64, repeats: u32) -> Vec<SdkRun> {
        (1..=repeats).flat_map(|n| [self.first(seed, n), self.again(seed, n)]).collect()
    }

    fn first(&self, seed: u64, n: u32) -> SdkRun {
        self.planned(seed, self.run(n), ("use", "1"), &[Moment::Use, Moment::After])
    }

    fn again(&self, seed: u64, n: u32) -> SdkRun {
        let mut run = self.run(n);
        let before = run.id.clone();
        run.id.0.push_str("-again");
        run.arm.0.insert("back".into(), "yes".into());
        run.continues = Some(Continues { run: before, after: vec!["restart".into()] });
        self.planned(seed, run, ("again", "2"), &[Moment::Again])
    }

    fn planned(
        &self,
        seed: u64,
        run: Run,
        (phase, session): (&'static str, &'static str),
        moments: &[Moment],
    ) -> SdkRun {
        let random = &mut Random::labelled(seed, &format!("sdk/{}/{}", self.name(), run.id.0));
        let mut seeds = Vec::new();
        for moment in moments {
            // Who comes back does not sign in anew.
            let kinds = &KINDS[..if *moment == Moment::Again { 3 } else { 4 }];
            seeds.extend(kinds.iter().map(|kind| self.seed(&run, kind, Some(*moment), random)));
        }
        let decoys = DECOYS.iter().chain(&["control"]);
        seeds.extend(decoys.map(|kind| self.seed(&run, kind, None, random)));
        let url = seeds.first().map(|visit| visit.value.clone()).unwrap_or_default();
        let idle = format!("https://{}/idle", self.host());
        let pages = [(phase, url.as_str()), ("idle", &idle)]
            .map(|(page, url)| (place(url), self.page(page, &run.id.0, &seeds)))
            .into();
        SdkRun { run, seeds: Seeds { seeds }, phase, session, url, pages }
    }

    fn run(&self, n: u32) -> Run {
        let program = format!("{} {}", self.file.sdk.package, self.file.sdk.version);
        let arm = [("sdk", self.sdk), ("way", self.arm.name.as_str()), ("collection", "off")];
        let facts = [
            ("notice", "SIMULATED page and visitor, real SDK"),
            ("sdk", program.as_str()),
            ("way out", self.file.sdk.way_out.as_str()),
        ];
        let map = |pairs: [(&str, &str); 3]| {
            pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
        };
        Run {
            schema: "candor.run/1".into(),
            id: RunId(format!("{}-{n}", self.arm.name)),
            device: "bench".into(),
            install: format!("profile-{n}"),
            persona: format!("visitor-{n}"),
            arm: Arm(map(arm)),
            grade: Grade::Configured,
            sinkhole: true,
            simulated: true,
            waited: true,
            environment: map(facts),
            ..Run::default()
        }
    }

    fn seed(&self, run: &Run, kind: &str, moment: Option<Moment>, random: &mut Random) -> Seed {
        let token = random.token();
        let value = match kind {
            "visit" | "unvisited" => {
                format!("https://{}/p/{token}?q={}", self.host(), random.token())
            }
            "search" | "note" => format!("blue {token} kettle"),
            "account" => format!("customer-{token}"),
            "email" => format!("robin.{token}@example.org"),
            "name" => format!("Robin Mock {token}"),
            _ => format!("{kind}-{token}"),
        };
        let name = moment.map_or(kind.to_owned(), |moment| format!("{kind}-{}", moment.number()));
        let arm = moment.map(|moment| {
            let mut arm = run.arm.clone();
            arm.0.insert("moment".into(), moment.name().into());
            arm.0.insert("collection".into(), if moment.objected() { "off" } else { "on" }.into());
            arm.to_string()
        });
        let property = property(kind).unwrap_or(Property::Control);
        Seed {
            id: format!("{}/{name}", run.id.0),
            value,
            property,
            sites: (property != Property::Control).then(|| vec![self.host()]),
            run: Some(run.id.0.clone()),
            arm,
            phase: moment.map(|moment| moment.name().to_owned()),
        }
    }

    fn page(&self, page: &str, run: &str, seeds: &[Seed]) -> LabFile {
        let own = |seed: &Seed| {
            let name = seed.id.strip_prefix(run)?.strip_prefix('/')?;
            Some((name.to_owned(), Value::from(seed.value.as_str())))
        };
        let seeds: Map<String, Value> = match page {
            "idle" => Map::new(),
            _ => seeds.iter().filter_map(own).collect(),
        };
        let html = page::html(self, &Bench { page, seeds: &seeds, wait_ms: WAIT_MS });
        LabFile { content_type: "text/html; charset=utf-8".into(), body: html.into() }
    }
}

/// Host and path of an address, as the lab's files are named.
fn place(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['?', '#']).next().unwrap_or(rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::sdk_arms;

    #[test]
    fn a_plan_follows_from_its_seed() {
        let arm = &sdk_arms()[0];
        let values = |seed| -> Vec<String> {
            let runs = arm.plan(seed, 2);
            runs.iter().flat_map(|r| &r.seeds.seeds).map(|s| s.value.clone()).collect()
        };
        assert_eq!(values(1), values(1));
        assert_ne!(values(1), values(2));
        let mut all = values(1);
        let count = 2 * (4 + 4 + 3 + 2 * 4);
        assert_eq!(all.len(), count);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "every value is planted once");
    }

    #[test]
    fn every_page_carries_its_values_and_the_sdk() {
        for arm in sdk_arms() {
            for run in arm.plan(7, 1) {
                let page = &run.pages[&place(&run.url)];
                let html = String::from_utf8(page.body.to_vec()).expect("text");
                for seed in &run.seeds.seeds {
                    assert!(html.contains(&seed.value), "{}: {}", arm.name(), seed.id);
                }
                assert!(arm.scripts().iter().all(|s| html.contains(&format!("/{s}.js\""))));
                assert!(html.contains("SIMULATED"));
            }
        }
    }
}
