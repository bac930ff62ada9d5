//! What would be done, as text.

use std::fmt::Write;

use super::{Mode, Plan, PlannedRun, Step};

/// Says what would be done, run by run and step by step.
pub fn dry_run(plan: &Plan, runs: &[PlannedRun]) -> String {
    let mut text = format!("plan    {}\nasks    {}\n", plan.name, plan.question);
    let total: u32 = runs.iter().map(PlannedRun::seconds).sum();
    let _ = writeln!(text, "runs    {}, about {}", runs.len(), duration(total));
    for run in runs {
        tell(&mut text, run);
    }
    text
}

fn tell(text: &mut String, planned: &PlannedRun) {
    let run = &planned.run;
    let grade = format!("{:?}", run.grade).to_lowercase();
    let _ = writeln!(text, "\n{}  {}  {grade}  {}", run.id.0, run.arm, duration(planned.seconds()));
    match &run.continues {
        Some(from) => {
            let _ = writeln!(text, "  continues {} after {}", from.run.0, from.after.join(", "));
        }
        None => text.push_str("  fresh profile, fresh home\n"),
    }
    for switch in planned.settings.switches.iter().chain(&planned.settings.switches_while_on) {
        let _ = writeln!(text, "  switch {switch}");
    }
    for (name, value) in &planned.settings.prefs {
        let _ = writeln!(text, "  pref {name} = {value}");
    }
    for phase in &planned.phases {
        for step in &phase.before {
            let _ = writeln!(text, "    {}", words(step));
        }
        let _ = writeln!(text, "  {} (session {})", phase.name, phase.session);
        for step in &phase.steps {
            let _ = writeln!(text, "    {}", words(step));
        }
    }
}

fn words(step: &Step) -> String {
    match step {
        Step::Start => "start the browser".into(),
        Step::Stop => "close the browser".into(),
        Step::Crash => "make the browser crash".into(),
        Step::Turn(Mode::Private) => "turn to the private window beside the normal one".into(),
        Step::Turn(_) => "turn to the normal window".into(),
        Step::Open { url, .. } => format!("open {url}"),
        Step::Type { text, enter, .. } => {
            format!("type `{text}` into the address bar{}", if *enter { ", Enter" } else { "" })
        }
        Step::Idle(seconds) => format!("wait {seconds} s"),
        Step::ClearData => "clear browsing data".into(),
        Step::TurnOff(collection) => {
            format!("set collection to `{}` in the browser's settings", collection.name())
        }
    }
}

/// Seconds as people say them.
pub(crate) fn duration(seconds: u32) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_in_words() {
        let table = [(0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (7_320, "2 h 2 min")];
        for (seconds, expected) in table {
            assert_eq!(duration(seconds), expected);
        }
    }
}
