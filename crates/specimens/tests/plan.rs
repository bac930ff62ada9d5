//! The plan: the same seed gives the same, another seed other values, and the arms are complete.

#![allow(clippy::unwrap_used, reason = "a test fails where its helpers cannot go on")]

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Arm, Property, UnixMicros};
use candor_specimens::{DEFAULT_PHRASE, PlannedRun, Step, specimen, subjects};

const START: UnixMicros = UnixMicros(1_795_305_600_000_000);

fn plan(name: &str, seed: u64) -> Vec<PlannedRun> {
    specimen(name).unwrap().plan(seed, START, DEFAULT_PHRASE)
}

#[test]
fn a_seed_settles_everything() {
    for name in subjects() {
        assert_eq!(plan(name, 5), plan(name, 5), "{name}");
        let values = |seed| -> BTreeSet<String> {
            plan(name, seed).into_iter().flat_map(|p| p.seeds.seeds).map(|s| s.value).collect()
        };
        assert!(values(5).is_disjoint(&values(6)), "{name}");
    }
}

#[test]
fn seeds_differ_and_know_their_run_and_phase() {
    for name in subjects() {
        let plan = plan(name, 7);
        let (mut ids, mut values) = (BTreeSet::new(), BTreeSet::new());
        for planned in &plan {
            let phases: BTreeSet<_> = planned
                .steps
                .iter()
                .filter_map(|step| match step {
                    Step::Phase { name, .. } => Some(name.as_str()),
                    _ => None,
                })
                .collect();
            for seed in &planned.seeds.seeds {
                assert!(ids.insert(seed.id.clone()), "{}", seed.id);
                assert!(values.insert(seed.value.clone()), "{}", seed.value);
                assert_eq!(seed.run.as_ref(), Some(&planned.run.id.0));
                assert!(phases.contains(seed.phase.as_deref().unwrap()), "{}", seed.id);
                if let Some(arm) = &seed.arm {
                    let arm = Arm::parse(arm).unwrap();
                    assert!(arm.0.is_empty() || arm.matches(&planned.run.arm), "{}", seed.id);
                }
            }
            let controls = planned.seeds.seeds.iter().filter(|s| s.property == Property::Control);
            assert_eq!(controls.count(), 1, "{}", planned.run.id.0);
        }
    }
}

#[test]
fn runs_follow_those_they_continue() {
    for name in subjects() {
        for seed in 0..20 {
            let mut before = BTreeSet::new();
            for planned in plan(name, seed) {
                if let Some(state) = planned.state_from() {
                    assert!(before.contains(state), "{name} {seed}: {}", planned.run.id.0);
                }
                assert!(before.insert(planned.run.id.clone()));
                assert!(planned.run.simulated && planned.run.sinkhole && planned.run.waited);
            }
        }
    }
}

#[test]
fn every_arm_has_two_independent_runs() {
    for name in subjects() {
        let mut arms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for planned in plan(name, 8) {
            arms.entry(planned.run.arm.to_string()).or_default().insert(planned.run.install);
        }
        for (arm, installs) in arms {
            assert!(installs.len() >= 2, "{name}: {arm} {installs:?}");
        }
    }
}

#[test]
fn the_phrase_is_searched_for_in_private_windows_only() {
    let phrase = "where is  my\ncat";
    let plan = specimen("browser-2020").unwrap().plan(1, START, phrase);
    let mut found = 0;
    for planned in plan {
        for seed in planned.seeds.seeds.iter().filter(|s| s.value.starts_with("where is my cat ")) {
            assert_eq!(planned.run.arm.0["mode"], "private", "{}", seed.id);
            assert_eq!(seed.id, format!("{}/phrase", planned.run.id.0));
            found += 1;
        }
    }
    assert_eq!(found, 2);
}

#[test]
fn blocks_come_in_random_order() {
    let orders: BTreeSet<Vec<String>> = (0..20)
        .map(|seed| plan("browser-2020", seed).into_iter().map(|p| p.run.id.0).collect())
        .collect();
    assert!(orders.len() > 5, "{}", orders.len());
}
