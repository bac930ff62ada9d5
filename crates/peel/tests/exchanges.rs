//! Whole exchanges: roots, labels right and wrong, messages, coverage.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use candor_case::{
    Body, Direction, End, Exchange, ExchangeId, ExchangeKind, GapReason, Header, Keys, Missing,
    Opcode, Provenance, Response, Tree,
};
use candor_peel::{Budget, coverage, peel, peel_response, replant};
use common::{at, exchange, post, text};

fn peeled(exchange: &Exchange) -> Tree {
    peel(exchange, &Keys::default(), &Budget::default())
}

/// Bytes that look random, the same ones every time.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 56) as u8
    };
    (0..len).map(step).collect()
}

/// gzip in one stored block, without compression.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut crc = 0xffff_ffffu32;
    for byte in content {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    let len = (content.len() as u16).to_le_bytes();
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1, len[0], len[1], !len[0], !len[1]];
    let size = (content.len() as u32).to_le_bytes();
    [&head[..], content, &(!crc).to_le_bytes(), &size].concat()
}

#[test]
fn every_part_of_a_request_is_a_root() {
    let headers = vec![
        Header::new("Host", "h.maker.test"),
        Header::new("Cookie", "sid=abc; prefs=%7B%22k%22%3A1%7D"),
        Header::new("cookie", "sid=def"),
        Header::new("Authorization", "Basic YWRhOmxvdmVsYWNl"),
        Header::new("Referer", "https://www.example.org/private?q=secret"),
    ];
    let mut request = exchange("POST", "https://h.maker.test/v1/ada%40?m=1", headers, "{\"a\":1}");
    request.request.trailers.push(Header::new("X-Sum", "sum of it"));
    let tree = peeled(&request);
    let table = [
        ("request.url > path:1", "ada@"),
        ("request.url > query:m", "1"),
        ("request.header:cookie[0] > cookie:sid", "abc"),
        ("request.header:cookie[0] > cookie:prefs > percent > $.k", "1"),
        ("request.header:cookie[1] > cookie:sid", "def"),
        ("request.header:authorization > credentials:basic > base64", "ada:lovelace"),
        ("request.header:referer > query:q", "secret"),
        ("request.body > $.a", "1"),
        ("request.trailer:x-sum", "sum of it"),
    ];
    for (path, value) in table {
        assert_eq!(text(&tree, path).as_deref(), Some(value), "{path}\n{}", common::print(&tree));
    }
    for (path, _) in table.iter().filter(|(path, _)| !path.ends_with(":prefs > percent > $.k")) {
        let id = at(&tree, path).unwrap();
        let copy = replant(&request, &tree, id, b"spike-of-candor").unwrap();
        assert_eq!(text(&peeled(&copy), path).as_deref(), Some("spike-of-candor"), "{path}");
    }
}

#[test]
fn labels_are_hints() {
    let json = br#"{"mail":"ada@example.org"}"#;
    let labelled = |coding: &'static str, body: Vec<u8>| {
        let headers = vec![Header::new("Content-Encoding", coding)];
        exchange("POST", "https://h.maker.test/", headers, body)
    };
    let table: [(&str, Vec<u8>, &str); 6] = [
        ("gzip", gzip(json), "request.body > gzip > $.mail"),
        ("identity", gzip(json), "request.body > gzip > $.mail"),
        ("br", gzip(json), "request.body > gzip > $.mail"),
        ("gzip", json.to_vec(), "request.body > $.mail"),
        ("gzip, gzip", gzip(&gzip(json)), "request.body > gzip > gzip > $.mail"),
        ("deflate", json.to_vec(), "request.body > $.mail"),
    ];
    for (coding, body, path) in table {
        let tree = peeled(&labelled(coding, body));
        assert_eq!(text(&tree, path).as_deref(), Some("ada@example.org"), "{coding} {path}");
    }
    let tree = peeled(&labelled("br", noise(200)));
    let end = &tree.layers.last().unwrap().end;
    assert!(matches!(end, End::Damaged(damage) if damage.codec == "br"), "{end:?}");
}

#[test]
fn forms_are_read_under_any_label() {
    for label in ["application/x-www-form-urlencoded", "text/plain;charset=UTF-8", "image/png"] {
        let tree = peeled(&post(label, "data=eyJrIjoidiJ9"));
        assert_eq!(text(&tree, "request.body > form:data > base64 > $.k").as_deref(), Some("v"));
    }
    // A form that says so may have keys and values that no sniffing would believe.
    let tree = peeled(&post("application/x-www-form-urlencoded", "my key=a b"));
    assert_eq!(text(&tree, "request.body > form:\"my key\"").as_deref(), Some("a b"));
    let tree = peeled(&post("application/x-www-form-urlencoded", "{\"k\":\"a=b\"}"));
    assert_eq!(text(&tree, "request.body > $.k").as_deref(), Some("a=b"));
}

#[test]
fn messages_and_responses_have_their_own_roots() {
    let mut sent = exchange("GET", "https://h.maker.test/ws", vec![], "");
    sent.kind = ExchangeKind::Message {
        direction: Direction::Sent,
        opcode: Opcode::Text,
        parent: ExchangeId("p".into()),
        index: 0,
        payload: Body::whole("{\"k\":\"v\"}", Provenance::Proxied),
    };
    let tree = peeled(&sent);
    assert_eq!(text(&tree, "message > $.k").as_deref(), Some("v"));
    assert!(peel_response(&sent, &Keys::default(), &Budget::default()).layers.is_empty());
    assert_eq!(coverage(&sent, &tree).bytes_sent, 9);
    let copy = replant(&sent, &tree, at(&tree, "message > $.k").unwrap(), b"spike").unwrap();
    assert_eq!(text(&peeled(&copy), "message > $.k").as_deref(), Some("spike"));

    let mut http = exchange("GET", "https://h.maker.test/", vec![], "");
    http.response = Some(Response {
        status: 200,
        headers: vec![Header::new("Set-Cookie", "id=eyJrIjoidiJ9; Path=/; Secure")],
        body: Body::whole("{\"key\":\"0123\"}", Provenance::Proxied),
        trailers: vec![],
    });
    let tree = peel_response(&http, &Keys::default(), &Budget::default());
    let cookie = "response.header:set-cookie > cookie:id > base64 > $.k";
    assert_eq!(text(&tree, cookie).as_deref(), Some("v"));
    assert_eq!(text(&tree, "response.body > $.key").as_deref(), Some("0123"));
    assert!(at(&tree, "request.url").is_none());
}

#[test]
fn sent_bytes_are_counted_as_text() {
    let request = exchange("GET", "https://h.test/p?q", vec![Header::new("A", "bc")], "body");
    let expected = "GET /p?q HTTP/1.1\r\nA: bc\r\n\r\nbody".len() as u64;
    let covered = coverage(&request, &peeled(&request));
    assert_eq!((covered.requests, covered.bytes_sent), (1, expected));
    assert_eq!(covered.bytes_explained, expected);
    let bare = exchange("GET", "https://h.test", vec![], "");
    let size = "GET / HTTP/1.1\r\n\r\n".len() as u64;
    assert_eq!(coverage(&bare, &peeled(&bare)).bytes_sent, size);
}

/// The bytes of the one gap of that reason.
fn gap(exchange: &Exchange, reason: GapReason) -> (u64, u64, u64) {
    let covered = coverage(exchange, &peeled(exchange));
    let gap = covered.gaps.iter().find(|gap| gap.reason == reason);
    let unread: u64 = covered.gaps.iter().map(|gap| gap.bytes).sum();
    assert_eq!(covered.bytes_sent, covered.bytes_explained + unread);
    gap.map_or((0, 0, 0), |gap| (gap.count, gap.bytes, gap.largest))
}

#[test]
fn opaque_bytes_are_charged_to_what_can_be_mapped() {
    let base64 = data_encoding::BASE64.encode(&noise(300));
    // The value of a JSON string: 400 characters stand for the 300 bytes, and for no others.
    let plain = post("application/json", format!("{{\"a\":\"{base64}\",\"b\":\"text\"}}"));
    assert_eq!(gap(&plain, GapReason::Encrypted), (1, 400, 400));
    // Inside gzip nobody can say which bytes they are: the whole body is charged, and once.
    let json = format!("{{\"a\":\"{base64}\",\"b\":\"{base64}\"}}");
    let body = gzip(json.as_bytes());
    let len = body.len() as u64;
    assert_eq!(gap(&post("application/json", body), GapReason::Encrypted), (2, len, len));
    // A form's value without escapes is verbatim, so JSON in it still maps byte by byte.
    let url_safe = data_encoding::BASE64URL_NOPAD.encode(&noise(300));
    let form = post("text/plain", format!("x=1&data={url_safe}"));
    assert_eq!(gap(&form, GapReason::Encrypted), (1, 400, 400));
    let mut raw = post("application/octet-stream", noise(100));
    raw.request.url.push_str("?k=1");
    assert_eq!(gap(&raw, GapReason::Encrypted), (1, 100, 100));
}

#[test]
fn what_is_missing_is_charged() {
    let body = |missing, len: &'static str| {
        let mut request = post("application/json", "{\"k\":\"v\"}");
        request.request.body.missing = Some(missing);
        if !len.is_empty() {
            request.request.headers.push(Header::new("Content-Length", len));
        }
        request
    };
    let unknown = Missing::NotRecorded { bytes: None };
    let known = Missing::NotRecorded { bytes: Some(50) };
    let table = [
        (body(Missing::Truncated, "109"), GapReason::Truncated, (1, 100, 100)),
        (body(Missing::Truncated, ""), GapReason::Truncated, (1, 9, 9)),
        (body(Missing::Lossy, "9"), GapReason::Lossy, (1, 9, 9)),
        (body(known, ""), GapReason::NotRecorded, (1, 50, 50)),
        (body(unknown.clone(), "19"), GapReason::NotRecorded, (1, 10, 10)),
    ];
    for (request, reason, expected) in table {
        assert_eq!(gap(&request, reason), expected, "{reason:?}");
    }
    let mut nothing = body(unknown, "");
    nothing.request.body.bytes = bytes::Bytes::new();
    assert_eq!(gap(&nothing, GapReason::NotRecorded), (1, 0, 0));
}

#[test]
fn noise_that_is_scattered_over_a_body_is_a_gap() {
    let sealed = data_encoding::BASE64URL_NOPAD.encode(&noise(200));
    let fields: Vec<String> = (sealed.as_bytes().chunks(40))
        .map(|piece| format!("d={}", String::from_utf8_lossy(piece)))
        .collect();
    let text = fields.join("&");
    let url = format!("https://h.maker.test/x?{text}");
    let elsewhere = exchange("GET", &url, vec![], "");
    assert_eq!(gap(&elsewhere, GapReason::Encrypted).1, 0, "addresses are full of identifiers");
    let body = post("application/x-www-form-urlencoded", text);
    assert_eq!(gap(&body, GapReason::Encrypted), (7, 267, 40));
}
