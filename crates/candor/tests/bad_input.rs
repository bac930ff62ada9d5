//! Strangers' bytes: a clear message that names file and place, or a gap; never a panic.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

mod common;

use std::io::Write;

use common::{Bench, Done};

fn refused(bench: &Bench, args: &[&str], words: &[&str]) {
    let done = bench.run(args);
    assert_eq!(done.code, 2, "{args:?}: {done:?}");
    for word in words {
        assert!(done.stderr.contains(word), "{args:?} says `{}`, not `{word}`", done.stderr);
    }
    assert!(!done.stderr.contains("panicked"), "{}", done.stderr);
}

fn import(bench: &Bench, name: &str) -> Done {
    bench.run(&["import", name, "--case", "case"])
}

#[test]
fn what_is_no_recording_is_refused_by_name() {
    let bench = Bench::new();
    bench.write("a.har", "this is no JSON");
    bench.write("b.har", r#"{"log":{"version":"1.2"}}"#);
    bench.write("c.warc", "GET / HTTP/1.1\r\n\r\n");
    bench.write("d.har", "[".repeat(100_000));
    for (name, words) in
        [("a.har", "a.har:1:"), ("b.har", "b.har"), ("c.warc", "c.warc"), ("d.har", "d.har:1:")]
    {
        refused(&bench, &["import", name, "--case", "case"], &[words]);
    }
    refused(&bench, &["import", "missing.har", "--case", "case"], &["missing.har"]);
    let left = std::fs::read_dir(bench.path("case/runs")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "nothing of a refused import stays");
}

#[test]
fn bad_toml_is_refused_with_line_and_column() {
    let bench = Bench::new();
    let case = bench.import("sensors_python.warc", "");
    bench.write("claims.toml", "[[claim]]\nid = \"x\"\nsays = 5\n");
    let case = case.to_str().unwrap();
    refused(&bench, &["audit", case, "--claims", "claims.toml"], &["claims.toml:3:8"]);
    bench.write(
        "unknown.toml",
        "[[question]]\nid = \"q\"\nasks = \"?\"\nwhat = 1\nrule = { keyed = true }\n",
    );
    refused(&bench, &["audit", case, "--claims", "unknown.toml"], &["unknown.toml:4:1", "what"]);
    bench.write(
        "seeds2.toml",
        "[[seed]]\nid = \"a\"\nvalue = \"b\"\nproperty = \"browsing.everything\"\n",
    );
    refused(
        &bench,
        &["import", "x.har", "--case", "c2", "--seeds", "seeds2.toml"],
        &["seeds2.toml:4:12", "browsing.everything"],
    );
}

#[test]
fn a_damaged_warc_is_read_as_far_as_it_goes() {
    let bench = Bench::new();
    let whole = std::fs::read(common::sample_path("sensors_js.warc")).unwrap();
    bench.write("cut.warc", &whole[..whole.len() * 2 / 3]);
    let mut torn = whole.clone();
    torn[20_000..20_400].fill(b'x');
    bench.write("torn.warc", &torn);
    for name in ["cut.warc", "torn.warc"] {
        let done = bench.run(&["import", name, "--case", "case"]);
        assert_eq!(done.code, 0, "{name}: {}", done.stderr);
    }
    let done = bench.run(&["audit", "case", "--json"]);
    assert!([0, 3].contains(&done.code), "{}", done.stderr);
    let gaps = done.json()["coverage"]["gaps"].to_string();
    assert!(gaps.contains("damaged_record") || gaps.contains("truncated"), "{gaps}");
}

#[test]
fn bodies_made_to_explode_become_gaps() {
    let bench = Bench::new();
    let mut bomb = vec![0u8; 64 << 20];
    for _ in 0..2 {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&bomb).unwrap();
        bomb = gzip.finish().unwrap();
    }
    let bodies = [
        ("bomb", data_encoding::BASE64.encode(&bomb)),
        ("deep", data_encoding::BASE64.encode("[".repeat(100_000).as_bytes())),
    ];
    for (name, body) in bodies {
        let har = format!(
            r#"{{"log":{{"version":"1.2","creator":{{"name":"x","version":"1"}},"entries":[{{"startedDateTime":"2026-01-01T00:00:00Z","request":{{"method":"POST","url":"https://a.maker.test/","httpVersion":"HTTP/1.1","headers":[],"queryString":[],"cookies":[],"headersSize":-1,"bodySize":1,"postData":{{"mimeType":"application/octet-stream","encoding":"base64","text":"{body}"}}}},"response":{{"status":200,"headers":[],"content":{{"size":0}}}}}}]}}}}"#
        );
        bench.write(&format!("{name}.har"), har);
        let done = import(&bench, &format!("{name}.har"));
        assert_eq!(done.code, 0, "{name}: {}", done.stderr);
    }
    let done = bench.run(&["audit", "case", "--json"]);
    assert!([0, 3].contains(&done.code), "{}", done.stderr);
}

#[test]
fn one_very_long_line_is_peeled_in_bounded_memory() {
    let bench = Bench::new();
    let path = bench.path("long.json");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    file.write_all(b"{\"k\":\"").unwrap();
    for _ in 0..300 {
        file.write_all(&vec![b'a'; 1 << 20]).unwrap();
    }
    file.write_all(b"\"}").unwrap();
    drop(file);
    let done = bench.run(&["peel", "long.json", "--json"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stdout.len() < 1 << 20);
}

#[test]
fn a_case_that_is_none_is_refused_with_the_way_out() {
    let bench = Bench::new();
    refused(&bench, &["audit", "nowhere"], &["nowhere"]);
    refused(&bench, &["report", "nowhere"], &["nowhere"]);
    std::fs::create_dir(bench.path("empty")).unwrap();
    let way_out = ["is no case", "a case's own folder", "not there yet"];
    refused(&bench, &["audit", "empty"], &way_out);
    refused(&bench, &["record", "--case", "empty", "--mode", "sinkhole@0"], &way_out);
    let subjects = ["browser-2020, ", "browser-2020-updated", "browser-as-claimed"];
    refused(&bench, &["try", "--subject", "no-such"], &subjects);
    refused(&bench, &["try", "no-such"], &subjects);
    refused(&bench, &["try", "browser-2020", "--subject", "browser-2020"], &["--subject"]);
    refused(&bench, &["record", "--case", "c", "--mode", "telepathy"], &["sinkhole"]);
}

#[test]
fn the_same_recording_twice_is_no_second_run() {
    let bench = Bench::new();
    let whole = std::fs::read(common::sample_path("sensors_js.warc")).unwrap();
    bench.write("page.warc", &whole);
    bench.write("copy.warc", &whole);
    bench.write("broken.warc", "GET / HTTP/1.1\r\n\r\n");
    let runs = || std::fs::read_dir(bench.path("case/runs")).map_or(0, Iterator::count);
    fn import<'a>(files: &[&'a str]) -> Vec<&'a str> {
        [&["import", "--case", "case"], files].concat()
    }
    refused(&bench, &import(&["page.warc", "copy.warc"]), &["the same bytes as page.warc"]);
    refused(&bench, &import(&["page.warc", "broken.warc"]), &["broken.warc"]);
    assert_eq!(runs(), 0);
    let first = bench.run(&import(&["page.warc"]));
    assert_eq!(first.code, 0, "what was refused before is not in the case: {}", first.stderr);
    for again in ["page.warc", "copy.warc"] {
        let way_out =
            ["case/originals/page.warc", "edit its folder under runs/", "name another case"];
        refused(&bench, &import(&[again]), &way_out);
        assert_eq!(runs(), 1, "{again}");
    }
    let elsewhere = bench.run(&["import", "copy.warc", "--case", "other"]);
    assert_eq!(elsewhere.code, 0, "{}", elsewhere.stderr);
    std::fs::remove_dir_all(bench.path("case/runs/page")).unwrap();
    std::fs::remove_file(bench.path("case/originals/page.warc")).unwrap();
    assert_eq!(bench.run(&import(&["page.warc"])).code, 0, "the way out leads out");
}
