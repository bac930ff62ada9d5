//! Every way of writing text, beyond those of the study.

use super::super::carry::Carrier::{Form, Json, Multipart, Query, Raw, Text};
use super::super::forms::*;
use super::super::recipe::{Recipe, Step, way};
use super::super::spellings::*;
use super::super::text::{self, CRYPT, MAILBOX, utf8};
use super::super::values::Kind::{Email, LongUrl, OddUrl, PaddedEmail, Phone, Search, Url};

pub(super) fn ways() -> Vec<Recipe> {
    [bases(), escapes(), characters(), values()].into_iter().flatten().collect()
}

fn written(id: &str, steps: Vec<Step>) -> Recipe {
    way(&format!("written/{id}"), Email, steps, Json)
}

fn bases() -> Vec<Recipe> {
    vec![
        written("base64-bare", vec![base64_bare()]),
        written("base64url-padded", vec![base64url()]),
        written("base64-at-1", vec![between("x", ""), base64()]),
        written("base64-at-2", vec![between("xy", ""), base64()]),
        written("base64-within", vec![between("to: ", " (3)"), base64()]),
        written("base64-behind-version", vec![base64_behind("v2.")]),
        written("base64-behind-colon", vec![base64_behind("b64:")]),
        written("base64-data-url", vec![base64_behind("data:text/plain;base64,")]),
        way("written/base64-folded", LongUrl, vec![base64_folded()], Multipart(MIME)),
        written("base64-crypt", vec![base64_of(CRYPT)]),
        written("base64-mailbox", vec![base64_of(MAILBOX)]),
        written("base32-hex", vec![base32_hex()]),
        written("base32-lower", vec![base32_lower()]),
        written("ascii85", vec![ascii85()]),
        written("z85", vec![z85()]),
        way("written/base58-url", Url, vec![base58()], Query),
        way("written/base85-url", Url, vec![base85()], Form),
        written("hex-upper", vec![hex_upper()]),
        written("hex-colons", vec![hex_colons()]),
        way("written/hex-url", Url, vec![hex()], Query),
    ]
}

const MIME: &str = "Content-Transfer-Encoding: base64\r\n";
const QUOTED: &str = "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n";

fn escapes() -> Vec<Recipe> {
    vec![
        way("written/percent-url", Url, vec![percent(), percent()], Query),
        written("unicode-escapes", vec![unicode_escapes()]),
        written("byte-escapes", vec![byte_escapes()]),
        way("written/hex-escapes-of-query", Search, vec![byte_escapes()], Query),
        written("named-entities", vec![named_entities()]),
        written("from-char-code", vec![from_char_code()]),
        way("written/char-codes-of-search", Search, vec![char_codes()], Form),
        way("written/quoted-printable", Email, vec![quoted_printable()], Multipart(QUOTED)),
        way(
            "written/json-string",
            Search,
            vec![layer("$.u", quote_all)],
            Raw("application/json", ""),
        ),
    ]
}

/// A JSON document whose string has every character escaped.
fn quote_all(bytes: &[u8]) -> Vec<u8> {
    let escaped = text::units(&utf8(bytes), |unit| format!("\\u{unit:04X}"), "");
    format!("{{\"u\":\"{escaped}\"}}").into_bytes()
}

fn characters() -> Vec<Recipe> {
    let raw = |id: &str, steps| way(&format!("written/{id}"), Email, steps, Raw("", ""));
    vec![
        raw("utf-16-mark", vec![wide(2, false, true)]),
        raw("utf-16-big", vec![wide(2, true, false)]),
        raw("utf-16-big-mark", vec![wide(2, true, true)]),
        raw("utf-32", vec![wide(4, false, false)]),
        raw("utf-32-big-mark", vec![wide(4, true, true)]),
        written("utf-16-base64", vec![wide(2, false, false), base64()]),
        written("utf-16-hex", vec![wide(2, false, false), hex()]),
        way("written/lz-string-utf16", Email, vec![lz_string_utf16()], Text),
    ]
}

/// Values changed before they are written.
fn values() -> Vec<Recipe> {
    let url = |id: &str, steps| way(&format!("written/{id}"), Url, steps, Json);
    vec![
        way("written/trimmed", PaddedEmail, vec![trim()], Form),
        way("written/e164", Phone, vec![e164()], Json),
        way("written/phone-digits", Phone, vec![digits_only()], Query),
        url("url-without-scheme", vec![without_scheme()]),
        url("url-without-fragment", vec![without_fragment()]),
        url("url-without-query", vec![without_query()]),
        url("url-path-and-query", vec![path_and_query()]),
        url("url-path", vec![path_only()]),
        way("written/url-canonical", OddUrl, vec![canonical()], Json),
        way("written/url-cut", LongUrl, vec![cut(255)], Json),
        way("written/search-typed", Search, vec![typed()], Query),
        way("written/search-upper", Search, vec![upper()], Query),
        way("written/split-in-half", Url, vec![split_in_half()], Form),
        way("written/split-at-sign", Email, vec![split_at_sign()], Json),
        way("written/url-rot13", Url, vec![rot13()], Form),
        way("written/url-reversed", Url, vec![reversed()], Json),
        way("written/reversed-base64", Email, vec![reversed(), base64()], Query),
    ]
}
