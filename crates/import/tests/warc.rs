//! WARC: the samples of real programs, and files as crawlers write them.

use std::io::Write;
use std::path::Path;

use bytes::Bytes;
use candor_case::*;
use candor_import::{ImportError, ImportSummary, Imported, import};
use candor_warc::{Fields, write_record};

struct Read {
    exchanges: Vec<Exchange>,
    gaps: Vec<Gap>,
    summary: ImportSummary,
}

fn read(bytes: impl Into<Bytes>, name: &str) -> Result<Read, ImportError> {
    let (mut exchanges, mut gaps) = (vec![], vec![]);
    let run = RunId("one".into());
    let summary = import(bytes.into(), name, &run, &mut |imported| match imported {
        Imported::Exchange(exchange) => exchanges.push(exchange),
        Imported::Gap(gap) => gaps.push(gap),
    })?;
    Ok(Read { exchanges, gaps, summary })
}

fn sample(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name);
    std::fs::read(path).expect("sample")
}

const SAMPLES: [(&str, u64); 5] = [
    ("chromium_ukm.warc", 14),
    ("firefox_normal.warc", 73),
    ("mixpanel.warc", 10),
    ("sensors_js.warc", 27),
    ("sensors_python.warc", 3),
];

#[test]
fn samples_of_real_programs_are_read_whole() {
    for (name, requests) in SAMPLES {
        let read = read(sample(name), name).expect("imports");
        assert_eq!((read.summary.exchanges, read.summary.gaps), (requests, 0), "{name}");
        assert!(read.summary.recorder.starts_with("recorded from the real program"));
        assert!(read.summary.first.is_some());
        for exchange in &read.exchanges {
            let (request, id) = (&exchange.request, &exchange.id.0);
            assert!(request.url.starts_with("https://"), "{name} {id}");
            assert!(!request.headers.is_empty(), "{name} {id}");
            assert_eq!(request.body.missing, None, "{name} {id}");
            let length = request.header("content-length");
            let length = length.map(|v| std::str::from_utf8(v).expect("text").parse::<usize>());
            let stated = length.transpose().expect("a number");
            assert!(stated.is_none_or(|stated| stated == request.body.bytes.len()), "{name} {id}");
            let response = exchange.response.as_ref().expect("a response");
            assert!(response.status >= 200 && response.body.missing.is_none(), "{name} {id}");
        }
    }
}

#[test]
fn bodies_and_names_are_those_of_the_records() {
    let read = read(sample("sensors_python.warc"), "sensors_python.warc").expect("imports");
    let first = &read.exchanges[0];
    assert_eq!(first.id.0, "3ba1c901-90e6-5ec6-87b0-394d97cd8fb4");
    assert_eq!(first.request.method, "POST");
    assert_eq!(first.request.host(), "127.0.0.1");
    assert!(first.request.body.bytes.starts_with(b"data_list=H4sI"));
    assert!(first.request.body.bytes.ends_with(b"&gzip=1"));
    assert_eq!(first.started, UnixMicros(1_795_329_000_000_000));
    let read = self::read(sample("chromium_ukm.warc"), "chromium_ukm.warc").expect("imports");
    let ukm = read.exchanges.iter().filter(|e| e.request.path() == "/ukm");
    let gzipped = ukm.filter(|e| e.request.body.bytes.starts_with(b"\x1f\x8b"));
    assert_eq!(gzipped.count(), 4);
}

fn compress(records: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for record in records {
        let mut encoder = flate2::write::GzEncoder::new(&mut out, flate2::Compression::fast());
        encoder.write_all(record).expect("memory");
        encoder.finish().expect("memory");
    }
    out
}

fn shown(read: &Read) -> Vec<String> {
    read.exchanges.iter().map(|exchange| format!("{exchange:?}")).collect()
}

#[test]
fn compressed_files_give_the_same_exchanges() {
    for (name, requests) in SAMPLES {
        let plain = sample(name);
        let whole = read(plain.clone(), name).expect("imports");
        let pieces: Vec<&[u8]> = plain.chunks(7_001).collect();
        let zipped = read(compress(&pieces), name).expect("imports");
        assert_eq!(zipped.summary.exchanges, requests);
        assert_eq!(shown(&zipped), shown(&whole), "{name}");
    }
}

#[test]
fn a_compressed_file_that_is_cut_gives_what_is_there_and_says_so() {
    let plain = sample("mixpanel.warc");
    let mut cut = compress(&[&plain]);
    cut.truncate(cut.len() / 2);
    let read = read(cut, "mixpanel.warc.gz").expect("imports");
    assert!((1..10).contains(&read.summary.exchanges));
    let last = read.gaps.last().expect("a gap");
    assert_eq!(last.reason, GapReason::DamagedRecord);
    assert!(last.example.contains("mixpanel.warc.gz: the rest"), "{}", last.example);
}

/// A record as crawlers write them; `to` names another record.
fn record(kind: &str, id: &str, to: &str, uri: &str, block: &str) -> Vec<u8> {
    let mut fields = Fields::new();
    fields.push("WARC-Type", kind).push("WARC-Target-URI", uri);
    fields.push("WARC-Date", "2026-01-05T10:11:12Z");
    fields.push("Content-Type", format!("application/http; msgtype={kind}"));
    if !id.is_empty() {
        fields.push("WARC-Record-ID", format!("<urn:uuid:{id}>"));
    }
    if !to.is_empty() {
        fields.push("WARC-Concurrent-To", format!("<urn:uuid:{to}>"));
    }
    let mut out = Vec::new();
    write_record(&mut out, &fields, &[block.as_bytes()]).expect("memory");
    out
}

const GET: &str = "GET /p HTTP/1.1\r\nHost: a.candor.test\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const A: &str = "https://a.candor.test/p";
const B: &str = "https://b.candor.test/p";

type Outcome = (Vec<(String, u16)>, Vec<(GapReason, String)>);

/// What came of a file: for each exchange its address and status, for each gap reason and host.
fn outcome(records: &[Vec<u8>]) -> Outcome {
    let read = read(records.concat(), "x.warc").expect("imports");
    let exchanges = read.exchanges.iter().map(|exchange| {
        let status = exchange.response.as_ref().map_or(0, |response| response.status);
        (exchange.request.url.clone(), status)
    });
    let gaps = read.gaps.iter().map(|gap| (gap.reason, gap.host.clone()));
    (exchanges.collect(), gaps.collect())
}

#[test]
fn requests_find_their_responses_however_they_are_ordered() {
    let pair = vec![(A.to_owned(), 200)];
    let both = vec![(A.to_owned(), 200), (B.to_owned(), 200)];
    let alone = vec![(A.to_owned(), 0)];
    let orphan = vec![(GapReason::NotRecorded, "b.candor.test".to_owned())];
    let bracketed = format!("<{A}>");
    let table = [
        // The request names the response, as wget writes it.
        (
            vec![record("request", "1", "2", A, GET), record("response", "2", "", A, OK)],
            &pair,
            vec![],
        ),
        // The response comes first, as warcio writes it.
        (
            vec![record("response", "2", "", A, OK), record("request", "1", "2", A, GET)],
            &pair,
            vec![],
        ),
        // Others stand between.
        (
            vec![
                record("response", "2", "", A, OK),
                record("response", "4", "3", B, OK),
                record("request", "1", "2", A, GET),
                record("request", "3", "", B, GET),
            ],
            &both,
            vec![],
        ),
        // Nothing is named, but they stand side by side.
        (vec![record("request", "", "", A, GET), record("response", "", "", A, OK)], &pair, vec![]),
        (
            vec![
                record("request", "1", "", &bracketed, GET),
                record("response", "2", "", &bracketed, OK),
            ],
            &pair,
            vec![],
        ),
        // Side by side by chance.
        (
            vec![record("request", "", "", A, GET), record("response", "", "", B, OK)],
            &alone,
            orphan.clone(),
        ),
        (
            vec![record("request", "1", "9", A, GET), record("response", "2", "8", A, OK)],
            &alone,
            vec![(GapReason::NotRecorded, "a.candor.test".to_owned())],
        ),
        // One half only.
        (vec![record("request", "1", "2", A, GET)], &alone, vec![]),
        (
            vec![record("response", "2", "1", B, OK), record("request", "3", "", A, GET)],
            &alone,
            orphan,
        ),
    ];
    for (i, (records, exchanges, gaps)) in table.into_iter().enumerate() {
        assert_eq!(outcome(&records), (exchanges.clone(), gaps), "case {i}");
    }
}

#[test]
fn what_a_record_lacks_is_said() {
    let short = "POST /p HTTP/1.1\r\nContent-Length: 10\r\n\r\nshort";
    let none = "POST /p HTTP/1.1\r\nContent-Length: 10\r\n\r\n";
    let chunks =
        "POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\nT: 1\r\n\r\n";
    let kept = "POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno chunks";
    let table = [
        (short, "short", Some(Missing::Truncated), 0),
        (none, "", Some(Missing::NotRecorded { bytes: Some(10) }), 0),
        (chunks, "whole", None, 1),
        (kept, "no chunks", None, 0),
    ];
    for (block, body, missing, trailers) in table {
        let read = read(record("request", "1", "", A, block), "x.warc").expect("imports");
        let request = &read.exchanges[0].request;
        assert_eq!((&request.body.bytes[..], &request.body.missing), (body.as_bytes(), &missing));
        assert_eq!(request.trailers.len(), trailers);
        assert_eq!(request.body.provenance, Provenance::Proxied);
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n";
    let both = [record("request", "1", "2", A, GET), record("revisit", "2", "1", A, head)];
    let read = read(both.concat(), "x.warc").expect("imports");
    let response = read.exchanges[0].response.as_ref().expect("a response");
    assert_eq!(response.body.missing, Some(Missing::NotRecorded { bytes: Some(7) }));
}

/// A segment of another case says no less here than it did there.
#[test]
fn what_candor_itself_wrote_is_kept() {
    let own = "GET%20IT /p HTTP/1.1\r\nX%3A: a%0Ab\r\n\r\n";
    let text = String::from_utf8(record("request", "1", "", A, own)).expect("text");
    let more = "Candor-Provenance: importer-lossy\r\nCandor-Missing: not-recorded 7\r\n\
                Candor-Trailer: T: %20\r\nCandor-Escaped: head\r\n\
                Candor-Target-URI: https://a.candor.test/%25%0A\r\nContent-Length";
    let read = read(text.replace("Content-Length", more), "x.warc").expect("imports");
    let request = &read.exchanges[0].request;
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("GET IT", "https://a.candor.test/%\n")
    );
    assert_eq!(request.headers, [Header::new("X:", "a\nb")]);
    assert_eq!(request.trailers, [Header::new("T", " ")]);
    let missing = Some(Missing::NotRecorded { bytes: Some(7) });
    let expected = Body { bytes: Bytes::new(), provenance: Provenance::ImporterLossy, missing };
    assert_eq!(request.body, expected);
    let message = "WARC/1.1\r\nWARC-Type: resource\r\nWARC-Concurrent-To: <urn:uuid:p>\r\n\
                   WARC-Target-URI: wss://a.candor.test/\r\nCandor-Message: received text 4\r\n\
                   Content-Length: 2\r\n\r\nhi\r\n\r\n";
    let read = self::read(message, "x.warc").expect("imports");
    assert_eq!((read.summary.exchanges, read.summary.messages), (0, 1));
    let ExchangeKind::Message { direction, index, payload, .. } = &read.exchanges[0].kind else {
        panic!("a message");
    };
    assert_eq!((direction, index, &payload.bytes[..]), (&Direction::Received, &4, &b"hi"[..]));
}

#[test]
fn damage_is_a_gap_that_names_file_and_place() {
    let whole = sample("mixpanel.warc");
    let text = String::from_utf8_lossy(&whole).into_owned();
    let offset = text.find("WARC-Type: request").expect("there");
    let mut damaged = whole.clone();
    damaged[offset - 3] = b'X';
    let read = read(damaged, "mixpanel.warc").expect("imports");
    // The record before it ends where it says, so only the first request's header is hurt.
    assert_eq!(read.summary.exchanges + read.summary.gaps, 10);
    let mut torn = whole.clone();
    torn.truncate(whole.len() - 20);
    let read = self::read(torn, "mixpanel.warc").expect("imports");
    assert_eq!((read.summary.exchanges, read.summary.gaps), (10, 1));
    assert!(read.gaps[0].example.starts_with("mixpanel.warc: at byte "), "{:?}", read.gaps);
    let mut flipped = whole;
    let at = text.rfind("data=").expect("a body") + 9;
    flipped[at] ^= 1;
    let read = self::read(flipped, "mixpanel.warc").expect("imports");
    assert_eq!((read.summary.exchanges, read.summary.gaps), (10, 1));
    assert!(read.gaps[0].example.contains("digest"), "{:?}", read.gaps);
}

#[test]
fn files_without_a_record_are_errors() {
    let table: [(&[u8], &str, &str); 4] = [
        (b"", "x.warc", "x.warc: no WARC record in 0 bytes: it is empty"),
        (b"nothing", "x.warc", "x.warc: no WARC record in 7 bytes: at byte 0: no record starts"),
        (b"WARC/1.1\r\n", "x.warc", "x.warc: no WARC record in 10 bytes: at byte 0: the record's"),
        (b"hello", "x.txt", "x.txt: neither WARC nor HAR: it starts with `hello`"),
    ];
    for (bytes, name, expected) in table {
        let error = read(bytes, name).err().expect("no record").to_string();
        assert!(error.starts_with(expected), "{error} is not {expected}");
    }
    let error = read(&b"\x1f\x8bnonsense"[..], "x.warc.gz").err().expect("damaged").to_string();
    assert!(error.starts_with("x.warc.gz: cannot be decompressed: "), "{error}");
}
