//! Findings: statements with their places.

use serde::{Deserialize, Serialize};

use crate::{Arm, ByteSpan, ExchangeId, Place, Property, RunId};

/// A statement with its place: what was sent, where it stands, who got it, why we believe it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Derived from exchange, place and reason; stable across audits.
    pub id: String,
    /// Why we believe it.
    pub kind: FindingKind,
    /// What it is.
    pub property: Property,
    /// The value as seen: at most 256 characters, control characters escaped.
    pub value: String,
    /// The seed that matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// How the seed was changed before it was sent, step by step; empty when it was sent as it is.
    pub derivation: Vec<String>,
    /// Where the value was planted; `None` when its seed names no run.
    pub planted: Option<Planted>,
    /// Where it was seen.
    pub seen: Seen,
    /// When it was seen, relative to its action.
    pub timing: Timing,
    /// The exchange that carried it.
    pub exchange: ExchangeId,
    /// Where in that exchange.
    pub place: Place,
    /// Who got it.
    pub recipient: Recipient,
    /// Who sent it.
    pub sender: Sender,
    /// Accidental matches of this kind expected in the whole case.
    pub chance: f64,
    /// The service and field that document it (`service_field`), with reason and source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documented: Option<String>,
}

/// Why a finding is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A planted value came back.
    SeededValue,
    /// A documented field of a known service.
    ServiceField,
    /// The value has a shape that checks.
    Shape,
}

/// Where a seeded value was planted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planted {
    /// The run.
    pub run: RunId,
    /// Its arm.
    pub arm: Arm,
    /// The phase; empty if not said.
    pub phase: String,
    /// The session of that phase; empty if not known.
    pub session: String,
}

/// Where a value was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The run.
    pub run: RunId,
    /// Its arm.
    pub arm: Arm,
    /// The phase in which it was sent; empty if not marked.
    pub phase: String,
    /// The session of that phase.
    pub session: String,
}

/// When a value was sent, relative to the action that planted it and to switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// In the phase of its action.
    Live,
    /// In a later phase.
    Late,
    /// After collection was turned off, about something from before.
    Backlog,
    /// After collection was turned off, about something from after.
    Breach,
    /// A request to delete.
    Erasure,
}

/// Who received something, and how we know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Recipient {
    /// Host name or address, lower-cased.
    pub host: String,
    /// Registrable domain (Public Suffix List; `candor.test` counts as a public suffix).
    pub site: String,
    /// Which party it is to the subject's user.
    pub party: Party,
    /// Whose it is; `None` if we have no evidence.
    pub organisation: Option<String>,
    /// The evidence for that, by kind: `name`, `service`, `case file`.
    pub evidence: Vec<String>,
}

/// Which party a recipient is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The subject's maker, as the case file lists its sites.
    Maker,
    /// A site that the person visited.
    Visited,
    /// Somebody else.
    Third,
    /// Not known, because the case names no maker.
    Unknown,
}

/// Who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sender {
    /// The subject itself.
    Subject,
    /// A page that it showed; said on positive evidence only.
    Page,
    /// An extension.
    Extension,
    /// Another program.
    Other,
    /// Not known.
    Unknown,
}

/// The windows of bytes that show a finding, layer by layer (`exhibits.jsonl`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exhibit {
    /// The finding.
    pub finding: String,
    /// Method and URL of the request, cut to 1024 characters, escaped.
    pub request: String,
    /// From the root to the layer that holds the value.
    pub layers: Vec<ExhibitLayer>,
}

/// One layer of an exhibit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExhibitLayer {
    /// The step that opened it.
    pub step: String,
    /// Its codec.
    pub codec: String,
    /// Length of the layer in bytes.
    pub length: u64,
    /// SHA-256 of the whole layer, in hex.
    pub sha256: String,
    /// The bytes of this layer that lead to the value.
    pub span: ByteSpan,
    /// Where the window begins in the layer.
    pub window_start: u64,
    /// At most 512 bytes around the span, in base64.
    pub window: String,
    /// The key that opened it, by its name, which says where it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}
