//! kill -9 at any moment loses nothing that was complete more than a second earlier.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use candor_case::*;
use candor_evidence::{CaseDir, Record, Side, WriterOptions};

const FOLDER: &str = "CANDOR_TEST_CASE";

/// Sizes of the bodies that the child sends in turn: small ones, and ones that go through the
/// spool.
const SIZES: [usize; 4] = [0, 3_000, 200_000, 3 << 20];

fn exchange(id: &str) -> Exchange {
    Exchange {
        id: ExchangeId(id.into()),
        run: RunId("one".into()),
        started: UnixMicros(1_600_000_000_000_000),
        connection: None,
        protocols: vec!["h2".into()],
        kind: ExchangeKind::Http,
        request: Request {
            method: "POST".into(),
            url: "https://a.candor.test/upload".into(),
            headers: vec![Header::new("content-type", "application/octet-stream")],
            body: Body::empty(Provenance::Proxied),
            trailers: vec![],
        },
        response: None,
        origin: Origin::Proxied,
    }
}

fn response() -> Response {
    let body = Body::empty(Provenance::Proxied);
    Response { status: 204, headers: vec![], body, trailers: vec![] }
}

/// Writes exchanges until it is killed, and prints the name of each once it is complete. Runs only
/// as a child of the test below.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let case = CaseDir::create(folder).expect("case");
    let run = Run { id: RunId("one".into()), ..Run::default() };
    let run = case.add_run(&run, &Seeds::default()).expect("run");
    let writer = run.writer(WriterOptions::default()).expect("writer");
    let never_ends = writer.open(exchange("partial"));
    never_ends.chunk(Side::Request, &Bytes::from(vec![b'p'; 2 << 20]));
    let waits = writer.open(exchange("waits"));
    waits.chunk(Side::Request, &"small".into());
    waits.end(Side::Request, vec![], true);
    waits.response(response());
    for number in 0_usize.. {
        let id = format!("{number:04}");
        let open = writer.open(exchange(&id));
        open.chunk(Side::Request, &Bytes::from(vec![b'x'; SIZES[number % SIZES.len()]]));
        open.end(Side::Request, vec![], true);
        open.response(response());
        open.end(Side::Response, vec![], true);
        writer.event(&Event {
            at: UnixMicros(1),
            kind: EventKind::Action { name: id.clone(), seed: None, began: None },
        });
        println!("complete {id}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_was_complete_a_second_before_is_there() {
    let folder = tempfile::tempdir().expect("folder");
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let (began, mut complete) = (Instant::now(), Vec::new());
    for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
        if let Some(id) = line.expect("text").strip_prefix("complete ") {
            complete.push((Instant::now(), id.to_owned()));
        }
        if began.elapsed() > Duration::from_millis(2_500) {
            break;
        }
    }
    child.kill().expect("killed with SIGKILL");
    let killed = Instant::now();
    child.wait().expect("ended");
    complete.retain(|(at, _)| killed.duration_since(*at) > Duration::from_secs(1));
    assert!(complete.len() > 20, "only {} before the last second", complete.len());
    check(folder.path(), &complete);
}

fn check(folder: &std::path::Path, complete: &[(Instant, String)]) {
    let run = &CaseDir::open(folder).expect("case").runs().expect("runs")[0];
    let mut found: BTreeMap<String, Exchange> = BTreeMap::new();
    for record in run.records().expect("reads") {
        match record {
            Record::Exchange(exchange) => {
                let twice = found.insert(exchange.id.0.clone(), exchange);
                assert!(twice.is_none(), "{twice:?} is there twice");
            }
            // The very last record may be torn.
            Record::Gap(gap) => assert!(gap.count == 1, "{gap:?}"),
        }
    }
    let events = run.events().expect("reads").0;
    for (_, id) in complete {
        let exchange = found.get(id).unwrap_or_else(|| panic!("{id} is lost"));
        let number: usize = id.parse().expect("a number");
        let body = &exchange.request.body;
        assert_eq!((body.bytes.len(), &body.missing), (SIZES[number % SIZES.len()], &None), "{id}");
        assert_eq!(exchange.response.as_ref().map(|response| response.status), Some(204), "{id}");
        let noted =
            |event: &Event| matches!(&event.kind, EventKind::Action { name, .. } if name == id);
        assert!(events.iter().any(noted), "the event of {id} is lost");
    }
    let waits = &found["waits"];
    assert_eq!(waits.request.body, Body::whole("small", Provenance::Proxied));
    let answer = waits.response.as_ref().expect("its head had arrived");
    assert_eq!(answer.body.missing, Some(Missing::Truncated));
    let partial = &found["partial"].request.body;
    assert_eq!(partial.missing, Some(Missing::Truncated));
    assert_eq!(partial.bytes.len(), 2 << 20);
}
