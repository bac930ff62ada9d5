//! Real browsers, driven through a sinkhole on loopback that answers everything: short runs, each of
//! what nobody but the browser itself can prove.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod common;

use candor_drive::Browser;
use common::{Seen, installed, make, sinkhole, tools};

/// A plan with one arm, and these phases.
fn plan(browser: Browser, arm: &str, phases: &[&str]) -> String {
    let phases: String = phases.iter().map(|phase| format!("[[phase]]\n{phase}\n")).collect();
    format!(
        "name = \"smoke\"\nquestion = \"does it do as it is told?\"\nbrowsers = [\"{0}\"]\n\
         control = false\nfilm_every_s = 1\n\
         [waits.{0}]\nfirst_upload_s = 1\nupload_interval_s = 1\nsettle_s = 2\n\
         {phases}[[arm]]\nname = \"a\"\n{arm}\n",
        browser.name()
    )
}

const START: &str = "do = \"first_start\"";
const VISIT: &str = "do = \"visit\"";

#[tokio::test(flavor = "multi_thread")]
async fn chromium_visits_a_page() {
    let Some(installation) = installed(Browser::Chromium).await else { return };
    let arm = "collection = \"off\"";
    let text = plan(Browser::Chromium, arm, &[START, VISIT, "do = \"restart\""]);
    let seen = make(&installation, &text).await.remove(0);
    assert!(seen.planted("visit-1") && seen.planted("control"), "{}", seen.told());
    assert_eq!(seen.performed.voided(), None);
    assert_eq!(seen.gaps(), [""; 0]);
    assert!(seen.refused.is_empty(), "the authority is trusted: {:?}", seen.refused);
    let environment = &seen.performed.environment;
    assert_eq!(environment["history"], "1 of 1 visited addresses remembered");
    assert!(
        environment["prefs.after"]
            .contains("\"url_keyed_anonymized_data_collection.enabled\":false")
    );
    assert!(environment["browser.package"].starts_with("chromium "), "{environment:?}");
    assert!(seen.performed.frames > 0 && seen.saved.keys().any(|name| name.starts_with("film/")));
    let picture = &seen.saved["screens/01-visit.png"];
    assert!(picture.starts_with(b"\x89PNG"), "a screenshot");
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_visits_a_page_in_a_private_window() {
    let Some(installation) = installed(Browser::Chromium).await else { return };
    let text = plan(Browser::Chromium, "mode = \"private\"", &[START, VISIT]);
    let seen = make(&installation, &text).await.remove(0);
    assert!(seen.planted("visit-1"), "{}", seen.told());
    assert_eq!(seen.performed.voided(), None, "nothing is remembered");
    assert!(seen.performed.environment["browser.switches"].contains("--incognito"));
}

#[tokio::test(flavor = "multi_thread")]
async fn firefox_keeps_its_settings_under_bidi() {
    let Some(installation) = installed(Browser::Firefox).await else { return };
    let arm = "collection = \"on\"";
    let text = plan(Browser::Firefox, arm, &[START, VISIT]);
    let seen = make(&installation, &text).await.remove(0);
    assert!(seen.planted("visit-1") && seen.planted("control"), "{}", seen.told());
    assert_eq!(seen.performed.voided(), None);
    assert!(seen.refused.is_empty(), "the authority is trusted: {:?}", seen.refused);
    let after = &seen.performed.environment["prefs.after"];
    assert!(after.contains("\"datareporting.healthreport.uploadEnabled\":true"), "{after}");
    assert!(after.contains("\"remote.prefs.recommended\":false"), "{after}");
    assert_eq!(seen.performed.environment["history"], "1 of 1 visited addresses remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn firefox_visits_a_page_in_a_private_window() {
    let Some(installation) = installed(Browser::Firefox).await else { return };
    let text = plan(Browser::Firefox, "mode = \"private\"", &[START, VISIT]);
    let seen = make(&installation, &text).await.remove(0);
    assert!(seen.planted("visit-1"), "{}", seen.told());
    assert_eq!(seen.performed.voided(), None, "nothing is remembered");
}

/// A private window is opened beside the normal one, and both are used in turn.
async fn works_in_both_windows(browser: Browser) {
    let Some(installation) = installed(browser).await else { return };
    if !tools(&["Xvfb", "xdotool"]) {
        return;
    }
    let again = "do = \"visit\"\nname = \"again\"";
    let phases = [START, VISIT, "do = \"search\"", "do = \"restart\"", again, TYPE[1]];
    let arm = "mode = \"beside\"\nwindow = \"headed\"";
    let seen = make(&installation, &plan(browser, arm, &phases)).await.remove(0);
    assert_eq!(seen.gaps(), [""; 0], "{}", seen.told());
    for action in ["visit-1", "private_visit-1", "search-1", "private_search-1", "again-1"] {
        assert!(seen.planted(action), "{action}: {}", seen.told());
    }
    assert!(seen.planted("private_again-1"), "a restart closes the private window");
    assert!(seen.planted("go-1") && seen.planted("private_go-1"), "typed: {}", seen.told());
    // The browser's own memory tells which window each address was opened in.
    assert_eq!(seen.performed.environment["history"], "3 of 3 visited addresses remembered");
    assert_eq!(seen.performed.voided(), None, "nothing of the private window is remembered");
    let arms: Vec<_> =
        seen.run.seeds.seeds.iter().map(|seed| (&*seed.id, seed.arm.as_deref())).collect();
    for (id, arm) in arms {
        let private = id.contains("/private_");
        assert_eq!(arm.unwrap().contains("mode=private"), private, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_works_in_a_private_window_beside_a_normal_one() {
    works_in_both_windows(Browser::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn firefox_works_in_a_private_window_beside_a_normal_one() {
    works_in_both_windows(Browser::Firefox).await;
}

const TYPE: [&str; 2] = [
    "do = \"type\"\nwhat = \"words\"",
    "do = \"type\"\nwhat = \"address\"\nenter = true\nname = \"go\"",
];

#[tokio::test(flavor = "multi_thread")]
async fn chromium_is_typed_into() {
    let Some(installation) = installed(Browser::Chromium).await else { return };
    if !tools(&["Xvfb", "xdotool"]) {
        return;
    }
    let text = plan(Browser::Chromium, "window = \"headed\"", &[START, TYPE[0], TYPE[1]]);
    let seen = make(&installation, &text).await.remove(0);
    assert_eq!(seen.gaps(), [""; 0], "{}", seen.told());
    assert!(seen.planted("go-1"), "{}", seen.told());
    what_left_between_two_letters_lies_within_the_typing(&seen);
}

/// Chromium as Debian ships it asks its search engine at every letter.
fn what_left_between_two_letters_lies_within_the_typing(seen: &Seen) {
    let words =
        &seen.run.seeds.seeds.iter().find(|seed| seed.id.ends_with("/type-1")).unwrap().value;
    let (began, ended) = seen.span_of("type-1").expect("the action says when it began");
    let begins = |request: &&sinkhole::Request| {
        let asked = request.path.rsplit_once("q=").map_or("", |(_, asked)| asked);
        let asked = asked.split('&').next().unwrap_or_default().replace(['+'], " ");
        let asked = asked.replace("%20", " ");
        asked.len() > 2 && asked.len() < words.len() && words.starts_with(asked.as_str())
    };
    let beginnings: Vec<_> =
        seen.requests.iter().filter(begins).map(|request| request.at).collect();
    assert!(beginnings.len() > 2, "{}", seen.told());
    assert!(
        beginnings.iter().all(|at| (began..=ended).contains(at)),
        "{beginnings:?} {began:?} {ended:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn firefox_is_typed_into() {
    let Some(installation) = installed(Browser::Firefox).await else { return };
    if !tools(&["Xvfb", "xdotool"]) {
        return;
    }
    let text = plan(Browser::Firefox, "window = \"headed\"", &[START, TYPE[0], TYPE[1]]);
    let seen = make(&installation, &text).await.remove(0);
    assert_eq!(seen.gaps(), [""; 0], "{}", seen.told());
    assert!(seen.planted("go-1"), "{}", seen.told());
}

/// Data is cleared, the browser crashes, and a new profile is set up.
async fn survives_everything(browser: Browser) {
    let Some(installation) = installed(browser).await else { return };
    let phases =
        [START, VISIT, "do = \"clear_data\"", "do = \"crash\"", "do = \"new_profile\"", VISIT];
    let all = make(&installation, &plan(browser, "", &phases)).await;
    let [visited, crashed, renewed] = all.as_slice() else { panic!("{} runs", all.len()) };
    let history = |seen: &common::Seen| seen.performed.environment.get("history").cloned();
    assert_eq!(visited.gaps(), [""; 0], "{}", visited.told());
    assert!(visited.planted("visit-1"), "{}", visited.told());
    assert_eq!(history(visited).as_deref(), Some("0 of 1 visited addresses remembered"));
    assert!(crashed.happened("crash") && crashed.planted("control"), "{}", crashed.told());
    assert!(renewed.planted("visit_2-1"), "{}", renewed.told());
    for seen in &all {
        assert_eq!(seen.performed.voided(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_survives_everything() {
    survives_everything(Browser::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn firefox_survives_everything() {
    survives_everything(Browser::Firefox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_can_end_a_run_and_keep_it() {
    let Some(installation) = installed(Browser::Chromium).await else { return };
    let text = plan(Browser::Chromium, "", &[START, VISIT, "do = \"idle\"\nseconds = 600"]);
    let seen = common::make_and_cancel(&installation, &text, "idle").await;
    assert_eq!(seen.performed.ended, candor_drive::Ended::Cancelled);
    assert!(seen.planted("visit-1"), "what was done stays: {}", seen.told());
    assert!(seen.saved.contains_key("browser-1.log"), "the browser was closed");
}
