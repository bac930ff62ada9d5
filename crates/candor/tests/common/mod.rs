//! What the command tests share: a scratch folder, the binary, and its outputs.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod programs;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder of its own for one test, with its own place for the authority's key.
pub struct Bench {
    pub folder: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_candor"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env("XDG_DATA_HOME", self.path("data"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Done {
        Done::of(self.command(args).output().unwrap())
    }

    /// Runs the binary by another program, which is handed it and its arguments after its own.
    pub fn run_in(&self, program: &[&str], args: &[&str]) -> Done {
        let own = self.command(args);
        let mut command = Command::new(program[0]);
        command
            .args(&program[1..])
            .arg(own.get_program())
            .args(own.get_args())
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        own.get_envs().for_each(|(key, value)| {
            value.map(|value| command.env(key, value));
        });
        Done::of(command.output().unwrap())
    }

    /// Imports a sample as a case of its own.
    pub fn import(&self, sample: &str, seeds: &str) -> PathBuf {
        let seeds = self.write("seeds.toml", seeds);
        let case = self.path("case");
        let done = self.run(&[
            "import",
            sample_path(sample).to_str().unwrap(),
            "--case",
            case.to_str().unwrap(),
            "--seeds",
            seeds.to_str().unwrap(),
        ]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        case
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}{}", self.stdout, self.stderr))
    }
}

pub fn sample_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/samples").join(name)
}

pub fn jsonl(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn findings(case: &Path) -> Vec<Value> {
    jsonl(&case.join("analysis/findings.jsonl"))
}

/// Paths of the findings of a seed, each with its host.
pub fn places(case: &Path, seed: &str) -> Vec<(String, String)> {
    findings(case)
        .iter()
        .filter(|finding| finding["seed"] == seed)
        .map(|finding| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&finding["recipient"]["host"]), text(&finding["place"]["path"]))
        })
        .collect()
}
