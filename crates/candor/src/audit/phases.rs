//! A run's timeline: which phase and session a moment lies in, and what was confirmed.

use std::collections::BTreeSet;

use candor_case::{
    ConnectionId, Event, EventKind, Gap, GapReason, Phase, Run, TlsSide, UnixMicros,
};

/// Phases after which collection is off.
const OFF: [&str; 4] = ["turn_off", "collection_off", "opt_out", "switch_off"];

/// What a run's events say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    phases: Vec<Phase>,
    /// Seeds whose planting was confirmed.
    pub(crate) confirmed: BTreeSet<String>,
    /// What the recorder could not record.
    pub(crate) gaps: Vec<Gap>,
    /// Position of the phase that turned collection off.
    off: Option<u32>,
}

impl Timeline {
    /// Reads a run's events, which may come in any order.
    pub(crate) fn of(run: &Run, mut events: Vec<Event>) -> Self {
        events.sort_by_key(|event| event.at);
        let mut timeline = Self::default();
        let mut stopped = false;
        let mut connections: BTreeSet<ConnectionId> = BTreeSet::new();
        for event in events {
            match event.kind {
                EventKind::Phase { name, session } => timeline.mark(name, session, event.at),
                EventKind::Action { seed: Some(seed), .. } => {
                    timeline.confirmed.insert(seed);
                }
                EventKind::Connection { id, .. } => {
                    connections.insert(id);
                }
                EventKind::TlsRefused { side: TlsSide::Client, host, why, .. } => {
                    timeline.gap(GapReason::TlsRefused, host, None, why);
                }
                EventKind::TlsRefused { side: TlsSide::Upstream, host, why, .. } => {
                    timeline.gap(GapReason::UpstreamFailed, host, None, why);
                }
                EventKind::Gap { reason, host, bytes, detail } => {
                    timeline.gap(reason, host, bytes, detail);
                }
                EventKind::Stopped => stopped = true,
                _ => {}
            }
        }
        if !stopped && !connections.is_empty() {
            let why = format!("{} was not ended in good order", run.id.0);
            timeline.gap(GapReason::NotStopped, String::new(), None, why);
        }
        timeline
    }

    fn mark(&mut self, name: String, session: String, started: UnixMicros) {
        if OFF.contains(&name.as_str()) && self.off.is_none() {
            self.off = Some(self.phases.len() as u32);
        }
        self.phases.push(Phase { name, session, started });
    }

    fn gap(&mut self, reason: GapReason, host: String, bytes: Option<u64>, example: String) {
        let bytes = bytes.unwrap_or(0);
        self.gaps.push(Gap { reason, host, count: 1, bytes, largest: bytes, example });
    }

    /// Names of the phases, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.phases.iter().map(|phase| phase.name.clone()).collect()
    }

    /// Position and phase of a moment; `None` before the first mark.
    pub(crate) fn at(&self, moment: UnixMicros) -> Option<(u32, &Phase)> {
        let after = self.phases.partition_point(|phase| phase.started <= moment);
        let index = after.checked_sub(1)?;
        Some((index as u32, &self.phases[index]))
    }

    /// The first phase of that name, with its position.
    pub(crate) fn named(&self, name: &str) -> Option<(u32, &Phase)> {
        let index = self.phases.iter().position(|phase| phase.name == name)?;
        Some((index as u32, &self.phases[index]))
    }

    /// Whether collection is off in that phase.
    pub(crate) fn is_off(&self, phase: u32) -> bool {
        self.off.is_some_and(|off| phase >= off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(at: i64, name: &str) -> Event {
        let kind = EventKind::Phase { name: name.into(), session: "s".into() };
        Event { at: UnixMicros(at), kind }
    }

    #[test]
    fn a_moment_lies_in_the_last_phase_that_began() {
        let line = Timeline::of(&Run::default(), vec![mark(30, "turn_off"), mark(10, "visit")]);
        assert!(line.at(UnixMicros(9)).is_none());
        assert_eq!(line.at(UnixMicros(10)).map(|(_, p)| p.name.as_str()), Some("visit"));
        assert_eq!(line.at(UnixMicros(31)).map(|(i, _)| i), Some(1));
        assert!(line.is_off(1) && !line.is_off(0));
    }
}
