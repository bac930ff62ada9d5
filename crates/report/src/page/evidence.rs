//! One finding opened on the page without any script: what was sent, layer by layer.

use std::cell::RefCell;
use std::collections::BTreeSet;

use candor_case::Finding;
use maud::{Markup, html};

use crate::inert::shell_word;
use crate::page::layers::{self, Shown};
use crate::page::told::{shown_value, told};
use crate::view::Index;
use crate::words::count;
use crate::{inert, words};

/// Findings that open beside a claim or question; the rest opens in the list.
const MOST_BESIDE: usize = 3;
/// Findings of one verdict that are listed at all.
const MOST_LISTED: usize = 40;

/// What all sections of the page share.
pub(crate) struct Context<'a> {
    pub(crate) index: Index<'a>,
    /// Findings that already stand on the page, so that an anchor is given once.
    opened: RefCell<BTreeSet<usize>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(index: Index<'a>) -> Self {
        Self { index, opened: RefCell::new(BTreeSet::new()) }
    }

    /// The anchor of a finding where it stands on the page for the first time.
    fn anchor(&self, n: usize) -> Option<String> {
        self.opened.borrow_mut().insert(n).then(|| format!("finding-{n}"))
    }
}

/// The strongest findings of a verdict, each opening to its bytes.
pub(crate) fn beside(context: &Context<'_>, ids: &[String]) -> Markup {
    let (first, more) = varied(context, ids);
    html! {
        @if !first.is_empty() {
            div.evidence {
                p.label { "Strongest evidence" }
                @for (n, finding) in &first { (folded(context, *n, finding)) }
                @if !more.is_empty() {
                    details.others { summary { (count(more.len(), "more finding")) }
                        ul { @for (n, finding) in &more { (line(*n, finding)) } } }
                }
            }
        }
    }
}

/// Findings with their positions in the case.
type Numbered<'a> = Vec<(usize, &'a Finding)>;

/// The first findings that show something else each, and all others.
fn varied<'a>(context: &Context<'a>, ids: &[String]) -> (Numbered<'a>, Numbered<'a>) {
    let (mut first, mut more) = (Numbered::new(), Numbered::new());
    for (n, finding) in ids.iter().take(MOST_LISTED).filter_map(|id| context.index.finding(id)) {
        let known = first.iter().any(|(_, f)| f.value == finding.value);
        if first.len() < MOST_BESIDE && !known { &mut first } else { &mut more }.push((n, finding));
    }
    (first, more)
}

fn line(n: usize, finding: &Finding) -> Markup {
    html! {
        li { a href=(format!("#finding-{n}")) data-finding=(n) { (shown_value(finding, 100)) }
            span.small { " to " (inert(&finding.recipient.host, 80)) ", run " (inert(&finding.seen.run.0, 60)) } }
    }
}

fn folded(context: &Context<'_>, n: usize, finding: &Finding) -> Markup {
    let private = finding.planted.as_ref().is_some_and(|p| words::is_private(&p.arm));
    html! {
        details.finding id=[context.anchor(n)] {
            summary {
                span.value { (shown_value(finding, 160)) }
                span.to { " to " b { (inert(&finding.recipient.host, 100)) } }
                @if private { " " span.tag.private { "private window" } }
                span.small { " run " (inert(&finding.seen.run.0, 60)) }
            }
            (body(context, finding))
        }
    }
}

/// A finding's sentences, its layers and how to see them again.
fn body(context: &Context<'_>, finding: &Finding) -> Markup {
    let view = context.index.view;
    html! {
        div.told { @for line in told(&context.index, finding) { p { (line) } } }
        @if let Some(exhibit) = context.index.exhibit(&finding.id) {
            p.request { span.label { "Request" } code { (inert(&exhibit.request, 400)) } }
            @let layers = layers::layers(exhibit);
            ol.layers { @for layer in &layers { (shown_layer(layer)) } }
            details.digests { summary { "Digests of these layers" }
                ul { @for layer in &layers { li { (layer.heading) " " code { (layer.digest) } } } } }
        }
        p.request { span.label { "Place" } code { (inert(&finding.place.path, 800)) }
            span.small { " bytes " (finding.place.span.start) " to " (finding.place.span.end) } }
        (command(&show_command(&view.name, &finding.id)))
    }
}

fn shown_layer(layer: &Shown) -> Markup {
    html! {
        li {
            p.step { (layer.heading) " " span.small { (layer.note) } }
            pre.hex[layer.hex] tabindex="0" { (layer.before) mark { (layer.marked) } (layer.after) }
        }
    }
}

/// The command that opens a finding in a terminal.
pub(crate) fn show_command(case: &str, finding: &str) -> String {
    format!("candor show {} {}", shell_word(case, 400), shell_word(finding, 80))
}

/// A command with a button that copies it, where scripts may run.
pub(crate) fn command(text: &str) -> Markup {
    html! { p.command { code { (text) } button.copy type="button" hidden { "Copy" } } }
}
