//! The chains that CyberChef documents for its Magic operation (its wiki's page on the automatic
//! detection of encoded data, and the tests that go with it), with words of our own inside: each is
//! seen through unasked.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use bytes::Bytes;
use candor_case::{End, Keys, Tree};
use candor_peel::{Budget, opaque, peel_bytes};
use data_encoding::HEXLOWER;

const TEXT: &str = "another test string";

fn peeled(input: &[u8]) -> Tree {
    peel_bytes(Bytes::copy_from_slice(input), &Keys::default(), &Budget::default())
}

/// The path to the layer that holds this text.
fn path(input: &[u8], text: &str) -> Option<String> {
    let tree = peeled(input);
    let (id, _) = tree.iter().find(|(_, layer)| layer.bytes == text && layer.end == End::Plain)?;
    Some(tree.path(id))
}

#[test]
fn documented_chains_are_seen_through() {
    let table = [
        ("V1ZjMWRtUkhhR3hqYVVJd1dsaE9NRWxJVGpCamJXeDFXbmM5UFE9PQ==", "base64 > base64 > base64"),
        (
            "MDAwMDAwMDAgIDM2IDMxIDIwIDM2IDY1IDIwIDM2IDY2IDIwIDM3IDM0IDIwIDM2IDM4IDIwIDM2ICB8NjEgNmUgNmYgNzQgNjggNnwKMDAwMDAwMTAgIDM1IDIwIDM3IDMyIDIwIDMyIDMwIDIwIDM3IDM0IDIwIDM2IDM1IDIwIDM3IDMzICB8NSA3MiAyMCA3NCA2NSA3M3wKMDAwMDAwMjAgIDIwIDM3IDM0IDIwIDMyIDMwIDIwIDM3IDMzIDIwIDM3IDM0IDIwIDM3IDMyIDIwICB8IDc0IDIwIDczIDc0IDcyIHwKMDAwMDAwMzAgIDM2IDM5IDIwIDM2IDY1IDIwIDM2IDM3ICAgICAgICAgICAgICAgICAgICAgICAgICB8NjkgNmUgNjd8",
            "base64 > hexdump > hex",
        ),
        (
            "GY3CANRREA2DAIBWGYQDCNBVEA2DAIBWGYQDCNBWEA2DAIBWG4QDMNBAGQYCANRWEA3TAIBUGAQDMNRAGY2SANBQEA3DOIBWGIQDIMBAGYZCANRQEA2DAIBWG4QDMNBAGQYCANRWEA3DKIBUGAQDMNZAGYZSANBQEA3DOIBWGQQDIMBAGYZCANRQEA2DAIBWG4QDMMZAGQYCANRXEA3DIIBUGAQDMNZAGYZCANBQEA3DMIBXGEQDIMBAGY3CAMJUGUQDIMBAGY3CANRX",
            "base32 > char-codes > hex",
        ),
        (
            "JBCTGU2BJVFFER2BKFCEGTKKKJCUCWKUINHFEQKHIVMUISKJIJJEOQKZKNAU2SSSI5IVCRCHJVJECR2FLFKE2SKCKJDUCWKTIFGUUUSHKVIUIQ2NJJLUKQK2KRCUSQSSI5CTEU2BJVFFER2ZKFCEGTKKKVCUCWKUIFHEUQKHIVMVIQKJIJJEOQK2KE6T2PJ5",
            "base32 > base32 > char-codes",
        ),
        ("61 6e 6f 74 68 65 72 20 74 65 73 74 20 73 74 72 69 6e 67", "hex"),
    ];
    for (input, expected) in table {
        let found = path(input.as_bytes(), TEXT);
        assert_eq!(found, Some(format!("input > {expected}")), "{input}");
    }
}

#[test]
fn short_hex_is_read_where_a_person_asks() {
    assert_eq!(path(b"41 42 43 44 45", "ABCDE").as_deref(), Some("input > hex"));
}

#[test]
fn deflate_without_a_header_is_read() {
    let sealed = HEXLOWER.decode(RAW.as_bytes()).unwrap();
    let tree = peeled(&sealed);
    assert_eq!(tree.layers[1].opening.codec, "deflate");
    assert!(tree.layers[1].bytes.ends_with(b"grace@example.org"));
}

/// A sentence as zlib deflates it without a header.
const RAW: &str = "0d8cc10d02310c045bd9021005f0e2412326b79744e7b351e253a07b2ced63a419ed8bbb4a10ab47f32b2068948d037de2305f86f70fab49a0f8c909dfd1e306b10dd1b2c909262d688550b70a9a5fb5211c41d547764c9a8119a3a7cf8b3aa4f0c9af9c1fe5dd47fd03";

#[test]
fn images_are_named_and_nothing_is_nothing() {
    let image = [&b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01"[..], &[0x80; 60]].concat();
    let tree = peeled(&image);
    assert_eq!(opaque(&tree)[0].format, Some("jpeg"));
    assert_eq!(peeled(b"").layers[0].end, End::Empty);
    for plain in ["192.168.0.1", "0,0", "27,1", "09,10", "just words"] {
        assert_eq!(peeled(plain.as_bytes()).layers.len(), 1, "{plain}");
    }
}
