//! The gates for continuous integration: what they say is done, and it does what they say.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

mod common;
#[path = "common/har.rs"]
mod har;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Bench, programs};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A shell in which `candor` is this very program, in the bench's folder.
fn bash(bench: &Bench) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_candor")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut bash = Command::new("bash");
    bash.current_dir(bench.folder.path()).env("PATH", format!("{}:{path}", program.display()));
    bash
}

fn try_subject(bench: &Bench, subject: &str) {
    let done = bench.run(&["try", "--subject", subject, "--case", "case"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
}

/// A case with one claim, which is contradicted, and a file that waives it.
fn contradicted(bench: &Bench) {
    har::import(bench, "case", &["collect.maker.test"]);
    let waiver =
        "[[waiver]]\nclaim = \"addresses-stay\"\nreason = \"fixed\"\nexpires = \"9999-12-31\"\n";
    bench.write("all waivers.toml", waiver);
}

/// Runs the action's gate on the case: its end, and what it hands on.
fn gate(bench: &Bench, files: &[(&str, &str)]) -> (i32, String, String) {
    let done = bash(bench)
        .arg(root().join(".github/actions/audit/gate.sh"))
        .env("CASE", "case")
        .env("CLAIMS", "case/claims.toml")
        .env("REPORTS", "out put")
        .envs(files.iter().copied())
        .env("GITHUB_OUTPUT", bench.path("output"))
        .env("GITHUB_STEP_SUMMARY", bench.path("summary.md"))
        .output()
        .unwrap();
    let read = |name: &str| std::fs::read_to_string(bench.path(name)).unwrap_or_default();
    (done.status.code().unwrap(), read("output"), read("out put/contradicted.sarif"))
}

#[test]
fn the_action_hands_on_what_the_audit_ended_with() {
    if !programs::are_there(&["jq"]) {
        return;
    }
    for (subject, code) in [("browser-2020", 1), ("browser-as-claimed", 0)] {
        let bench = Bench::new();
        try_subject(&bench, subject);
        let (ended, output, sarif) = gate(&bench, &[]);
        let summary = std::fs::read_to_string(bench.path("summary.md")).unwrap();
        assert!(summary.contains("SIMULATED"), "{summary}");
        let audited = bench.run(&["audit", "case"]).code;
        assert_eq!((ended, output), (0, format!("exit-code={audited}\n")));
        assert_eq!(audited == 1, code == 1, "{subject}");
        let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.is_empty(), code == 0, "only what is contradicted becomes an alert");
        for name in ["candor.sarif", "candor.junit.xml", "candor.html"] {
            assert!(bench.path("out put").join(name).exists(), "{name}");
        }
    }
}

#[test]
fn what_is_waived_or_known_fails_neither_the_action_nor_its_reports() {
    if !programs::are_there(&["jq"]) {
        return;
    }
    let bench = Bench::new();
    contradicted(&bench);
    let written = bench.run(&["audit", "case", "--write-baseline", "known.json"]);
    assert_eq!(written.code, 0, "{}", written.stdout);
    let alerts = |sarif: &str| {
        let sarif: serde_json::Value = serde_json::from_str(sarif).unwrap();
        sarif["runs"][0]["results"].as_array().unwrap().len()
    };
    for (file, is_shown) in
        [(("WAIVERS", "all waivers.toml"), false), (("BASELINE", "known.json"), true)]
    {
        let (ended, output, sarif) = gate(&bench, &[file]);
        assert_eq!((ended, output.lines().last()), (0, Some("exit-code=0")), "{file:?}");
        assert_eq!(alerts(&sarif) > 0, is_shown, "what is waived is no alert");
        let junit = std::fs::read_to_string(bench.path("out put/candor.junit.xml")).unwrap();
        assert!(junit.contains("failures=\"0\" errors=\"0\""), "{file:?}: {junit}");
    }
}

#[test]
fn the_gitlab_job_ends_and_reports_as_its_files_say() {
    let read =
        "import sys, yaml; print('\\n'.join(yaml.safe_load(sys.stdin.read())['candor']['script']))";
    let job = std::fs::File::open(root().join("docs/ci/gitlab.yml")).unwrap();
    let script = Command::new("python3").args(["-c", read]).stdin(job).output();
    let Some(script) = script.ok().filter(|done| done.status.success()) else {
        return eprintln!("skipped: python3 or python3-yaml is not installed");
    };
    let script = String::from_utf8(script.stdout).unwrap();
    let bench = Bench::new();
    contradicted(&bench);
    for (waivers, code) in [("", 1), ("all waivers.toml", 0)] {
        let done = bash(&bench)
            .args(["-eo", "pipefail", "-c", &script])
            .env("CASE", "case")
            .env("CLAIMS", "case/claims.toml")
            .env("WAIVERS", waivers)
            .env("BASELINE", "")
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(code), "{done:?}");
        let junit = std::fs::read_to_string(bench.path("candor.junit.xml")).unwrap();
        assert_eq!(junit.contains("failures=\"0\""), code == 0, "{junit}");
        let sarif = std::fs::read_to_string(bench.path("candor.sarif")).unwrap();
        assert_eq!(sarif.contains("\"suppressions\""), code == 0);
    }
}

#[test]
fn the_action_fails_where_no_audit_could_be_made() {
    let bench = Bench::new();
    let output = bash(&bench)
        .arg(root().join(".github/actions/audit/gate.sh"))
        .env("CASE", "$(touch owned)")
        .env("ARGS", "--claims; touch owned")
        .env("REPORTS", "reports")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(!bench.path("owned").exists(), "no value is read as a command");
}

#[test]
fn the_files_are_yaml_and_name_options_that_exist() {
    let read =
        "import sys, yaml; print(','.join(sorted(map(str, yaml.safe_load(sys.stdin.read())))))";
    for (file, keys) in [
        (".github/actions/audit/action.yml", "description,inputs,name,outputs,runs"),
        // YAML 1.1 reads the key `on` as true, as GitHub's own readers know.
        ("docs/ci/github.yml", "True,jobs,name,permissions"),
        ("docs/ci/gitlab.yml", "candor"),
    ] {
        let text = std::fs::File::open(root().join(file)).unwrap();
        let Ok(done) = Command::new("python3").args(["-c", read]).stdin(text).output() else {
            return eprintln!("skipped: python3 is not installed");
        };
        let said = String::from_utf8_lossy(&done.stderr);
        if said.contains("ModuleNotFoundError") {
            return eprintln!("skipped: python3-yaml is not installed");
        }
        assert!(done.status.success(), "{file}: {said}");
        assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), keys, "{file}");
    }
    let help = |command: &str| Bench::new().run(&[command, "--help"]).stdout;
    for (command, options) in [
        ("audit", &["--claims", "--waivers", "--baseline"][..]),
        ("report", &["--format", "-o", "--waivers", "--baseline"]),
    ] {
        let help = help(command);
        assert!(options.iter().all(|option| help.contains(option)), "{help}");
    }
}
