//! An exchange that is still under way: it waits in memory, or in the spool once it is large or
//! takes long, until both sides have ended.

use std::io;
use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use candor_case::{Body, Exchange, Header, Missing, Response};

use crate::spool::Spool;
use crate::writer::{Open, Shared, lock};
use crate::{RunWriter, Side};

/// Takes one exchange as it happens. Dropped before both sides have ended, it writes what there
/// is as truncated.
pub struct ExchangeWriter {
    run: RunWriter,
    open: Arc<Open>,
}

impl ExchangeWriter {
    pub(crate) fn new(run: RunWriter, open: Arc<Open>) -> Self {
        Self { run, open }
    }

    /// Takes the next bytes of a body. Bytes after a side's end are ignored.
    pub fn chunk(&self, side: Side, bytes: &Bytes) {
        if let Some(open) = lock(&self.open).as_mut() {
            open.chunk(side, bytes);
        }
    }

    /// Takes the response's head; bytes in its body count as the beginning.
    pub fn response(&self, head: Response) {
        if let Some(open) = lock(&self.open).as_mut() {
            open.response(head);
        }
    }

    /// Ends a side; `complete` says whether its body came to its proper end. When both sides have
    /// ended the exchange is written.
    pub fn end(&self, side: Side, trailers: Vec<Header>, complete: bool) {
        let mut open = lock(&self.open);
        let Some(exchange) = open.as_mut() else { return };
        exchange.end(side, trailers, complete);
        let finished = if exchange.has_ended() { open.take() } else { None };
        drop(open);
        if let Some(exchange) = finished {
            self.run.finished(exchange.finish());
        }
    }
}

impl Drop for ExchangeWriter {
    fn drop(&mut self) {
        let open = lock(&self.open).take();
        if let Some(exchange) = open {
            self.run.finished(exchange.finish());
        }
    }
}

impl std::fmt::Debug for ExchangeWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ExchangeWriter")
    }
}

/// An exchange that is ready to be written: bodies within, or in the spool with these lengths.
pub(crate) struct Finished {
    pub(crate) exchange: Exchange,
    pub(crate) spool: Option<Spool>,
    pub(crate) lengths: (u64, u64),
}

/// What has arrived of an exchange.
pub(crate) struct OpenExchange {
    shared: Arc<Shared>,
    exchange: Exchange,
    request: Half,
    response: Half,
    spool: Option<Spool>,
    held: usize,
}

#[derive(Default)]
struct Half {
    memory: Vec<u8>,
    length: u64,
    ended: bool,
    complete: bool,
    /// The disk did not take it: what follows is lost, and the body counts as truncated.
    lost: bool,
}

impl OpenExchange {
    pub(crate) fn new(shared: Arc<Shared>, mut exchange: Exchange) -> Self {
        let body = mem::take(&mut exchange.request.body.bytes);
        let head = exchange.response.take();
        let (request, response) = Default::default();
        let mut open = Self { shared, exchange, request, response, spool: None, held: 0 };
        open.chunk(Side::Request, &body);
        if let Some(head) = head {
            open.response(head);
        }
        open
    }

    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Request => &mut self.request,
            Side::Response => &mut self.response,
        }
    }

    fn chunk(&mut self, side: Side, bytes: &Bytes) {
        let spooled = self.spool.is_some();
        let half = self.half(side);
        if half.ended || half.lost || bytes.is_empty() {
            return;
        }
        if spooled {
            return self.spool_chunk(side, bytes);
        }
        half.memory.extend_from_slice(bytes);
        half.length += bytes.len() as u64;
        let length = half.memory.len();
        self.held += bytes.len();
        if self.shared.hold(bytes.len()) || length > self.shared.options.spool_over {
            self.start_spool();
        }
    }

    fn spool_chunk(&mut self, side: Side, bytes: &[u8]) {
        let limit = self.shared.options.spool_over as u64;
        let large = self.half(side).length + bytes.len() as u64 > limit;
        let written = self.spool.as_mut().map_or(Ok(()), |spool| spool.chunk(side, bytes, large));
        let half = self.half(side);
        match &written {
            Ok(()) => half.length += bytes.len() as u64,
            Err(_) => half.lost = true,
        }
        self.shared.keep("spool", written);
    }

    /// Moves an exchange that takes long to the disk, so that it outlives this process.
    pub(crate) fn journal(&mut self) {
        if self.spool.is_none() && !self.request.lost {
            self.start_spool();
        }
    }

    /// Moves what is in memory to the disk. If the disk does not take it, what has arrived stays
    /// in memory and what follows is lost.
    fn start_spool(&mut self) {
        let started = self.fill_spool();
        let lost = started.is_err();
        match started {
            Ok(spool) => {
                self.spool = Some(spool);
                self.request.memory = Vec::new();
                self.response.memory = Vec::new();
                self.shared.release(mem::take(&mut self.held));
            }
            Err(error) => self.shared.keep("spool", Err(error)),
        }
        self.request.lost |= lost;
        self.response.lost |= lost;
    }

    fn fill_spool(&self) -> io::Result<Spool> {
        let mut spool = Spool::start(&self.shared.spool_folder(), &self.exchange)?;
        let fill = |spool: &mut Spool| {
            spool.chunk(Side::Request, &self.request.memory, false)?;
            if self.request.ended {
                let (trailers, complete) = (&self.exchange.request.trailers, self.request.complete);
                spool.end(&self.exchange, Side::Request, trailers, complete)?;
            }
            spool.response(&self.exchange)?;
            spool.chunk(Side::Response, &self.response.memory, false)?;
            if let (true, Some(response)) = (self.response.ended, &self.exchange.response) {
                let (trailers, complete) = (&response.trailers, self.response.complete);
                spool.end(&self.exchange, Side::Response, trailers, complete)?;
            }
            Ok(())
        };
        match fill(&mut spool) {
            Ok(()) => Ok(spool),
            Err(error) => {
                spool.remove();
                Err(error)
            }
        }
    }

    fn response(&mut self, mut head: Response) {
        if self.response.ended || self.exchange.response.is_some() {
            return;
        }
        let body = mem::take(&mut head.body.bytes);
        self.exchange.response = Some(head);
        if let Some(spool) = &mut self.spool {
            let written = spool.response(&self.exchange);
            self.shared.keep("spool", written);
        }
        self.chunk(Side::Response, &body);
    }

    fn end(&mut self, side: Side, trailers: Vec<Header>, complete: bool) {
        let half = self.half(side);
        if half.ended {
            return;
        }
        half.ended = true;
        half.complete = complete && !half.lost;
        let complete = half.complete;
        if let Some(spool) = &mut self.spool {
            let written = spool.end(&self.exchange, side, &trailers, complete);
            self.shared.keep("spool", written);
        }
        match (side, &mut self.exchange.response) {
            (Side::Request, _) => self.exchange.request.trailers = trailers,
            (Side::Response, Some(response)) => response.trailers = trailers,
            (Side::Response, None) => {}
        }
    }

    fn has_ended(&self) -> bool {
        self.request.ended && self.response.ended
    }

    /// Puts bodies and what is missing of them into the exchange.
    fn finish(mut self) -> Finished {
        let mut exchange = self.exchange.clone();
        settle(&mut exchange.request.body, &mut self.request);
        match &mut exchange.response {
            Some(response) => settle(&mut response.body, &mut self.response),
            None => self.response.length = 0,
        }
        let lengths = (self.request.length, self.response.length);
        Finished { exchange, spool: self.spool.take(), lengths }
    }
}

impl Drop for OpenExchange {
    fn drop(&mut self) {
        self.shared.release(self.held);
    }
}

fn settle(body: &mut Body, half: &mut Half) {
    body.bytes = mem::take(&mut half.memory).into();
    if !half.complete && body.missing.is_none() {
        body.missing = Some(Missing::Truncated);
    }
}
