//! Where it went: a picture of streams from what was sent, through its writing, to who got it.

use std::collections::BTreeMap;

use candor_case::Party;
use maud::{Markup, html};

use crate::page::evidence::Context;
use crate::page::streams::{Stop, Stops, Streams, streams};
use crate::words::{self, count, grouped};
use crate::{View, inert};

/// The picture's measures, in units of its view box.
const WIDTH: f64 = 1_000.0;
const COLUMN_X: [f64; 3] = [215.0, 470.0, 690.0];
const NODE: f64 = 12.0;
const TOP: f64 = 48.0;
const GAP: f64 = 26.0;
/// Height that all streams together take.
const STREAMS: f64 = 300.0;
/// Thinnest stream that is still seen.
const THINNEST: f64 = 2.0;
/// Smallest room for a label of two lines.
const LABEL: f64 = 20.0;

/// The section with the picture, its table and the recipients.
pub(crate) fn flow(context: &Context<'_>) -> Markup {
    let streams = streams(context.index.view);
    html! {
        @if !streams.streams.is_empty() {
            section #where aria-labelledby="where-title" {
                h2 #where-title { "Where it went" }
                p.intro { "From what was sent, through how it was written, to who received it. The width of a stream is the number of requests that carried it." }
                p.hint aria-hidden="true" { "The picture is wider than this screen: move it sideways." }
                figure.flow {
                    div.scroll tabindex="0" role="region" aria-label="Where it went, as a picture" { (picture(&streams)) }
                    figcaption { (legend(&streams)) }
                }
                (table(&streams))
                (recipients(context.index.view))
            }
        }
    }
}

/// Ways of writing that a reader may not know, in plain words.
const WRITINGS: [(&str, &str); 9] = [
    ("gzip", "gzip, zlib, deflate, brotli and zstd make data smaller"),
    ("base64", "base64, hex and percent spell bytes with plain letters"),
    ("protobuf", "protobuf and the like write fields without their names"),
    ("json", "JSON and forms write names with values"),
    ("jwt", "a JWT is a signed note in base64"),
    ("aes", "AES is encryption, undone here with a key that the program itself carries or sends"),
    ("xor", "XOR mixes in a key, undone here because it came along"),
    ("sha", "SHA, MD5 and other digests stand for a value; who can guess it can check the guess"),
    ("md5", "SHA, MD5 and other digests stand for a value; who can guess it can check the guess"),
];

fn glossary(streams: &Streams) -> String {
    let written: Vec<String> =
        streams.columns[1].iter().map(|stop| stop.name.to_lowercase()).collect();
    let said = |word: &str| written.iter().any(|name| name.contains(word));
    let mut told: Vec<&str> =
        WRITINGS.iter().filter(|(word, _)| said(word)).map(|(_, meaning)| *meaning).collect();
    told.dedup();
    if told.is_empty() { String::new() } else { format!("{}. ", told.join("; ")) }
}

fn legend(streams: &Streams) -> Markup {
    let third = streams.columns[2].iter().any(|stop| stop.class == "third");
    html! {
        @if third { "Striped: a third party, neither the maker nor a site that was visited. " }
        @let words = crate::page::told::capital(&glossary(streams));
        @if !words.is_empty() { (words) "None of these hides anything from who receives it. " }
        "Counted are distinct requests, candor’s own control left out."
    }
}

/// Where a stop stands: top, height.
type Boxes = [Vec<(f64, f64)>; 3];

fn picture(streams: &Streams) -> Markup {
    let total: u64 = streams.streams.values().sum();
    let scale = STREAMS / total.max(1) as f64;
    let thick = |n: u64| (n as f64 * scale).max(THINNEST);
    let boxes = boxes(streams, &thick);
    let height =
        boxes.iter().flatten().map(|(top, tall)| top + tall.max(LABEL)).fold(0.0, f64::max) + 12.0;
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {height:.0}")) role="img" aria-labelledby="flow-t flow-d" {
            title #flow-t { "Where it went" }
            desc #flow-d { "The same figures stand in the table below." }
            defs { pattern #stripes width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                rect.third width="7" height="7" {} rect.stripe width="3" height="7" {} } }
            @for (x, words, end) in [(COLUMN_X[0] + NODE, "WHAT", "end"), (COLUMN_X[1] + NODE / 2.0, "WRITTEN AS", "middle"), (COLUMN_X[2], "RECEIVED BY", "start")] {
                text.head x=(x) y="14" text-anchor=(end) { (words) }
            }
            (ribbons(streams, &boxes, &thick))
            @for column in 0..3 { @for (stop, place) in streams.columns[column].iter().zip(&boxes[column]) { (node(column, stop, *place)) } }
        }
    }
}

/// Stacks each column's stops, each as tall as its streams.
fn boxes(streams: &Streams, thick: &impl Fn(u64) -> f64) -> Boxes {
    let mut tall = [0, 1, 2].map(|column| vec![0.0; streams.columns[column].len()]);
    for (stops, n) in &streams.streams {
        for column in 0..3 {
            tall[column][stops[column]] += thick(*n);
        }
    }
    let room = |column: &Vec<f64>| -> f64 {
        column.iter().map(|tall| tall.max(LABEL) + GAP).sum::<f64>() - GAP
    };
    let most = tall.iter().map(room).fold(0.0, f64::max);
    tall.map(|column| {
        // Shorter columns stand in the middle, so that no stream falls further than it must.
        let mut top = TOP + (most - room(&column)) / 2.0;
        column
            .into_iter()
            .map(|tall| {
                let place = (top, tall);
                top += tall.max(LABEL) + GAP;
                place
            })
            .collect()
    })
}

fn ribbons(streams: &Streams, boxes: &Boxes, thick: &impl Fn(u64) -> f64) -> Markup {
    let mut filled: BTreeMap<(usize, usize, bool), f64> = BTreeMap::new();
    let mut take = |column: usize, stop: usize, right: bool, tall: f64| {
        let offset = filled.entry((column, stop, right)).or_insert(0.0);
        let at = boxes[column][stop].0 + *offset;
        *offset += tall;
        at
    };
    let mut drawn: Vec<(String, &Stops, u64)> = Vec::new();
    for column in [0, 1] {
        let mut order: Vec<(&Stops, u64)> = streams.streams.iter().map(|(s, n)| (s, *n)).collect();
        order.sort_by_key(|(stops, _)| (stops[column], stops[column + 1], **stops));
        let mut starts = Vec::new();
        for (stops, n) in &order {
            starts.push(take(column, stops[column], true, thick(*n)));
        }
        let mut ends: Vec<usize> = (0..order.len()).collect();
        ends.sort_by_key(|i| (order[*i].0[column + 1], order[*i].0[column], *order[*i].0));
        for i in ends {
            let (stops, n) = order[i];
            let end = take(column + 1, stops[column + 1], false, thick(n));
            drawn.push((ribbon(column, starts[i], end, thick(n)), stops, n));
        }
    }
    html! {
        @for (path, stops, n) in &drawn {
            path.ribbon.(streams.columns[0][stops[0]].class) d=(path) {
                title { (streams.columns[0][stops[0]].name) ", " (streams.columns[1][stops[1]].name) ", to " (streams.columns[2][stops[2]].name) ": " (count(*n as usize, "request")) }
            }
        }
    }
}

/// A band from one column to the next, as tall at both ends.
fn ribbon(column: usize, start: f64, end: f64, tall: f64) -> String {
    let (x1, x2) = (COLUMN_X[column] + NODE, COLUMN_X[column + 1]);
    let middle = f64::midpoint(x1, x2);
    format!(
        "M{x1} {start:.1}C{middle} {start:.1} {middle} {end:.1} {x2} {end:.1}V{:.1}C{middle} {:.1} {middle} {:.1} {x1} {:.1}Z",
        end + tall,
        end + tall,
        start + tall,
        start + tall
    )
}

fn node(column: usize, stop: &Stop, (top, tall): (f64, f64)) -> Markup {
    let x = COLUMN_X[column];
    let third = stop.class == "third";
    let (label_x, anchor) = match column {
        0 => (x - 8.0, "end"),
        1 => (x + NODE / 2.0, "middle"),
        _ => (x + NODE + 8.0, "start"),
    };
    let requests = grouped(stop.requests);
    let who = match stop.class {
        "maker" => "the maker",
        "third" => "THIRD PARTY",
        "visited" => "a visited site",
        "unknown" => "not known whose",
        _ => "",
    };
    let mut notes: Vec<&str> =
        [who, &stop.note].into_iter().filter(|part| !part.is_empty()).collect();
    if column < 2 {
        notes.clear();
    }
    let line = f64::midpoint(top, top + tall.max(LABEL));
    html! {
        rect.node.(stop.class) x=(x) y=(format!("{top:.1}")) width=(NODE) height=(format!("{tall:.1}")) fill=[third.then_some("url(#stripes)")] {}
        @if column == 1 {
            text.name x=(label_x) y=(format!("{:.1}", top - 6.0)) text-anchor=(anchor) { (cut(&stop.name, 30)) " " tspan.n { (requests) } }
        } @else {
            text.name x=(label_x) y=(format!("{:.1}", line - 1.0)) text-anchor=(anchor) { (cut(&stop.name, if column == 0 { 24 } else { 36 })) }
            text.note.third[third] x=(label_x) y=(format!("{:.1}", line + 13.0)) text-anchor=(anchor) {
                (count(stop.requests as usize, "request")) @for note in &notes { " · " (cut(note, 26)) } }
        }
    }
}

/// Cuts a label that is already inert.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The picture's figures, for screen readers, small screens and exact readers.
fn table(streams: &Streams) -> Markup {
    let mut rows: Vec<(&Stops, &u64)> = streams.streams.iter().collect();
    rows.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    html! {
        details.figures { summary { "The same as a table" }
            div.scroll tabindex="0" role="region" aria-label="Where it went, as a table" { table {
                thead { tr { th scope="col" { "What" } th scope="col" { "Written as" } th scope="col" { "Received by" } th.num scope="col" { "Requests" } } }
                tbody { @for (stops, n) in rows.into_iter().take(120) { tr {
                    td { (streams.columns[0][stops[0]].name) } td { (streams.columns[1][stops[1]].name) }
                    td { (streams.columns[2][stops[2]].name) @if streams.columns[2][stops[2]].class == "third" { " " span.tag.third { "third party" } } }
                    td.num { (grouped(*n)) }
                } } }
            } }
        }
    }
}

/// One row per recipient: whose it is, and by what kind of evidence.
fn recipients(view: &View) -> Markup {
    let mut all: BTreeMap<(&str, &str), (&candor_case::Recipient, u64)> = BTreeMap::new();
    for finding in view.shown_findings() {
        let at = (finding.recipient.site.as_str(), finding.recipient.host.as_str());
        all.entry(at).or_insert((&finding.recipient, 0)).1 += 1;
    }
    let rows: Vec<_> = all.into_values().collect();
    html! {
        h3 { "Who they are, and how we know" }
        div.scroll tabindex="0" role="region" aria-label="Recipients" { table.stack {
            thead { tr { th scope="col" { "Host" } th scope="col" { "Site" } th scope="col" { "Who" } th scope="col" { "Organisation" } th scope="col" { "Evidence, by kind" } th.num scope="col" { "Findings" } } }
            tbody { @for (recipient, n) in rows.iter().take(200) { (recipient_row(recipient, *n)) } }
        } }
        @if rows.len() > 200 { p.small { "And " (rows.len() - 200) " more." } }
        p.small { "A network edge is not a storage place, and the format of a vendor is not its recipient: where data is kept cannot be seen from here." }
    }
}

fn recipient_row(recipient: &candor_case::Recipient, n: u64) -> Markup {
    let third = recipient.party == Party::Third;
    let evidence: Vec<String> =
        recipient.evidence.iter().take(8).map(|e| words::evidence(e)).collect();
    html! {
        tr {
            th.host scope="row" { (inert(&recipient.host, 120)) } td data-label="Site" { (inert(&recipient.site, 120)) }
            td data-label="Who" { span.tag.third[third] { (words::party(recipient.party)) } }
            td data-label="Organisation" { (recipient.organisation.as_deref().map_or("not known".into(), |name| inert(name, 120))) }
            td data-label="Evidence" { (if evidence.is_empty() { "none".into() } else { evidence.join("; ") }) }
            td.num data-label="Findings" { (grouped(n)) }
        }
    }
}
