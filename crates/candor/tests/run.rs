//! `candor run` with real browsers, as short as their upload timers allow. Skipped, with a line that
//! says so, where a browser is missing.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

#[path = "../../report/tests/common/browser/mod.rs"]
mod browser;
mod common;

use std::path::Path;

use common::{Bench, findings, programs};

const CHROMIUM: &str = r#"
name = "short-chromium"
film_every_s = 10
question = "does a visited address leave, in a normal and in a private window?"
browsers = ["chromium"]
repeats = 1
control = false

[waits.chromium]
first_upload_s = 110
upload_interval_s = 12
settle_s = 3

[[persona]]
name = "robin"

[[set]]
name = "reports"
[set.chromium]
switches = ["--metrics-upload-interval=10"]
switches_while_on = [
    "--force-enable-metrics-reporting",
    "--force-msbb-setting-on-for-ukm",
    "--uma-server-url=https://clients4.google.com/uma/v2",
    "--ukm-server-url=https://clients4.google.com/ukm",
]

[[phase]]
do = "first_start"
[[phase]]
do = "visit"
[[phase]]
do = "idle"
uploads = 1

[[arm]]
name = "normal"
collection = "on"
grade = "forced"
with = ["reports"]

[[arm]]
name = "private"
mode = "private"
collection = "on"
grade = "forced"
with = ["reports"]
"#;

/// A private window beside a normal one, for machines with a screen to put them on.
const BESIDE: &str = r#"
[[arm]]
name = "beside"
mode = "beside"
window = "headed"
collection = "on"
grade = "forced"
with = ["reports"]
"#;

const CLAIMS: &str = r#"
[[claim]]
id = "normal-silent"
says = "Addresses stay here."
source = { url = "https://maker.test/privacy", date = "2026-01-01" }
applies_to = { product = "Chromium", modes = ["normal"] }
reading = "no address visited in a normal window reaches anyone but its site"
rule = { never = ["browsing.url"], when = { windows = "both" } }

[[claim]]
id = "private-silent"
says = "Private stays private."
source = { url = "https://maker.test/privacy", date = "2026-01-01" }
applies_to = { product = "Chromium", modes = ["private"] }
reading = "no address visited in a private window reaches anyone but its site"
rule = { never = ["browsing.url"], when = { windows = "both" } }
"#;

const FIREFOX: &str = r#"
name = "short-firefox"
question = "what is still sent after collection was turned off?"
browsers = ["firefox"]
repeats = 1
control = false

[waits.firefox]
first_upload_s = 70
upload_interval_s = 15
settle_s = 3

[[persona]]
name = "robin"

[[set]]
name = "soon"
[set.firefox.prefs]
"datareporting.policy.dataSubmissionPolicyBypassNotification" = true
"toolkit.telemetry.initDelay" = 1
"toolkit.telemetry.newProfilePing.delay" = 3
"toolkit.telemetry.send.overrideOfficialCheck" = true

[[phase]]
do = "first_start"
[[phase]]
do = "visit"
[[phase]]
do = "idle"
uploads = 1

[[arm]]
name = "on"
collection = "on"
grade = "forced"
with = ["soon"]

[[arm]]
name = "both-off"
collection = "both_off"
grade = "forced"
with = ["soon"]

[[arm]]
name = "turned-off"
collection = "on"
grade = "forced"
with = ["soon"]
[[arm.phase]]
do = "first_start"
[[arm.phase]]
do = "visit"
[[arm.phase]]
do = "idle"
uploads = 1
[[arm.phase]]
do = "turn_off"
collection = "first_off"
[[arm.phase]]
do = "idle"
uploads = 1
"#;

fn run(bench: &Bench, plan: &str) -> common::Done {
    bench.write("plan.toml", plan);
    std::fs::create_dir_all(bench.path("claims")).unwrap();
    bench.write("claims/chromium.toml", CLAIMS);
    let done = bench.run(&["run", "plan.toml", "--jobs", "3", "--case", "case"]);
    assert!([0, 1, 3].contains(&done.code), "{}\n{}", done.stdout, done.stderr);
    done
}

/// Requests of a run to a host, from its recording.
fn requests(case: &Path, run: &str, host: &str) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(case.join("runs").join(run)).unwrap().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "warc") {
            let text = std::fs::read(entry.path()).unwrap();
            let text = String::from_utf8_lossy(&text);
            count += text.matches(&format!("WARC-Target-URI: https://{host}/")).count() / 2;
        }
    }
    count
}

/// The number beside the addresses (UKM's) and that of the usage statistics (UMA's) are two.
fn numbers_of_two_services_are_kept_apart(case: &Path) {
    let identifiers = common::jsonl(&case.join("analysis/identifiers.jsonl"));
    let of = |service: &str| -> Vec<&str> {
        let own =
            identifiers.iter().filter(|i| i["because"].as_str().unwrap().starts_with(service));
        own.flat_map(|i| i["values"].as_array().unwrap())
            .map(|value| value["value"].as_str().unwrap())
            .collect()
    };
    let (addresses, statistics) = (of("chromium-ukm/"), of("chromium-uma/"));
    assert!(!addresses.is_empty() && !statistics.is_empty(), "{identifiers:?}");
    assert!(addresses.iter().all(|value| !statistics.contains(value)), "{identifiers:?}");
}

#[test]
fn chromium_reports_a_visited_address_in_a_normal_window_and_not_in_a_private_one() {
    if !programs::are_there(&["chromium", "certutil"]) {
        return;
    }
    let bench = Bench::new();
    let screen = programs::are_there(&["Xvfb", "xdotool"]);
    let plan = if screen { format!("{CHROMIUM}{BESIDE}") } else { CHROMIUM.to_owned() };
    let done = run(&bench, &plan);
    let case = bench.path("case");
    let found = findings(&case);
    let urls_in = |run: &str, mode: &str| {
        found
            .iter()
            .filter(|f| f["property"] == "browsing.url" && f["kind"] == "seeded_value")
            .filter(|f| f["planted"]["run"] == run && f["planted"]["arm"]["mode"] == mode)
            .map(|f| {
                (f["recipient"]["host"].as_str().unwrap(), f["place"]["path"].as_str().unwrap())
            })
            .collect::<Vec<_>>()
    };
    let keyed =
        |path: &str| path.starts_with("request.body > gzip > protobuf:3") && path.ends_with(".8.1");
    let normal = urls_in("chromium-normal-1", "normal");
    assert!(
        normal.iter().any(|(host, path)| *host == "clients4.google.com" && keyed(path)),
        "{normal:?}\n{}\n{}",
        done.stdout,
        done.stderr
    );
    assert!(
        normal.iter().all(|(host, _)| !host.ends_with(".candor.test")),
        "its own site: {normal:?}"
    );
    assert_eq!(urls_in("chromium-private-1", "private"), [], "{}", done.stdout);
    if screen {
        assert_eq!(urls_in("chromium-beside-1", "private"), [], "{}", done.stdout);
        let told = !urls_in("chromium-beside-1", "normal").is_empty();
        each_window_is_judged_by_its_own(&case, told);
    }
    for run in ["chromium-normal-1", "chromium-private-1"] {
        let written = std::fs::read(case.join("runs").join(run).join("run.json")).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&written).unwrap();
        assert_eq!(written["grade"], "forced", "{run}");
    }
    numbers_of_two_services_are_kept_apart(&case);
    assert!(
        requests(&case, "chromium-private-1", "clients4.google.com") > 0,
        "usage statistics go on"
    );
    its_report_plays_its_film(&case);
}

/// What left from the normal window is held against what was said of normal windows alone.
/// `told` says whether anything did: Chromium keeps back its reports keyed by address as long as a
/// private window is open, its other services do not.
fn each_window_is_judged_by_its_own(case: &Path, told: bool) {
    let written = std::fs::read(case.join("analysis/verdicts.json")).unwrap();
    let verdicts: serde_json::Value = serde_json::from_slice(&written).unwrap();
    let of =
        |id: &str| verdicts["claims"].as_array().unwrap().iter().find(|c| c["id"] == id).unwrap();
    let normal = of("normal-silent");
    assert_eq!(normal["verdict"], if told { "contradicted" } else { "inconclusive" }, "{normal}");
    assert_eq!(normal["controls"]["runs"], 1, "{normal}");
    let private = of("private-silent");
    assert_eq!(private["verdict"], "inconclusive", "{private}");
    assert_eq!(private["controls"]["runs"], 1, "the run counts for its private window: {private}");
    let events = common::jsonl(&case.join("runs/chromium-beside-1/events.jsonl"));
    let phase = |name: &str| events.iter().any(|e| e["event"] == "phase" && e["name"] == name);
    assert!(phase("visit") && phase("private_visit"));
}

/// The report of a real browser's case, in real browsers: a finding opens, and the film plays.
fn its_report_plays_its_film(case: &Path) {
    let page = std::fs::read_to_string(case.join("report/index.html")).unwrap();
    for browser in browser::installed() {
        browser.open(&page);
        let said = browser.said(
            "(async () => {
                const all = [...document.querySelectorAll('[data-reel] button')];
                const button = all.find((one) => one.textContent.includes('film'));
                const figure = button.closest('figure');
                button.click();
                const until = async (holds) => { for (let i = 0; i < 400 && !holds(); i++) await new Promise((go) => setTimeout(go, 20)); };
                await until(() => figure.querySelector('input[type=range]'));
                const slide = figure.querySelector('input[type=range]');
                slide.value = slide.max;
                slide.dispatchEvent(new Event('input'));
                await until(() => figure.querySelectorAll('ol.sent li').length > 2);
                // The first picture may come later than the beginning; at the end there is one.
                await until(() => figure.querySelector('canvas')?.width > 300);
                document.querySelector('.evidence .finding summary').click();
                return [figure.querySelector('canvas').width > 300, figure.querySelectorAll('ol.sent li').length > 2,
                    document.querySelectorAll('.finding[open] mark').length > 1].join();
            })()",
        );
        assert_eq!(said, "true,true,true", "{}", browser.name());
        browser.assert_quiet();
    }
}

#[test]
fn firefox_sends_telemetry_with_collection_on_and_none_with_both_settings_off() {
    if !programs::are_there(&["firefox-esr", "certutil"]) {
        return;
    }
    let bench = Bench::new();
    run(&bench, FIREFOX);
    let case = bench.path("case");
    let telemetry = "incoming.telemetry.mozilla.org";
    assert!(requests(&case, "firefox-on-1", telemetry) > 0);
    assert_eq!(requests(&case, "firefox-both-off-1", telemetry), 0);
    let run: serde_json::Value =
        serde_json::from_slice(&std::fs::read(case.join("runs/firefox-on-1/run.json")).unwrap())
            .unwrap();
    assert!(run["void"].is_null(), "{run:#}");
    assert!(run["digests"]["plan"].is_string() && run["digests"]["binary"].is_string());
    a_request_to_delete_names_the_old_number_and_is_no_breach(&case);
    nothing_was_refused(&case, "firefox-turned-off-1");
}

/// Not even by a background task, which makes a profile of its own: the crash reporter asks for its
/// own data to be deleted through one.
fn nothing_was_refused(case: &Path, run: &str) {
    let events = common::jsonl(&case.join("runs").join(run).join("events.jsonl"));
    let refused: Vec<_> = events.iter().filter(|e| e["event"] == "tls_refused").collect();
    assert!(refused.is_empty(), "{refused:?}");
    let requests = common::jsonl(&case.join("analysis/requests.jsonl"));
    let deletes = |line: &&serde_json::Value| {
        let url = line["url"].as_str().unwrap();
        line["run"] == run && url.contains("/submit/firefox-crashreporter/deletion-request/")
    };
    assert!(requests.iter().any(|line| deletes(&line)), "{requests:?}");
}

fn a_request_to_delete_names_the_old_number_and_is_no_breach(case: &Path) {
    let found = findings(case);
    let numbers = |timing: &str| -> Vec<&str> {
        found
            .iter()
            .filter(|f| f["seen"]["run"] == "firefox-turned-off-1" && f["timing"] == timing)
            .filter(|f| f["property"] == "app.install_id")
            .filter(|f| f["place"]["path"].as_str().unwrap().ends_with("$.client_info.client_id"))
            .map(|f| f["value"].as_str().unwrap())
            .collect()
    };
    let (before, erased) = (numbers("live"), numbers("erasure"));
    assert!(!erased.is_empty(), "no request to delete was seen: {found:?}");
    assert!(erased.iter().any(|number| before.contains(number)), "{before:?} {erased:?}");
}

#[test]
fn a_dry_run_says_what_would_be_done_and_a_missing_browser_how_to_get_it() {
    let bench = Bench::new();
    bench.write("plan.toml", FIREFOX);
    let done = bench.run(&["run", "plan.toml", "--dry-run"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stdout.contains("firefox-both-off-1") && done.stdout.contains("uploadEnabled = false")
    );
    let done = bench.run(&["run", "plan.toml", "--program", "/nowhere/firefox", "--case", "c"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("apt-get install"), "{}", done.stderr);
    bench.write("bad.toml", "name = \"x\"\nwhat = 1\n");
    let done = bench.run(&["run", "bad.toml"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("bad.toml:"), "{}", done.stderr);
}

#[test]
fn a_program_that_is_not_there_is_missed() {
    assert!(programs::are_there(&["sh"]));
    assert!(!programs::are_there(&["sh", "no-such-program"]));
}
