//! What a report shows: the case as it stands on disk.

use candor_case::{CaseFile, Coverage, Exhibit, Finding, Identifier, Property, Run, Verdicts};
use serde::Serialize;

/// A case as it stands on disk, read once.
#[derive(Clone, Debug, Default, Serialize)]
pub struct View {
    /// The case's name (its folder).
    pub name: String,
    /// Subject and question.
    pub case: CaseFile,
    /// The runs, by name.
    pub runs: Vec<Run>,
    /// Verdicts and answers.
    pub verdicts: Verdicts,
    /// The findings, in the order of the file.
    pub findings: Vec<Finding>,
    /// Their exhibits.
    pub exhibits: Vec<Exhibit>,
    /// The identifiers.
    pub identifiers: Vec<Identifier>,
    /// Coverage of the whole case.
    pub coverage: Coverage,
}

impl View {
    /// The finding of that id.
    pub fn finding(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.id == id)
    }

    /// The exhibit of that finding.
    pub fn exhibit(&self, finding: &str) -> Option<&Exhibit> {
        self.exhibits.iter().find(|exhibit| exhibit.finding == finding)
    }

    /// Findings that say something about a person or a device: candor's own control left out.
    pub(crate) fn shown_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.property != Property::Control)
    }
}
