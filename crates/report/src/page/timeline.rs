//! When: for each run its actions above the line and what was sent below it, on one clock.

use std::collections::BTreeMap;

use candor_case::UnixMicros;
use maud::{Markup, html};

use crate::page::evidence::Context;
use crate::page::lanes::{BAR, Deed, LEFT, Lane, RIGHT, Thread, drawn};
use crate::page::reel::Reel;
use crate::page::told::shown_value;
use crate::view::Frame;
use crate::words::{self, count};
use crate::{clock, inert};

/// Runs that are drawn open and folded; the rest is in the list of requests.
const OPEN: usize = 4;
const FOLDED: usize = 40;
/// The picture's measures, in units of its view box.
const LINE: f64 = 88.0;
const DEEPEST: f64 = 56.0;
/// Room that one character of a label takes.
const LETTER: f64 = 6.4;

/// The section: one picture per run.
pub(crate) fn timeline(
    context: &Context<'_>,
    films: &BTreeMap<String, Vec<Frame>>,
) -> (Markup, Vec<Reel>) {
    let runs = drawn(&context.index);
    let film = |lane: &Lane<'_>| films.get(&lane.run.id.0).map_or(&[][..], Vec::as_slice);
    let drawn = runs.iter().take(OPEN + FOLDED);
    let reels = drawn.map(|lane| Reel::new(&context.index, lane, film(lane))).collect();
    let filmed = |lane: &Lane<'_>| !film(lane).is_empty();
    (section(context, &runs, filmed), reels)
}

fn section(context: &Context<'_>, runs: &[Lane<'_>], filmed: impl Fn(&Lane<'_>) -> bool) -> Markup {
    html! {
        @if !runs.is_empty() {
            section #when aria-labelledby="when-title" {
                h2 #when-title { "When" }
                p.intro { "Above the line what was done; below it what was sent, the longer the more. Red carries a finding; a thread leads from an action to the first request that reveals it. Shaded: the person’s private window. Long silences are drawn short." }
                p.hint aria-hidden="true" { "The pictures are wider than this screen: move them sideways." }
                @for (n, lane) in runs.iter().enumerate().take(OPEN) { (run_figure(context, n, lane, filmed(lane))) }
                @if runs.len() > OPEN {
                    details.more { summary { (count(runs.len() - OPEN, "more run")) }
                        @for (n, lane) in runs.iter().enumerate().skip(OPEN).take(FOLDED) { (run_figure(context, n, lane, filmed(lane))) }
                        @if runs.len() > OPEN + FOLDED { p.small { "And " (runs.len() - OPEN - FOLDED) " more; they stand in the list of requests." } } }
                }
            }
        }
    }
}

fn run_figure(context: &Context<'_>, n: usize, lane: &Lane<'_>, filmed: bool) -> Markup {
    let lasted = clock::span(lane.to.saturating_sub(lane.from));
    let height = LINE + DEEPEST + 24.0;
    let name = inert(&lane.run.id.0, 80);
    html! {
        figure.run {
            figcaption { b { (name) } span { (words::arm(&lane.run.arm)) } span.small { (clock::day(UnixMicros(lane.from))) ", " (clock::time(UnixMicros(lane.from))) " UTC, " (lasted) ", " (count(lane.requests, "request")) } }
            div.scroll tabindex="0" role="region" aria-label=(format!("Timeline of run {name}")) {
                svg viewBox=(format!("0 0 1000 {height}")) role="img" aria-label=(format!("Run {name}: {} actions, {} requests, {} of the actions revealed by a request", lane.actions.len(), lane.requests, lane.threads.len())) {
                    (phase_bands(lane, height))
                    line.axis x1=(LEFT) x2=(RIGHT) y1=(LINE) y2=(LINE) {}
                    (thread_lines(lane)) (sent_bars(lane)) (action_marks(lane)) (break_marks(lane))
                }
            }
            div.play data-reel=(n) { button type="button" hidden { @if filmed { "Play the film beside its requests" } @else { "Play its requests" } } }
            (in_words(context, lane))
        }
    }
}

/// The threads of a run as a list.
fn in_words(context: &Context<'_>, lane: &Lane<'_>) -> Markup {
    let findings = &context.index.view.findings;
    html! {
        @if !lane.threads.is_empty() {
            details.words { summary { "In words: " (count(lane.threads.len(), "action")) " that a request reveals" }
                ol { @for thread in &lane.threads { li {
                    (clock::time(UnixMicros(thread.from))) " " a href=(format!("#finding-{}", thread.finding)) data-finding=(thread.finding) { (shown_value(&findings[thread.finding], 100)) }
                    ", sent " (after(thread)) " to " (inert(&findings[thread.finding].recipient.host, 80))
                } } }
            }
        }
    }
}

/// How long after an action its request left, or that it left while the action went on.
fn after(thread: &Thread) -> String {
    match thread.during {
        true => "while it went on".into(),
        false => format!("{} later", clock::span(thread.to.saturating_sub(thread.from))),
    }
}

fn phase_bands(lane: &Lane<'_>, height: f64) -> Markup {
    let ends = lane.phases.iter().skip(1).map(|(at, _)| at.0).chain([lane.to]);
    let arm_private = words::is_private(&lane.run.arm);
    html! {
        @for ((at, name), end) in lane.phases.iter().zip(ends).take(60) {
            @let (x1, x2) = (lane.axis.x(at.0), lane.axis.x(end));
            @let private = words::is_private_word(name) || arm_private;
            rect.phase.private[private] x=(format!("{x1:.1}")) y="0" width=(format!("{:.1}", (x2 - x1).max(0.5))) height=(height - 18.0) {
                title { (inert(&name.replace('_', " "), 80)) @if private { ", in a private window" } }
            }
            @let room = ((x2 - x1 - 8.0) / LETTER) as usize;
            @if room >= 4 { text.phase x=(format!("{:.1}", x1 + 4.0)) y="12" { (inert(&name.replace('_', " "), room)) } }
        }
    }
}

fn thread_lines(lane: &Lane<'_>) -> Markup {
    html! {
        @for thread in &lane.threads {
            @let (x1, x2) = (lane.axis.x(thread.from), lane.axis.x(thread.to));
            path.thread.late[thread.late] data-finding=(thread.finding) d=(format!("M{x1:.1} {:.1}Q{:.1} {:.1} {x2:.1} {:.1}", LINE - 12.0, f64::midpoint(x1, x2), LINE + DEEPEST + 10.0, LINE + 6.0)) {
                title { "revealed " (after(thread)) }
            }
        }
    }
}

fn sent_bars(lane: &Lane<'_>) -> Markup {
    let deep = |n: u64| ((n as f64).sqrt() * 14.0).min(DEEPEST);
    html! {
        @for (bin, bar) in &lane.bars {
            @let x = format!("{:.1}", *bin as f64 * BAR);
            @let (all, telling) = (deep(bar.requests), deep(bar.telling));
            rect.sent x=(x) y=(LINE + 1.0) width=(BAR - 1.5) height=(format!("{all:.1}")) { title { (count(bar.requests as usize, "request")) ", " (bar.telling) " with a finding" } }
            @if let Some(first) = bar.first {
                rect.telling data-finding=(first) x=(x) y=(LINE + 1.0) width=(BAR - 1.5) height=(format!("{telling:.1}")) { title { (count(bar.telling as usize, "request")) " with a finding" } }
            }
        }
    }
}

/// Marks for actions; a label is drawn where the one before it leaves room, in two rows.
fn action_marks(lane: &Lane<'_>) -> Markup {
    let mut ends = [f64::MIN; 3];
    let mut marks = Vec::new();
    // What planted two things, as a typed address does, is one deed.
    let same = |a: &Deed<'_>, b: &Deed<'_>| (a.from, a.to, a.name) == (b.from, b.to, b.name);
    for (n, deed) in lane.actions.iter().enumerate().take(400) {
        if n > 0 && same(deed, &lane.actions[n - 1]) {
            continue;
        }
        let (x, end) = (lane.axis.x(deed.from.0), lane.axis.x(deed.to.0));
        let name = inert(&deed.name.replace('_', " "), 28);
        let width = name.chars().count() as f64 * LETTER + 8.0;
        let start = x.min(RIGHT - width);
        let row = ends.iter().position(|end| start > *end);
        if let Some(row) = row {
            ends[row] = start + width;
        }
        marks.push((x, end, start, row, name, deed.seed.is_some()));
    }
    html! {
        @for (x, end, start, row, name, seeded) in &marks {
            @let top = row.map_or(LINE - 12.0, |row| 30.0 + 16.0 * row as f64);
            line.action x1=(format!("{x:.1}")) x2=(format!("{x:.1}")) y1=(top) y2=(LINE) {}
            @if end - x >= 1.0 { line.lasting x1=(format!("{x:.1}")) x2=(format!("{end:.1}")) y1=(LINE - 6.0) y2=(LINE - 6.0) {} }
            circle.action.seeded[*seeded] cx=(format!("{x:.1}")) cy=(LINE - 6.0) r="4" { title { (name) } }
            @if row.is_some() { text.action x=(format!("{:.1}", start + 4.0)) y=(top + 4.0) { (name) } }
        }
    }
}

fn break_marks(lane: &Lane<'_>) -> Markup {
    html! {
        @for gap in &lane.axis.breaks {
            path.break d=(format!("M{:.1} {:.1}l5 -5l5 10l5 -5", gap.x - 7.0, LINE)) {}
            text.break x=(format!("{:.1}", gap.x)) y=(LINE + DEEPEST + 20.0) text-anchor="middle" { (clock::span(gap.micros)) }
        }
    }
}
