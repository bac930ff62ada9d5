//! The maker's sentences beside what was seen, and candor's own questions apart.

use candor_case::{QuestionResult, Verdict, VerdictResult};
use maud::{Markup, html};

use crate::inert;
use crate::page::evidence::{Context, beside};
use crate::page::summary::is_private;
use crate::page::told::capital;
use crate::words;

/// Claims that are drawn at most.
const MOST: usize = 500;

type Numbered<'a> = Vec<(usize, &'a VerdictResult)>;

/// All claims: contradicted first, those that nobody can test from outside last and folded.
pub(crate) fn claims(context: &Context<'_>) -> Markup {
    let all = &context.index.view.verdicts.claims;
    let tested = [Verdict::Contradicted, Verdict::Inconclusive, Verdict::NotContradicted];
    let tested: Numbered<'_> = tested.into_iter().flat_map(|v| of(context, v)).collect();
    let untested = of(context, Verdict::NotTestable);
    html! {
        @if !all.is_empty() {
            section #claims aria-labelledby="claims-title" {
                h2 #claims-title { "What its maker said, beside what was seen" }
                p.intro { "Each sentence of the maker, word for word, beside what the recordings show. “Not contradicted” does not mean true: it means looked for under known conditions and not seen." }
                @for (n, result) in tested { (claim(context, n, result)) }
                @if !untested.is_empty() {
                    details.untested { summary { (words::count(untested.len(), "statement")) " that nothing seen from outside could decide" }
                        @for (n, result) in untested { (claim(context, n, result)) } }
                }
            }
        }
    }
}

/// The claims of one verdict, what touches people most first.
fn of<'a>(context: &Context<'a>, wanted: Verdict) -> Numbered<'a> {
    let all = context.index.view.verdicts.claims.iter().enumerate();
    let mut found: Numbered<'a> = all.filter(|(_, c)| c.verdict == wanted).take(MOST).collect();
    found.sort_by_key(|(_, result)| {
        let first = result.findings.first().and_then(|id| context.index.finding(id));
        first.map_or(9, |(_, finding)| match words::family(finding.property) {
            "browsing" if is_private(finding) => 0,
            "browsing" => 1,
            "person" => 2,
            _ if finding.property.ties_records() => 3,
            _ => 4,
        })
    });
    found
}

fn claim(context: &Context<'_>, n: usize, result: &VerdictResult) -> Markup {
    let (class, word) = words::verdict(result);
    html! {
        article.claim.(class) id=(format!("claim-{n}")) {
            div.said {
                blockquote { (inert(&result.says, 2_000)) }
                p.src { (inert(&result.source.url, 240)) br; (inert(&result.source.date, 20))
                    @if let Some(note) = &result.source.note { ". " (inert(note, 400)) } }
                p.reading { span.label { "Read as" } (inert(&result.reading, 800)) }
                @if let Some(rule) = context.index.view.claims.iter().find(|claim| claim.id == result.id) { (rule_line(rule)) }
            }
            div.seen {
                p.verdict { span.badge { (word) } span.small.id { (inert(&result.id, 60)) } }
                (because(&result.because, result.bound.as_deref()))
                (beside(context, &result.findings))
                @if result.coverage.requests > 0 || result.controls.runs > 0 {
                    p.small.basis { (capital(&words::read(&result.coverage))) "; "
                        (words::controls(result.controls)) "; test values recovered " (result.spikes.recovered) " of " (result.spikes.planted) "." }
                }
            }
        }
    }
}

/// The rule as it was written, for those who want to know exactly.
fn rule_line(claim: &candor_case::Claim) -> Markup {
    let rule = serde_json::to_string(&claim.rule).unwrap_or_default();
    html! { details.rule { summary { "The exact rule" } code { (inert(&rule, 2_000)) } } }
}

fn because(lines: &[String], bound: Option<&str>) -> Markup {
    html! {
        ul.why {
            @for line in lines.iter().take(40) { li { (inert(line, 1_000)) } }
            @if let Some(bound) = bound { li { (inert(bound, 400)) } }
        }
    }
}

/// What candor asks of every subject.
pub(crate) fn questions(context: &Context<'_>) -> Markup {
    let all = &context.index.view.verdicts.questions;
    html! {
        @if !all.is_empty() {
            section #questions aria-labelledby="questions-title" {
                h2 #questions-title { "What candor asked, whatever its maker said" }
                div.cards { @for result in all.iter().take(MOST) { (question(context, result)) } }
            }
        }
    }
}

fn question(context: &Context<'_>, result: &QuestionResult) -> Markup {
    let (class, word) = words::answer(result.answer);
    html! {
        article.question.(class) {
            h3 { (inert(&result.asks, 600)) }
            p.verdict { span.badge { (word) } span.small.id { (inert(&result.id, 60)) } }
            (because(&result.because, result.bound.as_deref()))
            (beside(context, &result.findings))
        }
    }
}
