//! What detection knows: the built-in services, the subject and the seeds.

use std::sync::LazyLock;

use anyhow::{Context, Result};
use candor_case::{Seed, Subject};
use candor_detect::{Knowledge, Services};

/// The built-in services, read once: every spike needs them anew.
static SERVICES: LazyLock<Services> = LazyLock::new(Services::built_in);

/// Knowledge for one subject and these seeds.
pub fn of(subject: &Subject, seeds: &[Seed]) -> Result<Knowledge> {
    Knowledge::new(SERVICES.clone(), subject, seeds).context("seeds")
}
