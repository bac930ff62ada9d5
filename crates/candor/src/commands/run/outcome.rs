//! What a plan came to, beside the verdicts: silent settings, what varied, what was void.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{CONTROL_HOST, Gap, GapReason, Party, Run, Sender};
use candor_drive::{Browser, Plan, SilentSet};
use candor_evidence::CaseDir;
use candor_judge::Traffic;
use candor_report::inert;

use crate::audit::Audit;

/// Said when a subject sent its maker nothing in any arm.
pub const NEVER_SEEN: &str = "the plan fails: the browser's uploader was never seen working in any arm. \
Likely causes: data collection is off as packaged, the waits are shorter than its upload timers, or it \
refuses the authority; see the gaps above and prefs in run.json";

/// Whether the subject was seen sending something to its maker.
pub fn uploader_seen(plan: &Plan, browser: Browser, done: &Audit) -> bool {
    done.traffic.iter().any(|t| uploads(plan, browser, t))
}

/// Whether these are uploads whose silence the plan is after: to the hosts that it names, else
/// anything that the subject itself sent to anyone but a visited site.
fn uploads(plan: &Plan, browser: Browser, t: &Traffic) -> bool {
    let named = plan.uploads.get(&browser).filter(|hosts| !hosts.is_empty());
    let wanted = named.is_none_or(|hosts| hosts.contains(&t.host));
    let own = matches!(t.sender, Sender::Subject | Sender::Unknown) && t.party != Party::Visited;
    own && wanted && t.host != CONTROL_HOST
}

/// The outcome in lines.
pub fn told(plan: &Plan, browser: Browser, done: &Audit) -> String {
    let mut out = String::new();
    for run in &done.runs {
        if let Some(why) = &run.void {
            out.push_str(&format!("void   {}: {}\n", inert(&run.id.0, 80), inert(why, 300)));
        }
    }
    out.push_str(&varied(done));
    if plan.switches.contains_key(&browser) {
        out.push_str(&silent_sets(plan, browser, done));
    }
    out
}

/// The outcome of the plan that a case was made by; `None` where none stands in it.
pub fn of_case(dir: &CaseDir, done: &Audit) -> Option<String> {
    let text = std::fs::read_to_string(dir.root().join("plan.toml")).ok()?;
    let plan = Plan::parse(&text, "plan.toml").ok()?;
    let product = dir.case_file().ok()?.subject.product;
    let browser = Browser::ALL.into_iter().find(|browser| browser.subject().product == product)?;
    Some(told(&plan, browser, done))
}

/// What a run repeats: the plan's arm and, where that takes several runs, which of them it is. Its
/// name without the number of the block.
fn repeats(run: &Run) -> String {
    let (arm, block) = (run.environment.get("plan.arm"), run.environment.get("plan.block"));
    let (Some(arm), Some(block)) = (arm, block) else { return run.arm.to_string() };
    let part = run.id.0.split_once(&format!("-{arm}-{block}")).map_or("", |(_, part)| part);
    format!("{arm}{part}, {}", run.arm)
}

/// The runs of one arm, and per host those that reached it.
#[derive(Default)]
struct Repeats<'a> {
    runs: BTreeSet<&'a str>,
    hosts: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

/// Hosts that some repeats of an arm reached and others did not.
fn varied(done: &Audit) -> String {
    let mut arms: BTreeMap<String, Repeats<'_>> = BTreeMap::new();
    for run in &done.runs {
        arms.entry(repeats(run)).or_default().runs.insert(&run.id.0);
    }
    for t in done.traffic.iter().filter(|t| t.party != Party::Visited) {
        let Some(run) = done.runs.iter().find(|run| run.id == t.run) else { continue };
        let hosts = &mut arms.entry(repeats(run)).or_default().hosts;
        hosts.entry(&t.host).or_default().insert(&run.id.0);
    }
    let mut out = String::new();
    for (arm, Repeats { runs, hosts }) in &arms {
        for (host, seen) in hosts.iter().filter(|(_, seen)| seen.len() < runs.len()) {
            let line = format!("{}: {host} in {} of {} runs", arm, seen.len(), runs.len());
            out.push_str(&format!("varied {}\n", inert(&line, 200)));
        }
    }
    if out.is_empty() { out } else { format!("\nWhat varied between runs of one arm\n{out}") }
}

/// Whether a run was silent, and if that cannot be told, why.
fn silence(plan: &Plan, browser: Browser, done: &Audit, run: &Run) -> Result<bool, String> {
    if done.traffic.iter().any(|t| t.run == run.id && uploads(plan, browser, t)) {
        return Ok(false);
    }
    if run.void.is_some() || !run.waited {
        return Err("it is void, or did not wait as long as uploads take".into());
    }
    let named = plan.uploads.get(&browser).filter(|hosts| !hosts.is_empty());
    let hides = |gap: &&Gap| match gap.reason {
        GapReason::AroundProxy => true,
        GapReason::TlsRefused | GapReason::UnknownProtocol | GapReason::NotStopped => {
            named.is_none_or(|hosts| gap.host.is_empty() || hosts.contains(&gap.host))
        }
        _ => false,
    };
    match done.gaps.get(&run.id).into_iter().flatten().find(hides) {
        Some(gap) => Err(format!("{:?} at {}, unread", gap.reason, inert(&gap.host, 60))),
        None => Ok(true),
    }
}

/// The smallest set of settings that was silent, per mode. What cannot be told is not silent.
fn silent_sets(plan: &Plan, browser: Browser, done: &Audit) -> String {
    let mut modes: BTreeMap<&str, Vec<(&str, bool)>> = BTreeMap::new();
    let mut unclear = String::new();
    for run in &done.runs {
        let (Some(mode), Some(settings)) = (run.arm.0.get("mode"), run.arm.0.get("settings"))
        else {
            continue;
        };
        let silent = silence(plan, browser, done, run);
        if let Err(why) = &silent {
            unclear.push_str(&format!("not counted as silent: {}, {why}\n", inert(&run.id.0, 80)));
        }
        modes.entry(mode).or_default().push((settings, silent.unwrap_or(false)));
    }
    let mut out = String::from("\nSmallest set of settings that was silent\n");
    for (mode, runs) in modes {
        let words = match candor_drive::smallest_silent(runs) {
            SilentSet::Smallest(set) => set.into_iter().collect::<Vec<_>>().join(" and "),
            SilentSet::Never => "none of the sets that were tried".into(),
            SilentSet::Always => "silent even with no setting touched, which proves nothing".into(),
        };
        out.push_str(&format!("{mode:8} {words}\n"));
    }
    out + &unclear
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_runs_that_do_the_same_are_repeats() {
        let run = |id: &str, block: &str| {
            let mut run =
                Run { arm: candor_case::Arm::parse("mode=normal").unwrap(), ..Run::default() };
            run.id.0 = id.into();
            let planned = [("plan.arm", "life"), ("plan.block", block)];
            run.environment = planned.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
            repeats(&run)
        };
        assert_eq!(run("chromium-life-1", "1"), run("chromium-life-2", "2"));
        assert_eq!(run("chromium-life-1-2", "1"), run("chromium-life-2-2", "2"));
        assert_ne!(run("chromium-life-1", "1"), run("chromium-life-1-2", "1"));
        assert_eq!(run("chromium-life-1-2", "1"), "life-2, mode=normal");
    }
}
