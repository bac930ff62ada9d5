//! Who trusts whom: pinning clients, servers that do not verify, the authority's own limits.

use std::{net::SocketAddr, os::unix::fs::PermissionsExt, sync::Arc, time::Duration};

use candor_capture::{
    Authority, CaptureError, Config, Door, Limits, NoLab, Proxy, System, Upstream,
};
use candor_case::{EventKind, TlsSide, UnixMicros};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use crate::door::Guarded;
use crate::support::{Bench, Memory, Origin, ask, client_config, patient};

fn refusals(sink: &Memory) -> Vec<(TlsSide, String, String)> {
    let refused = |e: EventKind| match e {
        EventKind::TlsRefused { side, host, why, .. } => Some((side, host, why)),
        _ => None,
    };
    sink.events().into_iter().filter_map(refused).collect()
}

fn abandoned(sink: &Memory) -> usize {
    sink.events().iter().filter(|e| matches!(e, EventKind::TlsAbandoned { .. })).count()
}

#[tokio::test]
async fn an_alert_is_pinning_and_an_end_without_a_word_is_not() {
    let bench = Bench::sinkhole().await;
    let name = ServerName::try_from("pinned.example.org").expect("a name");
    let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
    for version in versions {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("known")
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let tunnel = bench.tunnel("pinned.example.org:443").await;
        let tried = TlsConnector::from(Arc::new(config)).connect(name.clone(), tunnel).await;
        assert!(tried.is_err());
    }
    bench.sink.wait("two refusals", |sink| (refusals(sink).len() == 2).then_some(())).await;
    for (side, host, why) in refusals(&bench.sink) {
        assert_eq!(
            (side, host.as_str(), why.as_str()),
            (TlsSide::Client, "pinned.example.org", "UnknownCA")
        );
    }
    assert_eq!(abandoned(&bench.sink), 0);
    // A preconnect: the handshake is done, then nothing comes.
    drop(bench.tls("preconnect.example.org", &["h2", "http/1.1"]).await);
    let mut polite = bench.tls("preconnect.example.org", &["http/1.1"]).await;
    polite.shutdown().await.expect("closed");
    bench.sink.wait("two ends", |sink| (abandoned(sink) == 2).then_some(())).await;
    assert_eq!(refusals(&bench.sink).len(), 2);
    // All of them are connections that were understood.
    let connections = |e: &&EventKind| matches!(e, EventKind::Connection { sni: Some(_), .. });
    assert_eq!(bench.sink.events().iter().filter(connections).count(), 4);
}

#[tokio::test]
async fn a_server_that_does_not_verify_is_refused_and_its_chain_kept() {
    let origin = Origin::start(Some(&["http/1.1"]), |_| async {}).await;
    let config = Config { extra_roots: vec![], ..origin.config() };
    let bench = Bench::with(config).await;
    let tunnel = bench.tunnel("origin.example.org:443").await;
    let name = ServerName::try_from("origin.example.org").expect("a name");
    let roots = [bench.authority.certificate_der().to_vec()];
    let tried =
        TlsConnector::from(client_config(&roots, &["http/1.1"])).connect(name, tunnel).await;
    assert!(tried.is_err());
    bench.sink.wait("a refusal", |sink| (refusals(sink).len() == 1).then_some(())).await;
    let (side, host, why) = refusals(&bench.sink).remove(0);
    assert_eq!((side, host.as_str()), (TlsSide::Upstream, "origin.example.org"));
    assert!(why.contains("UnknownIssuer"), "{why}");
    let kept = |e: &EventKind| match e {
        EventKind::Upstream { certificates, leaf, .. } => {
            Some((certificates.len(), leaf.is_some()))
        }
        _ => None,
    };
    assert_eq!(bench.sink.event_that(kept).await, (1, true));
    assert!(bench.sink.exchanges().is_empty());
}

#[tokio::test]
async fn a_server_certified_for_another_name_is_refused() {
    let origin = Origin::start(Some(&["http/1.1"]), |_| async {}).await;
    let bench = Bench::direct(&origin).await;
    let tunnel = bench.tunnel("elsewhere.example.org:443").await;
    let name = ServerName::try_from("elsewhere.example.org").expect("a name");
    let roots = [bench.authority.certificate_der().to_vec()];
    assert!(TlsConnector::from(client_config(&roots, &[])).connect(name, tunnel).await.is_err());
    bench.sink.wait("a refusal", |sink| (refusals(sink).len() == 1).then_some(())).await;
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_a_gap() {
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    let config = Config {
        upstream: Upstream::Direct,
        resolve: Some(Arc::new(move |_, _| Some(nobody))),
        ..Config::default()
    };
    let bench = Bench::with(config).await;
    let request =
        "POST http://gone.example.org/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    let (head, body) = ask(&mut bench.tcp().await, request).await;
    assert!(
        head.starts_with("HTTP/1.1 502") && body.contains("cannot reach gone.example.org"),
        "{head}{body}"
    );
    let seen = bench.sink.ended(1).await.remove(0);
    // What it tried to send is kept; that we made up an answer is not.
    assert_eq!(seen.body(candor_capture::Side::Request), b"abc");
    assert!(seen.response.is_none());
    assert_eq!(seen.ended(), Some((true, false)));
    let mut tcp = bench.tcp().await;
    tcp.write_all(b"CONNECT gone.example.org:443 HTTP/1.1\r\n\r\n").await.expect("written");
    let mut answer = String::new();
    patient(tcp.read_to_string(&mut answer)).await.expect("text");
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
}

#[tokio::test]
async fn the_proxy_does_not_call_itself() {
    let config = Config { upstream: Upstream::Direct, ..Config::default() };
    let bench = Bench::with(config).await;
    let request = format!("GET http://{}/ HTTP/1.1\r\nHost: a\r\n\r\n", bench.address);
    let (head, body) = ask(&mut bench.tcp().await, &request).await;
    assert!(head.starts_with("HTTP/1.1 502") && body.contains("proxy's own"), "{head}{body}");
}

#[tokio::test]
async fn only_who_asks_for_it_listens_beyond_loopback() {
    let home = tempfile::tempdir().expect("a folder");
    let system = Arc::new(System);
    let authority = Authority::open(home.path(), system.clone(), UnixMicros(0)).expect("made");
    let authority = Arc::new(authority);
    let mode = std::fs::metadata(home.path().join("authority.pem")).expect("there").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let bind = |door| {
        let listen = SocketAddr::from(([0, 0, 0, 0], 0));
        let config = Config { listen, door, ..Config::default() };
        let clock = Arc::new(|| UnixMicros(0));
        let sink = Arc::new(Memory::default());
        Proxy::bind(config, Arc::clone(&authority), sink, Arc::new(NoLab), clock, system.clone())
    };
    assert!(matches!(bind(None).await, Err(CaptureError::NotLoopback(_))));
    let door: Arc<dyn Door> = Arc::new(Guarded::default());
    assert!(bind(Some(door)).await.is_ok());
}

#[tokio::test]
async fn sessions_are_resumed() {
    let bench = Bench::sinkhole().await;
    let config = client_config(&[bench.authority.certificate_der().to_vec()], &["http/1.1"]);
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let name = ServerName::try_from("a.candor.test").expect("a name");
        let tunnel = bench.tunnel("a.candor.test:443").await;
        let mut tls =
            TlsConnector::from(Arc::clone(&config)).connect(name, tunnel).await.expect("trusted");
        ask(&mut tls, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        kinds.push(tls.get_ref().1.handshake_kind());
    }
    let [Some(rustls::HandshakeKind::Full), Some(rustls::HandshakeKind::Resumed)] = kinds[..]
    else {
        panic!("{kinds:?}")
    };
}

#[tokio::test]
async fn half_a_handshake_does_not_hold_a_connection() {
    let limits = Limits { handshake: Duration::from_millis(100), ..Limits::default() };
    let bench = Bench::with(Config { limits, ..Config::default() }).await;
    let mut tunnel = bench.tunnel("slow.example.org:443").await;
    // The beginning of a record that promises more.
    tunnel.write_all(&[0x16, 3, 1, 1, 0, 1, 0, 0]).await.expect("written");
    assert_eq!(patient(tunnel.read(&mut [0])).await.unwrap_or(0), 0);
    bench.sink.wait("an end", |sink| (abandoned(sink) == 1).then_some(())).await;
    let mut socks = bench.tcp().await;
    socks.write_all(&[5]).await.expect("written");
    assert_eq!(patient(socks.read(&mut [0])).await.unwrap_or(0), 0);
}
