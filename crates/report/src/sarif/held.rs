//! What a gate makes of a claim's results: one, or one for what passes and one for what fails.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Finding, Verdict, VerdictResult};
use serde_json::{Value, json};

use crate::Gate;
use crate::gate::{Waived, Way, why_passed};
use crate::sarif::{MOST, Shown, shown};
use crate::view::Index;

/// The results of one rule that pass or fail alike.
#[derive(Default)]
pub(super) struct Group<'a> {
    pub(super) shown: Shown<'a>,
    pub(super) waived: Vec<Waived>,
    state: State,
    /// What is to be said of it beside the verdict.
    pub(super) lines: Vec<String>,
}

/// What a baseline says of a result, in the order in which results are told.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    New,
    Updated,
    #[default]
    Unchanged,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        }
    }
}

/// The results that a claim has: one, unless a gate lets some of its contradictions pass.
pub(super) fn groups<'a>(index: &Index<'a>, gate: &Gate, result: &VerdictResult) -> Vec<Group<'a>> {
    let all = shown(index, &result.findings);
    let held = gate.claims.get(&result.id);
    if result.verdict != Verdict::Contradicted {
        let waived = held.map(|held| held.waived.clone()).unwrap_or_default();
        let gone = held.is_some_and(|held| held.gone);
        let lines = waived.iter().map(Waived::line).collect();
        let state = if gone { State::Updated } else { State::Unchanged };
        return vec![Group { shown: all, waived, state, lines }];
    }
    let findings: Vec<&Finding> = all.iter().map(|(_, finding)| *finding).collect();
    let mut alike: BTreeMap<(bool, bool), Vec<Way>> = BTreeMap::new();
    for way in gate.ways(result, &findings) {
        alike.entry((!way.waived.is_empty(), way.known)).or_default().push(way);
    }
    if alike.len() < 2 {
        let ways = alike.into_values().next().unwrap_or_default();
        return vec![Group { shown: all, ..group(gate, result, &ways) }];
    }
    let own =
        |ways: &[Way]| Group { shown: showing(index, &all, ways), ..group(gate, result, ways) };
    alike.into_values().map(|ways| own(&ways)).collect()
}

fn group<'a>(gate: &Gate, result: &VerdictResult, ways: &[Way]) -> Group<'a> {
    let waived: BTreeSet<Waived> = ways.iter().flat_map(|way| way.waived.clone()).collect();
    let fails = ways.iter().all(Way::fails);
    Group {
        shown: vec![],
        waived: waived.into_iter().collect(),
        state: if ways.iter().all(|way| way.known) && !ways.is_empty() {
            State::Unchanged
        } else {
            State::New
        },
        lines: if fails { gate.lapsed(&result.id) } else { why_passed(ways) },
    }
}

/// The findings that show these ways: those that the verdict names, else any of the case.
fn showing<'a>(index: &Index<'a>, named: &Shown<'a>, ways: &[Way]) -> Shown<'a> {
    let shows = |finding: &Finding| ways.iter().any(|way| way.is_shown_by(finding));
    let own: Shown<'a> = named.iter().copied().filter(|(_, f)| shows(f)).collect();
    if !own.is_empty() {
        return own;
    }
    let all = index.view.findings.iter().enumerate();
    all.filter(|(_, finding)| shows(finding)).take(MOST).collect()
}

/// Adds what a gate says of a result.
pub(super) fn hold(mut told: Value, gate: &Gate, group: &Group<'_>) -> Value {
    let Some(fields) = told.as_object_mut() else { return told };
    if gate.waivers {
        let suppression = |waived: &Waived| json!({ "kind": "external", "status": "accepted", "justification": waived.line() });
        let all: Vec<Value> = group.waived.iter().map(suppression).collect();
        fields.insert("suppressions".into(), all.into());
    }
    if gate.baseline {
        fields.insert("baselineState".into(), group.state.name().into());
    }
    told
}
