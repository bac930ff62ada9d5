//! The head of the page: who was examined, what came out, and what that rests on.

use candor_case::{Answer, Controls, Grade, QuestionResult, Spikes, Verdict, VerdictResult};
use maud::{Markup, html};

use crate::inert::shell_word;
use crate::page::evidence::{Context, command};
use crate::page::summary::{self, Left};
use crate::page::told::capital;
use crate::view::View;
use crate::words::{self, count, grouped, percent, size};
use crate::{clock, inert};

/// Verdicts in the order in which they are told.
const ORDER: [(Verdict, &str, &str); 4] = [
    (Verdict::Contradicted, "bad", "contradicted by the recordings"),
    (Verdict::Inconclusive, "open", "not decided by these runs"),
    (Verdict::NotContradicted, "good", "not contradicted"),
    (Verdict::NotTestable, "none", "not testable from outside"),
];

/// Answers that the head of the page tells.
const MOST_ANSWERS: usize = 6;

/// The head of the page.
pub(crate) fn headline(context: &Context<'_>) -> Markup {
    let view = context.index.view;
    let question = question(view);
    html! {
        header.head {
            (kicker(view))
            @if question.is_empty() { h1 { "What does it send, and to whom?" } }
            @else { h1.long[question.chars().count() > 70] { (question) } }
            p.deck { (deck(view)) }
            @if view.verdicts.simulated {
                p.note { strong { "SIMULATED." } " Everything on this page comes from a built-in subject with invented people and reserved host names. It accuses nobody." }
            }
            @if view.verdicts.post_hoc {
                p.note { strong { "Judged post hoc." } " The statements and rules were written down only after the recording, or differ from those that were fixed before its first packet." }
            }
            @if view.verdicts.sinkhole {
                p.note { "candor stood in for the network: this page says what the subject " em { "tried" } " to send." }
            }
            @if let Some(note) = forced(view) { p.note { (note) } }
            @if !view.verdicts.claims.is_empty() { (score(&view.verdicts.claims)) }
            (answers(view))
            div.minute { (what_left(view)) (rests_on(view)) }
        }
    }
}

/// The case's question; that it is simulated is said beside it.
fn question(view: &View) -> String {
    let words = view.case.question.trim_start_matches("SIMULATED:").trim();
    let words = if view.verdicts.simulated { words } else { view.case.question.as_str() };
    inert(&capital(words), 300)
}

fn kicker(view: &View) -> Markup {
    let subject = &view.case.subject;
    html! {
        p.kicker {
            @if view.verdicts.simulated { span.sim { "SIMULATED" } }
            b { (inert(&view.title(), 160)) }
            @if !subject.maker.is_empty() { span { "by " (inert(&subject.maker, 100)) } }
            @if !subject.region.is_empty() { span { "region " (inert(&subject.region, 60)) } }
            @if let Some(first) = view.runs.iter().filter_map(|run| run.started).min() { span { "recorded " (clock::day(first)) } }
        }
    }
}

/// The result in one sentence.
fn deck(view: &View) -> String {
    let claims = &view.verdicts.claims;
    if claims.is_empty() {
        let questions = &view.verdicts.questions;
        let seen = questions.iter().filter(|q| q.answer == Answer::Observed).count();
        return format!(
            "No statement of its maker was put to the test. Of {}, {seen} met with an observation.",
            count(questions.len(), "question")
        );
    }
    let of = |wanted| claims.iter().filter(|claim| claim.verdict == wanted).count();
    let parts: Vec<String> = ORDER
        .iter()
        .map(|(verdict, _, words)| (of(*verdict), words))
        .filter(|(n, _)| *n > 0)
        .map(|(n, words)| format!("{n} {} {words}", if n == 1 { "is" } else { "are" }))
        .collect();
    let statements = count(claims.len(), "statement");
    format!("Of {statements} of its maker, {}.", join(&parts))
}

/// Says so where runs were not as the maker ships them: what they show is no accusation by itself.
fn forced(view: &View) -> Option<String> {
    let of = |grade| view.runs.iter().filter(|run| run.grade == grade).count();
    let (forced, own) = (of(Grade::Forced), of(Grade::Configured));
    let kinds = [
        (forced, "had settings forced on from outside"),
        (own, "used the product’s own settings"),
        (view.runs.len() - forced - own, "ran as shipped"),
    ];
    let told = kinds.iter().filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}"));
    (forced > 0).then(|| {
        format!(
            "Of {}, {}. What only forced runs show is marked: it says what the program can send, not what it sends by itself.",
            count(view.runs.len(), "run"),
            join(&told.collect::<Vec<_>>())
        )
    })
}

/// The answers to what candor asked, short: the whole stands below.
fn answers(view: &View) -> Markup {
    let mut all: Vec<&QuestionResult> = view.verdicts.questions.iter().collect();
    all.sort_by_key(|question| match question.answer {
        Answer::Observed => 0,
        Answer::NotObserved => 1,
        Answer::Inconclusive => 2,
    });
    html! {
        @if !all.is_empty() {
            ul.answers aria-label="What was asked, and the answers" {
                @for question in all.iter().take(MOST_ANSWERS) {
                    @let (class, word) = words::answer(question.answer);
                    li class=(class) { span.badge { (word) } span { (capital(&inert(&question.asks, 200))) } }
                }
            }
            @if all.len() > MOST_ANSWERS { p.small { a href="#questions" { "and " (all.len() - MOST_ANSWERS) " more answers" } } }
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
fn join(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [many @ .., last] => format!("{} and {last}", many.join(", ")),
    }
}

/// One bar, one segment per claim.
fn score(claims: &[VerdictResult]) -> Markup {
    let of = |wanted| claims.iter().filter(|claim| claim.verdict == wanted).count();
    let unit = 1_000.0 / claims.len() as f64;
    let mut done = 0;
    html! {
        svg.score viewBox="0 0 1000 18" preserveAspectRatio="none" aria-hidden="true" {
            @for (verdict, class, _) in ORDER {
                @for _ in 0..of(verdict).min(400) {
                    rect class=(class) x=(format!("{:.2}", f64::from(done) * unit)) y="0" width=(format!("{:.2}", (unit - 3.0).max(unit * 0.6))) height="18" {}
                    ({ done += 1; "" })
                }
            }
        }
        ul.tally {
            @for (verdict, class, words) in ORDER {
                li class=(class) { b { (of(verdict)) } " " (words) }
            }
        }
    }
}

fn what_left(view: &View) -> Markup {
    let all = summary::left(view);
    let (telling, plain): (Vec<&Left<'_>>, Vec<&Left<'_>>) =
        all.iter().partition(|left| summary::is_telling(left.property));
    let most = telling.iter().map(|left| left.requests).max().unwrap_or(1);
    html! {
        section.left aria-labelledby="left" {
            h2 #left { @if view.verdicts.sinkhole { "What it tried to send" } @else { "What left the device" } }
            @if telling.is_empty() { p { "Nothing of a person or a device was found in what was sent." } }
            @else { table {
                caption.hidden { "What was sent, how often and to whom" }
                thead { tr { th scope="col" { "What" } th scope="col" { "In" } th scope="col" { "To" } } }
                tbody { @for left in &telling { (left_row(left, most, view.runs.len())) } }
            } }
            @if !plain.is_empty() {
                p.small { "Besides: " (plain.iter().map(|l| words::plural(l.property)).collect::<Vec<_>>().join(", ")) "." }
            }
        }
    }
}

fn left_row(left: &Left<'_>, most: usize, runs: usize) -> Markup {
    let width = (left.requests as f64 / most.max(1) as f64 * 100.0).max(2.0);
    html! {
        tr {
            th scope="row" {
                (words::plural(left.property)) @if left.private { " " span.tag.private { "private windows too" }
                } @if left.forced { " " span.tag.forced { "only when forced" } }
                svg.gauge viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" {
                    rect class=(words::family(left.property)) x="0" y="0" width=(format!("{width:.1}")) height="4" {}
                }
            }
            td { b { (count(left.requests, "request")) } br; span.small { (left.runs.min(runs.max(left.runs))) " of " (count(runs, "run")) } }
            td { @for (host, party, _) in left.hosts.iter().take(3) { (host_line(host, *party)) }
                @if left.hosts.len() > 3 { span.small { "and " (left.hosts.len() - 3) " more" } } }
        }
    }
}

fn host_line(host: &str, party: candor_case::Party) -> Markup {
    html! { span.host { (inert(host, 80)) " " span.tag.(party_class(party)) { (words::party(party)) } } }
}

/// The class that colours a party.
pub(crate) fn party_class(party: candor_case::Party) -> &'static str {
    match party {
        candor_case::Party::Maker => "maker",
        candor_case::Party::Third => "third",
        candor_case::Party::Visited | candor_case::Party::Unknown => "other",
    }
}

fn rests_on(view: &View) -> Markup {
    let devices: std::collections::BTreeSet<&str> =
        view.runs.iter().map(|run| run.device.as_str()).collect();
    let (controls, spikes) = checks(view);
    let bound = view.verdicts.claims.iter().find_map(|claim| claim.bound.as_deref());
    html! {
        section.rests aria-labelledby="rests" {
            h2 #rests { "What this rests on" }
            dl {
                dt { "Recorded" } dd { (count(view.runs.len(), "run")) " on " (count(devices.len(), "device")) ", " (grouped(view.coverage.requests)) " requests, " (size(view.coverage.bytes_sent)) " sent" }
                dt { "Read" } dd { b { (percent(view.coverage.explained())) } " of what all runs sent; " a href="#gaps" { "what we could not see" } }
                dt { "Eye open" } dd { (words::controls(controls))
                    @if spikes.planted > 0 { "; " (spikes.recovered) " of " (spikes.planted) " test values recovered from copies of its own data" } }
                @if let Some(bound) = bound { dt { "Silence" } dd { (inert(bound, 300)) } }
                dt { "Check it" } dd { (command(&format!("candor audit {}", shell_word(&view.name, 400)))) }
            }
        }
    }
}

/// The widest controls and spikes that any verdict rests on.
fn checks(view: &View) -> (Controls, Spikes) {
    let verdicts = &view.verdicts;
    let claims = verdicts.claims.iter().map(|c| (c.controls, c.spikes));
    let questions = verdicts.questions.iter().map(|q| (q.controls, q.spikes));
    let all: Vec<(Controls, Spikes)> = claims.chain(questions).collect();
    let controls = all.iter().map(|(c, _)| *c).max_by_key(|c| c.runs).unwrap_or_default();
    let spikes = all.iter().map(|(_, s)| *s).max_by_key(|s| s.planted).unwrap_or_default();
    (controls, spikes)
}
