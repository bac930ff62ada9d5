//! The grid: hundreds of ways of sending one value, each with its truth written first, peeled and
//! searched as an audit does it; and as many decoys, over which nobody may be accused.
//!
//! `cargo test -p candor --test grid -- --nocapture` prints what is missed, what was expected of it
//! and what was said instead.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use candor_case::{Cipher, Exchange, FindingKind, IvRule, Key, Keys, Run, Seed, Subject};
use candor_detect::{
    Effort, Knowledge, Services, Sighting, Token, confirm, detect, detect_with, tokens,
};
use candor_peel::{Budget, peel, peel_response};
use candor_specimens::grid::{CipherKey, Grid, KeyIv, Sent, Way, grid};

/// Ways that must be found with the right path and derivation, of every hundred.
const FOUND_AT_LEAST: usize = 98;

/// The number that the exam is drawn from.
const SEED: u64 = 2020;

#[test]
fn ways_are_found_and_decoys_are_not() {
    let Grid { ways } = grid(SEED);
    let mut found = 0;
    let mut accused = Vec::new();
    let mut by_part: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut study = 0;
    for way in &ways {
        let knowledge = knowledge(way.sent.iter().map(|sent| &sent.seed));
        let outcome = outcome(way, &knowledge);
        let part = by_part.entry(way.id.split('/').next().unwrap_or("")).or_default();
        part.1 += 1;
        if outcome.is_ok() {
            found += 1;
            part.0 += 1;
            study += usize::from(way.study);
        }
        if let Err(why) = outcome {
            println!("missed {}: {}\n{why}", way.id, way.chain.join(", "));
        }
        let decoys: Vec<&Exchange> = way.sent.iter().map(|sent| &sent.decoy).collect();
        accused.extend(told(way, &decoys, &knowledge).into_iter().map(|s| said(&s)));
    }
    for (part, (found, all)) in by_part {
        println!("{part}: {found} of {all}");
    }
    println!("of the study's 61: {study}");
    println!("found {found} of {} ways; decoys accused: {}", ways.len(), accused.len());
    assert!(accused.is_empty(), "decoys accused: {accused:#?}");
    assert!(found * 100 >= FOUND_AT_LEAST * ways.len(), "found {found} of {}", ways.len());
}

#[test]
fn decoys_hold_against_all_seeds_at_once() {
    let Grid { ways } = grid(SEED);
    let knowledge = knowledge(ways.iter().flat_map(|way| &way.sent).map(|sent| &sent.seed));
    let mut accused = Vec::new();
    for way in &ways {
        let decoys: Vec<&Exchange> = way.sent.iter().map(|sent| &sent.decoy).collect();
        accused.extend(told(way, &decoys, &knowledge).iter().map(said));
    }
    assert!(accused.is_empty(), "decoys accused: {accused:#?}");
}

fn knowledge<'a>(seeds: impl Iterator<Item = &'a Seed>) -> Knowledge {
    let seeds: Vec<Seed> = seeds.cloned().collect();
    let subject = Subject { sites: vec!["maker.test".to_owned()], ..Subject::default() };
    let services = Services::built_in();
    Knowledge::new(services, &subject, &seeds).expect("seeds are long enough")
}

/// Whether a way was found as it must be; if not, what was expected and what was said.
fn outcome(way: &Way, knowledge: &Knowledge) -> Result<(), String> {
    let exchanges: Vec<&Exchange> = way.sent.iter().map(|sent| &sent.exchange).collect();
    let sightings = told(way, &exchanges, knowledge);
    let right: BTreeSet<usize> = sightings
        .iter()
        .filter(|s| way.expect.is_told_by(&s.place.path, &s.derivation))
        .filter_map(|s| s.seed)
        .collect();
    if right.len() == way.sent.len() {
        return Ok(());
    }
    let said: BTreeSet<String> = sightings.iter().map(said).collect();
    let said: String = said.iter().map(|line| format!("  said     {line}\n")).collect();
    let wanted = format!("{} {:?}", way.expect.path_pattern, way.expect.derivation);
    let said = if said.is_empty() { opened(way, knowledge) } else { said };
    Err(format!("  expected {wanted}\n{said}"))
}

fn said(sighting: &Sighting) -> String {
    format!("{} {:?}", sighting.place.path, sighting.derivation)
}

/// Where peeling stopped, for who looks for the reason.
fn opened(way: &Way, knowledge: &Knowledge) -> String {
    let Some(Sent { exchange, .. }) = way.sent.first() else { return String::new() };
    let keys = gather(way, &[exchange], knowledge);
    let tree = peel(exchange, &keys, &Budget::default());
    let place = way.expect.path_pattern.split(" > ").next().unwrap_or("");
    let leaves = tree.iter().filter(|(id, layer)| {
        layer.end != candor_case::End::Opened && tree.path(*id).starts_with(place)
    });
    leaves
        .map(|(id, layer)| {
            let shown: String = layer
                .bytes
                .iter()
                .take(60)
                .flat_map(|b| b.escape_ascii())
                .map(char::from)
                .collect();
            format!("  opened   {} {:?} {shown}\n", tree.path(id), layer.end)
        })
        .collect()
}

/// What is said of planted values in these exchanges, as an audit does it: what is too short to
/// count by itself is heard only where `confirm` says so.
fn told(way: &Way, exchanges: &[&Exchange], knowledge: &Knowledge) -> Vec<Sighting> {
    let keys = gather(way, exchanges, knowledge);
    let earlier = earlier(way, &keys);
    let effort = Effort { earlier: &earlier, ..Effort::default() };
    let (mut all, mut weak, mut compared) = (Vec::new(), Vec::new(), Vec::new());
    for exchange in exchanges {
        let tree = peel(exchange, &keys, &Budget::default());
        let found = detect_with(exchange, &tree, &Run::default(), knowledge, &effort);
        all.extend(found.sightings);
        weak.extend(found.weak.into_iter().map(|weak| (weak, ())));
        compared.extend(found.compared);
    }
    let agreed = confirm(weak, compared).into_iter().flat_map(|group| group.weak);
    all.extend(agreed.map(|(weak, ())| weak.sighting));
    all.retain(|s| s.kind == FindingKind::SeededValue);
    all
}

/// The tokens of what was exchanged before with the same recipient.
fn earlier(way: &Way, keys: &Keys) -> Vec<Token> {
    let budget = Budget::default();
    let each = way.before.iter();
    let trees = each.flat_map(|e| [peel(e, keys, &budget), peel_response(e, keys, &budget)]);
    trees.flat_map(|tree| tokens(&tree)).collect()
}

/// The keys that the case holds: given, built into documented services, and standing in what was
/// sent or answered.
fn gather(way: &Way, exchanges: &[&Exchange], knowledge: &Knowledge) -> Keys {
    let mut keys = knowledge.keys();
    keys.0.extend(way.keys.iter().map(filed));
    let mut found = BTreeSet::new();
    for exchange in way.before.iter().chain(exchanges.iter().copied()) {
        for tree in [
            peel(exchange, &keys, &Budget::default()),
            peel_response(exchange, &keys, &Budget::default()),
        ] {
            found.extend(detect(exchange, &tree, &Run::default(), knowledge).keys);
        }
    }
    keys.0.extend(found);
    keys
}

/// A key of the key file.
fn filed(key: &CipherKey) -> Key {
    let cipher = Cipher::named(key.cipher).expect("the grid names ciphers as paths do");
    let iv = match &key.iv {
        KeyIv::Prefix => IvRule::Prefix,
        KeyIv::Constant(iv) => IvRule::Constant(Bytes::copy_from_slice(iv)),
        KeyIv::Field(step) => IvRule::Field((*step).to_owned()),
        KeyIv::None => IvRule::None,
    };
    let bytes = Bytes::copy_from_slice(&key.bytes);
    Key { name: "key file".to_owned(), cipher, bytes, iv, hosts: vec![], step: String::new() }
}
