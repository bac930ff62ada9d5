//! WARC/1.1 records (ISO 28500): bytes to records and back, and nothing else. What a record
//! *means* in a case is for `evidence` to say, what it means in a stranger's file for `import`.
//!
//! Reading copies no block: records borrow from the bytes handed in, which may be a mapped file of
//! any size. Damage is a value with an offset and a reason; the reader goes on at the next line
//! that starts a record.

mod chunked;
mod digest;
mod fields;
pub mod http;
mod reader;
mod writer;

pub use digest::{BlockDigest, matches as digest_matches};
pub use fields::Fields;
pub use reader::{Damage, DamageReason, Item, LOOK_AHEAD, MAX_HEADER, Reader, Record, Step};
pub use writer::{TAIL, header, write_record};
