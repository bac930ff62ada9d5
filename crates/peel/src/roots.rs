//! Roots: the parts of an exchange that peeling starts from.

use std::borrow::Cow;

use bytes::Bytes;
use candor_case::{Body, Direction, Exchange, ExchangeKind, Header};

use crate::label::Label;
use crate::steps;

/// Where a tree starts.
pub(crate) struct Root {
    /// The codec that its layer is said to have been opened by.
    pub(crate) codec: &'static str,
    /// What the path prints.
    pub(crate) step: Cow<'static, str>,
    /// Its bytes.
    pub(crate) bytes: Bytes,
    /// What header fields say of them.
    pub(crate) label: Label,
}

/// The parts that the subject sent; of a received message, none.
pub(crate) fn sent(exchange: &Exchange) -> Vec<Root> {
    match &exchange.kind {
        ExchangeKind::Message { direction: Direction::Sent, payload, .. } => message(payload),
        ExchangeKind::Message { .. } => Vec::new(),
        ExchangeKind::Http => {
            let request = &exchange.request;
            let url = Bytes::copy_from_slice(request.url.as_bytes());
            let mut roots = vec![plain("request.url", "request.url".into(), url)];
            roots.extend(fields("request.header", &request.headers));
            roots.extend(body("request.body", &request.body, &request.headers));
            roots.extend(fields("request.trailer", &request.trailers));
            roots
        }
    }
}

/// The parts that the subject received; of a sent message, none.
pub(crate) fn received(exchange: &Exchange) -> Vec<Root> {
    match &exchange.kind {
        ExchangeKind::Message { direction: Direction::Received, payload, .. } => message(payload),
        ExchangeKind::Message { .. } => Vec::new(),
        ExchangeKind::Http => {
            let Some(response) = &exchange.response else { return Vec::new() };
            let mut roots = fields("response.header", &response.headers);
            roots.extend(body("response.body", &response.body, &response.headers));
            roots.extend(fields("response.trailer", &response.trailers));
            roots
        }
    }
}

/// Bytes of no exchange.
pub(crate) fn input(bytes: Bytes) -> Root {
    plain("input", "input".into(), bytes)
}

/// The steps of header fields: lower-cased name, with an index where it is not single.
pub(crate) fn header_steps(root: &str, headers: &[Header]) -> Vec<Cow<'static, str>> {
    let names: Vec<Cow<[u8]>> =
        headers.iter().map(|h| Cow::Owned(h.name.to_ascii_lowercase())).collect();
    steps::keyed(root, &names)
}

fn fields(root: &'static str, headers: &[Header]) -> Vec<Root> {
    let steps = header_steps(root, headers);
    headers.iter().zip(steps).map(|(h, step)| plain(root, step, h.value.clone())).collect()
}

fn body(root: &'static str, body: &Body, headers: &[Header]) -> Option<Root> {
    let label = Label::read(headers);
    let bytes = body.bytes.clone();
    (!bytes.is_empty()).then(|| Root { codec: root, step: root.into(), bytes, label })
}

fn message(payload: &Body) -> Vec<Root> {
    vec![plain("message", "message".into(), payload.bytes.clone())]
}

fn plain(codec: &'static str, step: Cow<'static, str>, bytes: Bytes) -> Root {
    Root { codec, step, bytes, label: Label::default() }
}
