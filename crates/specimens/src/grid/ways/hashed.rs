//! Every hash function, every way of writing a digest, and what is hashed.

use super::super::carry::Carrier::{Form, Header, Json, Query};
use super::super::forms::*;
use super::super::hash::HASHES;
use super::super::recipe::{Recipe, Step, way};
use super::super::spellings::*;
use super::super::values::Kind::{self, *};

pub(super) fn ways() -> Vec<Recipe> {
    [functions(), spelled(), normalised(), twice(), short()].into_iter().flatten().collect()
}

/// All functions of 64 bits and more, in hexadecimal.
fn functions() -> Vec<Recipe> {
    let long = HASHES.iter().filter(|hash| (hash.run)(b"").len() >= 8);
    let hashed =
        |name: &'static str| way(&format!("hashed/{name}"), Email, vec![digest(name), hex()], Form);
    long.map(|hash| hashed(hash.name)).collect()
}

fn spelled() -> Vec<Recipe> {
    let spelled = |id: &str, name, steps: Vec<Step>| {
        let steps = std::iter::once(digest(name)).chain(steps).collect();
        way(&format!("hashed/{name}-{id}"), Email, steps, Json)
    };
    vec![
        spelled("base64", "md5", vec![base64()]),
        spelled("base64-bare", "md5", vec![base64_bare()]),
        spelled("base64url", "sha1", vec![base64url()]),
        spelled("base64url-bare", "sha512", vec![base64url_bare()]),
        spelled("base64", "sha512", vec![base64()]),
        spelled("upper", "sha1", vec![hex(), upper_digits()]),
        spelled("upper", "blake3", vec![hex(), upper_digits()]),
        spelled("base64", "sha3-256", vec![base64()]),
        spelled("colons", "sha1", vec![digest_colons()]),
        spelled("8-bytes", "sha256", vec![shortened(8), hex()]),
        spelled("10-bytes", "sha1", vec![shortened(10), hex()]),
        spelled("8-bytes-upper", "md5", vec![shortened(8), hex(), upper_digits()]),
        spelled("12-bytes-base64url", "sha256", vec![shortened(12), base64url_bare()]),
        spelled("decimal", "xxh64", vec![decimal()]),
        spelled("decimal", "fnv1a-64", vec![decimal()]),
        spelled("base32", "sha1", vec![base32()]),
        spelled("in-form", "md5", vec![hex(), inner_form()]),
    ]
}

/// Values as vendors normalise them before hashing.
fn normalised() -> Vec<Recipe> {
    let hashed = |id: &str, kind: Kind, mut steps: Vec<Step>, name| {
        steps.extend([digest(name), hex()]);
        way(&format!("hashed/{id}"), kind, steps, Query)
    };
    vec![
        hashed("email-trimmed", PaddedEmail, vec![trim()], "sha256"),
        hashed("email-trimmed-lower", PaddedEmail, vec![trim(), lower()], "md5"),
        hashed("email-upper", Email, vec![upper()], "md5"),
        hashed("email-local-part-lower", Email, vec![lower(), local_part()], "sha1"),
        hashed("gmail", Gmail, vec![gmail()], "md5"),
        hashed("phone-e164", Phone, vec![e164()], "sha256"),
        hashed("phone-digits", Phone, vec![digits_only()], "sha256"),
        hashed("phone-as-typed", Phone, vec![], "sha1"),
        hashed("url", Url, vec![], "sha256"),
        hashed("url-canonical", OddUrl, vec![canonical()], "sha256"),
        hashed("url-host", Host, vec![host_only()], "md5"),
        hashed("url-host-sha256", Host, vec![host_only()], "sha256"),
        hashed("url-path", Url, vec![path_only()], "sha256"),
        hashed("url-path-and-query", Url, vec![path_and_query()], "sha1"),
        hashed("url-without-query", Url, vec![without_query()], "md5"),
        hashed("url-without-scheme", Url, vec![without_scheme()], "md5"),
        hashed("url-without-fragment", Url, vec![without_fragment()], "sha256"),
        hashed("url-cut-255", LongUrl, vec![cut(255)], "md5"),
        hashed("url-cut-100", LongUrl, vec![cut(100)], "sha256"),
        hashed("device", Device, vec![], "md5"),
        hashed("device-upper", Device, vec![upper()], "sha1"),
        hashed("search", Search, vec![], "sha256"),
        hashed("search-typed", Search, vec![typed()], "sha256"),
        hashed("search-reversed", Search, vec![reversed()], "md5"),
    ]
}

/// Hashes of encodings and of hashes.
fn twice() -> Vec<Recipe> {
    let hashed = |id: &str, steps| way(&format!("hashed/{id}"), Email, steps, Header);
    vec![
        hashed("sha256-of-base64url", vec![base64url_bare(), digest("sha256"), hex()]),
        hashed("md5-of-hex", vec![hex(), digest("md5"), hex()]),
        hashed("sha256-of-percent", vec![percent(), digest("sha256"), hex()]),
        hashed("sha1-of-sha1", vec![digest("sha1"), hex(), digest("sha1"), hex()]),
        hashed("sha256-of-sha1", vec![digest("sha1"), hex(), digest("sha256"), hex()]),
        hashed("md5-of-sha256", vec![lower(), digest("sha256"), hex(), digest("md5"), hex()]),
        hashed("sha256-of-raw-sha256", vec![digest("sha256"), digest("sha256"), hex()]),
        hashed("sha1-of-sha256-base64", vec![digest("sha256"), hex(), digest("sha1"), base64()]),
    ]
}

/// Functions below 64 bits: believed only where one place and function explain three values.
fn short() -> Vec<Recipe> {
    let short = |id: &str, steps| way(&format!("hashed/{id}"), Email, steps, Json).in_three();
    vec![
        short("crc32-decimal", vec![digest("crc32"), decimal()]),
        short("crc32-hex-lower", vec![lower(), digest("crc32"), hex()]),
        short("murmur3-32-hex", vec![digest("murmur3-32"), hex()]),
        short("murmur3-32-decimal", vec![digest("murmur3-32"), decimal()]),
        short("xxh32-hex", vec![digest("xxh32"), hex()]),
        short("fnv1a-32-decimal", vec![digest("fnv1a-32"), decimal()]),
        short("java-hashcode", vec![java_hash(), as_decimal()]),
        way("hashed/crc32-url", Url, vec![digest("crc32"), hex()], Query).in_three(),
    ]
}
