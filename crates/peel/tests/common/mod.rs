//! Reads the sample recordings, just enough for these tests: request records, one after the
//! other, as exchanges.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use bytes::Bytes;
use candor_case::{
    Body, Exchange, ExchangeId, ExchangeKind, Header, Importer, LayerId, Origin, Provenance,
    Request, RunId, Tree, UnixMicros,
};

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

/// A form post without header fields but its type.
pub(crate) fn post(content_type: &'static str, body: impl Into<Bytes>) -> Exchange {
    let headers = vec![Header::new("Content-Type", content_type)];
    exchange("POST", "https://collector.maker.test/c", headers, body)
}

/// The requests of a sample.
pub(crate) fn sample(name: &str) -> Vec<Exchange> {
    let path = format!("{}/tests/samples/{name}.warc", env!("CARGO_MANIFEST_DIR"));
    #[expect(clippy::disallowed_methods, reason = "a test reads its sample")]
    let file = std::fs::read(path).expect("the sample is there");
    let mut exchanges = Vec::new();
    let mut rest = &file[..];
    while let Some((head, after)) = split(rest, b"\r\n\r\n") {
        let fields = String::from_utf8_lossy(head).into_owned();
        let field = |name: &str| {
            fields.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        let len: usize = field("Content-Length").expect("every record has one").parse().unwrap();
        if field("WARC-Type") == Some("request") {
            exchanges.push(request(field("WARC-Target-URI").unwrap(), &after[..len]));
        }
        rest = &after[len + 4..];
    }
    exchanges
}

fn request(url: &str, block: &[u8]) -> Exchange {
    let (head, body) = split(block, b"\r\n\r\n").expect("a request has a head");
    let head = String::from_utf8(head.to_vec()).unwrap();
    let mut lines = head.lines();
    let method = lines.next().unwrap().split(' ').next().unwrap().to_owned();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
        Header::new(name.to_owned(), value.to_owned())
    });
    exchange(&method, url, headers.collect(), body.to_vec())
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = memchr::memmem::find(bytes, at)?;
    Some((&bytes[..found], &bytes[found + at.len()..]))
}

/// The layer at a path.
pub(crate) fn at(tree: &Tree, path: &str) -> Option<LayerId> {
    tree.iter().map(|(id, _)| id).find(|id| tree.path(*id) == path)
}

/// The text of the layer at a path.
pub(crate) fn text(tree: &Tree, path: &str) -> Option<String> {
    at(tree, path).map(|id| String::from_utf8_lossy(&tree.layer(id).bytes).into_owned())
}

/// Paths, ends and the beginnings of leaves, for people.
pub(crate) fn print(tree: &Tree) -> String {
    let line = |(id, layer): (LayerId, &candor_case::Layer)| {
        let shown = &layer.bytes[..layer.bytes.len().min(60)];
        format!("{} {:?} {}\n", tree.path(id), layer.end, shown.escape_ascii())
    };
    tree.iter().map(line).collect()
}

/// What holds for every tree: parents first, spans inside their parent, budgets kept.
pub(crate) fn check(tree: &Tree, budget: &candor_peel::Budget) {
    let (mut made, mut roots) = (0, 0);
    for (id, layer) in tree.iter() {
        let Some(parent) = layer.parent else {
            roots += 1;
            continue;
        };
        assert!(parent < id);
        let outer = tree.layer(parent).bytes.len() as u64;
        assert!(layer.opening.span.end <= outer, "{}", tree.path(id));
        assert!(tree.lineage(id).len() <= usize::from(budget.depth) + 1);
        if !matches!(layer.end, candor_case::End::OutOfBudget { .. }) {
            made += layer.bytes.len() as u64;
        }
    }
    assert!(made <= budget.bytes, "{made} bytes of {}", budget.bytes);
    assert!(tree.layers.len() <= budget.layers as usize + roots);
}
