//! The instrument check: what was found, held against the truth that was written down first.

use std::collections::BTreeSet;

use anyhow::Result;
use candor_case::{Finding, FindingKind, Property};
use candor_evidence::{CaseDir, Record};
use candor_report::{View, inert};
use candor_specimens::Truth;

/// How the instrument did.
#[derive(Debug, Default)]
pub struct Check {
    planted: usize,
    found: usize,
    decoys: usize,
    accused: usize,
    silent: Vec<String>,
    problems: Vec<String>,
}

impl Check {
    /// Whether exactly what was planted was found, and every verdict is the true one.
    pub fn passed(&self) -> bool {
        self.problems.is_empty()
    }

    /// The check in lines.
    pub fn told(&self) -> String {
        let mut out = format!(
            "instrument check: {} of {} planted behaviours found, {} of {} decoys\n",
            self.found, self.planted, self.accused, self.decoys
        );
        for arm in &self.silent {
            out.push_str(&format!("silent as written: {arm}, and no other arm\n"));
        }
        for problem in &self.problems {
            out.push_str(&format!("  MISMATCH {}\n", inert(problem, 400)));
        }
        out
    }

    fn problem(&mut self, text: String) {
        self.problems.push(text);
    }
}

/// Every request of the case, as method and URL.
pub fn requests(dir: &CaseDir) -> Result<BTreeSet<(String, String)>> {
    let mut all = BTreeSet::new();
    for run in dir.runs()? {
        for record in run.records()? {
            if let Record::Exchange(exchange) = record {
                all.insert((exchange.request.method.clone(), exchange.request.url.clone()));
            }
        }
    }
    Ok(all)
}

/// Holds a case against its subject's truth.
pub fn check(truth: &Truth, view: &View, requests: &BTreeSet<(String, String)>) -> Check {
    let mut check = Check::default();
    behaviours(truth, view, &mut check);
    decoys(truth, view, &mut check);
    strangers(truth, view, requests, &mut check);
    identifiers(truth, view, &mut check);
    unread(truth, view, &mut check);
    silence(truth, view, &mut check);
    verdicts(truth, view, &mut check);
    check
}

fn behaviours(truth: &Truth, view: &View, check: &mut Check) {
    for behaviour in &truth.behaviour {
        check.planted += 1;
        if view.findings.iter().any(|finding| behaviour.shown_by(finding)) {
            check.found += 1;
        } else {
            check.problem(format!(
                "not found: {} at {} {}",
                behaviour.id, behaviour.host, behaviour.path
            ));
        }
    }
}

fn seeded(view: &View) -> impl Iterator<Item = &Finding> {
    view.findings
        .iter()
        .filter(|f| f.kind == FindingKind::SeededValue && f.property != Property::Control)
}

fn decoys(truth: &Truth, view: &View, check: &mut Check) {
    check.decoys = truth.decoy.len();
    let mut accused = BTreeSet::new();
    for finding in seeded(view) {
        if let Some(decoy) = finding.seed.as_deref().and_then(|seed| truth.decoy_of(seed)) {
            accused.insert(decoy.id.clone());
            check.problem(format!("decoy found: {} at {}", decoy.id, finding.place.path));
        }
    }
    check.accused = accused.len();
}

/// The world is closed: no finding and no request that the truth does not list.
fn strangers(truth: &Truth, view: &View, requests: &BTreeSet<(String, String)>, check: &mut Check) {
    for finding in seeded(view) {
        if !truth.behaviour.iter().any(|behaviour| behaviour.shown_by(finding)) {
            check.problem(format!(
                "found, but not planted: {} ({:?}, {}) at {} {}",
                finding.property,
                finding.kind,
                finding.seed.as_deref().unwrap_or_default(),
                finding.recipient.host,
                finding.place.path
            ));
        }
    }
    for (method, url) in requests {
        if truth.listed(method, url).is_none() {
            check.problem(format!("sent, but not listed: {method} {url}"));
        }
    }
}

fn identifiers(truth: &Truth, view: &View, check: &mut Check) {
    for wanted in &truth.identifier {
        let found = view
            .identifiers
            .iter()
            .find(|found| found.host == wanted.host && found.place_pattern == wanted.place_pattern);
        let Some(found) = found else {
            check.problem(format!("no identifier at {} {}", wanted.host, wanted.place_pattern));
            continue;
        };
        let lacks = |has: &[String], needs: &[String]| needs.iter().any(|step| !has.contains(step));
        let wrong = found.scope != wanted.scope
            || lacks(&found.outlived, &wanted.outlived)
            || lacks(&found.ended_by, &wanted.ended_by);
        if wrong {
            check.problem(format!(
                "identifier {} is {:?}, outlived {:?}, ended by {:?}; true is {:?}, {:?}, {:?}",
                wanted.place_pattern,
                found.scope,
                found.outlived,
                found.ended_by,
                wanted.scope,
                wanted.outlived,
                wanted.ended_by
            ));
        }
    }
}

/// What cannot be read must be said; what a key opened need not be.
fn unread(truth: &Truth, view: &View, check: &mut Check) {
    for opaque in &truth.opaque {
        let said = view.coverage.gaps.iter().any(|gap| gap.host == opaque.host);
        let opened = view.findings.iter().any(|finding| {
            finding.recipient.host == opaque.host && finding.place.path.contains(" > aes-cbc")
        });
        if !said && !opened {
            check.problem(format!("unread bytes to {} are not reported", opaque.host));
        }
    }
}

/// Exactly the arms that the truth names are silent.
fn silence(truth: &Truth, view: &View, check: &mut Check) {
    if truth.silent.is_empty() {
        return;
    }
    let keys: BTreeSet<&String> =
        truth.silent.iter().flat_map(|silent| silent.arm.0.keys()).collect();
    let cells: BTreeSet<_> = view
        .runs
        .iter()
        .filter(|run| keys.iter().all(|key| run.arm.0.contains_key(*key)))
        .map(|run| {
            let mut cell = run.arm.clone();
            cell.0.retain(|key, _| keys.contains(key));
            cell
        })
        .collect();
    for cell in cells {
        let heard = seeded(view).any(|f| f.planted.as_ref().is_some_and(|p| p.arm.matches(&cell)));
        let written = truth.silent.iter().any(|silent| silent.arm == cell);
        match (heard, written) {
            (false, true) => check.silent.push(cell.to_string()),
            (true, true) => check.problem(format!("not silent: {cell}")),
            (false, false) => check.problem(format!("silent, but not written so: {cell}")),
            (true, false) => {}
        }
    }
}

fn verdicts(truth: &Truth, view: &View, check: &mut Check) {
    for wanted in &truth.verdict {
        let got = view.verdicts.claims.iter().find(|claim| claim.id == wanted.claim);
        if got.is_none_or(|got| got.verdict != wanted.verdict) {
            check.problem(format!(
                "claim {} is {:?}, true is {:?}: {:?}",
                wanted.claim,
                got.map(|got| got.verdict),
                wanted.verdict,
                got.map(|got| &got.because)
            ));
        }
    }
    for wanted in &truth.answer {
        let got = view.verdicts.questions.iter().find(|question| question.id == wanted.question);
        if got.is_none_or(|got| got.answer != wanted.answer) {
            check.problem(format!(
                "question {} is {:?}, true is {:?}: {:?}",
                wanted.question,
                got.map(|got| got.answer),
                wanted.answer,
                got.map(|got| &got.because)
            ));
        }
    }
}
