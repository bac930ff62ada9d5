//! The check of an arm: what came out of its case, held against the truth that was written first.

use std::collections::BTreeSet;

use candor_case::{Arm, Finding, FindingKind, Property, Seed, Sender, Verdicts};

use super::{PAGES, SdkArm};
use crate::{Behaviour, Truth};

/// Steps that need a key: what lies behind them is found only where the key is known.
const CIPHER: &str = " > aes-cbc";

/// What came out of a case.
#[derive(Clone, Copy, Debug)]
pub struct Examined<'a> {
    /// What was planted, of all runs.
    pub seeds: &'a [Seed],
    /// The findings.
    pub findings: &'a [Finding],
    /// Verdicts and answers.
    pub verdicts: &'a Verdicts,
    /// Every request, as method and URL.
    pub requests: &'a BTreeSet<(String, String)>,
    /// Hosts to which something was sent that is reported as unread.
    pub unread: &'a BTreeSet<String>,
}

/// How the instrument did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SdkCheck {
    /// Values times places where they must be found.
    pub planted: usize,
    /// Those that were found.
    pub found: usize,
    /// Different values among those that must be found.
    pub values: usize,
    /// Those that were found anywhere.
    pub values_found: usize,
    /// Values times places behind a cipher whose key is not known, reported as unread.
    pub unread: usize,
    /// Values that must not be found.
    pub decoys: usize,
    /// Verdicts and answers that are the true ones.
    pub judged: usize,
    /// What is not as written.
    pub problems: Vec<String>,
}

impl SdkArm {
    /// Holds what came out of a case against the truth.
    pub fn check(&self, examined: &Examined<'_>) -> SdkCheck {
        let truth = self.truth();
        let mut check = SdkCheck::default();
        places(&truth, examined, &mut check);
        senders(examined, &mut check);
        strangers(&truth, examined, &mut check);
        check.decoys = examined.seeds.iter().filter(|s| truth.decoy_of(&s.id).is_some()).count();
        judged(&truth, examined.verdicts, &mut check);
        check
    }
}

/// Findings of planted values, candor's own control left out.
fn seeded<'a>(examined: &Examined<'a>) -> impl Iterator<Item = &'a Finding> {
    let planted = |f: &&Finding| f.kind == FindingKind::SeededValue;
    examined.findings.iter().filter(planted).filter(|f| f.property != Property::Control)
}

fn arm_of(seed: &Seed) -> Arm {
    seed.arm.as_deref().and_then(|arm| Arm::parse(arm).ok()).unwrap_or_default()
}

/// Every value in every place where the truth has it.
fn places(truth: &Truth, examined: &Examined<'_>, check: &mut SdkCheck) {
    let (mut values, mut values_found) = (BTreeSet::new(), BTreeSet::new());
    for behaviour in &truth.behaviour {
        for seed in examined.seeds.iter().filter(|seed| due(behaviour, seed)) {
            check.planted += 1;
            values.insert(&seed.id);
            let shows = |f: &&Finding| f.seed.as_ref() == Some(&seed.id) && behaviour.shown_by(f);
            if seeded(examined).any(|finding| shows(&finding)) {
                check.found += 1;
                values_found.insert(&seed.id);
            } else if behaviour.path.contains(CIPHER) && examined.unread.contains(&behaviour.host) {
                check.unread += 1;
            } else {
                check.problems.push(format!("not found: {} at {}", seed.id, behaviour.path));
            }
        }
    }
    (check.values, check.values_found) = (values.len(), values_found.len());
}

/// Whether a behaviour is about that seed.
fn due(behaviour: &Behaviour, seed: &Seed) -> bool {
    let name = seed.id.rsplit('/').next().unwrap_or_default();
    let kind = name.rsplit_once('-').map_or(name, |(kind, _)| kind);
    behaviour.seed.as_deref() == Some(kind) && arm_of(seed).matches(&behaviour.planted)
}

/// A page's SDK is the page's sender, and a page's own site is no recipient.
fn senders(examined: &Examined<'_>, check: &mut SdkCheck) {
    for finding in seeded(examined) {
        let (host, path) = (&finding.recipient.host, &finding.place.path);
        if finding.sender != Sender::Page {
            check.problems.push(format!("blamed on {:?}: {host} {path}", finding.sender));
        }
        if host.ends_with(PAGES) {
            check.problems.push(format!("found at the page's own site: {host} {path}"));
        }
    }
}

/// The world is closed: no finding and no request of the pages that the truth does not list.
fn strangers(truth: &Truth, examined: &Examined<'_>, check: &mut SdkCheck) {
    for finding in seeded(examined) {
        let seed = finding.seed.as_deref().unwrap_or_default();
        if truth.decoy_of(seed).is_some() {
            check.problems.push(format!("decoy found: {seed} at {}", finding.place.path));
        } else if !truth.behaviour.iter().any(|behaviour| behaviour.shown_by(finding)) {
            check.problems.push(format!(
                "found, but not written: {seed} at {} {} ({})",
                finding.recipient.host,
                finding.place.path,
                finding.derivation.join(", ")
            ));
        }
    }
    let ours = |url: &str| {
        let host = url.split("://").nth(1).unwrap_or_default();
        let host = host.split(['/', ':', '?', '#']).next().unwrap_or_default();
        host.ends_with(".candor.test") || host.ends_with(".maker.test")
    };
    for (method, url) in examined.requests.iter().filter(|(_, url)| ours(url)) {
        if method != "OPTIONS" && truth.listed(method, url).is_none() {
            check.problems.push(format!("sent, but not listed: {method} {url}"));
        }
    }
}

fn judged(truth: &Truth, verdicts: &Verdicts, check: &mut SdkCheck) {
    for wanted in &truth.verdict {
        match verdicts.claims.iter().find(|claim| claim.id == wanted.claim) {
            Some(got) if got.verdict == wanted.verdict => check.judged += 1,
            got => check.problems.push(format!(
                "claim {} is {:?}, true is {:?}: {:?}",
                wanted.claim,
                got.map(|got| got.verdict),
                wanted.verdict,
                got.map(|got| &got.because)
            )),
        }
    }
    for wanted in &truth.answer {
        match verdicts.questions.iter().find(|question| question.id == wanted.question) {
            Some(got) if got.answer == wanted.answer => check.judged += 1,
            got => check.problems.push(format!(
                "question {} is {:?}, true is {:?}: {:?}",
                wanted.question,
                got.map(|got| got.answer),
                wanted.answer,
                got.map(|got| &got.because)
            )),
        }
    }
}
