//! One large body, up or down.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use http_body_util::BodyExt;
use hyper::Request;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use crate::origin::ARRIVED;
use crate::repeat::Repeat;
use crate::route::{Alpn, Route};

/// A transfer that takes longer is an error.
const PATIENCE: Duration = Duration::from_secs(900);

/// Sends so many bytes; seconds until the server has said that all arrived.
pub(crate) async fn upload(route: &Route, bytes: u64) -> Result<f64> {
    let request = Request::put("/sink").header("host", route.authority()).body(Repeat(bytes))?;
    let (seconds, arrived, _) = transfer(route, request).await?;
    if arrived != bytes {
        bail!("{arrived} of {bytes} bytes arrived");
    }
    Ok(seconds)
}

/// Fetches so many bytes; seconds until the last one is here.
pub(crate) async fn download(route: &Route, bytes: u64) -> Result<f64> {
    let request = Request::get(format!("/large?{bytes}"))
        .header("host", route.authority())
        .body(Repeat(0))?;
    let (seconds, _, received) = transfer(route, request).await?;
    if received != bytes {
        bail!("{received} of {bytes} bytes received");
    }
    Ok(seconds)
}

/// Seconds, bytes that the server says arrived, bytes received. The connection is open before the
/// time begins.
async fn transfer(route: &Route, request: Request<Repeat>) -> Result<(f64, u64, u64)> {
    let io = TokioIo::new(route.open(Alpn::H1).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
    tokio::spawn(connection);
    sender.ready().await?;
    let begun = Instant::now();
    let whole = async {
        let mut answer = sender.send_request(request).await?;
        let mut received = 0;
        while let Some(frame) = answer.body_mut().frame().await {
            received += frame?.data_ref().map_or(0, |data| data.len() as u64);
        }
        if answer.status() != 200 {
            bail!("status {}", answer.status());
        }
        let arrived = answer.headers().get(ARRIVED).and_then(|value| value.to_str().ok());
        let arrived = arrived.and_then(|value| value.parse().ok()).unwrap_or(0);
        Ok((begun.elapsed().as_secs_f64(), arrived, received))
    };
    timeout(PATIENCE, whole).await.context("no end in time")?
}
