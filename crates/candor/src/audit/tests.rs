//! Audits of small cases: what one exchange alone does not show, and that order and threads change
//! nothing.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{
    CaseFile, Exchange, Gap, GapReason, Keys, Run, RunId, Seed, Seeds, Subject, UnixMicros,
};
use candor_evidence::{CaseDir, WriterOptions};
use candor_specimens::grid::{Way, grid};

use super::{Audit, audit};
use crate::cases::Asked;

/// A case of one run with these exchanges.
fn case(folder: &tempfile::TempDir, name: &str, seeds: &[Seed], sent: &[Exchange]) -> CaseDir {
    let dir = CaseDir::create(folder.path().join(name)).unwrap();
    let subject = Subject { sites: vec!["maker.test".to_owned()], ..Subject::default() };
    dir.write_case_file(&CaseFile { subject, ..CaseFile::default() }).unwrap();
    let run = Run { id: RunId("r1".into()), ..Run::default() };
    let added = dir.add_run(&run, &Seeds { seeds: seeds.to_vec() }).unwrap();
    let writer = added.writer(WriterOptions::default()).unwrap();
    sent.iter().for_each(|exchange| writer.append(exchange));
    writer.close().unwrap();
    dir
}

fn audited(dir: &CaseDir) -> Audit {
    let asked =
        Asked { claims: vec![], questions: vec![], digest: String::new(), keys: Keys::default() };
    audit(dir, &asked).unwrap()
}

/// What was exchanged in a way of the grid, in its order of time, and what its decoys exchanged.
fn both(way: &Way) -> (Vec<Exchange>, Vec<Exchange>) {
    let at = |exchange: &Exchange, started: i64| Exchange {
        started: UnixMicros(1_795_330_000_000_000 + started),
        ..exchange.clone()
    };
    let before: Vec<Exchange> = way.before.iter().map(|exchange| at(exchange, 0)).collect();
    let each = (1..).zip(&way.sent);
    let sent = each.clone().map(|(second, sent)| at(&sent.exchange, second));
    let decoys = each.map(|(second, sent)| at(&sent.decoy, second));
    (before.iter().cloned().chain(sent).collect(), before.iter().cloned().chain(decoys).collect())
}

/// Ways of which one exchange alone shows nothing: hashes that count where three agree, salts and
/// keys that stand in earlier requests and answers.
const TOGETHER: [&str; 8] = [
    "study/crc32",
    "hashed/java-hashcode",
    "hashed/murmur3-32-hex",
    "keyed/earlier-answer",
    "keyed/earlier-question",
    "keyed/earlier-hmac-key",
    "sealed/key-in-page",
    "sealed/key-in-request",
];

#[test]
fn what_one_exchange_does_not_show_the_case_does() {
    let folder = tempfile::tempdir().unwrap();
    let ways = grid(7).ways;
    for (number, id) in TOGETHER.iter().enumerate() {
        let way = ways.iter().find(|way| way.id == *id).unwrap_or_else(|| panic!("{id}"));
        let seeds: Vec<Seed> = way.sent.iter().map(|sent| sent.seed.clone()).collect();
        let (sent, decoys) = both(way);
        let found = audited(&case(&folder, &format!("sent-{number}"), &seeds, &sent)).findings;
        let told: BTreeSet<&String> = found
            .iter()
            .filter(|f| way.expect.is_told_by(&f.place.path, &f.derivation))
            .filter_map(|f| f.seed.as_ref())
            .collect();
        assert_eq!(told.len(), way.sent.len(), "{id}: {found:#?}");
        assert!(found.iter().filter(|f| f.seed.is_some()).all(|f| f.chance < 1e-6), "{found:#?}");
        let found = audited(&case(&folder, &format!("decoy-{number}"), &seeds, &decoys)).findings;
        let accused: Vec<_> = found.iter().filter(|f| f.seed.is_some()).collect();
        assert!(accused.is_empty(), "{id}: {accused:#?}");
        // Two of three do not agree.
        if way.sent.len() > 1 {
            let two = case(&folder, &format!("two-{number}"), &seeds, &sent[..sent.len() - 1]);
            assert!(audited(&two).findings.iter().all(|f| f.seed.is_none()), "{id}");
        }
    }
}

#[test]
fn what_is_not_tried_with_keys_is_a_gap_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let way = &grid(7).ways[0];
    let seeds: Vec<Seed> = way.sent.iter().map(|sent| sent.seed.clone()).collect();
    let digest = |n: u64| {
        let mixed = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{mixed:016x}{:016x}", mixed.rotate_left(29) ^ 0xbf58_476d_1ce4_e5b9)
    };
    let exchange = |n: u64| {
        let mut exchange = both(way).0.remove(0);
        exchange.id.0 = format!("e{n}");
        exchange.request.url = format!("https://api.maker.test/v1?h={}", digest(n));
        exchange.request.headers.clear();
        exchange.request.body.bytes = Default::default();
        exchange
    };
    // Of a place so many different values are kept, and no more.
    for (values, left_out) in [(32, 0), (37, 5)] {
        let sent: Vec<Exchange> = (0..values).map(exchange).collect();
        let audit = audited(&case(&folder, &format!("{values}"), &seeds, &sent));
        let gaps: &[Gap] = &audit.coverage.gaps;
        let told: Vec<_> = gaps.iter().map(|gap| (gap.reason, gap.count, &*gap.example)).collect();
        let expected = (GapReason::NotTriedWithKeys, left_out, "values at request.url > query:h");
        assert_eq!(told, if left_out > 0 { vec![expected] } else { vec![] });
    }
}

#[test]
fn a_shape_has_a_chance_of_being_anything_else() {
    let folder = tempfile::tempdir().unwrap();
    let ways = grid(7).ways;
    let sent: Vec<Exchange> = ways
        .iter()
        .flat_map(|way| both(way).0)
        .take(1)
        .map(|mut exchange| {
            exchange.request.url = "https://api.maker.test/order?to=kim.otter%40maker.test".into();
            exchange
        })
        .collect();
    let found = audited(&case(&folder, "shape", &[], &sent)).findings;
    let mail = found.iter().find(|f| f.value == "kim.otter@maker.test").unwrap();
    assert!(mail.chance > candor_judge::MAX_CHANCE, "{mail:#?}");
}

/// The files of an analysis.
fn analysis(dir: &CaseDir) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(dir.root().join("analysis")).unwrap();
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        (path.file_name().unwrap().to_string_lossy().into_owned(), bytes)
    };
    files.map(read).collect()
}

#[test]
fn order_and_threads_do_not_change_a_byte() {
    let folder = tempfile::tempdir().unwrap();
    let mut ways = grid(11).ways;
    ways.retain(|way| {
        TOGETHER.contains(&way.id.as_str()) || way.id.len() % 4 == 0 && !way.id.contains("dump")
    });
    let seeds: Vec<Seed> =
        ways.iter().flat_map(|way| &way.sent).map(|sent| sent.seed.clone()).collect();
    let mut sent: Vec<Exchange> = ways.iter().flat_map(|way| both(way).0).collect();
    let forth = case(&folder, "forth", &seeds, &sent);
    sent.reverse();
    let back = case(&folder, "back", &seeds, &sent);
    let with = |threads: usize, dir: &CaseDir| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| audited(dir));
        analysis(dir)
    };
    let one = with(1, &forth);
    assert!(one.len() >= 7, "{:?}", one.keys());
    let findings = String::from_utf8(one["findings.jsonl"].clone()).unwrap();
    assert!(findings.lines().count() > seeds.len() / 2, "{findings}");
    for (name, other) in [("4 threads", with(4, &forth)), ("back to front", with(3, &back))] {
        for (file, bytes) in &one {
            assert!(other.get(file) == Some(bytes), "{file} differs with {name}");
        }
    }
}
