//! The gate: which contradictions fail a build, once waivers and a baseline are taken into account.
//!
//! A waiver is a decision of a person, with a reason and an end. A baseline is what was known when it
//! was written, so that only new contradictions fail. Neither changes a verdict: they decide about
//! the exit code alone, and everything they let through is told.

mod baseline;
mod files;
mod shown;
mod text;
mod waivers;

use std::collections::BTreeSet;

use candor_case::{Verdict, VerdictResult, Verdicts};
use serde::Serialize;

use crate::exit::Exit;
pub use crate::gate::baseline::Baseline;
pub use crate::gate::files::{Files, Held};
pub use crate::gate::shown::{Shown, shown};
pub use crate::gate::text::text;
pub use crate::gate::waivers::Waiver;

/// What the gate says of a claim that is not fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Contradicted in a way that nobody has waived and the baseline does not know.
    Fails,
    /// Contradicted only in ways that the baseline knows, or that are waived.
    Baselined,
    /// Contradicted or undecided, and waived.
    Waived,
    /// Undecided.
    Undecided,
}

/// What became of a waiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// It let something through.
    Used,
    /// Its last day has passed: it counts for nothing.
    Expired,
    /// There was nothing to let through.
    NotNeeded,
    /// No claim has that id.
    UnknownClaim,
}

/// A claim at the gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The claim.
    pub id: String,
    /// What the gate says.
    pub outcome: Outcome,
    /// The ways in which it is contradicted, in order; empty where it is undecided.
    pub ways: Vec<Way>,
    /// Positions of the waivers that let it pass although it is undecided.
    pub waivers: Vec<usize>,
}

/// One way at the gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// The way.
    pub shown: Shown,
    /// Whether the baseline knows it.
    pub known: bool,
    /// Positions of the waivers that let it pass.
    pub waivers: Vec<usize>,
}

impl Judged {
    /// The ways that nobody has waived and the baseline does not know.
    pub fn failing(&self) -> impl Iterator<Item = &Shown> {
        self.ways.iter().filter(|way| way.fails()).map(|way| &way.shown)
    }
}

impl Way {
    fn fails(&self) -> bool {
        !self.known && self.waivers.is_empty()
    }
}

/// What the gate came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gate {
    /// Every claim that is contradicted or undecided, in the order of the claims.
    pub claims: Vec<Judged>,
    /// Every waiver, in the order of its file.
    pub waivers: Vec<(Waiver, Use)>,
    /// Ways that the baseline knows and that are gone.
    pub gone: Vec<Shown>,
}

impl Gate {
    /// The exit code of an audit behind this gate.
    pub fn exit(&self) -> Exit {
        let any = |wanted| self.claims.iter().any(|claim| claim.outcome == wanted);
        match (any(Outcome::Fails), any(Outcome::Undecided)) {
            (true, _) => Exit::Contradicted,
            (false, true) => Exit::Inconclusive,
            (false, false) => Exit::Done,
        }
    }

    /// What the gate says of a claim; `None` where it has nothing to say.
    pub fn of(&self, claim: &str) -> Option<Outcome> {
        self.claims.iter().find(|judged| judged.id == claim).map(|judged| judged.outcome)
    }
}

/// Holds verdicts against waivers and a baseline. `shown` is [`shown`] of the same audit; `today` is
/// a date as `YYYY-MM-DD`, in UTC.
pub fn gate(
    verdicts: &Verdicts,
    shown: &BTreeSet<Shown>,
    waivers: Vec<Waiver>,
    baseline: &Baseline,
    today: &str,
) -> Gate {
    let mut uses: Vec<Use> = waivers
        .iter()
        .map(|waiver| match verdicts.claims.iter().any(|claim| claim.id == waiver.claim) {
            false => Use::UnknownClaim,
            true if waiver.expires.as_str() < today => Use::Expired,
            true => Use::NotNeeded,
        })
        .collect();
    let mut claims = Vec::new();
    for claim in &verdicts.claims {
        let judged = match claim.verdict {
            Verdict::Contradicted => contradicted(claim, shown, &waivers, &mut uses, baseline),
            Verdict::Inconclusive => undecided(claim, &waivers, &mut uses),
            Verdict::NotContradicted | Verdict::NotTestable => continue,
        };
        claims.push(judged);
    }
    let gone = baseline.contradicted.difference(shown).cloned().collect();
    Gate { claims, waivers: waivers.into_iter().zip(uses).collect(), gone }
}

fn contradicted(
    claim: &VerdictResult,
    shown: &BTreeSet<Shown>,
    waivers: &[Waiver],
    uses: &mut [Use],
    baseline: &Baseline,
) -> Judged {
    let of_claim = shown.iter().filter(|way| way.claim == claim.id);
    let ways: Vec<Way> = of_claim
        .map(|way| Way {
            shown: way.clone(),
            known: baseline.contradicted.contains(way),
            waivers: use_waivers(waivers, uses, |waiver| waiver.covers(way)),
        })
        .collect();
    let known = ways.iter().any(|way| way.known && way.waivers.is_empty());
    let outcome = match (ways.iter().any(Way::fails), known) {
        (true, _) => Outcome::Fails,
        (false, true) => Outcome::Baselined,
        (false, false) => Outcome::Waived,
    };
    Judged { id: claim.id.clone(), outcome, ways, waivers: vec![] }
}

/// Only a waiver of the whole claim speaks of what is undecided.
fn undecided(claim: &VerdictResult, waivers: &[Waiver], uses: &mut [Use]) -> Judged {
    let whole = |waiver: &Waiver| waiver.claim == claim.id && waiver.arm.0.is_empty();
    let waivers = use_waivers(waivers, uses, whole);
    let outcome = if waivers.is_empty() { Outcome::Undecided } else { Outcome::Waived };
    Judged { id: claim.id.clone(), outcome, ways: vec![], waivers }
}

/// The waivers that still count and say so; every one of them is used.
fn use_waivers(waivers: &[Waiver], uses: &mut [Use], says: impl Fn(&Waiver) -> bool) -> Vec<usize> {
    let mut found = Vec::new();
    for (n, (waiver, used)) in waivers.iter().zip(uses).enumerate() {
        if matches!(used, Use::Used | Use::NotNeeded) && says(waiver) {
            *used = Use::Used;
            found.push(n);
        }
    }
    found
}

#[cfg(test)]
mod tests;
