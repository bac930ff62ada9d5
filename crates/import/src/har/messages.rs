//! Messages of a WebSocket, as Chrome, mitmproxy and HTTP Toolkit write them: text as it is,
//! binary ones in base64.

use candor_case::{Body, Direction, Exchange, ExchangeKind, Missing, Opcode, Provenance, Request};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Context, Raw, body, json};
use crate::date;

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default, rename = "type")]
    direction: Raw<'a>,
    #[serde(borrow, default)]
    time: Raw<'a>,
    #[serde(borrow, default)]
    opcode: Raw<'a>,
    #[serde(borrow, default)]
    data: Raw<'a>,
}

/// Where a message stands: in which entry, at which place of its list, and how many messages of
/// the conversation came before.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) entry: u64,
    pub(crate) at: u64,
    pub(crate) number: u64,
}

/// Reads a message; `None` for pings, closes and what is no message.
pub(crate) fn read(
    raw: &RawValue,
    place: Place,
    parent: &Exchange,
    context: &Context,
) -> Option<Exchange> {
    let message: Message = json::object(Some(raw))?;
    let direction = match json::string(message.direction)?.as_str() {
        "send" | "sent" | "request" => Direction::Sent,
        "receive" | "received" | "response" => Direction::Received,
        _ => return None,
    };
    let opcode = match json::number(message.opcode) {
        None => Opcode::Text,
        Some(1.0) => Opcode::Text,
        Some(2.0) => Opcode::Binary,
        Some(_) => return None,
    };
    let (parent_id, index) = (parent.id.clone(), place.number);
    let payload = payload(&message, opcode, context);
    Some(Exchange {
        id: context.names.at(&format!("{}/{}", place.entry, place.at)),
        started: json::number(message.time).and_then(date::from_seconds).unwrap_or(parent.started),
        kind: ExchangeKind::Message { direction, opcode, parent: parent_id, index, payload },
        request: opened_by(&parent.request),
        response: None,
        ..parent.clone()
    })
}

fn opened_by(request: &Request) -> Request {
    Request { body: Body::empty(request.body.provenance), trailers: vec![], ..request.clone() }
}

fn payload(message: &Message, opcode: Opcode, context: &Context) -> Body {
    let text = json::text(message.data).unwrap_or_default();
    let provenance = Provenance::BrowserDecoded;
    match opcode {
        Opcode::Text => Body::whole(context.slice(&text), provenance),
        Opcode::Binary => match body::base64(&text) {
            Some(bytes) => Body::whole(bytes, provenance),
            None => Body { bytes: context.slice(&text), provenance, missing: Some(Missing::Lossy) },
        },
    }
}
