//! The door: who may use the proxy, and what is said to the others.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use candor_capture::{Answering, Config, Door, LabAnswer, Limits, Visit, Way};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Bench, ask, patient};

/// Lets everyone in once somebody has visited `/in`.
#[derive(Default)]
pub(crate) struct Guarded {
    open: AtomicBool,
    refused: AtomicUsize,
    visits: Mutex<Vec<(Way, String)>>,
}

impl Door for Guarded {
    fn admits(&self, _: IpAddr) -> bool {
        self.open.load(Ordering::SeqCst)
    }

    fn refused(&self, client: SocketAddr) {
        assert!(client.ip().is_loopback());
        self.refused.fetch_add(1, Ordering::SeqCst);
    }

    fn answer(&self, visit: Visit) -> Answering {
        let known = visit.request.url.ends_with("/in");
        if known {
            self.open.store(true, Ordering::SeqCst);
        }
        self.visits.lock().expect("works").push((visit.way, visit.request.url));
        let body = "welcome".into();
        let answer = known.then_some(LabAnswer { status: 200, headers: vec![], body });
        Box::pin(std::future::ready(answer))
    }
}

async fn guarded() -> (Bench, Arc<Guarded>) {
    let door = Arc::new(Guarded::default());
    let config = Config { door: Some(Arc::clone(&door) as Arc<dyn Door>), ..Config::default() };
    (Bench::with(config).await, door)
}

#[tokio::test]
async fn a_stranger_gets_nothing_in_any_language_and_is_counted() {
    let (bench, door) = guarded().await;
    let asked = [
        "CONNECT a.example.org:443 HTTP/1.1\r\nHost: a.example.org:443\r\n\r\n",
        "GET http://a.example.org/ HTTP/1.1\r\nHost: a.example.org\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.example.org\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET http://candor.test/in HTTP/1.1\r\nHost: candor.test\r\n\r\n",
    ];
    for request in asked {
        let (head, body) = ask(&mut bench.tcp().await, request).await;
        assert!(head.starts_with("HTTP/1.1 403"), "{request}: {head}");
        assert!(body.contains("open on this device the address"), "{body}");
    }
    let mut socks = bench.tcp().await;
    socks.write_all(&[5, 1, 0]).await.expect("works");
    let mut answer = [0; 2];
    patient(socks.read_exact(&mut answer)).await.expect("works");
    assert_eq!(answer, [5, 0xff]);
    let mut tls = bench.tcp().await;
    tls.write_all(&[0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5]).await.expect("works");
    assert_eq!(patient(tls.read(&mut [0])).await.unwrap_or(0), 0);
    assert_eq!(door.refused.load(Ordering::SeqCst), asked.len() + 2);
    assert!(bench.sink.exchanges().is_empty() && bench.sink.events().is_empty());
}

#[tokio::test]
async fn a_stranger_that_says_nothing_does_not_hold_a_place() {
    let door: Arc<dyn Door> = Arc::new(Guarded::default());
    let limits = Limits { handshake: Duration::from_millis(100), ..Limits::default() };
    let bench = Bench::with(Config { door: Some(door), limits, ..Config::default() }).await;
    for said in ["", "GET /in HTT"] {
        let mut tcp = bench.tcp().await;
        tcp.write_all(said.as_bytes()).await.expect("works");
        assert_eq!(patient(tcp.read(&mut [0])).await.unwrap_or(0), 0, "{said}");
    }
}

#[tokio::test]
async fn a_visitor_is_let_in_and_candors_own_pages_are_not_recorded() {
    let (bench, door) = guarded().await;
    let (head, body) =
        ask(&mut bench.tcp().await, "GET /in HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200") && body == "welcome", "{head}{body}");
    let port = bench.address.port();
    let through =
        format!("GET http://127.0.0.9:{port}/in HTTP/1.1\r\nHost: 127.0.0.9:{port}\r\n\r\n");
    let (_, body) = ask(&mut bench.tcp().await, &through).await;
    assert_eq!(body, "welcome", "its own address, through itself");
    let own = "GET http://candor.test/in HTTP/1.1\r\nHost: candor.test\r\n\r\n";
    let (_, body) = ask(&mut bench.tcp().await, own).await;
    assert_eq!(body, "welcome");
    let mut tunnel = bench.tls("candor.test", &["http/1.1"]).await;
    let (_, body) = ask(&mut tunnel, "GET /in HTTP/1.1\r\nHost: candor.test\r\n\r\n").await;
    assert_eq!(body, "welcome");
    let other = "GET http://candor.test/candor.pem HTTP/1.1\r\nHost: candor.test\r\n\r\n";
    let (_, body) = ask(&mut bench.tcp().await, other).await;
    assert!(body.starts_with("-----BEGIN CERTIFICATE"), "{body}");
    let ways: Vec<_> = door.visits.lock().expect("works").iter().map(|(way, _)| *way).collect();
    assert_eq!(ways, [Way::Direct, Way::Direct, Way::Proxied, Way::Trusted, Way::Proxied]);
    ask(&mut bench.tcp().await, "GET http://a.example.org/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let recorded = bench.sink.ended(1).await;
    assert_eq!(recorded.len(), 1);
    assert_eq!(recorded[0].head().request.url, "http://a.example.org/");
    assert_eq!(door.refused.load(Ordering::SeqCst), 0);
}
