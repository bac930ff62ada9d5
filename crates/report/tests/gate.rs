//! What a gate lets pass is no failure in any machine form, and what it does not let pass is one.

mod common;
#[path = "common/python.rs"]
mod python;

use candor_case::{Arm, Finding, Verdict};
use candor_report::{Gate, Held, View, Waived, Way};
use common::case;
use python::is_valid_sarif;
use serde_json::Value;

/// The claim that two arms contradict.
const CLAIM: &str = "private-not-stored";

fn waived(reason: &str) -> Waived {
    Waived { reason: reason.into(), until: "2027-03-31".into() }
}

fn arm_of(finding: &Finding) -> Arm {
    finding.planted.as_ref().expect("was planted").arm.clone()
}

/// The ways in which the findings contradict a claim, one per arm, property and host.
fn ways(view: &View, claim: &str) -> Vec<Way> {
    let result = view.verdicts.claims.iter().find(|c| c.id == claim).expect("is a claim");
    let mut ways: Vec<Way> = Vec::new();
    for finding in result.findings.iter().filter_map(|id| view.finding(id)) {
        let way = Way {
            arm: Some(arm_of(finding)),
            what: finding.property.name().into(),
            to: finding.recipient.host.clone(),
            known: false,
            waived: vec![],
        };
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

/// The case and a gate that says this of the ways of [`CLAIM`].
fn gate(change: impl Fn(usize, &mut Way)) -> (View, Gate) {
    let view = case();
    let mut all = ways(&view, CLAIM);
    assert!(all.len() > 1, "searches and addresses");
    all.iter_mut().enumerate().for_each(|(n, way)| change(n, way));
    let others = Held { ways: ways(&view, "own-servers"), ..Held::default() };
    let claims = [(CLAIM, Held { ways: all, ..Held::default() }), ("own-servers", others)];
    let claims = claims.map(|(id, held)| (id.to_owned(), held)).into();
    (view, Gate { waivers: true, baseline: true, claims })
}

fn results(view: &View, gate: &Gate) -> Vec<Value> {
    let text = candor_report::sarif_with(view, gate).expect("is written");
    let _ = is_valid_sarif(&text);
    let log: Value = serde_json::from_str(&text).expect("is JSON");
    let results = log["runs"][0]["results"].as_array().expect("results").clone();
    // 3.27.23 and 3.27.24: of all results or of none.
    for field in ["suppressions", "baselineState"] {
        let with = results.iter().filter(|result| !result[field].is_null()).count();
        assert!(with == 0 || with == results.len(), "{field}");
    }
    results
}

/// Suppressed or not, the state of the baseline, and how many findings are pointed to.
fn of_claim(results: &[Value], claim: &str) -> Vec<(usize, String, usize)> {
    let id = format!("claim/{claim}");
    let own = results.iter().filter(|result| result["ruleId"] == id.as_str());
    own.map(|result| {
        let many = |field: &str| result[field].as_array().expect("a list").len();
        let state = result["baselineState"].as_str().expect("a state").to_owned();
        assert_eq!((&result["kind"], &result["level"]), (&"fail".into(), &"error".into()));
        (many("suppressions"), state, many("locations") + many("relatedLocations"))
    })
    .collect()
}

/// How the tests of a claim ended, by the name of the element; `passed` where there is none.
fn tests(view: &View, gate: &Gate, claim: &str) -> Vec<String> {
    let junit = candor_report::junit_with(view, gate);
    let start = format!("<testcase classname=\"{claim}\"");
    let tests = junit.split("    <testcase").map(|test| format!("<testcase{test}"));
    tests
        .filter(|test| test.starts_with(&start))
        .map(|test| match test.split_once(">\n      <") {
            Some((_, rest)) => rest.split([' ', '>']).next().unwrap_or_default().to_owned(),
            None => "passed".to_owned(),
        })
        .collect()
}

#[test]
fn what_is_waived_is_suppressed_and_skipped_with_its_reason() {
    let (view, gate) = gate(|_, way| way.waived = vec![waived("fixed in <4.2>")]);
    let results = results(&view, &gate);
    let shown = view.verdicts.claims[0].findings.len();
    assert_eq!(of_claim(&results, CLAIM), [(1, "new".into(), shown)]);
    let suppression = &results[0]["suppressions"][0];
    assert_eq!(
        (&suppression["kind"], &suppression["status"]),
        (&"external".into(), &"accepted".into())
    );
    assert_eq!(suppression["justification"], "waived until 2027-03-31: fixed in <4.2>");
    assert_eq!(of_claim(&results, "own-servers")[0].0, 0, "no other claim is");
    assert_eq!(tests(&view, &gate, CLAIM), ["skipped"]);
    let junit = candor_report::junit_with(&view, &gate);
    let told = "contradicted, but waived until 2027-03-31: fixed in &lt;4.2&gt;";
    assert!(junit.contains(told), "{junit}");
    assert!(tests(&view, &gate, "own-servers").contains(&"failure".to_owned()));
    let summary = candor_report::markdown_with(&view, &gate);
    assert!(summary.contains("**Contradicted** (waived until"), "{summary}");
}

#[test]
fn what_the_baseline_knows_is_unchanged_and_what_it_does_not_is_new() {
    let (view, known) = gate(|_, way| way.known = true);
    let told = results(&view, &known);
    assert_eq!(of_claim(&told, CLAIM)[0].1, "unchanged");
    assert_eq!(of_claim(&told, "own-servers")[0].1, "new");
    assert_eq!(tests(&view, &known, CLAIM), ["skipped"]);
    assert!(candor_report::junit_with(&view, &known).contains("but known to the baseline"));
}

#[test]
fn what_passes_does_not_hide_what_fails() {
    let (view, gate) = gate(|n, way| match n {
        0 => way.waived = vec![waived("r")],
        _ => way.known = n > 1,
    });
    let told = results(&view, &gate);
    let own = of_claim(&told, CLAIM);
    assert_eq!((own[0].0, own[0].1.as_str()), (0, "new"), "what fails comes first: {own:?}");
    assert_eq!(own.iter().filter(|(suppressed, ..)| *suppressed == 1).count(), 1);
    let all: usize = own.iter().map(|(.., shown)| shown).sum();
    assert_eq!(all, view.verdicts.claims[0].findings.len(), "each finding stands once");
    let mut prints: Vec<String> =
        told.iter().map(|result| result["partialFingerprints"].to_string()).collect();
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), told.len(), "results are told apart");
    assert_eq!(tests(&view, &gate, CLAIM), ["failure"]);
    let junit = candor_report::junit_with(&view, &gate);
    let passed = &gate.claims[CLAIM].ways[0];
    let shows = |f: &&Finding| {
        f.property.name() == passed.what && arm_of(f) == *passed.arm.as_ref().unwrap()
    };
    for finding in view.findings.iter().filter(shows) {
        assert!(!junit.contains(&finding.id), "no failure points to what is waived");
    }
    assert!(candor_report::markdown_with(&view, &gate).contains("in part waived until"));
}

#[test]
fn a_waiver_that_ran_out_is_told_and_lets_nothing_pass() {
    let (view, mut gate) = gate(|_, _| {});
    gate.claims.get_mut(CLAIM).expect("is held").lapsed = vec![waived("late")];
    let told = results(&view, &gate);
    assert_eq!(of_claim(&told, CLAIM)[0].0, 0);
    let line = "a waiver ran out on 2027-03-31: late";
    assert!(told[0]["message"]["text"].as_str().expect("words").contains(line));
    assert_eq!(tests(&view, &gate, CLAIM), ["failure"]);
    assert!(candor_report::junit_with(&view, &gate).contains(line));
}

#[test]
fn what_is_undecided_passes_when_waived_as_a_whole() {
    let mut view = case();
    view.verdicts.claims[2].verdict = Verdict::Inconclusive;
    let id = view.verdicts.claims[2].id.clone();
    assert!(tests(&view, &Gate::default(), &id).iter().all(|end| end == "error"));
    let held = Held { waived: vec![waived("later")], gone: true, ..Held::default() };
    let claims = [(id.clone(), held)].into();
    let gate = Gate { waivers: true, baseline: true, claims };
    assert!(tests(&view, &gate, &id).iter().all(|end| end == "skipped"));
    let result = &results(&view, &gate)[2];
    assert_eq!(result["suppressions"].as_array().expect("a list").len(), 1);
    assert_eq!(result["baselineState"], "updated", "what the baseline knows is gone");
}

#[test]
fn what_belongs_to_no_arm_fails_somewhere() {
    let (view, mut gate) = gate(|_, way| way.waived = vec![waived("r")]);
    let armless = |waived| Way {
        arm: None,
        what: "identifier".into(),
        to: "x.maker.test".into(),
        known: false,
        waived,
    };
    let held = gate.claims.get_mut(CLAIM).expect("is held");
    held.ways.push(armless(vec![]));
    assert_eq!(tests(&view, &gate, CLAIM), ["failure"]);
    assert!(candor_report::junit_with(&view, &gate).contains("identifier to x.maker.test"));
    gate.claims.get_mut(CLAIM).expect("is held").ways = vec![armless(vec![waived("r")])];
    assert!(tests(&view, &gate, CLAIM).iter().all(|end| end == "skipped"));
}

#[test]
fn without_a_gate_nothing_is_said_of_one() {
    let view = case();
    let text = candor_report::sarif(&view).expect("is written");
    assert!(!text.contains("suppressions") && !text.contains("baselineState"));
    assert!(!candor_report::junit(&view).contains("waive"));
}
