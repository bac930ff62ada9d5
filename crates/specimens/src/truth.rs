//! The truth about a subject, as its data file says it before the subject runs.

use candor_case::{Answer, Arm, FindingKind, Property, Scope, Verdict};
use serde::{Deserialize, Serialize};

mod fit;

/// `truth.toml`: everything a subject sends, and what must be made of it. The world is closed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// Every kind of request that the subject sends.
    #[serde(default)]
    pub sends: Vec<Sends>,
    /// What must be found.
    #[serde(default)]
    pub behaviour: Vec<Behaviour>,
    /// What ties records together, and how long it lives.
    #[serde(default)]
    pub identifier: Vec<TrueIdentifier>,
    /// What must be reported as unread.
    #[serde(default)]
    pub opaque: Vec<Opaque>,
    /// Keys that are built into the subject: with them, what is opaque can be read.
    #[serde(default)]
    pub key: Vec<KnownKey>,
    /// What is planted and never sent to anyone but its own site: it must not be found.
    #[serde(default)]
    pub decoy: Vec<Decoy>,
    /// Arms in which nothing that is planted leaves.
    #[serde(default)]
    pub silent: Vec<Silent>,
    /// The verdict on each claim.
    #[serde(default)]
    pub verdict: Vec<TrueVerdict>,
    /// The answer to each question.
    #[serde(default)]
    pub answer: Vec<TrueAnswer>,
}

/// One kind of request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sends {
    /// Unique within the file.
    pub id: String,
    /// Why it is sent.
    pub kind: SendKind,
    /// HTTP method.
    pub method: String,
    /// Host; `*` stands for any characters.
    pub host: String,
    /// Path without query; `*` stands for any characters.
    pub path: String,
    /// What is sent.
    pub what: String,
    /// Where that is documented.
    pub source: String,
}

/// Why a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendKind {
    /// The subject tells its maker something.
    Telemetry,
    /// A crash report.
    Crash,
    /// A page or file that the person asked for.
    Visit,
    /// A search that the person made.
    SearchEngine,
    /// The known leak of the bench.
    Control,
}

/// Something that must be found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// Unique within the file.
    pub id: String,
    /// In words.
    pub what: String,
    /// Where that is documented.
    pub source: String,
    /// Whether a planted value or a documented field shows it.
    pub kind: FindingKind,
    /// What it is.
    pub property: Property,
    /// Who gets it.
    pub host: String,
    /// The place, with `[*]` for every index.
    pub path: String,
    /// The kind of seed that shows it, such as `visit` for the seeds `…/visit-1`, `…/visit-2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// The arm it was planted in (of a documented field: seen in), or part of it.
    #[serde(default)]
    pub planted: Arm,
}

/// A value that ties records together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrueIdentifier {
    /// In words.
    pub what: String,
    /// Who gets it.
    pub host: String,
    /// The place, with `[*]` for every index.
    pub place_pattern: String,
    /// What it is; candor need not know that where it found it by difference alone.
    pub property: Property,
    /// How far it ties records together, as far as this subject's plan shows.
    pub scope: Scope,
    /// Steps that it must be seen to outlive, at least.
    #[serde(default)]
    pub outlived: Vec<String>,
    /// Steps that must be seen to end it, at least.
    #[serde(default)]
    pub ended_by: Vec<String>,
    /// Where that is documented.
    pub source: String,
}

/// Something that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opaque {
    /// Who gets it.
    pub host: String,
    /// Why it cannot be read.
    pub reason: String,
}

/// A key that is built into the subject, so that a file of services can carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownKey {
    /// In words.
    pub what: String,
    /// Hosts that get what it opens.
    pub host: String,
    /// `aes-128-cbc`, with PKCS#7 padding.
    pub cipher: String,
    /// The step that it opens.
    pub step: String,
    /// How the ciphertext is written there: `hex`.
    pub written: String,
    /// The key, ASCII.
    pub key: String,
    /// The initialisation vector of every message, ASCII.
    pub iv: String,
    /// The step that the opened text holds the key of, in hex, for the same cipher and vector.
    pub opens: String,
    /// What stands behind that key in the opened text.
    pub until: String,
}

/// Something planted that must not be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decoy {
    /// The kind of seed, as in [`Behaviour::seed`].
    pub id: String,
    /// In words.
    pub what: String,
    /// What it stands for.
    pub property: Property,
}

/// An arm in which nothing that is planted leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silent {
    /// The arm, or part of it.
    pub arm: Arm,
    /// Where that is documented.
    pub source: String,
}

/// The verdict that a claim must get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrueVerdict {
    /// The claim.
    pub claim: String,
    /// Its verdict.
    pub verdict: Verdict,
}

/// The answer that a question must get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrueAnswer {
    /// The question.
    pub question: String,
    /// Its answer.
    pub answer: Answer,
}
