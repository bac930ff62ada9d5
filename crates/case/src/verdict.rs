//! Verdicts: what the evidence says of each claim, and what that rests on.

use serde::{Deserialize, Serialize};

use crate::{Coverage, Source};

/// What the evidence says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The evidence shows the opposite.
    Contradicted,
    /// Looked for under known conditions and not seen. Not "true".
    NotContradicted,
    /// The evidence does not decide.
    Inconclusive,
    /// Nothing seen from outside could decide.
    NotTestable,
}

/// What the evidence says of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Seen.
    Observed,
    /// Looked for under known conditions and not seen.
    NotObserved,
    /// The evidence does not decide.
    Inconclusive,
}

/// `verdicts.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdicts {
    /// Schema of this file: `candor.verdicts/1`.
    pub schema: String,
    /// Whether everything here comes from a built-in subject.
    pub simulated: bool,
    /// Whether candor stood in for the network, so that the subject only *tried* to send.
    pub sinkhole: bool,
    /// Whether the claims and rules were written down only after the recording, or differ from
    /// what was hashed into the runs before their first packet.
    #[serde(default)]
    pub post_hoc: bool,
    /// One per claim, in file order.
    pub claims: Vec<VerdictResult>,
    /// One per question, in file order.
    pub questions: Vec<QuestionResult>,
}

/// The verdict on one claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictResult {
    /// The claim.
    pub id: String,
    /// The maker's own words.
    pub says: String,
    /// Where they were said.
    pub source: Source,
    /// The rule in words.
    pub reading: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Contradicted by one run alone.
    #[serde(default)]
    pub seen_once: bool,
    /// Why, one sentence each.
    pub because: Vec<String>,
    /// The findings that show it, strongest first.
    pub findings: Vec<String>,
    /// The identifiers that show it.
    #[serde(default)]
    pub identifiers: Vec<String>,
    /// What silence excludes: `0 of 10 runs: …`; `None` where nothing is claimed by silence.
    pub bound: Option<String>,
    /// What the verdict rests on.
    pub coverage: Coverage,
    /// Control values found.
    pub controls: Controls,
    /// Spikes recovered.
    pub spikes: Spikes,
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestionResult {
    /// The question.
    pub id: String,
    /// Its words.
    pub asks: String,
    /// The answer.
    pub answer: Answer,
    /// Why, one sentence each.
    pub because: Vec<String>,
    /// The findings that show it, strongest first.
    pub findings: Vec<String>,
    /// The identifiers that show it.
    #[serde(default)]
    pub identifiers: Vec<String>,
    /// What silence excludes.
    pub bound: Option<String>,
    /// What the answer rests on.
    pub coverage: Coverage,
    /// Control values found.
    pub controls: Controls,
    /// Spikes recovered.
    pub spikes: Spikes,
}

/// Runs in which the known leak came through, and runs that sent none.
///
/// In a run that sent none, as in recordings that others made, a visited address that is read at
/// its own site serves as the control: it shows that such requests were recorded and can be read.
/// It is counted apart too, since nothing was leaked there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controls {
    /// Runs that were looked at.
    pub runs: u32,
    /// Runs in which the control was found.
    pub found: u32,
    /// Runs that have no control at all.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unsent: u32,
    /// Of those in which it was found, runs where a visited address served as the control.
    #[serde(default, skip_serializing_if = "is_none")]
    pub visits: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_none(runs: &u32) -> bool {
    *runs == 0
}

/// Seeds put into copies of the subject's own bodies, and how many were found there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spikes {
    /// Copies made.
    pub planted: u32,
    /// Copies in which the spike was found.
    pub recovered: u32,
}
