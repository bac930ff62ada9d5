//! Where a recording goes. Calls come from the proxy's threads and must be short: a buffered append.

use bytes::Bytes;
use candor_case::{Event, Exchange, Header, Response};

/// Takes what the proxy saw.
pub trait Sink: Send + Sync + 'static {
    /// Takes something that happened beside the exchanges.
    fn event(&self, event: Event);

    /// Opens an exchange whose request head is known; bodies are empty, the response is `None`.
    fn open(&self, head: Exchange) -> Box<dyn Recording>;

    /// Takes one whole WebSocket message, its payload inflated, and beside it the frames it came in,
    /// raw as sent (masked, compressed, control frames between them left out).
    fn message(&self, message: Exchange, frames: Bytes);
}

/// Takes the rest of one exchange. Request and response may stream at the same time.
///
/// The proxy ends each side exactly once, also when it is stopped, before it drops the recording;
/// a recording that is dropped with a side open was cut off.
pub trait Recording: Send + Sync {
    /// Takes the next bytes of a body, in order.
    fn chunk(&self, side: Side, bytes: &Bytes);

    /// Takes the response's head; its body is empty. Comes at most once, before its chunks.
    fn response(&self, head: Response);

    /// Ends one side. `complete` is false when the sender or the proxy stopped before the end, and
    /// for a response that never came.
    fn end(&self, side: Side, trailers: Vec<Header>, complete: bool);
}

/// Keeps nothing.
pub(crate) struct Unrecorded;

impl Recording for Unrecorded {
    fn chunk(&self, _: Side, _: &Bytes) {}
    fn response(&self, _: Response) {}
    fn end(&self, _: Side, _: Vec<Header>, _: bool) {}
}

/// One side of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// What the client sent.
    Request,
    /// What it was answered.
    Response,
}
