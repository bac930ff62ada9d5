//! Plans become the runs that they say.

use std::collections::BTreeSet;

use candor_case::Property;

use super::*;

/// Bytes that do not repeat soon, the same every time.
fn counting(mut next: u64) -> impl FnMut(&mut [u8]) {
    move |out: &mut [u8]| {
        for byte in out {
            next = next
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = (next >> 56) as u8;
        }
    }
}

fn order(browser: Browser) -> Order {
    Order { browser, repeats: None, device: "bench".into() }
}

fn runs(text: &str, browser: Browser) -> Vec<PlannedRun> {
    let plan = Plan::parse(text, "plan.toml").unwrap();
    expand(&plan, &order(browser), &mut counting(1))
}

fn names(runs: &[PlannedRun]) -> Vec<&str> {
    runs.iter().map(|planned| planned.run.id.0.as_str()).collect()
}

const HEAD: &str = r#"
name = "p"
question = "q?"
browsers = ["chromium"]
repeats = 2
[waits.chromium]
first_upload_s = 60
upload_interval_s = 30
settle_s = 5
"#;

fn script(phases: &[&str]) -> String {
    let phase = |text: &&str| format!("[[phase]]\n{text}\n");
    format!("{HEAD}{}[[arm]]\nname = \"a\"\n", phases.iter().map(phase).collect::<String>())
}

#[test]
fn a_run_is_marked_phase_by_phase() {
    let text = script(&[
        "do = \"first_start\"",
        "do = \"visit\"\npages = 2",
        "do = \"idle\"\nuploads = 2",
        "do = \"restart\"",
        "do = \"idle\"\nseconds = 7",
    ]);
    let runs = runs(&text, Browser::Chromium);
    assert_eq!(names(&runs), ["chromium-control-1", "chromium-a-1", "chromium-a-2"]);
    let run = &runs[1];
    let marks: Vec<_> = run.phases.iter().map(|p| format!("{}/{}", p.name, p.session)).collect();
    let expected =
        ["first_start/1", "visit/1", "idle/1", "restart/2", "idle_2/2", "control/2", "stop/2"];
    assert_eq!(marks, expected);
    assert_eq!(run.phases[3].before, [Step::Stop]);
    // 60 + 30 s since the start, of which 4 + 2 * (2 + 5) are over.
    assert_eq!(run.phases[2].steps, [Step::Idle(72)]);
    assert!(run.run.waited && run.run.sole_sender && run.run.sinkhole);
    assert_eq!(run.run.grade, Grade::Stock);
    assert_eq!(run.run.arm.to_string(), "collection=as_shipped,mode=normal");
    let control = &runs[0];
    let opened: Vec<_> = control.seeds.seeds.iter().map(|seed| seed.property).collect();
    assert_eq!(opened, [Property::Control]);
    assert_eq!(control.run.arm.0.get("page").map(String::as_str), Some("blank"));
    assert!(control.seconds().abs_diff(run.seconds()) < 10, "the waits are the same");
}

#[test]
fn beside_a_normal_window_everything_is_done_in_the_private_one_too() {
    let phases = [
        "do = \"first_start\"",
        "do = \"visit\"",
        "do = \"search\"",
        "do = \"restart\"",
        "do = \"visit\"\nname = \"again\"",
    ];
    let text = script(&phases) + "mode = \"beside\"\nwindow = \"headed\"\n";
    let runs = runs(&text, Browser::Chromium);
    let run = &runs[1];
    assert_eq!(run.run.arm.to_string(), "collection=as_shipped,windows=both");
    let names: Vec<_> = run.phases.iter().map(|phase| phase.name.as_str()).collect();
    let expected = [
        "first_start",
        "visit",
        "private_visit",
        "search",
        "private_search",
        "restart",
        "again",
        "private_again",
        "control",
        "stop",
    ];
    assert_eq!(names, expected);
    let turns = |name: &str| {
        let phase = run.phases.iter().find(|phase| phase.name == name).unwrap();
        let turn = |step: &Step| match step {
            Step::Turn(window) => Some(*window),
            _ => None,
        };
        phase.steps.iter().filter_map(turn).collect::<Vec<_>>()
    };
    assert_eq!(turns("visit"), [], "there is but one window yet");
    assert_eq!(turns("private_visit"), [Mode::Private]);
    assert_eq!(turns("search"), [Mode::Normal]);
    assert_eq!(turns("again"), [], "a restart closes the private window");
    assert_eq!(turns("control"), [Mode::Normal]);
    let values: BTreeSet<_> = run.seeds.seeds.iter().map(|seed| &seed.value).collect();
    assert_eq!(values.len(), run.seeds.seeds.len(), "each window has values of its own");
    for seed in &run.seeds.seeds {
        let private = seed.phase.as_ref().unwrap().starts_with("private_");
        let window = if private { "private" } else { "normal" };
        let arm = format!("collection=as_shipped,mode={window},windows=both");
        assert_eq!(seed.arm.as_ref(), Some(&arm), "{}", seed.id);
        assert_eq!(run.is_private(seed), private);
    }
    assert_eq!(runs[0].run.arm.0["mode"], "normal", "the control has one window");
}

#[test]
fn a_typed_address_is_both_typed_and_visited() {
    let typed = |more: &str| {
        let phase = format!("do = \"type\"\nwhat = \"address\"\n{more}");
        let text = script(&["do = \"first_start\"", &phase]) + "window = \"headed\"\n";
        let run = runs(&text, Browser::Chromium).remove(1);
        let seeds = run.seeds.seeds.iter().filter(|seed| seed.phase.as_deref() == Some("type"));
        let planted: Vec<_> =
            seeds.clone().map(|seed| (seed.property, seed.value.clone())).collect();
        let home = seeds.filter_map(|seed| seed.sites.clone()).next().unwrap();
        assert!(planted[0].1.contains(&home[0]), "at its own site it is no finding");
        let step = run.phases.iter().flat_map(|phase| &phase.steps).find_map(|step| match step {
            Step::Type { seeds, text, .. } => Some((seeds.len(), text.clone())),
            _ => None,
        });
        assert_eq!(
            step,
            Some((planted.len(), planted[0].1.clone())),
            "one action, confirmed for each"
        );
        assert!(planted.iter().all(|(_, value)| *value == planted[0].1));
        planted.into_iter().map(|(property, _)| property).collect::<Vec<_>>()
    };
    assert_eq!(typed(""), [Property::BrowsingTyped]);
    assert_eq!(typed("enter = true"), [Property::BrowsingUrl, Property::BrowsingTyped]);
}

#[test]
fn every_action_plants_a_value_of_its_own() {
    let text = script(&["do = \"first_start\"", "do = \"visit\"\npages = 2", "do = \"search\""]);
    let runs = runs(&text, Browser::Chromium);
    let seeds: Vec<_> = runs.iter().flat_map(|run| &run.seeds.seeds).collect();
    let values: BTreeSet<_> = seeds.iter().map(|seed| &seed.value).collect();
    let ids: BTreeSet<_> = seeds.iter().map(|seed| &seed.id).collect();
    assert_eq!((values.len(), ids.len()), (seeds.len(), seeds.len()));
    let run = &runs[1];
    assert!(!run.run.waited, "nothing was waited for");
    for seed in &run.seeds.seeds {
        let done = run.phases.iter().flat_map(|p| &p.steps).any(|step| match step {
            Step::Open { seed: id, url, .. } => {
                let shown = url.replace('+', " ");
                *id == seed.id && shown.contains(&seed.value)
            }
            _ => false,
        });
        assert!(done, "{} is planted by a step", seed.id);
        assert_eq!(seed.run.as_deref(), Some(run.run.id.0.as_str()));
    }
    let sites = run.seeds.seeds.iter().find(|seed| seed.property == Property::BrowsingSearch);
    assert_eq!(sites.unwrap().sites, Some(vec!["search.candor.test".to_owned()]));
}

#[test]
fn clearing_and_new_profiles_begin_runs_of_their_own() {
    let text = script(&[
        "do = \"first_start\"",
        "do = \"clear_data\"",
        "do = \"visit\"",
        "do = \"new_profile\"",
    ]);
    let all = runs(&text, Browser::Chromium);
    let runs: Vec<_> = all.iter().filter(|run| run.run.id.0.starts_with("chromium-a-1")).collect();
    assert_eq!(runs.len(), 3);
    let after = |run: &PlannedRun| run.run.continues.clone().map(|c| (c.run.0, c.after.join(",")));
    assert_eq!(after(runs[0]), None);
    assert_eq!(after(runs[1]), Some(("chromium-a-1".into(), "clear_data".into())));
    assert_eq!(after(runs[2]), Some(("chromium-a-1-2".into(), "reinstall".into())));
    assert_eq!(runs[1].inherits.as_ref().map(|id| id.0.as_str()), Some("chromium-a-1"));
    assert_eq!(runs[2].inherits, None);
    assert_eq!(runs[0].run.install, runs[1].run.install);
    assert_ne!(runs[0].run.install, runs[2].run.install);
    assert!(runs.iter().all(|run| run.run.device == "bench"));
    let steps = |run: &PlannedRun| -> Vec<Step> {
        run.phases.iter().flat_map(|p| p.before.iter().chain(&p.steps)).cloned().collect()
    };
    assert!(steps(runs[0]).contains(&Step::ClearData));
    for run in runs {
        let steps = steps(run);
        assert_eq!(steps.first(), Some(&Step::Start), "{}", run.run.id.0);
        assert_eq!(steps.last(), Some(&Step::Stop), "{}", run.run.id.0);
    }
}

#[test]
fn turning_off_happens_while_the_browser_is_closed() {
    let text = script(&["do = \"first_start\"", "do = \"turn_off\"\ncollection = \"first_off\""]);
    let runs = runs(&text, Browser::Chromium);
    let off = runs[1].phases.iter().find(|phase| phase.name == "turn_off").unwrap();
    assert_eq!(off.before, [Step::Stop, Step::TurnOff(Collection::FirstOff)]);
    assert_eq!((off.steps.as_slice(), off.session.as_str()), (&[Step::Start][..], "2"));
}

#[test]
fn arms_come_in_random_order_after_those_they_continue() {
    let arms = ["a", "b", "c", "d"].map(|name| {
        let continues =
            if name == "c" { "continues = \"b\"\nphase = [{ do = \"visit\" }]" } else { "" };
        format!("[[arm]]\nname = \"{name}\"\n{continues}\n")
    });
    let text = format!("{HEAD}[[phase]]\ndo = \"first_start\"\n{}", arms.concat());
    let plan = Plan::parse(&text, "p").unwrap();
    let mut orders = BTreeSet::new();
    for seed in 0..12 {
        let runs = expand(&plan, &order(Browser::Chromium), &mut counting(seed));
        let names = names(&runs);
        let at = |name: &str| names.iter().position(|n| *n == name).unwrap();
        for repeat in 1..=2 {
            let name = |arm: &str| format!("chromium-{arm}-{repeat}");
            assert!(at(&name("b")) < at(&name("c")), "{names:?}");
        }
        assert!(at("chromium-d-1") < at("chromium-a-2"), "blocks stay together: {names:?}");
        let child = &runs[at("chromium-c-2")];
        assert_eq!(child.inherits.as_ref().map(|id| id.0.as_str()), Some("chromium-b-2"));
        assert_eq!(child.phases[0].name, "start");
        orders.insert(names.join(" "));
    }
    assert!(orders.len() > 6, "the order is drawn");
}

#[test]
fn grades_are_never_less_than_what_was_done() {
    let arms = r#"
[[arm]]
name = "stock"
[[arm]]
name = "configured"
collection = "off"
[[arm]]
name = "hidden"
firefox = { prefs = { "toolkit.telemetry.initDelay" = 1 } }
[[arm]]
name = "switches"
chromium = { switches_while_on = ["--force-enable-metrics-reporting"] }
"#;
    let text = format!("{HEAD}[[phase]]\ndo = \"first_start\"\n{arms}")
        .replace("[\"chromium\"]", "[\"chromium\", \"firefox\"]");
    let grade = |browser: Browser, arm: &str| {
        let name = format!("{}-{arm}-1", browser.name());
        let runs = runs(&text, browser);
        runs.into_iter().find(|run| run.run.id.0 == name).unwrap().run.grade
    };
    use Browser::{Chromium, Firefox};
    let table = [
        (Chromium, "stock", Grade::Stock),
        (Chromium, "configured", Grade::Configured),
        (Firefox, "configured", Grade::Configured),
        (Firefox, "hidden", Grade::Forced),
        (Chromium, "hidden", Grade::Stock),
        (Chromium, "switches", Grade::Forced),
        (Firefox, "switches", Grade::Stock),
    ];
    for (browser, arm, expected) in table {
        assert_eq!(grade(browser, arm), expected, "{browser:?} {arm}");
    }
}

#[test]
fn settings_are_tried_one_by_one_and_together() {
    let text = r#"
name = "switch"
question = "q?"
browsers = ["firefox"]
repeats = 1
[[phase]]
do = "first_start"
[[arm]]
name = "normal"
collection = "on"
[[switch.firefox]]
name = "health"
prefs = { "datareporting.healthreport.uploadEnabled" = false }
[[switch.firefox]]
name = "usage"
prefs = { "datareporting.usage.uploadEnabled" = false }
"#;
    let runs = runs(text, Browser::Firefox);
    let tried: BTreeSet<_> =
        runs.iter().filter_map(|run| run.run.arm.0.get("settings")).map(String::as_str).collect();
    assert_eq!(tried, ["health", "health+usage", "none", "usage"].into());
    let health = runs.iter().find(|run| run.run.id.0 == "firefox-normal-health-1").unwrap();
    let prefs = &health.settings.prefs;
    assert_eq!(prefs["datareporting.healthreport.uploadEnabled"], false.into());
    assert_eq!(prefs["datareporting.usage.uploadEnabled"], true.into());
}

#[test]
fn the_same_randomness_gives_the_same_runs() {
    let text = script(&["do = \"first_start\"", "do = \"visit\""]);
    assert_eq!(runs(&text, Browser::Chromium), runs(&text, Browser::Chromium));
    let told = dry_run_of(&text);
    for words in ["chromium-a-2", "fresh profile", "open https://", "close the browser"] {
        assert!(told.contains(words), "{words} in {told}");
    }
}

fn dry_run_of(text: &str) -> String {
    let plan = Plan::parse(text, "plan.toml").unwrap();
    super::super::dry_run(&plan, &runs(text, Browser::Chromium))
}
