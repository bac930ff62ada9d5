//! The subject's network: HTTP/1.1 over TLS through CONNECT, one connection kept per host, with the
//! header fields an Android phone would send.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, StatusCode, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{SpecimenError, browser::Outgoing};

const USER_AGENT: &str = "Dalvik/2.1.0 (SIMULATED; Linux; U; Android 9; SIMULATED phone)";
const TIMEOUT: Duration = Duration::from_secs(30);
/// An answer of the lab is a few kilobytes.
const MAX_ANSWER: usize = 1 << 20;
/// Head of the answer to CONNECT.
const MAX_HEAD: usize = 8 << 10;

/// A client with its connections.
pub(crate) struct Client {
    proxy: SocketAddr,
    tls: TlsConnector,
    connections: BTreeMap<String, http1::SendRequest<Full<Bytes>>>,
}

impl Client {
    /// A client that trusts these roots and reaches everything through this proxy.
    pub(crate) fn new(
        proxy: SocketAddr,
        roots: Arc<rustls::RootCertStore>,
    ) -> Result<Self, SpecimenError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| SpecimenError::Tls {
                host: proxy.to_string(),
                source: std::io::Error::other(error),
            })?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let tls = TlsConnector::from(Arc::new(config));
        Ok(Self { proxy, tls, connections: BTreeMap::new() })
    }

    /// Opens an address; returns the status.
    pub(crate) async fn open(&mut self, url: &str) -> Result<StatusCode, SpecimenError> {
        self.send("GET", url, None).await
    }

    /// Posts a body; returns the status.
    pub(crate) async fn post(&mut self, outgoing: Outgoing) -> Result<StatusCode, SpecimenError> {
        let body = Some((outgoing.content_type, outgoing.body.into()));
        self.send("POST", &outgoing.url, body).await
    }

    async fn send(
        &mut self,
        method: &str,
        url: &str,
        body: Option<(&str, Bytes)>,
    ) -> Result<StatusCode, SpecimenError> {
        let host = host(url)?.to_owned();
        let request = request(method, url, &host, body)?;
        let mut connection = match self.connections.remove(&host) {
            Some(open) if open.is_ready() => open,
            _ => within(url, self.connect(&host)).await??,
        };
        let http = |source| SpecimenError::Http { url: url.into(), source };
        let answer = within(url, connection.send_request(request)).await?.map_err(http)?;
        let status = answer.status();
        let body = within(url, Limited::new(answer.into_body(), MAX_ANSWER).collect()).await?;
        body.map_err(|error| SpecimenError::Answer { url: url.into(), why: error.to_string() })?;
        self.connections.insert(host, connection);
        Ok(status)
    }

    async fn connect(&self, host: &str) -> Result<http1::SendRequest<Full<Bytes>>, SpecimenError> {
        let stream = self.secure(host, self.tunnel(host).await?).await?;
        let url = || format!("https://{host}/");
        let (sender, driver) = http1::Builder::new()
            .title_case_headers(true)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|source| SpecimenError::Http { url: url(), source })?;
        // The task ends with the connection, at the latest when the sender is dropped.
        tokio::spawn(driver);
        Ok(sender)
    }

    /// Asks the proxy for a tunnel.
    async fn tunnel(&self, host: &str) -> Result<TcpStream, SpecimenError> {
        let proxy = self.proxy;
        let unreachable = |source| SpecimenError::Proxy { proxy, source };
        let mut stream = TcpStream::connect(proxy).await.map_err(unreachable)?;
        let _ = stream.set_nodelay(true);
        let ask = format!(
            "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\nUser-Agent: {USER_AGENT}\r\n\r\n"
        );
        stream.write_all(ask.as_bytes()).await.map_err(unreachable)?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") && head.len() < MAX_HEAD {
            // Byte by byte: what follows the head already belongs to TLS.
            head.push(stream.read_u8().await.map_err(unreachable)?);
        }
        let head = String::from_utf8_lossy(&head);
        let first = head.lines().next().unwrap_or_default();
        if first.split(' ').nth(1) == Some("200") {
            Ok(stream)
        } else {
            Err(SpecimenError::Refused { host: host.into(), answer: first.into() })
        }
    }

    async fn secure(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, SpecimenError> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| SpecimenError::Address { url: format!("https://{host}/") })?;
        self.tls
            .connect(name, stream)
            .await
            .map_err(|source| SpecimenError::Tls { host: host.into(), source })
    }
}

async fn within<T>(url: &str, work: impl Future<Output = T>) -> Result<T, SpecimenError> {
    timeout(TIMEOUT, work).await.map_err(|_| SpecimenError::Answer {
        url: url.into(),
        why: format!("no answer within {} seconds", TIMEOUT.as_secs()),
    })
}

fn host(url: &str) -> Result<&str, SpecimenError> {
    let rest = url.strip_prefix("https://").unwrap_or_default();
    match rest.split(['/', '?']).next() {
        Some(host) if !host.is_empty() => Ok(host),
        _ => Err(SpecimenError::Address { url: url.into() }),
    }
}

fn request(
    method: &str,
    url: &str,
    host: &str,
    body: Option<(&str, Bytes)>,
) -> Result<Request<Full<Bytes>>, SpecimenError> {
    let target = url.get("https://".len() + host.len()..).filter(|t| !t.is_empty()).unwrap_or("/");
    let mut head = Request::builder().method(method).uri(target);
    if let Some((content_type, _)) = &body {
        head = head.header(header::CONTENT_TYPE, *content_type);
    }
    head = head
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::HOST, host)
        .header(header::CONNECTION, "Keep-Alive")
        .header(header::ACCEPT_ENCODING, "gzip");
    let body = body.map(|(_, bytes)| bytes).unwrap_or_default();
    head.body(Full::new(body)).map_err(|_| SpecimenError::Address { url: url.into() })
}
