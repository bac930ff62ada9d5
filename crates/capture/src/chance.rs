//! Time and randomness, handed in so that tests and specimens can set both.

use std::sync::Arc;

use candor_case::UnixMicros;
use ring::rand::{SecureRandom, SystemRandom};

/// Tells the time of the run; called from any thread.
pub type Clock = Arc<dyn Fn() -> UnixMicros + Send + Sync>;

/// Where random bytes come from.
///
/// They make serial numbers and exchange ids. Keys and signatures always draw on the operating
/// system, whatever is handed in: a test may know a serial number, nobody may know a key.
pub trait Randomness: Send + Sync {
    /// Fills `out` with random bytes.
    fn fill(&self, out: &mut [u8]);
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Randomness for System {
    fn fill(&self, out: &mut [u8]) {
        // Invariant: the kernel's source fails only before it is seeded at boot, and then it waits.
        SystemRandom::new().fill(out).expect("the operating system hands out random bytes");
    }
}
