//! Real recordings, and where in them the planted values must be found.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use candor_case::{Coverage, End, Exchange, GapReason, Tree};
use candor_peel::{Budget, coverage, peel};

const VISITED: &str = "https://www.example.org/private?q=secret-normal";

fn peeled(exchange: &Exchange) -> Tree {
    peel(exchange, &Default::default(), &Budget::default())
}

/// Hosts and paths of the sample's requests at which the layer is exactly `value`.
fn paths_of(sample: &str, value: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for exchange in common::sample(sample) {
        let tree = peeled(&exchange);
        let hits = tree.iter().filter(|(_, layer)| layer.bytes == value);
        found.extend(hits.map(|(id, _)| (exchange.request.host(), tree.path(id))));
    }
    found
}

#[test]
fn the_visited_address_is_in_four_posts_of_url_keyed_metrics() {
    let posts: Vec<Tree> = common::sample("chromium_ukm")
        .iter()
        .filter(|e| e.request.host() == "clients4.google.com" && e.request.path() == "/ukm")
        .map(peeled)
        .collect();
    assert_eq!(posts.len(), 4);
    let first = ["protobuf:3[0].8.1", "protobuf:3[0].15.1", "protobuf:3[1].8.1"];
    for step in first {
        let path = format!("request.body > gzip > {step}");
        assert_eq!(common::text(&posts[0], &path).as_deref(), Some(VISITED), "{path}");
    }
    for tree in &posts[1..] {
        let path = "request.body > gzip > protobuf:3.8.1";
        assert_eq!(common::text(tree, path).as_deref(), Some(VISITED));
    }
    let ids: Vec<_> =
        posts.iter().map(|tree| common::text(tree, "request.body > gzip > protobuf:1")).collect();
    assert!(ids[0].is_some() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn the_other_chromium_uploads_hold_no_address() {
    for exchange in common::sample("chromium_ukm") {
        let tree = peeled(&exchange);
        let site = exchange.request.host() == "www.example.org";
        let ukm = exchange.request.path() == "/ukm";
        let anywhere = tree.iter().any(|(_, layer)| layer.bytes == VISITED);
        assert_eq!(anywhere, site || ukm, "{}", exchange.request.url);
    }
}

#[test]
fn the_wire_format_of_2020_is_read_to_the_search_word() {
    let found = paths_of("sensors_python", "my secret");
    let path = "request.body > form:data_list > base64 > gzip > $[1].properties.search_word";
    assert_eq!(found, [("127.0.0.1".to_owned(), path.to_owned())]);
}

#[test]
fn every_mode_of_the_web_library_is_read() {
    let found = paths_of("sensors_js", "my secret query");
    let paths: std::collections::BTreeSet<&str> = found.iter().map(|(_, p)| p.as_str()).collect();
    let expected = [
        "request.body > form:data > base64 > $.properties.search_word",
        "request.body > form:data_list > base64 > $[2].properties.search_word",
        "request.url > query:data > base64 > $.properties.search_word",
    ];
    for path in expected {
        assert!(paths.contains(path), "{path} is not among {paths:?}");
    }
}

#[test]
fn what_the_plugin_encrypted_is_said_to_be_encrypted() {
    let path = "request.body > form:data > $.payload > base64";
    let mut encrypted = 0;
    let mut total = Coverage::default();
    for exchange in common::sample("sensors_js") {
        let tree = peeled(&exchange);
        total.add(&coverage(&exchange, &tree));
        let Some(id) = common::at(&tree, path) else { continue };
        assert_eq!(tree.layer(id).end, End::Encrypted);
        encrypted += 1;
    }
    assert!(encrypted >= 4, "{encrypted}");
    let gap = total.gaps.iter().find(|gap| gap.reason == GapReason::Encrypted).unwrap();
    assert_eq!((gap.count, gap.example.as_str()), (encrypted, path));
    assert!(gap.bytes > 4000 && gap.bytes < total.bytes_sent / 4, "{gap:?}");
    assert_eq!(total.bytes_sent, total.bytes_explained + gap.bytes);
}

#[test]
fn mixpanel_is_read() {
    let path = "request.body > form:data > base64 > $.";
    for value in ["https://www.example.org/private?q=secret", "user-42", "user-42@example.com"] {
        let found = paths_of("mixpanel", value);
        assert!(found.iter().any(|(_, p)| p.starts_with(path)), "{value}: {found:?}");
    }
}

#[test]
fn a_form_with_escaped_json_is_read() {
    let body = "data=%7B%22event%22%3A%22login%22%2C%22mail%22%3A%22ada%40example.org%22%7D";
    let tree = peeled(&common::post("application/x-www-form-urlencoded", body));
    let mail = common::text(&tree, "request.body > form:data > $.mail");
    assert_eq!(mail.as_deref(), Some("ada@example.org"));
}

#[test]
fn firefox_pings_are_read_and_fully_explained() {
    let mut client_ids = std::collections::BTreeSet::new();
    for exchange in common::sample("firefox_normal") {
        let tree = peeled(&exchange);
        if let Some(id) = common::text(&tree, "request.body > gzip > $.clientId") {
            client_ids.insert(id);
        }
        let covered = coverage(&exchange, &tree);
        assert_eq!(covered.explained(), 1.0, "{covered:?}\n{}", common::print(&tree));
    }
    assert_eq!(client_ids.len(), 1);
}

#[test]
fn a_value_planted_in_any_leaf_is_found_at_the_same_path() {
    let spike = "spike-7c1f-of-candor-0042";
    let (mut tried, mut held) = (0, 0);
    for name in ["sensors_python", "sensors_js", "mixpanel", "chromium_ukm", "firefox_normal"] {
        for exchange in common::sample(name).iter().take(12) {
            let tree = peeled(exchange);
            // A number of protobuf can hold only another number.
            let is_text = |l: &candor_case::Layer| l.bytes.iter().any(u8::is_ascii_alphabetic);
            let texts = tree.iter().filter(|(_, l)| l.end == End::Plain && is_text(l));
            for (id, _) in texts.step_by(7) {
                tried += 1;
                let Some(copy) = candor_peel::replant(exchange, &tree, id, spike.as_bytes()) else {
                    continue;
                };
                held += 1;
                let path = tree.path(id);
                let again = peeled(&copy);
                assert_eq!(common::text(&again, &path).as_deref(), Some(spike), "{name} {path}");
            }
        }
    }
    assert!(tried > 200 && held * 10 > tried * 9, "{held} of {tried}");
}
