//! A run being written: phases become steps, what is planted gets its values.

use candor_case::{Continues, Property, RunId};

use super::seeds::{self, Random};
use super::{Idle, Phase, PhaseKind, PlannedPhase, PlannedRun, Step, Typed, Waits};

/// The runs of one arm in one block, being written.
pub(super) struct Draft<'a, 'r> {
    done: Vec<PlannedRun>,
    run: PlannedRun,
    /// The name of the first run; later ones are numbered.
    name: String,
    waits: Waits,
    random: &'a mut Random<'r>,
    session: u32,
    running: bool,
    /// Seconds since the browser was started, about.
    up_s: u32,
    patience: Patience,
}

/// What was awaited since something was last planted.
#[derive(Clone, Copy, Default)]
struct Patience {
    idle_s: u32,
    restarted: bool,
}

impl<'a, 'r> Draft<'a, 'r> {
    pub(super) fn new(run: PlannedRun, waits: Waits, random: &'a mut Random<'r>) -> Self {
        let name = run.run.id.0.clone();
        let (session, running, up_s) = (0, false, 0);
        let (done, patience) = (vec![], Patience::default());
        Self { done, run, name, waits, random, session, running, up_s, patience }
    }

    /// Inherits the state of another run.
    pub(super) fn continues(&mut self, parent: &PlannedRun, after: &str) {
        self.run.inherits = Some(parent.run.id.clone());
        self.run.run.install.clone_from(&parent.run.install);
        self.run.run.continues =
            Some(Continues { run: parent.run.id.clone(), after: vec![after.to_owned()] });
    }

    /// Adds one phase of the plan.
    pub(super) fn phase(&mut self, phase: &Phase) {
        let name = phase.name.as_str();
        match &phase.kind {
            PhaseKind::FirstStart => self.start(name, vec![]),
            PhaseKind::Restart => {
                let before = self.stop();
                self.start(name, before);
                self.patience.restarted = true;
            }
            PhaseKind::TurnOff { collection } => {
                let mut before = self.stop();
                before.push(Step::TurnOff(*collection));
                self.start(name, before);
            }
            PhaseKind::Crash => {
                self.awake();
                self.push(name, vec![Step::Crash]);
                self.running = false;
                self.start(&format!("after_{name}"), vec![]);
            }
            PhaseKind::Idle(idle) => {
                self.awake();
                let seconds = self.idle_s(*idle);
                self.push(name, vec![Step::Idle(seconds)]);
                self.patience.idle_s += seconds;
            }
            PhaseKind::ClearData => {
                self.awake();
                self.push(name, vec![Step::ClearData]);
                self.next_run("clear_data", true);
            }
            PhaseKind::NewProfile => {
                self.next_run("reinstall", false);
                self.start(name, vec![]);
            }
            PhaseKind::Visit { .. } | PhaseKind::Search | PhaseKind::Type { .. } => {
                self.awake();
                let steps = self.plant(name, &phase.kind);
                self.push(name, steps);
                self.patience = Patience::default();
            }
        }
    }

    /// Ends the last run; all of them.
    pub(super) fn done(mut self) -> Vec<PlannedRun> {
        self.close();
        self.done.push(self.run);
        self.done
    }

    fn idle_s(&self, idle: Idle) -> u32 {
        match idle {
            Idle::Seconds(seconds) => seconds,
            // However long the browser has been up, so many intervals are still awaited.
            Idle::Uploads(count) => self
                .waits
                .uploads_s(count)
                .saturating_sub(self.up_s)
                .max(count.saturating_mul(self.waits.upload_interval_s)),
        }
    }

    fn plant(&mut self, name: &str, kind: &PhaseKind) -> Vec<Step> {
        let settle = Step::Idle(self.waits.settle_s);
        match kind {
            PhaseKind::Visit { pages } => (1..=*pages)
                .flat_map(|page| {
                    let url = seeds::address(self.random);
                    let action = format!("{name}-{page}");
                    let seed = self.seed(name, &action, Property::BrowsingUrl, &url);
                    [Step::Open { name: action, seed, url }, settle.clone()]
                })
                .collect(),
            PhaseKind::Search => {
                let words = seeds::words(self.random);
                let action = format!("{name}-1");
                let seed = self.seed(name, &action, Property::BrowsingSearch, &words);
                let url = seeds::search_address(&words);
                vec![Step::Open { name: action, seed, url }, settle]
            }
            PhaseKind::Type { what, enter } => {
                let (text, property) = match (what, enter) {
                    (Typed::Address, true) => (seeds::address(self.random), Property::BrowsingUrl),
                    (Typed::Address, false) => {
                        (seeds::address(self.random), Property::BrowsingTyped)
                    }
                    (Typed::Words, _) => (seeds::words(self.random), Property::BrowsingTyped),
                };
                let action = format!("{name}-1");
                let seed = self.seed(name, &action, property, &text);
                vec![Step::Type { name: action, seed, text, enter: *enter }, settle]
            }
            _ => vec![],
        }
    }

    fn seed(&mut self, phase: &str, name: &str, property: Property, value: &str) -> String {
        let seed = seeds::seed(&self.run.run.id.0, phase, name, property, value);
        let id = seed.id.clone();
        self.run.seeds.seeds.push(seed);
        id
    }

    /// The browser runs; if it does not, it is started in a phase of its own.
    fn awake(&mut self) {
        if !self.running {
            self.start("start", vec![]);
        }
    }

    fn start(&mut self, name: &str, before: Vec<Step>) {
        self.session += 1;
        self.running = true;
        self.up_s = 0;
        self.mark(before, name, vec![Step::Start]);
    }

    fn stop(&mut self) -> Vec<Step> {
        if std::mem::take(&mut self.running) { vec![Step::Stop] } else { vec![] }
    }

    fn push(&mut self, name: &str, steps: Vec<Step>) {
        self.mark(vec![], name, steps);
    }

    fn mark(&mut self, before: Vec<Step>, name: &str, steps: Vec<Step>) {
        let session = self.session.to_string();
        let phase = PlannedPhase { before, name: name.to_owned(), session, steps };
        self.up_s += phase.steps.iter().map(Step::seconds).sum::<u32>();
        self.run.phases.push(phase);
    }

    /// The control value through the same path, then the end.
    fn close(&mut self) {
        self.awake();
        let value = format!("control-{}", seeds::token(self.random));
        let seed = self.seed("control", "control", Property::Control, &value);
        let url = format!("https://{}/{value}", candor_case::CONTROL_HOST);
        self.push("control", vec![Step::Open { name: "control".into(), seed, url }, Step::Idle(1)]);
        self.push("stop", vec![Step::Stop]);
        self.running = false;
        let interval = self.waits.upload_interval_s;
        self.run.run.waited =
            self.patience.restarted && self.patience.idle_s >= interval.saturating_mul(2);
    }

    /// Ends this run and begins one that follows it on the same device.
    fn next_run(&mut self, after: &str, inherits: bool) {
        self.close();
        let mut next = self.run.clone();
        let before = self.run.run.id.clone();
        let number = self.done.len() + 2;
        next.run.id = RunId(format!("{}-{number}", self.name));
        next.run.continues = Some(Continues { run: before.clone(), after: vec![after.to_owned()] });
        next.inherits = inherits.then_some(before);
        if !inherits {
            next.run.install.clone_from(&next.run.id.0);
        }
        next.seeds.seeds.clear();
        next.phases.clear();
        self.session = 0;
        self.patience = Patience::default();
        self.done.push(std::mem::replace(&mut self.run, next));
    }
}
