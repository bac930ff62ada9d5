//! The server: small answers, large answers, and a sink for uploads, over HTTP/1.1 and HTTP/2.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::repeat::Repeat;

/// The only name it has.
pub(crate) const NAME: &str = "origin.example.org";
/// Bytes of a small answer.
pub(crate) const SMALL: u64 = 1 << 10;
/// The response field that tells how many bytes arrived.
pub(crate) const ARRIVED: &str = "x-arrived";

/// Serves until this process is told to stop.
pub(crate) async fn serve(out: &Path) -> Result<()> {
    let acceptor = TlsAcceptor::from(Arc::new(config(out)?));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (tcp, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // A client that goes away is its own business.
            let _ = connection(tcp, acceptor).await;
        });
    }
}

async fn connection(tcp: TcpStream, acceptor: TlsAcceptor) -> Result<()> {
    tcp.set_nodelay(true)?;
    let tls = acceptor.accept(tcp).await?;
    let h2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
    let (io, answer) = (TokioIo::new(tls), service_fn(answer));
    if h2 {
        let mut server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        server.timer(TokioTimer::new()).max_concurrent_streams(256);
        server.serve_connection(io, answer).await?;
    } else {
        hyper::server::conn::http1::Builder::new().serve_connection(io, answer).await?;
    }
    Ok(())
}

/// `/small`, `/large?BYTES`, and `/sink` for uploads.
async fn answer(mut request: Request<Incoming>) -> Result<Response<Repeat>, Infallible> {
    let mut arrived: u64 = 0;
    while let Some(frame) = request.body_mut().frame().await {
        let Ok(frame) = frame else { break };
        arrived += frame.data_ref().map_or(0, |data| data.len() as u64);
    }
    let (status, length) = match request.uri().path() {
        "/small" => (StatusCode::OK, SMALL),
        "/large" => (StatusCode::OK, request.uri().query().unwrap_or("0").parse().unwrap_or(0)),
        "/sink" => (StatusCode::OK, 0),
        _ => (StatusCode::NOT_FOUND, 0),
    };
    let mut response = Response::new(Repeat(length));
    *response.status_mut() = status;
    response.headers_mut().insert(ARRIVED, arrived.into());
    Ok(response)
}

/// An authority and a certificate of its own, made anew each time.
fn config(out: &Path) -> Result<ServerConfig> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    std::fs::write(out.join("origin.pem"), authority.pem()).context("the authority")?;
    let key = KeyPair::generate()?;
    let leaf = CertificateParams::new([NAME.to_owned()])?.signed_by(&key, &authority)?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key.into())?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
