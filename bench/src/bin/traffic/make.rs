//! Makes a case of SDK traffic on disk, with what other tools need to read the same.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use candor_bench::har::har;
use candor_bench::seeds::{needles, personas, seeds};
use candor_bench::traffic::{Made, RUN, Traffic};
use candor_case::{CaseFile, Event, EventKind, Exchange, Run, RunId, Subject, UnixMicros};
use candor_evidence::{CaseDir, RunDir, WriterOptions};

/// The clear text is spread over so many files, so that a search can use every processor.
const CLEAR_FILES: usize = 16;
/// How often the size on disk is looked at, in exchanges.
const LOOK: u64 = 500;

/// What to make.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder; must not be there yet
    #[arg(long)]
    out: PathBuf,
    /// Size of the recording, in million bytes
    #[arg(long, default_value_t = 50)]
    mb: u64,
    /// Seeds
    #[arg(long, default_value_t = 1_000)]
    seeds: usize,
    /// Clear text that goes into the HAR, in million bytes
    #[arg(long, default_value_t = 4)]
    har_mb: u64,
}

/// Makes `case/`, `clear/`, `needles.txt`, `small.har` and `pfi.toml` in a folder.
pub(crate) fn make(args: &Args) -> Result<()> {
    std::fs::create_dir_all(&args.out)?;
    let seeds = seeds(args.seeds);
    std::fs::write(args.out.join("needles.txt"), needles(&seeds))?;
    std::fs::write(args.out.join("pfi.toml"), personas(&seeds))?;
    let dir = CaseDir::create(args.out.join("case"))?;
    dir.write_case_file(&case_file())?;
    let run =
        Run { id: RunId(RUN.into()), device: "bench".into(), simulated: true, ..Run::default() };
    let run_dir = dir.add_run(&run, &seeds)?;
    let writer = run_dir.writer(WriterOptions::default())?;
    let mut clear = Clear::create(&args.out.join("clear"))?;
    let mut small = Small { left: args.har_mb * 1_000_000, exchanges: vec![], bytes: 0 };
    let mut count = 0;
    for made in Traffic::new(&seeds.seeds) {
        writer.append(&made.exchange);
        clear.write(count, &made.clear)?;
        small.take(&made);
        count += 1;
        if count % LOOK == 0 && size(&run_dir)? >= args.mb * 1_000_000 {
            break;
        }
    }
    writer.event(&Event { at: UnixMicros(2_000_000_000_000_000), kind: EventKind::Stopped });
    writer.close()?;
    let clear_bytes = clear.close()?;
    let file = BufWriter::new(File::create(args.out.join("small.har"))?);
    serde_json::to_writer(file, &har(&small.exchanges))?;
    let figures = serde_json::json!({
        "exchanges": count, "case_bytes": size(&run_dir)?, "clear_bytes": clear_bytes,
        "har_exchanges": small.exchanges.len(), "har_clear_bytes": small.bytes,
    });
    std::fs::write(args.out.join("figures.json"), figures.to_string())?;
    println!("{figures}");
    Ok(())
}

/// Writes that many seeds as `seeds.toml`.
pub(crate) fn write_seeds(count: usize, out: &Path) -> Result<()> {
    std::fs::write(out, toml::to_string(&seeds(count))?).with_context(|| out.display().to_string())
}

fn case_file() -> CaseFile {
    let subject = Subject {
        product: "SDK traffic (SIMULATED)".into(),
        sites: vec!["maker.test".into()],
        sole_sender: true,
        simulated: true,
        ..Subject::default()
    };
    CaseFile { question: "how fast is an audit?".into(), subject, ..CaseFile::default() }
}

fn size(run: &RunDir) -> Result<u64> {
    let mut bytes = 0;
    for segment in run.segments() {
        bytes += std::fs::metadata(segment)?.len();
    }
    Ok(bytes)
}

/// The clear text, exchange by exchange over some files.
struct Clear {
    files: Vec<BufWriter<File>>,
    bytes: u64,
}

impl Clear {
    fn create(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let file = |index| File::create(folder.join(format!("{index:02}.txt")));
        let files: Result<Vec<_>, _> = (0..CLEAR_FILES).map(file).collect();
        Ok(Self { files: files?.into_iter().map(BufWriter::new).collect(), bytes: 0 })
    }

    fn write(&mut self, index: u64, clear: &[u8]) -> Result<()> {
        self.bytes += clear.len() as u64;
        Ok(self.files[index as usize % CLEAR_FILES].write_all(clear)?)
    }

    fn close(mut self) -> Result<u64> {
        self.files.iter_mut().try_for_each(BufWriter::flush)?;
        Ok(self.bytes)
    }
}

/// The first exchanges, for tools that are too slow for all.
struct Small {
    left: u64,
    exchanges: Vec<Exchange>,
    bytes: u64,
}

impl Small {
    fn take(&mut self, made: &Made) {
        let bytes = made.clear.len() as u64;
        if self.bytes + bytes <= self.left {
            self.bytes += bytes;
            self.exchanges.push(made.exchange.clone());
        } else {
            self.left = self.bytes;
        }
    }
}
