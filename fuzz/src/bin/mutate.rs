//! The loop that needs no nightly compiler: mutates seeds, keeps what peels in a new way, and saves
//! what breaks a promise.
//!
//! ```text
//! mutate --seconds N [--seed S] [--target T]... [--crashes DIR] [--jobs N]
//! mutate --input FILE --target T
//! mutate --write-seeds DIR
//! ```
//! For one seed, every target meets the same inputs in the same order on every machine; time only
//! decides how many of them.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use candor_case::Tree;
use candor_fuzz::dice::{Dice, mutate};
use candor_fuzz::seeds::Seeds;
use candor_fuzz::{run, targets};

/// Inputs of one target that are kept for further mutation.
const MOST_KEPT: usize = 4096;

/// An input that takes longer is as good as one that never ends.
const SLOWEST: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let asked = match Asked::read(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(why) => {
            eprintln!("mutate: {why}");
            return ExitCode::from(2);
        }
    };
    if let Some(input) = &asked.input {
        return repeat(&asked.targets, input);
    }
    let seeds = Seeds::gather();
    if let Some(folder) = &asked.write_seeds {
        return write_seeds(&seeds, folder);
    }
    fuzz(&asked, &seeds)
}

struct Asked {
    seconds: u64,
    seed: u64,
    jobs: usize,
    targets: Vec<String>,
    crashes: PathBuf,
    input: Option<PathBuf>,
    write_seeds: Option<PathBuf>,
}

impl Asked {
    fn read(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut asked = Self {
            seconds: 60,
            seed: 1,
            jobs: cores,
            targets: Vec::new(),
            crashes: "fuzz/crashes".into(),
            input: None,
            write_seeds: None,
        };
        while let Some(name) = args.next() {
            let value = args.next().ok_or(format!("{name} needs a value"))?;
            let number =
                || value.parse().map_err(|_| format!("{name} takes a number, not {value}"));
            match name.as_str() {
                "--seconds" => asked.seconds = number()?,
                "--seed" => asked.seed = number()?,
                "--jobs" => asked.jobs = number()?.max(1) as usize,
                "--target" => asked.targets.push(value),
                "--crashes" => asked.crashes = value.into(),
                "--input" => asked.input = Some(value.into()),
                "--write-seeds" => asked.write_seeds = Some(value.into()),
                _ => return Err(format!("unknown option {name}")),
            }
        }
        let known = targets();
        if let Some(unknown) = asked.targets.iter().find(|target| !known.contains(target)) {
            return Err(format!("no target `{unknown}`: there are {}", known.join(", ")));
        }
        if asked.targets.is_empty() {
            asked.targets = known;
        }
        Ok(asked)
    }
}

/// Feeds one file to the targets, without a net.
fn repeat(targets: &[String], input: &Path) -> ExitCode {
    match std::fs::read(input) {
        Ok(bytes) => {
            for target in targets {
                let tree = run(target, &bytes);
                println!("{target}: {} layers", tree.layers.len());
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("mutate: {}: {error}", input.display());
            ExitCode::from(2)
        }
    }
}

/// Writes the seeds where libFuzzer looks for them: a folder per target, a file per seed.
fn write_seeds(seeds: &Seeds, folder: &Path) -> ExitCode {
    for target in targets() {
        let own = folder.join(target.replace(':', "-"));
        let written = std::fs::create_dir_all(&own).and_then(|()| {
            seeds
                .of(&target)
                .iter()
                .try_for_each(|seed| std::fs::write(own.join(digest(seed)), seed))
        });
        if let Err(error) = written {
            eprintln!("mutate: {}: {error}", own.display());
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// All targets, as many at a time as there are jobs, each for its share of the time.
fn fuzz(asked: &Asked, seeds: &Seeds) -> ExitCode {
    let share = Duration::from_secs(asked.seconds).mul_f64(asked.jobs as f64)
        / u32::try_from(asked.targets.len().max(1)).unwrap_or(u32::MAX);
    println!(
        "seed {}, {} targets of {:.1} s each, {} at a time",
        asked.seed,
        asked.targets.len(),
        share.as_secs_f64(),
        asked.jobs
    );
    let (waiting, total) = (Mutex::new(asked.targets.iter()), AtomicU64::new(0));
    let broken = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..asked.jobs {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().ok().and_then(|mut waiting| waiting.next());
                    let Some(target) = next else { return };
                    let done = one(asked, target, &seeds.of(target), share);
                    total.fetch_add(done.runs, Ordering::Relaxed);
                    broken.fetch_or(done.broken, Ordering::Relaxed);
                }
            });
        }
    });
    println!("{} inputs in all", total.load(Ordering::Relaxed));
    if broken.load(Ordering::Relaxed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

struct Done {
    runs: u64,
    broken: bool,
}

/// One target for its share of the time, or until it breaks.
fn one(asked: &Asked, target: &str, seeds: &[Vec<u8>], share: Duration) -> Done {
    let mut dice = Dice::new(asked.seed, target);
    let mut kept: Vec<Vec<u8>> = seeds.to_vec();
    let mut seen: HashSet<u64> = HashSet::new();
    let (start, mut runs, mut slowest) = (Instant::now(), 0, Duration::ZERO);
    while start.elapsed() < share {
        // Seeds themselves come first.
        let input = match seeds.get(runs as usize) {
            Some(seed) => seed.clone(),
            None => {
                let (base, other) = (dice.below(kept.len()), dice.below(kept.len()));
                mutate(&mut dice, &kept[base], &kept[other])
            }
        };
        runs += 1;
        let before = Instant::now();
        let Ok(tree) = catch_unwind(AssertUnwindSafe(|| run(target, &input))) else {
            save(asked, target, runs, &input, "broke a promise");
            return Done { runs, broken: true };
        };
        slowest = slowest.max(before.elapsed());
        if before.elapsed() > SLOWEST {
            save(asked, target, runs, &input, "took longer than 20 s");
            return Done { runs, broken: true };
        }
        if seen.insert(signature(&tree)) && kept.len() < MOST_KEPT {
            kept.push(input);
        }
    }
    println!(
        "{target}: {runs} inputs, {} kinds of trees, slowest {} ms",
        seen.len(),
        slowest.as_millis()
    );
    Done { runs, broken: false }
}

/// In which way something was peeled: codecs and ends, in order, without repeats.
fn signature(tree: &Tree) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut last = None;
    for (_, layer) in tree.iter().take(200) {
        let kind = (layer.opening.codec, std::mem::discriminant(&layer.end));
        if last != Some(kind) {
            kind.hash(&mut hasher);
            last = Some(kind);
        }
    }
    hasher.finish()
}

/// Keeps an input that broke something, and says how to meet it again.
fn save(asked: &Asked, target: &str, number: u64, input: &[u8], what: &str) {
    let name = format!("{}-{}", target.replace(':', "-"), digest(input));
    let path = asked.crashes.join(name);
    let saved = std::fs::create_dir_all(&asked.crashes).and_then(|()| std::fs::write(&path, input));
    let place = match saved {
        Ok(()) => path.display().to_string(),
        Err(error) => format!("nowhere ({}: {error})", path.display()),
    };
    eprintln!(
        "{target}: input {number} of seed {} {what}; kept at {place}; \
         to repeat it: cargo xtask fuzz --target {target} --input {place}",
        asked.seed
    );
}

fn digest(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
