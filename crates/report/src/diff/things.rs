//! The things of a case by name, with what is said of each: what two cases are compared by.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Answer, Arm, Identifier, Party, Property, RunId, Verdict};

use crate::View;
use crate::diff::{Change, ChangeKind};
use crate::page::is_private;
use crate::words;

/// A thing's name, and what is said of it.
#[derive(Default)]
pub(super) struct Said {
    /// What decides whether it changed.
    deciding: String,
    /// Whether the case left it undecided.
    open: bool,
    /// What is said besides.
    figures: String,
    /// Arms in which it was seen; none where it belongs to no arm.
    arms: BTreeSet<Arm>,
    /// What an identifier was put through, and whether it outlived it.
    steps: BTreeMap<String, bool>,
}

pub(super) type Things = BTreeMap<String, Said>;

impl Said {
    fn plain(deciding: &str, open: bool) -> Self {
        Self { deciding: deciding.to_owned(), open, ..Self::default() }
    }

    fn told(&self) -> String {
        let parts = [self.deciding.as_str(), &self.figures];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

/// What a case could have seen: the settings of its runs.
pub(super) struct Tested(BTreeSet<(String, String)>);

impl Tested {
    pub(super) fn by(view: &View) -> Self {
        let arms = view.runs.iter().flat_map(|run| run.arm.0.clone());
        Self(arms.collect())
    }

    /// Whether any run had the settings in which something was seen elsewhere.
    fn covers(&self, said: &Said) -> bool {
        let had = |arm: &Arm| arm.0.iter().all(|(k, v)| self.0.contains(&(k.clone(), v.clone())));
        said.arms.is_empty() || said.arms.iter().any(had)
    }
}

/// Sets two lists side by side: what changed first, in the order of the kinds. What the other case
/// had no run for is neither new nor gone.
pub(super) fn changes(
    (mut before, tested_before): (Things, &Tested),
    (after, tested_after): (Things, &Tested),
) -> Vec<Change> {
    let mut all: Vec<Change> = after
        .into_iter()
        .map(|(what, now)| {
            let then = before.remove(&what);
            let kind = match &then {
                None if !tested_before.covers(&now) => ChangeKind::NotCompared,
                None => ChangeKind::New,
                Some(then) => between(then, &now),
            };
            Change { what, kind, before: then.as_ref().map(Said::told), after: Some(now.told()) }
        })
        .collect();
    all.extend(before.into_iter().map(|(what, then)| Change {
        what,
        kind: if tested_after.covers(&then) { ChangeKind::Gone } else { ChangeKind::NotCompared },
        before: Some(then.told()),
        after: None,
    }));
    all.sort_by(|a, b| (a.kind, &a.what).cmp(&(b.kind, &b.what)));
    all
}

/// How a thing that both cases hold changed. What one of them left undecided is not compared; an identifier is compared by what both put it through.
fn between(then: &Said, now: &Said) -> ChangeKind {
    if then.deciding == now.deciding {
        return ChangeKind::Same;
    }
    if then.open || now.open {
        return ChangeKind::NotCompared;
    }
    let differs = |(step, outlived): (&String, &bool)| {
        now.steps.get(step).is_some_and(|later| later != outlived)
    };
    let alike = then.steps.keys().eq(now.steps.keys());
    if alike || then.steps.iter().any(differs) {
        ChangeKind::Changed
    } else {
        ChangeKind::NotCompared
    }
}

pub(super) fn claims(view: &View) -> Things {
    let said = |c: &candor_case::VerdictResult| {
        (
            format!("{}: “{}”", c.id, c.says),
            Said::plain(words::verdict(c).1, c.verdict == Verdict::Inconclusive),
        )
    };
    view.verdicts.claims.iter().map(said).collect()
}

pub(super) fn questions(view: &View) -> Things {
    let said = |q: &candor_case::QuestionResult| {
        (
            format!("{}: {}", q.id, q.asks),
            Said::plain(words::answer(q.answer).1, q.answer == Answer::Inconclusive),
        )
    };
    view.verdicts.questions.iter().map(said).collect()
}

/// By kind, apart for private windows.
pub(super) fn properties(view: &View) -> Things {
    let mut all: BTreeMap<(Property, bool), Kept<'_>> = BTreeMap::new();
    for finding in view.shown_findings() {
        let kept = all.entry((finding.property, is_private(finding))).or_default();
        kept.hosts.insert(&finding.recipient.host);
        kept.requests.insert(&finding.exchange.0);
        kept.runs.insert(&finding.seen.run.0);
        let arm = finding.planted.as_ref().map_or(&finding.seen.arm, |planted| &planted.arm);
        kept.arms.insert(arm.clone());
    }
    all.into_iter()
        .map(|((property, private), kept)| (named(property, private), kept.said()))
        .collect()
}

fn named(property: Property, private: bool) -> String {
    let window = if private { ", from private windows" } else { "" };
    format!("{}{window}", words::plural(property))
}

/// Where a kind was seen.
#[derive(Default)]
struct Kept<'a> {
    hosts: BTreeSet<&'a str>,
    requests: BTreeSet<&'a str>,
    runs: BTreeSet<&'a str>,
    arms: BTreeSet<Arm>,
}

impl Kept<'_> {
    fn said(self) -> Said {
        let hosts: Vec<&str> = self.hosts.into_iter().collect();
        let requests = words::count(self.requests.len(), "request");
        let arms: Vec<String> = self.arms.iter().take(6).map(words::arm).collect();
        let runs = words::count(self.runs.len(), "run");
        Said {
            open: false,
            deciding: format!("to {}", hosts.join(", ")),
            figures: format!("{requests} in {runs}, with {}", arms.join(" / ")),
            arms: self.arms,
            steps: BTreeMap::new(),
        }
    }
}

pub(super) fn identifiers(view: &View) -> Things {
    let said = |identifier: &Identifier| {
        let list = |word: &str, steps: &[String]| {
            let steps: Vec<String> = steps.iter().map(|step| words::step_between(step)).collect();
            if steps.is_empty() { String::new() } else { format!(", {word} {}", steps.join(", ")) }
        };
        let deciding = format!(
            "ties together {}{}{}",
            words::scope(identifier.scope),
            list("outlives", &identifier.outlived),
            list("ended by", &identifier.ended_by)
        );
        let what = identifier.property.map_or("a value without documentation", |p| p.meaning());
        let name = format!("{what}, {} to {}", identifier.place_pattern, identifier.host);
        let figures = words::count(identifier.values.len(), "value");
        let runs = identifier.values.iter().flat_map(|value| &value.runs);
        let arms = runs.filter_map(|id| arm_of(view, id)).collect();
        (name, Said { deciding, figures, arms, steps: steps(identifier), open: false })
    };
    view.identifiers.iter().map(said).collect()
}

fn arm_of(view: &View, id: &RunId) -> Option<Arm> {
    view.runs.iter().find(|run| run.id == *id).map(|run| run.arm.clone())
}

/// What was done to be rid of an identifier, and whether it outlived it.
fn steps(identifier: &Identifier) -> BTreeMap<String, bool> {
    let ended = identifier.ended_by.iter().map(|step| (step.clone(), false));
    ended.chain(identifier.outlived.iter().map(|step| (step.clone(), true))).collect()
}

pub(super) fn recipients(view: &View) -> Things {
    type Host<'a> = (Party, Option<&'a str>, BTreeSet<&'static str>, BTreeSet<Arm>);
    let mut hosts: BTreeMap<&str, Host<'_>> = BTreeMap::new();
    for finding in view.shown_findings() {
        let recipient = &finding.recipient;
        let known = hosts.entry(&recipient.host).or_insert((
            recipient.party,
            recipient.organisation.as_deref(),
            BTreeSet::new(),
            BTreeSet::new(),
        ));
        known.2.insert(words::plural(finding.property));
        let arm = finding.planted.as_ref().map_or(&finding.seen.arm, |planted| &planted.arm);
        known.3.insert(arm.clone());
    }
    let said = |(host, (party, organisation, kinds, arms)): (&str, Host<'_>)| {
        let who = organisation.map_or(String::new(), |name| format!(" ({name})"));
        let kinds: Vec<&str> = kinds.into_iter().collect();
        let deciding = format!("{}{who}", words::party(party));
        (host.to_owned(), Said { deciding, figures: kinds.join(", "), arms, ..Said::default() })
    };
    hosts.into_iter().map(said).collect()
}
