//! Exhibits: of each finding, the windows of bytes that show it, layer by layer.

use std::cell::RefCell;
use std::collections::BTreeMap;

use candor_case::{ByteSpan, Exchange, Exhibit, ExhibitLayer, LayerId, Tree};
use candor_detect::Sighting;
use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest, Sha256};

/// Bytes of a window in the layers that people read: the last one and the one around it.
const WINDOW: u64 = 512;
/// Bytes of a window in the layers above, which are there to be recognised.
const WINDOW_ABOVE: u64 = 96;

/// The digests of layers that have been shown, so that a batch of events is hashed once and not
/// for every value in it.
#[derive(Default)]
pub(crate) struct Digests(RefCell<BTreeMap<LayerId, String>>);

impl Digests {
    fn of(&self, tree: &Tree, id: LayerId) -> String {
        let digest = || HEXLOWER.encode(&Sha256::digest(&tree.layer(id).bytes));
        self.0.borrow_mut().entry(id).or_insert_with(digest).clone()
    }
}

/// The exhibit of one sighting.
pub(crate) fn of(
    exchange: &Exchange,
    (tree, digests): (&Tree, &Digests),
    sighting: &Sighting,
    finding: &str,
) -> Exhibit {
    let lineage = tree.lineage(sighting.layer);
    let layers = lineage
        .iter()
        .enumerate()
        .map(|(depth, id)| {
            let next = lineage.get(depth + 1).map(|child| tree.layer(*child).opening.span);
            let near = depth + 2 >= lineage.len();
            let most = if near { WINDOW } else { WINDOW_ABOVE };
            layer((tree, digests), *id, next.unwrap_or(sighting.place.span), most)
        })
        .collect();
    let request = format!("{} {}", exchange.request.method, exchange.request.url);
    Exhibit { finding: finding.to_owned(), request: candor_report::inert(&request, 1024), layers }
}

fn layer(
    (tree, digests): (&Tree, &Digests),
    id: LayerId,
    span: ByteSpan,
    most: u64,
) -> ExhibitLayer {
    let layer = tree.layer(id);
    let length = layer.bytes.len() as u64;
    // A third of the window stands before the value, so that its field's name is in it.
    let start = span.start.saturating_sub(most / 3).min(length);
    let window = ByteSpan::new(start, (start + most).min(length));
    ExhibitLayer {
        step: tree.step(id).to_owned(),
        codec: layer.opening.codec.to_owned(),
        length,
        sha256: digests.of(tree, id),
        span,
        window_start: start,
        window: BASE64.encode(&layer.bytes[window.range(layer.bytes.len())]),
        key: tree.keys_used.get(&id).map(|name| candor_report::inert(name, 256)),
    }
}
