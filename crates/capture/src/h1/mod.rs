//! HTTP/1 on both sides: bytes pass as they came, a parser beside them reads what they say.

pub(crate) mod body;
mod forward;
pub(crate) mod head;
mod local;
mod pass;
mod serve;

pub(crate) use serve::{Far, Place, Serving};
