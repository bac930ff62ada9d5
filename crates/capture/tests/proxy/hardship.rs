//! Many, large, and rude: bodies of any size, clients that vanish, a thousand at once, a stop.

use std::{sync::Arc, time::Duration};

use candor_capture::{Config, Limits, Side};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Bench, Origin, ask, patient, read_head};

const LARGE: u64 = 64 << 20;

async fn write_zeros(wire: &mut (impl AsyncWriteExt + Unpin), mut left: u64) {
    let zeros = vec![0; 64 << 10];
    while left > 0 {
        let n = left.min(zeros.len() as u64);
        wire.write_all(&zeros[..n as usize]).await.expect("written");
        left -= n;
    }
    wire.flush().await.expect("flushed");
}

#[tokio::test]
async fn the_sinkhole_swallows_large_bodies() {
    let bench = Bench::sinkhole().await;
    let mut tcp = bench.tunnel("a.candor.test:80").await;
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {LARGE}\r\n\r\n");
    tcp.write_all(head.as_bytes()).await.expect("written");
    write_zeros(&mut tcp, LARGE).await;
    let (_, told) = crate::support::answer(&mut tcp).await;
    assert_eq!(
        told,
        format!("POST http://a.candor.test/ {}", 16 << 20),
        "the lab sees the beginning"
    );
    let seen = bench.sink.ended(1).await.remove(0);
    assert_eq!((seen.length(Side::Request), seen.ended()), (LARGE, Some((true, true))));
}

#[tokio::test]
async fn a_client_that_vanishes_while_it_sends_is_cut_off() {
    let origin = Origin::start(None, |mut wire| async move {
        while matches!(wire.read(&mut [0; 1024]).await, Ok(1..)) {}
    })
    .await;
    for bench in [Bench::sinkhole().await, Bench::direct(&origin).await] {
        for body in ["Content-Length: 100\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nabc"]
        {
            let mut tcp = bench.tunnel("a.example.org:80").await;
            let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{body}");
            tcp.write_all(head.as_bytes()).await.expect("written");
            tcp.shutdown().await.expect("closed");
        }
        let seen = bench.sink.ended(2).await;
        for one in seen {
            assert_eq!((one.body(Side::Request), one.ended()), (&b"abc"[..], Some((false, false))));
        }
    }
}

#[tokio::test]
async fn a_client_that_vanishes_in_http2_is_cut_off() {
    let bench = Bench::sinkhole().await;
    let (mut sender, body) = http_body_util::Channel::<bytes::Bytes>::new(1);
    let mut client = crate::http2::client(&bench, "a.example.org").await;
    let request = hyper::Request::post("https://a.example.org/");
    let request = request.body(http_body_util::BodyExt::boxed(body)).expect("a request");
    let answer = tokio::spawn(async move { client.send_request(request).await });
    sender.send_data("abc".into()).await.expect("sent");
    bench
        .sink
        .wait("a chunk", |s| {
            s.exchanges().first().filter(|o| o.length(Side::Request) == 3).map(drop)
        })
        .await;
    answer.abort();
    let seen = bench.sink.ended(1).await.remove(0);
    assert_eq!(seen.ended(), Some((false, false)));
}

#[tokio::test]
async fn what_a_server_sends_to_a_vanished_client_is_read_to_its_end() {
    let origin = Origin::start(None, |mut wire| async move {
        read_head(&mut wire).await;
        wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n").await.expect("written");
        for part in ["abc", "def", "ghi"] {
            tokio::time::sleep(Duration::from_millis(50)).await;
            // The proxy may be gone, and then the test fails elsewhere.
            let _ = wire.write_all(part.as_bytes()).await;
        }
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut tcp = bench.tunnel("a.example.org:80").await;
    tcp.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
    read_head(&mut tcp).await;
    tcp.set_zero_linger().expect("set");
    drop(tcp);
    let seen = bench.sink.ended(1).await.remove(0);
    assert_eq!((seen.body(Side::Response), seen.ended()), (&b"abcdefghi"[..], Some((true, true))));
}

#[tokio::test]
async fn a_server_that_breaks_off_is_seen_as_such_by_the_client() {
    let origin = Origin::start(None, |mut wire| async move {
        read_head(&mut wire).await;
        wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").await.expect("written");
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut tcp = bench.tunnel("a.example.org:80").await;
    tcp.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
    read_head(&mut tcp).await;
    let mut rest = Vec::new();
    patient(tcp.read_to_end(&mut rest)).await.expect("an end");
    assert_eq!(rest, b"abc");
    let seen = bench.sink.ended(1).await.remove(0);
    assert_eq!(seen.ended(), Some((true, false)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_at_once() {
    let bench = Arc::new(Bench::sinkhole().await);
    let barrier = Arc::new(tokio::sync::Barrier::new(1000));
    let clients: Vec<_> = (0..1000)
        .map(|n| {
            let (bench, barrier) = (Arc::clone(&bench), Arc::clone(&barrier));
            tokio::spawn(async move {
                let mut tls = bench.tls("a.candor.test", &["http/1.1"]).await;
                barrier.wait().await;
                let (_, told) =
                    ask(&mut tls, &format!("GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
                assert_eq!(told, format!("GET https://a.candor.test/{n} 0"));
            })
        })
        .collect();
    for client in clients {
        client.await.expect("answered");
    }
    let seen = bench.sink.ended(1000).await;
    assert!(seen.iter().all(|one| one.ended() == Some((true, true))));
    let mut ids: Vec<_> = seen.iter().map(|one| one.head().id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 1000);
}

#[tokio::test]
async fn further_connections_wait_for_a_place() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let bench = Bench::with(Config { limits, ..Config::default() }).await;
    let first = bench.tunnel("a.candor.test:80").await;
    let _second = bench.tunnel("a.candor.test:80").await;
    let third = tokio::time::timeout(Duration::from_millis(100), bench.tunnel("a.candor.test:80"));
    assert!(third.await.is_err());
    drop(first);
    let mut third: TcpStream = bench.tunnel("a.candor.test:80").await;
    ask(&mut third, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
}

#[tokio::test]
async fn a_stop_lets_open_exchanges_end_or_cuts_them_off() {
    let origin = Origin::start(Some(&["http/1.1"]), |mut wire| async move {
        let head = read_head(&mut wire).await;
        let wait = if head.starts_with("GET /soon") { 100 } else { 60_000 };
        tokio::time::sleep(Duration::from_millis(wait)).await;
        wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.expect("written");
        wire.flush().await.expect("flushed");
    })
    .await;
    let mut config = origin.config();
    config.limits.grace = Duration::from_millis(500);
    let bench = Bench::with(config).await;
    let mut clients = Vec::new();
    for path in ["/soon", "/never"] {
        let mut tls = bench.tls("origin.example.org", &["http/1.1"]).await;
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        tls.write_all(request.as_bytes()).await.expect("written");
        clients.push(tls);
    }
    bench.sink.wait("both open", |s| (s.exchanges().len() == 2).then_some(())).await;
    let sink = bench.stop().await;
    let seen = sink.exchanges();
    let ends: Vec<_> = seen.iter().map(|one| one.ended()).collect();
    let soon = seen.iter().position(|s| s.head().request.url.ends_with("soon")).expect("there");
    assert_eq!(ends[soon], Some((true, true)));
    assert_eq!(ends[1 - soon], Some((true, false)));
}
