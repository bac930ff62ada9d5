//! Roots: the parts of an exchange that peeling starts from.

use std::borrow::Cow;

use bytes::Bytes;
use candor_case::{Body, Direction, Exchange, ExchangeKind, Header, Step};

use crate::label::{Field, Label};
use crate::steps;

/// Where a tree starts.
pub(crate) struct Root {
    /// The codec that its layer is said to have been opened by.
    pub(crate) codec: &'static str,
    /// What the path prints.
    pub(crate) step: Step,
    /// Its bytes.
    pub(crate) bytes: Bytes,
    /// What header fields say of them.
    pub(crate) label: Label,
}

/// The parts that the subject sent; of a received message, none. Steps are written to `text`.
pub(crate) fn sent(exchange: &Exchange, text: &mut String) -> Vec<Root> {
    match &exchange.kind {
        ExchangeKind::Message { direction: Direction::Sent, payload, .. } => {
            vec![plain(text, "message", payload.bytes.clone())]
        }
        ExchangeKind::Message { .. } => Vec::new(),
        ExchangeKind::Http => {
            let request = &exchange.request;
            let url = Bytes::copy_from_slice(request.url.as_bytes());
            let mut roots = vec![plain(text, "request.url", url)];
            roots.extend(fields(text, "request.header", &request.headers));
            roots.extend(body(text, "request.body", &request.body, &request.headers));
            roots.extend(fields(text, "request.trailer", &request.trailers));
            roots
        }
    }
}

/// The parts that the subject received; of a sent message, none.
pub(crate) fn received(exchange: &Exchange, text: &mut String) -> Vec<Root> {
    match &exchange.kind {
        ExchangeKind::Message { direction: Direction::Received, payload, .. } => {
            vec![plain(text, "message", payload.bytes.clone())]
        }
        ExchangeKind::Message { .. } => Vec::new(),
        ExchangeKind::Http => {
            let Some(response) = &exchange.response else { return Vec::new() };
            let mut roots = fields(text, "response.header", &response.headers);
            roots.extend(body(text, "response.body", &response.body, &response.headers));
            roots.extend(fields(text, "response.trailer", &response.trailers));
            roots
        }
    }
}

/// Bytes of no exchange.
pub(crate) fn input(bytes: Bytes, text: &mut String) -> Root {
    plain(text, "input", bytes)
}

/// Header fields: lower-cased name, with an index where it is not single.
fn fields(text: &mut String, root: &'static str, headers: &[Header]) -> Vec<Root> {
    let names: Vec<Cow<[u8]>> =
        headers.iter().map(|h| Cow::Owned(h.name.to_ascii_lowercase())).collect();
    let steps = steps::keyed(text, root, &names);
    let root = |((header, step), name): ((&Header, Step), &Cow<[u8]>)| Root {
        codec: root,
        step,
        bytes: header.value.clone(),
        label: Label { field: Field::named(root, name), ..Label::default() },
    };
    headers.iter().zip(steps).zip(&names).map(root).collect()
}

fn body(text: &mut String, root: &'static str, body: &Body, headers: &[Header]) -> Option<Root> {
    let label = Label::read(headers);
    // With a count of its own, so that threads that share a mapped file do not wait for each other.
    let bytes = Bytes::from_owner(body.bytes.clone());
    (!bytes.is_empty()).then(|| Root { label, ..plain(text, root, bytes) })
}

fn plain(text: &mut String, codec: &'static str, bytes: Bytes) -> Root {
    let start = text.len();
    text.push_str(codec);
    Root { codec, step: Step::between(start, text.len()), bytes, label: Label::default() }
}
