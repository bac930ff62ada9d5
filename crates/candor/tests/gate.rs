//! `candor audit` as a gate: from a person's own HAR to an exit code, with waivers and a baseline.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

mod common;
#[path = "common/har.rs"]
mod har;

use common::{Bench, Done};
use har::import;
use serde_json::Value;

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
fn a_visit_in_an_import_serves_as_the_control_and_is_called_a_visit() {
    let bench = Bench::new();
    import(&bench, "case", &[]);
    let done = bench.run(&["audit", "case", "--json"]);
    let claim = done.json()["claims"][0].clone();
    let expected = serde_json::json!({ "runs": 1, "found": 1, "visits": 1 });
    assert_eq!(claim["controls"], expected);
    assert!(!claim["because"].to_string().contains("control"), "{claim}");
    assert_eq!(bench.run(&["report", "case"]).code, 0);
    let page = std::fs::read_to_string(bench.path("case/report/index.html")).unwrap();
    assert!(!page.contains("known leak found"), "nobody sent one");
    assert!(page.contains("which serves as the control"), "and the page says what did");
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

/// What the machine forms say behind a gate: tests that fail, results that are not suppressed and
/// new, and the first result of the first claim.
fn reported(bench: &Bench, flags: &[&str]) -> (u64, usize, Value) {
    let report = |format: &str| {
        let done = bench.run(&[&["report", "case", "--format", format], flags].concat());
        assert_eq!(done.code, 0, "{}", done.stderr);
        done
    };
    let junit = report("junit").stdout;
    let failures = junit.split("failures=\"").nth(1).and_then(|rest| rest.split('"').next());
    let sarif = report("sarif").json();
    let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
    let fails = |result: &&Value| {
        let passes = |suppressions: &Vec<Value>| !suppressions.is_empty();
        result["kind"] == "fail"
            && result["baselineState"] != "unchanged"
            && !result["suppressions"].as_array().is_some_and(passes)
    };
    let failing = results.iter().filter(fails).count();
    (failures.unwrap().parse().unwrap(), failing, results[0].clone())
}

#[test]
fn machine_forms_fail_where_the_audit_does() {
    let bench = Bench::new();
    import(&bench, "case", &["collect.maker.test"]);
    // Claims that are nobody's but the command's: the report has to know them too.
    std::fs::rename(bench.path("case/claims.toml"), bench.path("claims.toml")).unwrap();
    let waiver = "[[waiver]]\nclaim = \"addresses-stay\"\nreason = \"fixed in 4.2\"\nexpires = ";
    bench.write("waivers.toml", format!("{waiver}\"9999-12-31\"\n"));
    bench.write("expired.toml", format!("{waiver}\"2020-01-01\"\n"));
    let audit = |flags: &[&str]| {
        bench.run(&[&["audit", "case", "--claims", "claims.toml"], flags].concat()).code
    };
    assert_eq!(audit(&["--write-baseline", "base.json"]), 0);
    let empty = "{\"schema\":\"candor.baseline/1\",\"contradicted\":[]}";
    bench.write("empty.json", empty);
    let table: [(&[&str], i32, &str); 6] = [
        (&[], 1, "null"),
        (&["--waivers", "waivers.toml"], 0, "null"),
        (&["--waivers", "expired.toml"], 1, "null"),
        (&["--baseline", "base.json"], 0, "\"unchanged\""),
        (&["--baseline", "empty.json"], 1, "\"new\""),
        (&["--waivers", "waivers.toml", "--baseline", "empty.json"], 0, "\"new\""),
    ];
    for (flags, code, state) in table {
        assert_eq!(audit(flags), code, "{flags:?}");
        let (failures, failing, first) = reported(&bench, flags);
        let expected = u64::from(code == 1);
        assert_eq!((failures, failing as u64), (expected, expected), "{flags:?}: {first}");
        assert_eq!(first["baselineState"].to_string(), state, "{flags:?}");
        let waived = flags.contains(&"waivers.toml");
        let reason = "waived until 9999-12-31: fixed in 4.2";
        assert_eq!(first["suppressions"][0]["justification"] == reason, waived, "{flags:?}");
    }
    let page = bench.run(&["report", "case", "--waivers", "waivers.toml"]);
    assert_eq!(page.code, 2);
    assert!(page.stderr.contains("go with --format sarif, junit or md"), "{}", page.stderr);
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
