//! Where a value stands in a tree, and how it was changed on the way there: what an audit would say
//! of it, for one blob.

use std::io::Write;

use anyhow::Result;
use bytes::Bytes;
use candor_case::{
    Body, ByteSpan, Exchange, ExchangeId, ExchangeKind, FindingKind, LayerId, Origin, Property,
    Provenance, Request, Run, RunId, Seed, Subject, Tree, UnixMicros,
};
use candor_report::inert;
use serde::Serialize;

use super::tree::size;
use crate::knowledge;

/// A place where the value stands.
#[derive(Serialize)]
pub(super) struct Found {
    /// The layer that holds it.
    path: String,
    /// Its bytes there.
    span: ByteSpan,
    /// How it was changed, first step first; empty where it stands as it is.
    derivation: Vec<String>,
    /// What stands there, cut and escaped.
    value: String,
    /// The keys that opened the layers above it, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keys: Vec<String>,
    /// How improbable an accidental match at one position is, in bits.
    bits: f64,
}

/// Looks for a value in every form that an audit knows.
pub(super) fn find(tree: &Tree, value: &str, property: Option<Property>) -> Result<Vec<Found>> {
    let property = property.unwrap_or_else(|| guess(value));
    let seed = Seed {
        id: "value".to_owned(),
        value: value.to_owned(),
        property,
        sites: Some(vec![]),
        run: None,
        arm: None,
        phase: None,
    };
    let knowledge = knowledge::of(&Subject::default(), &[seed])?;
    let sent = as_sent(tree);
    let found = candor_detect::detect(&around(), &sent, &Run::default(), &knowledge);
    let sightings =
        found.sightings.into_iter().filter(|sighting| sighting.kind == FindingKind::SeededValue);
    Ok(sightings
        .map(|sighting| Found {
            keys: keys(tree, sighting.layer),
            path: sighting.place.path.replacen(SENT, tree.step(LayerId(0)), 1),
            span: sighting.place.span,
            derivation: sighting.derivation,
            value: sighting.value,
            bits: sighting.bits,
        })
        .collect())
}

/// The keys that were needed to see a layer.
fn keys(tree: &Tree, layer: LayerId) -> Vec<String> {
    let lineage = tree.lineage(layer);
    lineage.iter().filter_map(|id| tree.keys_used.get(id)).map(|key| inert(key, 256)).collect()
}

/// The root of what is searched.
const SENT: &str = "request.body";

/// The same tree as that of a body, since only what was sent is searched.
fn as_sent(tree: &Tree) -> Tree {
    let mut sent = tree.clone();
    let step = sent.write_step(SENT);
    if let Some(root) = sent.layers.first_mut() {
        root.opening.step = step;
    }
    sent
}

/// What a value stands for, by its looks: it decides which forms of it are tried.
fn guess(value: &str) -> Property {
    let figures = value.bytes().filter(u8::is_ascii_digit).count();
    let is_number = value.bytes().all(|b| b.is_ascii_digit() || b"+-() ".contains(&b));
    if value.contains("://") {
        Property::BrowsingUrl
    } else if value.contains('@') {
        Property::PersonEmail
    } else if figures >= 7 && is_number {
        Property::PersonPhone
    } else {
        Property::BrowsingSearch
    }
}

/// The exchange that a blob came without.
fn around() -> Exchange {
    Exchange {
        id: ExchangeId(String::new()),
        run: RunId(String::new()),
        started: UnixMicros(0),
        connection: None,
        protocols: vec![],
        kind: ExchangeKind::Http,
        request: Request {
            method: String::new(),
            url: String::new(),
            headers: vec![],
            body: Body::whole(Bytes::new(), Provenance::Wire),
            trailers: vec![],
        },
        response: None,
        origin: Origin::Decrypted,
    }
}

/// Prints the places, or how much was looked through in vain.
pub(super) fn print(out: &mut impl Write, tree: &Tree, found: &[Found]) -> Result<()> {
    for place in found {
        let ByteSpan { start, end } = place.span;
        writeln!(out, "{}", inert(&place.path, 1_000))?;
        let how = match place.derivation.is_empty() {
            true => "as it is".to_owned(),
            false => inert(&place.derivation.join(", then "), 400),
        };
        writeln!(out, "  {}", inert(&place.value, 256))?;
        writeln!(out, "  bytes {start} to {end} of that layer; {how}")?;
        for key in &place.keys {
            writeln!(out, "  opened with the key {key}")?;
        }
        writeln!(out)?;
    }
    let searched: usize = tree.layers.iter().map(|layer| layer.bytes.len()).sum();
    let unread = tree.layers.iter().filter(|layer| layer.end.is_opaque());
    let (count, bytes) = unread.fold((0, 0), |(n, len), layer| (n + 1, len + layer.bytes.len()));
    let times = match found.len() {
        0 => "not found".to_owned(),
        1 => "found once".to_owned(),
        many => format!("found {many} times"),
    };
    let layers = match tree.layers.len() {
        1 => "1 layer".to_owned(),
        many => format!("{many} layers"),
    };
    write!(out, "{times}; {layers} with {} searched", size(searched))?;
    match count {
        0 => writeln!(out)?,
        many => writeln!(out, ", {many} with {} could not be read", size(bytes))?,
    }
    Ok(())
}
