//! A bench for tests: a proxy on loopback that ends TLS itself, asks the lab, and remembers.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use candor_case::{Event, EventKind, Run, RunId, Seed, UnixMicros};
use candor_specimens::{Bench, DEFAULT_PHRASE, Devices, Lab, Specimen, specimen};
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// 2026-11-22T00:00:00Z.
pub(crate) const START: UnixMicros = UnixMicros(1_795_305_600_000_000);

/// A request that reached the proxy.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub run: RunId,
    pub phase: String,
    pub method: String,
    pub url: String,
    pub body: Vec<u8>,
}

/// Everything about one subject's runs.
pub(crate) struct Recording {
    pub specimen: Specimen,
    pub runs: Vec<Run>,
    pub seeds: Vec<Seed>,
    pub requests: Vec<Recorded>,
    pub events: Vec<(RunId, Event)>,
    pub confirmed: Vec<String>,
}

#[derive(Default)]
struct Shared {
    run: Mutex<RunId>,
    phase: Mutex<String>,
    requests: Mutex<Vec<Recorded>>,
    events: Mutex<Vec<(RunId, Event)>>,
}

struct TestBench {
    clock_us: AtomicI64,
    proxy: SocketAddr,
    roots: Arc<rustls::RootCertStore>,
    shared: Arc<Shared>,
}

impl Bench for TestBench {
    fn now(&self) -> UnixMicros {
        UnixMicros(self.clock_us.load(Ordering::SeqCst))
    }
    fn advance(&self, seconds: i64) {
        self.clock_us.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
    fn event(&self, kind: EventKind) {
        if let EventKind::Phase { name, .. } = &kind {
            *self.shared.phase.lock().unwrap() = name.clone();
        }
        let run = self.shared.run.lock().unwrap().clone();
        self.shared.events.lock().unwrap().push((run, Event { at: self.now(), kind }));
    }
    fn proxy(&self) -> SocketAddr {
        self.proxy
    }
    fn roots(&self) -> Arc<rustls::RootCertStore> {
        self.roots.clone()
    }
}

/// Performs all runs of a subject.
pub(crate) async fn record(name: &str, seed: u64) -> Recording {
    let specimen = specimen(name).unwrap();
    let shared = Arc::new(Shared::default());
    let (proxy, roots) = proxy(shared.clone()).await;
    let bench =
        TestBench { clock_us: AtomicI64::new(START.0), proxy, roots, shared: shared.clone() };
    let mut devices = Devices::default();
    let (mut runs, mut seeds, mut confirmed, mut sent) = (vec![], vec![], vec![], 0);
    for planned in specimen.plan(seed, START, DEFAULT_PHRASE) {
        *shared.run.lock().unwrap() = planned.id().clone();
        shared.phase.lock().unwrap().clear();
        let performed = specimen.perform(&planned, &mut devices, &bench).await.unwrap();
        confirmed.extend(performed.confirmed);
        sent += performed.requests;
        seeds.extend(planned.seeds.seeds);
        runs.push(planned.run);
    }
    let requests = shared.requests.lock().unwrap().clone();
    assert_eq!(requests.len() as u64, sent, "what was sent arrived");
    let events = shared.events.lock().unwrap().clone();
    Recording { specimen, runs, seeds, requests, events, confirmed }
}

async fn proxy(shared: Arc<Shared>) -> (SocketAddr, Arc<rustls::RootCertStore>) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(AsRef::<rcgen::Certificate>::as_ref(&authority).der().clone()).unwrap();
    let authority = Arc::new(authority);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, authority.clone(), shared.clone()));
        }
    });
    (address, Arc::new(roots))
}

async fn serve(
    mut stream: TcpStream,
    authority: Arc<CertifiedIssuer<'static, KeyPair>>,
    shared: Arc<Shared>,
) {
    stream.set_nodelay(true).unwrap();
    let mut head = vec![];
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let host = head.strip_prefix("CONNECT ").and_then(|h| h.split(':').next()).unwrap().to_owned();
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(leaf(&host, &authority));
    let stream = acceptor.accept(stream).await.unwrap();
    let answer = service_fn(move |request| respond(request, host.clone(), shared.clone()));
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

fn leaf(host: &str, authority: &CertifiedIssuer<'static, KeyPair>) -> Arc<rustls::ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![host.to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    Arc::new(config)
}

async fn respond(
    request: Request<Incoming>,
    host: String,
    shared: Arc<Shared>,
) -> Result<Response<Full<bytes::Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes().to_vec();
    let agent = parts.headers["user-agent"].to_str().unwrap();
    assert!(agent.contains("SIMULATED"), "{agent}");
    assert_eq!(parts.headers["host"], host.as_str());
    let recorded = Recorded {
        run: shared.run.lock().unwrap().clone(),
        phase: shared.phase.lock().unwrap().clone(),
        method: parts.method.to_string(),
        url: format!("https://{host}{}", parts.uri),
        body,
    };
    let answer = Lab::default().answer(&recorded.method, &recorded.url, &[], &recorded.body);
    shared.requests.lock().unwrap().push(recorded);
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::new(answer.body)).unwrap())
}
