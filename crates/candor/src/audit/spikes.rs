//! Spikes: seeds put into copies of the subject's own requests, to prove that they would have been
//! seen where peeling says it can read (method rule 6).

use std::collections::BTreeMap;

use anyhow::Result;
use candor_case::{End, Exchange, Keys, LayerId, Property, Seed, Spikes, Tree};
use candor_detect::Knowledge;
use candor_evidence::Record;
use candor_peel::Budget;
use data_encoding::BASE32_NOPAD;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::audit::fold::Fold;
use crate::audit::work::{Bench, Sent, reports};

/// Requests of a run and host into which spikes are put.
const MOST_REQUESTS: usize = 3;
/// Spikes per request.
const MOST_SPIKES: usize = 4;
/// Values shorter than this are flags and numbers, not where somebody would put an address.
const SHORTEST: usize = 3;

/// Puts spikes into every run, and notes how many were found.
pub(crate) fn try_all(bench: &Bench<'_>, fold: &mut Fold) -> Result<()> {
    let keys = fold.keys().clone();
    for index in 0..bench.runs.len() {
        let chosen = chosen(bench, index, &keys)?;
        let results: Vec<Spikes> =
            chosen.par_iter().map(|exchange| spike(bench, index, exchange, &keys)).collect();
        for result in results {
            let spikes = &mut fold.runs[index].spikes;
            spikes.planted += result.planted;
            spikes.recovered += result.recovered;
        }
    }
    Ok(())
}

/// The first requests to each host that report something, by name.
fn chosen(bench: &Bench<'_>, index: usize, keys: &Keys) -> Result<Vec<Exchange>> {
    let open = &bench.runs[index];
    let mut by_host: BTreeMap<String, BTreeMap<String, Exchange>> = BTreeMap::new();
    for record in open.dir.records_unchecked()? {
        let Record::Exchange(exchange) = record else { continue };
        let kept = by_host.entry(exchange.request.host()).or_default();
        kept.insert(exchange.id.0.clone(), exchange);
        if kept.len() > MOST_REQUESTS {
            kept.pop_last();
        }
    }
    let speaks = |exchange: &Exchange| {
        let tree = candor_peel::peel(exchange, keys, &Budget::default());
        let found = candor_detect::detect(exchange, &tree, &open.run, bench.knowledge);
        let sent = Sent {
            phase: None,
            session: String::new(),
            recipient: found.recipient,
            sender: found.sender,
            erasure: found.erasure,
        };
        reports(&sent, bench.subject)
    };
    Ok(by_host.into_values().flat_map(BTreeMap::into_values).filter(speaks).collect())
}

fn spike(bench: &Bench<'_>, index: usize, exchange: &Exchange, keys: &Keys) -> Spikes {
    let tree = candor_peel::peel(exchange, keys, &Budget::default());
    let mut spikes = Spikes::default();
    for layer in places(&tree) {
        let seed = seed(exchange, &tree.path(layer));
        let Some(copy) = candor_peel::replant(exchange, &tree, layer, seed.value.as_bytes()) else {
            continue;
        };
        spikes.planted += 1;
        let Ok(knowledge) = crate::knowledge::of(bench.subject, &[seed]) else { continue };
        spikes.recovered += u32::from(found(&copy, &bench.runs[index].run, &knowledge, keys));
    }
    spikes
}

fn found(copy: &Exchange, run: &candor_case::Run, knowledge: &Knowledge, keys: &Keys) -> bool {
    let tree = candor_peel::peel(copy, keys, &Budget::default());
    let found = candor_detect::detect(copy, &tree, run, knowledge);
    found.sightings.iter().any(|sighting| sighting.seed == Some(0))
}

/// The deepest readable values of the request, longest first, one of each pattern.
fn places(tree: &Tree) -> Vec<LayerId> {
    let mut best: BTreeMap<String, (usize, usize, LayerId)> = BTreeMap::new();
    for (id, layer) in tree.iter() {
        let path = tree.path(id);
        let body = path.starts_with("request.body > ") || path.starts_with("request.url > ");
        if layer.end != End::Plain || layer.bytes.len() < SHORTEST || !body {
            continue;
        }
        let rank = (tree.lineage(id).len(), layer.bytes.len(), id);
        let known = best.entry(candor_case::pattern(&path)).or_insert(rank);
        if (rank.0, rank.1) > (known.0, known.1) {
            *known = rank;
        }
    }
    let mut ranked: Vec<_> = best.into_values().collect();
    ranked.sort_by(|a, b| (b.0, b.1, a.2).cmp(&(a.0, a.1, b.2)));
    ranked.into_iter().take(MOST_SPIKES).map(|(_, _, id)| id).collect()
}

/// A spike: its value follows from the place, so that an audit is the same every time.
fn seed(exchange: &Exchange, path: &str) -> Seed {
    let digest = Sha256::digest(format!("spike\n{}\n{path}", exchange.id.0));
    Seed {
        id: "spike".into(),
        value: format!("spike{}", BASE32_NOPAD.encode(&digest[..15]).to_ascii_lowercase()),
        property: Property::Control,
        sites: Some(vec![]),
        run: None,
        arm: None,
        phase: None,
    }
}
