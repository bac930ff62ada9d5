//! The maker's-eye view: what the receiver can reconstruct, told as a diary.

use candor_case::{Property, UnixMicros};
use maud::{Markup, html};

use crate::page::chapters::{Chapter, Entry, MOST_CHAPTERS, chapters};
use crate::page::evidence::Context;
use crate::page::told::capital;
use crate::words::{self, count};
use crate::{clock, inert};

/// Lines of one diary that are written out.
const MOST_ENTRIES: usize = 60;
/// Diaries that stand open.
const OPEN: usize = 1;

/// The section: one diary per value of an identifier.
pub(crate) fn diary(context: &Context<'_>) -> Markup {
    let chapters = chapters(&context.index);
    html! {
        @if !chapters.is_empty() {
            section #diary aria-labelledby="diary-title" {
                h2 #diary-title { "What the receiver can write down" }
                p.intro { "Put together from the requests that carry one and the same number. Nobody needs a name for this: it singles a device or a person out, links what they did, and lets the rest be inferred. Times are those of sending, in UTC." }
                @for (n, chapter) in chapters.iter().enumerate() { (book(chapter, n < OPEN)) }
                @if chapters.len() == MOST_CHAPTERS { p.small { "Further numbers are told in the list of findings." } }
            }
        }
    }
}

fn book(chapter: &Chapter<'_>, open: bool) -> Markup {
    let identifier = chapter.identifier;
    let what = identifier.property.map_or("an undocumented value", |p| p.meaning());
    html! {
        details.book open[open] {
            summary {
                code.number { (inert(&chapter.value.value, 60)) }
                span { (capital(what)) ", sent to " (inert(&identifier.host, 80)) }
                span.small { "ties together " (words::scope(identifier.scope)) ": " (count(chapter.requests, "request")) " in " (count(chapter.runs, "run")) }
            }
            @if !chapter.profile.is_empty() { (profile(chapter)) }
            (pages(&chapter.entries))
            @if !chapter.also.is_empty() { p.small { "The same requests also carry: " (chapter.also.iter().take(8).cloned().collect::<Vec<_>>().join("; ")) "." } }
        }
    }
}

/// What it knows of the device and the person.
fn profile(chapter: &Chapter<'_>) -> Markup {
    let told = |property: &&Property| !matches!(property, Property::EventTime | Property::Control);
    html! {
        dl.profile {
            @for property in chapter.profile.keys().filter(told).take(12) {
                @let values = &chapter.profile[property];
                div { dt { (words::plural(*property)) } dd { (values.iter().take(3).cloned().collect::<Vec<_>>().join(", ")) @if values.len() > 3 { " and " (values.len() - 3) " more" } } }
            }
        }
    }
}

fn pages(entries: &[Entry]) -> Markup {
    let mut day = None;
    let mut run = None;
    html! {
        ol.diary {
            @for entry in entries.iter().take(MOST_ENTRIES) {
                @let today = entry.at.map(clock::day);
                @if today != day || run != Some(&entry.run) { li.day { (today.as_deref().unwrap_or("no time told")) span.small { " run " (inert(&entry.run.0, 60)) } } }
                (line(entry))
                ({ day = today; run = Some(&entry.run); "" })
            }
            @if entries.len() > MOST_ENTRIES { li.day { "and " (entries.len() - MOST_ENTRIES) " more entries" } }
        }
    }
}

fn line(entry: &Entry) -> Markup {
    html! {
        li class=(words::family(entry.property)) {
            span.time { (entry.at.map_or_else(String::new, |at: UnixMicros| clock::time(at))) }
            span.deed { (verb(entry.property)) " " a href=(format!("#finding-{}", entry.finding)) data-finding=(entry.finding) { (entry.value) }
                @if entry.times > 1 { span.small { " told " (entry.times) " times" } }
                @if entry.private { " " span.tag.private { "private window" } }
                @if entry.late { " " span.tag { "told later" } } }
        }
    }
}

fn verb(property: Property) -> &'static str {
    match property {
        Property::BrowsingUrl => "opened",
        Property::BrowsingSearch => "searched for",
        Property::BrowsingTyped => "typed",
        Property::BrowsingDownload => "downloaded",
        Property::BrowsingVideo => "looked up the video",
        Property::AppCrash => "met a crash:",
        _ => "used",
    }
}
