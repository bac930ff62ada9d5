//! How the guide goes from step to step.

use std::collections::BTreeSet;

use candor_case::EventKind;

use crate::guide::script::{Begins, Stage};
use crate::guide::{Guide, Place};

/// How far the person is.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) stage: usize,
    pub(crate) begun: bool,
    pub(crate) done: BTreeSet<usize>,
    /// Stages that were begun and not skipped before.
    pub(crate) walked: BTreeSet<&'static str>,
    /// Something has come through the proxy.
    pub(crate) proxied: bool,
    pub(crate) finished: bool,
    pub(crate) version: u64,
}

impl Guide {
    /// What a request shows by the way it came.
    pub(super) fn came(&self, place: Place) {
        self.change(|state, marks| {
            state.proxied |= place != Place::Direct;
            while let Some(stage) = self.stages.get(state.stage).filter(|_| !state.begun) {
                let shown = matches!(stage.begins, Begins::Installed | Begins::Trusted);
                if !shown || place != Place::Trusted {
                    return;
                }
                self.begin(state, marks);
                self.settle(state, marks);
            }
        });
    }

    pub(super) fn begin(&self, state: &mut State, marks: &mut Vec<EventKind>) {
        let Some(stage) = self.stages.get(state.stage).filter(|_| !state.begun) else { return };
        state.begun = true;
        state.walked.insert(stage.id);
        if let Some(name) = stage.phase {
            marks.push(EventKind::Phase { name: name.into(), session: stage.session.into() });
        }
    }

    pub(super) fn skip(&self, state: &mut State, marks: &mut Vec<EventKind>) {
        let Some(stage) = self.stages.get(state.stage) else { return };
        if state.stage + 1 < self.stages.len() || stage.phase.is_none() {
            let name = format!("skipped {}", stage.id);
            marks.push(EventKind::Action { name, seed: None, began: None });
            self.leave(state);
        }
    }

    fn leave(&self, state: &mut State) {
        state.done.clear();
        state.begun = false;
        state.stage += 1;
        let lacks = |stage: &Stage| stage.needs.is_some_and(|id| !state.walked.contains(id));
        while self.stages.get(state.stage).is_some_and(lacks) {
            state.stage += 1;
        }
    }

    /// Goes on as far as nothing is left to do. The last phase is ended by its button alone.
    pub(super) fn settle(&self, state: &mut State, marks: &mut Vec<EventKind>) {
        while let Some(stage) = self.stages.get(state.stage) {
            if !state.begun && stage.begins == Begins::AtOnce {
                self.begin(state, marks);
            }
            let last = state.stage + 1 == self.stages.len() && stage.phase.is_some();
            if !state.begun || last || state.done.len() < stage.tasks.len() {
                return;
            }
            self.leave(state);
        }
    }
}
