//! What a plan came to, beside the verdicts: silent settings, what varied, what was void.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{CONTROL_HOST, Party, Sender};
use candor_drive::{Browser, Plan, SilentSet};
use candor_judge::Traffic;
use candor_report::inert;

use crate::audit::Audit;
use crate::commands::run::AllPerformed;

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
pub fn told(plan: &Plan, browser: Browser, done: &Audit, performed: &AllPerformed) -> String {
    let mut out = String::new();
    for (run, result) in performed {
        if let Some(why) = result.voided() {
            out.push_str(&format!("void   {run}: {}\n", inert(&why, 300)));
        }
    }
    out.push_str(&varied(done));
    if plan.switches.contains_key(&browser) {
        out.push_str(&silent_sets(plan, browser, done));
    }
    out
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
        arms.entry(run.arm.to_string()).or_default().runs.insert(&run.id.0);
    }
    for t in done.traffic.iter().filter(|t| t.party != Party::Visited) {
        let Some(run) = done.runs.iter().find(|run| run.id == t.run) else { continue };
        let hosts = &mut arms.entry(run.arm.to_string()).or_default().hosts;
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

/// The smallest set of settings that was silent, per mode.
fn silent_sets(plan: &Plan, browser: Browser, done: &Audit) -> String {
    let mut modes: BTreeMap<&str, Vec<(&str, bool)>> = BTreeMap::new();
    for run in &done.runs {
        let (Some(mode), Some(settings)) = (run.arm.0.get("mode"), run.arm.0.get("settings"))
        else {
            continue;
        };
        let silent = !done.traffic.iter().any(|t| t.run == run.id && uploads(plan, browser, t));
        modes.entry(mode).or_default().push((settings, silent));
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
    out
}
