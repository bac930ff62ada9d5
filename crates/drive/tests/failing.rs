//! Browsers that fail are told apart from operators' mistakes, and the plan can go on.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use candor_drive::{Browser, Ended, Installation};
use common::{make_and_cancel, tools};

const PLAN: &str = r#"
name = "failing"
question = "what then?"
browsers = ["chromium"]
control = false
[[phase]]
do = "first_start"
[[arm]]
name = "a"
"#;

/// A program that stands in for Chromium.
async fn stand_in(folder: &Path, script: &str) -> Installation {
    let program = folder.join("chromium");
    let version = "[ \"$1\" = --version ] && exec echo Chromium 1.2.3";
    std::fs::write(&program, format!("#!/bin/sh\n{version}\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    Installation::find(Browser::Chromium, Some(&program)).await.unwrap()
}

#[tokio::test]
async fn a_browser_that_does_not_come_up_is_a_gap() {
    if !tools(&["certutil"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = "echo no such display >&2; exit 3";
    let installation = stand_in(folder.path(), script).await;
    assert_eq!(installation.version, "1.2.3");
    let seen = make_and_cancel(&installation, PLAN, "never").await;
    let Ended::Failed(why) = &seen.performed.ended else { panic!("{:?}", seen.performed) };
    assert!(
        why.starts_with("chromium did not start: ") && why.contains("no such display"),
        "{why}"
    );
    assert_eq!(seen.gaps(), [why.as_str()]);
    assert!(!seen.performed.is_whole());
}

#[tokio::test]
async fn a_browser_that_goes_silent_is_a_gap() {
    if !tools(&["certutil"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens on port 1.
    let script = "echo 'DevTools listening on ws://127.0.0.1:1/devtools/browser/x' >&2; sleep 5";
    let installation = stand_in(folder.path(), script).await;
    let seen = make_and_cancel(&installation, PLAN, "never").await;
    let Ended::Failed(why) = &seen.performed.ended else { panic!("{:?}", seen.performed) };
    assert!(why.starts_with("the browser does not answer: "), "{why}");
}
