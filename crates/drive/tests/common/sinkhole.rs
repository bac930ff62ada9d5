//! A proxy on loopback that answers everything itself: enough for a browser to go on, and a list of
//! what it asked for.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use candor_case::UnixMicros;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A request that was answered.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) at: UnixMicros,
    pub(crate) method: String,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
}

/// A running sinkhole.
pub(crate) struct Sinkhole {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

struct Shared {
    issuer: Issuer<'static, KeyPair>,
    authority: CertificateDer<'static>,
    key: KeyPair,
    acceptors: Mutex<BTreeMap<String, TlsAcceptor>>,
    requests: Mutex<Vec<Request>>,
    refused: Mutex<Vec<String>>,
}

impl Sinkhole {
    /// Starts a sinkhole with an authority of its own, whose certificate is written to `pem`.
    pub(crate) async fn start(pem: &Path) -> Self {
        let (issuer, certificate) = authority();
        std::fs::write(pem, certificate.pem()).unwrap();
        let shared = Arc::new(Shared {
            issuer,
            authority: certificate.der().clone(),
            key: KeyPair::generate().unwrap(),
            acceptors: Mutex::default(),
            requests: Mutex::default(),
            refused: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = Arc::clone(&shared);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&serving).serve(stream));
            }
        });
        Self { address, shared, server }
    }

    /// What was asked for so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Hosts to which a TLS connection was refused, with the reason.
    pub(crate) fn refused(&self) -> Vec<String> {
        self.shared.refused.lock().unwrap().clone()
    }
}

impl Drop for Sinkhole {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn authority() -> (Issuer<'static, KeyPair>, rcgen::Certificate) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "candor test authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.self_signed(&key).unwrap();
    (Issuer::new(params, key), certificate)
}

impl Shared {
    async fn serve(self: Arc<Self>, mut stream: TcpStream) {
        let limit = Duration::from_secs(120);
        let _ = tokio::time::timeout(limit, async {
            let (head, rest) = read_head(&mut stream).await?;
            let mut words = head.split_whitespace();
            let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
            if method != "CONNECT" {
                let (host, path) = split_target(&target);
                return self.answer(&mut stream, &head, rest, &host, &path).await;
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
            let host = target.rsplit_once(':')?.0.to_owned();
            let mut first = [0; 1];
            stream.peek(&mut first).await.ok().filter(|n| *n == 1)?;
            if first[0] == 0x16 {
                let mut tls = match self.acceptor(&host).accept(stream).await {
                    Ok(tls) => tls,
                    Err(error) => {
                        let agent = head.lines().find_map(|line| line.strip_prefix("User-Agent: "));
                        let words = format!("{host}: {error} ({})", agent.unwrap_or_default());
                        // A connection that just ends is no refusal: preconnects do that.
                        if !words.contains("handshake eof") {
                            self.refused.lock().unwrap().push(words);
                        }
                        return None;
                    }
                };
                self.tunnelled(&mut tls, &host).await
            } else {
                self.tunnelled(&mut stream, &host).await
            }
        })
        .await;
    }

    async fn tunnelled<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut S,
        host: &str,
    ) -> Option<()> {
        let (head, rest) = read_head(stream).await?;
        let path = head.split_whitespace().nth(1)?.to_owned();
        self.answer(stream, &head, rest, host, &path).await
    }

    async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut S,
        head: &str,
        rest: Vec<u8>,
        host: &str,
        path: &str,
    ) -> Option<()> {
        let at = super::now();
        let body = read_body(stream, head, rest).await;
        let method = head.split_whitespace().next()?.to_owned();
        let request =
            Request { at, method: method.clone(), host: host.into(), path: path.into(), body };
        self.requests.lock().unwrap().push(request);
        let (status, kind, body) = match (host, method.as_str()) {
            (host, _) if host.ends_with(".candor.test") => ("200 OK", "text/html", PAGE),
            ("detectportal.firefox.com", _) => ("200 OK", "text/plain", "success\n"),
            (_, "POST") => ("200 OK", "application/json", "{}"),
            _ => ("204 No Content", "text/plain", ""),
        };
        let length = if body.is_empty() {
            String::new()
        } else {
            format!("content-length: {}\r\n", body.len())
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{length}connection: close\r\n\r\n{body}"
        );
        stream.write_all(answer.as_bytes()).await.ok()?;
        stream.shutdown().await.ok()
    }

    fn acceptor(&self, host: &str) -> TlsAcceptor {
        let mut acceptors = self.acceptors.lock().unwrap();
        acceptors.entry(host.to_owned()).or_insert_with(|| self.issue(host)).clone()
    }

    fn issue(&self, host: &str) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "leaf");
        params.not_before = rcgen::date_time_ymd(2024, 1, 1);
        params.not_after = rcgen::date_time_ymd(2044, 1, 1);
        // Left to the library, all leaves would share one, which Firefox refuses.
        let mut serial = [1u8; 16];
        for (at, byte) in host.bytes().enumerate() {
            serial[1 + at % 15] = serial[1 + at % 15].wrapping_mul(31).wrapping_add(byte);
        }
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        let leaf = params.signed_by(&self.key, &self.issuer).unwrap();
        let chain = vec![leaf.der().clone(), self.authority.clone()];
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der()).into();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

const PAGE: &str = "<!doctype html><meta charset=utf-8><title>lab</title><p>A page of the lab.";

fn split_target(target: &str) -> (String, String) {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    (host.split(':').next().unwrap_or(host).to_owned(), format!("/{path}"))
}

/// A request's head, and what was read beyond it.
async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return Some((String::from_utf8_lossy(&bytes).into_owned(), rest));
        }
        if bytes.len() > 256 << 10 || stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

async fn read_body<S: AsyncRead + Unpin>(stream: &mut S, head: &str, mut body: Vec<u8>) -> Vec<u8> {
    let lower = head.to_ascii_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length = length.and_then(|value| value.trim().parse::<usize>().ok()).unwrap_or(0);
    let chunked = lower.contains("\r\ntransfer-encoding: chunked");
    let whole =
        |body: &[u8]| if chunked { body.ends_with(b"0\r\n\r\n") } else { body.len() >= length };
    while !whole(&body) && body.len() < 64 << 20 {
        match stream.read_buf(&mut body).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    body
}
