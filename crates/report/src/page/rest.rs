//! The plain sections at the end: what could not be seen, the runs, and how to check it all.

use std::collections::BTreeMap;

use candor_case::{Gap, GapReason, Run};
use maud::{Markup, html};

use crate::inert::shell_word;
use crate::page::evidence::{Context, command};
use crate::words::{self, count, gap_word, grouped, percent, size};
use crate::{clock, inert};

/// Rows of a table that are drawn at most.
const MOST: usize = 400;

/// What could not be read, by reason and size.
pub(crate) fn gaps(context: &Context<'_>) -> Markup {
    let coverage = &context.index.view.coverage;
    let mut by_reason: BTreeMap<GapReason, Vec<&Gap>> = BTreeMap::new();
    for gap in &coverage.gaps {
        by_reason.entry(gap.reason).or_default().push(gap);
    }
    let mut order: Vec<(GapReason, Vec<&Gap>)> = by_reason.into_iter().collect();
    let bytes = |gaps: &[&Gap]| gaps.iter().fold(0_u64, |sum, gap| sum.saturating_add(gap.bytes));
    order.sort_by(|a, b| bytes(&b.1).cmp(&bytes(&a.1)).then(a.0.cmp(&b.0)));
    let most = order.iter().map(|(_, gaps)| bytes(gaps)).max().unwrap_or(0);
    html! {
        section #gaps aria-labelledby="gaps-title" {
            h2 #gaps-title { "What we could not see" }
            p.intro { b { (percent(coverage.explained())) } " of what was sent was read to its end: " (size(coverage.bytes_explained)) " of " (size(coverage.bytes_sent)) " in " (grouped(coverage.requests)) " requests. Counted is what the subject sent: request line, header fields and body." }
            svg.meter viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true" {
                rect.unread x="0" y="0" width="1000" height="14" {} rect.read x="0" y="0" width=(format!("{:.1}", coverage.explained().clamp(0.0, 1.0) * 1_000.0)) height="14" {} }
            @if order.is_empty() { p { "Nothing was left unread, and nothing is known to have gone another way." } }
            @for (reason, gaps) in &order { (gap_group(*reason, gaps, bytes(gaps), most)) }
        }
    }
}

fn gap_group(reason: GapReason, gaps: &[&Gap], bytes: u64, most: u64) -> Markup {
    let times = gaps.iter().fold(0_u64, |sum, gap| sum.saturating_add(gap.count));
    let width = if most == 0 { 0.0 } else { bytes as f64 / most as f64 * 1_000.0 };
    html! {
        div.gap {
            h3 { (words_capital(gap_word(reason))) span.small { (count(usize::try_from(times).unwrap_or(usize::MAX), "time")) @if bytes > 0 { ", " (size(bytes)) } } }
            svg.meter.thin viewBox="0 0 1000 6" preserveAspectRatio="none" aria-hidden="true" { rect.unread x="0" y="0" width=(format!("{width:.1}")) height="6" {} }
            div.scroll tabindex="0" role="region" aria-label=(gap_word(reason)) { table.stack {
                thead { tr { th scope="col" { "To" } th.num scope="col" { "Times" } th.num scope="col" { "Size" } th.num scope="col" { "Largest" } th scope="col" { "Example" } } }
                tbody { @for gap in gaps.iter().take(MOST) { tr {
                    td.host { (if gap.host.is_empty() { "not known".into() } else { inert(&gap.host, 120) }) }
                    td.num data-label="Times" { (grouped(gap.count)) } td.num data-label="Size" { (known_size(gap.bytes)) } td.num data-label="Largest" { (known_size(gap.largest)) }
                    td data-label="Example" { code { (inert(&gap.example, 240)) } }
                } } }
            } }
            @if gaps.len() > MOST { p.small { "And " (gaps.len() - MOST) " more hosts." } }
        }
    }
}

fn known_size(bytes: u64) -> String {
    if bytes == 0 { "not known".into() } else { size(bytes) }
}

fn words_capital(text: &str) -> String {
    crate::page::told::capital(text)
}

/// The runs and what was fixed before the first packet.
pub(crate) fn runs(context: &Context<'_>) -> Markup {
    let runs = &context.index.view.runs;
    // What all runs have in common is said once, by the head of the page.
    let told = (runs.iter().all(|run| run.sinkhole), runs.iter().all(|run| run.simulated));
    html! {
        section #runs aria-labelledby="runs-title" {
            h2 #runs-title { "The runs" }
            div.scroll tabindex="0" role="region" aria-label="Runs" { table.stack {
                thead { tr { th scope="col" { "Run" } th scope="col" { "Started (UTC)" } th scope="col" { "Device" } th scope="col" { "Setting" } th scope="col" { "The subject ran" } th scope="col" { "Goes on from" } } }
                tbody { @for run in runs.iter().take(MOST) { (run_row(run, told)) } }
            } }
            @if runs.len() > MOST { p.small { "And " (runs.len() - MOST) " more." } }
            @if let Some(run) = runs.iter().find(|run| !run.digests.is_empty()) {
                details.figures { summary { "Fixed before the first packet" }
                    dl.digests { @for (what, digest) in run.digests.iter().take(20) { dt { (inert(what, 60)) } dd { code { (inert(digest, 160)) } } } } }
            }
        }
    }
}

fn run_row(run: &Run, (sinkhole, simulated): (bool, bool)) -> Markup {
    html! {
        tr {
            th scope="row" { (inert(&run.id.0, 80)) @if run.sinkhole && !sinkhole { " " span.tag { "sinkhole" } } @if run.simulated && !simulated { " " span.tag { "simulated" } } }
            td data-label="Started (UTC)" { (run.started.map_or_else(String::new, clock::iso)) @if run.clock_offset_s != 0 { br; span.small { "its clock set ahead by " (clock::span(run.clock_offset_s.saturating_mul(1_000_000))) } } }
            td data-label="Device" { (inert(&run.device, 80)) }
            td data-label="Setting" { (words::arm(&run.arm)) }
            td data-label="The subject ran" { (words::grade(run)) }
            td data-label="Goes on from" { @if let Some(before) = &run.continues { (inert(&before.run.0, 80)) ", after " (before.after.iter().take(6).map(|s| words::step_between(s)).collect::<Vec<_>>().join(", ")) } }
        }
    }
}

/// Words that this page uses in a sense of its own.
const WORDS: [(&str, &str); 10] = [
    ("run", "one recording of one device in one setting"),
    (
        "planted, seen",
        "where a value was put in (an address that was visited, words that were searched for), and where it was found again",
    ),
    ("finding", "a value of the person or the device in a request, with the bytes that show it"),
    ("identifier", "a value that ties requests together"),
    (
        "control",
        "a known leak sent through the same path in every run, to prove that the eye was open",
    ),
    (
        "spike",
        "a fresh value that candor puts into a copy of the subject’s own requests, to prove that it would have been seen",
    ),
    (
        "coverage, gap",
        "how much of what was sent could be read, and what could not, and why; beside a statement, of what the runs sent that count for it: those in the settings it speaks of, and those that go on from them",
    ),
    ("sinkhole", "candor answers in the place of the network, so that nothing leaves"),
    (
        "as shipped, by its own settings, by switches from outside",
        "how far a run was from what everybody has; claims about defaults and consent are judged on runs as shipped only",
    ),
    ("not contradicted", "looked for under known conditions and not seen; it is never called true"),
];

fn glossary() -> Markup {
    html! {
        details.figures { summary { "Words on this page" }
            dl.digests { @for (word, meaning) in WORDS { dt { (word) } dd { (meaning) } } } }
    }
}

/// How a stranger checks all of it.
pub(crate) fn check(context: &Context<'_>) -> Markup {
    let case = shell_word(&context.index.view.name, 400);
    html! {
        section #check aria-labelledby="check-title" {
            h2 #check-title { "How to check this" }
            p { "This page computes nothing: it shows what stands in the case. The recordings under " code { "runs/" } " are WARC files (ISO 28500) that other tools read too. The same recordings give the same bytes again:" }
            (command(&format!("candor audit {case}")))
            p { "Every finding names the command that opens it again, layer by layer. That the verdicts follow from the bytes does not prove that the recording was honest: for that, record again, with fresh values and on a device of your own." }
            (glossary())
        }
    }
}
