//! A run's timeline: which phase and session a moment lies in, and what was confirmed.

use std::collections::BTreeSet;

use candor_case::{
    Arm, ConnectionId, Event, EventKind, Gap, GapReason, Phase, Run, Seed, TlsSide, UnixMicros,
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
    /// Seconds that are added to the clock of the recording to get the subject's.
    offset_s: i64,
    /// The arm that held in each phase, where its actions say.
    arms: Vec<Option<Arm>>,
}

impl Timeline {
    /// Reads a run's events, which may come in any order.
    pub(crate) fn of(run: &Run, mut events: Vec<Event>) -> Self {
        events.sort_by_key(|event| event.at);
        let mut timeline = Self { offset_s: run.clock_offset_s, ..Self::default() };
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

    /// Learns from what was planted which arm held when. A run that changes on its way carries the
    /// arm that it ends in; an action that names another value of it speaks for its phase, and for
    /// those after it until another one does. What else an action's arm says is its own.
    pub(crate) fn learn(&mut self, run: &Run, seeds: &[Seed]) {
        let spoken = |seed: &Seed| {
            let mut arm = Arm::parse(seed.arm.as_deref()?).ok()?;
            arm.0.retain(|key, _| run.arm.0.contains_key(key));
            (!arm.0.is_empty()).then_some(arm)
        };
        let arm_of = |phase: &Phase| {
            let here = |seed: &&Seed| {
                seed.run.as_ref() == Some(&run.id.0) && seed.phase.as_ref() == Some(&phase.name)
            };
            let mut arms = seeds.iter().filter(here).filter_map(spoken);
            let first = arms.next()?;
            let mut held = run.arm.clone();
            held.0.extend(first.0.clone());
            arms.all(|arm| arm == first).then_some(held)
        };
        let mut held = None;
        let hold = |phase: &Phase| {
            held = arm_of(phase).or_else(|| held.take());
            held.clone()
        };
        self.arms = self.phases.iter().map(hold).collect();
    }

    /// The arm that held at a moment, where an action said so.
    pub(crate) fn arm_at(&self, moment: UnixMicros) -> Option<&Arm> {
        let (phase, _) = self.at(moment)?;
        self.arms.get(phase as usize)?.as_ref()
    }

    /// The first phase of that name, with its position.
    pub(crate) fn named(&self, name: &str) -> Option<(u32, &Phase)> {
        let index = self.phases.iter().position(|phase| phase.name == name)?;
        Some((index as u32, &self.phases[index]))
    }

    /// Whether a moment that the subject told, on its own clock, lies before collection was off.
    pub(crate) fn is_before_off(&self, told: Option<UnixMicros>) -> bool {
        let off = self.off.and_then(|off| self.phases.get(off as usize));
        let mine =
            |told: UnixMicros| told.0.saturating_sub(self.offset_s.saturating_mul(1_000_000));
        matches!((off, told), (Some(off), Some(told)) if mine(told) < off.started.0)
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
        assert!(line.is_before_off(Some(UnixMicros(29))));
        assert!(!line.is_before_off(Some(UnixMicros(30))) && !line.is_before_off(None));
        let shifted = Run { clock_offset_s: 1, ..Run::default() };
        let line = Timeline::of(&shifted, vec![mark(30, "turn_off")]);
        assert!(line.is_before_off(Some(UnixMicros(1_000_029))));
    }

    #[test]
    fn what_is_sent_while_two_windows_are_open_belongs_to_neither() {
        let mut run = Run::default();
        run.id.0 = "r".into();
        run.arm = Arm::parse("collection=on,windows=both").unwrap();
        let marks = ["visit", "private_visit", "idle"];
        let marks = marks.iter().zip(0..).map(|(name, at)| mark(at * 10, name)).collect();
        let mut line = Timeline::of(&run, marks);
        let seed = |phase: &str, window: &str| Seed {
            id: phase.into(),
            value: "v".into(),
            property: candor_case::Property::BrowsingUrl,
            sites: None,
            run: Some("r".into()),
            arm: Some(format!("collection=on,mode={window},windows=both")),
            phase: Some(phase.into()),
        };
        line.learn(&run, &[seed("visit", "normal"), seed("private_visit", "private")]);
        for at in [5, 15, 25] {
            let held = line.arm_at(UnixMicros(at)).unwrap_or(&run.arm);
            assert_eq!(*held, run.arm, "no mode of its own at {at}");
        }
    }

    #[test]
    fn the_arm_of_an_action_holds_until_another_says_otherwise() {
        let mut run = Run::default();
        run.id.0 = "r".into();
        run.arm = Arm::parse("collection=off,mode=normal").unwrap();
        let marks = ["first_start", "use", "idle", "after", "idle"];
        let marks = marks.iter().zip(0..).map(|(name, at)| mark(at * 10, name)).collect();
        let mut line = Timeline::of(&run, marks);
        let seed = |phase: &str, arm: &str| Seed {
            id: format!("{phase}-{arm}"),
            value: "v".into(),
            property: candor_case::Property::BrowsingUrl,
            sites: None,
            run: Some("r".into()),
            arm: Some(arm.into()),
            phase: Some(phase.into()),
        };
        let of_itself = seed("use", "");
        let on = seed("use", "collection=on,page=fast");
        line.learn(&run, &[of_itself, on, seed("after", "collection=off")]);
        let held = |at| line.arm_at(UnixMicros(at)).map(Arm::to_string);
        assert_eq!(held(5), None, "nothing said yet: the run's own");
        assert_eq!(held(25).as_deref(), Some("collection=on,mode=normal"));
        assert_eq!(held(45).as_deref(), Some("collection=off,mode=normal"));
        line.learn(&run, &[seed("use", "collection=on"), seed("use", "collection=off")]);
        assert!(line.arm_at(UnixMicros(15)).is_none(), "actions of one phase that disagree");
    }
}
