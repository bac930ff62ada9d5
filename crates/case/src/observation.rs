//! Observations: values at places, not yet known to mean anything. What link works on.

use serde::{Deserialize, Serialize};

use crate::{ExchangeId, Property, RunId};

/// A value that was sent, at a place. Observations of one case are sorted by their fields in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Observation {
    /// Host it was sent to.
    pub host: String,
    /// Its path with the numbers taken out: `request.body > gzip > $[*].clientId`.
    pub place_pattern: String,
    /// The run.
    pub run: RunId,
    /// The session it lies in; empty if the run marks none.
    #[serde(default)]
    pub session: String,
    /// The exchange.
    pub exchange: ExchangeId,
    /// Length of the whole value in bytes.
    pub length: u64,
    /// SHA-256 of the whole value, first 16 bytes, in hex.
    pub digest: String,
    /// At most 256 bytes of it, control characters escaped.
    pub value: String,
    /// The documented field it stands in, `service/field`; empty if none is known.
    pub documented: String,
    /// What that documentation says the value is.
    pub property: Option<Property>,
}
