//! Writes `analysis/`: always re-derivable from the rest of the case, replaced as a whole.

use std::path::Path;

use anyhow::{Context, Result};
use candor_case::{Claim, Observation};
use candor_evidence::{CaseDir, write_json, write_jsonl};
use serde::Serialize;

use crate::audit::Audit;

#[derive(Serialize)]
struct Coverage<'a> {
    schema: &'static str,
    /// Values that were searched, but not compared across runs: beyond 64 per place and run.
    unlinked_values: u64,
    #[serde(flatten)]
    coverage: &'a candor_case::Coverage,
}

/// Writes everything an audit derived, and the claims that it judged, wherever they came from.
pub(crate) fn analysis(
    dir: &CaseDir,
    audit: &Audit,
    claims: &[Claim],
    observations: &[Observation],
    unlinked_values: u64,
) -> Result<()> {
    let fill = |to: &Path| {
        write_jsonl(&to.join("claims.jsonl"), claims)?;
        write_jsonl(&to.join("findings.jsonl"), &audit.findings)?;
        write_jsonl(&to.join("exhibits.jsonl"), &audit.exhibits)?;
        write_jsonl(&to.join("identifiers.jsonl"), &audit.identifiers)?;
        write_jsonl(&to.join("links.jsonl"), &audit.links)?;
        write_jsonl(&to.join("requests.jsonl"), &audit.requests)?;
        write_jsonl(&to.join("observations.jsonl"), observations)?;
        let coverage =
            Coverage { schema: "candor.coverage/1", unlinked_values, coverage: &audit.coverage };
        write_json(&to.join("coverage.json"), &coverage)?;
        write_json(&to.join("verdicts.json"), &audit.verdicts)
    };
    dir.replace_analysis(fill).context("analysis/")
}
