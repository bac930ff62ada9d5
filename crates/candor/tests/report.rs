//! The report of a built-in subject from end to end: the page in real browsers, the other forms,
//! and what changed between two versions.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

#[path = "../../report/tests/common/browser/mod.rs"]
mod browser;
mod common;

use common::{Bench, findings};

fn tried(bench: &Bench, subject: &str) -> String {
    let done = bench.run(&["try", "--subject", subject, "--case", subject]);
    assert_eq!(done.code, 0, "{}\n{}", done.stdout, done.stderr);
    subject.to_owned()
}

fn text(bench: &Bench, name: &str) -> String {
    std::fs::read_to_string(bench.path(name)).unwrap()
}

#[test]
fn the_page_of_try_is_read_in_real_browsers() {
    let bench = Bench::new();
    let case = tried(&bench, "browser-2020");
    let page = text(&bench, "browser-2020/report/index.html");
    let private = findings(&bench.path(&case)).into_iter().find(|finding| {
        finding["property"] == "browsing.search" && finding["planted"]["arm"]["mode"] == "private"
    });
    let private = private.unwrap()["value"].as_str().unwrap().to_owned();
    for browser in browser::installed() {
        browser.open(&page);
        let words = browser.said("document.querySelector('.head').textContent");
        assert!(words.contains("SIMULATED") && words.contains("contradicted"), "{words}");
        let said = browser.said(&format!(
            "(async () => {{
                const until = async (holds) => {{ for (let i = 0; i < 400 && !holds(); i++) await new Promise((go) => setTimeout(go, 20)); }};
                const find = document.querySelector('[data-list=findings] input');
                find.value = {private:?};
                find.dispatchEvent(new Event('input'));
                const told = () => document.querySelector('[data-list=findings] [role=status]').textContent;
                await until(() => told().includes(' of '));
                const row = () => document.querySelector('[data-list=findings] li button');
                await until(() => row()?.textContent.includes({private:?}));
                row().click();
                await until(() => document.querySelector('dialog[open] mark'));
                return [...document.querySelectorAll('dialog mark')].map((mark) => mark.textContent).join('|');
            }})()"
        ));
        assert!(said.ends_with(&private), "{}: {said}", browser.name());
        assert!(browser.printed().starts_with(b"%PDF"));
        browser.assert_quiet();
    }
}

#[test]
fn two_versions_are_compared_as_text_json_and_page() {
    let bench = Bench::new();
    let (before, after) = (tried(&bench, "browser-2020"), tried(&bench, "browser-2020-updated"));
    let plain = bench.run(&["diff", &before, &after]);
    assert_eq!(plain.code, 0, "{}", plain.stderr);
    for words in ["SIMULATED", "3.4.0", "3.4.3", "cell-private-off", "Not observed"] {
        assert!(plain.stdout.contains(words), "no `{words}` in {}", plain.stdout);
    }
    // Nobody signed in to the later version: that no account was seen there says nothing.
    assert!(plain.stdout.contains("? not compared account names"), "{}", plain.stdout);
    let json = bench.run(&["diff", &before, &after, "--json"]).json();
    assert_eq!(json["schema"], "candor.diff/1");
    assert_eq!(json["after"]["subject"], "Simulated Browser 3.4.3");
    let paired = |kind: &str| {
        let questions = json["questions"].as_array().unwrap().iter();
        questions
            .filter(|q| !q["before"].is_null() && !q["after"].is_null() && q["kind"] == kind)
            .count()
    };
    assert_eq!((paired("same"), paired("changed"), paired("not_compared")), (7, 0, 2), "{json}");
    let done = bench.run(&["diff", &before, &after, "--html", "changes.html"]);
    assert_eq!((done.code, done.stdout.trim()), (0, "changes.html"), "{}", done.stderr);
    assert!(text(&bench, "changes.html").contains("default-src 'none'"));
    let done = bench.run(&["report", &after, "--since", &before, "-o", "since.html"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(text(&bench, "since.html").contains("What changed since Simulated Browser 3.4.0"));
    let done = bench.run(&["report", &after, "--since", &before, "--format", "csv"]);
    assert_eq!(done.code, 2, "{}", done.stdout);
}

#[test]
fn every_form_is_written_and_says_it_is_simulated() {
    let bench = Bench::new();
    let case = tried(&bench, "browser-as-claimed");
    for (form, sign) in [
        ("html", "<!DOCTYPE html>"),
        ("json", "\"schema\": \"candor.report/1\""),
        ("sarif", "\"version\": \"2.1.0\""),
        ("junit", "<testsuites name=\"candor\""),
        ("md", "SIMULATED"),
    ] {
        let done = bench.run(&["report", &case, "--format", form, "-o", form]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        let text = text(&bench, form);
        assert!(text.contains(sign), "{form}");
        assert!(text.to_lowercase().contains("simulated"), "{form}");
    }
    let csv = bench.run(&["report", &case, "--format", "csv"]).stdout;
    assert!(csv.starts_with("\"finding\",\"kind\",\"property\""), "{csv}");
    let shown = |f: &&serde_json::Value| {
        f["property"] != "control" && f["recipient"]["host"] != candor_case::CONTROL_HOST
    };
    let shown = findings(&bench.path(&case)).iter().filter(shown).count();
    assert_eq!(csv.lines().count(), shown + 1);
}
