//! `candor peel`: what it prints for people and for programs, with keys, and where it says a value
//! stands.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

mod common;

use std::io::Write;

use common::{Bench, findings, jsonl};
use data_encoding::BASE64;

/// "the address https://example.org/private?q=1" by `openssl enc -aes-128-cbc`, key 00 to 0f,
/// vector 10 to 1f, in hex.
const SEALED: &str = "7d3cc7fad3ea209a1f66883500fa6ebbb9ea79134d0507de6af2f74efd31d997\
                      be252a770391652fc1bcf31d51beeebf";

const KEYS: &str = r#"
[[key]]
name = "SDK 4.2"
cipher = "aes-cbc"
key = { hex = "000102030405060708090a0b0c0d0e0f" }
iv = { hex = "101112131415161718191a1b1c1d1e1f" }
"#;

/// SHA-256 of `grace@example.org`, in hex.
const HASHED: &str = "233ac984b593b1d70d8de3150f794304b623e57e11ae118e236205323735c59f";

/// A form with JSON in gzip in base64, and something sealed.
fn body() -> String {
    let json = format!(r#"{{"url":"https://www.example.org/public?q=7","user":"{HASHED}"}}"#);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(json.as_bytes()).unwrap();
    let data = BASE64.encode(&gzip.finish().unwrap());
    let sealed = data_encoding::HEXLOWER.decode(SEALED.as_bytes()).unwrap();
    let escape = |text: &str| text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("v=3&data={}&p={}", escape(&data), escape(&BASE64.encode(&sealed)))
}

#[test]
fn the_tree_is_drawn() {
    let bench = Bench::new();
    bench.write("body", body());
    let done = bench.run(&["peel", "body"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    for line in [
        "├─ form:v  3\n",
        "bytes > gzip  118 bytes\n│  ├─ $.url  34 bytes\n│  │  ├─ path:0  public\n",
        "└─ form:p 64 bytes > base64  48 bytes, looks encrypted; random from end to end, ",
        "\n11 layers; 1 could not be read (48 bytes)\n",
    ] {
        assert!(done.stdout.contains(line), "no {line:?} in\n{}", done.stdout);
    }
    assert!(!done.stdout.contains('\u{1b}'));
}

#[test]
fn a_key_opens_and_is_named() {
    let bench = Bench::new();
    bench.write("body", body());
    bench.write("keys.toml", KEYS);
    let done = bench.run(&["peel", "body", "--keys", "keys.toml"]);
    let line = "> aes-cbc (key: keys.toml: SDK 4.2)  the address https://example.org/private?q=1\n";
    assert!(done.stdout.contains(line), "{}", done.stdout);
    let found = bench.run(&[
        "peel",
        "body",
        "--keys",
        "keys.toml",
        "--find",
        "https://example.org/private?q=1",
    ]);
    let lines = "input > form:p > base64 > aes-cbc\n  https://example.org/private?q=1\n  \
                 bytes 12 to 43 of that layer; as it is\n  opened with the key keys.toml: SDK 4.2\n";
    assert!(found.stdout.starts_with(lines), "{}", found.stdout);
    let refused = bench.run(&["peel", "body", "--keys", "body"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("body:1:"), "{}", refused.stderr);
}

#[test]
fn a_value_is_found_however_it_was_changed() {
    let bench = Bench::new();
    bench.write("body", body());
    let done = bench.run(&["peel", "body", "--find", "Grace@Example.org", "--json"]);
    let found = &done.json()["found"];
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found[0]["path"], "input > form:data > base64 > gzip > $.user");
    assert_eq!(found[0]["derivation"], serde_json::json!(["lower", "sha256", "hex"]));
    let none = bench.run(&["peel", "body", "--find", "nobody@example.org"]);
    assert_eq!(none.code, 0);
    assert!(none.stdout.starts_with("not found; 11 layers with "), "{}", none.stdout);
    assert!(none.stdout.contains("1 with 48 bytes could not be read"), "{}", none.stdout);
    let short = bench.run(&["peel", "body", "--find", "ab"]);
    assert_eq!(short.code, 2);
    assert!(short.stderr.contains("too short"), "{}", short.stderr);
}

#[test]
fn json_tells_each_layer() {
    let bench = Bench::new();
    bench.write("body", body());
    let done = bench.run(&["peel", "body", "--json"]);
    let layers = done.json()["layers"].clone();
    let at = |path: &str| {
        let rows = layers.as_array().unwrap().iter();
        rows.clone().find(|row| row["path"] == path).unwrap_or_else(|| panic!("no {path}")).clone()
    };
    let sealed = at("input > form:p > base64");
    assert_eq!((&sealed["end"], &sealed["length"]), (&"encrypted".into(), &48.into()));
    assert_eq!(sealed["opaque"]["looks"], "encrypted");
    assert!(sealed["opaque"]["entropy"].as_f64().unwrap() > 5.0);
    assert_eq!(at("input > form:v")["preview"], "3");
}

#[test]
fn the_input_may_be_named() {
    let bench = Bench::new();
    bench.write("text", "dXNlci00Mg==");
    let done = bench.run(&["peel", "text", "--as", "base64"]);
    assert!(done.stdout.starts_with("input 12 bytes > base64  user-42\n"), "{}", done.stdout);
    let other = bench.run(&["peel", "text", "--as", "gzip"]);
    assert!(other.stdout.starts_with("input  dXNlci00Mg==\n"), "{}", other.stdout);
    let refused = bench.run(&["peel", "text", "--as", "zip"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("`zip` is no codec: use one of gzip, "), "{}", refused.stderr);
}

/// A recording with one request that posts the sealed address.
fn recording() -> String {
    let sealed = data_encoding::HEXLOWER.decode(SEALED.as_bytes()).unwrap();
    let body = serde_json::json!({ "p": BASE64.encode(&sealed) }).to_string();
    let empty = serde_json::json!([]);
    serde_json::json!({ "log": {
        "version": "1.2",
        "creator": { "name": "test", "version": "1" },
        "entries": [{
            "startedDateTime": "2026-11-22T12:00:00.000Z",
            "time": 1,
            "request": {
                "method": "POST", "url": "https://collect.maker.test/c", "httpVersion": "HTTP/1.1",
                "headers": empty, "queryString": empty, "cookies": empty, "headersSize": -1,
                "bodySize": body.len(),
                "postData": { "mimeType": "application/json", "text": body },
            },
            "response": {
                "status": 204, "statusText": "", "httpVersion": "HTTP/1.1", "headers": empty,
                "cookies": empty, "content": { "size": 0, "mimeType": "" }, "redirectURL": "",
                "headersSize": -1, "bodySize": 0,
            },
            "cache": {}, "timings": { "send": 0, "wait": 1, "receive": 0 },
        }],
    }})
    .to_string()
}

#[test]
fn an_audit_uses_the_keys_of_the_case_and_names_them() {
    let bench = Bench::new();
    bench.write("one.har", recording());
    bench.write(
        "seeds.toml",
        "[[seed]]\nid = \"visit\"\nvalue = \"https://example.org/private?q=1\"\n\
         property = \"browsing.url\"\nsites = [\"example.org\"]\n",
    );
    let done = bench.run(&["import", "one.har", "--case", "case", "--seeds", "seeds.toml"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    bench.run(&["audit", "case"]);
    assert!(findings(&bench.path("case")).is_empty());
    bench.write("case/keys.toml", KEYS);
    bench.run(&["audit", "case"]);
    let found = findings(&bench.path("case"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["place"]["path"], "request.body > $.p > base64 > aes-cbc");
    let exhibits = jsonl(&bench.path("case/analysis/exhibits.jsonl"));
    let layers = exhibits[0]["layers"].as_array().unwrap();
    let keys: Vec<Option<&str>> = layers.iter().map(|layer| layer["key"].as_str()).collect();
    assert_eq!(keys, [None, None, None, Some("keys.toml: SDK 4.2")]);
    let shown = bench.run(&["show", "case", found[0]["id"].as_str().unwrap()]);
    assert!(shown.stdout.contains("opened with the key keys.toml: SDK 4.2"), "{}", shown.stdout);
}

#[test]
fn a_descriptor_names_the_fields() {
    use prost::Message;
    use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};
    let field = |name: &str, number| FieldDescriptorProto {
        name: Some(name.into()),
        number: Some(number),
        ..FieldDescriptorProto::default()
    };
    let visit = DescriptorProto {
        name: Some("Visit".into()),
        field: vec![field("address", 1), field("length", 3)],
        ..DescriptorProto::default()
    };
    let file = FileDescriptorProto {
        package: Some("maker".into()),
        message_type: vec![visit],
        ..FileDescriptorProto::default()
    };
    let bench = Bench::new();
    let set = prost_types::FileDescriptorSet { file: vec![file] };
    bench.write("maker.pb", set.encode_to_vec());
    bench.write("body.bin", b"\x0a\x1bhttps://www.example.org/a?b\x18\x05");
    let peel = ["peel", "body.bin", "--descriptor", "maker.pb", "--message"];
    let done = bench.run(&[&peel[..], &["maker.Visit"]].concat());
    assert!(done.stdout.contains("protobuf:1 (address)"), "{}{}", done.stdout, done.stderr);
    assert!(done.stdout.contains("protobuf:3 (length)"), "{}", done.stdout);
    let json = bench.run(&[&peel[..], &["Visit", "--json"]].concat()).json();
    let named =
        json["layers"].as_array().unwrap().iter().filter(|layer| layer["names"] == "address");
    assert_eq!(named.count(), 1, "{json}");
    let other = bench.run(&[&peel[..], &["Visitor"]].concat());
    assert_eq!(other.code, 2, "{}", other.stderr);
    assert!(other.stderr.contains("there are maker.Visit"), "{}", other.stderr);
}
