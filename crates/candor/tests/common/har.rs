//! A person's own HAR, made into a case with one claim that can be tested and one that cannot.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

use crate::common::Bench;

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
pub fn import(bench: &Bench, case: &str, hosts: &[&str]) {
    bench.write("page.har", har(hosts));
    bench.write("seeds.toml", SEEDS);
    let done = bench.run(&["import", "page.har", "--case", case, "--seeds", "seeds.toml"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(bench.path(case).join("case.toml").exists(), "there is something to fill in");
    bench.write(&format!("{case}/case.toml"), CASE);
    bench.write(&format!("{case}/claims.toml"), CLAIMS);
}
