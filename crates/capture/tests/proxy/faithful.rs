//! HTTP/1 passes byte for byte, and is recorded as it was sent.

use candor_capture::Side;
use candor_case::{EventKind, GapReason, Provenance};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Bench, Origin, ask, lines, patient, read_exactly, read_head, read_until};

/// Odd order, odd case, a name twice with another between, white space.
const ODD: &str = "GET /a%20b?c=d&e HTTP/1.1\r\nhOST: origin.example.org\r\nX-b: 1\r\nx-A:2\r\n\
                   X-B:   3  \r\nCOOKIE: a=1\r\nx-empty:\r\ncookie: b=2\r\n\r\n";
const ODD_ANSWER: &str = "HTTP/1.1 200 Fine By Me\r\nseT-cookie: a\r\nX-Z: 1\r\nSet-Cookie: b\r\n\
                          content-LENGTH: 2\r\n\r\nok";

#[tokio::test]
async fn order_and_case_are_kept_both_ways() {
    let origin = Origin::start(Some(&["http/1.1"]), |mut wire| async move {
        assert_eq!(read_head(&mut wire).await, ODD);
        wire.write_all(ODD_ANSWER.as_bytes()).await.expect("written");
        wire.flush().await.expect("flushed");
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut tls = bench.tls("origin.example.org", &["http/1.1"]).await;
    let (head, body) = ask(&mut tls, ODD).await;
    assert_eq!(head + &body, ODD_ANSWER);
    let seen = bench.sink.ended(1).await.remove(0);
    assert_eq!(seen.head().request.url, "https://origin.example.org/a%20b?c=d&e");
    assert_eq!(seen.head().request.body.provenance, Provenance::Proxied);
    assert_eq!(
        lines(&seen.head().request.headers),
        [
            "hOST: origin.example.org",
            "X-b: 1",
            "x-A: 2",
            "X-B: 3",
            "COOKIE: a=1",
            "x-empty: ",
            "cookie: b=2"
        ]
    );
    let response = seen.response.as_ref().expect("answered");
    assert_eq!(
        lines(&response.headers),
        ["seT-cookie: a", "X-Z: 1", "Set-Cookie: b", "content-LENGTH: 2"]
    );
    assert_eq!(seen.body(Side::Response), b"ok");
    let upstream = bench
        .sink
        .event_that(|e| match e {
            EventKind::Upstream { tls, alpn, certificates, leaf, address, .. } => {
                assert_eq!(certificates.len(), 1);
                assert_eq!(certificates[0].len(), 64);
                assert!(leaf.as_ref().is_some_and(|l| l.len() > 100));
                Some((tls.clone(), alpn.clone(), address.clone()))
            }
            _ => None,
        })
        .await;
    let expected = (Some("TLSv1.3".into()), Some("http/1.1".into()), origin.address.to_string());
    assert_eq!(upstream, expected);
}

#[tokio::test]
async fn chunks_interim_answers_and_trailers_pass_as_they_are() {
    const BODY: &str = "5;ext=1\r\nhello\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n";
    const ANSWER: &str =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nDone: yes\r\n\r\n";
    let origin = Origin::start(None, |mut wire| async move {
        let head = read_head(&mut wire).await;
        assert!(head.contains("Expect: 100-continue\r\n"), "{head}");
        wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.expect("written");
        assert_eq!(read_exactly(&mut wire, BODY.len()).await, BODY.as_bytes());
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        wire.write_all((hints.to_owned() + ANSWER).as_bytes()).await.expect("written");
        assert_eq!(read_head(&mut wire).await, "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
        wire.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.expect("written");
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut tcp = bench.tunnel("origin.example.org:80").await;
    let head =
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n";
    tcp.write_all(head.as_bytes()).await.expect("written");
    assert_eq!(read_head(&mut tcp).await, "HTTP/1.1 100 Continue\r\n\r\n");
    tcp.write_all(BODY.as_bytes()).await.expect("written");
    assert_eq!(read_head(&mut tcp).await, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    assert_eq!(String::from_utf8_lossy(&read_exactly(&mut tcp, ANSWER.len()).await), ANSWER);
    let (head, _) = ask(&mut tcp, "GET /next HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 204"), "{head}");
    let seen = bench.sink.ended(2).await;
    assert_eq!(seen[0].body(Side::Request), b"hello");
    assert_eq!(seen[0].body(Side::Response), b"abc");
    assert_eq!(lines(&seen[0].trailers[&Side::Request]), ["X-Sum: 1", "x-sum: 2"]);
    assert_eq!(lines(&seen[0].trailers[&Side::Response]), ["Done: yes"]);
    assert_eq!(seen[0].ended(), Some((true, true)));
}

#[tokio::test]
async fn bodies_without_length_end_with_the_connection() {
    let origin = Origin::start(None, |mut wire| async move {
        read_head(&mut wire).await;
        wire.write_all(b"HTTP/1.0 200 OK\r\n\r\nall of it").await.expect("written");
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut tcp = bench.tunnel("origin.example.org:80").await;
    tcp.write_all(b"GET / HTTP/1.0\r\n\r\n").await.expect("written");
    let all = read_until(&mut tcp, b"never").await;
    assert_eq!(all, "HTTP/1.0 200 OK\r\n\r\nall of it");
    let seen = bench.sink.ended(1).await.remove(0);
    assert_eq!((seen.body(Side::Response), seen.ended()), (&b"all of it"[..], Some((true, true))));
    assert_eq!(seen.head().protocols, ["http/1.0"]);
}

#[tokio::test]
async fn heads_have_no_bodies_and_pipelines_keep_their_order() {
    let origin = Origin::start(None, |mut wire| async move {
        for n in 0..3 {
            let head = read_head(&mut wire).await;
            let body = if head.starts_with("HEAD") { "" } else { "body" };
            let answer = format!("HTTP/1.1 200 OK\r\nX-N: {n}\r\nContent-Length: 4\r\n\r\n{body}");
            wire.write_all(answer.as_bytes()).await.expect("written");
        }
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut tcp = bench.tunnel("origin.example.org:80").await;
    let all = "HEAD /0 HTTP/1.1\r\n\r\nGET /1 HTTP/1.1\r\n\r\nHEAD /2 HTTP/1.1\r\n\r\n";
    tcp.write_all(all.as_bytes()).await.expect("written");
    let answers = read_until(&mut tcp, b"X-N: 2\r\nContent-Length: 4\r\n\r\n").await;
    assert_eq!(answers.matches("body").count(), 1);
    let seen = bench.sink.ended(3).await;
    let urls: Vec<_> = seen.iter().map(|s| s.head().request.url.rsplit('/').next()).collect();
    assert_eq!(urls, [Some("0"), Some("1"), Some("2")]);
}

#[tokio::test]
async fn a_server_that_does_not_speak_http_is_passed_on_and_said() {
    let origin = Origin::start(None, |mut wire| async move {
        read_head(&mut wire).await;
        wire.write_all(b"ICY 200 OK\r\n\r\nmusic").await.expect("written");
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut tcp = bench.tunnel("radio.example.org:8000").await;
    tcp.write_all(b"GET / HTTP/1.0\r\n\r\n").await.expect("written");
    assert_eq!(read_until(&mut tcp, b"music").await, "ICY 200 OK\r\n\r\nmusic");
    drop(tcp);
    bench
        .sink
        .event_that(|e| match e {
            EventKind::Gap { reason: GapReason::UnknownProtocol, detail, .. } => {
                detail.contains("not HTTP").then_some(())
            }
            _ => None,
        })
        .await;
}

#[tokio::test]
async fn an_early_answer_does_not_lose_the_rest_of_the_request() {
    let origin = Origin::start(None, |mut wire| async move {
        read_head(&mut wire).await;
        let answer = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        wire.write_all(answer).await.expect("written");
        // It goes on reading, as well-mannered servers do.
        while matches!(wire.read(&mut [0; 1024]).await, Ok(1..)) {}
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut tcp = bench.tunnel("origin.example.org:80").await;
    tcp.write_all(b"POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc").await.expect("written");
    assert!(read_head(&mut tcp).await.starts_with("HTTP/1.1 413"));
    tcp.write_all(b"def").await.expect("written");
    let seen = bench.sink.ended(1).await.remove(0);
    assert_eq!((seen.body(Side::Request), seen.ended()), (&b"abcdef"[..], Some((true, true))));
}

#[tokio::test]
async fn a_server_that_closes_an_idle_connection_closes_the_clients() {
    let origin = Origin::start(None, |mut wire| async move {
        read_head(&mut wire).await;
        wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.expect("written");
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut tcp = bench.tunnel("origin.example.org:80").await;
    ask(&mut tcp, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(patient(tcp.read(&mut [0])).await.expect("closed in order"), 0);
    // To a proxy's client the next request simply goes to a new connection.
    let mut tcp = bench.tcp().await;
    for _ in 0..3 {
        let (head, _) =
            ask(&mut tcp, "GET http://a.example.org/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    }
    let upstreams = |e: &&EventKind| matches!(e, EventKind::Upstream { .. });
    assert_eq!(bench.sink.events().iter().filter(upstreams).count(), 4);
}

#[tokio::test]
async fn ambiguous_requests_are_refused_and_said() {
    let bench = Bench::sinkhole().await;
    for request in [
        "POST / HTTP/1.1\r\nHost: a.example.org\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.example.org\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "GET / HTTP/1.1\r\nHost: a.example.org\r\n folded\r\n\r\n",
    ] {
        let (head, _) = ask(&mut bench.tcp().await, request).await;
        assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    }
    let damaged = |e: &&EventKind| matches!(e, EventKind::Gap { reason: GapReason::Damaged, .. });
    assert_eq!(bench.sink.events().iter().filter(damaged).count(), 3);
    let long = format!("GET / HTTP/1.1\r\nHost: a.example.org\r\nX: {}", "x".repeat(300 << 10));
    let mut tcp = bench.tcp().await;
    // It may answer before all of it was written.
    let _ = tcp.write_all(long.as_bytes()).await;
    assert!(read_head(&mut tcp).await.starts_with("HTTP/1.1 400"));
}
