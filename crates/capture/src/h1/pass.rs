//! Passes one framed message on while its payload is recorded.

use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::{
    io::AsyncWriteExt,
    time::{Instant, timeout_at},
};

use super::body::{Decoder, slices};
use crate::{
    Side,
    record::Recorder,
    stream::{Inflow, Outflow},
};

/// How a message got through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Passed {
    /// All of it was received.
    pub(crate) whole: bool,
    /// All that was received was passed on.
    pub(crate) delivered: bool,
}

/// Passes on `head`, which was taken already, and then the body up to its end.
///
/// When whoever it is for has gone, the body is read and recorded on to its end, for at most
/// `drain`. Ends the side of the recording.
pub(crate) async fn pass(
    from: &mut Inflow,
    to: &mut Outflow,
    head: Bytes,
    mut decoder: Decoder,
    (recorder, side): (&Recorder, Side),
    drain: Duration,
) -> Passed {
    let mut ranges = Vec::new();
    let mut head = Some(head);
    let mut gone: Option<Instant> = None;
    loop {
        let Ok(fed) = decoder.feed(from.seen(), &mut ranges) else {
            recorder.end(side, Vec::new(), false);
            return Passed { whole: false, delivered: gone.is_none() };
        };
        let raw = from.take(fed.used);
        slices(&raw, &mut ranges).for_each(|payload| recorder.chunk(side, &payload));
        if gone.is_none() {
            let mut bytes = head.take().unwrap_or_default().chain(raw);
            if to.write_all_buf(&mut bytes).await.is_err() || to.flush().await.is_err() {
                gone = Some(Instant::now() + drain);
            }
        }
        if fed.ended || decoder.ended() {
            recorder.end(side, decoder.trailers(), true);
            return Passed { whole: true, delivered: gone.is_none() };
        }
        let read = match gone {
            None => from.more().await.ok(),
            Some(until) => timeout_at(until, from.more()).await.ok().and_then(Result::ok),
        };
        if !matches!(read, Some(1..)) {
            let whole = read == Some(0) && decoder.ends_with_connection();
            recorder.end(side, Vec::new(), whole);
            return Passed { whole, delivered: gone.is_none() };
        }
    }
}
