//! The shipped plans' waits and switches bring real uploads, each within the minutes that the plan
//! gives it. Slow: `cargo test -p candor-drive --test uploads -- --ignored --test-threads 1`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod common;

use std::io::Read;

use candor_case::Property;
use candor_drive::{Browser, Plan, PlannedRun};
use common::{Seen, installed, make_only};

/// The first run of an arm of a shipped plan.
fn arm(plan: &str, name: &str) -> (Plan, impl Fn(&PlannedRun) -> bool) {
    let file = format!("{}/../../plans/{plan}.toml", env!("CARGO_MANIFEST_DIR"));
    let plan = Plan::parse(&std::fs::read_to_string(file).unwrap(), plan).unwrap();
    let wanted = format!("-{name}-1");
    (plan, move |run: &PlannedRun| run.run.id.0.ends_with(&wanted))
}

/// Bodies sent to paths that begin like this, inflated where they are compressed.
fn bodies(seen: &Seen, host: &str, path: &str) -> Vec<Vec<u8>> {
    let to = seen.requests.iter().filter(|r| r.host == host && r.path.starts_with(path));
    let inflate = |body: &Vec<u8>| {
        let mut plain = Vec::new();
        let gzip = flate2::read::GzDecoder::new(body.as_slice()).take(64 << 20);
        #[expect(clippy::disallowed_methods, reason = "bounded by `take`")]
        let read = { gzip }.read_to_end(&mut plain);
        if read.is_ok() { plain } else { body.clone() }
    };
    to.map(|request| inflate(&request.body)).collect()
}

fn holds(bodies: &[Vec<u8>], text: &str) -> bool {
    bodies.iter().any(|body| body.windows(text.len()).any(|window| window == text.as_bytes()))
}

async fn chromium(name: &str) -> Option<Seen> {
    let installation = installed(Browser::Chromium).await?;
    let (plan, wanted) = arm("private-browsing", name);
    let seen = make_only(&installation, &plan, wanted, "restart").await;
    println!("{}", seen.told());
    assert_eq!(seen.performed.voided(), None);
    Some(seen)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes two minutes"]
async fn chromium_reports_addresses_of_a_normal_window() {
    let Some(seen) = chromium("forced-normal").await else { return };
    let statistics = bodies(&seen, "clients4.google.com", "/uma/v2");
    let keyed = bodies(&seen, "clients4.google.com", "/ukm");
    assert!(!statistics.is_empty() && !keyed.is_empty(), "both uploaders were seen working");
    for seed in seen.run.seeds.seeds.iter().filter(|s| s.property == Property::BrowsingUrl) {
        assert!(holds(&keyed, &seed.value), "{} is in a keyed report", seed.value);
        assert!(!holds(&statistics, &seed.value));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes two minutes"]
async fn chromium_reports_no_address_of_a_private_window() {
    let Some(seen) = chromium("forced-private").await else { return };
    assert!(!bodies(&seen, "clients4.google.com", "/uma/v2").is_empty(), "the uploader works");
    for seed in seen.run.seeds.seeds.iter().filter(|s| s.property == Property::BrowsingUrl) {
        assert!(!holds(&bodies(&seen, "clients4.google.com", "/"), &seed.value));
    }
}

async fn firefox(name: &str) -> Option<usize> {
    let installation = installed(Browser::Firefox).await?;
    let (plan, wanted) = arm("opt-out", name);
    let seen = make_only(&installation, &plan, wanted, "restart").await;
    println!("{}", seen.told());
    assert_eq!(seen.performed.voided(), None);
    Some(bodies(&seen, "incoming.telemetry.mozilla.org", "/submit/").len())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes three minutes"]
async fn firefox_uploads_unless_both_settings_are_off() {
    let Some(on) = firefox("on").await else { return };
    assert!(on > 5, "{on} uploads with collection on");
    assert_eq!(firefox("both-off").await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes two minutes"]
async fn firefox_asks_for_deletion_when_turned_off_after_use() {
    let Some(installation) = installed(Browser::Firefox).await else { return };
    let (plan, wanted) = arm("opt-out", "turned-off");
    let seen = make_only(&installation, &plan, wanted, "restart").await;
    println!("{}", seen.told());
    let erasures =
        bodies(&seen, "incoming.telemetry.mozilla.org", "/submit/firefox-desktop/deletion-request");
    assert_eq!(erasures.len(), 1, "one request to delete");
}
