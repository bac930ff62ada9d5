//! Finds what is personal in the layers of an exchange: planted values in any form, documented
//! fields of known services, values whose shape gives them away.
//!
//! Detection decodes nothing. It compares bytes that peeling opened with forms of what it knows, so
//! that everything it says can be traced to a place that anyone holding the recording can open. It
//! is pure: no files, no clock, no randomness, and the order of seeds changes nothing but the
//! numbers by which sightings name them.
//!
//! A value that was sent to a site where it belongs is no sighting; that it was seen there is told
//! apart ([`Detected::at_home`]), since it proves that the eye was open.

mod address;
mod anchors;
mod candidates;
mod digests;
mod entropy;
mod error;
mod fields;
mod filter;
mod forms;
mod hash;
mod keyed;
mod knowledge;
mod material;
mod needles;
mod normal;
mod observe;
mod paths;
mod quoted;
mod repeats;
mod seeded;
mod sender;
mod sentinel;
mod services;
mod shape;
mod show;
mod sieve;
mod sighting;
mod site;
mod split;
mod stand;
mod suffix;
mod typed;
mod weak;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use candor_case::{
    ByteSpan, Direction, End, Exchange, ExchangeKind, FindingKind, Key, LayerId, Observation,
    Property, Recipient, Run, Sender, Tree,
};

pub use error::DetectError;
pub use keyed::{Effort, Token, tokens};
pub use knowledge::Knowledge;
pub use observe::{Observing, Wish, Wishes};
pub use services::{Counts, Problem, Services};
pub use sighting::{Sighting, chance};
pub use site::recipient;
pub use weak::{Compared, Confirmed, Weak, confirm};

use fields::Documented;
use paths::Paths;
use seeded::Match;

/// What was found in one exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Detected {
    /// What is personal in what was sent, in reading order.
    pub sightings: Vec<Sighting>,
    /// Every sent value that could tie records together, sorted. Sessions are the caller's to fill.
    pub observations: Vec<Observation>,
    /// Observations that were not made since nobody wanted them (see [`Observing`]).
    pub unwanted: u64,
    /// Keys that stand in this exchange, each named by its place.
    pub keys: Vec<Key>,
    /// Who received it.
    pub recipient: Recipient,
    /// Who sent it.
    pub sender: Sender,
    /// Whether it is a documented request to delete what was collected.
    pub erasure: bool,
    /// Seeds that were sent to a site where they belong, by position: no finding, but a control.
    pub at_home: Vec<usize>,
    /// Positions (bytes) that were compared with the seeds.
    pub searched: u64,
    /// What counts only where others of the case agree (see [`confirm`]).
    pub weak: Vec<Weak>,
    /// How many values were compared for that, by place.
    pub compared: Vec<Compared>,
    /// Values that may be a digest or hidden and that nothing explains, sorted: where a keyed search
    /// of more exchanges may be worth its cost.
    pub shaped: Vec<Shaped>,
    /// Combinations of seed, key and function that the budget of the keyed search left out: a gap.
    pub untried: u64,
}

/// A value that may be a digest or hidden, and that nothing explains.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shaped {
    /// Its place, with what varies taken out.
    pub place_pattern: String,
    /// SHA-256 of the value, first 16 bytes, in hex.
    pub digest: String,
}

/// Finds what is personal in one exchange; `tree` is what peeling opened of it.
///
/// Only what was sent is searched: roots `request.…`, and `message` of a sent message. Key material
/// is taken from any root, so that a tree of the response may be given too.
pub fn detect(exchange: &Exchange, tree: &Tree, run: &Run, knowledge: &Knowledge) -> Detected {
    detect_with(exchange, tree, run, knowledge, &Effort::default())
}

/// As [`detect`], with the keyed search as wide as `effort` says.
pub fn detect_with(
    exchange: &Exchange,
    tree: &Tree,
    run: &Run,
    knowledge: &Knowledge,
    effort: &Effort<'_>,
) -> Detected {
    detect_observing(exchange, tree, run, knowledge, effort, Observing::All)
}

/// As [`detect_with`], with the observations that are asked for.
pub fn detect_observing(
    exchange: &Exchange,
    tree: &Tree,
    run: &Run,
    knowledge: &Knowledge,
    effort: &Effort<'_>,
    observing: Observing<'_>,
) -> Detected {
    let host = exchange.request.host();
    let paths = Paths::of(tree);
    let sent = sent(exchange, tree);
    let documented = fields::read(&knowledge.services, exchange, tree, &paths);
    let repeated = repeats::repeats(tree, &paths, &documented);
    let mut found = seeded::search(tree, &sent, knowledge);
    let mut explained = vec![false; tree.layers.len()];
    mark(&mut explained, found.matches.iter().map(|m| m.layer));
    let once = |id: LayerId| !is(&repeated, id);
    let is_open = |id: LayerId| once(id) && !documented.knows(id) && !is(&explained, id);
    let keyed = keyed::search(tree, &sent, is_open, knowledge, effort);
    mark(&mut explained, keyed.matches.iter().map(|m| m.layer));
    found.matches.extend(keyed.matches);
    found.matches.sort_by_key(|m| m.layer);
    let (home, away): (Vec<Match>, Vec<Match>) =
        found.matches.into_iter().partition(|m| knowledge.at_home(m.seed, &host));

    let mut sightings = seeded_sightings(&away, tree, knowledge, &documented);
    // What somebody did is told once, by the planted value: it knows when that was.
    let acts = sightings.iter().filter(|s| s.property.comes_from_an_action());
    let told: BTreeSet<_> = acts.map(|s| (s.layer, s.property)).collect();
    let untold = documented.sightings(tree, &sent, &repeated).into_iter();
    sightings.extend(untold.filter(|s| !told.contains(&(s.layer, s.property))));
    let plain =
        |id: LayerId| is(&sent, id) && once(id) && !is(&explained, id) && !documented.knows(id);
    sightings.extend(shaped_sightings(exchange, run, knowledge, tree, plain, &paths));
    sort(&mut sightings, knowledge);
    let undocumented = |id: LayerId| is(&sent, id) && once(id) && !documented.knows(id);
    let known = (&found.beginnings, knowledge);
    let candidates = candidates::candidates(&host, tree, undocumented, &paths, known);
    let marks = observe::Marks { sent: &sent, repeated: &repeated };
    let (observations, unwanted) =
        observe::observe(exchange, tree, run, marks, &paths, &documented, observing);

    Detected {
        sightings,
        observations,
        unwanted,
        keys: material::keys(exchange, tree, &paths, &documented, &knowledge.services),
        recipient: recipient_of(&host, knowledge, &documented),
        sender: sender::sender(
            &exchange.request,
            run,
            &knowledge.subject,
            documented.services.iter().any(|service| service.is_client(&knowledge.subject)),
        ),
        erasure: documented.services.iter().any(|s| s.erases(exchange.request.path())),
        at_home: home.iter().map(|m| m.seed).collect::<BTreeSet<_>>().into_iter().collect(),
        searched: found.bytes,
        weak: candidates.weak,
        compared: candidates.compared,
        shaped: shaped(&keyed.shaped, tree, &paths),
        untried: keyed.untried,
    }
}

/// What is known of values that nothing explains, each once.
fn shaped(layers: &[LayerId], tree: &Tree, paths: &Paths<'_>) -> Vec<Shaped> {
    let of = |id: &LayerId| Shaped {
        place_pattern: paths.text(*id).to_owned(),
        digest: hash::fingerprint(&tree.layer(*id).bytes),
    };
    let all: BTreeSet<Shaped> = layers.iter().map(of).collect();
    all.into_iter().collect()
}

/// Marks these layers, by position.
fn mark(marks: &mut [bool], layers: impl Iterator<Item = LayerId>) {
    for id in layers {
        marks.get_mut(id.0 as usize).into_iter().for_each(|mark| *mark = true);
    }
}

/// Whether a layer is marked.
fn is(marks: &[bool], id: LayerId) -> bool {
    marks.get(id.0 as usize) == Some(&true)
}

/// Marks the layers that lie below a root that the subject sent.
fn sent(exchange: &Exchange, tree: &Tree) -> Vec<bool> {
    let message = matches!(exchange.kind, ExchangeKind::Message { direction: Direction::Sent, .. });
    let mut marks = Vec::with_capacity(tree.layers.len());
    for (id, layer) in tree.iter() {
        let mark = match layer.parent {
            Some(parent) => marks.get(parent.0 as usize).copied().unwrap_or(false),
            None => {
                let step = tree.step(id);
                step.starts_with("request.") || message && step == "message"
            }
        };
        marks.push(mark);
    }
    marks
}

/// Sightings of planted values. Of two seeds of one property, one of which lies in the other (an
/// address that begins like another), the longer explains the shorter.
fn seeded_sightings(
    matches: &[Match],
    tree: &Tree,
    knowledge: &Knowledge,
    documented: &Documented<'_>,
) -> Vec<Sighting> {
    let property = |m: &Match| knowledge.property(m.seed);
    let inside = |m: &Match, other: &Match| {
        other.layer == m.layer
            && other.span.len() > m.span.len()
            && other.span.start <= m.span.start
            && m.span.end <= other.span.end
            && property(other) == property(m)
    };
    let mut out = Vec::new();
    let by_layer = matches.chunk_by(|a, b| a.layer == b.layer);
    for (m, near) in by_layer.flat_map(|near| near.iter().map(move |m| (m, near))) {
        let Some(property) = property(m) else { continue };
        if near.iter().any(|other| inside(m, other)) {
            continue;
        }
        let bytes = &tree.layer(m.layer).bytes;
        out.push(Sighting {
            kind: FindingKind::SeededValue,
            property,
            value: show::show(&bytes[m.span.range(bytes.len())]),
            seed: Some(m.seed),
            derivation: m.derivation.clone(),
            layer: m.layer,
            place: sighting::place(tree, m.layer, m.span),
            documented: documented.label(m.layer).map(|label| label.explained()),
            bits: m.bits,
        });
    }
    out
}

/// Sightings by shape, in sent leaves that hold no seed and are not documented: values with a check,
/// the device's own addresses, addresses of sites that were visited.
fn shaped_sightings(
    exchange: &Exchange,
    run: &Run,
    knowledge: &Knowledge,
    tree: &Tree,
    takes: impl Fn(LayerId) -> bool,
    paths: &Paths<'_>,
) -> Vec<Sighting> {
    let mut out = Vec::new();
    let host = exchange.request.host();
    let own = run.environment.get("device_addresses").map_or("", String::as_str);
    let own = shape::network::parse(own);
    for (id, layer) in tree.iter() {
        if !matches!(layer.end, End::Plain | End::Value) || !takes(id) {
            continue;
        }
        let shapes = shape::shapes(&layer.bytes, paths.last(id), paths.name(id), &own);
        // Where a page lies is said by every request of it, in header fields that it does not write.
        let said = ["request.header:origin", "request.header:referer"].contains(&paths.last(id));
        let told = !said && !knowledge.subject.page;
        let visited =
            told.then(|| shape::visited::visited(&layer.bytes, &knowledge.visited, &host));
        let visited = visited.into_iter().flatten();
        // An address that somebody is typing is what is typed: nobody has gone there yet.
        let visited = visited.filter(|s| !is_typed(&layer.bytes[s.range.clone()], run, knowledge));
        for shape in shapes.into_iter().chain(visited) {
            out.push(Sighting {
                kind: FindingKind::Shape,
                property: shape.property,
                value: show::show(&layer.bytes[shape.range.clone()]),
                seed: None,
                derivation: shape.note.into_iter().collect(),
                layer: id,
                place: sighting::place(tree, id, ByteSpan::of(shape.range)),
                documented: None,
                bits: shape.bits,
            });
        }
    }
    out
}

/// Whether text is all of what was typed in a run, or the beginning of it.
fn is_typed(text: &[u8], run: &Run, knowledge: &Knowledge) -> bool {
    let seeds = knowledge.typed.typing(text).filter_map(|seed| knowledge.seeds.get(seed));
    let mut typed = seeds.filter(|seed| seed.property == Property::BrowsingTyped);
    typed.any(|seed| seed.run.as_ref().is_none_or(|name| *name == run.id.0))
}

/// Puts sightings into an order that does not depend on the order of seeds.
fn sort(sightings: &mut [Sighting], knowledge: &Knowledge) {
    sightings.sort_by(|a, b| {
        let seed = |s: &Sighting| s.seed.and_then(|i| knowledge.seeds.get(i)).map(|seed| &seed.id);
        let place = |s: &Sighting| (s.layer, s.place.span, s.kind, s.property);
        (place(a), seed(a), &a.derivation).cmp(&(place(b), seed(b), &b.derivation))
    });
}

/// The recipient, with the organisation that a documented service names for its own hosts.
fn recipient_of(host: &str, knowledge: &Knowledge, documented: &Documented<'_>) -> Recipient {
    let mut recipient = knowledge.recipient(host);
    let named = documented.services.iter().find_map(|service| service.organisation_of(host));
    if let (None, Some(organisation)) = (&recipient.organisation, named) {
        recipient.organisation = Some(organisation.to_owned());
        recipient.evidence.push("service".to_owned());
    }
    recipient
}
