//! Machine formats are read by the readers that others use: Python's csv and ElementTree, and by
//! the rules of SARIF 2.1.0.

mod common;
#[path = "common/hostile.rs"]
mod hostile;
#[path = "common/python.rs"]
mod python;

use candor_report::View;
use common::case;
use python::{is_valid_sarif, python};
use serde_json::Value;

fn cases() -> Vec<View> {
    let hostile = hostile::TEXTS.iter().map(|text| hostile::beside_ids(text));
    std::iter::once(case()).chain(hostile).collect()
}

#[test]
fn csv_is_read_by_pythons_csv() {
    let program = r#"
import csv, io, sys
sys.stdin = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="")
rows = list(csv.DictReader(sys.stdin, strict=True))
assert all(None not in row and None not in row.values() for row in rows)
assert not any(cell.lstrip()[:1] in tuple("=+-@|%") for row in rows for cell in row.values() if cell)
print(len(rows), rows[0]["property"], rows[0]["host"])
"#;
    for (n, view) in cases().iter().enumerate() {
        let Some(said) = python(program, &candor_report::csv(view)) else { return };
        let shown = view.findings.len();
        let expected = format!("{shown} browsing.url {}\n", common::MAKER);
        assert!(said.starts_with(&format!("{shown} ")), "{said}");
        assert!(n > 0 || said == expected, "{said}");
    }
}

#[test]
fn junit_is_read_by_pythons_xml() {
    let program = r#"
import sys, xml.etree.ElementTree as tree
suites = tree.fromstring(sys.stdin.buffer.read())
cases = list(suites.iter("testcase"))
assert suites.tag == "testsuites" and len(cases) == int(suites.get("tests"))
for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
    assert len(list(suites.iter(kind))) == int(suites.get(name)), kind
names = [(case.get("classname"), case.get("name")) for case in cases]
print(len(cases), len(set(names)), suites.get("failures"), suites.get("errors"), suites.get("skipped"))
"#;
    for (n, view) in cases().iter().enumerate() {
        let Some(said) = python(program, &candor_report::junit(view)) else { return };
        // Four claims: one of private windows alone, three of all three arms.
        assert!(n > 0 || said == "10 10 3 0 4\n", "{said}");
    }
}

#[test]
fn a_claim_fails_in_the_arm_that_shows_it_and_in_no_other() {
    let junit = candor_report::junit(&case());
    let private = "classname=\"private-not-stored\" name=\"account=none,mode=private\"";
    let after = junit.split_once(private).expect("is a test").1;
    assert!(
        after.trim_start_matches([' ', '\n']).starts_with("time=\"0\">\n      <failure"),
        "{after}"
    );
    assert!(!junit.contains("classname=\"private-not-stored\" name=\"account=none,mode=normal\""));
    assert!(
        junit.contains("classname=\"no-names\" name=\"account=none,mode=normal\" time=\"0\"/>")
    );
}

#[test]
fn a_share_that_was_read_says_of_what() {
    let view = case();
    let junit = candor_report::junit(&view);
    assert!(junit.contains("the runs that count for this statement sent"), "{junit}");
    assert!(candor_report::html(&view).contains("The runs that count for this statement sent"));
}

fn sarif(view: &View) -> Value {
    serde_json::from_str(&candor_report::sarif(view).expect("is written")).expect("is JSON")
}

#[test]
fn sarif_keeps_the_rules_of_its_standard() {
    for view in cases() {
        let log = sarif(&view);
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), view.verdicts.claims.len() + view.verdicts.questions.len());
        for result in results {
            let rule = &rules[result["ruleIndex"].as_u64().expect("an index") as usize];
            assert_eq!(rule["id"], result["ruleId"]);
            // 3.27.10: a level other than none needs the kind fail.
            assert_eq!(result["kind"] == "fail", result["level"] != "none", "{result}");
            assert!(!result["message"]["text"].as_str().expect("words").is_empty());
            for taxon in result["taxa"].as_array().expect("taxa") {
                let of = taxon["toolComponent"]["index"].as_u64().expect("an index") as usize;
                let at = taxon["index"].as_u64().expect("an index") as usize;
                assert_eq!(run["taxonomies"][of]["taxa"][at]["id"], taxon["id"]);
                assert_eq!(run["taxonomies"][of]["name"], taxon["toolComponent"]["name"]);
            }
        }
    }
}

#[test]
fn sarif_names_what_others_call_it_only_where_it_fits() {
    let view = case();
    let log = sarif(&view);
    let taxa = |n: usize| -> Vec<String> {
        let all = log["runs"][0]["results"][n]["taxa"].as_array().expect("taxa");
        all.iter().map(|taxon| taxon["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(taxa(0), ["MASVS-PRIVACY-1", "MASVS-PRIVACY-3", "MASTG-TEST-0206", "359"]);
    assert!(taxa(2).is_empty(), "what is not contradicted is no weakness");
    assert!(taxa(3).is_empty(), "what cannot be tested is no weakness");
    let mut clear = view;
    for exhibit in &mut clear.exhibits {
        exhibit.request = exhibit.request.replace("https://", "http://");
    }
    let text = candor_report::sarif(&clear).expect("is written");
    assert!(text.contains("\"id\": \"319\",\n              \"index\""), "cleartext is named");
}

#[test]
fn sarif_points_to_the_line_of_the_finding() {
    let view = case();
    let log = sarif(&view);
    let place = &log["runs"][0]["results"][0]["locations"][0];
    let line = place["physicalLocation"]["region"]["startLine"].as_u64().expect("a line") as usize;
    let id = place["logicalLocations"][0]["name"].as_str().expect("an id");
    assert_eq!(view.findings[line - 1].id, id);
    assert_eq!(view.verdicts.claims[0].findings[0], id);
}

#[test]
fn sarif_fits_the_published_schema() {
    for view in cases() {
        let text = candor_report::sarif(&view).expect("is written");
        if is_valid_sarif(&text).is_none() {
            return;
        }
    }
}

#[test]
fn same_case_same_bytes() {
    let forms = |view: &View| {
        [
            candor_report::html(view),
            candor_report::json(view).expect("is written"),
            candor_report::sarif(view).expect("is written"),
            candor_report::junit(view),
            candor_report::csv(view),
            candor_report::markdown(view),
        ]
    };
    assert!(forms(&case()) == forms(&case()));
}

#[test]
fn a_simulation_says_so_in_every_form() {
    let view = case();
    for text in [
        candor_report::html(&view),
        candor_report::junit(&view),
        candor_report::markdown(&view),
        candor_report::table(&view, candor_report::Paint::Plain),
        candor_report::diff(&view, &view).html(),
        candor_report::diff(&view, &view).text(candor_report::Paint::Plain),
    ] {
        assert!(text.contains("SIMULATED"));
    }
    for text in [
        candor_report::sarif(&view),
        candor_report::json(&view),
        candor_report::diff(&view, &view).json(),
    ] {
        assert!(text.expect("is written").contains("\"simulated\": true"));
    }
}
