//! What survives: identifiers against the steps that should end them.

use std::collections::BTreeSet;

use candor_case::Identifier;
use maud::{Markup, html};

use crate::page::evidence::Context;
use crate::words::{self, count, grouped};
use crate::{inert, path};

/// Identifiers that are drawn at most.
const MOST: usize = 200;
/// Steps that are drawn at most.
const MOST_STEPS: usize = 12;

/// The persistence matrix.
pub(crate) fn survival(context: &Context<'_>) -> Markup {
    let all = &context.index.view.identifiers;
    let steps = steps(all);
    let mut order: Vec<&Identifier> = all.iter().collect();
    order.sort_by(|a, b| {
        b.scope.cmp(&a.scope).then(a.host.cmp(&b.host)).then(a.place_pattern.cmp(&b.place_pattern))
    });
    html! {
        @if !all.is_empty() {
            section #survives aria-labelledby="survives-title" {
                h2 #survives-title { "What survives" }
                p.intro { "Numbers that tie one request to another, and what was done to be rid of them. Lifetimes are what these runs show, not what the maker intends; what was not tested is not known." }
                div.scroll tabindex="0" role="region" aria-label="What identifiers outlive" { table.matrix.stack {
                    thead { tr { th scope="col" { "Identifier" } th scope="col" { "Ties together" }
                        @for step in &steps { th.between scope="col" { (words::step_between(step)) } } th.num scope="col" { "Values" } } }
                    tbody { @for identifier in order.iter().take(MOST) { (row(identifier, &steps)) } }
                } }
                @if all.len() > MOST { p.small { "And " (all.len() - MOST) " more in analysis/identifiers.jsonl." } }
                (together(context))
            }
        }
    }
}

/// All steps that any identifier speaks of, in the order in which one would try them.
fn steps(all: &[Identifier]) -> Vec<&str> {
    let named: BTreeSet<&str> = all
        .iter()
        .flat_map(|i| i.outlived.iter().chain(&i.ended_by).chain(&i.not_tested))
        .map(String::as_str)
        .collect();
    let rank = |step: &str| match step {
        "restart" => 0,
        "private" | "private_window" => 1,
        "clear_data" => 2,
        "reinstall" => 3,
        _ => 4,
    };
    let mut steps: Vec<&str> = named.into_iter().collect();
    steps.sort_by_key(|step| rank(step));
    steps.truncate(MOST_STEPS);
    steps
}

fn row(identifier: &Identifier, steps: &[&str]) -> Markup {
    let what = identifier.property.map_or("a value without documentation", |p| p.meaning());
    html! {
        tr {
            th scope="row" { (what) span.small { "to " (inert(&identifier.host, 80)) }
                details { summary { "Where, and how we know" } code { (inert(&identifier.place_pattern, 300)) } p.small { (words::basis(identifier.basis)) ": " (inert(&identifier.because, 400)) }
                    ul.values { @for value in identifier.values.iter().take(6) { li { code { (inert(&value.value, 80)) } span.small { " in " (count(value.runs.len(), "run")) ", " (count(value.requests as usize, "request")) } } } } } }
            td data-label="Ties together" { b { (words::scope(identifier.scope)) } }
            @for step in steps { (cell(identifier, step)) }
            td.num data-label="Values" { (grouped(identifier.values.len() as u64)) }
        }
    }
}

fn cell(identifier: &Identifier, step: &str) -> Markup {
    let has = |list: &[String]| list.iter().any(|known| known == step);
    let (class, sign, word) = match (has(&identifier.outlived), has(&identifier.ended_by)) {
        (true, false) => ("lived", "●", "survived"),
        (false, true) => ("ended", "○", "ended"),
        (true, true) => ("mixed", "◐", "both seen"),
        (false, false) => ("unknown", "·", "not tested"),
    };
    html! { td.cell.(class) data-label=(words::step_between(step)) { span aria-hidden="true" { (sign) } (word) } }
}

/// Which identifiers travelled in the same requests: who holds one holds the other.
fn together(context: &Context<'_>) -> Markup {
    let view = context.index.view;
    let name = |id: &str| {
        let identifier = view.identifiers.iter().find(|i| i.id == id)?;
        let what = identifier.property.map_or("an undocumented value", |p| p.meaning());
        let last = path::steps(&identifier.place_pattern).pop().unwrap_or_default();
        Some(format!("{what} ({})", inert(last, 80)))
    };
    let pairs: Vec<_> = view
        .links
        .iter()
        .take(400)
        .filter_map(|l| Some((l, name(&l.a)?, name(&l.b)?)))
        .take(40)
        .collect();
    html! {
        @if !pairs.is_empty() {
            details.figures { summary { (count(view.links.len(), "pair")) " of identifiers travelled together: who holds one holds the other" }
                ul { @for (link, a, b) in &pairs { li { (a) " with " (b) ": " (count(link.requests as usize, "request")) " to " (inert(&link.host, 80)) } } }
            }
        }
    }
}
