//! Input made to exhaust: it costs its budget and no more, and the rest is still read.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use bytes::Bytes;
use candor_case::{ByteSpan, End, Keys, Layer, Limit, Tree};
use candor_peel::{Budget, coverage, peel, peel_bytes};
use flate2::write::{GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use std::io::Write;

fn peeled(input: impl Into<Bytes>, budget: &Budget) -> Tree {
    let tree = peel_bytes(input.into(), &Keys::default(), budget);
    common::check(&tree, budget);
    tree
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn out_of(tree: &Tree, what: Limit) -> usize {
    tree.layers.iter().filter(|l| l.end == End::OutOfBudget { what }).count()
}

#[test]
fn json_may_nest_as_deep_as_it_likes() {
    let deep = 100_000;
    let closed = "[".repeat(deep) + "\"leaf\"" + &"]".repeat(deep);
    let objects = "{\"a\":".repeat(deep) + "1" + &"}".repeat(deep);
    for input in [closed, objects, "[".repeat(deep), "{\"a\":[".repeat(deep)] {
        let tree = peeled(input, &Budget::default());
        assert!(tree.layers.len() < 100);
    }
    let two_layers_down = "[".repeat(300) + "\"leaf\"" + &"]".repeat(300);
    let tree = peeled(two_layers_down, &Budget::default());
    assert_eq!(tree.layers.last().unwrap().bytes, "leaf");
}

#[test]
fn strings_in_strings_end_at_the_depth() {
    let mut text = String::from("leaf");
    for _ in 0..12 {
        text = format!("[{}]", serde_free_string(&text));
    }
    let tree = peeled(text.clone(), &Budget::default());
    assert_eq!(tree.layers.last().unwrap().bytes, "leaf");
    let tree = peeled(text, &Budget { depth: 5, ..Budget::default() });
    assert_eq!(out_of(&tree, Limit::Depth), 1);
    assert_eq!(tree.layers.len(), 6);
}

fn serde_free_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[test]
fn bombs_cost_their_budget() {
    let zeros = vec![0u8; 32 << 20];
    let budget = Budget { bytes: 4 << 20, ..Budget::default() };
    let mut zlib = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(&zeros).unwrap();
    for bomb in [gzip(&zeros), gzip(&gzip(&zeros)), zlib.finish().unwrap()] {
        let tree = peeled(bomb, &budget);
        assert!(out_of(&tree, Limit::Bytes) >= 1, "{}", common::print(&tree));
    }
    // By ratio: 1 MiB is always allowed, more only where the input is large enough.
    let tree = peeled(gzip(&zeros), &Budget { ratio: 10, ..Budget::default() });
    assert_eq!(out_of(&tree, Limit::Bytes), 1);
    assert!(tree.layers[1].bytes.len() <= (1 << 20) + (64 << 10), "{}", tree.layers[1].bytes.len());
}

#[test]
fn many_small_layers_leave_a_rest() {
    let numbers = format!("[{}]", vec!["12345"; 50_000].join(","));
    let form = vec!["k=abcdefgh"; 50_000].join("&");
    let lines = "{\"k\":\"abcdefgh\"}\n".repeat(50_000);
    let path = format!("https://h.test/{}", "s/".repeat(50_000));
    let protobuf = b"\x0a\x04text".repeat(50_000);
    for input in [numbers.into_bytes(), form.into(), lines.into(), path.into(), protobuf] {
        let budget = Budget { layers: 1000, ..Budget::default() };
        let tree = peeled(input.clone(), &budget);
        let is_rest = |(id, _): &(_, &Layer)| tree.step(*id) == "rest";
        let rest: Vec<_> = tree.iter().filter(is_rest).map(|(_, layer)| layer).collect();
        assert_eq!(rest.len(), 1, "{}", input[..20].escape_ascii());
        assert_eq!(rest[0].end, End::OutOfBudget { what: Limit::Layers });
        assert_eq!(rest[0].opening.span.end, input.len() as u64);
        assert_eq!(tree.layers[0].end, End::Opened);
        assert!(tree.layers.len() > 700, "{}", tree.layers.len());
        let tree = peeled(input, &Budget { nodes: 1000, ..Budget::default() });
        assert!(out_of(&tree, Limit::Nodes) >= 1);
    }
}

#[test]
fn one_value_too_large_does_not_hide_its_neighbours() {
    let json = format!("{{\"a\":\"{}\",\"b\":\"still read\"}}", "x".repeat(2 << 20));
    let tree = peeled(json, &Budget { bytes: 1 << 20, ..Budget::default() });
    assert_eq!(out_of(&tree, Limit::Bytes), 1);
    assert_eq!(common::text(&tree, "input > $.b").as_deref(), Some("still read"));
}

#[test]
fn the_rest_of_a_container_is_all_that_is_charged() {
    let numbers = format!("[{}]", vec!["12345"; 10_000].join(","));
    let exchange = common::post("application/json", numbers);
    let budget = Budget { layers: 1000, ..Budget::default() };
    let covered = coverage(&exchange, &peel(&exchange, &Keys::default(), &budget));
    assert!(covered.explained() > 0.05 && covered.explained() < 0.2, "{covered:?}");
}

#[test]
fn a_long_key_over_many_values_is_not_copied_without_end() {
    let keys = format!("{{\"{}\":[{}]}}", "k".repeat(100_000), vec!["1"; 100_000].join(","));
    let tree = peeled(keys, &Budget::default());
    assert!(tree.iter().all(|(id, _)| tree.step(id).len() < 200));
    let nested = (0..100).fold(vec!["1"; 10_000].join(","), |inner, _| {
        format!("{{\"{}\":[{inner}]}}", "k".repeat(120))
    });
    let steps = |tree: &Tree| tree.iter().map(|(id, _)| tree.step(id).len()).sum::<usize>();
    let budget = Budget { bytes: 8 << 20, ..Budget::default() };
    assert!(steps(&peeled(nested, &budget)) <= 8 << 20);
}

#[test]
fn protobuf_may_nest_as_deep_as_it_likes() {
    let mut message = b"\x0a\x04text".to_vec();
    for _ in 0..3000 {
        let mut outer = vec![0x0a];
        let mut len = message.len();
        while len >= 0x80 {
            outer.push(len as u8 | 0x80);
            len >>= 7;
        }
        outer.push(len as u8);
        outer.extend(message);
        message = outer;
    }
    peeled(message, &Budget::default());
}

#[test]
fn an_empty_budget_still_gives_roots() {
    let none = Budget { bytes: 0, layers: 0, nodes: 0, depth: 0, ratio: 0 };
    let exchange = common::post("application/json", "{\"k\":\"v\"}");
    let tree = peel(&exchange, &Keys::default(), &none);
    assert_eq!(tree.layers.len(), 3);
    assert!(tree.layers.iter().all(|l| l.parent.is_none()));
    let covered = coverage(&exchange, &tree);
    assert!(covered.bytes_explained < covered.bytes_sent);
    assert_eq!(tree.layers[2].opening.span, ByteSpan::new(0, 9));
}

#[test]
fn what_is_put_back_does_not_grow_without_end() {
    let mut text = String::from("leaf");
    for _ in 0..16 {
        text = text
            .bytes()
            .map(|b| if b == b'\\' { "\\x5c".into() } else { char::from(b).to_string() })
            .collect();
        text = text.replacen('l', "\\x6c", 1);
    }
    let exchange = common::post("text/plain", text.clone());
    let tree = candor_peel::peel(&exchange, &Keys::default(), &Budget::default());
    let deepest = tree.iter().max_by_key(|(id, _)| tree.lineage(*id).len()).unwrap().0;
    assert!(tree.lineage(deepest).len() >= 12, "{}", common::print(&tree));
    let value = "v\u{e4}lue \\ \"".repeat(10);
    if let Some(copy) = candor_peel::replant(&exchange, &tree, deepest, value.as_bytes()) {
        assert!(copy.request.body.bytes.len() < 10 * text.len() + (72 << 10));
    }
}

/// Something that grows when it is opened, and again when what it holds is.
fn bomb(kinds: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = b"{\"k\":\"abcdefgh\"}\n".repeat(size);
    for kind in kinds {
        bytes = match kind {
            0 => gzip(&bytes),
            1 => data_encoding::BASE64.encode(&bytes).into_bytes(),
            2 => [b"[\"", &data_encoding::BASE64.encode(&bytes).into_bytes()[..], b"\"]"].concat(),
            3 => data_encoding::HEXLOWER.encode(&bytes).into_bytes(),
            4 => {
                // Four copies side by side.
                let text = data_encoding::BASE64.encode(&bytes);
                format!("[{}]", vec![format!("\"{text}\""); 4].join(",")).into_bytes()
            }
            _ => gzip(&bytes.repeat(8)),
        };
        bytes.truncate(4 << 20);
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 40, ..Default::default() })]

    #[test]
    fn whatever_grows_ends_at_a_budget(
        kinds in prop::collection::vec(0u8..6, 1..6),
        size in 1usize..40_000,
        bytes in 1u64 << 14..1 << 21,
        (layers, nodes, depth) in (10u32..5_000, 100u64..100_000, 2u16..12),
    ) {
        let input = bomb(&kinds, size);
        let budget = Budget { bytes, layers, nodes, depth, ratio: 1000 };
        let exchange = common::post("application/json", input);
        let tree = peel(&exchange, &Keys::default(), &budget);
        common::check(&tree, &budget);
        let stopped = tree.layers.iter().any(|l| matches!(l.end, End::OutOfBudget { .. }));
        let covered = coverage(&exchange, &tree);
        prop_assert_eq!(stopped, covered.gaps.iter().any(|gap| gap.reason == candor_case::GapReason::OutOfBudget));
    }
}
