//! Passes bytes on both ways untouched, with someone watching.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use candor_case::{Direction, GapReason};
use tokio::{io::AsyncWriteExt, time::timeout};

use crate::{
    conn::Conn,
    stream::{Inflow, Outflow},
};

/// How long one direction may go on after the other has ended.
const HALF_CLOSED: Duration = Duration::from_secs(60);

/// Sees every byte before it is passed on.
pub(crate) trait Watch: Send + Sync {
    fn saw(&self, direction: Direction, bytes: &Bytes);
}

/// Both halves of the connection to one peer.
pub(crate) struct Link {
    pub(crate) inflow: Inflow,
    pub(crate) outflow: Outflow,
}

/// Passes bytes on until both sides have ended.
pub(crate) async fn splice(mut client: Link, mut far: Link, watch: &dyn Watch) {
    let mut sent =
        std::pin::pin!(pump(&mut client.inflow, &mut far.outflow, Direction::Sent, watch));
    let mut received =
        std::pin::pin!(pump(&mut far.inflow, &mut client.outflow, Direction::Received, watch));
    tokio::select! {
        () = &mut sent => { let _ = timeout(HALF_CLOSED, received).await; }
        () = &mut received => { let _ = timeout(HALF_CLOSED, sent).await; }
    }
}

/// Passes on one direction up to its end or the first failure.
async fn pump(from: &mut Inflow, to: &mut Outflow, direction: Direction, watch: &dyn Watch) {
    loop {
        let bytes = from.take_all();
        if !bytes.is_empty() {
            watch.saw(direction, &bytes);
            if to.write_all(&bytes).await.is_err() || to.flush().await.is_err() {
                return;
            }
        }
        if !matches!(from.more().await, Ok(1..)) {
            let _ = to.shutdown().await;
            return;
        }
    }
}

/// Counts what nobody could read, and says so at the end, however the end comes.
pub(crate) struct Unread {
    conn: Arc<Conn>,
    host: String,
    what: String,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Unread {
    pub(crate) fn new(conn: Arc<Conn>, host: &str, what: impl Into<String>) -> Self {
        Self { conn, host: host.to_owned(), what: what.into(), sent: 0.into(), received: 0.into() }
    }
}

impl Watch for Unread {
    fn saw(&self, direction: Direction, bytes: &Bytes) {
        let counter = match direction {
            Direction::Sent => &self.sent,
            Direction::Received => &self.received,
        };
        counter.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let (sent, received) = (*self.sent.get_mut(), *self.received.get_mut());
        let detail = format!("{}; {sent} bytes sent, {received} received", self.what);
        // Coverage is counted in what was sent; the detail tells the rest.
        self.conn.gap(GapReason::UnknownProtocol, &self.host, Some(sent), detail);
    }
}
