//! One entry of a HAR to one exchange and its messages.

use candor_case::{
    ConnectionId, Exchange, ExchangeKind, GapReason, Header, Importer, Origin, UnixMicros,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Context, Raw, json, messages, request, response, split};
use crate::{Out, date, gap};

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default, rename = "startedDateTime")]
    started: Raw<'a>,
    #[serde(borrow, default)]
    request: Raw<'a>,
    #[serde(borrow, default)]
    response: Raw<'a>,
    #[serde(borrow, default)]
    connection: Raw<'a>,
    #[serde(borrow, default)]
    cache: Raw<'a>,
    #[serde(borrow, default, rename = "_fromCache")]
    from_cache: Raw<'a>,
    #[serde(borrow, default, rename = "_wasFulfilled")]
    was_fulfilled: Raw<'a>,
    #[serde(borrow, default, rename = "_resourceType")]
    resource_type: Raw<'a>,
    #[serde(borrow, default, rename = "_webSocketMessages")]
    messages: Raw<'a>,
}

/// Reads one entry and hands it on. `false` if it is no entry at all, which is then a gap.
pub(crate) fn import(raw: &RawValue, index: u64, context: &Context, out: &mut Out) -> bool {
    let Some(entry) = json::object::<Entry>(Some(raw)) else {
        return refuse(index, "it is no entry, or says something twice", context, out);
    };
    let Some(request) = request::read(entry.request, context) else {
        return refuse(index, "it has no request with an address", context, out);
    };
    let read = response::read(entry.response, &request.method, context);
    if !was_sent(&entry, &request.url, read.blocked, context) {
        out.summary.not_sent += 1;
        return true;
    }
    let started = started(entry.started).unwrap_or_default();
    let exchange = Exchange {
        id: context.names.at(&index.to_string()),
        run: context.run.clone(),
        started,
        connection: connection(&entry, context),
        protocols: read.protocol.or(request::protocol(entry.request)).into_iter().collect(),
        kind: ExchangeKind::Http,
        request,
        response: read.response,
        origin: Origin::Imported { format: Importer::Har, recorder: context.recorder.to_string() },
    };
    conversation(&entry, exchange, index, context, out);
    true
}

fn refuse(index: u64, why: &str, context: &Context, out: &mut Out) -> bool {
    out.gap(context.entry_gap(GapReason::DamagedRecord, "", index, why));
    false
}

/// Whether anything left the machine: not what a cache, a test or the address itself answered,
/// nor what was blocked.
fn was_sent(entry: &Entry, url: &str, blocked: bool, context: &Context) -> bool {
    let scheme = url.split(':').next().unwrap_or("").to_ascii_lowercase();
    let network = matches!(scheme.as_str(), "http" | "https" | "ws" | "wss");
    let cached = context.recorder.fills_cache_when_cached() && json::is_set(entry.cache);
    let answered = [entry.from_cache, entry.was_fulfilled].into_iter().any(json::is_set);
    network && !blocked && !cached && !answered
}

fn started(raw: Raw) -> Option<UnixMicros> {
    let text = json::string(raw)?;
    // Some write milliseconds since 1970.
    date::from_text(&text).or_else(|| date::from_seconds(text.parse::<f64>().ok()? / 1e3))
}

fn connection(entry: &Entry, context: &Context) -> Option<ConnectionId> {
    let name = json::string(entry.connection)?;
    (context.recorder.names_connections() && !name.is_empty()).then_some(ConnectionId(name))
}

/// Hands on the exchange and the messages that followed it, or says that those were left out.
fn conversation(entry: &Entry, exchange: Exchange, index: u64, context: &Context, out: &mut Out) {
    let Some(list) = entry.messages else {
        let host = gap::host(&exchange.request.url);
        let silent = is_socket(entry, &exchange);
        out.exchange(exchange);
        if silent {
            let what = "the recorder left out the messages of this WebSocket";
            out.gap(context.entry_gap(GapReason::NotRecorded, &host, index, what));
        }
        return;
    };
    out.exchange(exchange.clone());
    let (mut at, mut number) = (0, 0);
    split::elements(list, &mut |raw| {
        let place = messages::Place { entry: index, at, number };
        if let Some(message) = messages::read(raw, place, &exchange, context) {
            out.exchange(message);
            number += 1;
        }
        at += 1;
    });
}

fn is_socket(entry: &Entry, exchange: &Exchange) -> bool {
    exchange.request.url.starts_with("ws")
        || exchange.response.as_ref().is_some_and(|response| response.status == 101)
        || json::string(entry.resource_type).as_deref() == Some("websocket")
}

/// A list of names with values. Pseudo-header fields of HTTP/2 are no header fields; values that
/// the recorder joined by line ends are taken apart.
pub(crate) fn headers(list: Raw, context: &Context) -> Vec<Header> {
    let mut headers = Vec::new();
    let Some(list) = list else { return headers };
    split::elements(list, &mut |raw| {
        let Some(pair) = json::object::<Pair>(Some(raw)) else { return };
        let Some(name) = json::text(pair.name) else { return };
        if name.is_empty() || name.starts_with(b":") || headers.len() >= MOST_HEADERS {
            return;
        }
        let value = match json::text(pair.value) {
            Some(value) => value,
            None => json::string(pair.value).unwrap_or_default().into_bytes().into(),
        };
        for line in value.split(|b| *b == b'\n') {
            headers.push(Header {
                name: context.slice(&name),
                value: context.slice(line.trim_ascii()),
            });
        }
    });
    headers
}

/// No real message has more header fields.
const MOST_HEADERS: usize = 10_000;

/// A name with a value.
#[derive(Deserialize)]
pub(crate) struct Pair<'a> {
    #[serde(borrow, default)]
    pub(crate) name: Raw<'a>,
    #[serde(borrow, default)]
    pub(crate) value: Raw<'a>,
}
