//! Damaged files: what is there is read, what is not is reported, and nothing panics.

use bytes::Bytes;
use candor_warc::{DamageReason, Fields, Item, Reader, Record, Step, http, write_record};
use proptest::prelude::*;

fn file(blocks: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for (i, block) in blocks.iter().enumerate() {
        let mut fields = Fields::new();
        fields.push("WARC-Type", "resource").push("WARC-Record-ID", format!("<urn:uuid:{i}>"));
        write_record(&mut out, &fields, &[block]).expect("memory");
    }
    out
}

fn read(bytes: Vec<u8>) -> (Vec<Record>, Vec<(u64, u64, DamageReason)>) {
    let (mut records, mut damages) = (vec![], vec![]);
    for item in Reader::new(bytes.into()) {
        match item {
            Item::Record(record) => records.push(record),
            Item::Damage(damage) => damages.push((damage.offset, damage.length, damage.reason)),
        }
    }
    (records, damages)
}

fn blocks(records: &[Record]) -> Vec<&[u8]> {
    records.iter().map(|record| &record.block[..]).collect()
}

fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).expect("text");
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn whole_files_are_read_whole() {
    let given: [&[u8]; 4] = [b"one", b"", b"\r\n\r\nWARC/1.1\r\nnot a record", b"four\r\n"];
    let (records, damages) = read(file(&given));
    assert_eq!(blocks(&records), given);
    assert!(damages.is_empty());
    assert!(records.iter().all(|r| r.damage.is_none() && r.digest_matches() == Some(true)));
}

#[test]
fn a_cut_file_gives_what_is_there() {
    let bytes = file(&[b"one", b"second"]);
    let (records, damages) = read(bytes[..bytes.len() - 7].to_vec());
    assert_eq!(blocks(&records), [&b"one"[..], b"sec"]);
    assert_eq!(records[1].damage, Some(DamageReason::CutShort { stated: 6, there: 3 }));
    assert!(damages.is_empty());
    let (records, damages) = read(bytes[..bytes.len() - 20].to_vec());
    assert_eq!(blocks(&records), [b"one"]);
    assert_eq!(damages.len(), 1);
    assert_eq!(damages[0].2, DamageReason::HeaderCutShort);
}

#[test]
fn reading_goes_on_after_damage() {
    let whole = file(&[b"one", b"two!", b"three"]);
    let second = u64::try_from(file(&[b"one"]).len()).expect("small");
    let two = |to: &str| replace(&whole, "Content-Length: 4", to);
    let table = [
        (two("Content-Length: 999999999999999"), vec![&b"one"[..], b"two!", b"three"], None),
        (
            two("Content-Length: 99999999999999999999999"),
            vec![b"one", b"three"],
            Some(DamageReason::NoLength),
        ),
        (two("Content-Length: 40"), vec![b"one", b"two!", b"three"], None),
        (two("Content-Length: 1"), vec![b"one", b"two!", b"three"], None),
        (two("No-Length: 4"), vec![b"one", b"three"], Some(DamageReason::NoLength)),
        (two("no colon"), vec![b"one", b"three"], Some(DamageReason::BadField)),
    ];
    for (bytes, expected, reason) in table {
        let (records, damages) = read(bytes);
        assert_eq!(blocks(&records), expected, "{reason:?}");
        match reason {
            None => assert!(records[1].damage.is_some() && damages.is_empty()),
            Some(reason) => {
                assert_eq!(damages.len(), 1);
                assert_eq!((damages[0].0, &damages[0].2), (second, &reason));
            }
        }
    }
}

#[test]
fn a_file_of_another_kind_is_one_damage() {
    let (records, damages) = read(vec![b'x'; 100_000]);
    assert!(records.is_empty());
    assert_eq!(damages, [(0, 100_000, DamageReason::NotARecord)]);
}

#[test]
fn an_endless_header_is_damage() {
    let mut bytes = b"WARC/1.1\r\nA: ".to_vec();
    bytes.resize(9 << 20, b'a');
    bytes.extend_from_slice(b"\r\n\r\n\r\n");
    bytes.extend_from_slice(&file(&[b"one"]));
    let (records, damages) = read(bytes);
    assert_eq!(blocks(&records), [b"one"]);
    assert_eq!(damages[0].2, DamageReason::HeaderTooLong);
}

/// Reads a file handed in piece by piece, as a decompressor gives it.
fn read_in_parts(bytes: &[u8], size: usize) -> Vec<Bytes> {
    let (mut blocks, mut held, mut base, mut given) = (vec![], Vec::new(), 0, 0);
    loop {
        let last = given >= bytes.len();
        let mut reader = Reader::part(Bytes::from(held.clone()), base, last);
        let need = loop {
            match reader.step() {
                Step::Item(Item::Record(record)) => blocks.push(record.block),
                Step::Item(Item::Damage(_)) => {}
                Step::Need(bytes) => break bytes,
                Step::End => return blocks,
            }
        };
        held = reader.rest().to_vec();
        base = reader.offset();
        while held.len() < need && given < bytes.len() {
            let more = &bytes[given..bytes.len().min(given + size)];
            held.extend_from_slice(more);
            given += more.len();
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(bytes.clone());
        let _ = http::parse_final(&Bytes::from(bytes));
    }

    #[test]
    fn damaged_files_never_panic_and_lose_at_most_the_damaged_record(
        at in 0..900_usize, to in any::<u8>(),
    ) {
        let mut bytes = file(&[b"one", b"two", b"three", b"four"]);
        let at = at % bytes.len();
        bytes[at] = to;
        let (records, _) = read(bytes);
        prop_assert!(records.len() >= 3, "{} records", records.len());
    }

    #[test]
    fn parts_of_any_size_give_the_same_records(
        size in 1..300_usize,
        given in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..6),
    ) {
        let given: Vec<&[u8]> = given.iter().map(|block| &block[..]).collect();
        prop_assert_eq!(read_in_parts(&file(&given), size), given);
    }

    #[test]
    fn heads_come_back(
        fields in proptest::collection::vec(("[!-9;-~]{1,9}", "([!-~]([ -~]{0,9}[!-~])?)?"), 0..9),
        body in proptest::collection::vec(any::<u8>(), 0..99),
    ) {
        let fields: Vec<_> = fields
            .into_iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("transfer-encoding"))
            .map(|(name, value)| http::Field { name: name.into(), value: value.into() })
            .collect();
        let mut block = http::write_head("PUT /x HTTP/1.1", &fields);
        block.extend_from_slice(&body);
        let message = http::parse(&block.into());
        prop_assert_eq!(message.fields, fields);
        prop_assert_eq!(&message.body[..], &body[..]);
        prop_assert_eq!(message.problem, None);
    }
}
