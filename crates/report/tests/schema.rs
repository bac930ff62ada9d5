//! The published schema says what the JSON document holds, no less and no more.

mod common;

use std::collections::BTreeSet;

use serde_json::Value;

const SCHEMA: &str = include_str!("../schema/candor.report-1.schema.json");

fn document() -> Value {
    let text = candor_report::json(&common::case()).expect("is written");
    serde_json::from_str(&text).expect("is JSON")
}

fn schema() -> Value {
    serde_json::from_str(SCHEMA).expect("is JSON")
}

/// What a value breaks of a schema, strictly: a field that the schema does not know is a breach.
fn breaches(root: &Value, schema: &Value, value: &Value, at: &str, out: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|r| r.strip_prefix("#/$defs/")) {
        return breaches(root, &root["$defs"][name], value, at, out);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let fits = |one: &Value| {
            let mut found = BTreeSet::new();
            breaches(root, one, value, at, &mut found);
            found.is_empty()
        };
        if !any.iter().any(fits) {
            out.insert(format!("{at}: fits none"));
        }
        return;
    }
    if let Some(all) = schema["enum"].as_array()
        && !all.contains(value)
    {
        out.insert(format!("{at}: {value} is not in the list"));
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        out.insert(format!("{at}: is not {}", schema["const"]));
    }
    if !has_type(&schema["type"], value) {
        out.insert(format!("{at}: {value} is not {}", schema["type"]));
    }
    match value {
        Value::Object(fields) => {
            for name in schema["required"].as_array().into_iter().flatten() {
                if !fields.contains_key(name.as_str().unwrap_or_default()) {
                    out.insert(format!("{at}: no {name}"));
                }
            }
            for (name, inner) in fields {
                let at = format!("{at}.{name}");
                match (&schema["properties"][name], &schema["additionalProperties"]) {
                    (Value::Null, Value::Null | Value::Bool(false)) => {
                        out.insert(format!("{at}: the schema does not know it"));
                    }
                    (Value::Null, Value::Bool(true)) => {}
                    (Value::Null, other) => breaches(root, other, inner, &at, out),
                    (known, _) => breaches(root, known, inner, &at, out),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                breaches(root, &schema["items"], item, &format!("{at}[]"), out);
            }
        }
        _ => {}
    }
}

fn has_type(wanted: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("no type {other}"),
    };
    match wanted {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

#[test]
fn the_document_is_what_the_schema_says() {
    let (schema, document) = (schema(), document());
    let mut found = BTreeSet::new();
    breaches(&schema, &schema, &document, "$", &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn runs_without_a_control_are_in_the_schema() {
    let mut case = common::case();
    case.verdicts.claims[0].controls.unsent = 2;
    case.verdicts.claims[0].controls.visits = 1;
    let text = candor_report::json(&case).expect("is written");
    let document: Value = serde_json::from_str(&text).expect("is JSON");
    assert_eq!(document["verdicts"]["claims"][0]["controls"]["visits"], 1);
    let (schema, mut found) = (schema(), BTreeSet::new());
    breaches(&schema, &schema, &document, "$", &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_diff_is_what_its_schema_says() {
    let text = include_str!("../schema/candor.diff-1.schema.json");
    let schema: Value = serde_json::from_str(text).expect("is JSON");
    let mut next = common::case();
    next.findings.truncate(4);
    next.runs.truncate(1);
    let diff = candor_report::diff(&common::case(), &next).json().expect("is written");
    let mut document: Value = serde_json::from_str(&diff).expect("is JSON");
    let mut found = BTreeSet::new();
    breaches(&schema, &schema, &document, "$", &mut found);
    assert!(found.is_empty(), "{found:#?}");
    document["claims"][0]["kind"] = "better".into();
    breaches(&schema, &schema, &document, "$", &mut found);
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn a_document_that_breaks_the_schema_is_seen() {
    let schema = schema();
    let break_it: [fn(&mut Value); 5] = [
        |d| d["schema"] = "candor.report/2".into(),
        |d| d["findings"][0]["property"] = "browsing.thoughts".into(),
        |d| d["coverage"]["bytes_sent"] = "many".into(),
        |d| d["runs"][0]["surprise"] = 1.into(),
        |d| drop(d["verdicts"]["claims"][0].as_object_mut().expect("object").remove("says")),
    ];
    for (n, change) in break_it.iter().enumerate() {
        let mut document = document();
        change(&mut document);
        let mut found = BTreeSet::new();
        breaches(&schema, &schema, &document, "$", &mut found);
        assert_eq!(found.len(), 1, "change {n}: {found:#?}");
    }
}

#[test]
fn every_reason_of_a_gap_is_in_the_schema() {
    let known = serde_json::to_value(candor_case::GapReason::ALL).expect("is written");
    assert_eq!(schema()["$defs"]["reason"]["enum"], known);
}

#[test]
fn every_property_is_in_the_schema() {
    let schema = schema();
    let listed: Vec<&str> = schema["$defs"]["property"]["enum"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let known: Vec<&str> = candor_case::Property::ALL.iter().map(|p| p.name()).collect();
    assert_eq!(listed, known);
}

#[test]
fn a_document_is_read_back_as_the_same_case() {
    let case = common::case();
    let back: candor_report::View = serde_json::from_value(document()).expect("is a case");
    assert_eq!(back, case);
}
