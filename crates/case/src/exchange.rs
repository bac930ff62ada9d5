//! One request with its response, or one message: what a recording is made of.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{ConnectionId, RunId, UnixMicros};

/// Names an exchange for ever: the UUID of its request record in the case's WARC files.
///
/// It is derived from the exchange's parent (connection or imported file) and its index there,
/// so adding one exchange never renames another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExchangeId(pub String);

/// One request with its optional response, or one message of a longer conversation.
///
/// Bodies are raw as sent: the content-coding is intact, the transfer-coding removed.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Stable name.
    pub id: ExchangeId,
    /// The run that recorded it.
    pub run: RunId,
    /// When its first byte was seen.
    pub started: UnixMicros,
    /// The client connection it travelled on; `None` where the recorder did not say.
    pub connection: Option<ConnectionId>,
    /// `h1`, `h2`, `tls/1.3`, … as in the WARC-Protocol field, outermost last.
    pub protocols: Vec<String>,
    /// What kind of exchange it is.
    pub kind: ExchangeKind,
    /// The request; of a message, the request that opened its conversation, without body.
    pub request: Request,
    /// The response; `None` if none was seen.
    pub response: Option<Response>,
    /// How we came to hold it.
    pub origin: Origin,
}

/// A request with its response, or one message of a WebSocket conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangeKind {
    /// An HTTP request with its response.
    Http,
    /// One WebSocket message, already inflated.
    Message {
        /// Who sent it.
        direction: Direction,
        /// Text or binary.
        opcode: Opcode,
        /// The exchange whose upgrade opened the conversation.
        parent: ExchangeId,
        /// Position among the messages of that conversation, from 0.
        index: u64,
        /// The message itself.
        payload: Body,
    },
}

/// Who sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the subject to the network.
    Sent,
    /// From the network to the subject.
    Received,
}

/// What a WebSocket message says it holds (RFC 6455, section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opcode {
    /// UTF-8 text.
    Text,
    /// Anything.
    Binary,
}

/// A header field with name and value exactly as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Name, in the case it was sent.
    pub name: Bytes,
    /// Value, without surrounding white space.
    pub value: Bytes,
}

impl Header {
    /// Makes a header of two pieces of text.
    pub fn new(name: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    /// Tells whether this is the header of that name, whatever its case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// A request as sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method, as sent.
    pub method: String,
    /// Absolute URL: scheme and authority as the connection shows them, path and query as sent.
    pub url: String,
    /// Header fields in the order sent.
    pub headers: Vec<Header>,
    /// Body, raw as sent.
    pub body: Body,
    /// Trailer fields.
    pub trailers: Vec<Header>,
}

impl Request {
    /// The host of the URL, lower-cased, without port or brackets; empty if there is none.
    pub fn host(&self) -> String {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
        let host_port = authority.rsplit('@').next().unwrap_or("");
        let host = match host_port.strip_prefix('[') {
            Some(v6) => v6.split(']').next().unwrap_or(""),
            None => host_port.split(':').next().unwrap_or(""),
        };
        host.trim_end_matches('.').to_ascii_lowercase()
    }

    /// The path of the URL without query or fragment; `/` if there is none.
    pub fn path(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let Some(start) = rest.find('/') else { return "/" };
        rest[start..].split(['?', '#']).next().unwrap_or("/")
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&Bytes> {
        header(&self.headers, name)
    }
}

/// A response as received.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status code; 0 where the recorder left it out.
    pub status: u16,
    /// Header fields in the order received.
    pub headers: Vec<Header>,
    /// Body, raw as received.
    pub body: Body,
    /// Trailer fields.
    pub trailers: Vec<Header>,
}

impl Response {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&Bytes> {
        header(&self.headers, name)
    }
}

fn header<'a>(headers: &'a [Header], name: &str) -> Option<&'a Bytes> {
    headers.iter().find(|h| h.is(name)).map(|h| &h.value)
}

/// A body's bytes, how faithful they are, and what of it is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// What we hold.
    pub bytes: Bytes,
    /// How faithful that is.
    pub provenance: Provenance,
    /// What is missing; `None` when we hold all of it.
    pub missing: Option<Missing>,
}

impl Body {
    /// A body that is certain to be empty.
    pub fn empty(provenance: Provenance) -> Self {
        Self { bytes: Bytes::new(), provenance, missing: None }
    }

    /// A complete body.
    pub fn whole(bytes: impl Into<Bytes>, provenance: Provenance) -> Self {
        Self { bytes: bytes.into(), provenance, missing: None }
    }
}

/// Why a body, or its end, is not in our hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The sender or the recorder stopped before its end.
    Truncated,
    /// The recorder did not write it, though something was sent; size in bytes where it said so.
    NotRecorded {
        /// Bytes that were sent, as far as the recorder said.
        bytes: Option<u64>,
    },
    /// The recorder wrote it in a way that lost bytes (a replaced character, for example).
    Lossy,
}

/// How faithful a body is to what crossed the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// Taken from packets.
    Wire,
    /// Seen by a proxy that re-framed it.
    Proxied,
    /// Handed out by a browser after it decoded it.
    BrowserDecoded,
    /// Read from a file format that loses something.
    ImporterLossy,
}

/// How we came to hold an exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Our own proxy recorded it.
    Proxied,
    /// It was read from a file that another program wrote.
    Imported {
        /// The kind of file.
        format: Importer,
        /// The recorder's own name, as the file gives it; empty if it gives none.
        recorder: String,
    },
    /// Decrypted from a packet capture.
    Decrypted,
}

/// File formats that candor imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Importer {
    /// HAR 1.2.
    Har,
    /// WARC/1.1 (ISO 28500).
    Warc,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str) -> Request {
        Request {
            method: "GET".into(),
            url: url.into(),
            headers: vec![Header::new("X-One", "1")],
            body: Body::empty(Provenance::Wire),
            trailers: vec![],
        }
    }

    #[test]
    fn host_and_path_are_read_from_the_url() {
        let table = [
            ("https://A.Example.org:8443/p/q?x=/y", "a.example.org", "/p/q"),
            ("https://user:pw@example.org", "example.org", "/"),
            ("http://[::1]:80/z#f", "::1", "/z"),
            ("https://example.org.?q", "example.org", "/"),
            ("nonsense", "", "/"),
        ];
        for (url, host, path) in table {
            assert_eq!(request(url).host(), host, "{url}");
            assert_eq!(request(url).path(), path, "{url}");
        }
    }

    #[test]
    fn headers_are_found_whatever_their_case() {
        assert_eq!(request("http://a/").header("x-ONE").map(|v| &v[..]), Some(&b"1"[..]));
    }
}
