//! Forwards a request to its server and passes the answer back.

use std::{future::Future, pin::Pin, sync::Arc, task::Poll, time::Duration};

use bytes::Bytes;
use candor_case::{Body, GapReason, Provenance, Response};
use tokio::{io::AsyncWriteExt, time::timeout};

use super::{
    body::Decoder,
    head::{self, Framing, RequestHead, ResponseHead},
    pass::pass,
    serve::{After, Far, Serving, Turn, opened},
};
use crate::{
    Side,
    conn::Conn,
    dial::{DialError, upstream_event},
    pages,
    record::Recorder,
    route::Target,
    stream::{Inflow, Outflow, Stream},
    tunnel::{Link, Unread},
    ws,
};

/// Bytes of further requests that are taken from a client whose answer is still awaited.
const AHEAD: usize = 64 << 10;

impl Serving {
    /// Forwards a request; a server that closed an idle connection just then is asked once more.
    pub(super) async fn forward(&mut self, turn: Turn) -> After {
        let reused = match self.reach(&turn.asked.site).await {
            Ok(reused) => reused,
            Err(error) => return self.unreached(&turn, error).await,
        };
        let mut received = self.relay(&turn).await;
        if matches!(received, Received::Nothing) && reused && turn.framing == Framing::None {
            self.far = Far::Named(None);
            if let Err(error) = self.reach(&turn.asked.site).await {
                return self.unreached(&turn, error).await;
            }
            received = self.relay(&turn).await;
        }
        self.after(turn, received)
    }

    /// Sees to it that there is a connection to the server; whether it was used before.
    async fn reach(&mut self, site: &Target) -> Result<bool, DialError> {
        let Far::Named(named) = &mut self.far else { return Ok(false) };
        if named.as_ref().is_some_and(|(target, _)| target == site) {
            return Ok(true);
        }
        *named = None;
        let reached = self.conn.session.dialer.tcp(site).await?;
        self.conn.event(upstream_event(self.conn.id(), reached.address, None, &[]));
        let (inflow, outflow) = Stream::new(reached.tcp).split();
        *named = Some((site.clone(), Link { inflow, outflow }));
        Ok(false)
    }

    async fn unreached(&mut self, turn: &Turn, error: DialError) -> After {
        let host = &turn.asked.site.host;
        self.conn.gap(GapReason::UpstreamFailed, host, None, &error);
        self.fail(turn, &pages::failed(502, format!("cannot reach {host}: {error}"))).await
    }

    /// Request there, response back, both at once.
    async fn relay(&mut self, turn: &Turn) -> Received {
        let (Far::Server(link) | Far::Named(Some((_, link)))) = &mut self.far else {
            return Received::Nothing;
        };
        let limits = &self.conn.session.limits;
        let bytes = forwarded(&turn.head, turn.asked.path.as_deref());
        let decoder = Decoder::new(turn.framing, limits.head_bytes);
        let recorder = turn.recorder();
        let client = &mut self.client;
        let sending = std::pin::pin!(async {
            let to = (recorder, Side::Request);
            let passed = pass(client, &mut link.outflow, bytes, decoder, to, limits.drain).await;
            match (passed.whole, passed.delivered) {
                (true, _) => gone(client).await,
                (false, true) => Sent::Cut,
                (false, false) => Sent::Undelivered,
            }
        });
        let answer = Answering { method: &turn.head.method, recorder, limit: limits.head_bytes };
        let receiving =
            std::pin::pin!(answer.receive(&mut link.inflow, &mut self.back, limits.drain));
        both(sending, receiving, recorder, (limits.drain, limits.idle)).await
    }

    fn after(&mut self, turn: Turn, received: Received) -> After {
        let whole = turn.recorder().ended(Side::Request);
        match received {
            Received::Whole { keeps } if keeps && whole && turn.head.keeps() => After::Again,
            Received::Whole { .. } | Received::Cut | Received::Nothing => After::Close,
            Received::Upgraded(response) => self.upgraded(&turn, &response),
            Received::Odd => {
                let what = "the server's answer is not HTTP";
                After::Splice(Box::new(self.unread(&turn, what)))
            }
        }
    }

    fn upgraded(&self, turn: &Turn, response: &ResponseHead) -> After {
        if response.status == 101 && ws::is_upgraded(&response.headers) {
            let opened = opened(&self.conn, turn);
            return After::Splice(Box::new(ws::Conversation::new(opened, &response.headers)));
        }
        let protocol = head::tokens(&response.headers, "upgrade").next().unwrap_or_default();
        After::Splice(Box::new(self.unread(turn, &format!("upgraded to `{protocol}`"))))
    }

    fn unread(&self, turn: &Turn, what: &str) -> Unread {
        let conn: Arc<Conn> = Arc::clone(&self.conn);
        Unread::new(conn, &turn.asked.site.host, what)
    }
}

/// How sending ended before the response did.
enum Sent {
    /// The client went in the middle of its request.
    Cut,
    /// The server took no more of the request, and the client did not come to its end.
    Undelivered,
    /// The client will send nothing more; it may still wait for the response.
    Ended,
    /// The client is gone.
    Gone,
}

/// How receiving ended.
enum Received {
    /// The response is complete, and passed on unless the client was gone.
    Whole { keeps: bool },
    /// It was cut off.
    Cut,
    /// The server closed without a word.
    Nothing,
    /// From here on both sides speak something else.
    Upgraded(ResponseHead),
    /// What the server says is not HTTP.
    Odd,
}

/// Drives both directions until the response is there.
async fn both(
    mut sending: Pin<&mut impl Future<Output = Sent>>,
    mut receiving: Pin<&mut impl Future<Output = Received>>,
    recorder: &Recorder,
    (drain, idle): (Duration, Duration),
) -> Received {
    let received = tokio::select! {
        biased;
        received = &mut receiving => received,
        sent = &mut sending => return match sent {
            // Dropping the server's connection tells it what the client's told us.
            Sent::Cut => Received::Cut,
            Sent::Undelivered | Sent::Gone => {
                timeout(drain, receiving).await.unwrap_or(Received::Cut)
            }
            Sent::Ended => timeout(idle, receiving).await.unwrap_or(Received::Cut),
        },
    };
    // An answer may come before the request's end; what is still coming belongs to it.
    let rest = std::future::poll_fn(|cx| match sending.as_mut().poll(cx) {
        _ if recorder.ended(Side::Request) => Poll::Ready(()),
        polled => polled.map(|_| ()),
    });
    if !recorder.ended(Side::Request) && timeout(drain, rest).await.is_err() {
        recorder.end(Side::Request, Vec::new(), false);
        return Received::Cut;
    }
    received
}

/// Waits until the client has ended its side.
async fn gone(client: &mut Inflow) -> Sent {
    while client.seen().len() < AHEAD {
        match client.more().await {
            Ok(0) => return Sent::Ended,
            Ok(_) => {}
            Err(_) => return Sent::Gone,
        }
    }
    std::future::pending().await
}

/// Awaits the answer to one request.
struct Answering<'a> {
    method: &'a [u8],
    recorder: &'a Recorder,
    limit: usize,
}

impl Answering<'_> {
    async fn receive(&self, far: &mut Inflow, back: &mut Outflow, drain: Duration) -> Received {
        let head = loop {
            let head = match self.head(far).await {
                Heard::Head(head) => head,
                Heard::Nothing => return Received::Nothing,
                Heard::Odd => return Received::Odd,
            };
            if head.status >= 200 || head.status == 101 {
                break head;
            }
            // An interim answer, which a client gone cannot take; the final one will tell.
            let _ = back.write_all(&head.raw).await;
            let _ = back.flush().await;
        };
        self.recorder.response(recorded(&head));
        let switched = self.method == b"CONNECT" && head.status < 300 || head.status == 101;
        if switched {
            self.recorder.end(Side::Response, Vec::new(), true);
            let written = back.write_all(&head.raw).await;
            return match written.is_ok() && back.flush().await.is_ok() {
                true => Received::Upgraded(head),
                false => Received::Cut,
            };
        }
        let Ok(framing) = head.framing(self.method) else { return Received::Cut };
        let keeps = head.keeps() && framing != Framing::UntilClose;
        let decoder = Decoder::new(framing, self.limit);
        let to = (self.recorder, Side::Response);
        let passed = pass(far, back, head.raw, decoder, to, drain).await;
        match passed.whole {
            true => Received::Whole { keeps: keeps && passed.delivered },
            false => Received::Cut,
        }
    }

    async fn head(&self, far: &mut Inflow) -> Heard {
        let mut looked = 0;
        loop {
            if let Some(end) = head::end(far.seen(), looked) {
                // A copy, so that bytes that are no head can still be passed on.
                let raw = far.seen().get(..end).unwrap_or_default();
                return match head::response(Bytes::copy_from_slice(raw)) {
                    Ok(head) => {
                        far.take(end);
                        Heard::Head(head)
                    }
                    Err(_) => Heard::Odd,
                };
            }
            looked = far.seen().len();
            if looked > self.limit || odd(far.seen()) {
                return Heard::Odd;
            }
            if !matches!(far.more().await, Ok(1..)) {
                return if looked == 0 { Heard::Nothing } else { Heard::Odd };
            }
        }
    }
}

/// What came from the server.
enum Heard {
    Head(ResponseHead),
    Nothing,
    Odd,
}

/// Whether bytes cannot become a status line any more.
fn odd(bytes: &[u8]) -> bool {
    const BEGINS: &[u8] = b"HTTP/1.";
    !bytes.iter().zip(BEGINS).all(|(a, b)| a == b)
}

fn recorded(head: &ResponseHead) -> Response {
    Response {
        status: head.status,
        headers: head.headers.clone(),
        body: Body::empty(Provenance::Proxied),
        trailers: Vec::new(),
    }
}

/// The head as the server gets it: as sent, but for what is addressed to a proxy (only where the
/// client takes this for one, `path` being what to ask the server for) and the offer to go on in
/// HTTP/2, which would take the connection out of sight.
fn forwarded(head: &RequestHead, path: Option<&[u8]>) -> Bytes {
    let h2c = head::tokens(&head.headers, "upgrade").any(|t| t == "h2c");
    if path.is_none() && !h2c {
        return head.raw.clone();
    }
    let dropped = |name: &[u8]| {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        path.is_some() && (is("proxy-connection") || is("proxy-authorization"))
            || h2c && (is("upgrade") || is("http2-settings"))
    };
    let mut bytes = Vec::with_capacity(head.raw.len());
    for (i, line) in head.raw.split_inclusive(|b| *b == b'\n').enumerate() {
        let name = line.split(|b| *b == b':').next().unwrap_or_default();
        match (i, path) {
            (0, Some(path)) => {
                let version =
                    if head.minor == 0 { &b" HTTP/1.0\r\n"[..] } else { b" HTTP/1.1\r\n" };
                bytes.extend([&head.method[..], b" ", path, version].concat());
            }
            (1.., _) if dropped(name) => {}
            _ => bytes.extend_from_slice(line),
        }
    }
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_proxys_is_left_out() {
        let sent = "GET http://a.test/x?y HTTP/1.1\r\nhOst: a.test\r\nPROXY-Connection: keep-alive\r\n\
                    B: 1\r\nProxy-Authorization: x\r\na: 2\r\nB: 3\r\n\r\n";
        let head = head::request(Bytes::from(sent)).expect("well formed");
        assert_eq!(
            forwarded(&head, Some(b"/x?y")),
            "GET /x?y HTTP/1.1\r\nhOst: a.test\r\nB: 1\r\na: 2\r\nB: 3\r\n\r\n"
        );
        assert_eq!(forwarded(&head, None), sent);
        let sent = "GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
                    HTTP2-Settings: x\r\n\r\n";
        let head = head::request(Bytes::from(sent)).expect("well formed");
        let kept = "GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n";
        assert_eq!(forwarded(&head, None), kept);
    }
}
