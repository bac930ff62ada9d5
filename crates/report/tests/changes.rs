//! What changed between two cases is said thing by thing.

mod common;

use candor_case::{Answer, Property, Scope, Verdict};
use candor_report::{Change, ChangeKind, Paint, View, diff};
use common::{THIRD, case};

/// The next version: the third party is gone, private windows are silent, the device number became
/// one of the installation, and one new thing is sent.
fn next() -> View {
    let mut view = case();
    view.case.subject.version = "3.5.0".into();
    let private = |run: &str| run.starts_with("private");
    view.findings.retain(|f| f.recipient.host != THIRD && !private(&f.seen.run.0));
    for finding in view.findings.iter_mut().filter(|f| f.property == Property::DeviceModel) {
        finding.property = Property::DeviceLanguage;
    }
    view.identifiers[0].scope = Scope::Install;
    view.identifiers[0].outlived.retain(|step| step != "clear_data");
    view.identifiers[0].ended_by.push("clear_data".into());
    view.verdicts.claims[0].verdict = Verdict::NotContradicted;
    view.coverage.bytes_explained /= 2;
    view
}

fn told(changes: &[Change], kind: ChangeKind) -> Vec<&str> {
    changes.iter().filter(|c| c.kind == kind).map(|c| c.what.as_str()).collect()
}

#[test]
fn each_change_is_told_once_and_by_its_kind() {
    let diff = diff(&case(), &next());
    let changed = told(&diff.claims, ChangeKind::Changed);
    assert_eq!(changed.len(), 1);
    assert!(changed[0].starts_with("private-not-stored"));
    assert_eq!(diff.claims[0].before.as_deref(), Some("Contradicted"));
    assert_eq!(diff.claims[0].after.as_deref(), Some("Not contradicted"));
    assert_eq!(told(&diff.properties, ChangeKind::New), ["languages"]);
    let gone = told(&diff.properties, ChangeKind::Gone);
    assert!(gone.contains(&"downloads"), "{gone:?}");
    assert!(gone.contains(&"visited addresses, from private windows"), "{gone:?}");
    assert!(!gone.contains(&"visited addresses"), "{gone:?}");
    assert_eq!(told(&diff.recipients, ChangeKind::Gone), [THIRD]);
    let changed = told(&diff.identifiers, ChangeKind::Changed);
    assert_eq!(changed.len(), 1);
    assert!(changed[0].contains("$device_id"));
}

/// The next version, never recorded in a private window, and its data never cleared.
fn less_tested() -> View {
    let mut view = case();
    let private = |run: &str| run.starts_with("private");
    view.findings.retain(|f| !private(&f.seen.run.0));
    view.runs.retain(|run| !private(&run.id.0));
    view.identifiers[0].scope = Scope::Install;
    view.identifiers[0].outlived.retain(|step| step != "clear_data");
    view
}

#[test]
fn what_one_case_could_not_see_is_neither_gone_nor_new_nor_changed() {
    let diff = diff(&case(), &less_tested());
    let open = told(&diff.properties, ChangeKind::NotCompared);
    assert!(open.contains(&"visited addresses, from private windows"), "{open:?}");
    assert_eq!(told(&diff.properties, ChangeKind::Gone), [""; 0]);
    assert_eq!(told(&diff.identifiers, ChangeKind::Changed), [""; 0]);
    assert!(told(&diff.identifiers, ChangeKind::NotCompared)[0].contains("$device_id"));
    assert!(diff.text(Paint::Plain).contains("“Not compared”: one of the two cases had no run"));
    let back = candor_report::diff(&less_tested(), &case());
    assert_eq!(told(&back.properties, ChangeKind::New), [""; 0]);
}

#[test]
fn what_one_case_left_undecided_is_not_compared() {
    let mut open = case();
    open.verdicts.claims[0].verdict = Verdict::Inconclusive;
    open.verdicts.questions[0].answer = Answer::Inconclusive;
    for diff in [diff(&case(), &open), diff(&open, &case())] {
        for (changes, id) in
            [(&diff.claims, "private-not-stored"), (&diff.questions, "addresses-leave")]
        {
            assert_eq!(told(changes, ChangeKind::Changed), [""; 0]);
            let not = told(changes, ChangeKind::NotCompared);
            assert!(not.len() == 1 && not[0].starts_with(id), "{not:?}");
        }
    }
}

#[test]
fn a_report_tells_what_changed_since() {
    let page = candor_report::html_with(
        &next(),
        &candor_report::Beside { before: Some(&case()), ..Default::default() },
    );
    assert!(page.contains("What changed since"));
    assert!(page.contains("href=\"#changes\""));
    assert!(!candor_report::html(&next()).contains("What changed since"));
}

#[test]
fn nothing_changed_between_a_case_and_itself() {
    let diff = diff(&case(), &case());
    for changes in
        [&diff.claims, &diff.questions, &diff.properties, &diff.identifiers, &diff.recipients]
    {
        assert!(!changes.is_empty());
        assert!(changes.iter().all(|change| change.kind == ChangeKind::Same));
    }
}

#[test]
fn less_coverage_is_said_before_anything_is_called_gone() {
    let diff = diff(&case(), &next());
    for text in [diff.text(Paint::Plain), diff.html()] {
        assert!(text.contains("What is gone may only be unseen"), "{text}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&diff.json().expect("is written")).expect("is JSON");
    assert_eq!(json["schema"], "candor.diff/1");
    assert!(json["after"]["explained"].as_f64() < json["before"]["explained"].as_f64());
}
