//! Nobody is accused by accident: more than 200 MB of recordings that hold none of a thousand seeds,
//! searched as an audit searches them, give no finding.
//!
//! Most of it is traffic in the shapes of real analytics SDKs; one exchange in some is a decoy of
//! the grid, which sends a value that was not planted in the same way as one that might be: hashed,
//! salted, hidden, cut, split. The seeds are of the same making as what is sent (the same words, the
//! same hosts, addresses of the same shape), so that what nearly matches is there.
//!
//! It is a test of an optimised build (`cargo xtask test` runs it so):
//! `cargo test --release -p candor-bench --test false_positives -- --nocapture`

use std::collections::BTreeMap;

use candor_bench::random::Random;
use candor_bench::traffic::Traffic;
use candor_case::{Body, Exchange, FindingKind, Keys, Property, Provenance, Run, Seed, Subject};
use candor_detect::{
    Compared, Effort, Knowledge, Services, Sighting, Token, Weak, chance, confirm, detect_with,
    tokens,
};
use candor_peel::{Budget, peel, peel_response};
use candor_specimens::grid::grid;
use rayon::prelude::*;

/// Bytes of requests, as sent, that are searched.
const BYTES: u64 = 200_000_000;
/// Seeds that are looked for.
const SEEDS: usize = 1000;
/// Independent recordings, each of a device and a person of its own.
const DEVICES: u64 = 64;
/// Of the exchanges of a recording, one in so many is a decoy of the grid.
const DECOY_EVERY: usize = 12;
/// One exchange in so many is searched with keys too.
const KEYED_EVERY: usize = 25;
/// Accidental findings below which a finding may contradict a claim.
const ACCUSES: f64 = 1e-6;
/// Hashes that the search with keys may cost in one exchange.
const HASHES: u32 = 20_000;

#[test]
#[cfg_attr(debug_assertions, ignore = "needs an optimised build: cargo xtask test")]
fn a_thousand_seeds_are_not_found_where_nobody_sent_them() {
    let seeds = seeds();
    let subject = Subject { sites: vec!["maker.test".to_owned()], ..Subject::default() };
    let built = Knowledge::new(Services::built_in(), &subject, &seeds);
    let knowledge = built.expect("the seeds are long enough");
    let parts: Vec<Part> =
        (0..DEVICES).into_par_iter().map(|device| search(device, &knowledge)).collect();
    let mut all = Part::default();
    parts.into_iter().for_each(|part| all.add(part));

    let chances = chances(&all, &seeds, &knowledge);
    let strong: Vec<&f64> = chances.iter().filter(|chance| **chance < ACCUSES).collect();
    println!(
        "{} exchanges, {} bytes as sent, {} bytes and {} numbers compared with {} seeds",
        all.exchanges,
        all.bytes,
        all.searched,
        all.compared.values().sum::<u64>(),
        seeds.len(),
    );
    let expected = strong.iter().copied().sum::<f64>() / chances.len() as f64;
    println!("{} findings", all.found.len());
    println!(
        "accidental findings predicted: {expected:.1e} of the {} seeds that could contradict a \
         claim; of the others (short names and words) no more than {:.1e} each",
        strong.len(),
        chances.iter().copied().fold(0.0, f64::max),
    );
    let agreed = agreed(all.weak, all.compared);
    println!("candidates that agree by accident: {}", agreed.len());
    assert!(all.bytes >= BYTES, "{}", all.bytes);
    assert_eq!(all.found, Vec::<String>::new());
    assert_eq!(agreed, Vec::<String>::new());
    // Numbers and addresses must be worth enough even in a recording of this size; names, accounts
    // and short words are not, and are said to be less.
    assert!(strong.len() * 3 > seeds.len(), "{} of {} seeds", strong.len(), seeds.len());
}

/// What the search of some exchanges came to.
#[derive(Default)]
struct Part {
    exchanges: u64,
    bytes: u64,
    searched: u64,
    found: Vec<String>,
    weak: Vec<Weak>,
    compared: BTreeMap<(String, String), u64>,
}

impl Part {
    fn add(&mut self, other: Self) {
        self.exchanges += other.exchanges;
        self.bytes += other.bytes;
        self.searched += other.searched;
        self.found.extend(other.found);
        self.weak.extend(other.weak);
        for (place, values) in other.compared {
            *self.compared.entry(place).or_default() += values;
        }
    }
}

/// Searches the recording of one device; it is never held as a whole.
fn search(device: u64, knowledge: &Knowledge) -> Part {
    let decoys = grid(0xdec0 + device).ways.into_iter().flat_map(|way| way.sent);
    let mut decoys = decoys.map(|sent| sent.decoy);
    let mut part = Part::default();
    let mut given: Vec<Token> = Vec::new();
    for (index, made) in Traffic::of(0x0bad_5eed + device, &[]).enumerate() {
        let decoy = if index.is_multiple_of(DECOY_EVERY) { decoys.next() } else { None };
        for exchange in decoy.into_iter().chain([made.exchange]) {
            look(&exchange, index, knowledge, &mut given, &mut part);
        }
        if part.bytes > BYTES / DEVICES {
            break;
        }
    }
    part
}

fn look(
    exchange: &Exchange,
    index: usize,
    knowledge: &Knowledge,
    given: &mut Vec<Token>,
    part: &mut Part,
) {
    let keys = knowledge.keys();
    let tree = peel(exchange, &keys, &Budget::default());
    let with_keys = index.is_multiple_of(KEYED_EVERY);
    let effort = Effort { earlier: given, hashes: if with_keys { HASHES } else { 0 } };
    let found = detect_with(exchange, &tree, &Run::default(), knowledge, &effort);
    part.exchanges += 1;
    part.bytes += sent(exchange);
    part.searched += found.searched;
    let accused = found.sightings.iter().filter(|s| s.kind == FindingKind::SeededValue);
    part.found.extend(accused.map(|s| said(exchange, s)));
    part.weak.extend(found.weak);
    for Compared { host, place_pattern, values } in found.compared {
        *part.compared.entry((host, place_pattern)).or_default() += values;
    }
    if with_keys {
        let answered = peel_response(exchange, &keys, &Budget::default());
        *given = [&tree, &answered].into_iter().flat_map(tokens).take(32).collect();
    }
}

/// Bytes of a request as it was sent.
fn sent(exchange: &Exchange) -> u64 {
    let request = &exchange.request;
    let fields = request.headers.iter().map(|h| h.name.len() + h.value.len() + 4);
    (request.url.len() + fields.sum::<usize>() + request.body.bytes.len()) as u64
}

fn said(exchange: &Exchange, sighting: &Sighting) -> String {
    let Sighting { seed, place, derivation, value, bits, .. } = sighting;
    format!(
        "{}: seed {seed:?} at {} {derivation:?} {value} ({bits} bits)",
        exchange.id.0, place.path
    )
}

/// What agrees by accident among what is too short to count by itself.
fn agreed(weak: Vec<Weak>, compared: BTreeMap<(String, String), u64>) -> Vec<String> {
    let compared = compared.into_iter().map(|((host, place_pattern), values)| Compared {
        host,
        place_pattern,
        values,
    });
    let groups = confirm(weak.into_iter().map(|weak| (weak, ())), compared);
    groups.iter().flat_map(|group| &group.weak).map(|(weak, ())| format!("{weak:?}")).collect()
}

/// Of each seed, the accidental findings to be expected of all seeds if they were worth as much, by
/// the rule that every finding's `chance` follows.
fn chances(all: &Part, seeds: &[Seed], knowledge: &Knowledge) -> Vec<f64> {
    let each = seeds.iter().enumerate().map(|(index, seed)| {
        let bits = bits_of_whole(seed, index, knowledge);
        let bits = bits.unwrap_or_else(|| panic!("{} is not found where it is sent", seed.value));
        chance(bits, all.searched)
    });
    each.collect()
}

/// What a seed is worth that is sent as it is.
fn bits_of_whole(seed: &Seed, index: usize, knowledge: &Knowledge) -> Option<f64> {
    let mut exchange = Traffic::of(1, &[]).find(|m| m.exchange.request.method == "POST")?.exchange;
    exchange.request.headers.retain(|header| !header.name.starts_with(b"content-"));
    exchange.request.body = Body::whole(seed.value.clone(), Provenance::Proxied);
    let tree = peel(&exchange, &Keys::default(), &Budget::default());
    let effort = Effort { earlier: &[], hashes: 0 };
    let found = detect_with(&exchange, &tree, &Run::default(), knowledge, &effort);
    found.sightings.iter().find(|s| s.seed == Some(index)).map(|s| s.bits)
}

/// Seeds made of the words, hosts and shapes that are sent.
fn seeds() -> Vec<Seed> {
    let mut random = Random::new(0x5eed_f00d);
    (0..SEEDS).map(|index| seed(index, &mut random)).collect()
}

fn seed(index: usize, random: &mut Random) -> Seed {
    let (property, value) = match index % 10 {
        0 => {
            let (site, folder, slug) = (random.word(), random.word(), random.words(4, "-"));
            let page = format!("{folder}/{slug}-{}.html", random.below(10_000_000));
            (Property::BrowsingUrl, format!("https://www.{site}.example/{page}"))
        }
        1 => {
            let (site, folder) = (random.word(), random.word());
            let query = format!("id={}&utm_source={}", random.below(10_000_000), random.word());
            (Property::BrowsingUrl, format!("https://{site}.example/{folder}?{query}"))
        }
        2 => (Property::BrowsingSearch, random.words(5, " ")),
        3 => (Property::BrowsingTyped, random.words(3, " ")),
        4 => {
            let name = format!("{}.{}", random.word(), random.word());
            (Property::PersonEmail, format!("{name}{}@example.org", random.below(1000)))
        }
        5 => (Property::PersonPhone, format!("+49 151 {:08}", random.below(100_000_000))),
        6 => (Property::PersonAccount, format!("{}-{}", random.word(), random.below(100_000))),
        7 => (Property::PersonName, format!("{} {}", random.word(), random.words(2, ""))),
        8 => (Property::AppInstallId, random.uuid()),
        _ => (Property::DeviceId, random.hex(16)),
    };
    Seed {
        id: format!("seed-{index:04}"),
        value,
        property,
        sites: None,
        run: None,
        arm: None,
        phase: None,
    }
}
