//! Requests in numbers: connections that ask as fast as they are answered, for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::origin::SMALL;
use crate::repeat::Repeat;
use crate::route::{Alpn, Route};

/// An answer that takes longer is an error.
const PATIENCE: Duration = Duration::from_secs(20);
/// A failed connection is not tried again at once.
const PAUSE: Duration = Duration::from_millis(20);

/// What is counted, and when.
#[derive(Debug)]
pub(crate) struct Pace {
    begin: Instant,
    end: Instant,
    answered: AtomicU64,
    errors: AtomicU64,
}

impl Pace {
    /// Counts for `seconds`, after `warm` seconds that do not count.
    pub(crate) fn new(warm: f64, seconds: f64) -> Arc<Self> {
        let begin = Instant::now() + Duration::from_secs_f64(warm);
        let end = begin + Duration::from_secs_f64(seconds);
        Arc::new(Self { begin, end, answered: AtomicU64::new(0), errors: AtomicU64::new(0) })
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// Counts an answer that came within the time, and an error whenever it came.
    async fn count(&self, result: Result<()>) {
        match result {
            Ok(()) if Instant::now() >= self.begin && !self.is_over() => {
                self.answered.fetch_add(1, Ordering::Relaxed);
            }
            Ok(()) => {}
            Err(error) => {
                if self.errors.fetch_add(1, Ordering::Relaxed) == 0 {
                    eprintln!("first error: {error:#}");
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Answers and errors so far.
    pub(crate) fn counted(&self) -> (u64, u64) {
        (self.answered.load(Ordering::Relaxed), self.errors.load(Ordering::Relaxed))
    }
}

/// HTTP/1.1 connections that stay open and ask one request after the other.
pub(crate) async fn h1(route: &Route, pace: &Arc<Pace>, connections: usize) {
    let mut all = JoinSet::new();
    for _ in 0..connections {
        let (route, pace) = (route.clone(), Arc::clone(pace));
        all.spawn(async move {
            while !pace.is_over() {
                if let Err(error) = h1_connection(&route, &pace).await {
                    pace.count(Err(error)).await;
                }
            }
        });
    }
    all.join_all().await;
}

async fn h1_connection(route: &Route, pace: &Pace) -> Result<()> {
    let io = TokioIo::new(route.open(Alpn::H1).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
    tokio::spawn(connection);
    while !pace.is_over() {
        sender.ready().await?;
        check(sender.send_request(small(route, "/small", "")?)).await?;
        pace.count(Ok(())).await;
    }
    Ok(())
}

/// HTTP/2 connections with streams that ask side by side.
pub(crate) async fn h2(route: &Route, pace: &Arc<Pace>, connections: usize, streams: usize) {
    let mut all = JoinSet::new();
    for _ in 0..connections {
        let (route, pace) = (route.clone(), Arc::clone(pace));
        all.spawn(async move {
            while !pace.is_over() {
                if let Err(error) = h2_connection(&route, &pace, streams).await {
                    pace.count(Err(error)).await;
                }
            }
        });
    }
    all.join_all().await;
}

async fn h2_connection(route: &Route, pace: &Arc<Pace>, streams: usize) -> Result<()> {
    let io = TokioIo::new(route.open(Alpn::H2).await?);
    let builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    let (sender, connection) = builder.handshake(io).await?;
    tokio::spawn(connection);
    let base = format!("https://{}", route.authority());
    let mut all = JoinSet::new();
    for _ in 0..streams {
        let (mut sender, route, pace, base) =
            (sender.clone(), route.clone(), Arc::clone(pace), base.clone());
        all.spawn(async move {
            while !pace.is_over() {
                sender.ready().await?;
                check(sender.send_request(small(&route, "/small", &base)?)).await?;
                pace.count(Ok(())).await;
            }
            anyhow::Ok(())
        });
    }
    all.join_all().await.into_iter().collect()
}

/// A new connection with a whole handshake for every request.
pub(crate) async fn tls(route: &Route, pace: &Arc<Pace>, connections: usize) {
    let mut all = JoinSet::new();
    for _ in 0..connections {
        let (route, pace) = (route.clone(), Arc::clone(pace));
        all.spawn(async move {
            while !pace.is_over() {
                let asked = timeout(PATIENCE, one(&route)).await;
                pace.count(asked.context("no answer in time").flatten()).await;
            }
        });
    }
    all.join_all().await;
}

async fn one(route: &Route) -> Result<()> {
    let io = TokioIo::new(route.open(Alpn::H1).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
    tokio::spawn(connection);
    check(sender.send_request(small(route, "/small", "")?)).await
}

/// A request for a small answer; `base` makes its address absolute, as HTTP/2 wants it.
fn small(route: &Route, path: &str, base: &str) -> Result<Request<Repeat>> {
    let mut request = Request::get(format!("{base}{path}"));
    if base.is_empty() {
        request = request.header("host", route.authority());
    }
    Ok(request.header("user-agent", "candor-bench").body(Repeat(0))?)
}

/// Reads a small answer to its end and holds it against what it must be.
async fn check(
    answer: impl Future<Output = hyper::Result<hyper::Response<Incoming>>>,
) -> Result<()> {
    let whole = async {
        let mut answer = answer.await?;
        let mut bytes = 0;
        while let Some(frame) = answer.body_mut().frame().await {
            bytes += frame?.data_ref().map_or(0, |data| data.len() as u64);
        }
        if answer.status() != 200 || bytes != SMALL {
            bail!("status {} with {bytes} bytes", answer.status());
        }
        Ok(())
    };
    timeout(PATIENCE, whole).await.context("no answer in time")?
}
