//! A moment, in microseconds, so that no one has to guess the unit.

use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z, by the clock of the run that wrote it.
///
/// In a clock-shifted run this is the subject's own (shifted) time; `Run::clock_offset_s`
/// says by how much it differs from the bench's.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMicros(pub i64);

impl UnixMicros {
    /// Whole milliseconds since the epoch, rounded down.
    pub fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The moment `seconds` later (or earlier, when negative).
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}
