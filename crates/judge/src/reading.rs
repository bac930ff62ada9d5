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
            format!("{what} went to {host}: {count} times in {} runs", runs.len())
        })
        .collect();
    if more > 0 {
        lines.push(format!("and {more} kinds more"));
    }
    if !shown.unattributed.is_empty() && shown.findings.is_empty() {
        lines.push("who sent it is not known: a page or another program may have".into());
    }
    lines
}
