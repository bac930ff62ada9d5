//! What judge is handed: runs, findings, identifiers and counts.

use candor_case::{
    Arm, Coverage, ExchangeId, Finding, Identifier, Party, Property, Run, RunId, Sender, Spikes,
    Subject,
};

/// Everything that a verdict can rest on.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Who is examined.
    pub subject: Subject,
    /// Digest of the claims that are judged, as runs carry it under `claims`.
    pub claims_digest: String,
    /// The runs, by name.
    pub runs: Vec<RunEvidence>,
    /// The findings, control values included.
    pub findings: Vec<Finding>,
    /// The identifiers.
    pub identifiers: Vec<Identifier>,
    /// Who sent how much to whom, by phase.
    pub traffic: Vec<Traffic>,
}

/// What one run contributes.
#[derive(Clone, Debug, Default)]
pub struct RunEvidence {
    /// The run.
    pub run: Run,
    /// What of its requests could be read.
    pub coverage: Coverage,
    /// What became of its control.
    pub control: Control,
    /// Spikes put into its bodies.
    pub spikes: Spikes,
    /// Names of its phases, in order.
    pub phases: Vec<String>,
    /// The actions that planted something in it.
    pub planted: Vec<Action>,
}

/// An action that planted a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What the value stands for.
    pub property: Property,
    /// The arm it was planted in, which need not be that of the run: a private window may stand
    /// beside a normal one.
    pub arm: Arm,
    /// Whether it was confirmed.
    pub confirmed: bool,
}

/// What became of a run's control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Control {
    /// It was sent and found.
    Found,
    /// It was sent and not found.
    Lost,
    /// None was sent, as in recordings that others made.
    #[default]
    Unsent,
    /// None was sent; a visited address that was read at its own site serves as one.
    Visit,
}

/// Requests of one run and phase to one host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Traffic {
    /// The run.
    pub run: RunId,
    /// Position of the phase among the run's phase marks, from 0; `None` before the first.
    pub phase_index: Option<u32>,
    /// Name of the phase; empty before the first.
    pub phase: String,
    /// The host.
    pub host: String,
    /// Which party it is.
    pub party: Party,
    /// Who sent.
    pub sender: Sender,
    /// Whether these are requests to delete.
    pub erasure: bool,
    /// Requests.
    pub requests: u64,
    /// One of them.
    pub example: ExchangeId,
}

impl Evidence {
    /// Whether some run was recorded before these claims were fixed.
    pub(crate) fn post_hoc(&self) -> bool {
        self.runs.iter().any(|known| known.run.digests.get("claims") != Some(&self.claims_digest))
    }

    /// The run of that name.
    pub(crate) fn run(&self, id: &RunId) -> Option<&RunEvidence> {
        self.runs.iter().find(|known| known.run.id == *id)
    }
}
