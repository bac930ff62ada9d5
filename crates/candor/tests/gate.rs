//! `candor audit` as a gate: from a person's own HAR to an exit code, with waivers and a baseline.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

mod common;

use common::{Bench, Done};

const SEEDS: &str = r#"
[[seed]]
id       = "visit-1"
value    = "https://www.example.org/private?q=garden-7391-shoes"
property = "browsing.url"
"#;

const CASE: &str = r#"
question = "What does the tracker send?"
[subject]
product     = "An invented tracker"
sites       = ["maker.test"]
sole_sender = true
"#;

const CLAIMS: &str = r#"
[[claim]]
id      = "addresses-stay"
says    = "We never collect the addresses you visit."
source  = { url = "https://www.maker.test/privacy", date = "2026-01-01" }
reading = "no visited address reaches the maker"
rule    = { never = ["browsing.url"] }

[[claim]]
id      = "kept-in-one-country"
says    = "Your data stays where you are."
source  = { url = "https://www.maker.test/privacy", date = "2026-01-01" }
reading = "where data is stored"
rule    = { not_testable = "storage cannot be seen from outside" }
"#;

/// A HAR as developer tools save it, in which the visited address goes to these hosts.
fn har(hosts: &[&str]) -> String {
    let visited = "https://www.example.org/private?q=garden-7391-shoes";
    let body = data_encoding::BASE64.encode(format!("{{\"page\":\"{visited}\"}}").as_bytes());
    let mut entries = vec![entry("GET", visited, "")];
    entries.extend(hosts.iter().map(|host| entry("POST", &format!("https://{host}/track"), &body)));
    let entries = entries.join(",");
    format!(
        r#"{{"log":{{"version":"1.2","creator":{{"name":"WebInspector","version":"537.36"}},"pages":[],"entries":[{entries}]}}}}"#
    )
}

fn entry(method: &str, url: &str, body: &str) -> String {
    let post = match body.is_empty() {
        true => String::new(),
        false => format!(r#","postData":{{"mimeType":"text/plain","text":"{body}"}}"#),
    };
    format!(
        r#"{{"startedDateTime":"2026-05-04T10:00:00.000Z","time":12.5,
        "request":{{"method":"{method}","url":"{url}","httpVersion":"http/2.0","headers":[],"queryString":[],"cookies":[],"headersSize":-1,"bodySize":{}{post}}},
        "response":{{"status":200,"statusText":"","httpVersion":"http/2.0","headers":[],"cookies":[],"content":{{"size":2,"mimeType":"application/json","text":"{{}}"}},"redirectURL":"","headersSize":-1,"bodySize":-1}},
        "cache":{{}},"timings":{{"send":1,"wait":10,"receive":1}}}}"#,
        body.len()
    )
}

/// Imports a HAR as a case that is ready to be judged.
fn import(bench: &Bench, case: &str, hosts: &[&str]) {
    bench.write("page.har", har(hosts));
    bench.write("seeds.toml", SEEDS);
    let done = bench.run(&["import", "page.har", "--case", case, "--seeds", "seeds.toml"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(bench.path(case).join("case.toml").exists(), "there is something to fill in");
    bench.write(&format!("{case}/case.toml"), CASE);
    bench.write(&format!("{case}/claims.toml"), CLAIMS);
}

fn gate_of(done: &Done) -> String {
    done.json()["claims"][0]["gate"].as_str().unwrap_or("none").to_owned()
}

#[test]
fn only_new_contradictions_fail() {
    let bench = Bench::new();
    import(&bench, "old", &["collect.maker.test"]);
    let plain = bench.run(&["audit", "old", "--json"]);
    assert_eq!((plain.code, gate_of(&plain).as_str()), (1, "fails"), "{}", plain.stdout);
    assert!(plain.json()["claims"][1]["gate"].is_null(), "nothing to say of what is not testable");

    let written = bench.run(&["audit", "old", "--write-baseline", "base.json"]);
    assert_eq!(written.code, 0, "{}{}", written.stdout, written.stderr);
    let known = bench.run(&["audit", "old", "--baseline", "base.json", "--json"]);
    assert_eq!((known.code, gate_of(&known).as_str()), (0, "baselined"));
    assert_eq!(known.json()["exit_code"], 0);
    assert_eq!(known.json()["claims"][0]["verdict"], "contradicted", "the verdict stays");

    import(&bench, "new", &["collect.maker.test", "ads.maker.test"]);
    let new = bench.run(&["audit", "new", "--baseline", "base.json", "--json"]);
    assert_eq!((new.code, gate_of(&new).as_str()), (1, "fails"));
    let ways = new.json()["gate"]["new"].clone();
    assert_eq!(ways.as_array().unwrap().len(), 1);
    assert_eq!(
        (&ways[0]["to"], &ways[0]["what"]),
        (&"ads.maker.test".into(), &"browsing.url".into())
    );
    let told = bench.run(&["audit", "new", "--baseline", "base.json"]);
    assert!(
        told.stdout.contains("new: addresses-stay: browsing.url to ads.maker.test"),
        "{}",
        told.stdout
    );

    import(&bench, "fixed", &[]);
    let fixed = bench.run(&["audit", "fixed", "--baseline", "base.json", "--json"]);
    assert_eq!(fixed.code, 3, "silence of one run decides nothing");
    assert_eq!(fixed.json()["gate"]["gone"][0]["to"], "collect.maker.test");
}

#[test]
fn a_waiver_lets_pass_until_its_day_and_is_told() {
    let bench = Bench::new();
    import(&bench, "case", &["collect.maker.test"]);
    let audit = |expires: &str, json: bool| {
        let waiver = format!(
            "[[waiver]]\nclaim = \"addresses-stay\"\nreason = \"fixed in 4.2\"\nexpires = \"{expires}\"\n"
        );
        bench.write("waivers.toml", waiver);
        let args = ["audit", "case", "--waivers", "waivers.toml", "--json"];
        bench.run(&args[..if json { 5 } else { 4 }])
    };
    let waived = audit("9999-12-31", true);
    assert_eq!((waived.code, gate_of(&waived).as_str()), (0, "waived"));
    let told = &waived.json()["gate"]["waivers"][0];
    assert_eq!((&told["state"], &told["reason"]), (&"used".into(), &"fixed in 4.2".into()));
    let expired = audit("2020-01-01", true);
    assert_eq!((expired.code, gate_of(&expired).as_str()), (1, "fails"));
    assert_eq!(expired.json()["gate"]["waivers"][0]["state"], "expired");
    let text = audit("2020-01-01", false).stdout;
    assert!(
        text.contains("expired addresses-stay, on 2020-01-01, counts no more: fixed in 4.2"),
        "{text}"
    );
}

#[test]
fn what_the_gate_cannot_read_is_the_operators_mistake() {
    let bench = Bench::new();
    import(&bench, "case", &["collect.maker.test"]);
    bench.write("no-reason.toml", "[[waiver]]\nclaim = \"a\"\nexpires = \"2030-01-01\"\n");
    bench.write("no-end.toml", "[[waiver]]\nclaim = \"a\"\nreason = \"r\"\n");
    bench.write("odd.json", "{\"schema\":\"candor.baseline/9\",\"contradicted\":[]}");
    let table = [
        (["--waivers", "no-reason.toml"], "no-reason.toml:1:1: missing field `reason`"),
        (["--waivers", "no-end.toml"], "no-end.toml:1:1: missing field `expires`"),
        (["--waivers", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["--baseline", "nowhere.json"], "write one with --write-baseline"),
        (["--baseline", "odd.json"], "this candor reads candor.baseline/1"),
    ];
    for (flags, told) in table {
        let done = bench.run(&[&["audit", "case"], &flags[..]].concat());
        assert_eq!(done.code, 2, "{flags:?}");
        assert!(done.stderr.contains(told), "{flags:?}: {}", done.stderr);
        assert!(!bench.path("case/analysis").exists(), "nothing was done before");
    }
}
