//! The 61 ways of the study that candor is measured against: one e-mail address, sent as the
//! detector of "Leaky Forms" (Senol, Acar, Humbert, Borgesius, 2022) was given it.
//!
//! 24 of them it finds as published, 7 more with all its encodings on, 30 not at all. The list is
//! put together again from what is told of those three groups, in this order.

use super::super::carry::Carrier::{Form, Json, Query, Raw};
use super::super::forms::*;
use super::super::recipe::{Key, Recipe, Step, way};
use super::super::spellings::*;
use super::super::values::Kind::{Email, Gmail};

pub(super) fn ways() -> Vec<Recipe> {
    let all = [published(), widened(), missed_spellings(), missed_digests()];
    all.into_iter().flatten().map(|recipe| Recipe { study: true, ..recipe }).collect()
}

fn email(id: &str, steps: Vec<Step>) -> Recipe {
    way(&format!("study/{id}"), Email, steps, Query)
}

/// The 24 that its published settings find.
fn published() -> Vec<Recipe> {
    vec![
        email("plain", vec![]),
        email("lower-case", vec![lower()]),
        email("upper-case", vec![upper()]),
        email("percent", vec![percent()]),
        email("percent-twice", vec![percent(), percent()]),
        email("percent-three-times", vec![percent(), percent(), percent()]),
        email("base64", vec![base64()]),
        email("base64-percent", vec![base64(), percent_of_plain()]),
        email("base64-twice", vec![base64(), base64()]),
        email("learnt-map", vec![learnt_map()]),
        email("lz-string-base64", vec![lz_string()]),
        email("lz-string-uri", vec![lz_string_uri()]),
        email("json", vec![json()]),
        email("md5", vec![digest("md5"), hex()]),
        email("md5-lower", vec![lower(), digest("md5"), hex()]),
        email("sha1", vec![digest("sha1"), hex()]),
        email("sha256", vec![digest("sha256"), hex()]),
        email("sha256-lower", vec![lower(), digest("sha256"), hex()]),
        email("sha256-percent", vec![digest("sha256"), hex(), percent_of_plain()]),
        email("sha384", vec![digest("sha384"), hex()]),
        email("sha512", vec![digest("sha512"), hex()]),
        email("sha256-learnt-salt", vec![learnt_salt(), digest("sha256"), hex()]),
        email("sha256-of-md5", vec![digest("md5"), hex(), digest("sha256"), hex()]),
        email("md5-of-md5", vec![digest("md5"), hex(), digest("md5"), hex()]),
    ]
}

/// The 7 that it finds besides with every encoding on.
fn widened() -> Vec<Recipe> {
    vec![
        email("base32", vec![base32()]),
        email("base58", vec![base58()]),
        email("hex-entities", vec![hex_entities()]),
        email("gzip-base64", vec![gzip(), base64()]),
        email("deflate-base64", vec![deflate(), base64()]),
        way("study/gzip-body", Email, vec![json(), gzip()], Raw("application/json", "gzip")),
        way("study/protobuf-body", Email, vec![protobuf()], Raw("application/x-protobuf", "")),
    ]
}

/// The 30 that it misses: 13 by how they are written, 17 by how they are hashed.
fn missed_spellings() -> Vec<Recipe> {
    vec![
        email("base64url-bare", vec![base64url_bare()]),
        email("hex", vec![hex()]),
        email("base85", vec![base85()]),
        email("decimal-entities", vec![decimal_entities()]),
        email("unicode-escapes", vec![unicode_escapes()]),
        email("char-codes", vec![char_codes()]),
        email("rot13", vec![rot13()]),
        email("reversed", vec![reversed()]),
        email("zlib-hex", vec![zlib(), hex()]),
        way("study/utf-16", Email, vec![wide(2, false, false)], Raw("text/plain", "")),
        email("jwt", vec![jwt()]),
        email("split", vec![split_in_half()]),
        way("study/xor", Email, vec![xor(Key::Hex), hex()], Form),
    ]
}

fn missed_digests() -> Vec<Recipe> {
    vec![
        email("md5-upper", vec![digest("md5"), hex(), upper_digits()]),
        email("sha256-upper", vec![digest("sha256"), hex(), upper_digits()]),
        email("sha256-base64", vec![digest("sha256"), base64()]),
        email("sha256-base64url", vec![digest("sha256"), base64url_bare()]),
        email("sha256-truncated", vec![digest("sha256"), shortened(16), hex()]),
        email("sha256-colons", vec![digest("sha256"), digest_colons()]),
        email("sha256-of-base64", vec![base64(), digest("sha256"), hex()]),
        email("md5-of-base64", vec![base64(), digest("md5"), hex()]),
        email("sha1-of-percent", vec![percent(), digest("sha1"), hex()]),
        email("sha256-local-part", vec![local_part(), digest("sha256"), hex()]),
        way("study/sha256-gmail", Gmail, vec![gmail(), digest("sha256"), hex()], Query),
        email("sha256-salt-before", vec![salt_before(), digest("sha256"), hex()]),
        email("sha256-salt-behind", vec![salt_behind(""), digest("sha256"), hex()]),
        email("hmac-sha256", vec![hmac("sha256", Key::Text), hex()]),
        email("blake2b", vec![digest("blake2b-512"), hex()]),
        email("blake2s", vec![digest("blake2s-256"), hex()]),
        way("study/crc32", Email, vec![digest("crc32"), hex()], Json).in_three(),
    ]
}
