//! The gates for continuous integration: what they say is done, and it does what they say.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::Bench;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        eprintln!("skipped: {program} is not installed");
    }
    there
}

/// Runs the action's gate on a built-in subject's case: its end, and what it hands on.
fn gate(bench: &Bench, subject: &str) -> (i32, String, String) {
    let done = bench.run(&["try", "--subject", subject, "--case", "case"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let program = Path::new(env!("CARGO_BIN_EXE_candor")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let done = Command::new("bash")
        .arg(root().join(".github/actions/audit/gate.sh"))
        .current_dir(bench.folder.path())
        .env("PATH", format!("{}:{path}", program.display()))
        .env("CASE", "case")
        .env("CLAIMS", "case/claims.toml")
        .env("REPORTS", "out put")
        .env("GITHUB_OUTPUT", bench.path("output"))
        .env("GITHUB_STEP_SUMMARY", bench.path("summary.md"))
        .output()
        .unwrap();
    let read = |name: &str| std::fs::read_to_string(bench.path(name)).unwrap_or_default();
    assert!(read("summary.md").contains("SIMULATED"), "{done:?}");
    (done.status.code().unwrap(), read("output"), read("out put/contradicted.sarif"))
}

#[test]
fn the_action_hands_on_what_the_audit_ended_with() {
    if !there("jq") {
        return;
    }
    for (subject, code) in [("browser-2020", 1), ("browser-as-claimed", 0)] {
        let bench = Bench::new();
        let (ended, output, sarif) = gate(&bench, subject);
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
fn the_action_fails_where_no_audit_could_be_made() {
    let bench = Bench::new();
    let program = Path::new(env!("CARGO_BIN_EXE_candor")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let gate = root().join(".github/actions/audit/gate.sh");
    let output = Command::new("bash")
        .arg(gate)
        .current_dir(bench.folder.path())
        .env("PATH", path)
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
    for (command, options) in [("audit", &["--claims"][..]), ("report", &["--format", "-o"])] {
        let help = help(command);
        assert!(options.iter().all(|option| help.contains(option)), "{help}");
    }
}
