//! The gate: which contradictions fail a build, once waivers and a baseline are taken into account.
//!
//! A waiver is a decision of a person, with a reason and an end. A baseline is what was known when it
//! was written, so that only new contradictions fail. Neither changes a verdict: they decide about
//! the exit code alone, and everything they let through is told.

mod baseline;
mod text;
mod waivers;

use std::collections::BTreeSet;

use candor_case::{Arm, Claim, Finding, Identifier, Verdict, VerdictResult, Verdicts};
use serde::{Deserialize, Serialize};

use crate::exit::Exit;
pub use crate::gate::baseline::Baseline;
pub use crate::gate::text::text;
pub use crate::gate::waivers::{Waiver, parse};

/// One way in which a claim is contradicted: stable from run to run, whatever was planted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The claim.
    pub claim: String,
    /// The arm in which the value was planted, or seen where nothing was planted.
    pub arm: Arm,
    /// The property, or `identifier` where one shows it.
    pub what: String,
    /// The host that received it; empty where the claim speaks of none.
    pub to: String,
}

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
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// The claim.
    pub id: String,
    /// What the gate says.
    pub outcome: Outcome,
    /// The ways that nobody knew of, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub new: Vec<Shown>,
}

/// What the gate came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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

/// Every way in which the claims of an audit are contradicted.
///
/// A verdict names its strongest findings only, and which of many alike those are is chance. So the
/// arms of a way are those of all findings like one that is named, within the arms that the claim
/// speaks of: the same subject gives the same ways, whatever was planted.
pub fn shown(
    verdicts: &Verdicts,
    claims: &[Claim],
    findings: &[Finding],
    identifiers: &[Identifier],
) -> BTreeSet<Shown> {
    let contradicted = verdicts.claims.iter().filter(|c| c.verdict == Verdict::Contradicted);
    let mut all = BTreeSet::new();
    for verdict in contradicted {
        let known = claims.iter().find(|claim| claim.id == verdict.id);
        let when = known.map(|claim| claim.rule.when.clone()).unwrap_or_default();
        let before = all.len();
        all.extend(by_findings(verdict, &when, findings));
        let tied = identifiers.iter().filter(|known| verdict.identifiers.contains(&known.id));
        all.extend(tied.map(|known| way(verdict, Arm::default(), "identifier", &known.host)));
        if all.len() == before {
            all.insert(way(verdict, Arm::default(), "claim", ""));
        }
    }
    all
}

fn by_findings(verdict: &VerdictResult, when: &Arm, findings: &[Finding]) -> Vec<Shown> {
    let kind = |f: &Finding| (f.property, f.kind, f.sender, f.recipient.host.clone());
    let named = findings.iter().filter(|f| verdict.findings.contains(&f.id));
    let kinds: BTreeSet<_> = named.clone().map(kind).collect();
    let alike = findings.iter().filter(|f| kinds.contains(&kind(f)) && arm(f).matches(when));
    let of = |f: &Finding| way(verdict, arm(f), f.property.name(), &f.recipient.host);
    named.chain(alike).map(of).collect()
}

/// Where a value was planted; where it was seen, if nobody planted it.
fn arm(finding: &Finding) -> Arm {
    let planted = finding.planted.as_ref().map(|planted| &planted.arm);
    planted.unwrap_or(&finding.seen.arm).clone()
}

fn way(verdict: &VerdictResult, arm: Arm, what: &str, to: &str) -> Shown {
    Shown { claim: verdict.id.clone(), arm, what: what.to_owned(), to: to.to_owned() }
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
    let (mut new, mut known) = (Vec::new(), false);
    for way in shown.iter().filter(|way| way.claim == claim.id) {
        if use_waiver(waivers, uses, |waiver| waiver.covers(way)) {
            continue;
        }
        match baseline.contradicted.contains(way) {
            true => known = true,
            false => new.push(way.clone()),
        }
    }
    let outcome = match (new.is_empty(), known) {
        (false, _) => Outcome::Fails,
        (true, true) => Outcome::Baselined,
        (true, false) => Outcome::Waived,
    };
    Judged { id: claim.id.clone(), outcome, new }
}

/// Only a waiver of the whole claim speaks of what is undecided.
fn undecided(claim: &VerdictResult, waivers: &[Waiver], uses: &mut [Use]) -> Judged {
    let whole = |waiver: &Waiver| waiver.claim == claim.id && waiver.arm.0.is_empty();
    let outcome = match use_waiver(waivers, uses, whole) {
        true => Outcome::Waived,
        false => Outcome::Undecided,
    };
    Judged { id: claim.id.clone(), outcome, new: vec![] }
}

/// Whether a waiver that still counts says so; every one that does is used.
fn use_waiver(waivers: &[Waiver], uses: &mut [Use], says: impl Fn(&Waiver) -> bool) -> bool {
    let mut found = false;
    for (waiver, used) in waivers.iter().zip(uses) {
        if matches!(used, Use::Used | Use::NotNeeded) && says(waiver) {
            (*used, found) = (Use::Used, true);
        }
    }
    found
}

#[cfg(test)]
mod tests;
