//! Sentences: what a verdict says about the findings that show it.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::Shown;

/// Why a claim is contradicted, in sentences.
pub(crate) fn contradiction(shown: &Shown<'_>) -> Vec<String> {
    let mut lines = observation(shown);
    match shown.independent() {
        1 => lines
            .push("contradicted, seen once: repeat with a fresh profile and other seeds".into()),
        n => lines.push(format!("shown by {n} independent runs")),
    }
    lines
}

/// What was seen, by property and recipient, most frequent first.
pub(crate) fn observation(shown: &Shown<'_>) -> Vec<String> {
    let mut counts: BTreeMap<(&str, &str), (u64, BTreeSet<&str>)> = BTreeMap::new();
    for finding in shown.findings.iter().chain(&shown.unattributed) {
        let (count, runs) = counts
            .entry((finding.property.meaning(), finding.recipient.host.as_str()))
            .or_default();
        *count += 1;
        runs.insert(&finding.seen.run.0);
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by(|a, b| b.1.0.cmp(&a.1.0).then_with(|| a.0.cmp(&b.0)));
    let more = rows.len().saturating_sub(4);
    let mut lines: Vec<String> = rows
        .into_iter()
        .take(4)
        .map(|((what, host), (count, runs))| {
            let (times, in_runs) = (counted(count, "time"), counted(runs.len() as u64, "run"));
            format!("{what} went to {host}: {times} in {in_runs}")
        })
        .collect();
    if more > 0 {
        lines.push(format!("and {} more", counted(more as u64, "kind")));
    }
    if !shown.unattributed.is_empty() && shown.findings.is_empty() {
        lines.push("who sent it is not known: a page or another program may have".into());
    }
    lines
}

/// `1 run`, `2 runs`.
pub(crate) fn counted(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// Steps between runs as a sentence has them: `30 days, 91 days of use, a restart`.
pub(crate) fn steps(steps: &[String]) -> String {
    let words = |step: &String| match step.strip_prefix("days:") {
        Some(days) => match days.split_once(' ') {
            Some((days, "used")) => format!("{days} days of use"),
            Some((days, "unused")) => format!("{days} days without use"),
            _ => format!("{days} days"),
        },
        None => match step.as_str() {
            "restart" => "a restart".to_owned(),
            "reinstall" => "a reinstall".to_owned(),
            "clear_data" => "clearing all data".to_owned(),
            other => other.replace('_', " "),
        },
    };
    steps.iter().map(words).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_steps_read_as_sentences() {
        assert_eq!([counted(0, "run"), counted(1, "run")], ["0 runs", "1 run"]);
        let outlived = ["days:30", "days:91 used", "days:91 unused", "clear_data", "second_device"]
            .map(str::to_owned);
        assert_eq!(
            steps(&outlived),
            "30 days, 91 days of use, 91 days without use, clearing all data, second device"
        );
    }
}
