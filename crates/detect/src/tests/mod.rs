//! Detection on small trees, each written out as peeling would leave it.

mod forms;
mod keyed;
mod known;
mod places;

use bytes::Bytes;
use candor_case::{
    Body, ByteSpan, End, Exchange, ExchangeId, ExchangeKind, FindingKind, Header, Layer, LayerId,
    Opening, Origin, Property, Provenance, Request, Run, RunId, Seed, Subject, Tree, UnixMicros,
};

use crate::{Detected, Knowledge, Services, Sighting, detect};

const HOST: &str = "https://api.maker.test/x";
const URL: &str = "https://www.example.org/7fk2qz9xw4/mu1br8vn3e?q=t6ys0cj5hd";

fn seed(value: &str, property: Property) -> Seed {
    Seed {
        id: value.into(),
        value: value.into(),
        property,
        sites: None,
        run: None,
        arm: None,
        phase: None,
    }
}

fn visit(value: &str) -> Seed {
    seed(value, Property::BrowsingUrl)
}

fn exchange(url: &str) -> Exchange {
    Exchange {
        id: ExchangeId("e1".into()),
        run: RunId("r1".into()),
        started: UnixMicros(0),
        connection: None,
        protocols: vec![],
        kind: ExchangeKind::Http,
        request: Request {
            method: "POST".into(),
            url: url.into(),
            headers: vec![Header::new("Host", "api.maker.test")],
            body: Body::empty(Provenance::Proxied),
            trailers: vec![],
        },
        response: None,
        origin: Origin::Proxied,
    }
}

/// A layer of a tree: parent, step, bytes, and the bytes of the parent that it was opened from.
type Row<'a> = (Option<u32>, &'a str, &'a [u8], std::ops::Range<usize>);

fn tree(rows: &[Row<'_>]) -> Tree {
    let mut tree = Tree::default();
    for (parent, step, bytes, span) in rows {
        if let Some(parent) = parent {
            tree.layers[*parent as usize].end = End::Opened;
        }
        let step = tree.write_step(step);
        tree.layers.push(Layer {
            bytes: Bytes::copy_from_slice(bytes),
            parent: parent.map(LayerId),
            opening: Opening { codec: "test", step, span: ByteSpan::of(span.clone()), exact: true },
            end: End::Plain,
        });
    }
    tree
}

fn body(bytes: &[u8]) -> Tree {
    tree(&[(None, "request.body", bytes, 0..bytes.len())])
}

fn run_on(url: &str, tree: &Tree, seeds: &[Seed]) -> Detected {
    let knowledge = Knowledge::new(Services::built_in(), &Subject::default(), seeds).unwrap();
    detect(&exchange(url), tree, &Run::default(), &knowledge)
}

fn seeded(detected: &Detected) -> Vec<&Sighting> {
    detected.sightings.iter().filter(|s| s.kind == FindingKind::SeededValue).collect()
}

/// What was found of one seed in a body: the derivation of each sighting, joined.
fn found(seed: &Seed, bytes: &[u8]) -> Vec<String> {
    let detected = run_on(HOST, &body(bytes), std::slice::from_ref(seed));
    seeded(&detected).iter().map(|s| s.derivation.join(", ")).collect()
}
