//! `cargo xtask fuzz`: libFuzzer where a nightly compiler and cargo-fuzz are there, else a loop of
//! our own on the compiler that builds candor.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{cargo, run};

/// The harnesses of `fuzz/libfuzzer`; `codec` is run once for each codec.
const HARNESS: &str = "fuzz/libfuzzer";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    minutes: u64,
    stable: bool,
    seed: Option<String>,
    target: Option<String>,
    input: Option<String>,
}

/// Runs every target for its share of the time; says what broke and how to repeat it.
pub(crate) fn fuzz(args: &[&str]) -> bool {
    let asked = match Asked::read(args) {
        Ok(asked) => asked,
        Err(why) => {
            eprintln!("{why}");
            return false;
        }
    };
    if asked.stable || asked.seed.is_some() || asked.input.is_some() || !has_libfuzzer() {
        return mutate(&asked);
    }
    libfuzzer(&asked)
}

impl Asked {
    fn read(args: &[&str]) -> Result<Self, String> {
        let mut asked = Self { minutes: 10, stable: false, seed: None, target: None, input: None };
        let mut rest = args.iter();
        while let Some(name) = rest.next() {
            if *name == "--stable" {
                asked.stable = true;
                continue;
            }
            let value = rest.next().ok_or(format!("{name} needs a value"))?;
            match *name {
                "--minutes" => {
                    asked.minutes = value
                        .parse()
                        .map_err(|_| format!("--minutes takes a number, not {value}"))?;
                }
                "--seed" => asked.seed = Some((*value).to_owned()),
                "--target" => asked.target = Some((*value).to_owned()),
                "--input" => asked.input = Some((*value).to_owned()),
                _ => return Err(format!("unknown option {name}")),
            }
        }
        Ok(asked)
    }
}

fn has_libfuzzer() -> bool {
    let there = Command::new("cargo")
        .args(["+nightly", "fuzz", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        eprintln!(
            "no nightly compiler with cargo-fuzz, so inputs are mutated without a look at what they \
             reach; for libFuzzer: rustup toolchain install nightly && cargo install cargo-fuzz"
        );
    }
    there
}

/// The loop of our own.
fn mutate(asked: &Asked) -> bool {
    let seconds = (asked.minutes * 60).to_string();
    let mut args =
        vec!["run", "--profile", "fuzz", "--locked", "-p", "candor-fuzz", "--bin", "mutate"];
    args.extend(["--", "--seconds", &seconds]);
    for (name, value) in
        [("--seed", &asked.seed), ("--target", &asked.target), ("--input", &asked.input)]
    {
        if let Some(value) = value {
            args.extend([name, value]);
        }
    }
    cargo(&args)
}

/// libFuzzer on each target in turn, from our seeds; what it finds stays in `fuzz/corpus`.
fn libfuzzer(asked: &Asked) -> bool {
    let corpus = "fuzz/corpus";
    let mut seeds =
        vec!["run", "--profile", "fuzz", "--locked", "-p", "candor-fuzz", "--bin", "mutate"];
    seeds.extend(["--", "--write-seeds", corpus]);
    if !cargo(&seeds) {
        return false;
    }
    let mut targets: Vec<String> = std::fs::read_dir(corpus)
        .map(|folders| {
            folders.flatten().map(|f| f.file_name().to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default();
    targets.sort();
    targets.retain(|folder| {
        asked.target.as_ref().is_none_or(|target| target.replace(':', "-") == *folder)
    });
    let share = (asked.minutes * 60 / targets.len().max(1) as u64).max(1);
    // One that breaks does not keep the others from being tried.
    let broken = targets.iter().filter(|target| !one(target, corpus, share)).count();
    eprintln!("{} targets of {share} s each; {broken} broke", targets.len());
    !targets.is_empty() && broken == 0
}

fn one(folder: &str, corpus: &str, seconds: u64) -> bool {
    let harness = if folder.starts_with("codec-") { "codec" } else { folder };
    let time = format!("-max_total_time={seconds}");
    let mut command = Command::new("cargo");
    command
        .args(["+nightly", "fuzz", "run", "--fuzz-dir", HARNESS, "--debug-assertions", "--release"])
        .arg(harness)
        .arg(Path::new(corpus).join(folder))
        .args(["--", &time, "-max_len=65536", "-timeout=20", "-rss_limit_mb=4096"])
        .env("CANDOR_FUZZ_TARGET", folder.replacen('-', ":", 1));
    run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let asked = Asked::read(&["--minutes", "3", "--target", "codec:gzip", "--stable"]).unwrap();
        assert_eq!((asked.minutes, asked.stable), (3, true));
        assert_eq!(asked.target.as_deref(), Some("codec:gzip"));
        for wrong in [&["--minutes"][..], &["--minutes", "x"], &["--hours", "1"]] {
            assert!(Asked::read(wrong).is_err(), "{wrong:?}");
        }
    }
}
