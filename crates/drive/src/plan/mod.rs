//! Plans: what is done to which browser, in which arms, how often, written down before it is done.

mod dry_run;
mod expand;
mod phase;
mod script;
mod seeds;
mod switch;
mod text;

use std::collections::BTreeMap;

use candor_case::{Arm, Grade, Subject};

use crate::browsers::Browser;
pub use dry_run::dry_run;
pub use expand::{Order, PlannedPhase, PlannedRun, Step, expand};
pub use phase::{Idle, Phase, PhaseKind, Typed};
pub use seeds::Random;
pub(crate) use seeds::host_of;
pub use switch::{Setting, SilentSet, smallest_silent};

/// A plan, as `plan.toml` says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// One plain word, part of names.
    pub name: String,
    /// What it is to answer, in one sentence.
    pub question: String,
    /// The browsers it can be run with, in the plan's order.
    pub browsers: Vec<Browser>,
    /// How often every arm is run.
    pub repeats: u32,
    /// Who answers.
    pub upstream: Upstream,
    /// Whether windows can be seen, unless an arm says otherwise.
    pub window: Window,
    /// How long subjects are waited for.
    pub waits: BTreeMap<Browser, Waits>,
    /// Whether each browser gets a run with `about:blank` alone and the same waits.
    pub control: bool,
    /// Seconds between two frames of the film; 0 takes none.
    pub film_every_s: u32,
    /// The invented people, one per repeat in turn.
    pub personas: Vec<Persona>,
    /// What the plan says of the browsers' makers, instead of what the drivers know.
    pub subjects: BTreeMap<Browser, Subject>,
    /// What is done in every arm that has no phases of its own.
    pub phases: Vec<Phase>,
    /// The settings under test.
    pub arms: Vec<ArmPlan>,
    /// Settings that are tried one by one and together.
    pub switches: BTreeMap<Browser, Vec<Setting>>,
    /// Hosts whose silence a switch plan is after.
    pub uploads: BTreeMap<Browser, Vec<String>>,
}

/// Who answers a subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upstream {
    /// candor itself; nothing leaves the machine.
    #[default]
    Sinkhole,
    /// The real servers.
    Direct,
}

/// Whether a window can be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The browser's own headless mode.
    #[default]
    Headless,
    /// A window on a virtual screen, so that it can be typed into.
    Headed,
}

/// Which of the browser's own windows are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A normal window.
    #[default]
    Normal,
    /// The browser's own private window.
    Private,
    /// A normal window, and the browser's own private window opened beside it: everything that
    /// plants something is done in both, each with values of its own.
    Beside,
}

/// The arm's key for what windows there are, and its value where a private one stands beside a
/// normal one. Such a run as a whole has no `mode`: its actions do.
const BOTH_WINDOWS: (&str, &str) = ("windows", "both");

impl Mode {
    /// What the arm of a run says of it.
    fn key(self) -> (&'static str, &'static str) {
        match self {
            Self::Normal => ("mode", "normal"),
            Self::Private => ("mode", "private"),
            Self::Beside => BOTH_WINDOWS,
        }
    }
}

/// Data collection by the browser's own settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collection {
    /// Every setting for it on.
    On,
    /// Every setting for it off.
    Off,
    /// The first setting off, the others on.
    FirstOff,
    /// The first two off.
    BothOff,
}

impl Collection {
    /// The value of the arm's `collection`.
    pub fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::FirstOff => "first_off",
            Self::BothOff => "both_off",
        }
    }

    /// Whether the setting at `index` of the browser's list is on.
    pub fn is_on(self, index: usize) -> bool {
        match self {
            Self::On => true,
            Self::Off => false,
            Self::FirstOff => index > 0,
            Self::BothOff => index > 1,
        }
    }
}

/// How long a browser is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// Seconds from a start to the first upload.
    pub first_upload_s: u32,
    /// Seconds between two uploads after that.
    pub upload_interval_s: u32,
    /// Seconds that are let pass after a page was loaded.
    pub settle_s: u32,
}

impl Waits {
    /// Seconds in which so many uploads have been due since a start.
    pub fn uploads_s(&self, count: u32) -> u32 {
        let more = count.saturating_sub(1).saturating_mul(self.upload_interval_s);
        if count == 0 { 0 } else { self.first_upload_s.saturating_add(more) }
    }
}

/// An invented person.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Its name.
    pub name: String,
    /// Its locale, such as `en_GB.UTF-8`.
    #[serde(default = "default_locale")]
    pub locale: String,
    /// Its time zone, such as `Europe/Dublin`.
    #[serde(default = "default_zone")]
    pub time_zone: String,
}

impl Default for Persona {
    fn default() -> Self {
        Self { name: "robin".into(), locale: default_locale(), time_zone: default_zone() }
    }
}

fn default_locale() -> String {
    "C.UTF-8".into()
}

fn default_zone() -> String {
    "UTC".into()
}

/// The value of a preference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(untagged)]
pub enum PrefValue {
    /// On or off.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// Text.
    Text(String),
}

impl PrefValue {
    /// The value as JSON and JavaScript write it.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Flag(on) => (*on).into(),
            Self::Number(number) => (*number).into(),
            Self::Text(text) => text.clone().into(),
        }
    }
}

impl std::fmt::Display for PrefValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.json())
    }
}

impl From<bool> for PrefValue {
    fn from(on: bool) -> Self {
        Self::Flag(on)
    }
}

/// Preferences by name.
pub type Prefs = BTreeMap<String, PrefValue>;

/// What an arm adds to how one browser is started.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ArmSettings {
    /// Command-line switches.
    pub switches: Vec<String>,
    /// Command-line switches that stand in for the person's consent: left out once collection was
    /// turned off.
    pub switches_while_on: Vec<String>,
    /// Preferences.
    pub prefs: Prefs,
}

impl ArmSettings {
    /// Adds others; of preferences that both name, theirs count.
    fn add(&mut self, more: &Self) {
        self.switches.extend(more.switches.iter().cloned());
        self.switches_while_on.extend(more.switches_while_on.iter().cloned());
        self.prefs.extend(more.prefs.clone());
    }
}

/// One setting under test.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmPlan {
    /// Part of the names of its runs.
    pub name: String,
    /// Browsers it makes sense for.
    pub browsers: Vec<Browser>,
    /// The window.
    pub mode: Mode,
    /// Data collection; `None`: as shipped.
    pub collection: Option<Collection>,
    /// How far the operator interferes, never less than what the settings amount to.
    pub grade: Grade,
    /// Further keys of the arm.
    pub labels: BTreeMap<String, String>,
    /// What it adds, by browser.
    pub settings: BTreeMap<Browser, ArmSettings>,
    /// The arm whose state it inherits.
    pub continues: Option<String>,
    /// Whether windows can be seen.
    pub window: Window,
    /// What is done.
    pub phases: Vec<Phase>,
}

impl ArmPlan {
    /// The arm as runs name it.
    pub fn arm(&self) -> Arm {
        let collection = self.collection.map_or("as_shipped", Collection::name);
        let mut keys = self.labels.clone();
        let (key, value) = self.mode.key();
        keys.insert(key.into(), value.into());
        keys.insert("collection".into(), collection.into());
        Arm(keys)
    }
}

impl Plan {
    /// Reads a plan. Errors have the form `name:line:column: message`.
    pub fn parse(text: &str, name: &str) -> Result<Self, crate::DriveError> {
        text::parse(text, name)
    }

    /// The subject of a case that runs this plan with `browser`, whose version is known by now.
    pub fn subject(&self, browser: Browser, version: &str) -> Subject {
        let mut subject = self.subjects.get(&browser).cloned().unwrap_or_else(|| browser.subject());
        subject.version = version.to_owned();
        subject.sole_sender = true;
        subject
    }
}
