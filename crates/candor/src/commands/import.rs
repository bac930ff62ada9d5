//! `candor import`: takes recordings that other programs made into a case.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use candor_case::{Arm, Event, EventKind, Gap, Run, RunId, Seeds, UnixMicros};
use candor_evidence::{CaseDir, EvidenceError, RunDir, RunWriter, WriterOptions};
use candor_import::Imported;

use crate::exit::Exit;
use crate::{cases, progress};

/// Options of `candor import`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  candor import page.har --case cases/mine --seeds seeds.toml
  candor import a.warc b.warc --case cases/mine --run private-1 --arm mode=private --device phone-a")]
pub struct Args {
    /// HAR 1.2 or WARC/1.1 files (.har, .warc, .warc.gz)
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The case folder; made if it is not there
    #[arg(long)]
    case: PathBuf,
    /// Name of the run; taken from the first file if left out
    #[arg(long)]
    run: Option<String>,
    /// The arm, as key=value,key=value
    #[arg(long, default_value = "")]
    arm: String,
    /// Name of the phase that all of it belongs to
    #[arg(long)]
    phase: Option<String>,
    /// Name of the device
    #[arg(long, default_value = "")]
    device: String,
    /// What was planted (see `[[seed]]` in the documentation)
    #[arg(long, value_name = "FILE")]
    seeds: Option<PathBuf>,
}

/// Imports files as one run.
pub fn run(args: &Args) -> Result<Exit> {
    let seeds = seeds(args.seeds.as_deref())?;
    let arm = Arm::parse(&args.arm).map_err(|why| anyhow::anyhow!("--arm: {why}"))?;
    let files = checked(&args.files)?;
    let dir = cases::open_or_create(&args.case)?;
    for path in &args.files {
        if let Some(kept) = dir.original_of(path)? {
            return Err(EvidenceError::ImportedBefore { file: path.clone(), kept }.into());
        }
    }
    let name = run_name(args, &dir)?;
    let run = Run {
        schema: "candor.run/1".into(),
        id: RunId(name.clone()),
        device: args.device.clone(),
        arm,
        ..Run::default()
    };
    let run_dir = dir.add_run(&run, &seeds)?;
    match fill(args, &files, &dir, &run_dir, run) {
        Ok(filled) => {
            let at = args.case.display();
            let count = filled.exchanges;
            progress::say(&format!("{count} requests imported into run {name} of {at}"));
            if filled.not_sent > 0 {
                let left = filled.not_sent;
                progress::say(&format!("{left} entries were never sent (cached, blocked, mocked)"));
            }
            cases::remind(&dir);
            progress::say(&format!("next: candor audit {at}"));
            Ok(Exit::Done)
        }
        Err(error) => {
            // Nothing of a run that could not be read stays behind; its originals are kept last.
            let _ = std::fs::remove_dir_all(run_dir.path());
            Err(error)
        }
    }
}

fn seeds(path: Option<&Path>) -> Result<Seeds> {
    let Some(path) = path else { return Ok(Seeds::default()) };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{}: cannot be read", path.display()))?;
    Ok(candor_evidence::parse_seeds(&text, &path.display().to_string())?)
}

/// Every file is opened, and none of them is another's double, before anything is written.
fn checked(files: &[PathBuf]) -> Result<Vec<(PathBuf, bytes::Bytes)>> {
    let mut all: Vec<(PathBuf, bytes::Bytes)> = Vec::new();
    for path in files {
        let bytes = cases::map(path)?;
        if let Some((same, _)) = all.iter().find(|(_, known)| *known == bytes) {
            let (path, same) = (path.display(), same.display());
            bail!("{path}: holds the same bytes as {same}, name one of them only");
        }
        all.push((path.clone(), bytes));
    }
    Ok(all)
}

fn run_name(args: &Args, dir: &CaseDir) -> Result<String> {
    if let Some(name) = &args.run {
        return Ok(name.clone());
    }
    let stem = args.files[0].file_stem().unwrap_or_default().to_string_lossy();
    let plain: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .collect();
    let taken: Vec<String> = dir.runs()?.iter().map(|run| run.name().to_owned()).collect();
    let candidates =
        std::iter::once(plain.clone()).chain((2..1_000).map(|n| format!("{plain}-{n}")));
    candidates
        .into_iter()
        .find(|name| !taken.contains(name))
        .context("too many runs of that name: give one with --run")
}

/// What all files of a run came down to.
#[derive(Default)]
struct Filled {
    exchanges: u64,
    not_sent: u64,
    first: Option<UnixMicros>,
}

fn fill(
    args: &Args,
    files: &[(PathBuf, bytes::Bytes)],
    dir: &CaseDir,
    run_dir: &RunDir,
    mut run: Run,
) -> Result<Filled> {
    let writer = run_dir.writer(WriterOptions::default())?;
    let mut filled = Filled::default();
    for (path, bytes) in files {
        import_one(path, bytes.clone(), &run.id, &writer, &mut filled)?;
    }
    if filled.exchanges == 0 {
        bail!("no requests in {}", args.files[0].display());
    }
    let at = filled.first.unwrap_or_default();
    if let Some(phase) = &args.phase {
        let kind = EventKind::Phase { name: phase.clone(), session: "1".into() };
        writer.event(&Event { at, kind });
    }
    writer.event(&Event { at, kind: EventKind::Stopped });
    writer.close()?;
    run.started = filled.first;
    run_dir.write_run(&run)?;
    for (path, _) in files {
        dir.keep_original(path)?;
    }
    Ok(filled)
}

fn import_one(
    path: &Path,
    bytes: bytes::Bytes,
    run: &RunId,
    writer: &RunWriter,
    filled: &mut Filled,
) -> Result<()> {
    let name = path.display().to_string();
    let summary = candor_import::import(bytes, &name, run, &mut |item| match item {
        Imported::Exchange(exchange) => writer.append(&exchange),
        Imported::Gap(gap) => writer.event(&gap_event(gap, UnixMicros::default())),
    })?;
    filled.exchanges += summary.exchanges + summary.messages;
    filled.not_sent += summary.not_sent;
    filled.first = match (filled.first, summary.first) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    Ok(())
}

fn gap_event(gap: Gap, at: UnixMicros) -> Event {
    let bytes = (gap.bytes > 0).then_some(gap.bytes);
    Event {
        at,
        kind: EventKind::Gap { reason: gap.reason, host: gap.host, bytes, detail: gap.example },
    }
}
