//! `candor record`: the proxy alone, for a phone or an app driven by hand.

mod modes;
mod page;
mod phone;

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{BufRead, IsTerminal};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use candor_capture::{Authority, Clock, Config, Proxy, Randomness, Sink, System, Upstream};
use candor_case::{Arm, Event, EventKind, Run, RunId, Seeds, UnixMicros};
use candor_evidence::{CaseDir, WriterOptions};
use candor_live::{Feed, Mark};

use crate::bridge::{self, RunSink};
use crate::commands::reach::Reach;
use crate::commands::record::modes::{Listen, Mode};
use crate::commands::record::phone::Phone;
use crate::exit::Exit;
use crate::{cases, progress};

pub(crate) use crate::commands::record::page::open as open_page;

/// How long a guided phone may take to load its last page.
const LAST_PAGE: Duration = Duration::from_secs(2);

/// Options of `candor record`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Modes:
  regular[@PORT]    record and pass on to the real servers, whose certificates are verified
  sinkhole[@PORT]   candor answers everything itself, nothing leaves this machine
  socks5[@PORT]     as regular; every port takes HTTP proxying, SOCKS5 and plain TLS alike
Port 0 picks a free one. The page whose address is printed shows what is being sent and has buttons
for phases; typing a phase's name and Enter marks it too. Ctrl-C ends the recording.

Examples:
  candor record --case cases/phone --listen 0.0.0.0:8080 --guide
  candor record --case cases/app --mode sinkhole@0 --arm mode=private --run private-1")]
pub struct Args {
    /// The case folder; made if it is not there
    #[arg(long)]
    case: PathBuf,
    /// What to listen for; repeatable
    #[arg(long = "mode", value_name = "SPEC")]
    modes: Vec<String>,
    /// Address to listen on, with or without a port; only this machine can reach the default.
    /// Beyond it only devices are served on which the address that is printed was opened
    #[arg(long, value_name = "ADDRESS[:PORT]", default_value = "127.0.0.1")]
    listen: Listen,
    /// Show a QR code that leads a phone to a guide: certificate, proxy, then the phases with
    /// pages to open and words to search for
    #[arg(long)]
    guide: bool,
    /// The address of this machine that the phone reaches, where it has several
    #[arg(long, value_name = "ADDRESS")]
    reached_at: Option<IpAddr>,
    /// Serve no live page on this machine
    #[arg(long)]
    no_page: bool,
    /// Name of the run; the time if left out
    #[arg(long)]
    run: Option<String>,
    /// The arm, as key=value,key=value
    #[arg(long, default_value = "")]
    arm: String,
    /// Name of the device
    #[arg(long, default_value = "")]
    device: String,
    /// The phase that the recording begins with
    #[arg(long)]
    phase: Option<String>,
    /// What will be planted
    #[arg(long, value_name = "FILE")]
    seeds: Option<PathBuf>,
    #[command(flatten)]
    reach: Reach,
}

/// Records until it is told to stop.
pub fn run(args: &Args) -> Result<Exit> {
    let modes = modes::modes(&args.modes, args.listen)?;
    let roots = args.reach.roots()?;
    let dir = cases::open_or_create(&args.case)?;
    let run = described(args, &modes, &roots, &dir)?;
    let feed = Feed::new(candor_report::inert).run(&run.id.0, &run.arm.to_string());
    let mut seeds = seeds(args)?;
    let open_to_others = !args.listen.ip.is_loopback();
    let phone = (args.guide || open_to_others).then(|| {
        let (phone, planted) = Phone::new(&run, &feed, args.guide, args.reached_at);
        seeds.seeds.extend(planted.seeds);
        phone
    });
    let run_dir = dir.add_run(&run, &seeds)?;
    let writer = run_dir.writer(WriterOptions::default())?;
    let sink = Arc::new(RunSink::new(writer.clone(), (!args.no_page).then(|| feed.clone())));
    let base = Config {
        listen: SocketAddr::new(args.listen.ip, 0),
        door: phone.as_ref().map(Phone::door),
        run: run.id.clone(),
        resolve: args.reach.overrides(),
        extra_roots: roots,
        ..Config::default()
    };
    let runtime = tokio::runtime::Runtime::new().context("the network runtime did not start")?;
    runtime.block_on(Session { args, modes, base, sink, feed, phone }.record())?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    writer.event(&Event { at: now(), kind: EventKind::Stopped });
    writer.close()?;
    progress::say(&format!(
        "recorded into {}, next: candor audit {}",
        run_dir.path().display(),
        args.case.display()
    ));
    cases::remind(&dir);
    Ok(Exit::Done)
}

/// What `run.json` says before the first packet.
fn described(args: &Args, modes: &[Mode], roots: &[Vec<u8>], dir: &CaseDir) -> Result<Run> {
    let arm = Arm::parse(&args.arm).map_err(|why| anyhow::anyhow!("--arm: {why}"))?;
    Ok(Run {
        schema: "candor.run/1".into(),
        id: RunId(args.run.clone().unwrap_or_else(now_name)),
        device: args.device.clone(),
        arm,
        sinkhole: modes.iter().any(|mode| mode.upstream == Upstream::Sinkhole),
        started: Some(now()),
        environment: environment(&args.reach, roots),
        digests: cases::digests(dir)?,
        ..Run::default()
    })
}

fn seeds(args: &Args) -> Result<Seeds> {
    let Some(path) = &args.seeds else { return Ok(Seeds::default()) };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{}: cannot be read", path.display()))?;
    Ok(candor_evidence::parse_seeds(&text, &path.display().to_string())?)
}

/// Everything that records, until it is told to stop.
struct Session<'a> {
    args: &'a Args,
    modes: Vec<Mode>,
    base: Config,
    sink: Arc<RunSink>,
    feed: Feed,
    phone: Option<Phone>,
}

impl Session<'_> {
    async fn record(self) -> Result<()> {
        let authority = authority()?;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut tasks = Vec::new();
        let mut first = None;
        for mode in &self.modes {
            let proxy = self.bind(*mode, &authority).await?;
            eprintln!("listening on {}", proxy.local_addr());
            first.get_or_insert(proxy.local_addr());
            tasks.push(tokio::spawn(proxy.run(told(&stopped))));
        }
        let guide = match (self.phone, first) {
            (Some(phone), Some(address)) => Some(phone.open(address, &authority, &self.sink)?),
            _ => None,
        };
        if !self.args.no_page {
            let phone = guide.as_ref().filter(|_| self.args.guide).map(|guide| guide.address());
            let sink = Arc::clone(&self.sink);
            let marks: Mark = Arc::new(move |name| mark(&sink, name));
            tasks.push(page::open(&self.feed, Some(marks), phone, told(&stopped)).await?);
        }
        begin(self.args, &self.sink);
        match &guide {
            Some(guide) => tokio::select! {
                () = told_to_stop() => {}
                () = guide.finished() => tokio::time::sleep(LAST_PAGE).await,
            },
            None => told_to_stop().await,
        }
        self.feed.end();
        let _ = stop.send(true);
        for task in tasks {
            let _ = task.await;
        }
        if let Some(guide) = guide {
            phone::turned_away(guide.entrance()).into_iter().for_each(|e| self.sink.event(e));
        }
        Ok(())
    }

    async fn bind(&self, mode: Mode, authority: &Arc<Authority>) -> Result<Proxy> {
        let config = Config {
            listen: SocketAddr::new(self.base.listen.ip(), mode.port),
            upstream: mode.upstream,
            ..self.base.clone()
        };
        let (authority, sink) = (Arc::clone(authority), Arc::clone(&self.sink) as Arc<dyn Sink>);
        Ok(Proxy::bind(config, authority, sink, bridge::lab(), clock(), Arc::new(System)).await?)
    }
}

/// Resolves when everything is to stop.
fn told(stopped: &tokio::sync::watch::Receiver<bool>) -> impl Future<Output = ()> + use<> {
    let mut stopped = stopped.clone();
    async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    }
}

/// Marks the first phase, and listens to the terminal for more.
fn begin(args: &Args, sink: &Arc<RunSink>) {
    let first = args.phase.clone().or_else(|| args.guide.then(|| "set_up".to_owned()));
    if let Some(name) = first {
        mark(sink, name);
    }
    if std::io::stdin().is_terminal() {
        progress::say("certificate for the subject: http://candor.test/ through the proxy");
        progress::say("type a phase's name and Enter to mark it, Ctrl-C to end");
        let marks = Arc::clone(sink);
        std::thread::spawn(move || mark_lines(&marks));
    }
}

fn mark_lines(sink: &RunSink) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let name = line.trim().to_owned();
        if !name.is_empty() {
            mark(sink, name);
        }
    }
}

fn mark(sink: &RunSink, name: String) {
    progress::say(&format!("phase: {name}"));
    sink.event(Event { at: now(), kind: EventKind::Phase { name, session: "1".into() } });
}

pub(crate) async fn told_to_stop() {
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    let Ok(mut terminate) = terminate else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// The certificate authority of this user, made on first use.
pub(crate) fn authority() -> Result<Arc<Authority>> {
    Ok(Arc::new(Authority::open(&authority_folder()?, Arc::new(System), now())?))
}

/// Where the authority's key and certificate lie.
pub(crate) fn authority_folder() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::home_dir().map(|home| home.join(".local/share")))
        .context("no place for the authority's key: set XDG_DATA_HOME or HOME")?;
    Ok(base.join("candor"))
}

fn clock() -> Clock {
    Arc::new(now)
}

/// The bench's own time.
pub(crate) fn now() -> UnixMicros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMicros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Random bytes for tokens and seeds.
pub(crate) fn random(out: &mut [u8]) {
    System.fill(out);
}

fn now_name() -> String {
    format!("run-{}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ"))
}

fn environment(reach: &Reach, roots: &[Vec<u8>]) -> BTreeMap<String, String> {
    let mut environment = reach.environment(roots);
    environment.extend(host_environment());
    environment
}

/// What every recording says of where it was made.
pub(crate) fn host_environment() -> BTreeMap<String, String> {
    [
        ("candor", env!("CARGO_PKG_VERSION")),
        ("os", std::env::consts::OS),
        ("arch", std::env::consts::ARCH),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}
