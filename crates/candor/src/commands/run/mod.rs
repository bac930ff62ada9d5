//! `candor run`: drives a real browser through a plan, records, audits, reports.

mod bench;
pub(crate) mod outcome;
mod schedule;
mod sealed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};
use candor_capture::{Authority, Config, Proxy, Sink, System, Upstream};
use candor_case::{CaseFile, Event, EventKind, Run};
use candor_drive::{
    Browser, Cancel, Ended, Installation, Order, Performed, Plan, PlannedRun, Profiles,
};
use candor_evidence::{CaseDir, RunDir, WriterOptions};
use candor_live::Feed;
use futures_util::StreamExt;

use crate::bridge::{self, RunSink};
use crate::commands::{audit as audit_command, record, report};
use crate::exit::Exit;
use crate::{audit, cases, progress};
use schedule::Ahead;
use sealed::GoingOn;

/// Options of `candor run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  candor run plans/private-browsing.toml --browser chromium
  candor run plans/opt-out.toml --browser firefox --repeats 1
  candor run plans/phone-home.toml --jobs 4
  candor run plans/switch.toml --dry-run
  candor run plans/opt-out.toml --sealed

Nothing leaves this machine unless the plan says `upstream = \"direct\"`. Ctrl-C ends the run that
is going on cleanly; what was recorded is kept and audited.")]
pub struct Args {
    /// The plan
    plan: PathBuf,
    /// The browser; all of the plan's, one case each, if left out
    #[arg(long, value_parser = ["chromium", "firefox"])]
    browser: Option<String>,
    /// The case folder; must not be there yet
    #[arg(long)]
    case: Option<PathBuf>,
    /// How often every arm is run, instead of the plan's number
    #[arg(long)]
    repeats: Option<u32>,
    /// Claims to judge; `claims/BROWSER.toml` beside the plan if left out
    #[arg(long, value_name = "FILE")]
    claims: Option<PathBuf>,
    /// The browser's program, where it is not the installed one
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Runs that are made at the same time, each with a proxy, a profile and a screen of its own
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
    /// Make a network of its own that nothing can leave, and count what goes around the proxy
    #[arg(long)]
    sealed: bool,
    /// Said by this program to itself, once it is inside
    #[arg(long, hide = true)]
    inside: bool,
    /// Print what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs a plan with each browser that is asked for.
pub fn run(args: &Args) -> Result<Exit> {
    let name = args.plan.display().to_string();
    let text =
        std::fs::read_to_string(&args.plan).with_context(|| format!("{name}: cannot be read"))?;
    let plan = Plan::parse(&text, &name)?;
    let browsers = browsers(args, &plan)?;
    if args.dry_run {
        for browser in browsers {
            let runs = candor_drive::expand(&plan, &order(args, browser), &mut record::random);
            print!("{}", candor_drive::dry_run(&plan, &runs));
        }
        return Ok(Exit::Done);
    }
    if args.sealed && plan.upstream == candor_drive::Upstream::Direct {
        bail!("{name}: goes to the real network, which a sealed run cannot; leave out --sealed");
    }
    if args.sealed && !args.inside {
        match sealed::enter("--inside")? {}
    }
    let several = browsers.len() > 1;
    let mut worst = Exit::Done;
    for browser in browsers {
        let (exit, ended) = one_browser(args, &plan, &text, browser, several)?;
        worst = worst.or_worse(exit);
        if ended == Ended::Cancelled {
            break;
        }
    }
    Ok(worst)
}

fn browsers(args: &Args, plan: &Plan) -> Result<Vec<Browser>> {
    let Some(name) = &args.browser else { return Ok(plan.browsers.clone()) };
    match Browser::named(name).filter(|browser| plan.browsers.contains(browser)) {
        Some(browser) => Ok(vec![browser]),
        None => {
            let known: Vec<_> = plan.browsers.iter().map(|browser| browser.name()).collect();
            bail!("{}: not for {name}, it names {}", args.plan.display(), known.join(", "))
        }
    }
}

fn order(args: &Args, browser: Browser) -> Order {
    Order { browser, repeats: args.repeats, device: "this-machine".into() }
}

fn one_browser(
    args: &Args,
    plan: &Plan,
    text: &str,
    browser: Browser,
    several: bool,
) -> Result<(Exit, Ended)> {
    let runtime = tokio::runtime::Runtime::new().context("the network runtime did not start")?;
    let installation = runtime.block_on(Installation::find(browser, args.program.as_deref()))?;
    let place = match &args.case {
        Some(path) if several => path.join(browser.name()),
        Some(path) => path.clone(),
        None => cases::default_place(&format!("{}-{}", plan.name, browser.name())),
    };
    if place.exists() {
        bail!("{}: already there, name another folder with --case", place.display());
    }
    let runs = candor_drive::expand(plan, &order(args, browser), &mut record::random);
    candor_drive::have_tools(&runs)?;
    let dir = prepare(args, plan, text, browser, &installation, &place)?;
    let performed = runtime.block_on(watched(args, plan, &runs, &installation, &dir))?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    progress::say("peeling, searching, linking, judging");
    let done = audit::audit(&dir, &cases::claims(&dir, None)?)?;
    let told = outcome::told(plan, browser, &done);
    let seen_working = outcome::uploader_seen(plan, browser, &done);
    let view = cases::view(&dir)?;
    let page = report::write_page(&dir, &view, None)?;
    audit_command::print_table(&view)?;
    print!("{told}");
    println!("\ncase   {}\npage   {}", cases::name(&dir), page.display());
    if !seen_working {
        progress::say(outcome::NEVER_SEEN);
        return Ok((Exit::Inconclusive, ended(&performed)));
    }
    Ok((Exit::of_verdicts(&view.verdicts), ended(&performed)))
}

/// Whether the operator ended the plan: no further browser is to be driven then.
fn ended(performed: &AllPerformed) -> Ended {
    let cancelled = performed.values().any(|run| run.ended == Ended::Cancelled);
    if cancelled { Ended::Cancelled } else { Ended::Done }
}

/// Writes down plan, claims and subject before the first packet.
fn prepare(
    args: &Args,
    plan: &Plan,
    text: &str,
    browser: Browser,
    installation: &Installation,
    place: &Path,
) -> Result<CaseDir> {
    let beside = args.plan.with_file_name("claims").join(format!("{}.toml", browser.name()));
    let claims = args.claims.clone().or_else(|| beside.exists().then_some(beside));
    let claims = match claims {
        Some(path) => {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("{}: cannot be read", path.display()))?;
            candor_evidence::parse_claims(&text, &path.display().to_string())?;
            Some(text)
        }
        None => None,
    };
    let dir = CaseDir::create(place)?;
    dir.write_case_file(&CaseFile {
        question: plan.question.clone(),
        examiner: String::new(),
        opened: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        subject: plan.subject(browser, &installation.version),
    })?;
    if let Some(text) = claims {
        dir.write_claims_text(&text)?;
    }
    std::fs::write(dir.root().join("plan.toml"), text)?;
    Ok(dir)
}

/// What came of each run.
pub(crate) type AllPerformed = BTreeMap<String, Performed>;

/// Performs all runs, with a page on which they can be followed. Inside a network of its own nobody
/// could open one.
async fn watched(
    args: &Args,
    plan: &Plan,
    runs: &[PlannedRun],
    installation: &Installation,
    dir: &CaseDir,
) -> Result<AllPerformed> {
    let feed = Feed::new(candor_report::inert);
    if args.inside {
        return perform_all(args, plan, runs, installation, dir, &feed).await;
    }
    let (over, ended) = tokio::sync::oneshot::channel::<()>();
    let page = record::open_page(&feed, None, None, async {
        let _ = ended.await;
    });
    let page = page.await?;
    let performed = perform_all(args, plan, runs, installation, dir, &feed).await;
    feed.end();
    let _ = over.send(());
    let _ = page.await;
    performed
}

async fn perform_all(
    args: &Args,
    plan: &Plan,
    runs: &[PlannedRun],
    installation: &Installation,
    dir: &CaseDir,
    feed: &Feed,
) -> Result<AllPerformed> {
    let authority = record::authority()?;
    let scratch =
        tempfile::Builder::new().prefix("candor-").tempdir().context("a scratch folder")?;
    let mut digests = cases::digests(dir)?;
    digests.insert("plan".into(), cases::digest(&std::fs::read(dir.root().join("plan.toml"))?));
    let cancel = Cancel::default();
    let told = cancel.clone();
    tokio::spawn(async move {
        record::told_to_stop().await;
        progress::say("ending what is going on; what was recorded is kept");
        told.cancel();
    });
    let at_once = usize::from(args.jobs);
    let session = Session {
        plan,
        installation,
        dir,
        digests: &digests,
        authority: &authority,
        at_once,
        cancel: &cancel,
        sealed: args.inside,
        going_on: GoingOn::default(),
        profiles: Mutex::new(Profiles::new(scratch.path().to_owned())),
        ahead: Mutex::new(Ahead::of(runs)),
        feed,
    };
    progress::say(&format!(
        "{} runs of {}, {}",
        runs.len(),
        installation.browser.name(),
        session.lock(&session.ahead).words(at_once)
    ));
    let watch = args.inside.then(|| session.going_on.watch()).transpose()?;
    let chains = schedule::chains(runs);
    let mut made = futures_util::stream::iter(chains.into_iter().map(|chain| session.make(chain)))
        .buffer_unordered(at_once);
    let mut all = AllPerformed::new();
    while let Some(chain) = made.next().await {
        all.extend(chain?);
    }
    drop(watch);
    Ok(all)
}

/// A plan that is being carried out.
struct Session<'a> {
    plan: &'a Plan,
    installation: &'a Installation,
    dir: &'a CaseDir,
    digests: &'a BTreeMap<String, String>,
    authority: &'a Arc<Authority>,
    at_once: usize,
    cancel: &'a Cancel,
    sealed: bool,
    going_on: GoingOn,
    profiles: Mutex<Profiles>,
    ahead: Mutex<Ahead>,
    feed: &'a Feed,
}

impl Session<'_> {
    /// Makes runs that continue one another, one after another.
    async fn make(&self, chain: Vec<&PlannedRun>) -> Result<AllPerformed> {
        let mut all = AllPerformed::new();
        for (at, planned) in chain.iter().enumerate() {
            if self.cancel.is_cancelled() {
                break;
            }
            let name = planned.run.id.0.clone();
            progress::say(&self.lock(&self.ahead).begin(planned, self.at_once));
            let performed = self.one(planned).await.with_context(|| format!("run {name}"))?;
            for why in &performed.failed {
                progress::say(&format!("{name}: {why}"));
            }
            all.insert(name, performed);
            self.discard(&chain[..=at], &chain[at + 1..]);
        }
        Ok(all)
    }

    /// Deletes browser states that no later run inherits: each takes a lot of disk.
    fn discard(&self, made: &[&PlannedRun], later: &[&PlannedRun]) {
        let wanted = |id| later.iter().any(|run| run.inherits.as_ref() == Some(id));
        for run in made.iter().filter(|run| !wanted(&run.run.id)) {
            self.lock(&self.profiles).discard(&run.run.id);
        }
    }

    fn lock<'m, T>(&self, it: &'m Mutex<T>) -> MutexGuard<'m, T> {
        it.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn one(&self, planned: &PlannedRun) -> Result<Performed> {
        let mut run = planned.run.clone();
        run.schema = "candor.run/1".into();
        run.digests.clone_from(self.digests);
        run.started = Some(record::now());
        let fingerprint = self.authority.fingerprint_sha256();
        run.environment.insert("authority.sha256".into(), fingerprint);
        run.environment.extend(record::host_environment());
        let sealed = if self.sealed { "sealed" } else { "shared" };
        run.environment.insert("network".into(), sealed.into());
        run.environment.insert("runs.at_once".into(), self.at_once.to_string());
        let run_dir = self.dir.add_run(&run, &planned.seeds)?;
        let writer = run_dir.writer(WriterOptions::default())?;
        let feed = self.feed.run(&run.id.0, &run.arm.to_string());
        let sink = Arc::new(RunSink::new(writer.clone(), Some(feed)));
        let proxy = self.proxy(&run, Arc::clone(&sink) as Arc<dyn Sink>).await?;
        let bench = bench::RunBench::new(Arc::clone(&sink), proxy.local_addr(), run_dir.path())?;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let served = tokio::spawn(proxy.run(async move {
            let _ = stopped.await;
        }));
        self.going_on.begins(&run.id, &sink);
        let profile = self.lock(&self.profiles).open(planned)?;
        let done =
            candor_drive::perform(planned, self.installation, &profile, &bench, self.cancel).await;
        let _ = stop.send(());
        served.await.context("the proxy stopped by itself")?;
        self.going_on.ends(&run.id);
        writer.event(&Event { at: record::now(), kind: EventKind::Stopped });
        writer.close()?;
        let done = done?;
        settle(&run_dir, run, &done)?;
        Ok(done)
    }

    async fn proxy(&self, run: &Run, sink: Arc<dyn Sink>) -> Result<Proxy> {
        let upstream = match self.plan.upstream {
            candor_drive::Upstream::Sinkhole => Upstream::Sinkhole,
            candor_drive::Upstream::Direct => Upstream::Direct,
        };
        let config = Config { run: run.id.clone(), upstream, ..Config::default() };
        let clock = Arc::new(record::now);
        let authority = Arc::clone(self.authority);
        Ok(Proxy::bind(config, authority, sink, bridge::lab(), clock, Arc::new(System)).await?)
    }
}

/// Writes into the run what its end showed.
fn settle(run_dir: &RunDir, mut run: Run, done: &Performed) -> Result<()> {
    run.environment.extend(done.environment.clone());
    run.void = done.voided();
    run.waited = run.waited && done.is_whole();
    Ok(run_dir.write_run(&run)?)
}
