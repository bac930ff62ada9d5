//! Recordings of real programs, from import to findings.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

mod common;

use common::{Bench, findings, jsonl, places};

#[test]
fn chromium_ukm_carries_the_visited_address_and_its_own_site_is_no_finding() {
    let bench = Bench::new();
    let case = bench.import(
        "chromium_ukm.warc",
        r#"
[[seed]]
id = "visit-1"
value = "https://www.example.org/private?q=secret-normal"
property = "browsing.url"
sites = ["example.org"]
"#,
    );
    let done = bench.run(&["audit", case.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    let places = places(&case, "visit-1");
    assert!(places.iter().all(|(host, _)| host == "clients4.google.com"), "{places:?}");
    let at = |field: &str| {
        places
            .iter()
            .filter(|(_, found)| {
                without_indexes(found) == format!("request.body > gzip > protobuf:{field}")
            })
            .count()
    };
    assert_eq!(at("3.8.1"), 5, "four posts, the first with two sources: {places:?}");
    assert_eq!(at("3.15.1"), 1, "{places:?}");
    let plain =
        ("clients4.google.com".to_owned(), "request.body > gzip > protobuf:3.8.1".to_owned());
    assert_eq!(places.iter().filter(|place| **place == plain).count(), 3, "{places:?}");
    assert!(done.stdout.contains("OBSERVED"), "{}", done.stdout);
}

/// A path as it is where every field is single.
fn without_indexes(path: &str) -> String {
    let mut parts = path.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |path, part| path + part.split_once(']').map_or("", |(_, rest)| rest))
}

#[test]
fn the_python_sdk_carries_the_search_word_in_the_wire_format_of_2020() {
    let bench = Bench::new();
    let case = bench.import(
        "sensors_python.warc",
        r#"
[[seed]]
id = "search-1"
value = "my secret"
property = "browsing.search"
"#,
    );
    bench.run(&["audit", case.to_str().unwrap()]);
    let places = places(&case, "search-1");
    let wanted = "request.body > form:data_list > base64 > gzip > $[1].properties.search_word";
    assert!(places.iter().any(|(_, path)| path == wanted), "{places:?}");
}

#[test]
fn the_encrypted_group_of_the_js_sdk_is_reported_as_encrypted() {
    let bench = Bench::new();
    let case = bench.import(
        "sensors_js.warc",
        r#"
[[seed]]
id = "search-1"
value = "my secret query"
property = "browsing.search"
"#,
    );
    bench.run(&["audit", case.to_str().unwrap()]);
    assert!(!places(&case, "search-1").is_empty());
    let coverage: serde_json::Value =
        serde_json::from_slice(&std::fs::read(case.join("analysis/coverage.json")).unwrap())
            .unwrap();
    let encrypted: Vec<_> = coverage["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|gap| gap["reason"] == "encrypted")
        .collect();
    assert!(!encrypted.is_empty(), "{coverage:#}");
    assert!(encrypted.iter().any(|gap| gap["bytes"].as_u64().unwrap() > 1_000), "{encrypted:?}");
    assert!(coverage["bytes_explained"].as_u64() < coverage["bytes_sent"].as_u64());
}

#[test]
fn mixpanel_gives_address_user_and_mail() {
    let bench = Bench::new();
    let case = bench.import(
        "mixpanel.warc",
        r#"
[[seed]]
id = "user"
value = "user-42"
property = "person.account"
[[seed]]
id = "mail"
value = "user-42@example.com"
property = "person.email"
[[seed]]
id = "visit"
value = "private?q=secret"
property = "browsing.url"
sites = []
"#,
    );
    bench.run(&["audit", case.to_str().unwrap()]);
    for seed in ["user", "mail", "visit"] {
        assert!(!places(&case, seed).is_empty(), "{seed}");
    }
}

#[test]
fn firefox_sends_no_address_and_documented_numbers() {
    let bench = Bench::new();
    let case = bench.import(
        "firefox_normal.warc",
        r#"
[[seed]]
id = "visit-1"
value = "https://www.example.org/private?q=secret-normal"
property = "browsing.url"
"#,
    );
    bench.run(&["audit", case.to_str().unwrap()]);
    let browsing = findings(&case)
        .iter()
        .filter(|f| f["property"].as_str().unwrap().starts_with("browsing."))
        .count();
    assert_eq!(browsing, 0);
    let identifiers = jsonl(&case.join("analysis/identifiers.jsonl"));
    for field in ["clientId", "profileGroupId", "client_info.client_id"] {
        let found = identifiers
            .iter()
            .find(|id| id["place_pattern"].as_str().unwrap().ends_with(&format!("$.{field}")));
        let found = found.unwrap_or_else(|| panic!("{field} is not among {identifiers:#?}"));
        assert_eq!(found["basis"], "documented", "{field}");
        assert_eq!(found["scope"], "unknown", "one recording tells no scope");
    }
}

#[test]
fn an_audit_is_the_same_whatever_the_threads() {
    let bench = Bench::new();
    let case = bench.import("sensors_js.warc", "");
    let files = [
        "findings.jsonl",
        "identifiers.jsonl",
        "observations.jsonl",
        "verdicts.json",
        "exhibits.jsonl",
    ];
    let analysis = |threads: &str| {
        let status = bench
            .command(&["audit", case.to_str().unwrap()])
            .env("RAYON_NUM_THREADS", threads)
            .output();
        assert!(status.unwrap().status.code().is_some_and(|code| code != 5));
        files.map(|name| std::fs::read(case.join("analysis").join(name)).unwrap())
    };
    assert!(analysis("1") == analysis("4"));
}
