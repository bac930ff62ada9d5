//! The page: one self-contained HTML file in which nothing runs and nothing loads.

use candor_case::{
    Answer, ExhibitLayer, Finding, Identifier, QuestionResult, Run, Verdict, VerdictResult,
};
use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, html};

use crate::style::CSS;
use crate::table::{gap_word, size};
use crate::{View, inert};

/// Nothing may run, load or be sent from the page; its own style sheet is the only exception.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Findings that open on the page at most; all of them stand in `analysis/findings.jsonl`.
const MOST_FINDINGS: usize = 2_000;

/// The whole report as one HTML document.
pub fn html(view: &View) -> String {
    let subject = &view.case.subject;
    let name = if subject.product.is_empty() { &view.name } else { &subject.product };
    let title = format!("{} {}", inert(name, 80), inert(&subject.version, 40));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { "candor: " (title) }
                style { (maud::PreEscaped(CSS)) }
            }
            body { main { (headline(view, &title)) (claims(view)) (questions(view)) (identifiers(view)) (unseen(view)) (findings(view)) (runs(&view.runs)) (verify(view)) } }
        }
    }
    .into_string()
}

fn headline(view: &View, title: &str) -> Markup {
    let count = |wanted| view.verdicts.claims.iter().filter(|c| c.verdict == wanted).count();
    let tallies = [
        (count(Verdict::Contradicted), "claims contradicted"),
        (count(Verdict::NotContradicted), "not contradicted"),
        (count(Verdict::Inconclusive), "inconclusive"),
        (count(Verdict::NotTestable), "not testable from outside"),
    ];
    html! {
        header {
            @if view.verdicts.simulated { span.sim { "SIMULATED" } }
            h1 { (title) }
            p.lead { (inert(&view.case.question, 400)) }
            @if view.verdicts.simulated {
                p.small { "Everything on this page comes from a built-in subject with invented people and reserved host names. It accuses nobody." }
            }
            @if view.verdicts.sinkhole {
                p.small { "candor stood in for the network: the page says what the subject tried to send." }
            }
            ul.tally {
                @for (n, what) in tallies { li { b { (n) } span { (what) } } }
                li { b { (format!("{:.1} %", view.coverage.explained() * 100.0)) } span { "of " (size(view.coverage.bytes_sent)) " read" } }
                li { b { (view.runs.len()) } span { "runs" } }
            }
        }
    }
}

fn claims(view: &View) -> Markup {
    html! {
        @if !view.verdicts.claims.is_empty() {
            section aria-labelledby="claims" {
                h2 #claims { "What its maker said, and what it is worth" }
                @for result in &view.verdicts.claims { (claim(view, result)) }
            }
        }
    }
}

fn claim(view: &View, result: &VerdictResult) -> Markup {
    let (class, word) = match result.verdict {
        Verdict::Contradicted if result.seen_once => ("bad", "Contradicted, seen once"),
        Verdict::Contradicted => ("bad", "Contradicted"),
        Verdict::NotContradicted => ("good", "Not contradicted"),
        Verdict::Inconclusive => ("open", "Inconclusive"),
        Verdict::NotTestable => ("none", "Not testable from outside"),
    };
    html! {
        article class=(class) id=(format!("claim-{}", inert(&result.id, 60))) {
            blockquote { "“" (inert(&result.says, 2_000)) "”" }
            p.src { (inert(&result.source.url, 200)) ", " (inert(&result.source.date, 20))
                @if let Some(note) = &result.source.note { " (" (inert(note, 300)) ")" } }
            p.verdict { span.badge { (word) } span.small { (inert(&result.id, 60)) } }
            p.small { "Read as: " (inert(&result.reading, 600)) }
            (why(&result.because, result.bound.as_deref()))
            p.small { "Controls found in " (result.controls.found) " of " (result.controls.runs) " runs; spikes recovered "
                (result.spikes.recovered) " of " (result.spikes.planted) "; "
                (format!("{:.1} %", result.coverage.explained() * 100.0)) " of " (size(result.coverage.bytes_sent)) " read." }
            (evidence(view, &result.findings))
        }
    }
}

fn questions(view: &View) -> Markup {
    html! {
        @if !view.verdicts.questions.is_empty() {
            section aria-labelledby="questions" {
                h2 #questions { "What candor asked" }
                @for result in &view.verdicts.questions { (question(view, result)) }
            }
        }
    }
}

fn question(view: &View, result: &QuestionResult) -> Markup {
    let (class, word) = match result.answer {
        Answer::Observed => ("bad", "Observed"),
        Answer::NotObserved => ("good", "Not observed"),
        Answer::Inconclusive => ("open", "Inconclusive"),
    };
    html! {
        article class=(class) {
            blockquote { (inert(&result.asks, 2_000)) }
            p.verdict { span.badge { (word) } span.small { (inert(&result.id, 60)) } }
            (why(&result.because, result.bound.as_deref()))
            (evidence(view, &result.findings))
        }
    }
}

fn why(lines: &[String], bound: Option<&str>) -> Markup {
    html! {
        ul.why {
            @for line in lines { li { (inert(line, 1_000)) } }
            @if let Some(bound) = bound { li { (inert(bound, 400)) } }
        }
    }
}

fn evidence(view: &View, ids: &[String]) -> Markup {
    html! {
        @for finding in ids.iter().filter_map(|id| view.finding(id)).take(5) {
            details {
                summary { (inert(&finding.value, 120)) " to " strong { (inert(&finding.recipient.host, 100)) } }
                (finding_body(view, finding))
            }
        }
        @if ids.len() > 5 { p.small { "and " (ids.len() - 5) " more among the findings below" } }
    }
}

fn finding_body(view: &View, finding: &Finding) -> Markup {
    html! {
        p.small { (finding.property.meaning()) ". "
            @if let Some(planted) = &finding.planted {
                "Planted in run " (inert(&planted.run.0, 60)) " (" (inert(&planted.arm.to_string(), 120)) "), "
            }
            "seen in run " (inert(&finding.seen.run.0, 60)) " (" (inert(&finding.seen.arm.to_string(), 120)) ")"
            @if !finding.seen.phase.is_empty() { " during " (inert(&finding.seen.phase, 60)) }
            ". Chance matches expected in this case: " (format!("{:.1e}", finding.chance)) "." }
        @if !finding.derivation.is_empty() { p.small { "Changed before it was sent: " (inert(&finding.derivation.join(", then "), 200)) } }
        @if let Some(documented) = &finding.documented { p.small { "Documented: " (inert(documented, 400)) } }
        p.path { (inert(&finding.place.path, 600)) " bytes " (finding.place.span.start) " to " (finding.place.span.end) }
        @if let Some(exhibit) = view.exhibit(&finding.id) {
            p.path { (inert(&exhibit.request, 300)) }
            @for layer in &exhibit.layers { (exhibit_layer(layer)) }
        }
        p.small { code { "candor show " (inert(&view.name, 80)) " " (finding.id) } }
    }
}

/// One layer: its step and the window around the bytes that lead on, those marked.
fn exhibit_layer(layer: &ExhibitLayer) -> Markup {
    let window = BASE64.decode(layer.window.as_bytes()).unwrap_or_default();
    let at = |offset: u64| {
        usize::try_from(offset.saturating_sub(layer.window_start))
            .unwrap_or(window.len())
            .min(window.len())
    };
    let (start, end) = (at(layer.span.start), at(layer.span.end));
    let text = |bytes: &[u8]| inert(&String::from_utf8_lossy(bytes), 600);
    html! {
        h3 { code { (inert(&layer.step, 200)) } span.small { " " (size(layer.length)) } }
        pre { (text(&window[..start])) mark { (text(&window[start..end.max(start)])) } (text(&window[end.max(start)..])) }
    }
}

fn identifiers(view: &View) -> Markup {
    html! {
        @if !view.identifiers.is_empty() {
            section aria-labelledby="ids" {
                h2 #ids { "Numbers that tie requests together" }
                div.scroll { table {
                    thead { tr { th { "Where" } th { "What" } th { "Scope" } th { "Outlived" } th { "Ended by" } th { "Not tested" } th { "Values" } } }
                    tbody { @for identifier in view.identifiers.iter().take(200) { (identifier_row(identifier)) } }
                } }
            }
        }
    }
}

fn identifier_row(identifier: &Identifier) -> Markup {
    let list =
        |items: &[String]| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
    html! {
        tr {
            td { (inert(&identifier.host, 80)) br; span.path { (inert(&identifier.place_pattern, 200)) } }
            td { (identifier.property.map_or("not documented", |p| p.meaning())) br; span.small { (inert(&identifier.because, 300)) } }
            td { (format!("{:?}", identifier.scope).to_lowercase()) }
            td { (inert(&list(&identifier.outlived), 200)) }
            td { (inert(&list(&identifier.ended_by), 200)) }
            td { (inert(&list(&identifier.not_tested), 200)) }
            td { (identifier.values.len()) br; @if let Some(first) = identifier.values.first() { code { (inert(&first.value, 60)) } } }
        }
    }
}

fn unseen(view: &View) -> Markup {
    html! {
        section aria-labelledby="gaps" {
            h2 #gaps { "What we could not see" }
            p { (view.coverage.requests) " requests, " (size(view.coverage.bytes_sent)) " sent, "
                (size(view.coverage.bytes_explained)) " read." }
            @if view.coverage.gaps.is_empty() { p { "Nothing was left unread." } }
            @else { div.scroll { table {
                thead { tr { th { "Why" } th { "To" } th { "Times" } th { "Size" } th { "Largest" } th { "Example" } } }
                tbody { @for gap in view.coverage.gaps.iter().take(500) { tr {
                    td { (gap_word(gap.reason)) } td { (inert(&gap.host, 100)) } td { (gap.count) } td { (size(gap.bytes)) } td { (size(gap.largest)) } td.path { (inert(&gap.example, 200)) }
                } } }
            } } }
        }
    }
}

fn findings(view: &View) -> Markup {
    let total = view.shown_findings().count();
    html! {
        section aria-labelledby="findings" {
            h2 #findings { "Every finding" }
            p.small { (total) " findings; each opens to the bytes that show it." }
            @for finding in view.shown_findings().take(MOST_FINDINGS) {
                details {
                    summary { (finding.property.meaning()) ": " (inert(&finding.value, 100)) " to " (inert(&finding.recipient.host, 80)) }
                    (finding_body(view, finding))
                }
            }
            @if total > MOST_FINDINGS { p.small { "The rest stands in analysis/findings.jsonl." } }
        }
    }
}

fn runs(runs: &[Run]) -> Markup {
    html! {
        section aria-labelledby="runs" {
            h2 #runs { "Runs" }
            div.scroll { table {
                thead { tr { th { "Run" } th { "Device" } th { "Arm" } th { "Grade" } th { "Continues" } } }
                tbody { @for run in runs { tr {
                    td { (inert(&run.id.0, 80)) } td { (inert(&run.device, 80)) } td { (inert(&run.arm.to_string(), 200)) }
                    td { (format!("{:?}", run.grade).to_lowercase()) }
                    td { @if let Some(c) = &run.continues { (inert(&c.run.0, 80)) " after " (inert(&c.after.join(", "), 100)) } }
                } } }
            } }
        }
    }
}

fn verify(view: &View) -> Markup {
    html! {
        section aria-labelledby="verify" {
            h2 #verify { "How to check this page" }
            p { "The recordings under " code { "runs/" } " are WARC files that other tools read too. "
                "Derive everything again with " code { "candor audit " (inert(&view.name, 80)) } "; the same recordings give the same bytes." }
        }
    }
}
