//! The ways in which claims are contradicted, the same whatever was planted.

use std::collections::BTreeSet;

use candor_case::{Arm, Claim, Finding, Identifier, Verdict, VerdictResult, Verdicts};
use serde::{Deserialize, Serialize};

/// What shows a way where it is an identifier. Neither this nor [`BY_CLAIM`] belongs to an arm.
pub(super) const BY_IDENTIFIER: &str = "identifier";
/// What shows a way where nothing but the verdict does.
pub(super) const BY_CLAIM: &str = "claim";

/// One way in which a claim is contradicted: stable from run to run, whatever was planted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The claim.
    pub claim: String,
    /// The arm in which the value was planted, or seen where nothing was planted.
    pub arm: Arm,
    /// The property, `identifier` where one shows it, or `claim` where neither does.
    pub what: String,
    /// The host that received it; empty where the claim speaks of none.
    pub to: String,
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
        all.extend(tied.map(|known| way(verdict, Arm::default(), BY_IDENTIFIER, &known.host)));
        if all.len() == before {
            all.insert(way(verdict, Arm::default(), BY_CLAIM, ""));
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
