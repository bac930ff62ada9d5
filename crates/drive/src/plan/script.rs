//! A run being written: phases become steps, what is planted gets its values.

use candor_case::{Arm, Continues, Property, RunId};

use super::seeds::{self, Random};
use super::{Idle, Mode, Phase, PhaseKind, PlannedPhase, PlannedRun, Step, Typed, Waits};

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
    /// The window that is acted on, where there are two.
    window: Mode,
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
        let window = Mode::Normal;
        Self { done, run, name, waits, random, session, running, window, up_s, patience }
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
                self.plant_in_each_window(name, &phase.kind);
                self.patience = Patience::default();
            }
        }
    }

    /// Plants in the run's window; where there are two, in the normal one and then, in a phase of
    /// its own with values of its own, in the private one.
    fn plant_in_each_window(&mut self, name: &str, kind: &PhaseKind) {
        if self.run.mode != Mode::Beside {
            let steps = self.plant(name, kind);
            return self.push(name, steps);
        }
        for window in [Mode::Normal, Mode::Private] {
            let name = window_phase(name, window);
            let mut steps = self.turn(window);
            steps.extend(self.plant(&name, kind));
            self.push(&name, steps);
        }
    }

    fn turn(&mut self, window: Mode) -> Vec<Step> {
        match std::mem::replace(&mut self.window, window) == window {
            true => vec![],
            false => vec![Step::Turn(window)],
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
                let text = match what {
                    Typed::Address => seeds::address(self.random),
                    Typed::Words => seeds::words(self.random),
                };
                let action = format!("{name}-1");
                let seeds = self.typed(name, &action, &text, *what == Typed::Address && *enter);
                vec![Step::Type { name: action, seeds, text, enter: *enter }, settle]
            }
            _ => vec![],
        }
    }

    /// What typing plants: the text, whose beginnings may leave letter by letter, and the address
    /// that is visited where it is one and sent off.
    fn typed(&mut self, phase: &str, action: &str, text: &str, visits: bool) -> Vec<String> {
        if !visits {
            return vec![self.seed(phase, action, Property::BrowsingTyped, text)];
        }
        let visited = self.seed(phase, action, Property::BrowsingUrl, text);
        let typed = format!("{action}-typed");
        let typed = self.seed(phase, &typed, Property::BrowsingTyped, text);
        vec![visited, typed]
    }

    fn seed(&mut self, phase: &str, name: &str, property: Property, value: &str) -> String {
        let mut seed = seeds::seed(&self.run.run.id.0, phase, name, property, value);
        if self.run.mode == Mode::Beside {
            seed.arm = Some(self.arm_of_window().to_string());
        }
        let id = seed.id.clone();
        self.run.seeds.seeds.push(seed);
        id
    }

    /// The arm of what is planted in the window that is acted on.
    fn arm_of_window(&self) -> Arm {
        let mut arm = self.run.run.arm.clone();
        let (key, value) = self.window.key();
        arm.0.insert(key.into(), value.into());
        arm
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
        self.window = Mode::Normal;
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
        let mut steps = self.turn(Mode::Normal);
        let value = format!("control-{}", seeds::token(self.random));
        let seed = self.seed("control", "control", Property::Control, &value);
        let url = format!("https://{}/{value}", candor_case::CONTROL_HOST);
        steps.extend([Step::Open { name: "control".into(), seed, url }, Step::Idle(1)]);
        self.push("control", steps);
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

/// The name of a phase's part in one of two windows.
pub(super) fn window_phase(name: &str, window: Mode) -> String {
    match window {
        Mode::Private => format!("private_{name}"),
        _ => name.to_owned(),
    }
}
