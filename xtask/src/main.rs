//! Tasks around the code. `cargo xtask test` runs all tests on a fresh machine: it installs what
//! is missing where it may, says what it could not install, and counts what was skipped for that.

mod fuzz;
mod need;

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::need::{NEEDS, PERMISSIONS};

const USAGE: &str = "usage: cargo xtask test [-- ARGS FOR cargo test]
       cargo xtask setup     installs what the tests need
       cargo xtask bench [-- --quick]     criterion benchmarks and whole-command comparisons
       cargo xtask fuzz [--minutes N] [--target T] [--seed S] [--input FILE] [--stable]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest: Vec<&str> = args.iter().skip(1).map(String::as_str).filter(|a| *a != "--").collect();
    let done = match args.first().map(String::as_str) {
        Some("test") => test(&rest),
        Some("setup") => {
            setup();
            packages();
            true
        }
        Some("bench") => bench(&rest),
        Some("fuzz") => fuzz::fuzz(&rest),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Installs what is missing, runs every test, and says what was left out.
fn test(rest: &[&str]) -> bool {
    let missing = setup();
    packages();
    let passed = cargo(&[&["test", "--workspace", "--locked"], rest].concat()) && optimised(rest);
    for need in &missing {
        eprintln!("skipped for want of {}: {}", need.program, need.tests);
    }
    let refused: Vec<_> = PERMISSIONS.iter().filter(|asked| !asked.is_given()).collect();
    for asked in &refused {
        eprintln!("skipped for want of {}: {}", asked.what, asked.tests);
    }
    eprintln!("{} kinds of tests were skipped", missing.len() + refused.len());
    passed
}

/// Runs the tests that go through so much data that they are left out of unoptimised builds; none
/// where the caller asked for something of his own.
fn optimised(rest: &[&str]) -> bool {
    let large = ["test", "--release", "--locked", "--package", "candor-bench", "--tests"];
    !rest.is_empty() || cargo(&[&large[..], &["--", "--nocapture"]].concat())
}

/// Installs what is missing where apt may be used; gives back what is still missing.
fn setup() -> Vec<&'static need::Need> {
    let wanted: Vec<_> = NEEDS.iter().filter(|need| !need.is_there()).collect();
    if !wanted.is_empty() {
        let packages: Vec<_> = wanted.iter().map(|need| need.package).collect();
        eprintln!("missing: {}", packages.join(" "));
        if need::may_install() {
            need::install(&packages);
        } else {
            eprintln!("to install them: sudo apt-get install -y {}", packages.join(" "));
        }
    }
    NEEDS.iter().filter(|need| !need.is_there()).collect()
}

/// Folders with npm packages that tests use, in the exact versions of their lock files.
const PACKAGES: [&str; 1] = ["crates/report/tests/axe"];

/// Installs npm packages that are missing. Tests that lack theirs skip and say so.
fn packages() {
    for folder in PACKAGES {
        if !Path::new(folder).join("node_modules").exists() {
            run(Command::new("npm").args(["ci", "--no-fund", "--no-audit", "--prefix", folder]));
        }
    }
}

/// Runs the criterion benchmarks, then each comparison with what others use for the same work.
fn bench(rest: &[&str]) -> bool {
    let script =
        |name: &str| run(Command::new("bash").arg(Path::new("bench").join(name)).args(rest));
    cargo(&[&["bench", "--package", "candor-bench", "--locked", "--"], rest].concat())
        && script("audit.sh")
        && script("proxy.sh")
}

fn cargo(args: &[&str]) -> bool {
    run(Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(args))
}

fn run(command: &mut Command) -> bool {
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("{command:?} did not start: {error}");
            false
        }
    }
}
