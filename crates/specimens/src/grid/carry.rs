//! Carriers: the parts of a request that a value travels in.

use candor_case::{
    Body, Direction, Exchange, ExchangeId, ExchangeKind, Header, Opcode, Origin, Provenance,
    Request, Response, RunId, UnixMicros,
};

use super::text::{hex, json_string, percent, utf8};
use crate::random::Random;

/// The host that everything is sent to.
pub(super) const HOST: &str = "collect.maker.test";

/// Where in a request a value travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A segment of the path.
    Path,
    /// A parameter of the query.
    Query,
    /// A header field of its own.
    Header,
    /// The credentials of `Authorization`, of the scheme named.
    Credentials(&'static str),
    /// A cookie.
    Cookie,
    /// A field of a form.
    Form,
    /// A member of a JSON document.
    Json,
    /// A part of a multipart body, with further header fields where there are any.
    Multipart(&'static str),
    /// The whole body, with its content type and content-coding, either of which may be empty.
    Raw(&'static str, &'static str),
    /// A WebSocket message of text.
    Text,
    /// A WebSocket message of bytes.
    Binary,
}

impl Carrier {
    /// The path of a field that travels in this way.
    pub(super) fn place(self, field: &str) -> String {
        match self {
            Self::Path => "request.url > path:1".to_owned(),
            Self::Query => format!("request.url > query:{field}"),
            Self::Header => format!("request.header:x-{field}"),
            Self::Credentials(scheme) => {
                let scheme = scheme.to_ascii_lowercase();
                format!("request.header:authorization > credentials:{scheme}")
            }
            Self::Cookie => format!("request.header:cookie > cookie:{field}"),
            Self::Form => format!("request.body > form:{field}"),
            Self::Json => format!("request.body > $.{field}"),
            Self::Multipart(_) => format!("request.body > multipart:{field}"),
            Self::Raw(..) => "request.body".to_owned(),
            Self::Text | Self::Binary => "message".to_owned(),
        }
    }

    /// Where a field beside the value goes: in the same container if there is one, else the query.
    pub(super) fn beside(self, field: &str) -> String {
        match self {
            Self::Query
            | Self::Header
            | Self::Cookie
            | Self::Form
            | Self::Json
            | Self::Multipart(_) => self.place(field),
            _ => Self::Query.place(field),
        }
    }

    /// Sends `value` as field `u`, with other fields beside it.
    pub(super) fn send(
        self,
        id: &str,
        value: &[u8],
        fields: &[(String, String)],
        random: &mut Random,
    ) -> Exchange {
        let mut fields: Vec<(String, Vec<u8>)> =
            fields.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes())).collect();
        let noise = random.token();
        let mut query = vec![("v".to_owned(), b"3".to_vec())];
        let mut request = Draft::default();
        match self {
            Self::Path => request.path = format!("/p/{}", percent(value)),
            Self::Header => request.headers.push(("x-u".to_owned(), value.to_vec())),
            Self::Credentials(scheme) => {
                let value = [scheme.as_bytes(), b" ", value].concat();
                request.headers.push(("Authorization".to_owned(), value));
            }
            Self::Raw(kind, coding) => request.whole(kind, coding, value),
            Self::Text | Self::Binary => {}
            _ => fields.insert(fields.len().min(1), ("u".to_owned(), value.to_vec())),
        }
        match self {
            Self::Header => request
                .headers
                .extend(fields.drain(..).map(|(name, value)| (format!("X-{name}"), value))),
            Self::Cookie => request.cookies(fields.drain(..), &noise),
            Self::Form => request.form(fields.drain(..), &noise),
            Self::Json => request.json(fields.drain(..), &noise),
            Self::Multipart(extra) => request.multipart(fields.drain(..), extra, &noise),
            _ => query.append(&mut fields),
        }
        query.push(("z".to_owned(), noise.into_bytes()));
        let exchange = request.exchange(id, &pairs(query));
        match self {
            Self::Text => message(exchange, Opcode::Text, value),
            Self::Binary => message(exchange, Opcode::Binary, value),
            _ => exchange,
        }
    }
}

/// `a=1&b=2`, escaped.
fn pairs(fields: impl IntoIterator<Item = (String, Vec<u8>)>) -> String {
    let pairs: Vec<String> =
        fields.into_iter().map(|(name, value)| format!("{name}={}", percent(&value))).collect();
    pairs.join("&")
}

/// A request that is being put together.
struct Draft {
    method: &'static str,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Default for Draft {
    fn default() -> Self {
        Self { method: "GET", path: "/collect".to_owned(), headers: vec![], body: vec![] }
    }
}

type Fields<'a> = std::vec::Drain<'a, (String, Vec<u8>)>;

impl Draft {
    fn whole(&mut self, kind: &str, coding: &str, body: &[u8]) {
        self.method = "POST";
        self.body = body.to_vec();
        for (name, value) in [("Content-Type", kind), ("Content-Encoding", coding)] {
            if !value.is_empty() {
                self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
            }
        }
    }

    fn cookies(&mut self, fields: Fields<'_>, noise: &str) {
        let pair = |(name, value)| format!("{name}={}", utf8(&value as &Vec<u8>));
        let mut all: Vec<String> = fields.map(pair).collect();
        all.push(format!("session={noise}"));
        self.headers.push(("Cookie".to_owned(), all.join("; ").into_bytes()));
    }

    fn form(&mut self, fields: Fields<'_>, noise: &str) {
        let body = format!("{}&session={noise}", pairs(fields));
        self.whole("application/x-www-form-urlencoded", "", body.as_bytes());
    }

    fn json(&mut self, fields: Fields<'_>, noise: &str) {
        let mut body = format!("{{\"v\":3,\"session\":\"{noise}\"");
        for (name, value) in fields {
            body.push_str(&format!(",\"{name}\":{}", json_string(&utf8(&value))));
        }
        body.push('}');
        self.whole("application/json", "", body.as_bytes());
    }

    fn multipart(&mut self, fields: Fields<'_>, extra: &str, noise: &str) {
        let boundary = format!("----part{}", hex(&noise.as_bytes()[..8]));
        let mut body = Vec::new();
        for (name, value) in fields {
            let extra = if name == "u" { extra } else { "" };
            body.extend(
                format!(
                    "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n{extra}\r\n"
                )
                .bytes(),
            );
            body.extend(value);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").bytes());
        self.whole(&format!("multipart/form-data; boundary={boundary}"), "", &body);
    }

    fn exchange(self, id: &str, query: &str) -> Exchange {
        let mut headers = vec![Header::new("User-Agent", "Maker/3.4 (SIMULATED)")];
        headers.extend(self.headers.into_iter().map(|(name, value)| Header::new(name, value)));
        Exchange {
            id: ExchangeId(id.to_owned()),
            run: RunId::default(),
            started: UnixMicros(0),
            connection: None,
            protocols: vec!["h1".to_owned()],
            kind: ExchangeKind::Http,
            request: Request {
                method: self.method.to_owned(),
                url: format!("https://{HOST}{}?{query}", self.path),
                headers,
                body: Body::whole(self.body, Provenance::Proxied),
                trailers: vec![],
            },
            response: None,
            origin: Origin::Proxied,
        }
    }
}

fn message(opening: Exchange, opcode: Opcode, payload: &[u8]) -> Exchange {
    let parent = ExchangeId(format!("{}/opening", opening.id.0));
    let payload = Body::whole(payload.to_vec(), Provenance::Proxied);
    let direction = Direction::Sent;
    let kind = ExchangeKind::Message { direction, opcode, parent, index: 0, payload };
    Exchange { kind, ..opening }
}

/// An earlier exchange with the same host: a plain request, and what it was answered.
pub(super) fn answered(id: &str, kind: &str, body: &str) -> Exchange {
    let exchange = Draft { path: "/config".to_owned(), ..Draft::default() }.exchange(id, "v=3");
    let response = Response {
        status: 200,
        headers: vec![Header::new("Content-Type", kind.to_owned())],
        body: Body::whole(body.as_bytes().to_vec(), Provenance::Proxied),
        trailers: vec![],
    };
    Exchange { response: Some(response), ..exchange }
}

/// An earlier request to the same host with one parameter.
pub(super) fn asked(id: &str, field: &str, value: &str) -> Exchange {
    let path = "/hello".to_owned();
    Draft { path, ..Draft::default() }
        .exchange(id, &format!("v=3&{field}={}", percent(value.as_bytes())))
}
