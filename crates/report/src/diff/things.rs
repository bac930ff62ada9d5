//! The things of a case by name, with what is said of each: what two cases are compared by.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Identifier, Party, Property};

use crate::View;
use crate::diff::{Change, ChangeKind};
use crate::page::is_private;
use crate::words;

/// A thing's name, and what is said of it: what decides whether it changed, and figures that do not.
pub(super) struct Said {
    deciding: String,
    figures: String,
}

pub(super) type Things = BTreeMap<String, Said>;

impl Said {
    fn plain(deciding: &str) -> Self {
        Self { deciding: deciding.to_owned(), figures: String::new() }
    }

    fn told(&self) -> String {
        let parts = [self.deciding.as_str(), &self.figures];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

/// Sets two lists side by side: what changed first, in the order of the kinds.
pub(super) fn changes(mut before: Things, after: Things) -> Vec<Change> {
    let mut all: Vec<Change> = after
        .into_iter()
        .map(|(what, now)| {
            let then = before.remove(&what);
            let kind = match &then {
                None => ChangeKind::New,
                Some(then) if then.deciding == now.deciding => ChangeKind::Same,
                Some(_) => ChangeKind::Changed,
            };
            Change { what, kind, before: then.as_ref().map(Said::told), after: Some(now.told()) }
        })
        .collect();
    all.extend(before.into_iter().map(|(what, then)| Change {
        what,
        kind: ChangeKind::Gone,
        before: Some(then.told()),
        after: None,
    }));
    all.sort_by(|a, b| (a.kind, &a.what).cmp(&(b.kind, &b.what)));
    all
}

pub(super) fn claims(view: &View) -> Things {
    let said = |c: &candor_case::VerdictResult| {
        (format!("{}: “{}”", c.id, c.says), Said::plain(words::verdict(c).1))
    };
    view.verdicts.claims.iter().map(said).collect()
}

pub(super) fn questions(view: &View) -> Things {
    let said = |q: &candor_case::QuestionResult| {
        (format!("{}: {}", q.id, q.asks), Said::plain(words::answer(q.answer).1))
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
        kept.arms.insert(words::arm(arm));
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
    arms: BTreeSet<String>,
}

impl Kept<'_> {
    fn said(self) -> Said {
        let hosts: Vec<&str> = self.hosts.into_iter().collect();
        let requests = words::count(self.requests.len(), "request");
        let arms: Vec<String> = self.arms.into_iter().take(6).collect();
        let runs = words::count(self.runs.len(), "run");
        Said {
            deciding: format!("to {}", hosts.join(", ")),
            figures: format!("{requests} in {runs}, with {}", arms.join(" / ")),
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
        (name, Said { deciding, figures: words::count(identifier.values.len(), "value") })
    };
    view.identifiers.iter().map(said).collect()
}

pub(super) fn recipients(view: &View) -> Things {
    let mut hosts: BTreeMap<&str, (Party, Option<&str>, BTreeSet<&'static str>)> = BTreeMap::new();
    for finding in view.shown_findings() {
        let recipient = &finding.recipient;
        let known = hosts.entry(&recipient.host).or_insert((
            recipient.party,
            recipient.organisation.as_deref(),
            BTreeSet::new(),
        ));
        known.2.insert(words::plural(finding.property));
    }
    let said =
        |(host, (party, organisation, kinds)): (&str, (Party, Option<&str>, BTreeSet<&str>))| {
            let who = organisation.map_or(String::new(), |name| format!(" ({name})"));
            let kinds: Vec<&str> = kinds.into_iter().collect();
            (
                host.to_owned(),
                Said::plain(&format!("{}{who}: {}", words::party(party), kinds.join(", "))),
            )
        };
    hosts.into_iter().map(said).collect()
}
