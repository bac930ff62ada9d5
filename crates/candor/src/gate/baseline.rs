//! The baseline: the contradictions that are known already.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::gate::Shown;

/// Schema of the file.
const SCHEMA: &str = "candor.baseline/1";
/// A file of ours is far smaller, in bytes.
const LARGEST: u64 = 64 << 20;

/// A baseline file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// `candor.baseline/1`.
    pub schema: String,
    /// What was contradicted when it was written, and how.
    pub contradicted: BTreeSet<Shown>,
}

impl Baseline {
    /// What is known from now on.
    pub fn of(contradicted: BTreeSet<Shown>) -> Self {
        Self { schema: SCHEMA.into(), contradicted }
    }

    /// Reads a baseline.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let size = std::fs::metadata(path)
            .with_context(|| format!("{name}: no baseline; write one with --write-baseline"))?
            .len();
        if size > LARGEST {
            bail!("{name}: too large for a baseline; write one with --write-baseline");
        }
        let text =
            std::fs::read_to_string(path).with_context(|| format!("{name}: cannot be read"))?;
        let read: Self = serde_json::from_str(&text)
            .with_context(|| format!("{name}: no baseline; write one with --write-baseline"))?;
        if read.schema != SCHEMA {
            bail!("{name}: the schema is `{}`, this candor reads {SCHEMA}", read.schema);
        }
        Ok(read)
    }

    /// Writes it, for people to review and keep beside their code.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        std::fs::write(path, text).with_context(|| format!("{}: not written", path.display()))
    }
}
