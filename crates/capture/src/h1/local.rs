//! Answers a request without a server.

use bytes::{Buf, Bytes};
use candor_case::Response;
use hyper::StatusCode;
use tokio::io::AsyncWriteExt;

use super::{
    body::{Decoder, slices},
    head::Framing,
    serve::{After, Serving, Turn, opened},
};
use crate::{
    Side,
    answer::{self, Gathered},
    lab::{LabAnswer, LabRequest},
    route::{is_lab, printable},
    stream::Outflow,
    ws,
};

impl Serving {
    /// Reads the request to its end and answers it as the lab or the sinkhole does.
    pub(super) async fn answer(&mut self, turn: Turn) -> After {
        let Some(body) = self.read(&turn).await else { return After::Close };
        let host = &turn.asked.site.host;
        let request = LabRequest {
            method: printable(&turn.head.method),
            url: turn.asked.url.clone(),
            headers: turn.head.headers.clone(),
            body,
        };
        let upgrade = request.method == "GET" && ws::is_upgrade(&request.headers);
        let mut answer = match upgrade && !is_lab(host) {
            true => LabAnswer { status: 101, ..LabAnswer::default() },
            false => answer::answer(&self.conn, host, &request, turn.is_trusted()).await,
        };
        match (answer.status, upgrade) {
            (101, true) => answer.headers.extend(ws::accept(&request.headers)),
            (101, false) => answer.status = 500,
            _ => {}
        }
        self.give(turn, &answer).await
    }

    /// Records an answer and sends it.
    async fn give(&mut self, turn: Turn, answer: &LabAnswer) -> After {
        let head = answer::head(answer);
        let method = printable(&turn.head.method);
        turn.recorder().response(head.clone());
        turn.recorder().chunk(Side::Response, &answer::body(answer, &method));
        let keeps = turn.head.keeps();
        let sent = write(&mut self.back, answer, &method, keeps).await.is_ok();
        turn.recorder().end(Side::Response, Vec::new(), sent);
        match (sent, answer.status) {
            (true, 101) => {
                let opened = opened(&self.conn, &turn);
                After::Swallow(Box::new(ws::Conversation::new(opened, &head.headers)))
            }
            (true, _) if keeps => After::Again,
            _ => After::Close,
        }
    }

    /// Reads the request to its end and says why no server answers it. The exchange stays without
    /// response, since none was received.
    pub(super) async fn fail(&mut self, turn: &Turn, answer: &LabAnswer) -> After {
        if self.read(turn).await.is_some() {
            let method = printable(&turn.head.method);
            let _ = write(&mut self.back, answer, &method, false).await;
        }
        After::Close
    }

    /// Reads a request's body to its end; hands out what the lab is shown of it. `None` when the
    /// client went before the end.
    async fn read(&mut self, turn: &Turn) -> Option<Bytes> {
        let mut gathered = Gathered::new(&turn.asked.site.host);
        if turn.framing == Framing::None {
            return Some(gathered.take());
        }
        if turn.head.waits() && self.client.seen().is_empty() {
            self.back.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok()?;
            self.back.flush().await.ok()?;
        }
        let limits = &self.conn.session.limits;
        let mut decoder = Decoder::new(turn.framing, limits.head_bytes);
        let mut ranges = Vec::new();
        loop {
            let fed = decoder.feed(self.client.seen(), &mut ranges).ok()?;
            let raw = self.client.take(fed.used);
            for payload in slices(&raw, &mut ranges) {
                turn.recorder().chunk(Side::Request, &payload);
                gathered.push(&payload);
            }
            if fed.ended {
                turn.recorder().end(Side::Request, decoder.trailers(), true);
                return Some(gathered.take());
            }
            let more = tokio::time::timeout(limits.idle, self.client.more()).await;
            if !matches!(more, Ok(Ok(1..))) {
                return None;
            }
        }
    }
}

/// Sends an answer.
pub(super) async fn write(
    back: &mut Outflow,
    answer: &LabAnswer,
    method: &str,
    keeps: bool,
) -> std::io::Result<()> {
    let head = Bytes::from(written(&answer::head(answer), keeps));
    let mut bytes = head.chain(answer::body(answer, method));
    back.write_all_buf(&mut bytes).await?;
    back.flush().await
}

fn written(head: &Response, keeps: bool) -> Vec<u8> {
    let reason = StatusCode::from_u16(head.status).ok().and_then(|s| s.canonical_reason());
    let mut text = Vec::with_capacity(256);
    text.extend_from_slice(b"HTTP/1.1 ");
    text.extend_from_slice(head.status.to_string().as_bytes());
    text.extend_from_slice(b" ");
    text.extend_from_slice(reason.unwrap_or("Unknown").as_bytes());
    text.extend_from_slice(b"\r\n");
    for header in &head.headers {
        text.extend_from_slice(&header.name);
        text.extend_from_slice(b": ");
        text.extend_from_slice(&header.value);
        text.extend_from_slice(b"\r\n");
    }
    if !keeps && head.status != 101 {
        text.extend_from_slice(b"connection: close\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text
}
