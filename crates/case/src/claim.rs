//! Claims and questions: what a maker said, what candor asks, and the rule that tests it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Arm, Party, Property, Scope};

/// A verbatim quote of the maker with its source and the rule that tests it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Unique within the file.
    pub id: String,
    /// The maker's own words.
    pub says: String,
    /// Where and when they were said.
    pub source: Source,
    /// What they were said about; outside it they are not judged.
    #[serde(default)]
    pub applies_to: AppliesTo,
    /// The rule in words, as candor reads the quote.
    pub reading: String,
    /// The rule.
    pub rule: Rule,
    /// What a verdict of "not contradicted" needs.
    #[serde(default)]
    pub needs: Needs,
}

/// What candor asks of a subject whatever its maker said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Unique within the file.
    pub id: String,
    /// The question.
    pub asks: String,
    /// The rule whose breach answers "observed".
    pub rule: Rule,
    /// What an answer of "not observed" needs.
    #[serde(default)]
    pub needs: Needs,
}

/// Where and when something was said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Where it can be read.
    pub url: String,
    /// When it was said, as YYYY-MM-DD.
    pub date: String,
    /// Digest of the archived copy, `sha256:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// A word on the source for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What a claim was said about. An empty list means "any".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppliesTo {
    /// Product name; empty means any.
    #[serde(default)]
    pub product: String,
    /// Versions.
    #[serde(default)]
    pub versions: Vec<String>,
    /// Regions.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Values of the arm's `mode`.
    #[serde(default)]
    pub modes: Vec<String>,
    /// First and last date, as YYYY-MM-DD; either may be empty.
    #[serde(default)]
    pub dates: Vec<String>,
}

/// What silence must rest on before it counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Needs {
    /// Share of sent bytes that must be explained, 0 to 1.
    pub explained: f64,
    /// Whether the control must have been found in every run.
    pub control: bool,
    /// How many runs there must be.
    pub runs: u32,
}

impl Default for Needs {
    fn default() -> Self {
        Self { explained: 0.9, control: true, runs: 2 }
    }
}

/// A rule with the recipients and arms that it speaks of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RuleText", into = "RuleText")]
pub struct Rule {
    /// The shape.
    pub kind: RuleKind,
    /// Parties it speaks of; empty means everyone but visited sites.
    pub to: Vec<Party>,
    /// Arms it speaks of: a value counts when it was *planted* in such an arm.
    pub when: Arm,
}

/// The shapes that a rule can have.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleKind {
    /// None of these properties is sent.
    Never(Vec<Property>),
    /// No property but these is sent.
    Only(Vec<Property>),
    /// No identifier ties records together beyond this scope.
    NotLinkable(Scope),
    /// Nothing is sent after this phase began.
    SilentAfter(String),
    /// Nothing is sent to anyone but these sites.
    Recipients(Vec<String>),
    /// No record carries both an identifier and the time of its own action.
    Aggregated,
    /// Payloads cannot be read without a key.
    Keyed,
    /// The identifier changes within the interval.
    Renewed {
        /// What kind of identifier.
        identifier: Property,
        /// Days.
        days: u32,
    },
    /// Nothing seen from outside can settle it.
    NotTestable(String),
}

/// A rule as written in TOML.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the keys are documented on `RuleKind` and `Rule`")]
pub struct RuleText {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never: Option<Vec<Property>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<Property>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_linkable: Option<Scope>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silent_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipients: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregated: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keyed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewed: Option<Renewed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_testable: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Party>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub when: BTreeMap<String, String>,
}

/// `renewed = { identifier = "app.install_id", days = 90 }`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewed {
    /// What kind of identifier.
    pub identifier: Property,
    /// Interval in days.
    pub days: u32,
}

/// Why a rule cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError(pub String);

impl std::fmt::Display for RuleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RuleError {}

const SHAPES: &str =
    "never, only, not_linkable, silent_after, recipients, aggregated, keyed, renewed, not_testable";

impl TryFrom<RuleText> for Rule {
    type Error = RuleError;

    fn try_from(text: RuleText) -> Result<Self, Self::Error> {
        let flag = |name: &str, on: Option<bool>, kind: RuleKind| match on {
            Some(false) => Err(RuleError(format!("`{name} = false` says nothing, leave it out"))),
            Some(true) => Ok(Some(kind)),
            None => Ok(None),
        };
        let shapes = [
            text.never.map(RuleKind::Never),
            text.only.map(RuleKind::Only),
            text.not_linkable.map(RuleKind::NotLinkable),
            text.silent_after.map(RuleKind::SilentAfter),
            text.recipients.map(RuleKind::Recipients),
            flag("aggregated", text.aggregated, RuleKind::Aggregated)?,
            flag("keyed", text.keyed, RuleKind::Keyed)?,
            text.renewed.map(|r| RuleKind::Renewed { identifier: r.identifier, days: r.days }),
            text.not_testable.map(RuleKind::NotTestable),
        ];
        let mut shapes = shapes.into_iter().flatten();
        let (Some(kind), None) = (shapes.next(), shapes.next()) else {
            return Err(RuleError(format!("a rule has exactly one of {SHAPES}")));
        };
        Ok(Self { kind, to: text.to, when: Arm(text.when) })
    }
}

impl From<Rule> for RuleText {
    fn from(rule: Rule) -> Self {
        let mut text = Self { to: rule.to, when: rule.when.0, ..Self::default() };
        match rule.kind {
            RuleKind::Never(list) => text.never = Some(list),
            RuleKind::Only(list) => text.only = Some(list),
            RuleKind::NotLinkable(scope) => text.not_linkable = Some(scope),
            RuleKind::SilentAfter(phase) => text.silent_after = Some(phase),
            RuleKind::Recipients(sites) => text.recipients = Some(sites),
            RuleKind::Aggregated => text.aggregated = Some(true),
            RuleKind::Keyed => text.keyed = Some(true),
            RuleKind::Renewed { identifier, days } => {
                text.renewed = Some(Renewed { identifier, days });
            }
            RuleKind::NotTestable(why) => text.not_testable = Some(why),
        }
        text
    }
}
