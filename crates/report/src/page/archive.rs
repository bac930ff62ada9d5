//! Every finding and every request, as data that the page's script lists and opens on demand.

use std::collections::BTreeMap;

use candor_case::Finding;
use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use crate::inert::shell_word;
use crate::page::blocks::Blocks;
use crate::page::evidence::Context;
use crate::page::layers::{self, Shown};
use crate::page::reel::Reel;
use crate::page::summary::is_private;
use crate::page::told::{shown_value, told};
use crate::view::{Index, RequestLine, is_shown};
use crate::words::{self, count};
use crate::{View, inert, path};

/// Rows of one block.
const ROWS: usize = 2_000;
/// Findings of one block of details.
const DETAILS: usize = 200;
/// Content above which blocks are deflated, in bytes as estimated.
const PLAIN_UP_TO: usize = 3_000_000;
/// Findings of one request that its row names.
const MOST_OF_REQUEST: usize = 40;
/// Different names of one kind; what is beyond shares the last.
const MOST_NAMES: usize = 20_000;

/// The two lists and the data behind them.
pub(crate) fn archive(context: &Context<'_>, reels: Vec<Reel>) -> Markup {
    let view = context.index.view;
    let mut blocks = Blocks::new(estimate(view) > PLAIN_UP_TO);
    let mut names = Names::default();
    let requests = request_rows(&context.index, &mut names);
    let rows = finding_rows(view, &mut names);
    let mut told = Contents::new(view, names);
    told.requests = add_rows(&mut blocks, "requests", &requests);
    told.findings = add_rows(&mut blocks, "findings", &rows);
    told.details = add_details(&mut blocks, &context.index, rows.len());
    for (n, reel) in reels.into_iter().enumerate() {
        let id = format!("reel-{n}");
        if !blocks.add_plain(&id, &reel) {
            blocks.add_plain(&id, &reel.without_film());
        }
    }
    let mut head = Blocks::new(false);
    head.add("contents", &told);
    html! {
        section #findings aria-labelledby="findings-title" {
            h2 #findings-title { "Every finding" }
            p.intro { (count(rows.len(), "finding")) ". Each opens to the bytes that show it." }
            (list("findings", "Findings", rows.len(), told.findings))
        }
        @if !requests.is_empty() {
            section #requests aria-labelledby="requests-title" {
                h2 #requests-title { "Every request" }
                p.intro { (count(requests.len(), "request")) ", in the order of the recordings." }
                (list("requests", "Requests", requests.len(), told.requests))
            }
        }
        dialog #opened aria-labelledby="opened-title" {}
        (PreEscaped(blocks.into_html())) (PreEscaped(head.into_html()))
    }
}

fn list(id: &str, name: &str, all: usize, held: usize) -> Markup {
    html! {
        div.list data-list=(id) data-name=(name) {
            noscript { p.note { "This list needs scripts. Without them, " code { "candor show" } " opens every finding in a terminal, and the strongest stand beside the claims above." } }
        }
        @if held < all { p.small { "The page holds the first " (words::grouped(held as u64)) " of " (words::grouped(all as u64)) "; all of them stand in the case." } }
    }
}

/// About how many bytes of data a view holds.
fn estimate(view: &View) -> usize {
    let windows: usize =
        view.exhibits.iter().flat_map(|e| &e.layers).map(|layer| layer.window.len()).sum();
    windows + view.findings.len() * 700 + view.requests.len() * 150
}

/// What the script reads first.
#[derive(Serialize)]
struct Contents {
    /// What opens a finding in a terminal, up to its id.
    command: String,
    rows_per_block: usize,
    details_per_block: usize,
    findings: usize,
    requests: usize,
    /// Blocks of details.
    details: usize,
    properties: Vec<[&'static str; 3]>,
    names: Vec<String>,
}

impl Contents {
    fn new(view: &View, names: Names) -> Self {
        let property =
            |p: &candor_case::Property| [words::plural(*p), p.meaning(), words::family(*p)];
        Self {
            command: format!("candor show {}", shell_word(&view.name, 400)),
            rows_per_block: ROWS,
            details_per_block: DETAILS,
            findings: 0,
            requests: 0,
            details: 0,
            properties: candor_case::Property::ALL.iter().map(property).collect(),
            names: names.list,
        }
    }
}

/// Strings that many rows share, told once.
#[derive(Default)]
struct Names {
    places: BTreeMap<String, usize>,
    list: Vec<String>,
}

impl Names {
    fn of(&mut self, text: &str, most: usize) -> usize {
        let text = inert(text, most);
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        if self.list.len() >= MOST_NAMES {
            return self.beyond();
        }
        self.list.push(text.clone());
        self.places.insert(text, self.list.len() - 1);
        self.list.len() - 1
    }

    fn beyond(&mut self) -> usize {
        if self.list.len() == MOST_NAMES {
            self.list.push("(one of many more)".into());
        }
        MOST_NAMES
    }
}

/// Id, property, value, host, run, phase, private, writing, place pattern, number among all.
type FindingRow = (String, usize, String, usize, usize, usize, u8, usize, usize, usize);

fn finding_rows(view: &View, names: &mut Names) -> Vec<FindingRow> {
    let shown = |(_, f): &(usize, &Finding)| is_shown(f);
    view.findings.iter().enumerate().filter(shown).map(|(n, f)| finding_row(n, f, names)).collect()
}

fn finding_row(n: usize, finding: &Finding, names: &mut Names) -> FindingRow {
    let property = candor_case::Property::ALL.iter().position(|p| *p == finding.property);
    (
        inert(&finding.id, 80),
        property.unwrap_or(0),
        shown_value(finding, 160),
        names.of(&finding.recipient.host, 100),
        names.of(&finding.seen.run.0, 80),
        names.of(&finding.seen.phase, 60),
        u8::from(is_private(finding)),
        names.of(&path::encoding(finding), 80),
        names.of(&pattern(&finding.place.path), 240),
        n,
    )
}

/// A path with its numbers taken out, so that like places share a name.
fn pattern(path: &str) -> String {
    let mut out = String::with_capacity(path.len().min(1_024));
    let mut in_brackets = false;
    for c in path.chars().take(1_024) {
        match c {
            '[' => in_brackets = true,
            ']' => in_brackets = false,
            c if in_brackets && c.is_ascii_digit() => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}

/// Milliseconds since the epoch, run, phase, host, party, method, URL, bytes, unread, findings.
type RequestRow = (i64, usize, usize, usize, usize, usize, String, u64, u64, Vec<usize>);

fn request_rows(index: &Index<'_>, names: &mut Names) -> Vec<RequestRow> {
    index.view.requests.iter().map(|line| request_row(index, line, names)).collect()
}

fn request_row(index: &Index<'_>, line: &RequestLine, names: &mut Names) -> RequestRow {
    let findings = index.in_request(&line.exchange.0);
    (
        line.at.millis(),
        names.of(&line.run.0, 80),
        names.of(&line.phase, 60),
        names.of(&line.host, 100),
        names.of(words::party(line.party), 40),
        names.of(&line.method, 20),
        inert(&line.url, 200),
        line.bytes,
        line.unread,
        findings.iter().take(MOST_OF_REQUEST).copied().collect(),
    )
}

/// Adds rows block by block; tells how many the page holds.
fn add_rows<T: Serialize>(blocks: &mut Blocks, name: &str, rows: &[T]) -> usize {
    for (n, chunk) in rows.chunks(ROWS).enumerate() {
        if !blocks.add(&format!("{name}-{n}"), &chunk) {
            return n * ROWS;
        }
    }
    rows.len()
}

/// What opens when a finding is opened. Every string is inert.
#[derive(Serialize)]
struct Detail {
    told: Vec<String>,
    request: String,
    place: String,
    layers: Vec<Shown>,
}

/// Adds what findings open to, in the order of their rows; tells how many blocks there are.
fn add_details(blocks: &mut Blocks, index: &Index<'_>, rows: usize) -> usize {
    let shown: Vec<&Finding> = index.view.shown_findings().take(rows).collect();
    for (n, chunk) in shown.chunks(DETAILS).enumerate() {
        let details: Vec<Detail> = chunk.iter().map(|finding| detail(index, finding)).collect();
        if !blocks.add(&format!("details-{n}"), &details) {
            return n;
        }
    }
    shown.len().div_ceil(DETAILS)
}

fn detail(index: &Index<'_>, finding: &Finding) -> Detail {
    let exhibit = index.exhibit(&finding.id);
    let (start, end) = (finding.place.span.start, finding.place.span.end);
    Detail {
        told: told(index, finding),
        request: exhibit.map_or_else(String::new, |e| inert(&e.request, 400)),
        place: format!("{} bytes {start} to {end}", inert(&finding.place.path, 800)),
        layers: exhibit.map_or_else(Vec::new, layers::layers),
    }
}
