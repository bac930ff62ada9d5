//! Records to exchanges; the form is in [`crate::form`]. A record that another program put into
//! the run is read as far as it says the same things.

use std::borrow::Cow;

use bytes::Bytes;
use candor_case::{
    Body, ConnectionId, Direction, Exchange, ExchangeId, ExchangeKind, Header, Importer, Missing,
    Opcode, Origin, Provenance, Request, Response, RunId, UnixMicros,
};
use candor_warc::http::{self, Field, Message, Problem, Start};
use candor_warc::{Fields, Record};

use crate::derive::uuid_from;
use crate::escape::{unescape, unescape_bytes};
use crate::{date, form};

/// Reads a `request` record.
pub(crate) fn request(record: &Record, run: &RunId, segment: &str) -> Exchange {
    let request = request_block(record);
    exchange(record, run, segment, ExchangeKind::Http, request)
}

/// Reads the request out of a `request` or `conversation` record.
pub(crate) fn request_block(record: &Record) -> Request {
    let message = http::parse(&record.block);
    let (method, target) = match &message.start {
        Start::Request { method, target, .. } => (method.clone(), target.clone()),
        Start::Response { .. } => Default::default(),
    };
    let escaped = is_escaped(&record.fields);
    let (headers, body, trailers) = contents(record, message);
    Request {
        method: if escaped { unescape(&method) } else { method },
        url: url(&record.fields).unwrap_or(target),
        headers,
        body,
        trailers,
    }
}

/// Reads a `response` record.
pub(crate) fn response(record: &Record) -> Response {
    let message = http::parse(&record.block);
    let status = match message.start {
        Start::Response { status, .. } => status,
        Start::Request { .. } => 0,
    };
    let (headers, body, trailers) = contents(record, message);
    Response { status, headers, body, trailers }
}

/// Reads the `resource` record of a message; `opened_by` is the request of its conversation.
/// `None` if the record is no message of ours.
pub(crate) fn message(
    record: &Record,
    run: &RunId,
    segment: &str,
    opened_by: Option<Request>,
) -> Option<Exchange> {
    let mut words = record.fields.first(form::MESSAGE)?.split(' ');
    let direction = match words.next()? {
        "sent" => Direction::Sent,
        "received" => Direction::Received,
        _ => return None,
    };
    let opcode = if words.next()? == "text" { Opcode::Text } else { Opcode::Binary };
    let index = words.next()?.parse().ok()?;
    let parent = record.fields.concurrent_to().next().unwrap_or("");
    let parent = ExchangeId(unescape(parent));
    let payload = body(record, record.block.clone(), false);
    let kind = ExchangeKind::Message { direction, opcode, parent, index, payload };
    let request = opened_by.unwrap_or_else(|| Request {
        method: "GET".into(),
        url: url(&record.fields).unwrap_or_default(),
        headers: vec![],
        body: Body::empty(Provenance::Proxied),
        trailers: vec![],
    });
    Some(exchange(record, run, segment, kind, request))
}

fn exchange(
    record: &Record,
    run: &RunId,
    segment: &str,
    kind: ExchangeKind,
    request: Request,
) -> Exchange {
    let fields = &record.fields;
    Exchange {
        id: id(record, segment),
        run: run.clone(),
        started: moment(fields),
        connection: fields.first(form::CONNECTION).map(|name| ConnectionId(unescape(name))),
        protocols: fields.all("WARC-Protocol").map(unescape).collect(),
        kind,
        request,
        response: None,
        origin: origin(fields),
    }
}

/// The exchange's id: the record's name, or one made from its place.
pub(crate) fn id(record: &Record, segment: &str) -> ExchangeId {
    match record.fields.record_id() {
        "" => ExchangeId(uuid_from(&[segment.as_bytes(), &record.offset.to_le_bytes()])),
        name => ExchangeId(unescape(name)),
    }
}

fn moment(fields: &Fields) -> UnixMicros {
    let micros = fields.first(form::MICROS).and_then(|text| text.parse().ok()).map(UnixMicros);
    let date = || fields.first("WARC-Date").and_then(date::from_text);
    micros.or_else(date).unwrap_or_default()
}

fn url(fields: &Fields) -> Option<String> {
    match fields.first(form::TARGET) {
        Some(escaped) => Some(unescape(escaped)),
        None => fields.first("WARC-Target-URI").map(str::to_owned),
    }
}

fn origin(fields: &Fields) -> Origin {
    let text = fields.first(form::ORIGIN).unwrap_or("imported warc");
    let mut words = text.splitn(3, ' ');
    let format = match (words.next(), words.next()) {
        (Some("proxied"), _) => return Origin::Proxied,
        (Some("decrypted"), _) => return Origin::Decrypted,
        (_, Some("har")) => Importer::Har,
        _ => Importer::Warc,
    };
    Origin::Imported { format, recorder: words.next().map(unescape).unwrap_or_default() }
}

/// Header fields, body and trailer fields of a message.
fn contents(record: &Record, message: Message) -> (Vec<Header>, Body, Vec<Header>) {
    let escaped = is_escaped(&record.fields);
    let headers = message.fields.into_iter().map(|field| header(field, escaped)).collect();
    let mut trailers: Vec<Header> =
        message.trailers.into_iter().map(|field| header(field, escaped)).collect();
    trailers.extend(record.fields.all(form::TRAILER).filter_map(trailer));
    let cut = matches!(message.problem, Some(Problem::HeadCutShort | Problem::ChunksCutShort));
    (headers, body(record, message.body, cut), trailers)
}

fn body(record: &Record, bytes: Bytes, cut: bool) -> Body {
    let fields = &record.fields;
    let provenance = match fields.first(form::PROVENANCE) {
        Some("wire") => Provenance::Wire,
        Some("browser-decoded") => Provenance::BrowserDecoded,
        Some("importer-lossy") => Provenance::ImporterLossy,
        _ => Provenance::Proxied,
    };
    let truncated = cut || record.damage.is_some() || fields.first("WARC-Truncated").is_some();
    let stated = fields.first(form::MISSING).and_then(missing);
    Body { bytes, provenance, missing: stated.or(truncated.then_some(Missing::Truncated)) }
}

fn missing(text: &str) -> Option<Missing> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    match word {
        "truncated" => Some(Missing::Truncated),
        "not-recorded" => Some(Missing::NotRecorded { bytes: rest.parse().ok() }),
        "lossy" => Some(Missing::Lossy),
        _ => None,
    }
}

fn is_escaped(fields: &Fields) -> bool {
    fields.first(form::ESCAPED) == Some("head")
}

fn header(field: Field, escaped: bool) -> Header {
    if !escaped {
        return Header { name: field.name, value: field.value };
    }
    Header { name: unescaped(&field.name), value: unescaped(&field.value) }
}

fn unescaped(bytes: &Bytes) -> Bytes {
    match unescape_bytes(bytes) {
        Cow::Borrowed(_) => bytes.clone(),
        Cow::Owned(owned) => owned.into(),
    }
}

/// Reads `name: value` of a trailer field.
pub(crate) fn trailer(text: &str) -> Option<Header> {
    let (name, value) = text.split_once(':')?;
    let value = value.strip_prefix(' ').unwrap_or(value);
    let bytes = |text: &str| unescape_bytes(text.as_bytes()).into_owned();
    Some(Header::new(bytes(name), bytes(value)))
}
