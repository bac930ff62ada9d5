//! The client: one scenario, its figures.

use std::time::Duration;

use anyhow::Result;
use candor_bench::measure::{self, Used};
use serde::{Deserialize, Serialize};

use crate::route::{Route, Way};
use crate::{pace, transfer};

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    way: Way,
    /// What is measured
    #[arg(long, value_enum)]
    scenario: Scenario,
    /// What the way is called in the table
    #[arg(long, default_value = "no proxy")]
    name: String,
    /// Seconds that count
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Seconds before that
    #[arg(long, default_value_t = 1.0)]
    warm: f64,
    /// Connections at once; h1 and tls have 32 and h2 has 4 if left out
    #[arg(long)]
    connections: Option<usize>,
    /// Streams of an HTTP/2 connection at once
    #[arg(long, default_value_t = 16)]
    streams: usize,
    /// Bytes of a large body
    #[arg(long, default_value_t = 1 << 30)]
    bytes: u64,
    /// The proxy's process, whose memory and processor time are then told
    #[arg(long)]
    pid: Option<u32>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Scenario {
    /// Answers of 1 KB over HTTP/1.1 connections that stay open
    H1,
    /// The same over HTTP/2
    H2,
    /// A new TLS connection for every answer
    Tls,
    /// One large body to the server
    Upload,
    /// One large body from the server
    Download,
}

impl Scenario {
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// One scenario's figures.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// What was measured.
    pub(crate) scenario: String,
    /// Which way.
    pub(crate) route: String,
    /// Requests that were answered within the time, or 1 for a body that arrived.
    pub(crate) requests: u64,
    /// Requests that failed.
    pub(crate) errors: u64,
    /// Requests per second; 0 for large bodies.
    pub(crate) per_second: f64,
    /// Million bytes of body per second.
    pub(crate) mb_per_second: f64,
    /// Processor time that the proxy used while it counted, and its peak memory since its start.
    #[serde(flatten)]
    pub(crate) proxy: Option<Used>,
    /// Bytes that it left on disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kept_bytes: Option<u64>,
    /// Requests that it left on disk, those that do not count included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kept_requests: Option<u64>,
    /// Bytes of a large body; 0 for small ones.
    pub(crate) body_bytes: u64,
}

/// Runs one scenario.
pub(crate) async fn run(args: &Args) -> Result<Figures> {
    let route = Route::new(&args.way)?;
    Ok(match args.scenario {
        Scenario::H1 | Scenario::H2 | Scenario::Tls => numbers(args, &route).await,
        Scenario::Upload | Scenario::Download => large(args, &route).await,
    })
}

async fn numbers(args: &Args, route: &Route) -> Figures {
    let pace = pace::Pace::new(args.warm, args.seconds);
    let (pid, warm) = (args.pid, Duration::from_secs_f64(args.warm));
    let before = tokio::spawn(async move {
        tokio::time::sleep(warm).await;
        pid.and_then(measure::used)
    });
    match args.scenario {
        Scenario::H2 => pace::h2(route, &pace, args.connections.unwrap_or(4), args.streams).await,
        Scenario::Tls => pace::tls(route, &pace, args.connections.unwrap_or(32)).await,
        _ => pace::h1(route, &pace, args.connections.unwrap_or(32)).await,
    }
    let (requests, errors) = pace.counted();
    let per_second = requests as f64 / args.seconds;
    let mb_per_second = per_second * crate::origin::SMALL as f64 / 1e6;
    let proxy = used_since(before.await.ok().flatten(), args.pid);
    let (scenario, route) = (args.scenario.name(), args.name.clone());
    Figures {
        scenario,
        route,
        requests,
        errors,
        per_second,
        mb_per_second,
        proxy,
        ..Figures::default()
    }
}

async fn large(args: &Args, route: &Route) -> Figures {
    let before = args.pid.and_then(measure::used);
    let transferred = match args.scenario {
        Scenario::Download => transfer::download(route, args.bytes).await,
        _ => transfer::upload(route, args.bytes).await,
    };
    let (requests, errors, mb_per_second) = match transferred {
        Ok(seconds) => (1, 0, args.bytes as f64 / 1e6 / seconds),
        Err(error) => {
            eprintln!("first error: {error:#}");
            (0, 1, 0.0)
        }
    };
    let proxy = used_since(before, args.pid);
    let (scenario, route) = (args.scenario.name(), args.name.clone());
    Figures {
        scenario,
        route,
        requests,
        errors,
        mb_per_second,
        proxy,
        body_bytes: args.bytes,
        ..Figures::default()
    }
}

/// Processor time since then, and peak memory; `None` without a process.
fn used_since(before: Option<Used>, pid: Option<u32>) -> Option<Used> {
    let now = pid.and_then(measure::used)?;
    let cpu_seconds = now.cpu_seconds - before.unwrap_or_default().cpu_seconds;
    Some(Used { cpu_seconds, ..now })
}
