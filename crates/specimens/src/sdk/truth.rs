//! The truth of an arm, spelt out from its SDK's data file.

use candor_case::{Arm, FindingKind, Property};

use super::{
    PAGES, SdkArm,
    file::{Moment, PlaceRow, SendsRow, property, speaks_of},
    plan::DECOYS,
};
use crate::{Behaviour, Decoy, SendKind, Sends, TrueAnswer, TrueVerdict, Truth};

impl SdkArm {
    /// What it sends, and what must be made of it.
    pub fn truth(&self) -> Truth {
        let here = |arms: &[String]| speaks_of(arms, &self.arm.name);
        let sends = self.file.sends.iter().filter(|row| here(&row.arms)).map(|row| self.sends(row));
        let verdicts = self.file.verdict.iter().filter(|row| here(&row.arms));
        let answers = self.file.answer.iter().filter(|row| here(&row.arms));
        Truth {
            sends: own_site().into_iter().chain(sends).collect(),
            behaviour: self.expected().into_iter().flat_map(|expected| expected.shown).collect(),
            decoy: DECOYS.iter().map(|kind| decoy(kind)).collect(),
            verdict: verdicts
                .map(|row| TrueVerdict { claim: row.claim.clone(), verdict: row.verdict })
                .collect(),
            answer: answers
                .map(|row| TrueAnswer { question: row.question.clone(), answer: row.answer })
                .collect(),
            ..Truth::default()
        }
    }

    fn sends(&self, row: &SendsRow) -> Sends {
        Sends {
            id: row.id.clone(),
            kind: row.kind,
            method: row.method.clone(),
            host: self.collector(),
            path: row.path.clone(),
            what: row.what.clone(),
            source: row.source.clone(),
        }
    }

    /// What is expected of each place and moment.
    pub(super) fn expected(&self) -> Vec<Expected> {
        let places = self.file.place.iter().filter(|row| speaks_of(&row.arms, &self.arm.name));
        let of = |place| {
            let row: &PlaceRow = place;
            row.planted.iter().map(move |moment| Expected {
                required: row.required,
                shown: self.behaviours(row, *moment),
            })
        };
        places.flat_map(of).collect()
    }

    /// One behaviour for each opening that the place may stand behind.
    fn behaviours(&self, place: &PlaceRow, moment: Moment) -> Vec<Behaviour> {
        let openings = self.arm.openings.get(&place.opening);
        let behaviour = |opening: &String| Behaviour {
            id: format!("{}-{} at {}{}", place.seed, moment.number(), place.opening, place.path),
            what: place.what.clone(),
            source: place.source.clone(),
            kind: FindingKind::SeededValue,
            property: property(&place.seed).unwrap_or(Property::Control),
            host: self.collector(),
            path: format!("{opening}{}", place.path),
            seed: Some(place.seed.clone()),
            planted: planted(moment),
        };
        openings.into_iter().flatten().map(behaviour).collect()
    }
}

/// What is expected of one place and moment.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    /// Whether it must be so, or only may.
    pub(super) required: bool,
    /// One of these shows it.
    pub(super) shown: Vec<Behaviour>,
}

fn planted(moment: Moment) -> Arm {
    Arm([("moment".to_owned(), moment.name().to_owned())].into())
}

fn decoy(kind: &str) -> Decoy {
    let what = match kind {
        "name" => "a name typed into the page's form and sent to its own site",
        "note" => "a note that the page keeps in the browser",
        _ => "an address that the page links to and nobody opens",
    };
    let property = property(kind).unwrap_or(Property::Control);
    Decoy { id: kind.to_owned(), what: what.to_owned(), property }
}

/// What every page of the bench sends, whatever SDK it carries.
fn own_site() -> Vec<Sends> {
    let row = |id: &str, kind, method: &str, path: &str, what: &str| Sends {
        id: id.into(),
        kind,
        method: method.into(),
        host: format!("*{PAGES}"),
        path: path.into(),
        what: what.into(),
        source: "the pages of the bench".into(),
    };
    let control = Sends {
        host: candor_case::CONTROL_HOST.into(),
        ..row("control", SendKind::Control, "POST", "/beacon", "the control value of the run")
    };
    vec![
        row("page", SendKind::Visit, "GET", "/p/*", "a page that was opened"),
        row("idle", SendKind::Visit, "GET", "/idle", "the page that nothing is planted on"),
        row("sdk", SendKind::Visit, "GET", "/sdk/*", "the SDK's own file"),
        row("find", SendKind::SearchEngine, "GET", "/find", "a search in the shop"),
        row("order", SendKind::Visit, "POST", "/order", "the form of the shop"),
        row("told", SendKind::Visit, "POST", "/-/*", "how far the page is"),
        control,
    ]
}
