//! The port's own side: which of its languages a client speaks, and where it wants to go.

use std::sync::Arc;

use candor_case::GapReason;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};

use crate::{
    conn::{Conn, Understood},
    dial::{DialError, Reached, upstream_event},
    h1::{Far, Place, Serving, head},
    pages::REFUSED,
    route::{Route, Target},
    sniff::{Sniffed, sniff},
    socks::{self, Asked, Step},
    stream::Stream,
    talk::talk,
    tls::{self, Entry},
};

/// Serves one client connection to its end.
pub(crate) async fn handle(conn: Arc<Conn>, tcp: TcpStream) {
    let mut client = Stream::new(tcp);
    // Whoever may not use the proxy is not to hold a place for long.
    let limits = &conn.session.limits;
    let admitted = conn.admitted();
    let patience = if admitted { limits.idle } else { limits.handshake };
    let first = timeout(patience, first(&mut client)).await;
    match first.unwrap_or(Sniffed::Open) {
        Sniffed::Open if client.seen().is_empty() => {}
        // Unless it may use the proxy, a client is answered as a visitor at most.
        Sniffed::Http1 if !client.seen().starts_with(b"CONNECT ") => {
            let visit = Serving::new(conn, Place::Proxy, client, Far::Named(None)).run();
            match admitted {
                true => visit.await,
                false => drop(timeout(patience, visit).await),
            }
        }
        known if !admitted => refuse(&conn, client, known).await,
        Sniffed::Tls => {
            tls::serve(conn, client, Entry { how: "tls", target: None, reached: None }).await;
        }
        Sniffed::Socks5 => socks5(conn, client).await,
        Sniffed::Http1 => connect(conn, client).await,
        Sniffed::Open | Sniffed::Http2 | Sniffed::Unknown => {
            let bytes = client.seen().len() as u64;
            let detail = "neither HTTP/1, SOCKS5 nor TLS at the proxy's port";
            conn.gap(GapReason::UnknownProtocol, "", Some(bytes), detail);
        }
    }
}

/// Sends away a client that may not use the proxy, in its own language where it has words for that.
async fn refuse(conn: &Conn, mut client: Stream, spoken: Sniffed) {
    conn.refused();
    match spoken {
        Sniffed::Http1 => {
            let limits = &conn.session.limits;
            let _ = timeout(limits.handshake, request_head(&mut client, limits.head_bytes)).await;
            let answer = format!(
                "HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain; charset=utf-8\r\n\
                 content-length: {}\r\nconnection: close\r\n\r\n{REFUSED}",
                REFUSED.len()
            );
            let _ = client.write_all(answer.as_bytes()).await;
        }
        // RFC 1928, section 3: no method is acceptable.
        Sniffed::Socks5 => drop(say(&mut client, &socks::method(false)).await),
        _ => {}
    }
    let _ = client.shutdown().await;
}

/// Looks until it can tell, or the client has ended.
async fn first(client: &mut Stream) -> Sniffed {
    loop {
        match sniff(client.seen()) {
            Sniffed::Open => {}
            known => return known,
        }
        if !matches!(client.more().await, Ok(1..)) {
            return Sniffed::Open;
        }
    }
}

async fn connect(conn: Arc<Conn>, mut client: Stream) {
    let limit = conn.session.limits.head_bytes;
    let reading = timeout(conn.session.limits.handshake, request_head(&mut client, limit));
    let head = reading.await.ok().flatten().and_then(|raw| head::request(raw).ok());
    let target = head.and_then(|h| Target::parse(&String::from_utf8_lossy(&h.target), 443));
    let Some(target) = target else {
        let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await;
        return conn.gap(GapReason::Damaged, "", None, "a CONNECT that names no host");
    };
    match reach(&conn, &target).await {
        Ok(reached) => {
            const GRANTED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";
            if say(&mut client, GRANTED).await {
                inside(conn, client, "connect", target, reached).await;
            }
        }
        Err(error) => {
            unreached(&conn, "connect", &target, &error);
            let text = format!("candor: cannot reach {}: {error}\n", target.host);
            let answer = format!(
                "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/plain; charset=utf-8\r\n\
                 content-length: {}\r\nconnection: close\r\n\r\n{text}",
                text.len()
            );
            let _ = client.write_all(answer.as_bytes()).await;
            let _ = client.shutdown().await;
        }
    }
}

async fn request_head(client: &mut Stream, limit: usize) -> Option<bytes::Bytes> {
    loop {
        if let Some(end) = head::end(client.seen(), 0) {
            return Some(client.take(end));
        }
        if client.seen().len() > limit || !matches!(client.more().await, Ok(1..)) {
            return None;
        }
    }
}

async fn socks5(conn: Arc<Conn>, mut client: Stream) {
    let asked = timeout(conn.session.limits.handshake, socks_request(&mut client)).await;
    let target = match asked.ok().flatten() {
        Some(Asked::Connect(target)) => target,
        Some(Asked::Refused(code)) => {
            let _ = say(&mut client, &socks::reply(code)).await;
            let detail = "a SOCKS request other than CONNECT, or one that names no host";
            return conn.gap(GapReason::UnknownProtocol, "", None, detail);
        }
        None => {
            let detail = "a SOCKS handshake that came to nothing";
            return conn.gap(GapReason::UnknownProtocol, "", None, detail);
        }
    };
    match reach(&conn, &target).await {
        Ok(reached) => {
            if say(&mut client, &socks::reply(socks::GRANTED)).await {
                inside(conn, client, "socks5", target, reached).await;
            }
        }
        Err(error) => {
            unreached(&conn, "socks5", &target, &error);
            let _ = say(&mut client, &socks::reply(socks::UNREACHABLE)).await;
        }
    }
}

/// Greets and reads what is asked for; `None` when the client went or wants authentication.
async fn socks_request(client: &mut Stream) -> Option<Asked> {
    let suits = step(client, socks::greeting).await?;
    if !say(client, &socks::method(suits)).await || !suits {
        return None;
    }
    step(client, socks::request).await
}

async fn step<T>(client: &mut Stream, read: impl Fn(&[u8]) -> Step<T>) -> Option<T> {
    loop {
        if let Step::Done(used, outcome) = read(client.seen()) {
            client.take(used);
            return Some(outcome);
        }
        if !matches!(client.more().await, Ok(1..)) {
            return None;
        }
    }
}

async fn say(client: &mut Stream, bytes: &[u8]) -> bool {
    client.write_all(bytes).await.is_ok() && client.flush().await.is_ok()
}

/// The server, before the client is told that it was reached; `None` where candor answers.
async fn reach(conn: &Conn, target: &Target) -> Result<Option<Reached>, DialError> {
    match conn.session.answers(&target.host) {
        true => Ok(None),
        false => conn.session.dialer.tcp(target).await.map(Some),
    }
}

fn unreached(conn: &Conn, how: &'static str, target: &Target, error: &DialError) {
    conn.announce(Understood { how, target: target.to_string(), ..Understood::default() });
    conn.gap(GapReason::UpstreamFailed, &target.host, None, error);
}

/// Goes on inside a tunnel: TLS, or whatever is not.
async fn inside(
    conn: Arc<Conn>,
    mut client: Stream,
    how: &'static str,
    target: Target,
    reached: Option<Reached>,
) {
    if await_tls(&conn, &mut client, reached.as_ref()).await {
        let entry = Entry { how, target: Some(target), reached };
        return tls::serve(conn, client, entry).await;
    }
    conn.announce(Understood { how, target: target.to_string(), ..Understood::default() });
    let far = reached.map(|Reached { tcp, address }| {
        conn.event(upstream_event(conn.id(), address, None, &[]));
        Stream::new(tcp)
    });
    let route = Route { scheme: "http", target, tls: None };
    talk(conn, route, client, far, false).await;
}

/// Whether the client begins with TLS. The server may speak first, or close.
async fn await_tls(conn: &Conn, client: &mut Stream, reached: Option<&Reached>) -> bool {
    let waiting = async {
        loop {
            match sniff(client.seen()) {
                Sniffed::Tls => return true,
                Sniffed::Open => {}
                _ => return false,
            }
            let server = async {
                match reached {
                    Some(reached) => drop(reached.tcp.peek(&mut [0]).await),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                read = client.more() => if !matches!(read, Ok(1..)) { return false },
                () = server => return false,
            }
        }
    };
    timeout(conn.session.limits.idle, waiting).await.unwrap_or(false)
}
