//! Records to exchanges.

use bytes::Bytes;
use candor_case::{
    Body, Direction, Exchange, ExchangeId, ExchangeKind, Header, Importer, Missing, Opcode, Origin,
    Provenance, Request, Response, RunId, UnixMicros,
};
use candor_warc::Record;
use candor_warc::http::{self, Field, Message, Problem, Start};

use super::own;
use crate::date;
use crate::names::{self, Names};

/// What holds for all exchanges of a file.
pub(crate) struct Context {
    run: RunId,
    names: Names,
    pub(crate) recorder: String,
}

impl Context {
    pub(crate) fn new(run: RunId, names: Names) -> Self {
        Self { run, names, recorder: String::new() }
    }

    /// Reads the recorder's name out of a `warcinfo` record.
    pub(crate) fn start(&mut self, record: &Record) {
        if record.fields.record_type() != "warcinfo" || !self.recorder.is_empty() {
            return;
        }
        let block = &record.block[..record.block.len().min(64 << 10)];
        let lines = block.split(|b| *b == b'\n').map(|line| String::from_utf8_lossy(line));
        for line in lines {
            if let Some((name, value)) = line.split_once(':')
                && name.trim().eq_ignore_ascii_case("software")
            {
                self.recorder = value.trim().chars().take(200).collect();
                return;
            }
        }
    }
}

/// Whether a record holds an HTTP message, and not a look-up of a name or the like.
pub(crate) fn is_http(record: &Record) -> bool {
    let content_type = record.fields.first("Content-Type").unwrap_or("application/http");
    let content_type = content_type.trim_start().to_ascii_lowercase();
    content_type.starts_with("application/http") || record.block.starts_with(b"HTTP/")
}

/// Makes an exchange of a request and its response.
pub(crate) fn exchange(request: &Record, response: Option<&Record>, context: &Context) -> Exchange {
    let read = self::request(request);
    let method = read.method.clone();
    Exchange {
        id: id(request, context),
        run: context.run.clone(),
        started: started(request),
        connection: None,
        protocols: request.fields.all("WARC-Protocol").map(str::to_owned).collect(),
        kind: ExchangeKind::Http,
        request: read,
        response: response.map(|record| self::response(record, &method)),
        origin: origin(context),
    }
}

/// Makes a message of a `resource` record as candor itself writes it; `None` for any other.
pub(crate) fn message(record: &Record, context: &Context) -> Option<Exchange> {
    let mut words = record.fields.first("Candor-Message")?.split(' ');
    let direction = match words.next()? {
        "received" => Direction::Received,
        _ => Direction::Sent,
    };
    let opcode = if words.next() == Some("text") { Opcode::Text } else { Opcode::Binary };
    let index = words.next().and_then(|index| index.parse().ok()).unwrap_or(0);
    let parent =
        record.fields.concurrent_to().next().map_or(ExchangeId("".into()), names::of_record);
    let payload = body(record, record.block.clone(), None, None);
    let request = Request {
        method: "GET".into(),
        url: uri(record).unwrap_or_default(),
        headers: vec![],
        body: Body::empty(Provenance::Proxied),
        trailers: vec![],
    };
    Some(Exchange {
        id: id(record, context),
        run: context.run.clone(),
        started: started(record),
        connection: None,
        protocols: record.fields.all("WARC-Protocol").map(str::to_owned).collect(),
        kind: ExchangeKind::Message { direction, opcode, parent, index, payload },
        request,
        response: None,
        origin: origin(context),
    })
}

fn request(record: &Record) -> Request {
    let message = http::parse(&record.block);
    let stated = message.stated_length();
    let (method, target) = match &message.start {
        Start::Request { method, target, .. } => (method.clone(), target.clone()),
        Start::Response { .. } => Default::default(),
    };
    let method = match own::is_escaped(&record.fields) {
        true => String::from_utf8_lossy(&own::unescape(method.into())).into_owned(),
        false => method,
    };
    let url = uri(record).unwrap_or_else(|| url_of(&message, &target));
    let Message { fields, body: bytes, trailers, problem, .. } = message;
    Request {
        method,
        url,
        headers: headers(record, fields),
        body: body(record, bytes, stated, problem),
        trailers: all_trailers(record, trailers),
    }
}

fn response(record: &Record, method: &str) -> Response {
    let message = http::parse_final(&record.block);
    let status = match message.start {
        Start::Response { status, .. } => status,
        Start::Request { .. } => 0,
    };
    let bodiless = method.eq_ignore_ascii_case("HEAD") || matches!(status, 101 | 204 | 304);
    let stated = if bodiless { None } else { message.stated_length() };
    let Message { fields, body: bytes, trailers, problem, .. } = message;
    let mut body = body(record, bytes, stated, problem);
    if record.fields.record_type().eq_ignore_ascii_case("revisit") && body.bytes.is_empty() {
        body.missing = Some(Missing::NotRecorded { bytes: stated });
    }
    let headers = headers(record, fields);
    Response { status, headers, body, trailers: all_trailers(record, trailers) }
}

/// What a record holds of a body, and what it says of the rest.
fn body(record: &Record, bytes: Bytes, stated: Option<u64>, problem: Option<Problem>) -> Body {
    let cut = matches!(problem, Some(Problem::HeadCutShort | Problem::ChunksCutShort))
        || record.damage.is_some()
        || record.fields.first("WARC-Truncated").is_some()
        || (problem.is_none() && stated.is_some_and(|stated| stated > bytes.len() as u64));
    let none = bytes.is_empty() && record.damage.is_none();
    let missing = own::missing(record).or(match (cut, none) {
        (false, _) => None,
        (true, true) if stated.is_some() => Some(Missing::NotRecorded { bytes: stated }),
        (true, _) => Some(Missing::Truncated),
    });
    Body { bytes, provenance: own::provenance(record).unwrap_or(Provenance::Proxied), missing }
}

fn headers(record: &Record, fields: Vec<Field>) -> Vec<Header> {
    let escaped = own::is_escaped(&record.fields);
    let plain = |bytes| if escaped { own::unescape(bytes) } else { bytes };
    let fields = fields.into_iter();
    fields.map(|Field { name, value }| Header { name: plain(name), value: plain(value) }).collect()
}

fn all_trailers(record: &Record, fields: Vec<Field>) -> Vec<Header> {
    let mut trailers = headers(record, fields);
    trailers.extend(own::trailers(&record.fields));
    trailers
}

fn id(record: &Record, context: &Context) -> ExchangeId {
    match record.fields.record_id() {
        "" => context.names.at(&record.offset.to_string()),
        name => names::of_record(name),
    }
}

fn started(record: &Record) -> UnixMicros {
    record.fields.first("WARC-Date").and_then(date::from_text).unwrap_or_default()
}

/// The record's address. WARC/1.0 files often put it in angle brackets.
fn uri(record: &Record) -> Option<String> {
    if let Some(target) = own::target(&record.fields) {
        return Some(target);
    }
    let uri = record.fields.first("WARC-Target-URI")?;
    let uri = uri.strip_prefix('<').and_then(|uri| uri.strip_suffix('>')).unwrap_or(uri);
    (!uri.is_empty()).then(|| uri.to_owned())
}

/// The address as the request itself gives it.
fn url_of(message: &Message, target: &str) -> String {
    if target.contains("://") {
        return target.to_owned();
    }
    let host = message.fields.iter().find(|field| field.is("host"));
    let host = host.map(|field| String::from_utf8_lossy(&field.value).into_owned());
    format!("http://{}{target}", host.unwrap_or_default())
}

fn origin(context: &Context) -> Origin {
    Origin::Imported { format: Importer::Warc, recorder: context.recorder.clone() }
}
