//! The plans and claims that are shipped can be read, and say what they are meant to.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use candor_case::{Claim, Grade, Question};
use candor_drive::{Browser, Order, Plan, PlannedRun, Step, dry_run, expand};

fn plans() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plans")
}

fn plan(name: &str) -> Plan {
    let file = plans().join(name);
    let text = std::fs::read_to_string(&file).unwrap();
    Plan::parse(&text, name).unwrap()
}

fn runs(plan: &Plan, browser: Browser) -> Vec<PlannedRun> {
    let order = Order { browser, repeats: None, device: "bench".into() };
    let mut next = 7u64;
    expand(plan, &order, &mut |out: &mut [u8]| {
        for byte in out {
            next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (next >> 56) as u8;
        }
    })
}

#[test]
fn every_shipped_plan_can_be_read_and_told() {
    for name in ["private-browsing", "phone-home", "opt-out", "switch"] {
        let plan = plan(&format!("{name}.toml"));
        assert_eq!(plan.name, name);
        for browser in &plan.browsers {
            let runs = runs(&plan, *browser);
            let ids: BTreeSet<_> = runs.iter().map(|run| &run.run.id).collect();
            assert_eq!(ids.len(), runs.len(), "{name}: names are taken once");
            assert!(dry_run(&plan, &runs).contains("close the browser"));
            for run in &runs {
                let continued = run.run.continues.as_ref().is_none_or(|c| ids.contains(&c.run));
                assert!(continued, "{}", run.run.id.0);
            }
        }
    }
}

#[test]
fn private_browsing_asks_both_windows_stock_and_forced() {
    let runs = runs(&plan("private-browsing.toml"), Browser::Chromium);
    let of = |mode: &str, collection: &str| {
        runs.iter()
            .filter(|run| {
                let is =
                    |key: &str, value: &str| run.run.arm.0.get(key).is_some_and(|v| v == value);
                is("mode", mode) && is("collection", collection)
            })
            .filter(|run| !run.run.arm.0.contains_key("page"))
            .collect::<Vec<_>>()
    };
    for mode in ["normal", "private"] {
        for (collection, grade) in [("on", Grade::Forced), ("as_shipped", Grade::Stock)] {
            let all = of(mode, collection);
            let graded = all.iter().filter(|run| run.run.grade == grade).count();
            assert_eq!(graded, 2, "{mode} {collection}");
            assert!(all.iter().all(|run| run.run.waited), "two uploads and a restart");
        }
    }
    for grade in [Grade::Forced, Grade::Stock] {
        let beside = |run: &&PlannedRun| run.run.arm.0.get("windows").is_some_and(|v| v == "both");
        let all: Vec<_> = runs.iter().filter(beside).filter(|run| run.run.grade == grade).collect();
        assert_eq!(all.len(), 2);
        for window in ["normal", "private"] {
            let here = |run: &PlannedRun| {
                let arms = run.seeds.seeds.iter().filter_map(|seed| seed.arm.as_deref());
                arms.filter(|arm| arm.contains(&format!("mode={window}"))).count() >= 3
            };
            assert!(all.iter().all(|run| here(run)), "two pages and a search in a {window} window");
        }
        assert!(all.iter().all(|run| run.run.waited), "two uploads and a restart");
    }
    let controls = runs.iter().filter(|run| run.run.arm.0.contains_key("page")).count();
    assert_eq!(controls, 1);
}

#[test]
fn phone_home_types_in_a_window_and_tries_every_reset() {
    let plan = plan("phone-home.toml");
    for browser in Browser::ALL {
        let runs = runs(&plan, browser);
        let typed = runs.iter().flat_map(|run| &run.phases).flat_map(|phase| &phase.steps);
        let typed = typed.filter(|step| matches!(step, Step::Type { .. })).count();
        assert_eq!(typed, 4, "words and an address, twice");
        let after: BTreeSet<_> = runs
            .iter()
            .filter_map(|run| run.run.continues.as_ref())
            .flat_map(|c| &c.after)
            .collect();
        let after: Vec<_> = after.into_iter().map(String::as_str).collect();
        assert_eq!(after, ["clear_data", "reinstall"]);
    }
}

#[test]
fn opt_out_tries_what_was_found_by_hand() {
    let runs = runs(&plan("opt-out.toml"), Browser::Firefox);
    let tried: BTreeSet<_> = runs
        .iter()
        .map(|run| format!("{} {}", run.run.arm.0["mode"], run.run.arm.0["collection"]))
        .collect();
    let expected = ["normal both_off", "normal first_off", "normal on", "private on"];
    assert_eq!(tried.into_iter().collect::<Vec<_>>(), expected);
    let off = runs.iter().find(|run| run.run.id.0 == "firefox-turned-off-1").unwrap();
    assert!(off.phases.iter().any(|phase| phase.name == "turn_off"));
}

#[test]
fn switch_tries_firefoxs_two_settings_one_by_one_and_together() {
    let plan = plan("switch.toml");
    let runs = runs(&plan, Browser::Firefox);
    let tried: BTreeSet<_> = runs
        .iter()
        .map(|run| format!("{} {}", run.run.arm.0["mode"], run.run.arm.0["settings"]))
        .collect();
    // Each twice: one run alone shows no silence.
    assert_eq!((runs.len(), tried.len()), (16, 8), "{tried:?}");
    assert!(tried.contains("private data+usage"));
    assert_eq!(plan.uploads[&Browser::Firefox], ["incoming.telemetry.mozilla.org"]);
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    claim: Vec<Claim>,
    question: Vec<Question>,
}

#[test]
fn claims_quote_a_source_and_speak_of_their_own_product() {
    for browser in Browser::ALL {
        let file = plans().join(format!("claims/{}.toml", browser.name()));
        let claims: Claims = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for claim in &claims.claim {
            assert_eq!(claim.applies_to.product, browser.subject().product, "{}", claim.id);
            assert!(!claim.source.url.is_empty() && claim.source.date.len() == 10, "{}", claim.id);
        }
        assert!(claims.question.len() > 4);
    }
}
