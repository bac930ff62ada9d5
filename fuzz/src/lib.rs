//! Fuzz targets: what any bytes at all must not do to peeling, as a whole and codec by codec. A
//! target panics where a promise is broken; who feeds it is another matter (`mutate`, or libFuzzer
//! through `fuzz/libfuzzer`).

mod check;
#[cfg(feature = "seeds")]
pub mod dice;
#[cfg(feature = "seeds")]
pub mod seeds;

use bytes::Bytes;
use candor_case::{
    Body, Cipher, Exchange, ExchangeId, ExchangeKind, Header, IvRule, Key, Keys, Origin,
    Provenance, Request, RunId, Tree, UnixMicros,
};
use candor_peel::{Budget, coverage, opaque, peel, peel_as, peel_bytes, replant};

/// What targets may spend on one input: a sixteenth of what an audit may, so that more inputs fit
/// into a minute.
pub const BUDGET: Budget =
    Budget { bytes: 16 << 20, layers: 20_000, nodes: 500_000, depth: 24, ratio: 1000 };

/// The names of all targets: `peel`, `exchange`, and one of each codec.
pub fn targets() -> Vec<String> {
    let codecs = candor_peel::codecs().into_iter().map(|codec| format!("codec:{codec}"));
    ["peel".to_owned(), "exchange".to_owned()].into_iter().chain(codecs).collect()
}

/// Feeds bytes to a target and gives what it made of them.
///
/// # Panics
///
/// Where a promise of peeling is broken, and where there is no target of that name.
pub fn run(target: &str, input: &[u8]) -> Tree {
    match target.strip_prefix("codec:") {
        Some(codec) => as_codec(codec, input),
        None if target == "peel" => anything(input),
        None if target == "exchange" => exchange(input),
        None => panic!("no target `{target}`: there are {}", targets().join(", ")),
    }
}

/// The bytes as a blob that nothing is known of.
fn anything(input: &[u8]) -> Tree {
    let keys = keys();
    let tree = peel_bytes(Bytes::copy_from_slice(input), &keys, &BUDGET);
    let again = peel_bytes(Bytes::copy_from_slice(input), &keys, &BUDGET);
    check::same(&tree, &again);
    look(&tree);
    tree
}

/// The bytes as what one codec is given, whatever they look like.
fn as_codec(codec: &str, input: &[u8]) -> Tree {
    let tree = peel_as(codec, Bytes::copy_from_slice(input), &keys(), &BUDGET);
    let tree = tree.unwrap_or_else(|| panic!("no codec `{codec}`"));
    look(&tree);
    close(&around(b"", b"", b""), &tree);
    tree
}

/// The bytes as a request: a line of header field's value, a line of query, and a body.
fn exchange(input: &[u8]) -> Tree {
    let mut lines = input.splitn(3, |b| *b == b'\n');
    let mut next = || lines.next().unwrap_or_default();
    let exchange = around(next(), next(), next());
    let tree = peel(&exchange, &keys(), &BUDGET);
    look(&tree);
    let covered = coverage(&exchange, &tree);
    assert!(covered.bytes_explained <= covered.bytes_sent, "more is explained than was sent");
    close(&exchange, &tree);
    tree
}

fn look(tree: &Tree) {
    check::tree(tree, &BUDGET);
    let _ = opaque(tree);
    for (id, _) in tree.iter().take(50) {
        let _ = candor_case::pattern(&tree.path(id));
    }
}

/// Puts values into some layers, so that every codec's inverse is asked as well.
fn close(exchange: &Exchange, tree: &Tree) {
    for (id, _) in tree.iter().take(40) {
        for value in [&b"x"[..], b"", b"a \"value\"\\ \xc3\xa4 & more = 1", b"\0\xff"] {
            let _ = replant(exchange, tree, id, value);
        }
    }
}

/// A request; what stands in `field` chooses its labels, too.
fn around(field: &[u8], query: &[u8], body: &[u8]) -> Exchange {
    const TYPES: [&str; 6] = [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "application/x-protobuf",
        "application/grpc",
        "text/plain",
    ];
    const CODINGS: [&str; 6] = ["gzip", "br", "deflate", "zstd", "gzip, br", "identity"];
    let one_of = |names: [&'static str; 6]| names[field.first().map_or(0, |b| usize::from(*b) % 6)];
    Exchange {
        id: ExchangeId("fuzz".into()),
        run: RunId("fuzz".into()),
        started: UnixMicros(0),
        connection: None,
        protocols: vec![],
        kind: ExchangeKind::Http,
        request: Request {
            method: "POST".into(),
            url: format!("https://h.maker.test/p?{}", String::from_utf8_lossy(query)),
            headers: vec![
                Header::new("Content-Type", one_of(TYPES)),
                Header::new("Content-Encoding", one_of(CODINGS)),
                Header::new("Cookie", field.to_vec()),
                Header::new("Authorization", field.to_vec()),
                Header::new("X-Data", field.to_vec()),
            ],
            body: Body::whole(body.to_vec(), Provenance::Wire),
            trailers: vec![Header::new("X-End", query.to_vec())],
        },
        response: None,
        origin: Origin::Proxied,
    }
}

/// A key of each cipher and each rule for its vector: 00, 01, 02, …, of 16 bytes or the 32 that the
/// cipher wants, and as constant vector 10, 11, 12, …
pub fn keys() -> Keys {
    let rules = |cipher: Cipher| {
        let vector: Vec<u8> = (16..).take(cipher.iv_len()).collect();
        let constant = IvRule::Constant(vector.into());
        [IvRule::Prefix, constant, IvRule::Field("$.iv".into()), IvRule::None]
    };
    let key = |cipher: Cipher, iv: IvRule| Key {
        name: "fuzz".into(),
        cipher,
        bytes: (0..if cipher.takes_key(16) { 16 } else { 32 }).collect::<Vec<u8>>().into(),
        iv,
        hosts: vec![],
        step: String::new(),
    };
    Keys(Cipher::ALL.into_iter().flat_map(|c| rules(c).map(|iv| key(c, iv))).collect())
}
