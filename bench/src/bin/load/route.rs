//! The way to the server: straight, or through a proxy by CONNECT.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::origin::NAME;

/// A proxy's answer to CONNECT is shorter.
const MOST_HEAD: usize = 16 << 10;

/// How to reach the server.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Way {
    /// The server's address
    #[arg(long)]
    origin: SocketAddr,
    /// Authorities to trust: the server's and the proxy's
    #[arg(long)]
    trust: Vec<PathBuf>,
    /// The proxy's address; none means straight
    #[arg(long)]
    proxy: Option<SocketAddr>,
    /// Ask the proxy for the server's address instead of its name, for proxies that cannot be told
    /// where the name leads
    #[arg(long)]
    connect_by_address: bool,
}

/// Opens connections.
#[derive(Clone)]
pub(crate) struct Route {
    way: Way,
    tls: Arc<ClientConfig>,
}

/// The protocol of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alpn {
    H1,
    H2,
}

impl Route {
    /// The way, with its authorities read.
    pub(crate) fn new(way: &Way) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        for path in &way.trust {
            trust(&mut roots, path)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // A new connection is to cost a whole handshake.
        tls.resumption = Resumption::disabled();
        Ok(Self { way: way.clone(), tls: Arc::new(tls) })
    }

    /// A new connection, TLS and all.
    pub(crate) async fn open(&self, alpn: Alpn) -> Result<TlsStream<TcpStream>> {
        let tcp = match self.way.proxy {
            None => TcpStream::connect(self.way.origin).await?,
            Some(proxy) => self.tunnel(TcpStream::connect(proxy).await?).await?,
        };
        tcp.set_nodelay(true)?;
        let protocol = match alpn {
            Alpn::H1 => b"http/1.1".to_vec(),
            Alpn::H2 => b"h2".to_vec(),
        };
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let connector = connector.with_alpn(vec![protocol.clone()]);
        let tls = connector.connect(ServerName::try_from(NAME)?, tcp).await?;
        if tls.get_ref().1.alpn_protocol() != Some(&protocol) {
            bail!("the other side speaks another protocol");
        }
        Ok(tls)
    }

    /// The authority part of this server's URLs.
    pub(crate) fn authority(&self) -> String {
        format!("{NAME}:{}", self.way.origin.port())
    }

    async fn tunnel(&self, mut tcp: TcpStream) -> Result<TcpStream> {
        let target = match self.way.connect_by_address {
            true => self.way.origin.to_string(),
            false => self.authority(),
        };
        let ask = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        tcp.write_all(ask.as_bytes()).await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if head.len() > MOST_HEAD {
                bail!("an endless answer to CONNECT");
            }
            head.push(tcp.read_u8().await?);
        }
        let status = String::from_utf8_lossy(&head);
        if status.split(' ').nth(1) != Some("200") {
            bail!("CONNECT: {}", status.lines().next().unwrap_or_default());
        }
        Ok(tcp)
    }
}

fn trust(roots: &mut RootCertStore, path: &Path) -> Result<()> {
    let certificates =
        CertificateDer::pem_file_iter(path).with_context(|| path.display().to_string())?;
    for certificate in certificates {
        roots.add(certificate?)?;
    }
    Ok(())
}
