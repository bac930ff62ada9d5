//! Lifetimes: what an identifier stayed the same across, what ended it, and what nobody tried.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Run, RunId, Scope};

use crate::family::Family;

/// What every lifetime is asked about, mildest first.
const LADDER: [&str; 4] = ["restart", "clear_data", "reinstall", "second_device"];

/// How long an identifier lives, as far as the runs show.
pub(crate) struct Lifetime {
    pub(crate) scope: Scope,
    pub(crate) outlived: Vec<String>,
    pub(crate) ended_by: Vec<String>,
    pub(crate) not_tested: Vec<String>,
}

/// What was tried on a value, and how it came out.
#[derive(Default)]
struct Trials {
    outlived: BTreeSet<String>,
    ended_by: BTreeSet<String>,
    several_devices: bool,
    /// Devices of one persona sent the same value.
    follows_person: bool,
    /// Devices of different (or unnamed) personas did: a constant of the program.
    constant: bool,
}

/// Reads a family's lifetime from the runs it was seen in.
pub(crate) fn read(family: &Family<'_>, runs: &BTreeMap<RunId, &Run>) -> Lifetime {
    let mut trials = Trials::default();
    across_sessions(family, &mut trials);
    across_runs(family, runs, &mut trials);
    across_devices(family, runs, &mut trials);
    let tested = |step: &str| match step {
        "second_device" => trials.several_devices,
        _ => trials.outlived.contains(step) || trials.ended_by.contains(step),
    };
    Lifetime {
        scope: scope(&trials),
        not_tested: LADDER.iter().filter(|step| !tested(step)).map(|&s| s.to_owned()).collect(),
        outlived: trials.outlived.into_iter().collect(),
        ended_by: trials.ended_by.into_iter().collect(),
    }
}

/// Sessions of one run are parted by restarts.
fn across_sessions(family: &Family<'_>, trials: &mut Trials) {
    let sessions: Vec<_> = family.sessions.iter().collect();
    for pair in sessions.windows(2) {
        let ((run_a, _), before) = pair[0];
        let ((run_b, _), after) = pair[1];
        if run_a == run_b {
            note(trials, "restart", before, after);
        }
    }
}

/// A run that continues another is parted from it by what was done in between.
fn across_runs(family: &Family<'_>, runs: &BTreeMap<RunId, &Run>, trials: &mut Trials) {
    let values = by_run(family);
    for (run, after) in &values {
        let Some(continues) = runs.get(*run).and_then(|run| run.continues.as_ref()) else {
            continue;
        };
        let Some(before) = seen_before(&continues.run, &values, runs) else { continue };
        for step in &continues.after {
            note(trials, step, before, after);
        }
    }
}

/// The values of the nearest ancestor run in which the place was seen, as long as nothing but
/// restarts lies between.
fn seen_before<'a>(
    run: &RunId,
    values: &'a BTreeMap<&RunId, BTreeSet<&'a str>>,
    runs: &BTreeMap<RunId, &Run>,
) -> Option<&'a BTreeSet<&'a str>> {
    let mut at = run.clone();
    for _ in 0..runs.len() {
        if let Some(seen) = values.get(&at) {
            return Some(seen);
        }
        let continues = runs.get(&at)?.continues.as_ref()?;
        if continues.after.iter().any(|step| step != "restart") {
            return None;
        }
        at = continues.run.clone();
    }
    None
}

fn across_devices(family: &Family<'_>, runs: &BTreeMap<RunId, &Run>, trials: &mut Trials) {
    let mut owner: BTreeMap<&str, &Run> = BTreeMap::new();
    let mut devices = BTreeSet::new();
    for ((run, _), digests) in &family.sessions {
        let Some(run) = runs.get(*run).filter(|run| !run.device.is_empty()) else { continue };
        devices.insert(run.device.as_str());
        for digest in digests {
            let first = owner.entry(digest).or_insert(run);
            if first.device != run.device {
                let one_person = !run.persona.is_empty() && first.persona == run.persona;
                trials.follows_person |= one_person;
                trials.constant |= !one_person;
            }
        }
    }
    trials.several_devices = devices.len() > 1;
}

fn note(trials: &mut Trials, step: &str, before: &BTreeSet<&str>, after: &BTreeSet<&str>) {
    let set = if before.is_disjoint(after) { &mut trials.ended_by } else { &mut trials.outlived };
    set.insert(step.to_owned());
}

fn by_run<'a>(family: &Family<'a>) -> BTreeMap<&'a RunId, BTreeSet<&'a str>> {
    let mut values: BTreeMap<&RunId, BTreeSet<&str>> = BTreeMap::new();
    for ((run, _), digests) in &family.sessions {
        values.entry(*run).or_default().extend(digests);
    }
    values
}

/// The widest scope that the trials show; unknown where nothing was tried.
fn scope(trials: &Trials) -> Scope {
    let outlived = |step: &str| trials.outlived.contains(step);
    let ended = |step: &str| trials.ended_by.contains(step) && !outlived(step);
    let reset_survived = outlived("clear_data") || outlived("reinstall");
    if trials.constant {
        return Scope::Unknown;
    }
    if trials.follows_person {
        return Scope::Person;
    }
    if reset_survived && trials.several_devices {
        return Scope::Device;
    }
    if reset_survived
        || outlived("restart")
        || trials.outlived.iter().any(|s| s.starts_with("days:"))
    {
        return Scope::Install;
    }
    if ended("restart") {
        return Scope::Session;
    }
    Scope::Unknown
}
