//! Serves the live page on loopback, to whoever has its whole address.
//!
//! A page on the web can make a browser on this machine ask us things, and with a name of its own
//! that resolves to this machine (DNS rebinding) even read the answers. So the address holds a secret,
//! only requests for that very address and port are answered, no other origin is ever let read
//! anything, and nothing is changed but by a request that only our own page can make.

use std::convert::Infallible;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::page::{self, Document};
use crate::stream::{Reply, stream};
use crate::{Feed, LiveError, Token};

/// Connections at once; further ones wait.
const CONNECTIONS: usize = 32;
/// Most bytes of a mark.
const MARK: usize = 1024;
/// Most characters of a phase's name.
const NAME: usize = 60;
/// How long a connection may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(15);

/// Marks a phase; called from any thread.
pub type Mark = Arc<dyn Fn(String) + Send + Sync>;

/// What the page shows.
#[derive(Clone)]
pub struct Shown {
    /// What is being sent.
    pub feed: Feed,
    /// Marks a phase by hand; `None` where a plan drives the subject.
    pub mark: Option<Mark>,
    /// Names that the page offers for phases.
    pub phases: Vec<String>,
    /// The address for a phone, shown as a QR code.
    pub phone: Option<String>,
}

/// A live page that listens; [`Server::run`] serves.
pub struct Server {
    listener: TcpListener,
    served: Arc<Served>,
}

struct Served {
    shown: Shown,
    token: Token,
    document: Document,
    address: SocketAddr,
}

impl Server {
    /// Listens on a free port of the loopback interface. Must be called within a tokio runtime with
    /// time and network enabled.
    pub async fn bind(shown: Shown, token: Token) -> Result<Self, LiveError> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = TcpListener::bind(any).await.map_err(LiveError::Listen)?;
        let address = listener.local_addr().map_err(LiveError::Listen)?;
        let document = page::live(&shown);
        Ok(Self { listener, served: Arc::new(Served { shown, token, document, address }) })
    }

    /// The whole address, secret included.
    pub fn address(&self) -> String {
        format!("http://{}/{}/", self.served.address, self.served.token.as_str())
    }

    /// Serves until `stop` resolves. Pages that are open then are cut off.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::select! {
            () = stop => {}
            () = accept(self.listener, self.served) => {}
        }
    }
}

async fn accept(listener: TcpListener, served: Arc<Served>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut open = tokio::task::JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((tcp, _)) => {
                let served = Arc::clone(&served);
                open.spawn(async move {
                    serve(tcp, served).await;
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        while open.try_join_next().is_some() {}
    }
}

async fn serve(tcp: TcpStream, served: Arc<Served>) {
    let service = service_fn(move |request| {
        let served = Arc::clone(&served);
        async move { Ok::<_, Infallible>(served.answer(request).await) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(16 << 10);
    // A visitor that breaks off is no concern of the recording.
    let _ = builder.serve_connection(TokioIo::new(tcp), service).await;
}

impl Served {
    async fn answer(&self, request: Request<Incoming>) -> Response<Reply> {
        if !self.names_us(request.headers()) {
            return plain(StatusCode::MISDIRECTED_REQUEST, "candor: not this host\n");
        }
        let Some(path) = self.token.strip(request.uri().path()).map(str::to_owned) else {
            return plain(StatusCode::FORBIDDEN, "candor: this address lacks its secret\n");
        };
        match (request.method(), path.as_str()) {
            (&Method::GET, "/") => self.page(),
            (&Method::GET, "") => self.onward(),
            (&Method::GET, "/events") => self.events(request.headers()),
            (&Method::POST, "/phase") => self.mark(request).await,
            _ => plain(StatusCode::NOT_FOUND, "candor: no such page\n"),
        }
    }

    /// Whether a request names this very address, and comes from no other origin.
    fn names_us(&self, headers: &HeaderMap) -> bool {
        let port = self.address.port();
        let known = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        let is = |value: &HeaderValue, scheme: &str| {
            let named = value.to_str().ok().and_then(|text| text.strip_prefix(scheme));
            named.is_some_and(|named| known.iter().any(|host| host == named))
        };
        let mut hosts = headers.get_all("host").iter();
        let host = matches!((hosts.next(), hosts.next()), (Some(host), None) if is(host, ""));
        host && headers.get_all("origin").iter().all(|origin| is(origin, "http://"))
    }

    fn page(&self) -> Response<Reply> {
        let bytes = Bytes::copy_from_slice(self.document.text.as_bytes());
        respond(StatusCode::OK, "text/html; charset=utf-8", &self.document.policy, bytes.into())
    }

    fn onward(&self) -> Response<Reply> {
        let mut response = plain(StatusCode::PERMANENT_REDIRECT, "");
        let to = HeaderValue::from_str(&format!("/{}/", self.token.as_str()));
        response.headers_mut().extend(to.ok().map(|to| (hyper::header::LOCATION, to)));
        response
    }

    /// Server-sent events (HTML Standard, section 9.2), from where the page was cut off.
    fn events(&self, headers: &HeaderMap) -> Response<Reply> {
        let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
        let body = stream(self.shown.feed.clone(), last.unwrap_or(0));
        respond(StatusCode::OK, "text/event-stream", NO_POLICY, body)
    }

    async fn mark(&self, request: Request<Incoming>) -> Response<Reply> {
        let Some(mark) = &self.shown.mark else {
            return plain(StatusCode::CONFLICT, "candor: a plan marks the phases of this run\n");
        };
        // No form of another site can send this type without being asked first, and we never allow it.
        let kind = request.headers().get("content-type");
        if kind.is_none_or(|kind| kind != "application/json") {
            return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "candor: a mark is JSON\n");
        }
        match name(request.into_body()).await {
            Some(name) => {
                mark(name);
                plain(StatusCode::NO_CONTENT, "")
            }
            None => plain(StatusCode::BAD_REQUEST, "candor: a phase has a short plain name\n"),
        }
    }
}

/// The phase's name in `{"name": "…"}`: short, of characters that can be seen.
async fn name(mut body: Incoming) -> Option<String> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        name: String,
    }
    let mut bytes = Vec::new();
    loop {
        let next = std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx));
        let Some(frame) = tokio::time::timeout(PATIENCE, next).await.ok()? else { break };
        let frame = frame.ok()?;
        let data = frame.data_ref()?;
        if bytes.len() + data.len() > MARK {
            return None;
        }
        bytes.extend_from_slice(data);
    }
    let Wanted { name } = serde_json::from_slice(&bytes).ok()?;
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= NAME;
    (fits && !name.contains(char::is_control)).then(|| name.to_owned())
}

/// What is no document needs no more than this.
const NO_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

fn plain(status: StatusCode, text: &'static str) -> Response<Reply> {
    respond(
        status,
        "text/plain; charset=utf-8",
        NO_POLICY,
        Bytes::from_static(text.as_bytes()).into(),
    )
}

fn respond(status: StatusCode, kind: &'static str, policy: &str, body: Reply) -> Response<Reply> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let fields = [
        ("content-type", kind),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ];
    for (name, value) in fields {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert("content-security-policy", policy);
    }
    response
}
