//! The page: one self-contained HTML file that loads nothing and sends nothing.
//!
//! All words and pictures are there without scripts. One script of our own lists and opens what is
//! too much to write out; the policy names it by its digest, and forbids even it to make markup
//! out of text (`trusted-types 'none'`).

mod archive;
mod axis;
mod blocks;
mod chapters;
mod claims;
mod diary;
mod evidence;
mod flow;
mod headline;
mod lanes;
mod layers;
mod reel;
mod rest;
mod streams;
mod summary;
mod survival;
mod timeline;
mod told;

use std::collections::BTreeMap;

use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::View;
use crate::diff::diff;
use crate::diff::page::section as changes;
use crate::inert;
use crate::page::evidence::Context;
pub(crate) use crate::page::summary::{is_private, left};
use crate::view::{Frame, Index};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The whole report as one HTML document.
pub fn html(view: &View) -> String {
    html_with(view, &Beside::default())
}

/// What a page may show beside the case itself.
#[derive(Clone, Debug, Default)]
pub struct Beside<'a> {
    /// The case of an earlier version: the page says what changed since.
    pub before: Option<&'a View>,
    /// Films of the runs, by the run's name: frames in order.
    pub films: BTreeMap<String, Vec<Frame>>,
}

/// The same, with more beside it.
pub fn html_with(view: &View, beside: &Beside<'_>) -> String {
    let context = Context::new(Index::new(view));
    let (when, reels) = timeline::timeline(&context, &beside.films);
    let sections = [
        claims::claims(&context),
        claims::questions(&context),
        flow::flow(&context),
        when,
        survival::survival(&context),
        diary::diary(&context),
        beside.before.map_or_else(Markup::default, |before| changes(&diff(before, view))),
        rest::gaps(&context),
        archive::archive(&context, reels),
        rest::runs(&context),
        rest::check(&context),
    ];
    let title = inert(&view.title(), 120);
    let simulated = if view.verdicts.simulated { " (SIMULATED)" } else { "" };
    let body = html! {
        (bar(&sections))
        main #main { (headline::headline(&context)) @for section in &sections { (section) } }
    };
    document(&format!("{title}{simulated}: what it sends home"), &body)
}

/// A document with our style sheet and script and nothing else.
pub(crate) fn document(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="generator" content=(concat!("candor ", env!("CARGO_PKG_VERSION")));
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (body)
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
}

/// Nothing loads, nothing is sent, nothing runs but our own two blocks, by their digests.
fn policy() -> String {
    let digest = |text: &str| BASE64.encode(&Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        digest(STYLE),
        digest(SCRIPT)
    )
}

/// Sections that the bar leads to, where they are there.
const PARTS: [(&str, &str); 11] = [
    ("claims", "Claims"),
    ("questions", "Questions"),
    ("where", "Where it went"),
    ("when", "When"),
    ("survives", "What survives"),
    ("diary", "Diary"),
    ("changes", "Changes"),
    ("gaps", "Not seen"),
    ("findings", "All findings"),
    ("runs", "Runs"),
    ("check", "Check it"),
];

fn bar(sections: &[Markup]) -> Markup {
    let there = |id: &str| {
        sections.iter().any(|section| section.0.contains(&format!("<section id=\"{id}\"")))
    };
    html! {
        a.skip href="#main" { "Skip to the report" }
        header.bar {
            span.mark { "candor" }
            nav aria-label="Sections" { @for (id, name) in PARTS { @if there(id) { a href=(format!("#{id}")) { (name) } } } }
            (theme_switch())
        }
    }
}

/// Works without scripts: the style sheet reads which one is chosen.
pub(crate) fn theme_switch() -> Markup {
    html! {
        fieldset.theme { legend.hidden { "Light or dark" }
            @for (id, name) in [("auto", "Auto"), ("light", "Light"), ("dark", "Dark")] {
                input type="radio" name="theme" id=(format!("theme-{id}")) checked[id == "auto"]; label for=(format!("theme-{id}")) { (name) } }
        }
    }
}
