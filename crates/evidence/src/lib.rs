//! The case folder on disk: runs are added and never replaced, exchanges are appended to WARC
//! segments that survive kill -9, what can be derived again is replaced atomically.
//!
//! The record form of the segments is documented in [`form`].

mod case_dir;
mod date;
mod decode;
mod derive;
mod encode;
mod error;
mod escape;
mod events;
pub mod form;
mod head;
mod heads;
mod json;
mod leftover;
mod mapped;
mod open;
mod private;
mod records;
mod replace;
mod run_dir;
mod segment;
mod spool;
mod text;
mod writer;

pub use case_dir::CaseDir;
pub use derive::{sha256_hex, uuid_from};
pub use error::{EvidenceError, Result};
pub use json::{write_json, write_jsonl};
pub use mapped::map as map_file;
pub use open::ExchangeWriter;
pub use records::{Record, Records};
pub use run_dir::RunDir;
pub use text::{ClaimsFile, parse_case_file, parse_claims, parse_seeds};
pub use writer::{RunWriter, WriterOptions};

/// Which half of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// From the subject to the network.
    Request,
    /// From the network to the subject.
    Response,
}
