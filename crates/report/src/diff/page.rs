//! The changes as a page.

use maud::{Markup, html};

use crate::diff::{Change, ChangeKind, Diff, Side};
use crate::inert;
use crate::page::{document, theme_switch};
use crate::words::{count, grouped, percent};

/// Rows of one part that are written out.
const MOST: usize = 1_000;

pub(super) fn html(diff: &Diff) -> String {
    let title =
        format!("{} and {}", inert(&diff.before.subject, 80), inert(&diff.after.subject, 80));
    let body = html! {
        a.skip href="#main" { "Skip to the changes" }
        header.bar { span.mark { "candor" } span.spring {} (theme_switch()) }
        main #main {
            header.head {
                p.kicker { @if diff.before.simulated || diff.after.simulated { span.sim { "SIMULATED" } } b { "What changed" } }
                h1.long { (title) }
                @for caution in diff.cautions() { p.note { (caution) } }
                dl.sides { (side("Before", &diff.before)) (side("After", &diff.after)) }
            }
            @for (title, changes, asked) in diff.parts() { @if !changes.is_empty() { (part(title, changes, asked)) } }
        }
    };
    document(&format!("What changed: {title}"), &body)
}

/// The changes as a part of the report on the later case.
pub(crate) fn section(diff: &Diff) -> Markup {
    html! {
        section #changes aria-labelledby="changes-title" {
            h2 #changes-title { "What changed since " (inert(&diff.before.subject, 80)) }
            @for caution in diff.cautions() { p.note { (caution) } }
            dl.sides { (side("Before", &diff.before)) (side("This report", &diff.after)) }
            @for (title, changes, asked) in diff.parts() { @if !changes.is_empty() {
                div.changes { h3 { (title) } (rows(title, changes, asked)) }
            } }
        }
    }
}

fn side(word: &str, side: &Side) -> Markup {
    html! {
        dt { (word) }
        dd { b { (inert(&side.subject, 80)) } " " code { (inert(&side.case, 160)) } br;
            span.small { (count(side.runs as usize, "run")) ", " (grouped(side.requests)) " requests, " (percent(side.explained)) " read" } }
    }
}

fn part(title: &str, changes: &[Change], asked: bool) -> Markup {
    html! { section.changes { h2 { (title) } (rows(title, changes, asked)) } }
}

fn rows(title: &str, changes: &[Change], asked: bool) -> Markup {
    let (same, other): (Vec<_>, Vec<_>) =
        changes.iter().partition(|change| change.kind == ChangeKind::Same);
    html! {
        @if other.is_empty() { p { "Nothing changed." } } @else { (table(title, &other, asked)) }
        @if !same.is_empty() { details.figures { summary { (same.len()) " the same" } (table(&format!("{title}, the same"), &same, asked)) } }
        @if changes.len() > MOST { p.small { "The rest stands in the JSON form." } }
    }
}

fn table(title: &str, changes: &[&Change], asked: bool) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(title) { table {
            thead { tr { th scope="col" { "What" } th scope="col" { "Change" } th scope="col" { "Before" } th scope="col" { "After" } } }
            tbody { @for change in changes.iter().take(MOST) { tr {
                th scope="row" { (inert(&change.what, 400)) }
                td { (kind(change.kind, asked)) }
                td { (inert(change.before.as_deref().unwrap_or("not there"), 600)) }
                td { (inert(change.after.as_deref().unwrap_or("not there"), 600)) }
            } } }
        } }
    }
}

fn kind(kind: ChangeKind, asked: bool) -> Markup {
    let class = match kind {
        ChangeKind::New if !asked => "new",
        ChangeKind::Gone if !asked => "gone",
        ChangeKind::Changed => "changed",
        _ => "same",
    };
    html! { b class=(class) { (kind.word(asked)) } }
}
