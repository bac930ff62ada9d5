//! `candor try`: the whole chain on a built-in subject, offline, and the instrument's self-check.

mod bench;
mod check;
mod phrase;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use candor_capture::{Authority, Config, Proxy, Sink, System, Upstream};
use candor_case::{EventKind, Verdicts};
use candor_evidence::{CaseDir, WriterOptions};
use candor_report::{View, inert};
use candor_specimens::{Devices, PlannedRun, Specimen};

use crate::bridge::{self, RunSink};
use crate::commands::{audit as audit_command, record, report};
use crate::exit::{Exit, Ours};
use crate::{audit, cases, progress};

/// Options of `candor try`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Subjects:
  browser-2020           does what researchers documented in 2020
  browser-2020-updated   the update with its switch: four cells, one of them silent
  browser-as-claimed     does what its maker said: candor must accuse it of nothing

Examples:
  candor try
  candor try browser-as-claimed --case cases/as-claimed")]
pub struct Args {
    /// The built-in subject; browser-2020 if left out
    #[arg(value_name = "SUBJECT", conflicts_with = "subject")]
    name: Option<String>,
    /// The same as an option
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// The case folder; must not be there yet
    #[arg(long)]
    case: Option<PathBuf>,
    /// Draw the planted values from this number instead of from chance
    #[arg(long)]
    seed: Option<u64>,
}

/// The subject of whoever names none.
const DEFAULT_SUBJECT: &str = "browser-2020";

/// Runs a built-in subject from client to verdict.
pub fn run(args: &Args) -> Result<Exit> {
    let subject = args.name.as_ref().or(args.subject.as_ref());
    let subject = subject.map_or(DEFAULT_SUBJECT, String::as_str);
    let Some(specimen) = candor_specimens::specimen(subject) else {
        let known = candor_specimens::subjects().join(", ");
        bail!("no subject `{subject}`, known are {known}");
    };
    let place = args.case.clone().unwrap_or_else(|| cases::default_place(subject));
    if place.exists() {
        bail!("{}: already there, name another folder with --case", place.display());
    }
    let phrase = phrase::ask(candor_specimens::DEFAULT_PHRASE)?;
    let dir = prepare(&specimen, &place)?;
    let seed = args.seed.unwrap_or_else(random_seed);
    let planned = specimen.plan(seed, record::now(), &phrase);
    let runtime = tokio::runtime::Runtime::new().context("the network runtime did not start")?;
    runtime.block_on(record_all(&specimen, &planned, &dir))?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    progress::say("peeling, searching, linking, judging");
    audit::audit(&dir, &cases::claims(&dir, None)?)?;
    let view = cases::view(&dir)?;
    show(&specimen, &dir, &view, &phrase)
}

/// Prints what was found, writes the page, and checks the instrument.
fn show(specimen: &Specimen, dir: &CaseDir, view: &View, phrase: &str) -> Result<Exit> {
    let page = report::write_page(dir, view, None)?;
    audit_command::print_table(view)?;
    print!("{}", phrase::told(view, phrase));
    let requests = check::requests(dir)?;
    let check = check::check(&specimen.truth(), view, &requests);
    print!("\n{}", check.told());
    println!("{}", tally(&view.verdicts));
    println!("\ncase   {}\npage   {}", inert(&cases::name(dir), 400), page.display());
    if check.passed() {
        Ok(Exit::Done)
    } else {
        Err(Ours("the self-check failed: what was found is not what was planted".into()).into())
    }
}

fn tally(verdicts: &Verdicts) -> String {
    use candor_case::Verdict::{Contradicted, Inconclusive, NotContradicted, NotTestable};
    let count = |wanted| verdicts.claims.iter().filter(|claim| claim.verdict == wanted).count();
    format!(
        "{} claims contradicted, {} not contradicted, {} inconclusive, {} not testable",
        count(Contradicted),
        count(NotContradicted),
        count(Inconclusive),
        count(NotTestable)
    )
}

/// Writes down what is examined and claimed before the first packet.
fn prepare(specimen: &Specimen, place: &std::path::Path) -> Result<CaseDir> {
    let dir = CaseDir::create(place)?;
    let mut case = specimen.case_file();
    case.opened = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    dir.write_case_file(&case)?;
    dir.write_claims_text(specimen.claims_text())?;
    let originals = dir.root().join("originals");
    std::fs::create_dir_all(&originals)?;
    std::fs::write(originals.join("statement.md"), specimen.statement())?;
    std::fs::write(originals.join("truth.toml"), specimen.truth_text())?;
    Ok(dir)
}

async fn record_all(specimen: &Specimen, planned: &[PlannedRun], dir: &CaseDir) -> Result<()> {
    let authority = record::authority()?;
    let clock = Arc::new(bench::Clock::new(record::now()));
    let mut devices = Devices::default();
    let bar = progress::bar(planned.len() as u64, "running the subject");
    progress::say(&format!("running {} through the proxy, {} runs", specimen.name, planned.len()));
    let digests = cases::digests(dir)?;
    for run in planned {
        record_one(specimen, run, dir, &digests, &authority, &clock, &mut devices)
            .await
            .with_context(|| format!("run {}", run.run.id.0))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

async fn record_one(
    specimen: &Specimen,
    planned: &PlannedRun,
    dir: &CaseDir,
    digests: &BTreeMap<String, String>,
    authority: &Arc<Authority>,
    clock: &Arc<bench::Clock>,
    devices: &mut Devices,
) -> Result<()> {
    let mut run = planned.run.clone();
    run.digests = digests.clone();
    run.started = Some(clock.now());
    let writer = dir.add_run(&run, &planned.seeds)?.writer(WriterOptions::default())?;
    let sink: Arc<dyn Sink> = Arc::new(RunSink::new(writer.clone(), None));
    let time = Arc::clone(clock);
    let proxy = Proxy::bind(
        Config { run: run.id.clone(), upstream: Upstream::Sinkhole, ..Config::default() },
        Arc::clone(authority),
        Arc::clone(&sink),
        bridge::lab(),
        Arc::new(move || time.now()),
        Arc::new(System),
    )
    .await?;
    let bench = bench::TryBench {
        clock: Arc::clone(clock),
        sink: Arc::clone(&sink),
        proxy: proxy.local_addr(),
        roots: bench::roots(authority)?,
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(proxy.run(async move {
        let _ = stopped.await;
    }));
    let performed = specimen.perform(planned, devices, &bench).await;
    let _ = stop.send(());
    served.await.context("the proxy stopped by itself")?;
    performed?;
    writer.event(&candor_case::Event { at: clock.now(), kind: EventKind::Stopped });
    writer.close()?;
    Ok(())
}

fn random_seed() -> u64 {
    use candor_capture::Randomness;
    let mut bytes = [0; 8];
    System.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
