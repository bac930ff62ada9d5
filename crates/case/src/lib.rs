//! Every noun that candor writes down. Nothing in this crate acts: the verbs
//! (peel, detect, link, judge) stand beside each other above it and share only
//! these types, so what one stage hands to the next can always be read on disk.
//!
//! A type enters only if it is written into a case or is what a case's records
//! are read into.

mod claim;
mod coverage;
mod event;
mod exchange;
mod finding;
mod identifier;
mod key;
mod layer;
mod observation;
mod pattern;
mod place;
mod property;
mod run;
mod seed;
mod subject;
mod time;
mod verdict;

pub use claim::{AppliesTo, Claim, Needs, Question, Rule, RuleError, RuleKind, RuleText, Source};
pub use coverage::{Coverage, Gap, GapReason};
pub use event::{ConnectionId, Event, EventKind, TlsSide};
pub use exchange::{
    Body, Direction, Exchange, ExchangeId, ExchangeKind, Header, Importer, Missing, Opcode, Origin,
    Provenance, Request, Response,
};
pub use finding::{
    Exhibit, ExhibitLayer, Finding, FindingKind, Party, Planted, Recipient, Seen, Sender, Timing,
};
pub use identifier::{Basis, Identifier, IdentifierValue, Link, Scope};
pub use key::{Cipher, IvRule, Key, Keys};
pub use layer::{Damage, End, Layer, LayerId, Limit, Opening, Step, Tree};
pub use observation::Observation;
pub use pattern::{path_steps, pattern, step_pattern};
pub use place::{ByteSpan, Place, key_step};
pub use property::Property;
pub use run::{Arm, Continues, Grade, Phase, Run, RunId};
pub use seed::{Seed, Seeds};
pub use subject::{CONTROL_HOST, CaseFile, Subject};
pub use time::UnixMicros;
pub use verdict::{Answer, Controls, QuestionResult, Spikes, Verdict, VerdictResult, Verdicts};
