//! What a gate said of a case's contradictions: which fail a build, which were known before, which
//! a person has waived. Whoever holds the gate decides; here it is only shown.

use std::collections::BTreeMap;

use candor_case::{Arm, Finding, VerdictResult};

use crate::inert;

/// What a gate said; the default is that nobody held one, so that every contradiction fails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// Whether waivers were read: only then is it known of every result whether it is suppressed.
    pub waivers: bool,
    /// Whether a baseline was read: only then is a result new or unchanged.
    pub baseline: bool,
    /// The claims of which it has something to say, by id.
    pub claims: BTreeMap<String, Held>,
}

/// A claim at the gate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The ways in which it is contradicted; empty where it is not.
    pub ways: Vec<Way>,
    /// What lets it pass although it is undecided.
    pub waived: Vec<Waived>,
    /// Waivers of it that have run out.
    pub lapsed: Vec<Waived>,
    /// Whether a way that the baseline knows is gone.
    pub gone: bool,
}

/// One way in which a claim is contradicted, the same in every recording of the same subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The arm that shows it; `None` where what shows it belongs to no arm.
    pub arm: Option<Arm>,
    /// The property, or what else shows it.
    pub what: String,
    /// The host that received it; empty where the claim speaks of none.
    pub to: String,
    /// Whether the baseline knows it.
    pub known: bool,
    /// The waivers that let it pass.
    pub waived: Vec<Waived>,
}

/// A waiver as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waived {
    /// Why.
    pub reason: String,
    /// The last day on which it counts, `YYYY-MM-DD`.
    pub until: String,
}

impl Gate {
    /// The ways in which a claim is contradicted: as the gate tells them, else as the findings do
    /// that its verdict names.
    pub(crate) fn ways(&self, claim: &VerdictResult, named: &[&Finding]) -> Vec<Way> {
        let told = self.claims.get(&claim.id).map(|held| held.ways.clone()).unwrap_or_default();
        if !told.is_empty() {
            return told;
        }
        let mut ways: Vec<Way> = Vec::new();
        for finding in named {
            let way = Way {
                arm: Some(arm_of(finding).clone()),
                what: finding.property.name().into(),
                to: finding.recipient.host.clone(),
                known: false,
                waived: vec![],
            };
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
        ways
    }

    /// Waivers of a claim that have run out, one line each.
    pub(crate) fn lapsed(&self, claim: &str) -> Vec<String> {
        let lapsed = self.claims.get(claim).map_or(&[][..], |held| &held.lapsed);
        let line = |w: &Waived| {
            format!("a waiver ran out on {}: {}", inert(&w.until, 20), inert(&w.reason, 400))
        };
        lapsed.iter().map(line).collect()
    }
}

impl Way {
    /// Whether it fails a build.
    pub(crate) fn fails(&self) -> bool {
        !self.known && self.waived.is_empty()
    }

    /// Whether a finding is one that shows it.
    pub(crate) fn is_shown_by(&self, finding: &Finding) -> bool {
        self.arm.as_ref().is_some_and(|arm| arm == arm_of(finding))
            && self.what == finding.property.name()
            && self.to == finding.recipient.host
    }

    /// `browsing.url to collect.maker.test`.
    pub(crate) fn line(&self) -> String {
        let to = if self.to.is_empty() { String::new() } else { format!(" to {}", self.to) };
        inert(&format!("{}{to}", self.what), 200)
    }
}

impl Waived {
    /// `waived until 2027-03-31: fixed in 4.2`.
    pub(crate) fn line(&self) -> String {
        format!("waived until {}: {}", inert(&self.until, 20), inert(&self.reason, 400))
    }
}

/// Why ways pass that do not fail, one line each.
pub(crate) fn why_passed<'a>(ways: impl IntoIterator<Item = &'a Way>) -> Vec<String> {
    let mut lines = Vec::new();
    for way in ways {
        let known = (way.waived.is_empty() && way.known).then(|| "known to the baseline".into());
        for line in way.waived.iter().map(Waived::line).chain(known) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines
}

/// The arm a finding counts for: that in which its value was planted, else where it was seen.
pub(crate) fn arm_of(finding: &Finding) -> &Arm {
    finding.planted.as_ref().map_or(&finding.seen.arm, |planted| &planted.arm)
}
