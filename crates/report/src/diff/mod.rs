//! What changed between two cases: claim by claim, property by property, identifier by identifier,
//! recipient by recipient.
//!
//! A thing that is gone was not seen again; whether it could have been seen says the coverage
//! beside it.

pub(crate) mod page;
mod text;
mod things;

use serde::Serialize;

use crate::View;
use crate::diff::things::{Tested, Things, changes};
use crate::lines::Paint;
use crate::words::percent;

/// What changed between two cases.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diff {
    /// Schema of this document: `candor.diff/1`.
    pub schema: &'static str,
    /// The case that is compared with.
    pub before: Side,
    /// The case that is compared.
    pub after: Side,
    /// Claims, by id.
    pub claims: Vec<Change>,
    /// Questions, by id.
    pub questions: Vec<Change>,
    /// Kinds of what was sent, apart for private windows.
    pub properties: Vec<Change>,
    /// Identifiers, by host and place.
    pub identifiers: Vec<Change>,
    /// Who received something, by host.
    pub recipients: Vec<Change>,
}

/// One of the two cases.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// The case's name.
    pub case: String,
    /// Product and version.
    pub subject: String,
    /// Whether everything in it comes from a built-in subject.
    pub simulated: bool,
    /// Runs.
    pub runs: u64,
    /// Requests and sent messages.
    pub requests: u64,
    /// Share of the sent bytes that was read, 0 to 1.
    pub explained: f64,
}

/// One thing in both cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is, in words.
    pub what: String,
    /// How it changed.
    pub kind: ChangeKind,
    /// What was said of it before; `None` if it was not there.
    pub before: Option<String>,
    /// What is said of it after; `None` if it is not there.
    pub after: Option<String>,
}

impl ChangeKind {
    /// In words; `asked` is for things that a case holds only where somebody asked for them.
    fn word(self, asked: bool) -> &'static str {
        match (self, asked) {
            (Self::New, false) => "new",
            (Self::Gone, false) => "gone",
            (Self::New, true) => "only after",
            (Self::Gone, true) => "only before",
            (Self::Changed, _) => "changed",
            (Self::NotCompared, _) => "not compared",
            (Self::Same, _) => "the same",
        }
    }
}

/// How a thing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// In both, and not the same.
    Changed,
    /// In the later case only.
    New,
    /// In the earlier case only.
    Gone,
    /// One of the cases had no run that could have told, or left it undecided.
    NotCompared,
    /// In both, and the same.
    Same,
}

/// Compares two cases.
pub fn diff(before: &View, after: &View) -> Diff {
    let (then, now) = (Tested::by(before), Tested::by(after));
    let compare =
        |things: fn(&View) -> Things| changes((things(before), &then), (things(after), &now));
    Diff {
        schema: "candor.diff/1",
        before: side(before),
        after: side(after),
        claims: compare(things::claims),
        questions: compare(things::questions),
        properties: compare(things::properties),
        identifiers: compare(things::identifiers),
        recipients: compare(things::recipients),
    }
}

impl Diff {
    /// For a terminal.
    pub fn text(&self, paint: Paint) -> String {
        text::text(self, paint)
    }

    /// For machines.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// As one self-contained HTML document.
    pub fn html(&self) -> String {
        page::html(self)
    }

    /// The parts with their headings, in order, and whether what is in one case only was merely
    /// not asked in the other.
    fn parts(&self) -> [(&'static str, &[Change], bool); 5] {
        [
            ("What its maker said", &self.claims, true),
            ("What candor asked", &self.questions, true),
            ("What was sent", &self.properties, false),
            ("Numbers that tie requests together", &self.identifiers, false),
            ("Who received it", &self.recipients, false),
        ]
    }

    /// What a reader must know before reading on.
    fn cautions(&self) -> Vec<String> {
        let mut all = Vec::new();
        if self.before.simulated || self.after.simulated {
            all.push("SIMULATED: built-in subjects with invented people and reserved host names. It accuses nobody.".into());
        }
        let open = self.parts().iter().any(|(_, changes, _)| {
            changes.iter().any(|change| change.kind == ChangeKind::NotCompared)
        });
        if open {
            all.push("“Not compared”: one of the two cases had no run that could have told, or left it undecided, so nothing is called new, gone or changed there.".into());
        }
        if self.after.explained < self.before.explained {
            all.push(format!(
                "Less could be read this time: {} after {}. What is gone may only be unseen.",
                percent(self.after.explained),
                percent(self.before.explained)
            ));
        }
        all
    }
}

fn side(view: &View) -> Side {
    Side {
        case: view.name.clone(),
        subject: view.title(),
        simulated: view.verdicts.simulated,
        runs: view.runs.len() as u64,
        requests: view.coverage.requests,
        explained: view.coverage.explained(),
    }
}
