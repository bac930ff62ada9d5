//! Every format that records and streams travel in.

use super::super::carry::Carrier::{Binary, Form, Header, Json, Multipart, Query, Raw, Text};
use super::super::forms::*;
use super::super::frames::{self, Dumped};
use super::super::recipe::{Recipe, Step, way};
use super::super::serial;
use super::super::spellings::*;
use super::super::squeeze;
use super::super::text::{self, json_string, utf8};
use super::super::values::Kind::{Email, Host, Url};

pub(super) fn ways() -> Vec<Recipe> {
    [compressed(), documents(), records(), framed(), dumps()].into_iter().flatten().collect()
}

fn body(id: &str, steps: Vec<Step>, kind: &'static str) -> Recipe {
    way(&format!("formats/{id}"), Email, steps, Raw(kind, ""))
}

fn coded(id: &str, steps: Vec<Step>, coding: &'static str) -> Recipe {
    way(&format!("formats/{id}"), Email, steps, Raw("application/json", coding))
}

fn compressed() -> Vec<Recipe> {
    let deflated = || deflate().called("deflate");
    vec![
        coded("gzip", vec![json(), gzip()], "gzip"),
        coded("deflate-as-zlib", vec![json(), zlib().called("?deflate > ?zlib")], "deflate"),
        coded("deflate-raw", vec![json(), deflated()], "deflate"),
        coded("br", vec![json(), brotli()], "br"),
        coded("zstd", vec![json(), zstd()], "zstd"),
        coded("gzip-twice", vec![json(), gzip(), gzip()], "gzip, gzip"),
        coded("br-of-gzip", vec![json(), gzip(), brotli()], "gzip, br"),
        body("gzip-unlabelled", vec![json(), gzip()], "application/octet-stream"),
        body("zlib-unlabelled", vec![json(), zlib()], "application/octet-stream"),
        body("deflate-unlabelled", vec![json(), deflated()], "application/octet-stream"),
        body("br-unlabelled", vec![json(), brotli()], "application/octet-stream"),
        body("zstd-unlabelled", vec![json(), zstd()], "application/octet-stream"),
        body("lz4", vec![json(), lz4()], "application/octet-stream"),
        way("formats/gzip-mislabelled", Email, vec![json(), gzip()], Raw("image/png", "br")),
        way("formats/br-base64", Email, vec![json(), brotli(), base64()], Form),
        way("formats/zstd-base64", Email, vec![json(), zstd(), base64url_bare()], Query),
        way("formats/lz4-base64", Email, vec![json(), lz4(), base64()], Json),
        way("formats/deflate-base64", Email, vec![json(), deflate(), base64()], Header),
        way("formats/lz-string-json", Email, vec![json(), lz_string()], Form),
    ]
}

fn documents() -> Vec<Recipe> {
    vec![
        body("json", vec![json()], "text/plain"),
        body("json-in-json", vec![json(), json()], "application/json"),
        body("ndjson", vec![layer("line:1 > $.user.u", ndjson)], "application/x-ndjson"),
        body("jsonp", vec![layer("?jsonp* > $.user.u", jsonp)], "text/javascript"),
        body("json-behind-guard", vec![layer("?*prefix* > $.user.u", guarded)], "application/json"),
        body("xml-attribute", vec![layer("xml:*@u", frames::xml_attribute)], "text/xml"),
        body("xml-element", vec![layer("xml:*u", frames::xml_element)], "application/xml"),
        body("xml-plist", vec![layer("plist:u", frames::xml_plist)], "application/x-plist"),
        body("form-as-text", vec![inner_form()], "text/plain"),
        way("formats/structured-header", Email, vec![layer("*:u", dictionary)], Header),
        way("formats/structured-bytes", Email, vec![layer("*:u > ?base64", byte_sequence)], Header),
    ]
}

fn ndjson(value: &[u8]) -> Vec<u8> {
    [b"{\"v\":3}\n", &frames::json(value)[..], b"\n{\"end\":true}\n"].concat()
}

fn jsonp(value: &[u8]) -> Vec<u8> {
    [b"/**/receive(", &frames::json(value)[..], b");"].concat()
}

fn guarded(value: &[u8]) -> Vec<u8> {
    [b")]}'\n", &frames::json(value)[..]].concat()
}

/// A dictionary of structured fields (RFC 9651).
fn dictionary(value: &[u8]) -> Vec<u8> {
    format!("v=3, u={};q=0.9, open=?1", json_string(&utf8(value))).into_bytes()
}

/// The same with a byte sequence, which is base64 between colons.
fn byte_sequence(value: &[u8]) -> Vec<u8> {
    let value = text::base64(value, text::STANDARD, true);
    format!("v=3, u=:{value}:, open=?1").into_bytes()
}

fn records() -> Vec<Recipe> {
    vec![
        body("protobuf", vec![protobuf()], "application/octet-stream"),
        body(
            "protobuf-nested",
            vec![protobuf().called("protobuf:3.1.3.1"), unnamed()],
            "application/x-protobuf",
        ),
        body("protobuf-digest", vec![digest("sha1"), protobuf()], "application/x-protobuf"),
        body("msgpack", vec![msgpack()], "application/msgpack"),
        body("msgpack-unlabelled", vec![msgpack()], "application/octet-stream"),
        body("cbor", vec![cbor()], "application/cbor"),
        body("cbor-unlabelled", vec![cbor()], "application/octet-stream"),
        body("bson", vec![bson()], "application/bson"),
        body("thrift-compact", vec![thrift(serial::thrift_compact)], "application/x-thrift"),
        body("thrift-binary", vec![thrift(serial::thrift_binary)], "application/x-thrift"),
        body("binary-plist", vec![binary_plist()], "application/x-plist"),
        body("msgpack-digest", vec![digest("md5"), msgpack()], "application/msgpack"),
        way("formats/protobuf-base64", Email, vec![protobuf(), base64()], Json),
        way("formats/msgpack-base64", Email, vec![msgpack(), base64()], Query),
        way("formats/cbor-base64url", Email, vec![cbor(), base64url_bare()], Header),
        way("formats/bson-base64", Email, vec![bson(), base64()], Form),
        way("formats/plist-base64", Email, vec![binary_plist(), base64()], Form),
        way("formats/msgpack-message", Email, vec![msgpack()], Binary),
        way("formats/protobuf-message", Url, vec![protobuf()], Binary),
    ]
}

/// A second message around the first, whose fields the first one's path already names.
fn unnamed() -> Step {
    layer("", serial::protobuf)
}

fn thrift(make: fn(&[u8]) -> Vec<u8>) -> Step {
    layer("thrift:3.1", make)
}

fn binary_plist() -> Step {
    layer("plist:u", |bytes| serial::binary_plist(&utf8(bytes)))
}

fn framed() -> Vec<Recipe> {
    let grpc = || layer("grpc*", |bytes| frames::grpc(bytes, false));
    let zipped = layer("grpc* > gzip", |bytes| frames::grpc(&squeeze::gzip(bytes), true));
    let web = || layer("grpc*", frames::grpc_web);
    let socket = || layer("socket.io* > $[1].user.u", frames::socket_io);
    vec![
        body("grpc", vec![protobuf(), grpc()], "application/grpc"),
        body("grpc-gzip", vec![protobuf(), zipped], "application/grpc"),
        body("grpc-web", vec![protobuf(), web()], "application/grpc-web+proto"),
        body("grpc-web-text", vec![protobuf(), web(), base64()], "application/grpc-web-text"),
        body("sentry", vec![layer("sentry* > $.user.email", frames::sentry)], SENTRY),
        coded("sentry-gzip", vec![layer("sentry* > $.user.email", frames::sentry), gzip()], "gzip"),
        way("formats/socket-io", Email, vec![socket()], Text),
        body("socket-io-polling", vec![socket()], "text/plain;charset=UTF-8"),
        way(
            "formats/signalr",
            Email,
            vec![layer("signalr* > $.arguments[0]", frames::signalr)],
            Text,
        ),
    ]
}

const SENTRY: &str = "application/x-sentry-envelope";

fn dumps() -> Vec<Recipe> {
    let dump = |place| move |bytes: &[u8]| frames::minidump(bytes, place);
    let file = Multipart("Content-Type: application/octet-stream\r\n");
    let dumped = |id: &str, step, place| {
        way(&format!("formats/minidump-{id}"), Url, vec![layer(step, dump(place))], file)
    };
    let zipped = vec![layer("minidump*", dump(Dumped::CommandLine)), gzip()];
    vec![
        dumped("command", "minidump*", Dumped::CommandLine),
        dumped("environment", "minidump*", Dumped::Environment),
        dumped("memory", "minidump*", Dumped::Memory),
        dumped("wide-memory", "minidump* > ?utf-16", Dumped::WideMemory),
        way("formats/minidump-gzip", Host, zipped, Raw("application/octet-stream", "gzip")),
    ]
}
