//! TLS towards the client: its hello first, then the server it wants, then our answer.

use std::{io, sync::Arc};

use candor_case::{EventKind, GapReason, TlsSide};
use rustls::{AlertDescription, ProtocolVersion, pki_types::CertificateDer, server::Acceptor};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{
    LazyConfigAcceptor, StartHandshake, client::TlsStream as FarTls, server::TlsStream,
};

use crate::{
    conn::{Conn, Understood},
    dial::{DialError, Reached, refused_event, upstream_event},
    pages,
    route::{Route, Target},
    stream::Stream,
    talk::{Silent, talk},
};

/// How a TLS connection came, and where to.
pub(crate) struct Entry {
    pub(crate) how: &'static str,
    /// Where it was asked to go; `None` when only the server name tells.
    pub(crate) target: Option<Target>,
    /// The server, where it was reached already.
    pub(crate) reached: Option<Reached>,
}

/// What the client's hello says.
struct Hello {
    sni: Option<String>,
    alpn: Vec<Vec<u8>>,
}

/// The server, its TLS done.
struct Far {
    stream: FarTls<TcpStream>,
    address: std::net::SocketAddr,
}

/// Serves a client that begins with TLS.
pub(crate) async fn serve(conn: Arc<Conn>, client: Stream, entry: Entry) {
    let acceptor = LazyConfigAcceptor::new(Acceptor::default(), client);
    let asked = entry.target.as_ref().map(|t| t.host.clone()).unwrap_or_default();
    let patience = conn.session.limits.handshake;
    let start = match timeout(patience, acceptor).await {
        Ok(Ok(start)) => start,
        other => return before_hello(&conn, entry, &asked, other.ok().and_then(Result::err)),
    };
    let hello = hello(&start);
    let Some(target) = entry.target.or_else(|| Some(Target::new(hello.sni.as_deref()?, 443)))
    else {
        let detail = "TLS without a server name, so nobody knows where to";
        return conn.gap(GapReason::UnknownProtocol, "", None, detail);
    };
    let name = hello.sni.clone().unwrap_or_else(|| target.host.clone());
    let understood = Understood {
        how: entry.how,
        target: target.to_string(),
        sni: hello.sni.clone(),
        alpn_offered: hello.alpn.iter().map(|p| text(p)).collect(),
        ..Understood::default()
    };
    let answers = conn.session.answers(&name) || conn.session.answers(&target.host);
    let far = match answers {
        true => None,
        false => match reach(&conn, &target, entry.reached, &name, &hello.alpn).await {
            Some(far) => Some(far),
            None => return conn.announce(understood),
        },
    };
    let alpn = match &far {
        Some(far) => far.stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec),
        None => ours(&hello.alpn),
    };
    shake(conn, start, Agreed { name, target, understood, alpn }, far).await;
}

/// What is settled before our side of the handshake.
struct Agreed {
    /// The name that the certificate is for.
    name: String,
    target: Target,
    understood: Understood,
    alpn: Option<Vec<u8>>,
}

/// Does our side of the handshake, and goes on inside.
async fn shake(conn: Arc<Conn>, start: StartHandshake<Stream>, agreed: Agreed, far: Option<Far>) {
    let Agreed { name, target, mut understood, alpn } = agreed;
    let session = &conn.session;
    let config = session.authority.server_config(&name, alpn.as_deref(), session.now());
    let config = match config {
        Ok(config) => config,
        Err(error) => {
            conn.announce(understood);
            return conn.gap(GapReason::Damaged, &name, None, error);
        }
    };
    let done = timeout(session.limits.handshake, start.into_stream(config)).await;
    let version = match &done {
        Ok(Ok(stream)) => stream.get_ref().1.protocol_version(),
        _ => None,
    };
    understood.tls = version.map(|v| format!("{v:?}").replace('_', "."));
    understood.alpn = version.and(alpn.as_deref()).map(text);
    conn.announce(understood);
    if let Some(far) = &far {
        let tls = far.stream.get_ref().1;
        let chain = tls.peer_certificates().unwrap_or_default();
        conn.event(upstream_event(conn.id(), far.address, Some(tls), chain));
    }
    let stream: TlsStream<Stream> = match done {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return turned_down(&conn, &name, Some(error)),
        Err(_) => return turned_down(&conn, &name, None),
    };
    let tls = match version {
        Some(ProtocolVersion::TLSv1_2) => "tls/1.2",
        _ => "tls/1.3",
    };
    let route = Route { scheme: "https", target: Target::new(&name, target.port), tls: Some(tls) };
    let far = far.map(|far| Stream::new(far.stream));
    let h2 = alpn.as_deref() == Some(b"h2");
    // In TLS 1.3 the client's alert can come after our handshake is done: the first read tells.
    if let Silent::Yes(error) = talk(Arc::clone(&conn), route, Stream::new(stream), far, h2).await {
        turned_down(&conn, &name, error);
    }
}

/// Reaches the server and does the handshake with it, offering what the client offered. On failure
/// the events say why; the client is told nothing that its server did not say.
async fn reach(
    conn: &Conn,
    target: &Target,
    reached: Option<Reached>,
    name: &str,
    offered: &[Vec<u8>],
) -> Option<Far> {
    let dialer = &conn.session.dialer;
    let reached = match reached {
        Some(reached) => Ok(reached),
        None => dialer.tcp(target).await,
    };
    let failed = |error: DialError| conn.gap(GapReason::UpstreamFailed, name, None, error);
    let Reached { tcp, address } = reached.map_err(failed).ok()?;
    match dialer.tls(tcp, name, offers(offered)).await {
        Ok(stream) => Some(Far { stream, address }),
        Err(DialError::Certificate(refused)) => {
            let chain: &[CertificateDer<'_>] = &refused.chain;
            conn.event(upstream_event(conn.id(), address, None, chain));
            conn.event(refused_event(conn.id(), name, &refused));
            None
        }
        Err(error) => {
            failed(error);
            None
        }
    }
}

/// What is offered to the server: what the client offered and candor can read, or all of it when
/// candor can read none.
fn offers(offered: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let known = |p: &&Vec<u8>| [&b"h2"[..], b"http/1.1", b"http/1.0"].contains(&p.as_slice());
    let readable: Vec<_> = offered.iter().filter(known).cloned().collect();
    if readable.is_empty() { offered.to_vec() } else { readable }
}

/// What candor itself chooses.
fn ours(offered: &[Vec<u8>]) -> Option<Vec<u8>> {
    let preferred = [&b"h2"[..], b"http/1.1", b"http/1.0"];
    let chosen = preferred.into_iter().find(|p| offered.iter().any(|o| o == p))?;
    Some(chosen.to_vec())
}

fn hello(start: &StartHandshake<Stream>) -> Hello {
    let hello = start.client_hello();
    Hello {
        sni: hello.server_name().map(|name| name.trim_end_matches('.').to_ascii_lowercase()),
        alpn: hello.alpn().into_iter().flatten().map(<[u8]>::to_vec).collect(),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A handshake that did not get as far as the client's hello.
fn before_hello(conn: &Conn, entry: Entry, host: &str, error: Option<io::Error>) {
    conn.announce(Understood {
        how: entry.how,
        target: entry.target.map(|t| t.to_string()).unwrap_or_default(),
        ..Understood::default()
    });
    turned_down(conn, host, error);
}

/// Says how a client turned a handshake down: by an alert that means distrust, by one that means
/// something else, or without a word (`None`, or an end of the stream).
fn turned_down(conn: &Conn, host: &str, error: Option<io::Error>) {
    // The guide knocks at our own host until it is trusted: that is no traffic of the subject.
    if conn.session.door.is_some() && host == pages::HOST {
        return;
    }
    let id = conn.id();
    let rustls = error.as_ref().and_then(|e| e.get_ref()?.downcast_ref::<rustls::Error>());
    match rustls {
        Some(rustls::Error::AlertReceived(alert)) if distrusts(*alert) => {
            conn.event(EventKind::TlsRefused {
                id,
                side: TlsSide::Client,
                host: host.to_owned(),
                why: format!("{alert:?}"),
            });
        }
        Some(error) => conn.gap(GapReason::Damaged, host, None, format!("TLS failed: {error}")),
        None => conn.event(EventKind::TlsAbandoned { id, host: host.to_owned() }),
    }
}

/// The alerts that mean that the client does not trust our certificate.
fn distrusts(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateRevoked
            | AlertDescription::AccessDenied
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_mirrored() {
        let list = |names: &[&str]| names.iter().map(|n| n.as_bytes().to_vec()).collect::<Vec<_>>();
        assert_eq!(offers(&list(&["h3", "h2", "http/1.1"])), list(&["h2", "http/1.1"]));
        assert_eq!(offers(&list(&["mqtt"])), list(&["mqtt"]));
        assert_eq!(ours(&list(&["http/1.1", "h2"])), Some(b"h2".to_vec()));
        assert_eq!(ours(&list(&["mqtt"])), None);
        assert!(distrusts(AlertDescription::UnknownCA));
        assert!(!distrusts(AlertDescription::HandshakeFailure));
        assert!(!distrusts(AlertDescription::CloseNotify));
    }
}
