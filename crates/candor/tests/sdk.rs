//! The SDK bench: real analytics SDKs on pages of the lab, in a real Chromium behind candor's proxy,
//! each a case whose truth was written first. Nothing leaves the machine but the installation of
//! the SDKs, which their lock file pins.
//!
//! `cargo test -p candor --test sdk -- --nocapture` prints found/planted per SDK.
//! `CANDOR_SDK=snowplow` looks at one SDK alone, `CANDOR_SDK_KEEP=FOLDER` keeps the cases.

#![allow(unreachable_pub, reason = "nothing in a test can be reached from outside")]
#![allow(clippy::unwrap_used, reason = "a test fails where its helpers cannot go on")]

#[path = "../src/bridge.rs"]
#[allow(dead_code, reason = "the binary's own bridge; the tests use a part of it")]
mod bridge;
#[path = "sdk/browser.rs"]
mod browser;
#[path = "sdk/bundles.rs"]
mod bundles;
#[path = "sdk/case.rs"]
mod case;
#[path = "common/programs.rs"]
mod programs;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use candor_capture::{Authority, System};
use candor_specimens::sdk::{SdkArm, SdkCheck, sdk_arms};

use case::Desk;

/// Cases that are recorded at once: they mostly wait.
const AT_ONCE: usize = 4;
/// Visitors per case: two are the fewest that a verdict rests on.
const REPEATS: u32 = 2;

#[test]
fn every_sdk_is_read_and_none_is_blamed_on_the_browser() {
    if !programs::are_there(&["chromium", "certutil", "node", "npm"]) {
        return;
    }
    let bundles = match bundles::built() {
        Ok(bundles) => bundles,
        Err(why) => return eprintln!("skipped: {why}"),
    };
    let scratch = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("CANDOR_SDK_KEEP").map(PathBuf::from);
    let cases = kept.unwrap_or_else(|| scratch.path().join("cases"));
    let authority =
        Authority::open(&scratch.path().join("authority"), Arc::new(System), case::now()).unwrap();
    let home = browser::home(scratch.path(), &authority);
    let desk = Desk { bundles, authority: Arc::new(authority), home, cases };
    let told = examine_all(&desk);
    let mut problems = Vec::new();
    for (name, check) in &told {
        eprintln!("{}", line(name, check));
        problems.extend(check.problems.iter().map(|problem| format!("{name}: {problem}")));
    }
    assert!(problems.is_empty(), "not as written:\n{}", problems.join("\n"));
}

/// Every arm's case, a few at a time, in the order of the arms.
fn examine_all(desk: &Desk) -> Vec<(String, SdkCheck)> {
    let only = std::env::var("CANDOR_SDK").unwrap_or_default();
    let wanted = |arm: &SdkArm| only.is_empty() || arm.name().starts_with(&only);
    let waiting: Mutex<VecDeque<_>> =
        Mutex::new(sdk_arms().into_iter().filter(wanted).enumerate().collect());
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().unwrap().pop_front();
                    let Some((index, arm)) = next else { break };
                    let check = case::examine(desk, &arm, REPEATS);
                    done.lock().unwrap().push((index, arm.name(), check));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, ..)| *index);
    done.into_iter().map(|(_, name, check)| (name, check)).collect()
}

fn line(name: &str, check: &SdkCheck) -> String {
    let unread = match check.unread {
        0 => String::new(),
        n => format!(", {n} behind a cipher and reported as unread"),
    };
    format!(
        "{name}: {} of {} values found, in {} of {} places{unread}; {} decoys; {} verdicts and answers as written, {} withheld; {} problems",
        check.values_found,
        check.values,
        check.found,
        check.planted,
        check.decoys,
        check.judged,
        check.withheld,
        check.problems.len()
    )
}

/// The folder of the SDKs' lock file.
fn sdk_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk")
}
