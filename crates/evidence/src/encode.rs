//! Exchanges to records; the form is in [`crate::form`].

use candor_case::{
    Body, Direction, Exchange, ExchangeId, ExchangeKind, Header, Importer, Missing, Opcode, Origin,
    Provenance, Request, Response, UnixMicros,
};
use candor_warc::Fields;
use candor_warc::http;

use crate::derive::uuid_from;
use crate::escape::{escape, escape_field};
use crate::head::Head;
use crate::{date, form};

/// A record without its body: the block is `before`, the body, `after`.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The record's header.
    pub(crate) fields: Fields,
    /// What stands before the body.
    pub(crate) before: Vec<u8>,
    /// What stands after it.
    pub(crate) after: Vec<u8>,
}

/// The `request` record of an exchange whose body has that many bytes.
pub(crate) fn request(exchange: &Exchange, length: u64) -> Part {
    let mut fields = start("request", &exchange.id.0, exchange.started);
    push_target(&mut fields, &exchange.request.url);
    push_exchange(&mut fields, exchange);
    if exchange.response.is_some() {
        fields.push("WARC-Concurrent-To", urn(&response_id(&exchange.id)));
    }
    request_block(fields, &exchange.request, length)
}

/// The `response` record of an exchange whose response body has that many bytes.
pub(crate) fn response(exchange: &Exchange, response: &Response, length: u64) -> Part {
    let mut fields = start("response", &response_id(&exchange.id), exchange.started);
    push_target(&mut fields, &exchange.request.url);
    for protocol in &exchange.protocols {
        fields.push("WARC-Protocol", escape(protocol));
    }
    fields.push("WARC-Concurrent-To", urn(&exchange.id.0));
    fields.push("Content-Type", "application/http; msgtype=response");
    push_body(&mut fields, &response.body);
    let first = format!("HTTP/1.1 {:03} ", response.status);
    let head = Head::new("", &response.headers);
    block(fields, &first, head, &response.trailers, length)
}

/// The `resource` record of a message; `conversation` is the name of the record made by
/// [`conversation`].
pub(crate) fn message(exchange: &Exchange, conversation: &str) -> Part {
    let mut fields = start("resource", &exchange.id.0, exchange.started);
    push_target(&mut fields, &exchange.request.url);
    push_exchange(&mut fields, exchange);
    if let ExchangeKind::Message { direction, opcode, parent, index, payload } = &exchange.kind {
        let direction = match direction {
            Direction::Sent => "sent",
            Direction::Received => "received",
        };
        let (opcode, content_type) = match opcode {
            Opcode::Text => ("text", "text/plain; charset=utf-8"),
            Opcode::Binary => ("binary", "application/octet-stream"),
        };
        fields.push("Content-Type", content_type);
        fields.push("WARC-Concurrent-To", urn(&parent.0));
        fields.push(form::MESSAGE, format!("{direction} {opcode} {index}"));
        fields.push(form::CONVERSATION, urn(conversation));
        push_body(&mut fields, payload);
    }
    Part { fields, before: vec![], after: vec![] }
}

/// The `metadata` record with the request that opened a conversation, and its name, which is made
/// from its contents.
pub(crate) fn conversation(exchange: &Exchange, parent: &ExchangeId) -> (String, Part) {
    let mut named = Fields::new();
    push_target(&mut named, &exchange.request.url);
    named.push("WARC-Refers-To", urn(&parent.0));
    let length = exchange.request.body.bytes.len() as u64;
    let part = request_block(named, &exchange.request, length);
    let contents = candor_warc::header(&part.fields, "", length);
    let name = uuid_from(&[&contents, &part.before, &exchange.request.body.bytes, &part.after]);
    let mut fields = start("metadata", &name, exchange.started);
    fields.push(form::RECORD, "conversation");
    for (field, value) in part.fields.iter() {
        fields.push(field, value);
    }
    (name, Part { fields, ..part })
}

/// The `metadata` record that keeps the frames of a message as they crossed the wire.
pub(crate) fn frames(exchange: &Exchange) -> Fields {
    let name = uuid_from(&[b"frames", exchange.id.0.as_bytes()]);
    let mut fields = start("metadata", &name, exchange.started);
    fields.push("WARC-Refers-To", urn(&exchange.id.0));
    fields.push("Content-Type", "application/octet-stream");
    fields.push(form::RECORD, "frames");
    fields
}

/// The `warcinfo` record at the start of a segment: its header and its block.
pub(crate) fn warcinfo(name: &str, software: &str, run: &str, at: UnixMicros) -> (Fields, String) {
    let mut fields = start("warcinfo", &uuid_from(&[run.as_bytes(), name.as_bytes()]), at);
    fields.push("WARC-Filename", name);
    fields.push("Content-Type", "application/warc-fields");
    let (software, run) = (escape(software), escape(run));
    let block = format!(
        "software: {software}\r\nformat: WARC File Format 1.1\r\nconformsTo: {}\r\nisPartOf: \
         {run}\r\n",
        form::FORMAT
    );
    (fields, block)
}

/// The first fields of every record.
pub(crate) fn start(kind: &str, id: &str, at: UnixMicros) -> Fields {
    let mut fields = Fields::new();
    fields.push("WARC-Type", kind).push("WARC-Record-ID", urn(id));
    match date::to_text(at) {
        Some(text) => fields.push("WARC-Date", text),
        None => fields
            .push("WARC-Date", "1970-01-01T00:00:00.000000Z")
            .push(form::MICROS, at.0.to_string()),
    };
    fields
}

fn request_block(mut fields: Fields, request: &Request, length: u64) -> Part {
    fields.push("Content-Type", "application/http; msgtype=request");
    push_body(&mut fields, &request.body);
    let head = Head::new(&request.method, &request.headers);
    let first = format!("{} {} HTTP/1.1", head.method, target(&request.url));
    block(fields, &first, head, &request.trailers, length)
}

fn block(mut fields: Fields, first: &str, head: Head, trailers: &[Header], length: u64) -> Part {
    if head.escaped {
        fields.push(form::ESCAPED, "head");
    }
    push_trailers(&mut fields, trailers);
    let before = http::write_head(first, &head.fields);
    if !http::is_chunked(&head.fields) {
        return Part { fields, before, after: vec![] };
    }
    let before = [before, http::chunk_start(length)].concat();
    Part { fields, before, after: http::chunk_end(length, &[]) }
}

/// The address's path and query, as a request line can hold it.
fn target(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let target = rest.find(['/', '?', '#']).map_or("", |at| &rest[at..]);
    let target: String = target
        .chars()
        .map(|c| if c.is_whitespace() || c.is_control() { "%20".into() } else { c.to_string() })
        .collect();
    if target.starts_with('/') { target } else { format!("/{target}") }
}

/// Adds trailer fields to a record's header.
pub(crate) fn push_trailers(fields: &mut Fields, trailers: &[Header]) {
    for trailer in trailers {
        let name = escape_field(&trailer.name, true);
        fields.push(form::TRAILER, format!("{name}: {}", escape_field(&trailer.value, false)));
    }
}

fn push_target(fields: &mut Fields, url: &str) {
    let escaped = escape(url);
    let edge = |c: char| c == ' ' || c == '\t';
    let plain = !url.is_empty() && !url.contains(char::is_control) && url.trim_matches(edge) == url;
    if plain {
        fields.push("WARC-Target-URI", url);
    } else {
        fields.push("WARC-Target-URI", escaped.as_str()).push(form::TARGET, escaped);
    }
}

fn push_exchange(fields: &mut Fields, exchange: &Exchange) {
    for protocol in &exchange.protocols {
        fields.push("WARC-Protocol", escape(protocol));
    }
    if let Some(connection) = &exchange.connection {
        fields.push(form::CONNECTION, escape(&connection.0));
    }
    fields.push(form::ORIGIN, origin(&exchange.origin));
}

fn push_body(fields: &mut Fields, body: &Body) {
    fields.push(form::PROVENANCE, provenance(body.provenance));
    let missing = match &body.missing {
        None => return,
        Some(Missing::Truncated) => {
            fields.push("WARC-Truncated", "disconnect");
            "truncated".to_owned()
        }
        Some(Missing::NotRecorded { bytes: None }) => "not-recorded".to_owned(),
        Some(Missing::NotRecorded { bytes: Some(bytes) }) => format!("not-recorded {bytes}"),
        Some(Missing::Lossy) => "lossy".to_owned(),
    };
    fields.push(form::MISSING, missing);
}

fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Wire => "wire",
        Provenance::Proxied => "proxied",
        Provenance::BrowserDecoded => "browser-decoded",
        Provenance::ImporterLossy => "importer-lossy",
    }
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Proxied => "proxied".to_owned(),
        Origin::Decrypted => "decrypted".to_owned(),
        Origin::Imported { format, recorder } => {
            let format = match format {
                Importer::Har => "har",
                Importer::Warc => "warc",
            };
            format!("imported {format} {}", escape(recorder))
        }
    }
}

/// The name of an exchange's response record.
pub(crate) fn response_id(id: &ExchangeId) -> String {
    uuid_from(&[b"response", id.0.as_bytes()])
}

/// A record's name as WARC writes it.
pub(crate) fn urn(id: &str) -> String {
    format!(
        "<urn:uuid:{}>",
        escape_field(id.as_bytes(), false).replace('>', "%3E").replace('<', "%3C")
    )
}
