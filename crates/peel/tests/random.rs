//! Random bytes never make peeling panic or overspend; random nestings are peeled to the core;
//! what is replanted is found again.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::io::Write;

use bytes::Bytes;
use candor_case::{End, Exchange, Keys, Tree};
use candor_peel::{Budget, coverage, peel, replant};
use proptest::prelude::*;

/// Ways to wrap a value, each with the step that peeling it must print.
#[derive(Clone, Copy, Debug)]
enum Wrap {
    Base64,
    Base64Url,
    Hex,
    Gzip,
    Zlib,
    Json,
    JsonString,
    Form,
    Query,
    Percent,
    Protobuf,
    Base32,
    Entities,
    Escapes,
    Utf16,
    Jsonp,
}

const WRAPS: [Wrap; 16] = [
    Wrap::Base64,
    Wrap::Base64Url,
    Wrap::Hex,
    Wrap::Gzip,
    Wrap::Zlib,
    Wrap::Json,
    Wrap::JsonString,
    Wrap::Form,
    Wrap::Query,
    Wrap::Percent,
    Wrap::Protobuf,
    Wrap::Base32,
    Wrap::Entities,
    Wrap::Escapes,
    Wrap::Utf16,
    Wrap::Jsonp,
];

impl Wrap {
    /// The value in its wrapping; `None` where the format cannot hold it or leaves it as it is.
    fn around(self, inner: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(inner).ok();
        let clean = || text.filter(|text| !text.contains(|c: char| c.is_control()));
        Some(match self {
            Self::Base64 => data_encoding::BASE64.encode(inner).into_bytes(),
            Self::Base64Url => data_encoding::BASE64URL_NOPAD.encode(inner).into_bytes(),
            Self::Hex => data_encoding::HEXLOWER.encode(inner).into_bytes(),
            Self::Gzip => {
                let mut to = flate2::write::GzEncoder::new(Vec::new(), Default::default());
                to.write_all(inner).ok()?;
                to.finish().ok()?
            }
            Self::Zlib => {
                let mut to = flate2::write::ZlibEncoder::new(Vec::new(), Default::default());
                to.write_all(inner).ok()?;
                to.finish().ok()?
            }
            Self::Json => format!("{{\"n\":1,\"v\":\"{}\"}}", escaped(text?)).into_bytes(),
            Self::JsonString => format!("[\"{}\"]", escaped(text?)).into_bytes(),
            Self::Form => [b"a=1&v=", &percent(inner)[..]].concat(),
            Self::Query => [b"https://h.maker.test/p?v=", &percent(inner)[..]].concat(),
            Self::Percent => Some(percent(inner)).filter(|escaped| escaped != inner)?,
            Self::Protobuf => {
                let mut bytes = vec![0x08, 0x2a, 0x1a];
                let mut len = inner.len();
                while len >= 0x80 {
                    bytes.push(len as u8 | 0x80);
                    len >>= 7;
                }
                bytes.push(len as u8);
                bytes.extend(inner);
                bytes
            }
            Self::Base32 => data_encoding::BASE32.encode(inner).into_bytes(),
            Self::Entities => clean()?
                .chars()
                .map(|c| format!("&#x{:x};", u32::from(c)))
                .collect::<String>()
                .into(),
            Self::Escapes => {
                text?.encode_utf16().map(|u| format!("\\u{u:04x}")).collect::<String>().into()
            }
            Self::Utf16 => clean()?.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Jsonp => format!("report({{\"v\":\"{}\"}});", escaped(text?)).into_bytes(),
        })
    }
}

fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_ascii_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

fn percent(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in bytes {
        match byte {
            b if b.is_ascii_alphanumeric() => out.push(*b),
            b => out.extend(format!("%{b:02X}").bytes()),
        }
    }
    out
}

fn peeled(exchange: &Exchange) -> Tree {
    let budget = Budget::default();
    let tree = peel(exchange, &Keys::default(), &budget);
    common::check(&tree, &budget);
    tree
}

const TOKENS: &[&[u8]] = &[
    b"{\"a\":",
    b"[",
    b"]",
    b"}",
    b"\"",
    b"\\u00",
    b",",
    b"1e5",
    b"k=v&",
    b"%41",
    b"%",
    b"--b\r\n\r\n",
    b"Content-Disposition: form-data; name=x\r\n",
    b"eyJhbGciOiJub25lIn0",
    b".",
    b"\x1f\x8b\x08",
    b"\x78\x9c",
    b"\x28\xb5\x2f\xfd",
    b"\xff\xfe",
    b"\x0a\x04",
    b"https://h.test/",
    b"?",
    b"#",
    b"\n",
    b"\0",
    b"AAAA",
    b"\x08\x01",
    b"deadbeef",
];

/// Bytes from noise to near misses: what codecs might take for theirs.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let token = prop::sample::select(TOKENS);
    let word = prop_oneof![
        3 => token.prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec(word, 0..30).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn nothing_makes_it_panic_or_overspend(body in input(), bytes in 0u64..5000, layers in 0u32..40) {
        let exchange = common::post("application/x-www-form-urlencoded", body);
        for budget in [Budget::default(), Budget { bytes, layers, nodes: 100, depth: 6, ratio: 9 }] {
            let tree = peel(&exchange, &Keys::default(), &budget);
            common::check(&tree, &budget);
            let covered = coverage(&exchange, &tree);
            prop_assert!(covered.bytes_explained <= covered.bytes_sent);
            for (id, _) in tree.iter() {
                let _ = replant(&exchange, &tree, id, b"x");
            }
        }
    }

    #[test]
    fn nestings_are_peeled_to_the_core(
        core in "[a-z]{4,12} [a-z]{4,9}@[a-z]{6,12}[.]test",
        spike in "[a-z]{6,12} [a-z]{6,12}-[0-9]{4}",
        wraps in prop::collection::vec(prop::sample::select(&WRAPS[..]), 1..6),
    ) {
        let mut body = core.clone().into_bytes();
        for wrap in &wraps {
            if let Some(wrapped) = wrap.around(&body) {
                body = wrapped;
            }
        }
        let exchange = common::post("application/octet-stream", body);
        let tree = peeled(&exchange);
        let found = tree.iter().find(|(_, l)| l.bytes == core && l.end == End::Plain);
        prop_assert!(found.is_some(), "{wraps:?}\n{}", common::print(&tree));
        let (id, _) = found.unwrap();
        prop_assert_eq!(coverage(&exchange, &tree).explained(), 1.0);
        let copy = replant(&exchange, &tree, id, spike.as_bytes());
        prop_assert!(copy.is_some(), "{}", tree.path(id));
        let again = peeled(&copy.unwrap());
        prop_assert_eq!(common::text(&again, &tree.path(id)), Some(spike));
    }

    #[test]
    fn damaged_samples_never_make_it_panic(cut in any::<u16>(), flips in prop::collection::vec(any::<(u16, u8)>(), 0..6)) {
        let samples = SAMPLES.get_or_init(|| common::sample("chromium_ukm"));
        for exchange in samples.iter().filter(|e| !e.request.body.bytes.is_empty()).take(6) {
            let mut body = exchange.request.body.bytes.to_vec();
            for (at, mask) in &flips {
                let at = usize::from(*at) % body.len();
                body[at] ^= mask;
            }
            body.truncate(body.len().min(usize::from(cut)));
            let mut damaged = exchange.clone();
            damaged.request.body.bytes = Bytes::from(body);
            peeled(&damaged);
        }
    }
}

static SAMPLES: std::sync::OnceLock<Vec<Exchange>> = std::sync::OnceLock::new();
