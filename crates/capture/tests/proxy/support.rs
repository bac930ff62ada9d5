//! A bench for the tests: a proxy with a sink in memory, origins with certificates, clients.

use std::{
    collections::BTreeMap,
    future::Future,
    net::SocketAddr,
    sync::{Arc, Mutex, atomic::AtomicU64, atomic::Ordering},
    time::{Duration, Instant},
};

use bytes::Bytes;
use candor_capture::{
    Authority, Config, Lab, LabAnswer, LabRequest, Limits, Proxy, Recording, Side, Sink, System,
    Upstream,
};
use candor_case::{Event, EventKind, Exchange, Header, Response, UnixMicros};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Bytes of a body that the sink keeps; it counts the rest.
const KEPT: usize = 1 << 20;

/// One exchange as the sink saw it.
#[derive(Clone, Default)]
pub(crate) struct One {
    pub(crate) head: Option<Exchange>,
    pub(crate) response: Option<Response>,
    pub(crate) body: BTreeMap<Side, Vec<u8>>,
    pub(crate) length: BTreeMap<Side, u64>,
    pub(crate) trailers: BTreeMap<Side, Vec<Header>>,
    pub(crate) complete: BTreeMap<Side, bool>,
}

impl One {
    pub(crate) fn head(&self) -> &Exchange {
        self.head.as_ref().expect("opened")
    }

    pub(crate) fn body(&self, side: Side) -> &[u8] {
        self.body.get(&side).map_or(&[], |b| b)
    }

    pub(crate) fn length(&self, side: Side) -> u64 {
        self.length.get(&side).copied().unwrap_or_default()
    }

    /// Whether both sides ended, and how.
    pub(crate) fn ended(&self) -> Option<(bool, bool)> {
        Some((*self.complete.get(&Side::Request)?, *self.complete.get(&Side::Response)?))
    }
}

/// Keeps everything in memory.
#[derive(Default)]
pub(crate) struct Memory {
    exchanges: Mutex<Vec<Arc<Mutex<One>>>>,
    events: Mutex<Vec<Event>>,
    messages: Mutex<Vec<(Exchange, Bytes)>>,
}

struct Handle(Arc<Mutex<One>>);

impl Sink for Memory {
    fn event(&self, event: Event) {
        self.events.lock().expect("sound").push(event);
    }

    fn open(&self, head: Exchange) -> Box<dyn Recording> {
        let one = Arc::new(Mutex::new(One { head: Some(head), ..One::default() }));
        self.exchanges.lock().expect("sound").push(Arc::clone(&one));
        Box::new(Handle(one))
    }

    fn message(&self, message: Exchange, frames: Bytes) {
        self.messages.lock().expect("sound").push((message, frames));
    }
}

impl Recording for Handle {
    fn chunk(&self, side: Side, bytes: &Bytes) {
        let mut one = self.0.lock().expect("sound");
        assert!(!one.complete.contains_key(&side), "a chunk after the end");
        *one.length.entry(side).or_default() += bytes.len() as u64;
        let kept = one.body.entry(side).or_default();
        let room = KEPT.saturating_sub(kept.len()).min(bytes.len());
        kept.extend_from_slice(&bytes[..room]);
    }

    fn response(&self, head: Response) {
        let before = self.0.lock().expect("sound").response.replace(head);
        assert!(before.is_none(), "two responses");
    }

    fn end(&self, side: Side, trailers: Vec<Header>, complete: bool) {
        let mut one = self.0.lock().expect("sound");
        one.trailers.insert(side, trailers);
        let before = one.complete.insert(side, complete);
        assert!(before.is_none(), "two ends");
    }
}

impl Memory {
    pub(crate) fn exchanges(&self) -> Vec<One> {
        let all = self.exchanges.lock().expect("sound");
        all.iter().map(|one| one.lock().expect("sound").clone()).collect()
    }

    pub(crate) fn events(&self) -> Vec<EventKind> {
        self.events.lock().expect("sound").iter().map(|e| e.kind.clone()).collect()
    }

    pub(crate) fn messages(&self) -> Vec<(Exchange, Bytes)> {
        self.messages.lock().expect("sound").clone()
    }

    /// Waits for what is recorded a moment later than it is sent.
    pub(crate) async fn wait<T>(&self, what: &str, look: impl Fn(&Self) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}; {:#?}", self.events());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until that many exchanges have ended on both sides.
    pub(crate) async fn ended(&self, count: usize) -> Vec<One> {
        self.wait("exchanges end", |sink| {
            let all = sink.exchanges();
            (all.len() >= count && all.iter().all(|one| one.ended().is_some())).then_some(all)
        })
        .await
    }

    /// Waits for an event.
    pub(crate) async fn event_that<T>(&self, look: impl Fn(&EventKind) -> Option<T>) -> T {
        self.wait("an event", |sink| sink.events().iter().find_map(&look)).await
    }
}

/// Tells what it was asked.
struct TestLab;

impl Lab for TestLab {
    fn answer(&self, request: &LabRequest) -> LabAnswer {
        let told = format!("{} {} {}", request.method, request.url, request.body.len());
        let headers = vec![("x-lab".into(), "1".into())];
        LabAnswer { status: 200, headers, body: told.into() }
    }
}

/// A proxy that runs until it is stopped.
pub(crate) struct Bench {
    pub(crate) address: SocketAddr,
    pub(crate) sink: Arc<Memory>,
    pub(crate) authority: Arc<Authority>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
    _home: tempfile::TempDir,
}

impl Bench {
    pub(crate) async fn sinkhole() -> Self {
        Self::with(Config::default()).await
    }

    /// A proxy in front of that origin, whatever the name.
    pub(crate) async fn direct(origin: &Origin) -> Self {
        Self::with(origin.config()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let authority = Authority::open(home.path(), Arc::new(System), now()).expect("made");
        let (authority, sink) = (Arc::new(authority), Arc::new(Memory::default()));
        let proxy = Proxy::bind(
            config,
            Arc::clone(&authority),
            Arc::clone(&sink) as Arc<dyn Sink>,
            Arc::new(TestLab),
            Arc::new(now),
            Arc::new(System),
        )
        .await
        .expect("bound");
        let address = proxy.local_addr();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(proxy.run(async { drop(stopped.await) }));
        Self { address, sink, authority, stop, running, _home: home }
    }

    pub(crate) async fn stop(self) -> Arc<Memory> {
        self.stop.send(()).expect("running");
        self.running.await.expect("no panic");
        self.sink
    }

    pub(crate) async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }

    /// A tunnel by CONNECT.
    pub(crate) async fn tunnel(&self, target: &str) -> TcpStream {
        let mut tcp = self.tcp().await;
        let ask = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        tcp.write_all(ask.as_bytes()).await.expect("written");
        let head = read_head(&mut tcp).await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        tcp
    }

    /// TLS in a tunnel, trusting the authority.
    pub(crate) async fn tls(&self, host: &str, alpn: &[&str]) -> ClientTls {
        let tcp = self.tunnel(&format!("{host}:443")).await;
        self.tls_over(tcp, host, alpn).await
    }

    pub(crate) async fn tls_over(&self, tcp: TcpStream, host: &str, alpn: &[&str]) -> ClientTls {
        let name = ServerName::try_from(host.to_owned()).expect("a name");
        let roots = [self.authority.certificate_der().to_vec()];
        let connector = TlsConnector::from(client_config(&roots, alpn));
        connector.connect(name, tcp).await.expect("trusted")
    }
}

pub(crate) type ClientTls = tokio_rustls::client::TlsStream<TcpStream>;

static TICKS: AtomicU64 = AtomicU64::new(0);

/// A clock of the test's own: it moves by a microsecond with each look.
fn now() -> UnixMicros {
    let ticks = TICKS.fetch_add(1, Ordering::Relaxed);
    let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    UnixMicros(wall.expect("after 1970").as_micros() as i64 + ticks as i64)
}

pub(crate) fn client_config(roots: &[Vec<u8>], alpn: &[&str]) -> Arc<ClientConfig> {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add(CertificateDer::from(root.clone())).expect("a root");
    }
    let mut config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(store)
            .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|p| p.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// Whatever a client or an origin talks over.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A server of the test's own, for any name.
pub(crate) struct Origin {
    pub(crate) address: SocketAddr,
    root: Vec<u8>,
}

impl Origin {
    /// A server that handles each connection that way; `alpn` makes it speak TLS.
    pub(crate) async fn start<F, R>(alpn: Option<&[&str]>, handle: F) -> Self
    where
        F: Fn(Box<dyn Wire>) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let (config, root) = server_config(alpn.unwrap_or_default());
        let acceptor = alpn.map(|_| TlsAcceptor::from(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let address = listener.local_addr().expect("bound");
        let handle = Arc::new(handle);
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (acceptor, handle) = (acceptor.clone(), Arc::clone(&handle));
                tokio::spawn(async move {
                    tcp.set_nodelay(true).expect("set");
                    let wire: Box<dyn Wire> = match acceptor {
                        Some(acceptor) => match acceptor.accept(tcp).await {
                            Ok(tls) => Box::new(tls),
                            Err(_) => return,
                        },
                        None => Box::new(tcp),
                    };
                    handle(wire).await;
                });
            }
        });
        Self { address, root }
    }

    /// A direct proxy that trusts this origin and finds it under every name.
    pub(crate) fn config(&self) -> Config {
        let address = self.address;
        Config {
            upstream: Upstream::Direct,
            resolve: Some(Arc::new(move |_, _| Some(address))),
            extra_roots: vec![self.root.clone()],
            limits: Limits { drain: Duration::from_secs(2), ..Limits::default() },
            ..Config::default()
        }
    }
}

fn server_config(alpn: &[&str]) -> (Arc<ServerConfig>, Vec<u8>) {
    let names = ["origin.example.org", "other.example.org", "127.0.0.1"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).expect("made");
    let root = made.cert.der().to_vec();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .expect("fits");
    config.alpn_protocols = alpn.iter().map(|p| p.as_bytes().to_vec()).collect();
    (Arc::new(config), root)
}

/// Fails a test that would otherwise wait for ever.
pub(crate) async fn patient<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("in time")
}

/// Reads up to and including the empty line.
pub(crate) async fn read_head(wire: &mut (impl AsyncRead + Unpin)) -> String {
    read_until(wire, b"\r\n\r\n").await
}

/// Reads up to and including those bytes; what came when the stream ends before.
pub(crate) async fn read_until(wire: &mut (impl AsyncRead + Unpin), end: &[u8]) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end) {
        match patient(wire.read_u8()).await {
            Ok(byte) => bytes.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads exactly that many bytes.
pub(crate) async fn read_exactly(wire: &mut (impl AsyncRead + Unpin), n: usize) -> Vec<u8> {
    let mut bytes = vec![0; n];
    patient(wire.read_exact(&mut bytes)).await.expect("so many bytes");
    bytes
}

/// Asks and reads an answer with a content-length.
pub(crate) async fn ask(
    wire: &mut (impl AsyncRead + AsyncWrite + Unpin),
    request: &str,
) -> (String, String) {
    wire.write_all(request.as_bytes()).await.expect("written");
    wire.flush().await.expect("flushed");
    answer(wire).await
}

/// Reads an answer with a content-length.
pub(crate) async fn answer(wire: &mut (impl AsyncRead + Unpin)) -> (String, String) {
    let head = read_head(wire).await;
    let length = head
        .lines()
        .find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
        .unwrap_or(0);
    let body = read_exactly(wire, length).await;
    (head, String::from_utf8_lossy(&body).into_owned())
}

/// `name: value` for each field.
pub(crate) fn lines(headers: &[Header]) -> Vec<String> {
    let text = |b: &Bytes| String::from_utf8_lossy(b).into_owned();
    headers.iter().map(|h| format!("{}: {}", text(&h.name), text(&h.value))).collect()
}
