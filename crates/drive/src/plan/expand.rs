//! From a plan to its runs, in the order in which they are to be made. Pure, but for randomness that
//! is handed in.

use std::collections::BTreeMap;

use candor_case::{Grade, Run, RunId, Seed, Seeds};

use super::script::Draft;
use super::seeds::{Random, shuffle};
use super::switch;
use super::{
    ArmPlan, ArmSettings, Collection, Idle, Mode, Persona, Phase, PhaseKind, Plan, Waits, Window,
};
use crate::browsers::Browser;

/// What the operator chooses beside the plan.
#[derive(Clone, Debug)]
pub struct Order {
    /// The browser.
    pub browser: Browser,
    /// Repeats, instead of the plan's.
    pub repeats: Option<u32>,
    /// The name of this machine in the case. Two profiles on it are one device.
    pub device: String,
}

/// One run, ready to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedRun {
    /// What is known of it beforehand. `started`, digests and the rest of the environment are the
    /// recorder's to fill in.
    pub run: Run,
    /// What it plants.
    pub seeds: Seeds,
    /// The browser.
    pub browser: Browser,
    /// The windows.
    pub mode: Mode,
    /// Whether they can be seen.
    pub window: Window,
    /// What is added to how the browser is started, settings of collection included.
    pub settings: ArmSettings,
    /// The run whose browser state it inherits; `None`: a fresh profile and a fresh HOME.
    pub inherits: Option<RunId>,
    /// Who uses the browser.
    pub persona: Persona,
    /// Seconds between two frames of the film; 0 takes none.
    pub film_every_s: u32,
    /// What is done.
    pub phases: Vec<PlannedPhase>,
}

impl PlannedRun {
    /// How long it will take, in seconds, about.
    pub fn seconds(&self) -> u32 {
        self.phases.iter().map(PlannedPhase::seconds).sum()
    }

    /// Whether this is planted in a private window.
    pub(crate) fn is_private(&self, seed: &Seed) -> bool {
        seed.arm_in(&self.run).0.get("mode").is_some_and(|mode| mode == "private")
    }
}

/// A part of a run, from its mark to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedPhase {
    /// Done before the mark: what the browser sends while it closes belongs to the phase before.
    pub before: Vec<Step>,
    /// The name of the mark.
    pub name: String,
    /// The session it lies in, counted by starts of the browser.
    pub session: String,
    /// Done after the mark.
    pub steps: Vec<Step>,
}

impl PlannedPhase {
    /// How long it will take, in seconds, about.
    pub fn seconds(&self) -> u32 {
        self.before.iter().chain(&self.steps).map(Step::seconds).sum()
    }
}

/// One thing that is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The browser is started; it shows `about:blank`.
    Start,
    /// It is closed as a person would, and waited for.
    Stop,
    /// It is made to crash.
    Crash,
    /// From here on that window is acted on: the normal one, or the private one beside it, which is
    /// opened if it is not open yet.
    Turn(Mode),
    /// An address is opened.
    Open {
        /// The name of the action.
        name: String,
        /// What it plants.
        seed: String,
        /// The address.
        url: String,
    },
    /// Something is typed into the address bar.
    Type {
        /// The name of the action.
        name: String,
        /// What it plants: the text as typed, and the address that it leads to if it is one.
        seeds: Vec<String>,
        /// The text.
        text: String,
        /// Whether Enter is pressed at the end.
        enter: bool,
    },
    /// Nothing is done for so many seconds.
    Idle(u32),
    /// The browser's own means to clear browsing data.
    ClearData,
    /// The browser's own settings for collection are changed; it is not running.
    TurnOff(Collection),
}

impl Step {
    /// How long it takes, in seconds, about.
    pub fn seconds(&self) -> u32 {
        match self {
            Self::Start | Self::Stop | Self::ClearData => 4,
            Self::Crash | Self::Open { .. } | Self::Turn(_) => 2,
            Self::Type { text, .. } => 3 + text.len() as u32 / 6,
            Self::Idle(seconds) => *seconds,
            Self::TurnOff(_) => 0,
        }
    }
}

/// All runs of a plan for one browser: the control first, then block after block, each with every
/// arm in random order, an arm always after the one it continues.
pub fn expand(plan: &Plan, order: &Order, random: &mut Random<'_>) -> Vec<PlannedRun> {
    let arms = arms(plan, order.browser);
    let mut runs = Vec::new();
    if let (true, Some(first)) = (plan.control, arms.first()) {
        let control = control(first, plan.waits_of(order.browser));
        runs.extend(chain(plan, order, &control, 1, None, random));
    }
    for repeat in 1..=order.repeats.unwrap_or(plan.repeats) {
        runs.extend(block(plan, order, &arms, repeat, random));
    }
    runs
}

fn block(
    plan: &Plan,
    order: &Order,
    arms: &[ArmPlan],
    repeat: u32,
    random: &mut Random<'_>,
) -> Vec<PlannedRun> {
    let mut waiting: Vec<&ArmPlan> = arms.iter().collect();
    shuffle(random, &mut waiting);
    let mut last: BTreeMap<String, PlannedRun> = BTreeMap::new();
    let mut runs = Vec::new();
    while !waiting.is_empty() {
        let ready = |arm: &&ArmPlan| arm.continues.as_ref().is_none_or(|p| last.contains_key(p));
        // An arm whose parent is not among this browser's starts afresh.
        let at = waiting.iter().position(ready).unwrap_or(0);
        let arm = waiting.remove(at);
        let parent = arm.continues.as_ref().and_then(|parent| last.get(parent));
        let made = chain(plan, order, arm, repeat, parent, random);
        last.extend(made.last().map(|run| (arm.name.clone(), run.clone())));
        runs.extend(made);
    }
    runs
}

/// The arms of a browser; where settings are tried, each arm with each set of them.
fn arms(plan: &Plan, browser: Browser) -> Vec<ArmPlan> {
    let own = plan.arms.iter().filter(|arm| arm.browsers.contains(&browser));
    let Some(settings) = plan.switches.get(&browser).filter(|list| !list.is_empty()) else {
        return own.cloned().collect();
    };
    let with = |arm: &ArmPlan, set: &[&switch::Setting]| {
        let name = switch::set_name(set);
        let mut arm = arm.clone();
        arm.name = format!("{}-{}", arm.name, name.replace('+', "-"));
        arm.labels.insert("settings".into(), name);
        let prefs = set.iter().flat_map(|setting| setting.prefs.clone());
        arm.settings.entry(browser).or_default().prefs.extend(prefs);
        arm
    };
    let sets = switch::sets(settings);
    own.flat_map(|arm| sets.iter().map(move |set| with(arm, set))).collect()
}

/// The run that shows what the browser sends anyway: the same waits, and nothing visited.
fn control(arm: &ArmPlan, waits: Waits) -> ArmPlan {
    let kept = |phase: &Phase| {
        let kind = match &phase.kind {
            PhaseKind::Visit { pages } => {
                PhaseKind::Idle(Idle::Seconds(waits.settle_s.saturating_mul(*pages)))
            }
            PhaseKind::Search => PhaseKind::Idle(Idle::Seconds(waits.settle_s)),
            PhaseKind::Type { .. } => PhaseKind::Idle(Idle::Seconds(20)),
            PhaseKind::FirstStart | PhaseKind::Restart | PhaseKind::Idle(_) => phase.kind.clone(),
            _ => return None,
        };
        Some(Phase { name: phase.name.clone(), kind })
    };
    let mut control = arm.clone();
    control.name = "control".into();
    if control.mode == Mode::Beside {
        control.mode = Mode::Normal;
    }
    control.labels.insert("page".into(), "blank".into());
    control.continues = None;
    control.phases = arm.phases.iter().filter_map(kept).collect();
    control
}

/// The runs of one arm in one block: more than one where data is cleared or a profile is new.
fn chain(
    plan: &Plan,
    order: &Order,
    arm: &ArmPlan,
    repeat: u32,
    parent: Option<&PlannedRun>,
    random: &mut Random<'_>,
) -> Vec<PlannedRun> {
    let head = PlannedRun {
        run: first_run(plan, order, arm, repeat),
        seeds: Seeds::default(),
        browser: order.browser,
        mode: arm.mode,
        window: arm.window,
        settings: arm.settings_of(order.browser),
        inherits: None,
        persona: plan.persona(repeat),
        film_every_s: plan.film_every_s,
        phases: vec![],
    };
    let mut draft = Draft::new(head, plan.waits_of(order.browser), random);
    if let Some(parent) = parent {
        draft.continues(parent, "restart");
    }
    arm.phases.iter().for_each(|phase| draft.phase(phase));
    draft.done()
}

fn first_run(plan: &Plan, order: &Order, arm: &ArmPlan, repeat: u32) -> Run {
    let name = format!("{}-{}-{repeat}", order.browser.name(), arm.name);
    let environment = [
        ("plan", plan.name.clone()),
        ("plan.arm", arm.name.clone()),
        ("plan.block", repeat.to_string()),
    ];
    Run {
        schema: "candor.run/1".into(),
        id: RunId(name.clone()),
        device: order.device.clone(),
        install: name,
        persona: plan.persona(repeat).name,
        arm: arm.arm(),
        grade: arm.grade.max(arm.amounts_to(order.browser)),
        sole_sender: true,
        sinkhole: plan.upstream == super::Upstream::Sinkhole,
        environment: environment.map(|(key, value)| (key.to_owned(), value)).into(),
        ..Run::default()
    }
}

impl Plan {
    fn waits_of(&self, browser: Browser) -> Waits {
        self.waits.get(&browser).copied().unwrap_or_else(|| browser.waits())
    }

    fn persona(&self, repeat: u32) -> Persona {
        let at = (repeat.max(1) - 1) as usize % self.personas.len().max(1);
        self.personas.get(at).cloned().unwrap_or_default()
    }
}

impl ArmPlan {
    /// What is added to how the browser is started: the arm's own, and the settings that make up
    /// its collection. The arm's own word goes last.
    pub(super) fn settings_of(&self, browser: Browser) -> ArmSettings {
        let mut settings = self.settings.get(&browser).cloned().unwrap_or_default();
        if let Some(collection) = self.collection {
            let own = std::mem::take(&mut settings.prefs);
            settings.prefs = browser.collection(collection);
            settings.prefs.extend(own);
        }
        settings
    }

    /// How far these settings interfere with the browser.
    pub(super) fn amounts_to(&self, browser: Browser) -> Grade {
        let settings = self.settings_of(browser);
        let hidden = settings.prefs.keys().any(|name| !browser.is_setting(name));
        if hidden || !settings.switches.is_empty() || !settings.switches_while_on.is_empty() {
            Grade::Forced
        } else if settings.prefs.is_empty() {
            Grade::Stock
        } else {
            Grade::Configured
        }
    }
}

#[cfg(test)]
#[path = "expand_tests.rs"]
mod tests;
