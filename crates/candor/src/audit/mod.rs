//! The audit: the one place that knows the order of the verbs.
//!
//! ```text
//! for each exchange:  peel -> detect            (all cores, in windows)
//! for those that ended encrypted, with the keys the others gave:  again, at most twice
//! for a sample of what nothing explained, with salts and keys of the case:  again
//! for the case:       agree -> link -> judge
//! ```
//! Every exchange is folded into the result exactly once, and what is folded is sorted by what it
//! is, never by when it came: threads and order do not change a byte of `analysis/`.

mod agree;
mod answers;
mod exhibit;
mod fold;
mod keyed;
mod moments;
mod observed;
mod phases;
mod spikes;
mod work;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use candor_case::{Coverage, Exhibit, Finding};
use candor_case::{ExchangeId, Gap, Identifier, Keys, Link, Run, Seed, Verdicts};
use candor_evidence::{CaseDir, Record, RunDir};
use candor_judge::{Evidence, Traffic};
use rayon::prelude::*;

use crate::audit::fold::Fold;
use crate::audit::phases::Timeline;
use crate::audit::work::{Bench, Worked};
use crate::cases::Asked;
use crate::progress;

/// Exchanges that are worked on at once; bounds memory, keeps all cores busy.
const WINDOW: usize = 256;
/// Body bytes that are worked on at once.
const WINDOW_BYTES: usize = 64 << 20;
/// Sweeps over what ended encrypted, each with the keys of the one before.
const MOST_SWEEPS: usize = 2;
/// Keys that are tried at most.
const MOST_KEYS: usize = 64;

/// What an audit derived from a case.
pub struct Audit {
    pub runs: Vec<Run>,
    pub findings: Vec<Finding>,
    pub exhibits: Vec<Exhibit>,
    pub identifiers: Vec<Identifier>,
    pub links: Vec<Link>,
    pub coverage: Coverage,
    pub traffic: Vec<Traffic>,
    pub verdicts: Verdicts,
    pub requests: Vec<candor_report::RequestLine>,
    /// What could not be read, by run.
    pub gaps: BTreeMap<candor_case::RunId, Vec<Gap>>,
}

/// A run as the audit uses it.
pub(crate) struct OpenRun {
    pub(crate) dir: RunDir,
    pub(crate) run: Run,
    pub(crate) seeds: Vec<Seed>,
    pub(crate) timeline: Timeline,
    pub(crate) gaps: Vec<Gap>,
}

/// Derives everything from a case's recordings, and writes it to its `analysis/`.
pub fn audit(dir: &CaseDir, asked: &Asked) -> Result<Audit> {
    let case = dir.case_file().context("case.toml")?;
    let runs = open_runs(dir)?;
    let seeds: Vec<Seed> = distinct_seeds(&runs);
    let knowledge = crate::knowledge::of(&case.subject, &seeds)?;
    let bench = Bench { knowledge: &knowledge, seeds: &seeds, subject: &case.subject, runs: &runs };
    let mut fold = Fold::new(&runs);
    sweep_all(&bench, &asked.keys, &mut fold)?;
    keyed::search_all(&bench, &mut fold)?;
    spikes::try_all(&bench, &mut fold)?;
    let done = fold.finish(&runs, &seeds);
    let linked = candor_link::link(&done.observations, &run_nouns(&runs));
    let evidence = Evidence {
        subject: case.subject.clone(),
        claims_digest: asked.digest.clone(),
        runs: done.runs,
        findings: done.findings,
        identifiers: linked.identifiers,
        traffic: done.traffic,
    };
    let verdicts = candor_judge::judge(&asked.claims, &asked.questions, &evidence);
    let audit = Audit {
        runs: run_nouns(&runs),
        findings: evidence.findings,
        exhibits: done.exhibits,
        identifiers: evidence.identifiers,
        links: linked.links,
        coverage: done.coverage,
        requests: done.requests,
        traffic: evidence.traffic,
        gaps: evidence.runs.into_iter().map(|r| (r.run.id, r.coverage.gaps)).collect(),
        verdicts,
    };
    write::analysis(dir, &audit, &asked.claims, &done.observations, done.unlinked)?;
    Ok(audit)
}

fn run_nouns(runs: &[OpenRun]) -> Vec<Run> {
    runs.iter().map(|open| open.run.clone()).collect()
}

fn open_runs(dir: &CaseDir) -> Result<Vec<OpenRun>> {
    let mut runs = Vec::new();
    for run_dir in dir.runs()? {
        let run = run_dir.run()?;
        if let Some(why) = &run.void {
            progress::say(&format!("run {} is void and left out: {why}", run.id.0));
            continue;
        }
        let (events, gaps) = run_dir.events()?;
        let seeds = run_dir.seeds()?.seeds;
        let mut timeline = Timeline::of(&run, events);
        timeline.learn(&run, &seeds);
        runs.push(OpenRun { timeline, gaps, seeds, run, dir: run_dir });
    }
    Ok(runs)
}

/// The seeds of all runs. The same id and value planted by two files is one seed; the same id with
/// another value is another seed, told apart by its run.
fn distinct_seeds(runs: &[OpenRun]) -> Vec<Seed> {
    let mut seeds: Vec<Seed> = Vec::new();
    for open in runs {
        for seed in &open.seeds {
            if seeds.iter().any(|known| known == seed) {
                continue;
            }
            let mut seed = seed.clone();
            if seeds.iter().any(|known| known.id == seed.id) {
                seed.id = format!("{}/{}", open.run.id.0, seed.id);
            }
            seeds.push(seed);
        }
    }
    seeds
}

/// Peels and detects over every exchange, then again over what ended encrypted, with the keys that
/// the case itself gave. Keys that somebody knows come before all others.
fn sweep_all(bench: &Bench<'_>, known: &Keys, fold: &mut Fold) -> Result<()> {
    let mut keys = known.clone();
    keys.0.extend(bench.knowledge.keys().0);
    let mut waiting: Option<BTreeSet<ExchangeId>> = None;
    for sweep in 0..=MOST_SWEEPS {
        let last = sweep == MOST_SWEEPS;
        let mut found = sweep_once(bench, fold, &keys, waiting.as_ref(), last)?;
        if found.encrypted.is_empty() || last {
            break;
        }
        if sweep == 0 {
            found.keys.extend(answers::keys(bench, &keys)?);
        }
        let (grown, untried) = gather(&keys, found.keys);
        fold.leave_out_keys(untried);
        let nothing_new = grown == keys;
        keys = grown;
        if nothing_new {
            sweep_once(bench, fold, &keys, Some(&found.encrypted), true)?;
            break;
        }
        waiting = Some(found.encrypted);
    }
    fold.keep_keys(&keys);
    Ok(())
}

/// What a sweep leaves for the next one.
#[derive(Default)]
struct Left {
    keys: Vec<candor_case::Key>,
    encrypted: BTreeSet<ExchangeId>,
}

/// One sweep over the exchanges that wait (all, where nothing is said). What ends encrypted waits
/// for the next sweep unless this is the last.
fn sweep_once(
    bench: &Bench<'_>,
    fold: &mut Fold,
    keys: &Keys,
    waiting: Option<&BTreeSet<ExchangeId>>,
    last: bool,
) -> Result<Left> {
    let mut left = Left::default();
    for (index, open) in bench.runs.iter().enumerate() {
        let bar = progress::bar(bench.runs.len() as u64, "reading recordings");
        bar.set_position(index as u64);
        // Later sweeps read again what the first one has checked.
        let records = match waiting {
            None => open.dir.records()?,
            Some(_) => open.dir.records_unchecked()?,
        };
        let mut windows = windows(records);
        let mut next = windows.next();
        while let Some(window) = next.take() {
            let known = (keys, &*fold);
            let work = || -> Vec<Worked> {
                let each = window.into_par_iter();
                each.filter_map(|record| work::work(bench, index, record, known, waiting)).collect()
            };
            // The next window is read while this one is worked on.
            let (worked, read) = rayon::join(work, || windows.next());
            next = read;
            for mut done in worked {
                left.keys.append(&mut done.keys);
                if done.encrypted && !last {
                    left.encrypted.insert(done.exchange);
                } else {
                    fold.take(index, done);
                }
            }
        }
        bar.finish_and_clear();
    }
    Ok(left)
}

/// Keys in order, without repeats, capped; and how many the cap left out.
fn gather(known: &Keys, mut found: Vec<candor_case::Key>) -> (Keys, u64) {
    found.sort();
    found.dedup();
    let mut keys = known.0.clone();
    keys.extend(found.into_iter().filter(|key| !known.0.contains(key)));
    let all = keys.len();
    keys.truncate(known.0.len().max(MOST_KEYS));
    let left_out = (all - keys.len()) as u64;
    (Keys(keys), left_out)
}

/// Records in windows that bound both their number and their bytes.
fn windows(
    records: impl Iterator<Item = Record> + Send,
) -> impl Iterator<Item = Vec<Record>> + Send {
    let mut records = records.peekable();
    std::iter::from_fn(move || {
        let mut window = Vec::new();
        let mut bytes = 0;
        while window.len() < WINDOW && bytes < WINDOW_BYTES {
            let Some(record) = records.next() else { break };
            bytes += record_size(&record);
            window.push(record);
        }
        (!window.is_empty()).then_some(window)
    })
}

fn record_size(record: &Record) -> usize {
    match record {
        Record::Exchange(exchange) => exchange.request.body.bytes.len(),
        Record::Gap(_) => 0,
    }
}

#[cfg(test)]
mod tests;
