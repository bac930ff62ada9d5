//! One exchange being recorded: each side is ended exactly once, whatever happens.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use bytes::Bytes;
use candor_case::{ExchangeId, Header, Response};
use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};
use tokio::sync::Notify;

use crate::{Recording, Side};

/// Counts the exchanges that are still open.
#[derive(Default)]
pub(crate) struct Open {
    count: AtomicUsize,
    none: Notify,
}

impl Open {
    /// Waits until no exchange is open.
    pub(crate) async fn none(&self) {
        loop {
            let mut none = std::pin::pin!(self.none.notified());
            none.as_mut().enable();
            if self.count.load(Ordering::Acquire) == 0 {
                return;
            }
            none.await;
        }
    }
}

/// A recording with its guard: sides still open when it is dropped end as cut off.
pub(crate) struct Recorder {
    recording: Box<dyn Recording>,
    ended: [AtomicBool; 2],
    open: Arc<Open>,
}

impl Recorder {
    pub(crate) fn new(recording: Box<dyn Recording>, open: Arc<Open>) -> Self {
        open.count.fetch_add(1, Ordering::AcqRel);
        Self { recording, ended: Default::default(), open }
    }

    pub(crate) fn chunk(&self, side: Side, bytes: &Bytes) {
        if !bytes.is_empty() && !self.ended(side) {
            self.recording.chunk(side, bytes);
        }
    }

    pub(crate) fn response(&self, head: Response) {
        self.recording.response(head);
    }

    /// Ends a side, unless it has ended before.
    pub(crate) fn end(&self, side: Side, trailers: Vec<Header>, complete: bool) {
        if !self.flag(side).swap(true, Ordering::AcqRel) {
            self.recording.end(side, trailers, complete);
        }
    }

    pub(crate) fn ended(&self, side: Side) -> bool {
        self.flag(side).load(Ordering::Acquire)
    }

    fn flag(&self, side: Side) -> &AtomicBool {
        let [request, response] = &self.ended;
        match side {
            Side::Request => request,
            Side::Response => response,
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.end(Side::Request, Vec::new(), false);
        self.end(Side::Response, Vec::new(), false);
        if self.open.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.open.none.notify_waiters();
        }
    }
}

/// Names exchanges by their parent and their place in it, so that one more renames none.
///
/// SHA-256 over the run's 16 random bytes and the numbers, cut to 16 bytes and written as a UUID of
/// version 8 (RFC 9562, section 5.8).
pub(crate) fn exchange_id(run: &[u8; 16], path: &[u64]) -> ExchangeId {
    let mut hash = Context::new(&SHA256);
    hash.update(run);
    for step in path {
        hash.update(&step.to_be_bytes());
    }
    let digest = hash.finish();
    let mut id = [0; 16];
    id.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    id[6] = id[6] & 0x0f | 0x80;
    id[8] = id[8] & 0x3f | 0x80;
    let hex = HEXLOWER.encode(&id);
    let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    let parts: Vec<_> = parts.iter().filter_map(|(from, to)| hex.get(*from..*to)).collect();
    ExchangeId(parts.join("-"))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<String>>>);

    impl Recording for Log {
        fn chunk(&self, side: Side, bytes: &Bytes) {
            self.0.lock().expect("sound").push(format!("{side:?} {}", bytes.escape_ascii()));
        }
        fn response(&self, head: Response) {
            self.0.lock().expect("sound").push(format!("{}", head.status));
        }
        fn end(&self, side: Side, _: Vec<Header>, complete: bool) {
            self.0.lock().expect("sound").push(format!("{side:?} ends {complete}"));
        }
    }

    #[test]
    fn each_side_ends_once() {
        let log = Log::default();
        let open = Arc::new(Open::default());
        let recorder = Recorder::new(Box::new(log.clone()), Arc::clone(&open));
        recorder.chunk(Side::Request, &Bytes::from_static(b"a"));
        recorder.end(Side::Request, vec![], true);
        recorder.end(Side::Request, vec![], false);
        recorder.chunk(Side::Request, &Bytes::from_static(b"late"));
        drop(recorder);
        assert_eq!(
            *log.0.lock().expect("sound"),
            ["Request a", "Request ends true", "Response ends false"]
        );
        assert_eq!(open.count.load(Ordering::Acquire), 0);
    }

    #[test]
    fn ids_are_stable_and_uuid_shaped() {
        let id = exchange_id(&[7; 16], &[1, 2]).0;
        assert_eq!(id, exchange_id(&[7; 16], &[1, 2]).0);
        assert_ne!(id, exchange_id(&[7; 16], &[1, 3]).0);
        assert_ne!(id, exchange_id(&[8; 16], &[1, 2]).0);
        let lengths: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(id.as_bytes()[14], b'8');
    }
}
