//! The data file of an SDK: how pages use it, what it sends, and what must be made of that. It is
//! written before anything runs; [`super::truth`] spells it out for each arm.

use std::collections::BTreeMap;

use candor_case::{Answer, Property, Verdict};
use serde::Deserialize;

use crate::SendKind;

/// One data file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SdkFile {
    pub(crate) sdk: About,
    pub(crate) arm: Vec<ArmRow>,
    pub(crate) sends: Vec<SendsRow>,
    pub(crate) place: Vec<PlaceRow>,
    pub(crate) verdict: Vec<VerdictRow>,
    pub(crate) answer: Vec<AnswerRow>,
}

/// What is examined.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    /// The package on npm.
    pub(crate) package: String,
    /// Its version, exactly.
    pub(crate) version: String,
    /// The question of the case.
    pub(crate) question: String,
    /// The calls that are documented as the way out, in words.
    pub(crate) way_out: String,
}

/// One way of setting the SDK up: a page of its own, and a case of its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArmRow {
    pub(crate) name: String,
    /// Options handed to the SDK beside those that every arm has.
    #[serde(default)]
    pub(crate) init: toml::Table,
    /// Bundles that the page loads, in order: names of files in `sdk/dist`, without `.js`.
    pub(crate) scripts: Vec<String>,
    /// Where the parts begin that places are written from, by name; of several beginnings, the
    /// SDK takes one or another.
    pub(crate) openings: BTreeMap<String, Vec<String>>,
}

/// One kind of request to the collector.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendsRow {
    pub(crate) id: String,
    #[serde(default = "telemetry")]
    pub(crate) kind: SendKind,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) what: String,
    pub(crate) source: String,
    /// Arms it is sent in; empty means all.
    #[serde(default)]
    pub(crate) arms: Vec<String>,
}

/// One place where planted values must be found.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceRow {
    /// The kind of seed: `visit`, `search`, `account`, `email`.
    pub(crate) seed: String,
    /// When the values that must be found here were planted.
    pub(crate) planted: Vec<Moment>,
    /// Which of the arm's openings it stands behind.
    #[serde(default = "event")]
    pub(crate) opening: String,
    /// The place behind that opening.
    pub(crate) path: String,
    pub(crate) what: String,
    pub(crate) source: String,
    /// Arms it is in; empty means all.
    #[serde(default)]
    pub(crate) arms: Vec<String>,
    /// Whether the value must be found here; if not, because only a part of it stands here, it
    /// may be.
    #[serde(default = "yes")]
    pub(crate) required: bool,
}

/// The verdict that a claim must get.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerdictRow {
    pub(crate) claim: String,
    pub(crate) verdict: Verdict,
    /// Arms it is the verdict in; empty means all.
    #[serde(default)]
    pub(crate) arms: Vec<String>,
}

/// The answer that a question must get.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerRow {
    pub(crate) question: String,
    pub(crate) answer: Answer,
    /// Arms it is the answer in; empty means all.
    #[serde(default)]
    pub(crate) arms: Vec<String>,
}

/// When a value is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// In normal use.
    Use,
    /// After the visitor objected, on the same page.
    After,
    /// When the visitor comes back in a restarted browser.
    Again,
}

impl Moment {
    /// All of them, in the order of a run; the number of a seed is its moment's place here.
    pub const ALL: [Self; 3] = [Self::Use, Self::After, Self::Again];

    /// Its name in arms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Use => "use",
            Self::After => "after",
            Self::Again => "again",
        }
    }

    /// The number that seeds of this moment carry in their names.
    pub fn number(self) -> usize {
        self as usize + 1
    }

    /// Whether the visitor has objected by then.
    pub fn objected(self) -> bool {
        self != Self::Use
    }
}

/// What a seed of that kind stands for.
pub(crate) fn property(kind: &str) -> Option<Property> {
    match kind {
        "visit" | "unvisited" => Some(Property::BrowsingUrl),
        "search" | "note" => Some(Property::BrowsingSearch),
        "account" => Some(Property::PersonAccount),
        "email" => Some(Property::PersonEmail),
        "name" => Some(Property::PersonName),
        "control" => Some(Property::Control),
        _ => None,
    }
}

/// Whether a row that names these arms speaks of that one.
pub(crate) fn speaks_of(arms: &[String], arm: &str) -> bool {
    arms.is_empty() || arms.iter().any(|name| name == arm)
}

fn telemetry() -> SendKind {
    SendKind::Telemetry
}

fn event() -> String {
    "event".into()
}

fn yes() -> bool {
    true
}
