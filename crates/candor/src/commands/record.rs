//! `candor record`: the proxy alone, for a phone or an app driven by hand.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use candor_capture::{Authority, Clock, Config, Proxy, Sink, System, Upstream};
use candor_case::{Arm, Event, EventKind, Run, RunId, Seeds, UnixMicros};
use candor_evidence::WriterOptions;

use crate::bridge::{self, RunSink};
use crate::commands::reach::Reach;
use crate::exit::Exit;
use crate::{cases, progress};

/// Options of `candor record`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Modes:
  regular[@PORT]    record and pass on to the real servers, whose certificates are verified
  sinkhole[@PORT]   candor answers everything itself, nothing leaves this machine
  socks5[@PORT]     as regular; every port takes HTTP proxying, SOCKS5 and plain TLS alike
Port 0 picks a free one. Type a phase's name and Enter to mark it; Ctrl-C ends the recording.

Examples:
  candor record --case cases/phone
  candor record --case cases/app --mode sinkhole@0 --arm mode=private --run private-1")]
pub struct Args {
    /// The case folder; made if it is not there
    #[arg(long)]
    case: PathBuf,
    /// What to listen for; repeatable
    #[arg(long = "mode", value_name = "SPEC")]
    modes: Vec<String>,
    /// Address to listen on; only this machine can reach the default
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
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

/// One listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mode {
    upstream: Upstream,
    port: u16,
}

/// Records until it is told to stop.
pub fn run(args: &Args) -> Result<Exit> {
    let modes = modes(&args.modes)?;
    let arm = Arm::parse(&args.arm).map_err(|why| anyhow::anyhow!("--arm: {why}"))?;
    let seeds = match &args.seeds {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("{}: cannot be read", path.display()))?;
            candor_evidence::parse_seeds(&text, &path.display().to_string())?
        }
        None => Seeds::default(),
    };
    let roots = args.reach.roots()?;
    let dir = cases::open_or_create(&args.case)?;
    let name = args.run.clone().unwrap_or_else(now_name);
    let run = Run {
        schema: "candor.run/1".into(),
        id: RunId(name),
        device: args.device.clone(),
        arm,
        sinkhole: modes.iter().any(|mode| mode.upstream == Upstream::Sinkhole),
        started: Some(now()),
        environment: environment(&args.reach, &roots),
        ..Run::default()
    };
    let run_dir = dir.add_run(&run, &seeds)?;
    let writer = run_dir.writer(WriterOptions::default())?;
    let sink = Arc::new(RunSink(writer.clone()));
    let first = args.phase.clone();
    let runtime = tokio::runtime::Runtime::new().context("the network runtime did not start")?;
    let base = Config {
        listen: SocketAddr::new(args.listen, 0),
        beyond_loopback: !args.listen.is_loopback(),
        run: run.id.clone(),
        resolve: args.reach.overrides(),
        extra_roots: roots,
        ..Config::default()
    };
    runtime.block_on(listen(&modes, base, sink, first))?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    writer.event(&Event { at: now(), kind: EventKind::Stopped });
    writer.close()?;
    progress::say(&format!(
        "recorded into {}, next: candor audit {}",
        run_dir.path().display(),
        args.case.display()
    ));
    Ok(Exit::Done)
}

fn modes(specs: &[String]) -> Result<Vec<Mode>> {
    if specs.is_empty() {
        return Ok(vec![Mode { upstream: Upstream::Direct, port: 8080 }]);
    }
    specs.iter().map(|spec| mode(spec)).collect()
}

fn mode(spec: &str) -> Result<Mode> {
    let (name, port) = match spec.split_once('@') {
        Some((name, port)) => {
            let port =
                port.parse().with_context(|| format!("--mode {spec}: `{port}` is no port"))?;
            (name, port)
        }
        None => (spec, 8080),
    };
    match name {
        "regular" | "socks5" => Ok(Mode { upstream: Upstream::Direct, port }),
        "sinkhole" => Ok(Mode { upstream: Upstream::Sinkhole, port }),
        _ => bail!("--mode {spec}: known are regular, socks5 and sinkhole, each with @PORT"),
    }
}

async fn listen(
    modes: &[Mode],
    base: Config,
    sink: Arc<RunSink>,
    phase: Option<String>,
) -> Result<()> {
    let authority = authority()?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut tasks = Vec::new();
    for mode in modes {
        let config = Config {
            listen: SocketAddr::new(base.listen.ip(), mode.port),
            upstream: mode.upstream,
            ..base.clone()
        };
        let proxy = Proxy::bind(
            config,
            Arc::clone(&authority),
            Arc::clone(&sink) as Arc<dyn Sink>,
            bridge::lab(),
            clock(),
            Arc::new(System),
        )
        .await?;
        eprintln!("listening on {}", proxy.local_addr());
        let mut stopped = stopped.clone();
        tasks.push(tokio::spawn(proxy.run(async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        })));
    }
    if let Some(name) = phase {
        mark(&sink, name);
    }
    if std::io::stdin().is_terminal() {
        progress::say("certificate for the subject: http://candor.test/ through the proxy");
        progress::say("type a phase's name and Enter to mark it, Ctrl-C to end");
        let marks = Arc::clone(&sink);
        std::thread::spawn(move || mark_lines(&marks));
    }
    told_to_stop().await;
    let _ = stop.send(true);
    for task in tasks {
        let _ = task.await;
    }
    Ok(())
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
