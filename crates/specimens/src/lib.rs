//! Subjects whose truth is written down before they run, and the small web they browse.
//!
//! Each subject is a program with a browser's outside: it opens pages, sends what its data file
//! says, over real TLS through whatever proxy the bench names, and nothing else. Its encoders are
//! its own: candor's decoders are examined here, so they may not be lent. Everything a subject
//! sends, and everything it is answered, says SIMULATED; every host is a reserved name.
//!
//! [`Specimen::plan`] says what is done in which run, [`Specimen::perform`] does one run, and
//! [`Specimen::truth`] says what must come of it.

mod bench;
mod browser;
mod client;
mod error;
pub mod grid;
mod lab;
mod perform;
mod plan;
mod random;
pub mod sdk;
mod specimen;
mod truth;
mod wire;

pub use bench::Bench;
pub use error::SpecimenError;
pub use lab::{Lab, LabAnswer, LabFile};
pub use perform::{Devices, Performed};
pub use plan::{Device, PlannedRun, Planted, Step};
pub use specimen::{DEFAULT_PHRASE, Specimen, specimen, subjects};
pub use truth::{
    Behaviour, Decoy, KnownKey, Opaque, SendKind, Sends, Silent, TrueAnswer, TrueIdentifier,
    TrueVerdict, Truth,
};
pub use wire::{HARD_CODED_KEY, MISTAT_IV};
