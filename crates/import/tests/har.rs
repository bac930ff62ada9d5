//! HAR as each recorder writes it: what it holds is read, what it left out is said.

use std::path::Path;

use bytes::Bytes;
use candor_case::*;
use candor_import::{ImportError, ImportSummary, Imported, import};

struct Read {
    exchanges: Vec<Exchange>,
    gaps: Vec<Gap>,
    summary: ImportSummary,
}

fn read(name: &str) -> Read {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/har").join(name);
    read_bytes(std::fs::read(path).expect("fixture").into(), name).expect("imports")
}

fn read_bytes(bytes: Bytes, name: &str) -> Result<Read, ImportError> {
    let (mut exchanges, mut gaps) = (vec![], vec![]);
    let run = RunId("one".into());
    let summary = import(bytes, name, &run, &mut |imported| match imported {
        Imported::Exchange(exchange) => exchanges.push(exchange),
        Imported::Gap(gap) => gaps.push(gap),
    })?;
    Ok(Read { exchanges, gaps, summary })
}

impl Read {
    /// The exchange whose address ends so, and is no message.
    fn find(&self, end: &str) -> &Exchange {
        let http = |e: &&Exchange| e.kind == ExchangeKind::Http && e.request.url.ends_with(end);
        self.exchanges.iter().find(http).unwrap_or_else(|| panic!("{end} is not there"))
    }

    fn sent(&self, end: &str) -> (&[u8], Provenance, Option<Missing>) {
        let body = &self.find(end).request.body;
        (&body.bytes, body.provenance, body.missing.clone())
    }

    fn received(&self, end: &str) -> (&[u8], Option<Missing>) {
        let body = &self.find(end).response.as_ref().expect("a response").body;
        assert_eq!(body.provenance, Provenance::BrowserDecoded);
        (&body.bytes, body.missing.clone())
    }

    fn reasons(&self) -> Vec<(GapReason, &str)> {
        self.gaps.iter().map(|gap| (gap.reason, gap.host.as_str())).collect()
    }
}

const NOT_RECORDED: Option<Missing> = Some(Missing::NotRecorded { bytes: None });

fn left_out(bytes: u64) -> Option<Missing> {
    Some(Missing::NotRecorded { bytes: Some(bytes) })
}

use Provenance::{BrowserDecoded, ImporterLossy, Proxied};

#[test]
fn chrome() {
    let har = read("chrome.har");
    assert_eq!(har.summary.recorder, "WebInspector 537.36");
    assert_eq!((har.summary.exchanges, har.summary.messages, har.summary.not_sent), (6, 3, 3));
    assert_eq!(har.summary.first, Some(UnixMicros(1_767_607_872_345_000)));
    let first = har.find("/collect?v=1");
    assert_eq!(first.protocols, ["h2"]);
    assert_eq!(first.connection, Some(ConnectionId("443".into())));
    let expected =
        Origin::Imported { format: Importer::Har, recorder: "WebInspector 537.36".into() };
    assert_eq!(first.origin, expected);
    let names: Vec<_> = first.request.headers.iter().map(|header| &header.name[..]).collect();
    assert_eq!(names, [&b"content-type"[..], b"cookie"]);
    assert_eq!(har.sent("/collect?v=1"), ("page=ü&".as_bytes(), ImporterLossy, None));
    assert_eq!(har.received("/collect?v=1"), (&b"hello"[..], None));
    let response = first.response.as_ref().expect("a response");
    let cookies = response.headers.iter().filter(|header| header.is("set-cookie"));
    assert_eq!(cookies.map(|c| &c.value[..]).collect::<Vec<_>>(), [&b"a=1"[..], b"b=2"]);
    assert_eq!(har.sent("/packed").2, Some(Missing::Lossy));
    assert_eq!(har.sent("/blob"), (&b""[..], ImporterLossy, NOT_RECORDED));
    assert!(har.find("/gone").response.is_none());
    assert_eq!(har.received("/font"), (&b""[..], left_out(1234)));
    assert!(har.gaps.is_empty(), "{:?}", har.gaps);
}

#[test]
fn messages_follow_the_exchange_that_opened_them() {
    let har = read("chrome.har");
    let parent = &har.find("/socket").id;
    let messages: Vec<_> = har
        .exchanges
        .iter()
        .filter_map(|exchange| match &exchange.kind {
            ExchangeKind::Message { direction, opcode, parent, index, payload } => {
                Some((*direction, *opcode, parent, *index, &payload.bytes[..], exchange.started.0))
            }
            ExchangeKind::Http => None,
        })
        .collect();
    let second = 1_000_000;
    let expected: [(_, _, _, _, &[u8], _); 3] = [
        (Direction::Sent, Opcode::Text, parent, 0, b"{\"visit\":1}", 1_767_607_881_500_000),
        (Direction::Received, Opcode::Binary, parent, 1, b"\x00\xff", 1_767_607_882 * second),
        (Direction::Sent, Opcode::Text, parent, 2, b"bye", 1_767_607_884 * second),
    ];
    assert_eq!(messages, expected);
    let mut ids: Vec<_> = har.exchanges.iter().map(|exchange| &exchange.id.0).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), har.exchanges.len());
    let again = read("chrome.har");
    assert_eq!(again.find("/socket").id, *parent);
}

#[test]
fn a_sanitized_export_is_one_gap() {
    let har = read("chrome-sanitized.har");
    assert_eq!(har.reasons(), [(GapReason::Lossy, "")]);
    assert!(har.gaps[0].example.contains("sanitized"));
    let text = r#"{"log":{"creator":{"name":"Another"},"entries":[{"request":
        {"url":"https://a.candor.test/","cookies":[{"name":"a","value":"b"}]}}]}}"#;
    let har = read_bytes(text.into(), "x.har").expect("imports");
    assert_eq!(har.reasons(), [(GapReason::Lossy, "")]);
    assert!(har.gaps[0].example.contains("cookies are listed"));
}

#[test]
fn firefox() {
    let har = read("firefox.har");
    assert_eq!((har.summary.exchanges, har.summary.not_sent), (3, 1));
    assert_eq!(har.find("/a").started, UnixMicros(1_767_607_872_345_000));
    assert_eq!(har.find("/a").connection, None);
    assert_eq!(har.sent("/a"), ("üöä".as_bytes(), ImporterLossy, None));
    assert_eq!(har.received("/a"), (&b"\x89PNG"[..], None));
    assert_eq!(har.sent("/b"), (&b"\x1f\x8b\x08\x00"[..], ImporterLossy, None));
    assert_eq!(har.received("/b"), (&b""[..], NOT_RECORDED));
    assert_eq!(har.sent("/c"), (&b""[..], ImporterLossy, left_out(2_000_000)));
    assert_eq!(har.received("/c"), (&b""[..], left_out(77)));
    assert!(har.gaps.is_empty(), "{:?}", har.gaps);
}

#[test]
fn playwright() {
    let har = read("playwright.har");
    assert_eq!((har.summary.exchanges, har.summary.not_sent), (8, 1));
    assert_eq!(har.sent("/embed"), (&b"{\"a\":1}"[..], ImporterLossy, None));
    assert_eq!(har.sent("/gzip").2, Some(Missing::Lossy));
    assert_eq!(har.sent("/octets"), (&b""[..], ImporterLossy, left_out(50)));
    let form = (&b"q=a%20b&u=%C3%BC"[..], ImporterLossy, Some(Missing::Lossy));
    assert_eq!(har.sent("/form"), form);
    assert_eq!(har.sent("/omitted"), (&b""[..], ImporterLossy, left_out(12)));
    assert_eq!(har.received("/omitted"), (&b""[..], left_out(31)));
    assert_eq!(har.sent("/empty"), (&b""[..], ImporterLossy, None));
    assert!(har.find("/failed").response.is_none());
    assert_eq!(har.reasons(), [(GapReason::NotRecorded, "telemetry.maker.test")]);
    assert!(har.gaps[0].example.starts_with("playwright.har: log.entries[7]: "));
}

#[test]
fn mitmproxy() {
    let har = read("mitmproxy.har");
    assert_eq!((har.summary.exchanges, har.summary.messages), (7, 1));
    assert_eq!(har.sent("/form"), ("q=ü".as_bytes(), ImporterLossy, None));
    assert_eq!(har.sent("/packed"), ("{\"page\":\"ü\"}".as_bytes(), BrowserDecoded, None));
    assert_eq!(har.sent("/packed-form"), ("q=ü".as_bytes(), BrowserDecoded, None));
    assert_eq!(har.sent("/broken"), (&b"\x1f\x8b\x08\xff"[..], ImporterLossy, None));
    assert_eq!(har.sent("/gone"), (&b""[..], ImporterLossy, left_out(9)));
    assert_eq!(har.sent("/nothing"), (&b""[..], ImporterLossy, None));
    assert_eq!(har.find("/form").started, UnixMicros(1_767_607_872_345_678));
    assert!(har.gaps.is_empty(), "{:?}", har.gaps);
}

#[test]
fn http_toolkit() {
    let har = read("http-toolkit.har");
    assert_eq!(har.sent("/text"), (&b"hello"[..], ImporterLossy, None));
    let response = har.find("/text").response.as_ref().expect("a response");
    assert_eq!(response.trailers, [Header::new("grpc-status", "0")]);
    assert_eq!(har.sent("/binary"), (&b"\x08\xff\x01"[..], BrowserDecoded, None));
    assert_eq!(har.sent("/large"), (&b""[..], ImporterLossy, left_out(600_000)));
    assert_eq!(har.received("/large"), (&b""[..], left_out(700_000)));
    assert_eq!(har.sent("/undecodable"), (&b""[..], ImporterLossy, left_out(20)));
    assert_eq!(har.sent("/empty"), (&b""[..], ImporterLossy, None));
    assert_eq!(har.find("/empty").request.trailers, [Header::new("X-T", "1")]);
    let expected = [(GapReason::TlsRefused, "pinned.maker.test"), (GapReason::UnknownProtocol, "")];
    assert_eq!(har.reasons(), expected);
}

#[test]
fn nothing_but_an_address_is_required() {
    let har = read("odd.har");
    assert_eq!(har.summary.recorder, "");
    assert_eq!(har.find("/bare").request.method, "GET");
    let odd = har.find("/odd");
    assert_eq!(odd.request.headers, [Header::new("X", "7"), Header::new("A", "")]);
    assert_eq!(odd.started, UnixMicros(1_767_607_872_345_000));
    let multipart = b"--b1\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nv\r\n--b1--\r\n";
    assert_eq!(har.sent("/odd"), (&multipart[..], ImporterLossy, Some(Missing::Lossy)));
    assert_eq!(har.sent("/b64"), (&b"\x00\xff"[..], Proxied, None));
    assert_eq!(har.find("/b64").response.as_ref().map(|r| r.status), Some(204));
    assert_eq!(har.sent("/bad64"), (&b"!!"[..], ImporterLossy, Some(Missing::Lossy)));
    assert_eq!(har.received("/bad64"), (&b"!!"[..], Some(Missing::Lossy)));
    let damaged = (GapReason::DamagedRecord, "");
    assert_eq!(har.reasons(), [damaged, damaged]);
    assert!(har.gaps[0].example.contains("log.entries[3]"), "{}", har.gaps[0].example);
}

#[test]
fn a_cut_file_gives_its_whole_entries_and_a_gap() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/har/firefox.har");
    let whole = std::fs::read(path).expect("fixture");
    let har = read_bytes(whole[..whole.len() - 1_500].to_vec().into(), "x.har").expect("imports");
    assert_eq!(har.summary.exchanges, 2);
    assert_eq!(har.reasons(), [(GapReason::Truncated, "")]);
    assert!(har.gaps[0].example.starts_with("x.har:"), "{}", har.gaps[0].example);
}

#[test]
fn files_of_which_nothing_can_be_read_say_where_and_why() {
    let table = [
        ("", "x.har:1:1: not JSON: EOF"),
        ("nonsense", "x.har:1:2: not JSON: expected ident"),
        ("{\"log\": \n nope}", "x.har:2:3: not JSON: expected ident"),
        ("[]", "x.har:1:2: no HAR: invalid type"),
        ("\"text\"", "x.har:1:6: no HAR: an object with a log was expected"),
        ("{}", "x.har:1:1: no HAR: it has no log.entries"),
        ("{\"log\":{}}", "x.har:1:1: no HAR: it has no log.entries"),
        ("{\"log\":{\"entries\":{}}}", "x.har:1:20: no HAR: invalid type: map, expected a list"),
        ("{\"log\":{\"entries\":\"e\"}}", "x.har:1:21: no HAR: a list was expected"),
        ("{\"log\":{\"entries\":[]}}", "x.har:1:1: no HAR: its log.entries is empty"),
        ("{\"log\":{\"entries\":[{}]}}", "x.har:1:1: no HAR: none of its log.entries"),
    ];
    for (text, expected) in table {
        let error = read_bytes(Bytes::from_static(text.as_bytes()), "x.har").err().expect(text);
        assert!(error.to_string().starts_with(expected), "{error} is not {expected}");
    }
    let error = read_bytes(Bytes::from_static(b"\xff\xfe{\0"), "x.har").err().expect("UTF-16");
    assert!(error.to_string().contains("UTF-16"), "{error}");
    let marked = b"\xef\xbb\xbf{\"log\":{\"entries\":[{\"request\":{\"url\":\"http://a.test\"}}]}}";
    assert!(read_bytes(Bytes::from_static(marked), "x.har").is_ok());
}
