//! What is written is read: every field of every exchange, in any combination.

use candor_case::*;
use candor_evidence::{CaseDir, Record, RunDir, RunWriter, Side, WriterOptions};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tempfile::TempDir;

fn run_dir() -> (TempDir, RunDir) {
    let folder = tempfile::tempdir().expect("folder");
    let case = CaseDir::create(folder.path()).expect("case");
    let run = Run { id: RunId("one".into()), ..Run::default() };
    let run = case.add_run(&run, &Seeds::default()).expect("run");
    (folder, run)
}

fn read(run: &RunDir) -> Vec<Exchange> {
    let records = run.records().expect("reads");
    records
        .map(|record| match record {
            Record::Exchange(exchange) => exchange,
            Record::Gap(gap) => panic!("{gap:?}"),
        })
        .collect()
}

fn shown(exchanges: &[Exchange]) -> Vec<String> {
    exchanges.iter().map(|exchange| format!("{exchange:#?}")).collect()
}

fn header() -> impl Strategy<Value = Header> {
    let odd = (vec(any::<u8>(), 0..6), vec(any::<u8>(), 0..9));
    let plain = ("[A-Za-z-]{1,9}", "[ -~]{0,20}").prop_map(|(n, v)| (n.into(), v.into()));
    let known = prop_oneof![
        Just(("Transfer-Encoding", "chunked")),
        Just(("transfer-encoding", "gzip, Chunked")),
        Just(("Content-Length", "5")),
    ];
    let known = known.prop_map(|(n, v)| (n.as_bytes().to_vec(), v.as_bytes().to_vec()));
    prop_oneof![3 => plain, 1 => odd, 1 => known].prop_map(|(n, v)| Header::new(n, v))
}

fn provenance() -> impl Strategy<Value = Provenance> {
    use Provenance::*;
    prop_oneof![Just(Wire), Just(Proxied), Just(BrowserDecoded), Just(ImporterLossy)]
}

fn body() -> impl Strategy<Value = Body> {
    let missing = prop_oneof![
        Just(None),
        Just(Some(Missing::Truncated)),
        Just(Some(Missing::Lossy)),
        option::of(any::<u64>()).prop_map(|bytes| Some(Missing::NotRecorded { bytes })),
    ];
    let bytes = prop_oneof![
        vec(any::<u8>(), 0..40),
        Just(b"\r\n\r\nWARC/1.1\r\n".to_vec()),
        Just(b"0\r\n\r\n".to_vec()),
        Just(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
    ];
    (bytes, provenance(), missing).prop_map(|(bytes, provenance, missing)| Body {
        bytes: bytes.into(),
        provenance,
        missing,
    })
}

fn request() -> impl Strategy<Value = Request> {
    let method = prop_oneof![4 => "[A-Z]{1,7}", 1 => ".{0,6}", 1 => Just("HTTP/1.1".to_owned())];
    let url = prop_oneof![3 => "https://[a-z]{1,9}\\.candor\\.test/[ -~]{0,20}", 1 => ".{0,12}"];
    (method, url, vec(header(), 0..5), body(), vec(header(), 0..3)).prop_map(
        |(method, url, headers, body, trailers)| Request { method, url, headers, body, trailers },
    )
}

fn response() -> impl Strategy<Value = Response> {
    (any::<u16>(), vec(header(), 0..5), body(), vec(header(), 0..3))
        .prop_map(|(status, headers, body, trailers)| Response { status, headers, body, trailers })
}

fn kind() -> impl Strategy<Value = ExchangeKind> {
    let direction = prop_oneof![Just(Direction::Sent), Just(Direction::Received)];
    let opcode = prop_oneof![Just(Opcode::Text), Just(Opcode::Binary)];
    let message = (direction, opcode, id(), any::<u64>(), body()).prop_map(
        |(direction, opcode, parent, index, payload)| ExchangeKind::Message {
            direction,
            opcode,
            parent,
            index,
            payload,
        },
    );
    prop_oneof![Just(ExchangeKind::Http), message]
}

fn id() -> impl Strategy<Value = ExchangeId> {
    let uuid = "[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}";
    prop_oneof![4 => uuid, 1 => ".{1,9}"].prop_map(ExchangeId)
}

fn origin() -> impl Strategy<Value = Origin> {
    let format = prop_oneof![Just(Importer::Har), Just(Importer::Warc)];
    let imported =
        (format, ".{0,9}").prop_map(|(format, recorder)| Origin::Imported { format, recorder });
    prop_oneof![Just(Origin::Proxied), Just(Origin::Decrypted), imported]
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let started = prop_oneof![0..2_000_000_000_000_000_i64, any::<i64>()];
    let around = (id(), started, option::of(".{0,9}"), vec(".{0,6}", 0..3), origin());
    (around, kind(), request(), option::of(response())).prop_map(
        |((id, started, connection, protocols, origin), kind, request, response)| Exchange {
            id,
            run: RunId("one".into()),
            started: UnixMicros(started),
            connection: connection.map(ConnectionId),
            protocols,
            kind,
            request,
            response,
            origin,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_field_comes_back(exchanges in vec(exchange(), 1..6)) {
        let (_folder, run) = run_dir();
        let options = WriterOptions { segment_bytes: 3_000, ..WriterOptions::default() };
        let writer = run.writer(options).expect("writer");
        exchanges.iter().for_each(|exchange| writer.append(exchange));
        writer.close().expect("written");
        prop_assert_eq!(shown(&read(&run)), shown(&exchanges));
    }

    #[test]
    fn it_comes_back_from_pieces_through_memory_and_spool(
        given in exchange(), size in 1..9_usize, spool_over in 0..30_usize,
        own_segment_over in prop_oneof![Just(0), Just(1_000)], slow in any::<bool>(),
    ) {
        let given = Exchange { kind: ExchangeKind::Http, ..given };
        let (_folder, run) = run_dir();
        let mut options =
            WriterOptions { spool_over, own_segment_over, ..WriterOptions::default() };
        if slow {
            options.flush_every = std::time::Duration::ZERO;
            options.journal_after = std::time::Duration::ZERO;
        }
        let writer = run.writer(options).expect("writer");
        in_pieces(&writer, &given, size);
        writer.close().expect("written");
        prop_assert_eq!(shown(&read(&run)), shown(&[given]));
        let left = std::fs::read_dir(run.path().join("spool")).map_or(0, Iterator::count);
        prop_assert_eq!(left, 0);
    }
}

/// Hands an exchange in as a proxy sees it: heads first, bodies piece by piece.
fn in_pieces(writer: &RunWriter, given: &Exchange, size: usize) {
    let mut head = given.clone();
    let body = std::mem::take(&mut head.request.body.bytes);
    let trailers = std::mem::take(&mut head.request.trailers);
    let response = head.response.take();
    let open = writer.open(head);
    body.chunks(size).for_each(|piece| open.chunk(Side::Request, &body.slice_ref(piece)));
    let Some(mut response) = response else {
        open.end(Side::Request, trailers, true);
        return open.end(Side::Response, vec![], false);
    };
    let body = std::mem::take(&mut response.body.bytes);
    let response_trailers = std::mem::take(&mut response.trailers);
    open.response(response);
    body.chunks(size).for_each(|piece| open.chunk(Side::Response, &body.slice_ref(piece)));
    open.end(Side::Request, trailers, true);
    open.end(Side::Response, response_trailers, true);
}

#[test]
fn a_handle_that_is_dropped_writes_what_there_is_as_truncated() {
    for spool_over in [0, 1_000] {
        let (_folder, run) = run_dir();
        let options = WriterOptions { spool_over, ..WriterOptions::default() };
        let writer = run.writer(options).expect("writer");
        let open = writer.open(simple("1", "https://a.candor.test/"));
        open.chunk(Side::Request, &"begin".into());
        drop(open);
        writer.close().expect("written");
        let read = read(&run);
        assert_eq!(read.len(), 1);
        assert_eq!(&read[0].request.body.bytes[..], b"begin");
        assert_eq!(read[0].request.body.missing, Some(Missing::Truncated));
        assert!(read[0].response.is_none());
    }
}

#[test]
fn a_run_is_written_to_again_in_new_segments() {
    let (_folder, run) = run_dir();
    for id in ["1", "2"] {
        let writer = run.writer(WriterOptions::default()).expect("writer");
        writer.append(&simple(id, "https://a.candor.test/"));
        writer.event(&Event { at: UnixMicros(1), kind: EventKind::Stopped });
        writer.close().expect("written");
    }
    assert_eq!(run.segments().len(), 2);
    assert_eq!(read(&run).len(), 2);
    assert_eq!(run.events().expect("reads").0.len(), 2);
}

#[test]
fn messages_share_the_request_that_opened_their_conversation() {
    let (_folder, run) = run_dir();
    let writer = run.writer(WriterOptions::default()).expect("writer");
    let message = |index: u64| Exchange {
        id: ExchangeId(format!("m{index}")),
        kind: ExchangeKind::Message {
            direction: Direction::Sent,
            opcode: Opcode::Text,
            parent: ExchangeId("1".into()),
            index,
            payload: Body::whole("hello", Provenance::Proxied),
        },
        ..simple("1", "wss://a.candor.test/socket")
    };
    let given: Vec<_> = (0..3).map(message).collect();
    given.iter().for_each(|m| writer.message(m, &b"\x81\x05hello"[..].into()));
    writer.close().expect("written");
    assert_eq!(shown(&read(&run)), shown(&given));
    let text = std::fs::read(&run.segments()[0]).expect("reads");
    let text = String::from_utf8_lossy(&text).into_owned();
    assert_eq!(text.matches("Candor-Record: conversation").count(), 1);
    assert_eq!(text.matches("Candor-Record: frames").count(), 3);
    assert_eq!(text.matches("X-Sent: yes").count(), 1);
}

#[test]
fn damage_is_a_gap_and_the_rest_is_read() {
    let (_folder, run) = run_dir();
    let writer = run.writer(WriterOptions::default()).expect("writer");
    for id in ["one", "two", "three"] {
        writer.append(&simple(id, "https://a.candor.test/"));
    }
    writer.close().expect("written");
    let segment = &run.segments()[0];
    let text = String::from_utf8(std::fs::read(segment).expect("reads")).expect("text");
    let at = text.find("two>").expect("there");
    let at = at + text[at..].find("X-Sent").expect("there");
    let mut bytes = text.into_bytes();
    bytes[at] = b'Y';
    bytes.truncate(bytes.len() - 12);
    std::fs::write(segment, bytes).expect("writes");
    let (mut ids, mut gaps) = (vec![], vec![]);
    for record in run.records().expect("reads") {
        match record {
            Record::Exchange(exchange) => ids.push(exchange.id.0),
            Record::Gap(gap) => gaps.push(gap.example),
        }
    }
    assert_eq!(ids, ["one", "two", "three"]);
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    assert!(gaps[0].starts_with("runs/one/exchanges-000001.warc: at byte "), "{}", gaps[0]);
    assert!(gaps[0].ends_with("digest that was written with it"), "{}", gaps[0]);
    assert!(gaps[1].contains("bytes, "), "{}", gaps[1]);
    let unchecked = run.records_unchecked().expect("reads").count();
    assert_eq!(unchecked, 4);
}

fn simple(id: &str, url: &str) -> Exchange {
    Exchange {
        id: ExchangeId(id.into()),
        run: RunId("one".into()),
        started: UnixMicros(1_600_000_000_000_000),
        connection: None,
        protocols: vec!["h1".into()],
        kind: ExchangeKind::Http,
        request: Request {
            method: "GET".into(),
            url: url.into(),
            headers: vec![Header::new("X-Sent", "yes")],
            body: Body::empty(Provenance::Proxied),
            trailers: vec![],
        },
        response: None,
        origin: Origin::Proxied,
    }
}
