//! A server and a load for measuring a proxy, any proxy that takes CONNECT.
//!
//! `load origin ADDRESS CERTIFICATE_OUT` serves `/BYTES` over TLS, HTTP/1.1 and HTTP/2, and writes
//! its certificate (DER). `load run MODE PROXY|none ORIGIN CONNECTIONS SECONDS BYTES` asks it
//! through the proxy and prints requests and bytes per second. Modes: `h1`, `h2` (16 streams per
//! connection), `tls` (a new connection for each request). It trusts every certificate.

use std::{
    convert::Infallible,
    env,
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, DigitallySignedStruct, ServerConfig, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client::TlsStream};

type Failed = Box<dyn Error + Send + Sync>;

const NAME: &str = "load.example.org";

/// Trusts every certificate: what is measured is the proxy's work, not its honesty.
#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

async fn origin(address: &str, certificate: &str) -> Result<(), Failed> {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()])?;
    std::fs::write(certificate, made.cert.der())?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    loop {
        let (tcp, _) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        tokio::spawn(serve(tcp, acceptor.clone()));
    }
}

async fn serve(tcp: TcpStream, acceptor: TlsAcceptor) {
    let Ok(tls) = acceptor.accept(tcp).await else { return };
    let h2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
    let io = TokioIo::new(tls);
    let service = service_fn(|request: Request<Incoming>| async move {
        let bytes = request.uri().path().trim_start_matches('/').parse().unwrap_or(0_usize);
        let mut body = request.into_body();
        while let Some(Ok(_)) = body.frame().await {}
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(vec![b'x'; bytes]))))
    });
    if h2 {
        let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        let _ = builder.serve_connection(io, service).await;
    } else {
        let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
    }
}

/// What is measured, and where.
#[derive(Clone)]
struct Plan {
    proxy: Option<String>,
    origin: String,
    bytes: usize,
    until: Instant,
    connector: TlsConnector,
    requests: Arc<AtomicU64>,
    received: Arc<AtomicU64>,
}

impl Plan {
    fn goes_on(&self) -> bool {
        Instant::now() < self.until
    }

    fn count(&self, bytes: usize) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    async fn connect(&self) -> Result<TlsStream<TcpStream>, Failed> {
        let mut tcp = TcpStream::connect(self.proxy.as_ref().unwrap_or(&self.origin)).await?;
        tcp.set_nodelay(true)?;
        if self.proxy.is_some() {
            let ask = format!("CONNECT {NAME}:443 HTTP/1.1\r\nHost: {NAME}:443\r\n\r\n");
            tcp.write_all(ask.as_bytes()).await?;
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(tcp.read_u8().await?);
            }
            if !head.starts_with(b"HTTP/1.1 200") {
                return Err(String::from_utf8_lossy(&head).into());
            }
        }
        Ok(self.connector.connect(ServerName::try_from(NAME)?, tcp).await?)
    }

    async fn h1(self) -> Result<(), Failed> {
        let mut tls = self.connect().await?;
        while self.goes_on() {
            self.ask(&mut tls).await?;
        }
        Ok(())
    }

    async fn ask(&self, tls: &mut TlsStream<TcpStream>) -> Result<(), Failed> {
        let request = format!(
            "GET /{} HTTP/1.1\r\nHost: {NAME}\r\nUser-Agent: load\r\nAccept: */*\r\n\
             Accept-Encoding: gzip\r\nCookie: a=1; b=2\r\n\r\n",
            self.bytes
        );
        tls.write_all(request.as_bytes()).await?;
        let mut room = vec![0; 64 << 10];
        let (mut got, mut wanted) = (0, usize::MAX);
        while got < wanted {
            let n = tls.read(room.get_mut(got.min(32 << 10)..).unwrap_or_default()).await?;
            if n == 0 {
                return Err("cut off".into());
            }
            if wanted == usize::MAX {
                let head = room.get(..got + n).unwrap_or_default();
                if let Some(end) = memchr::memmem::find(head, b"\r\n\r\n") {
                    wanted = end + 4 + self.bytes;
                }
            }
            got += n;
        }
        self.count(self.bytes);
        Ok(())
    }

    async fn tls(self) -> Result<(), Failed> {
        while self.goes_on() {
            let mut tls = self.connect().await?;
            self.ask(&mut tls).await?;
        }
        Ok(())
    }

    async fn h2(self) -> Result<(), Failed> {
        let io = TokioIo::new(self.connect().await?);
        let (sender, connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
            .initial_stream_window_size(1 << 20)
            .initial_connection_window_size(8 << 20)
            .handshake::<_, Empty<Bytes>>(io)
            .await?;
        tokio::spawn(connection);
        let streams: Vec<_> = (0..16)
            .map(|_| {
                let (plan, mut sender) = (self.clone(), sender.clone());
                tokio::spawn(async move {
                    while plan.goes_on() {
                        let request = Request::get(format!("https://{NAME}/{}", plan.bytes))
                            .header("user-agent", "load")
                            .header("cookie", "a=1; b=2")
                            .body(Empty::new())?;
                        let answer = sender.send_request(request).await?;
                        plan.count(answer.into_body().collect().await?.to_bytes().len());
                    }
                    Ok::<_, Failed>(())
                })
            })
            .collect();
        for stream in streams {
            stream.await??;
        }
        Ok(())
    }
}

async fn run(arguments: &[String]) -> Result<(), Failed> {
    let [mode, proxy, origin, connections, seconds, bytes] = arguments else {
        return Err("run MODE PROXY|none ORIGIN CONNECTIONS SECONDS BYTES".into());
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone))
        .with_no_client_auth();
    let alpn = if mode == "h2" { "h2" } else { "http/1.1" };
    config.alpn_protocols = vec![alpn.into()];
    let seconds: u64 = seconds.parse()?;
    let begun = Instant::now();
    let plan = Plan {
        proxy: Some(proxy.clone()).filter(|p| p != "none"),
        origin: origin.clone(),
        bytes: bytes.parse()?,
        until: begun + Duration::from_secs(seconds),
        connector: TlsConnector::from(Arc::new(config)),
        requests: Arc::default(),
        received: Arc::default(),
    };
    let tasks: Vec<_> = (0..connections.parse::<usize>()?)
        .map(|_| match mode.as_str() {
            "h2" => tokio::spawn(plan.clone().h2()),
            "tls" => tokio::spawn(plan.clone().tls()),
            _ => tokio::spawn(plan.clone().h1()),
        })
        .collect();
    let mut errors = 0;
    for task in tasks {
        if let Err(error) = task.await? {
            errors += 1;
            eprintln!("{error}");
        }
    }
    let took = begun.elapsed().as_secs_f64();
    let (requests, received) =
        (plan.requests.load(Ordering::Relaxed), plan.received.load(Ordering::Relaxed));
    println!(
        "{mode} {proxy}: {:.0} requests/s, {:.1} MB/s, {errors} errors",
        requests as f64 / took,
        received as f64 / took / 1e6
    );
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.split_first() {
        Some((verb, [address, certificate])) if verb == "origin" => {
            origin(address, certificate).await
        }
        Some((verb, rest)) if verb == "run" => run(rest).await,
        _ => Err("load origin ADDRESS CERTIFICATE_OUT, or load run …".into()),
    }
}
