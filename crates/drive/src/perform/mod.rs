//! One run, made: phase after phase with a real browser, then read back.

mod environment;
mod readback;
mod stage;
mod steps;
mod windows;

use std::collections::BTreeMap;

use candor_case::{EventKind, GapReason};

use crate::{Bench, Cancel, DriveError, Installation, PlannedRun, Profile, Progress, Step};
pub use readback::Difference;
use stage::Stage;

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Performed {
    /// How it ended.
    pub ended: Ended,
    /// What a stranger needs to repeat it, for `run.json`.
    pub environment: BTreeMap<String, String>,
    /// Where the browser was not what the plan wanted. Any of these voids the run.
    pub differences: Vec<Difference>,
    /// Actions that were seen to succeed.
    pub confirmed: u32,
    /// Actions that were not, each with the reason. Each is a gap among the events too.
    pub failed: Vec<String>,
    /// Frames of the film.
    pub frames: u32,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything was done.
    Done,
    /// The operator ended it.
    Cancelled,
    /// The browser failed; the plan goes on without the rest of this run.
    Failed(String),
}

impl Performed {
    /// Why the run counts for nothing; `None` when it counts.
    pub fn voided(&self) -> Option<String> {
        let words: Vec<_> = self.differences.iter().map(Difference::to_string).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// Whether everything was done, so that what the plan awaited was indeed awaited.
    pub fn is_whole(&self) -> bool {
        self.ended == Ended::Done
    }
}

/// Makes one run with an installed browser, through the bench's proxy and nothing else.
///
/// Phase marks, confirmed actions and gaps are written to the bench as they happen. A browser that
/// fails or an operator who ends the run is no error: what was recorded stands, and [`Performed`]
/// says how it ended. Errors are the operator's (a missing tool, a proxy elsewhere) or the disk's.
pub async fn perform(
    run: &PlannedRun,
    installation: &Installation,
    profile: &Profile,
    bench: &dyn Bench,
    cancel: &Cancel,
) -> Result<Performed, DriveError> {
    if !bench.proxy().ip().is_loopback() {
        return Err(DriveError::ProxyElsewhere(bench.proxy()));
    }
    let mut stage = Stage::open(run, installation, profile, bench).await?;
    let ended = tokio::select! {
        ended = script(&mut stage) => ended,
        () = cancel.cancelled() => Err(DriveError::Cancelled),
    };
    let ended = match ended {
        Ok(()) => Ended::Done,
        Err(DriveError::Cancelled) => Ended::Cancelled,
        Err(error) if error.is_subjects() => {
            let words = stage.post_mortem(&error);
            stage.gap(&words);
            Ended::Failed(words)
        }
        Err(error) => {
            stage.leave().await;
            return Err(error);
        }
    };
    stage.leave().await;
    Ok(stage.result(ended))
}

async fn script(stage: &mut Stage<'_>) -> Result<(), DriveError> {
    let phases = &stage.run.phases;
    for (done, phase) in phases.iter().enumerate() {
        for step in &phase.before {
            one(stage, step).await?;
        }
        stage
            .bench
            .event(EventKind::Phase { name: phase.name.clone(), session: phase.session.clone() });
        stage.bench.progress(&Progress {
            run: &stage.run.run.id,
            phase: &phase.name,
            done,
            phases: phases.len(),
            left_s: phases.iter().skip(done).map(crate::PlannedPhase::seconds).sum(),
        });
        for step in &phase.steps {
            one(stage, step).await?;
        }
        stage.screenshot(done, &phase.name).await;
    }
    Ok(())
}

/// Does one step. An action that fails is a gap and the run goes on, as long as the browser lives.
async fn one(stage: &mut Stage<'_>, step: &Step) -> Result<(), DriveError> {
    let began = stage.bench.now();
    let (name, seeds, outcome) = match step {
        Step::Start => return stage.start().await,
        Step::Stop => return stage.stop().await,
        Step::Crash => return stage.crash().await,
        Step::Idle(seconds) => return stage.idle(*seconds).await,
        Step::TurnOff(collection) => {
            stage.turn_off(*collection);
            return Ok(());
        }
        // In the wrong window nothing more may be planted: without the right one the run is over.
        Step::Turn(window) => return stage.turn_to(*window).await,
        Step::ClearData => ("clear_data", &[][..], stage.clear().await),
        Step::Open { name, seed, url } => {
            (name.as_str(), std::slice::from_ref(seed), stage.open_address(url).await)
        }
        Step::Type { name, seeds, text, enter } => {
            (name.as_str(), seeds.as_slice(), stage.type_text(text, *enter).await)
        }
    };
    match outcome {
        Ok(()) => stage.confirmed(name, seeds, began),
        Err(error @ DriveError::Gone { .. }) => return Err(error),
        Err(error) if error.is_subjects() => stage.unconfirmed(name, &error),
        Err(error) => return Err(error),
    }
    Ok(())
}

/// A gap that the subject itself caused.
fn gap(detail: &str) -> EventKind {
    EventKind::Gap {
        reason: GapReason::SubjectFailed,
        host: String::new(),
        bytes: None,
        detail: detail.to_owned(),
    }
}
