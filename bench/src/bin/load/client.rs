//! The client: one scenario, its figures.

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

/// One scenario's figures.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// What the proxy used since it was started.
    #[serde(flatten)]
    pub(crate) proxy: Option<Used>,
}

/// Runs one scenario.
pub(crate) async fn run(args: &Args) -> Result<Figures> {
    let route = Route::new(&args.way)?;
    let mut figures = match args.scenario {
        Scenario::H1 | Scenario::H2 | Scenario::Tls => numbers(args, &route).await,
        Scenario::Upload => large(args, transfer::upload(&route, args.bytes).await),
        Scenario::Download => large(args, transfer::download(&route, args.bytes).await),
    };
    figures.proxy = args.pid.and_then(measure::used);
    Ok(figures)
}

async fn numbers(args: &Args, route: &Route) -> Figures {
    let pace = pace::Pace::new(args.warm, args.seconds);
    match args.scenario {
        Scenario::H2 => pace::h2(route, &pace, args.connections.unwrap_or(4), args.streams).await,
        Scenario::Tls => pace::tls(route, &pace, args.connections.unwrap_or(32)).await,
        _ => pace::h1(route, &pace, args.connections.unwrap_or(32)).await,
    }
    let (requests, errors) = pace.counted();
    let per_second = requests as f64 / args.seconds;
    let mb_per_second = per_second * crate::origin::SMALL as f64 / 1e6;
    figures(args, requests, errors, per_second, mb_per_second)
}

fn large(args: &Args, transferred: Result<f64>) -> Figures {
    match transferred {
        Ok(seconds) => figures(args, 1, 0, 0.0, args.bytes as f64 / 1e6 / seconds),
        Err(error) => {
            eprintln!("first error: {error:#}");
            figures(args, 0, 1, 0.0, 0.0)
        }
    }
}

fn figures(args: &Args, requests: u64, errors: u64, per_second: f64, mb_per_second: f64) -> Figures {
    let scenario = format!("{:?}", args.scenario).to_lowercase();
    let route = args.name.clone();
    Figures { scenario, route, requests, errors, per_second, mb_per_second, proxy: None }
}
