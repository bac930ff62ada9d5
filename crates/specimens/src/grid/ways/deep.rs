//! Compositions, three to five layers deep, as real senders build them.

use super::super::carry::Carrier::{
    Binary, Cookie, Form, Header, Json, Multipart, Query, Raw, Text,
};
use super::super::forms::*;
use super::super::frames;
use super::super::recipe::{Key, Recipe, Step, way};
use super::super::spellings::*;
use super::super::values::Kind::{Email, PaddedEmail, Phone, Search, Url};

pub(super) fn ways() -> Vec<Recipe> {
    [bodies(), fields(), hashed()].into_iter().flatten().collect()
}

const BYTES: &str = "application/octet-stream";

fn bodies() -> Vec<Recipe> {
    let grpc = || layer("grpc*", |bytes| frames::grpc(bytes, false));
    let sentry = || layer("sentry* > $.user.email", frames::sentry);
    let signalr = || layer("signalr* > $.arguments[0]", frames::signalr);
    let socket = || layer("socket.io* > $[1].user.u", frames::socket_io);
    vec![
        way(
            "deep/protobuf-base64-json",
            Email,
            vec![protobuf(), base64(), json()],
            Raw("application/json", ""),
        ),
        way(
            "deep/protobuf-base64-json-gzip",
            Url,
            vec![protobuf(), base64(), json(), gzip()],
            Raw("application/json", "gzip"),
        ),
        way("deep/json-gzip-protobuf", Email, vec![json(), gzip(), protobuf()], Raw(BYTES, "")),
        way(
            "deep/json-gzip-base64-json-br",
            Email,
            vec![json(), gzip(), base64(), json(), brotli()],
            Raw("application/json", "br"),
        ),
        way("deep/msgpack-zstd", Email, vec![msgpack(), zstd()], Raw(BYTES, "zstd")),
        way(
            "deep/cbor-deflate-base64-json",
            Email,
            vec![cbor(), deflate(), base64(), json()],
            Raw("application/json", ""),
        ),
        way("deep/json-lz4-msgpack", Url, vec![json(), lz4(), msgpack()], Raw(BYTES, "")),
        way(
            "deep/utf-16-gzip-base64-json",
            Email,
            vec![wide(2, false, true), gzip(), base64(), json()],
            Raw("application/json", ""),
        ),
        way(
            "deep/json-base64-protobuf-grpc",
            Url,
            vec![json(), base64(), protobuf(), grpc()],
            Raw("application/grpc", ""),
        ),
        way(
            "deep/hex-json-zlib-base64-sentry",
            Email,
            vec![hex(), json(), zlib(), base64(), sentry()],
            Raw("", ""),
        ),
        way("deep/json-base64-signalr", Email, vec![json(), base64(), signalr()], Text),
        way("deep/json-in-json-socket-io", Search, vec![json(), json(), socket()], Text),
        way("deep/protobuf-gzip-message", Email, vec![protobuf(), gzip()], Binary),
        way(
            "deep/json-br-base64-multipart",
            Url,
            vec![json(), brotli(), base64url()],
            Multipart(""),
        ),
    ]
}

fn fields() -> Vec<Recipe> {
    vec![
        way(
            "deep/json-base64-percent-form",
            Email,
            vec![json(), base64(), percent_of_plain(), inner_form()],
            Form,
        ),
        way(
            "deep/json-gzip-base64-percent",
            Url,
            vec![json(), gzip(), base64(), percent_of_plain()],
            Form,
        ),
        way("deep/url-base64-json-hex", Email, vec![inner_url(), base64(), json(), hex()], Query),
        way("deep/hex-base64-hex", Email, vec![hex(), base64(), hex()], Query),
        way("deep/base64-four-times", Email, vec![base64(), base64(), base64(), base64()], Query),
        way(
            "deep/percent-json-percent-base64",
            Search,
            vec![percent(), json(), percent(), base64()],
            Cookie,
        ),
        way("deep/lz-string-json-base64", Email, vec![lz_string(), json(), base64()], Header),
        way("deep/char-codes-base64-url", Email, vec![char_codes(), base64(), inner_url()], Query),
        way("deep/entities-json-base32", Email, vec![decimal_entities(), json(), base32()], Json),
        way(
            "deep/escape-base64-json-zlib-hex",
            Email,
            vec![byte_escapes(), base64(), json(), zlib(), hex()],
            Json,
        ),
        way("deep/jwt-json-gzip-base64", Email, vec![jwt(), json(), gzip(), base64()], Form),
        way("deep/rot13-base64-json", Email, vec![rot13(), base64(), json()], Form),
        way("deep/reversed-gzip-hex", Url, vec![reversed(), json(), gzip(), hex()], Query),
        way("deep/json-base58-json", Email, vec![json(), base58(), json()], Json),
        way("deep/json-zlib-base85", Email, vec![json(), zlib(), base85()], Json),
    ]
}

/// Normalised, hashed, written, wrapped.
fn hashed() -> Vec<Recipe> {
    let sha256 = |form: Step| vec![form, digest("sha256"), hex()];
    let with = |mut steps: Vec<Step>, more: Vec<Step>| {
        steps.extend(more);
        steps
    };
    vec![
        way("deep/sha256-json-base64", Email, with(sha256(lower()), vec![json(), base64()]), Query),
        way(
            "deep/sha256-json-gzip-base64",
            PaddedEmail,
            with(sha256(trim()), vec![json(), gzip(), base64()]),
            Form,
        ),
        way(
            "deep/sha256-protobuf-gzip",
            Phone,
            with(sha256(e164()), vec![protobuf(), gzip()]),
            Raw(BYTES, "gzip"),
        ),
        way(
            "deep/md5-raw-protobuf-base64-json",
            Email,
            vec![digest("md5"), protobuf(), base64(), json()],
            Raw("application/json", ""),
        ),
        way(
            "deep/sha1-base64-json-zstd",
            Email,
            vec![digest("sha1"), base64(), json(), zstd()],
            Raw("application/json", "zstd"),
        ),
        way(
            "deep/md5-of-sha256-upper-json-hex",
            Email,
            vec![digest("sha256"), hex(), digest("md5"), hex(), upper_digits(), json(), hex()],
            Query,
        ),
        way(
            "deep/hmac-json-base64",
            Email,
            vec![lower(), hmac("sha256", Key::Text), hex(), json(), base64()],
            Query,
        ),
        way(
            "deep/salted-json-gzip-base64",
            Email,
            vec![lower(), salt_before(), digest("sha256"), hex(), json(), gzip(), base64()],
            Form,
        ),
        way("deep/xor-json-base64", Email, vec![xor(Key::Text), hex(), json(), base64()], Form),
        way(
            "deep/sha512-truncated-base64url-cookie",
            Url,
            vec![
                without_fragment(),
                digest("sha512"),
                shortened(20),
                base64url_bare(),
                json(),
                percent(),
            ],
            Cookie,
        ),
    ]
}
