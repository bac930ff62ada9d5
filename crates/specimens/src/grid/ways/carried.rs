//! Every carrier, with the forms that each is fit for.

use super::super::carry::Carrier::{self, *};
use super::super::forms::*;
use super::super::recipe::{Key, Recipe, Step, way};
use super::super::spellings::*;
use super::super::values::Kind::{Device, Email, Search, Url};

/// Carriers of text, with their names.
const TEXT: [(&str, Carrier); 9] = [
    ("path", Path),
    ("query", Query),
    ("header", Header),
    ("cookie", Cookie),
    ("form", Form),
    ("json", Json),
    ("multipart", Multipart("")),
    ("raw", Raw("text/plain", "")),
    ("message", Text),
];

type Steps = fn() -> Vec<Step>;

pub(super) fn ways() -> Vec<Recipe> {
    let forms: [(&str, Steps); 4] = [
        ("percent", || vec![percent()]),
        ("base64url", || vec![base64url_bare()]),
        ("sha256", || vec![lower(), digest("sha256"), hex()]),
        ("gzip-json", || vec![json(), gzip(), base64url()]),
    ];
    let every = TEXT.into_iter().flat_map(|(name, carrier)| {
        let way = move |(form, steps): (&str, Steps)| {
            way(&format!("carried/{name}/{form}"), Email, steps(), carrier)
        };
        forms.map(way)
    });
    every.chain(plain()).chain(salted()).chain(binary()).chain(odd()).collect()
}

/// A value that goes as it is. Not everything fits everywhere as it stands.
fn plain() -> Vec<Recipe> {
    let words = [("path", Path), ("query", Query), ("form", Form), ("json", Json)];
    let words = words
        .map(|(name, carrier)| way(&format!("carried/{name}/search"), Search, vec![], carrier));
    let addresses =
        TEXT.map(|(name, carrier)| way(&format!("carried/{name}/url"), Url, vec![], carrier));
    let numbers = [("header", Header), ("cookie", Cookie), ("message", Text)];
    let numbers = numbers
        .map(|(name, carrier)| way(&format!("carried/{name}/device"), Device, vec![], carrier));
    words.into_iter().chain(addresses).chain(numbers).collect()
}

/// A salt in every carrier that has room for one.
fn salted() -> Vec<Recipe> {
    let salted = [
        ("header", Header),
        ("cookie", Cookie),
        ("form", Form),
        ("json", Json),
        ("multipart", Multipart("")),
        ("raw", Raw("text/plain", "")),
    ];
    let steps = || vec![hmac("sha1", Key::Hex), hex()];
    salted
        .map(|(name, carrier)| way(&format!("carried/{name}/hmac"), Email, steps(), carrier))
        .into()
}

/// Bytes where there is room for bytes.
fn binary() -> Vec<Recipe> {
    let carriers = [
        ("form", Form),
        ("multipart", Multipart("Content-Type: application/octet-stream\r\n")),
        ("raw", Raw("application/octet-stream", "")),
        ("message", Binary),
    ];
    let packed = carriers.map(|(name, carrier)| {
        way(&format!("carried/{name}/deflated-bytes"), Email, vec![json(), zlib()], carrier)
    });
    let hashed = carriers.map(|(name, carrier)| {
        way(&format!("carried/{name}/digest-bytes"), Email, vec![digest("sha256")], carrier)
    });
    packed.into_iter().chain(hashed).collect()
}

/// What belongs to one carrier alone.
fn odd() -> Vec<Recipe> {
    let basic = layer("", |bytes| [bytes, b":".as_slice(), b"x7!".as_slice()].concat());
    vec![
        way("carried/authorization/basic", Email, vec![basic, base64()], Credentials("Basic")),
        way("carried/authorization/bearer", Email, vec![jwt()], Credentials("Bearer")),
        way("carried/query/url-in-url", Email, vec![inner_url()], Query),
        way("carried/cookie/json", Email, vec![json(), percent()], Cookie),
        way("carried/form/form", Email, vec![inner_form()], Form),
        way("carried/header/form", Email, vec![inner_form()], Header),
    ]
}
