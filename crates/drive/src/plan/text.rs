//! `plan.toml` as text: read with line and column, checked, and turned into a [`Plan`].

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Grade, Subject};
use serde::Deserialize;
use toml::Spanned;

use super::script::window_phase;
use super::{
    ArmPlan, ArmSettings, Collection, Idle, Mode, Persona, Phase, PhaseKind, Plan, Setting, Typed,
    Upstream, Waits, Window,
};
use crate::DriveError;
use crate::browsers::Browser;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanText {
    name: Spanned<String>,
    question: String,
    browsers: Vec<Browser>,
    #[serde(default = "two")]
    repeats: Spanned<u32>,
    #[serde(default)]
    upstream: Upstream,
    #[serde(default)]
    window: Window,
    #[serde(default = "yes")]
    control: bool,
    #[serde(default)]
    film_every_s: u32,
    #[serde(default)]
    waits: BTreeMap<Browser, WaitsText>,
    #[serde(default)]
    persona: Vec<Persona>,
    #[serde(default)]
    subject: BTreeMap<Browser, Subject>,
    #[serde(default)]
    set: Vec<SetText>,
    #[serde(default)]
    phase: Vec<Spanned<PhaseText>>,
    arm: Vec<Spanned<ArmText>>,
    #[serde(default)]
    switch: BTreeMap<Browser, Vec<Setting>>,
    #[serde(default)]
    uploads: BTreeMap<Browser, Vec<String>>,
}

fn two() -> Spanned<u32> {
    Spanned::new(0..0, 2)
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WaitsText {
    first_upload_s: u32,
    upload_interval_s: u32,
    #[serde(default = "settle")]
    settle_s: u32,
}

fn settle() -> u32 {
    5
}

/// Settings that several arms share.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetText {
    name: String,
    #[serde(default)]
    chromium: ArmSettings,
    #[serde(default)]
    firefox: ArmSettings,
}

/// All keys of all phases, so that an unknown one is refused where it stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhaseText {
    r#do: Spanned<String>,
    name: Option<String>,
    pages: Option<u32>,
    what: Option<Typed>,
    enter: Option<bool>,
    seconds: Option<u32>,
    uploads: Option<u32>,
    collection: Option<Collection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArmText {
    name: Spanned<String>,
    browsers: Option<Vec<Browser>>,
    #[serde(default)]
    mode: Mode,
    collection: Option<Collection>,
    grade: Option<Spanned<Grade>>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    with: Vec<Spanned<String>>,
    #[serde(default)]
    chromium: ArmSettings,
    #[serde(default)]
    firefox: ArmSettings,
    continues: Option<Spanned<String>>,
    window: Option<Window>,
    phase: Option<Vec<Spanned<PhaseText>>>,
}

/// A text with its name, for errors that point into it.
struct Source<'a> {
    text: &'a str,
    name: &'a str,
}

type Result<T> = std::result::Result<T, DriveError>;

/// Reads a plan.
pub(super) fn parse(text: &str, name: &str) -> Result<Plan> {
    let source = Source { text, name };
    let file: PlanText = toml::from_str(text).map_err(|error: toml::de::Error| {
        source.error(error.span().map_or(0, |span| span.start), error.message())
    })?;
    file.check(&source)?;
    let phases = phases(&source, &file.phase)?;
    let mut arms = Vec::new();
    for arm in &file.arm {
        arms.push(arm_plan(&source, &file, arm, &phases, &arms)?);
    }
    let waits = |w: WaitsText| Waits {
        first_upload_s: w.first_upload_s,
        upload_interval_s: w.upload_interval_s,
        settle_s: w.settle_s,
    };
    let own = file.waits.into_iter().map(|(browser, text)| (browser, waits(text)));
    let known = file.browsers.iter().map(|browser| (*browser, browser.waits()));
    Ok(Plan {
        name: file.name.into_inner(),
        question: file.question,
        waits: known.chain(own).collect(),
        browsers: file.browsers,
        repeats: file.repeats.into_inner(),
        upstream: file.upstream,
        window: file.window,
        control: file.control,
        film_every_s: file.film_every_s,
        personas: if file.persona.is_empty() { vec![Persona::default()] } else { file.persona },
        subjects: file.subject,
        phases,
        arms,
        switches: file.switch,
        uploads: file.uploads,
    })
}

impl PlanText {
    fn check(&self, source: &Source<'_>) -> Result<()> {
        word(source, &self.name)?;
        if self.browsers.is_empty() {
            return Err(source.error(0, "`browsers` is empty: name at least one"));
        }
        if *self.repeats.get_ref() == 0 {
            return Err(
                source.error(self.repeats.span().start, "no run at all: repeat at least once")
            );
        }
        match self.arm.is_empty() {
            true => Err(source.error(0, "a plan needs an [[arm]]")),
            false => Ok(()),
        }
    }
}

impl Source<'_> {
    fn error(&self, at: usize, message: &str) -> DriveError {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        DriveError::Plan {
            name: self.name.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.lines().collect::<Vec<_>>().join(", "),
        }
    }
}

/// Names become parts of run names, and those become folders.
fn word(source: &Source<'_>, name: &Spanned<String>) -> Result<()> {
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let text = name.get_ref();
    if text.is_empty() || text.len() > 40 || !text.chars().all(sound) {
        let message = format!("`{text}` is no name: use a-z, 0-9, - and _, at most 40 of them");
        return Err(source.error(name.span().start, &message));
    }
    Ok(())
}

fn arm_plan(
    source: &Source<'_>,
    file: &PlanText,
    arm: &Spanned<ArmText>,
    shared: &[Phase],
    before: &[ArmPlan],
) -> Result<ArmPlan> {
    let text = arm.get_ref();
    word(source, &text.name)?;
    let at = text.name.span().start;
    let name = text.name.get_ref();
    if name == "control" || before.iter().any(|known| known.name == *name) {
        return Err(source.error(at, &format!("the name `{name}` is taken, give another")));
    }
    if let Some(parent) = &text.continues
        && !before.iter().any(|known| known.name == *parent.get_ref())
    {
        let message = format!("`{}` is no arm above this one", parent.get_ref());
        return Err(source.error(parent.span().start, &message));
    }
    let phases = match &text.phase {
        Some(own) => phases(source, own)?,
        None => shared.to_vec(),
    };
    let window = text.window.unwrap_or(file.window);
    check_script(source, at, &phases, (text.mode, window), text.continues.is_some())?;
    let mut plan = ArmPlan {
        name: name.clone(),
        browsers: text.browsers.clone().unwrap_or_else(|| file.browsers.clone()),
        mode: text.mode,
        collection: text.collection,
        grade: Grade::Stock,
        labels: text.labels.clone(),
        settings: settings(source, file, text)?,
        continues: text.continues.as_ref().map(|parent| parent.get_ref().clone()),
        window,
        phases,
    };
    plan.grade = grade(source, text, &plan)?;
    Ok(plan)
}

/// What an arm adds: the sets it names, in that order, then its own.
fn settings(
    source: &Source<'_>,
    file: &PlanText,
    arm: &ArmText,
) -> Result<BTreeMap<Browser, ArmSettings>> {
    let (mut chromium, mut firefox) = (ArmSettings::default(), ArmSettings::default());
    for name in &arm.with {
        let Some(set) = file.set.iter().find(|set| set.name == *name.get_ref()) else {
            let message = format!("there is no [[set]] named `{}`", name.get_ref());
            return Err(source.error(name.span().start, &message));
        };
        chromium.add(&set.chromium);
        firefox.add(&set.firefox);
    }
    chromium.add(&arm.chromium);
    firefox.add(&arm.firefox);
    Ok([(Browser::Chromium, chromium), (Browser::Firefox, firefox)].into())
}

/// The grade that the plan says, which may not be less than what the settings amount to.
fn grade(source: &Source<'_>, text: &ArmText, plan: &ArmPlan) -> Result<Grade> {
    let amounts = plan.browsers.iter().map(|&browser| plan.amounts_to(browser));
    let least = amounts.max().unwrap_or_default();
    let Some(said) = &text.grade else { return Ok(Grade::Stock) };
    if *said.get_ref() < least {
        let message = match least {
            Grade::Forced => "switches and hidden preferences make this arm `forced`",
            _ => "settings of the browser make this arm `configured`",
        };
        return Err(source.error(said.span().start, message));
    }
    Ok(*said.get_ref())
}

fn check_script(
    source: &Source<'_>,
    at: usize,
    phases: &[Phase],
    (mode, window): (Mode, Window),
    continues: bool,
) -> Result<()> {
    if phases.is_empty() {
        return Err(source.error(at, "nothing is done: a plan or an arm needs a [[phase]]"));
    }
    let typed = phases.iter().any(|phase| matches!(phase.kind, PhaseKind::Type { .. }));
    if typed && window == Window::Headless {
        let message = "typing into the address bar needs window = \"headed\"";
        return Err(source.error(at, message));
    }
    if mode == Mode::Beside && window == Window::Headless {
        let message = "a private window beside a normal one needs window = \"headed\"";
        return Err(source.error(at, message));
    }
    let starts = |phase: &Phase| phase.kind == PhaseKind::FirstStart;
    let late = phases.iter().skip(1).any(starts);
    if late || continues && phases.first().is_some_and(starts) {
        let message = "`first_start` comes first, and only where no other arm is continued";
        return Err(source.error(at, message));
    }
    let windows: &[Mode] =
        if mode == Mode::Beside { &[Mode::Normal, Mode::Private] } else { &[Mode::Normal] };
    let named = |phase: &Phase| {
        let windows = if phase.kind.plants() { windows } else { &[Mode::Normal] };
        windows.iter().map(|window| window_phase(&phase.name, *window)).collect::<Vec<_>>()
    };
    let mut names = BTreeSet::new();
    match phases.iter().flat_map(named).find(|name| !names.insert(name.clone())) {
        Some(twice) => {
            let message = format!("two phases are named `{twice}`, give one a `name`");
            Err(source.error(at, &message))
        }
        None => Ok(()),
    }
}

fn phases(source: &Source<'_>, list: &[Spanned<PhaseText>]) -> Result<Vec<Phase>> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut phases = Vec::new();
    for text in list {
        let kind = kind(source, text)?;
        let count = counts.entry(kind.name().to_owned()).or_insert(0);
        *count += 1;
        let numbered = match *count {
            1 => kind.name().to_owned(),
            n => format!("{}_{n}", kind.name()),
        };
        let name = text.get_ref().name.clone().unwrap_or(numbered);
        phases.push(Phase { name, kind });
    }
    Ok(phases)
}

fn kind(source: &Source<'_>, spanned: &Spanned<PhaseText>) -> Result<PhaseKind> {
    let text = spanned.get_ref();
    let at = spanned.span().start;
    let kind = match text.r#do.get_ref().as_str() {
        "first_start" => PhaseKind::FirstStart,
        "visit" => PhaseKind::Visit { pages: text.pages.unwrap_or(1) },
        "search" => PhaseKind::Search,
        "type" => PhaseKind::Type {
            what: text.what.unwrap_or(Typed::Words),
            enter: text.enter.unwrap_or(false),
        },
        "idle" => PhaseKind::Idle(idle(source, at, text)?),
        "restart" => PhaseKind::Restart,
        "clear_data" => PhaseKind::ClearData,
        "new_profile" => PhaseKind::NewProfile,
        "crash" => PhaseKind::Crash,
        "turn_off" => PhaseKind::TurnOff { collection: text.collection.unwrap_or(Collection::Off) },
        unknown => {
            let message = format!("unknown phase `{unknown}`, known are {KNOWN}");
            return Err(source.error(text.r#do.span().start, &message));
        }
    };
    stray(source, at, text, &kind)?;
    Ok(kind)
}

const KNOWN: &str =
    "first_start, visit, search, type, idle, restart, clear_data, new_profile, crash, turn_off";

fn idle(source: &Source<'_>, at: usize, text: &PhaseText) -> Result<Idle> {
    match (text.seconds, text.uploads) {
        (Some(seconds), None) => Ok(Idle::Seconds(seconds)),
        (None, Some(uploads)) => Ok(Idle::Uploads(uploads)),
        _ => Err(source.error(at, "`idle` needs either `seconds` or `uploads`")),
    }
}

/// Refuses keys that say nothing in a phase of that kind.
fn stray(source: &Source<'_>, at: usize, text: &PhaseText, kind: &PhaseKind) -> Result<()> {
    let given = [
        ("pages", text.pages.is_some(), "visit"),
        ("what", text.what.is_some(), "type"),
        ("enter", text.enter.is_some(), "type"),
        ("seconds", text.seconds.is_some(), "idle"),
        ("uploads", text.uploads.is_some(), "idle"),
        ("collection", text.collection.is_some(), "turn_off"),
    ];
    match given.iter().find(|(_, given, owner)| *given && *owner != kind.name()) {
        Some((key, _, owner)) => {
            let message = format!("`{key}` belongs to `{owner}`, not to `{}`", kind.name());
            Err(source.error(at, &message))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"name = "small"
question = "does an address leave?"
browsers = ["chromium", "firefox"]

[waits.firefox]
first_upload_s = 60
upload_interval_s = 30

[[phase]]
do = "first_start"

[[phase]]
do = "visit"
pages = 2

[[phase]]
do = "idle"
uploads = 2

[[phase]]
do = "idle"
seconds = 9

[[arm]]
name = "stock"

[[arm]]
name = "forced"
mode = "private"
collection = "on"
grade = "forced"
labels = { network = "home" }
chromium = { switches = ["--x"] }
"#;

    #[test]
    fn plans_are_read() {
        let plan = parse(GOOD, "plan.toml").unwrap();
        assert_eq!((plan.repeats, plan.control, plan.upstream), (2, true, Upstream::Sinkhole));
        assert_eq!(plan.waits[&Browser::Firefox].uploads_s(2), 90);
        assert_eq!(plan.waits[&Browser::Chromium], Browser::Chromium.waits());
        let names: Vec<_> = plan.phases.iter().map(|phase| phase.name.as_str()).collect();
        assert_eq!(names, ["first_start", "visit", "idle", "idle_2"]);
        assert_eq!(plan.arms[1].arm().to_string(), "collection=on,mode=private,network=home");
        assert_eq!(plan.arms[0].arm().to_string(), "collection=as_shipped,mode=normal");
        assert_eq!(plan.arms[0].phases, plan.phases);
    }

    #[test]
    fn errors_name_the_place() {
        let with = |from: &str, to: &str| GOOD.replacen(from, to, 1);
        let table = [
            (with("question", "quest"), "plan.toml:2:1: unknown field `quest`"),
            (with("pages = 2", "page = 2"), "plan.toml:14:1: unknown field `page`"),
            (with("pages = 2", "seconds = 2"), "plan.toml:12:1: `seconds` belongs to `idle`"),
            (with("\"visit\"", "\"vist\""), "plan.toml:13:6: unknown phase `vist`, known are"),
            (with("uploads = 2", ""), "plan.toml:16:1: `idle` needs either"),
            (with("\"firefox\"]", "\"lynx\"]"), "plan.toml:3:25: unknown variant `lynx`"),
            (with("\"stock\"", "\"forced\""), "plan.toml:28:8: the name `forced` is taken"),
            (with("\"stock\"", "\"St ock\""), "plan.toml:25:8: `St ock` is no name"),
            (
                with("grade = \"forced\"", "grade = \"stock\""),
                "plan.toml:31:9: switches and hidden",
            ),
            (with("\"private\"", "\"secret\""), "plan.toml:29:8: unknown variant `secret`"),
            (with("do = \"visit\"\npages = 2", "do = \"type\""), "plan.toml:24:8: typing into"),
            (with("do = \"visit\"\npages = 2", "do = \"first_start\""), {
                "plan.toml:24:8: `first_start` comes first"
            }),
            (with("\"private\"", "\"beside\""), "plan.toml:28:8: a private window beside"),
            (
                with("\"private\"", "\"beside\"\nwindow = \"headed\"").replacen(
                    "do = \"idle\"",
                    "do = \"idle\"\nname = \"private_visit\"",
                    1,
                ),
                "plan.toml:29:8: two phases are named `private_visit`",
            ),
            (with("switches", "switch"), "plan.toml:33:14: unknown field `switch`"),
            (with("grade =", "with = [\"soon\"]\ngrade ="), "plan.toml:31:9: there is no [[set]]"),
            (with("name = \"stock\"", "name = \"stock\"\ncontinues = \"later\""), {
                "plan.toml:26:13: `later` is no arm above"
            }),
        ];
        for (text, expected) in &table {
            let error = parse(text, "plan.toml").expect_err(expected).to_string();
            assert!(error.starts_with(expected), "{error} is not {expected}");
        }
    }
}
