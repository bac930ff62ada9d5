//! Reaches real servers: name, TCP, TLS with verification.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use candor_case::{ConnectionId, EventKind, TlsSide};
use data_encoding::{BASE64, HEXLOWER};
use ring::digest::{SHA256, digest};
use rustls::{
    ClientConfig, RootCertStore,
    client::WebPkiServerVerifier,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    CaptureError, Config, Resolve, Upstream,
    route::Target,
    verify::{Keeping, Refused},
};

/// Reaches servers for one proxy.
pub(crate) struct Dialer {
    connector: TlsConnector,
    resolve: Option<Resolve>,
    connect: Duration,
    handshake: Duration,
    own: SocketAddr,
    /// Nothing may leave: a second lock behind the one that asks whether candor answers itself.
    closed: bool,
}

/// Why a server was not reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    #[error("nothing leaves the sinkhole")]
    Closed,
    #[error("the name cannot be resolved: {0}")]
    Name(io::Error),
    #[error("the name has no address")]
    NoAddress,
    #[error("the address is this proxy's own")]
    Ourselves,
    #[error("cannot connect: {0}")]
    Connect(io::Error),
    #[error("no answer in time")]
    Timeout,
    #[error("its certificate does not verify: {}", .0.why)]
    Certificate(Refused),
    #[error("TLS failed: {0}")]
    Tls(io::Error),
}

/// A server that was reached.
pub(crate) struct Reached {
    pub(crate) tcp: TcpStream,
    pub(crate) address: SocketAddr,
}

impl Dialer {
    pub(crate) fn new(config: &Config, own: SocketAddr) -> Result<Self, CaptureError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for der in &config.extra_roots {
            roots.add(CertificateDer::from(der.clone())).map_err(CaptureError::ExtraRoot)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .map_err(|e| CaptureError::Tls(e.to_string()))?;
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| CaptureError::Tls(e.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Keeping(verifier)))
            .with_no_client_auth();
        Ok(Self {
            connector: TlsConnector::from(Arc::new(client)),
            resolve: config.resolve.clone(),
            connect: config.limits.connect,
            handshake: config.limits.handshake,
            own,
            closed: config.upstream == Upstream::Sinkhole,
        })
    }

    /// Connects to the first address that answers.
    pub(crate) async fn tcp(&self, target: &Target) -> Result<Reached, DialError> {
        if self.closed {
            return Err(DialError::Closed);
        }
        let mut last = DialError::NoAddress;
        for address in self.addresses(target).await? {
            if self.is_own(address) {
                return Err(DialError::Ourselves);
            }
            match timeout(self.connect, TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => {
                    // Without it small records wait for the peer's delayed acknowledgement.
                    let _ = tcp.set_nodelay(true);
                    return Ok(Reached { tcp, address });
                }
                Ok(Err(e)) => last = DialError::Connect(e),
                Err(_) => last = DialError::Timeout,
            }
        }
        Err(last)
    }

    async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, DialError> {
        if let Some(address) = self.resolve.as_ref().and_then(|r| r(&target.host, target.port)) {
            return Ok(vec![address]);
        }
        if let Some(ip) = target.ip() {
            return Ok(vec![SocketAddr::new(ip, target.port)]);
        }
        let found = tokio::net::lookup_host((target.host.as_str(), target.port));
        match timeout(self.connect, found).await {
            Ok(found) => Ok(found.map_err(DialError::Name)?.collect()),
            Err(_) => Err(DialError::Timeout),
        }
    }

    fn is_own(&self, address: SocketAddr) -> bool {
        let ip = address.ip();
        address.port() == self.own.port()
            && (ip == self.own.ip()
                || ip.is_unspecified()
                || (self.own.ip().is_unspecified() && ip.is_loopback()))
    }

    /// Speaks TLS as a client that knows the host by that name and offers those protocols.
    pub(crate) async fn tls(
        &self,
        tcp: TcpStream,
        host: &str,
        alpn: Vec<Vec<u8>>,
    ) -> Result<TlsStream<TcpStream>, DialError> {
        let name = match host.parse::<IpAddr>() {
            Ok(ip) => ServerName::from(ip),
            Err(_) => ServerName::try_from(host.to_owned())
                .map_err(|e| DialError::Tls(io::Error::new(io::ErrorKind::InvalidInput, e)))?,
        };
        let connect = self.connector.with_alpn(alpn).connect(name, tcp);
        match timeout(self.handshake, connect).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(e)) => Err(match Refused::of(&e) {
                Some(refused) => DialError::Certificate(refused.clone()),
                None => DialError::Tls(e),
            }),
            Err(_) => Err(DialError::Timeout),
        }
    }
}

/// Tells of a connection that was made, or of one whose certificate did not verify.
pub(crate) fn upstream_event(
    id: ConnectionId,
    address: SocketAddr,
    tls: Option<&rustls::ClientConnection>,
    chain: &[CertificateDer<'_>],
) -> EventKind {
    EventKind::Upstream {
        id,
        address: address.to_string(),
        tls: tls.and_then(|t| t.protocol_version()).map(|v| format!("{v:?}").replace('_', ".")),
        alpn: tls.and_then(|t| t.alpn_protocol()).map(|p| String::from_utf8_lossy(p).into_owned()),
        certificates: chain.iter().map(|c| HEXLOWER.encode(digest(&SHA256, c).as_ref())).collect(),
        leaf: chain.first().map(|leaf| BASE64.encode(leaf)),
    }
}

/// Tells of a server's certificate that did not verify.
pub(crate) fn refused_event(id: ConnectionId, host: &str, refused: &Refused) -> EventKind {
    EventKind::TlsRefused {
        id,
        side: TlsSide::Upstream,
        host: host.to_owned(),
        why: refused.why.to_string(),
    }
}
