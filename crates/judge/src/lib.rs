//! Holds claims against what was found, and says what that rests on.
//!
//! A claim is contradicted by bytes, in two independent runs, sent by the subject itself, and never
//! by the mere shape of a value. Silence
//! is worth as much as the eye that was open: see [`silence`]. Judge sees findings, identifiers and
//! counts, never a body.

mod evidence;
mod reading;
mod rules;
mod scope;
mod silence;

use candor_case::{
    Answer, Arm, Claim, Controls, Coverage, Finding, Question, QuestionResult, Spikes, Subject,
    Verdict, VerdictResult, Verdicts,
};

pub use crate::evidence::{Action, Control, Evidence, RunEvidence, Traffic};
use crate::rules::Shown;
use crate::scope::{InScope, Outside};

/// Chance matches expected in the case below which a finding counts.
pub const MAX_CHANCE: f64 = 1e-6;

/// Findings that a verdict lists at most, strongest first.
pub const MAX_FINDINGS: usize = 20;

/// Judges every claim and answers every question.
pub fn judge(claims: &[Claim], questions: &[Question], evidence: &Evidence) -> Verdicts {
    Verdicts {
        schema: "candor.verdicts/1".into(),
        simulated: evidence.subject.simulated || evidence.runs.iter().any(|r| r.run.simulated),
        sinkhole: evidence.runs.iter().any(|r| r.run.sinkhole),
        post_hoc: evidence.post_hoc(),
        claims: claims.iter().map(|claim| claim_verdict(claim, evidence)).collect(),
        questions: questions.iter().map(|question| question_answer(question, evidence)).collect(),
    }
}

fn claim_verdict(claim: &Claim, evidence: &Evidence) -> VerdictResult {
    let scope = match scope::of_claim(claim, evidence) {
        Ok(scope) => scope,
        Err(outside) => return outside_verdict(claim, outside),
    };
    let shown = rules::test(&claim.rule, &scope, evidence);
    let mut because = shown.because.clone();
    let mut bound = None;
    let verdict = match &shown.not_testable {
        Some(why) => {
            because.push(why.clone());
            Verdict::NotTestable
        }
        None if shown.independent() >= 1 => {
            because.extend(reading::contradiction(&shown));
            Verdict::Contradicted
        }
        None => {
            let silence = silence::weigh(&claim.rule, &claim.needs, &scope, &shown, evidence);
            because.extend(silence.because);
            bound = silence.bound;
            if silence.holds { Verdict::NotContradicted } else { Verdict::Inconclusive }
        }
    };
    VerdictResult {
        id: claim.id.clone(),
        says: claim.says.clone(),
        source: claim.source.clone(),
        reading: claim.reading.clone(),
        verdict,
        seen_once: verdict == Verdict::Contradicted && shown.independent() == 1,
        because,
        findings: strongest(&shown, verdict == Verdict::Contradicted),
        identifiers: shown.identifiers,
        bound,
        coverage: scope.coverage(),
        controls: scope.controls(),
        spikes: scope.spikes(),
    }
}

fn outside_verdict(claim: &Claim, outside: Outside) -> VerdictResult {
    VerdictResult {
        id: claim.id.clone(),
        says: claim.says.clone(),
        source: claim.source.clone(),
        reading: claim.reading.clone(),
        verdict: if outside.forever { Verdict::NotTestable } else { Verdict::Inconclusive },
        seen_once: false,
        because: vec![outside.why],
        findings: vec![],
        identifiers: vec![],
        bound: None,
        coverage: Coverage::default(),
        controls: Controls::default(),
        spikes: Spikes::default(),
    }
}

fn question_answer(question: &Question, evidence: &Evidence) -> QuestionResult {
    let scope = InScope::of_rule(&question.rule, evidence);
    let mut shown = rules::test(&question.rule, &scope, evidence);
    shown.take_hints(evidence);
    let mut because = shown.because.clone();
    let mut bound = None;
    let seen =
        !shown.findings.is_empty() || !shown.unattributed.is_empty() || shown.independent() > 0;
    let answer = if let Some(why) = &shown.not_testable {
        because.push(why.clone());
        Answer::Inconclusive
    } else if seen {
        because.extend(reading::observation(&shown));
        Answer::Observed
    } else {
        let silence = silence::weigh(&question.rule, &question.needs, &scope, &shown, evidence);
        because.extend(silence.because);
        bound = silence.bound;
        if silence.holds { Answer::NotObserved } else { Answer::Inconclusive }
    };
    QuestionResult {
        id: question.id.clone(),
        asks: question.asks.clone(),
        answer,
        because,
        findings: strongest(&shown, answer == Answer::Observed),
        identifiers: shown.identifiers,
        bound,
        coverage: scope.coverage(),
        controls: scope.controls(),
        spikes: scope.spikes(),
    }
}

/// Ids of the findings that show something: planted values before documented fields and
/// shapes, one of each
/// property and host before a second of any, least likely by accident first. Every arm that shows
/// something keeps its strongest, so that each can be told apart.
fn strongest(shown: &Shown<'_>, wanted: bool) -> Vec<String> {
    if !wanted {
        return vec![];
    }
    let mut seen = std::collections::BTreeMap::new();
    let mut ranked: Vec<_> = shown
        .findings
        .iter()
        .chain(&shown.unattributed)
        .chain(&shown.hints)
        .map(|finding| {
            let kind = (finding.property, finding.kind, finding.recipient.host.as_str());
            let turn = seen.entry(kind).or_insert(0u32);
            *turn += 1;
            (finding.kind, *turn, finding.chance, finding)
        })
        .collect();
    ranked.sort_by(|a, b| {
        (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)).then_with(|| a.3.id.cmp(&b.3.id))
    });
    let mut arms = std::collections::BTreeSet::new();
    let (mut kept, mut rest) = (Vec::new(), Vec::new());
    for (rank, (.., finding)) in ranked.iter().enumerate() {
        if arms.insert(arm_of(finding)) { &mut kept } else { &mut rest }.push(rank);
    }
    kept.append(&mut rest);
    kept.truncate(MAX_FINDINGS);
    kept.sort_unstable();
    kept.into_iter().map(|rank| ranked[rank].3.id.clone()).collect()
}

/// The arm a finding counts for: where its value was planted, else where it was seen.
fn arm_of(finding: &Finding) -> &Arm {
    finding.planted.as_ref().map_or(&finding.seen.arm, |planted| &planted.arm)
}

/// Whether a host is one of these sites or lies below one.
fn within(host: &str, sites: &[String]) -> bool {
    sites.iter().any(|site| {
        host == site || host.strip_suffix(site.as_str()).is_some_and(|rest| rest.ends_with('.'))
    })
}

/// Whether the subject's file says anything that a claim's product could be compared with.
fn same_name(claimed: &str, subject: &Subject) -> bool {
    claimed.is_empty() || claimed.eq_ignore_ascii_case(&subject.product)
}

#[cfg(test)]
mod tests;
