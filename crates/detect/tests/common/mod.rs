//! Nouns for tests: seeds, and the sample recordings as exchanges.

use bytes::Bytes;
use candor_case::{
    Body, Exchange, ExchangeId, ExchangeKind, Header, Importer, Origin, Property, Provenance,
    Request, RunId, Seed, UnixMicros,
};

/// A seed that belongs to no run.
#[allow(dead_code, reason = "not every test plants seeds")]
pub(crate) fn seed(id: &str, value: &str, property: Property, sites: Option<&[&str]>) -> Seed {
    Seed {
        id: id.into(),
        value: value.into(),
        property,
        sites: sites.map(|sites| sites.iter().map(|&site| site.to_owned()).collect()),
        run: None,
        arm: None,
        phase: None,
    }
}

/// An exchange with nothing but a request.
pub(crate) fn exchange(
    method: &str,
    url: &str,
    headers: Vec<Header>,
    body: impl Into<Bytes>,
) -> Exchange {
    Exchange {
        id: ExchangeId("test".into()),
        run: RunId("run".into()),
        started: UnixMicros(0),
        connection: None,
        protocols: vec![],
        kind: ExchangeKind::Http,
        request: Request {
            method: method.into(),
            url: url.into(),
            headers,
            body: Body::whole(body, Provenance::Wire),
            trailers: vec![],
        },
        response: None,
        origin: Origin::Imported { format: Importer::Warc, recorder: String::new() },
    }
}

/// The requests of a sample recording.
#[allow(dead_code, reason = "not every test reads samples")]
pub(crate) fn sample(name: &str) -> Vec<Exchange> {
    let path = format!("{}/../peel/tests/samples/{name}.warc", env!("CARGO_MANIFEST_DIR"));
    #[expect(clippy::disallowed_methods, reason = "a test reads its sample")]
    let file = std::fs::read(path).expect("the sample is there");
    let mut exchanges = Vec::new();
    let mut rest = &file[..];
    while let Some((head, after)) = split(rest) {
        let fields = String::from_utf8_lossy(head).into_owned();
        let field = |name: &str| {
            fields.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        let length: usize = field("Content-Length").expect("has a length").parse().expect("number");
        if field("WARC-Type") == Some("request") {
            let url = field("WARC-Target-URI").expect("has a target");
            exchanges.push(request(url, &after[..length]));
        }
        rest = &after[length + 4..];
    }
    exchanges
}

fn request(url: &str, block: &[u8]) -> Exchange {
    let (head, body) = split(block).expect("a request has a head");
    let head = String::from_utf8_lossy(head).into_owned();
    let mut lines = head.lines();
    let method = lines.next().and_then(|line| line.split(' ').next()).unwrap_or("").to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| Header::new(name.to_owned(), value.to_owned()));
    exchange(&method, url, headers.collect(), body.to_vec())
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memmem::find(bytes, b"\r\n\r\n")?;
    Some((&bytes[..at], &bytes[at + 4..]))
}
