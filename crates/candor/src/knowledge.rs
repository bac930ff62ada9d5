//! What detection knows: the built-in services, the subject and the seeds.

use anyhow::{Context, Result};
use candor_case::{Seed, Subject};
use candor_detect::{Knowledge, Services};

/// Knowledge for one subject and these seeds.
pub fn of(subject: &Subject, seeds: &[Seed]) -> Result<Knowledge> {
    Knowledge::new(Services::built_in(), subject, seeds).context("seeds")
}
