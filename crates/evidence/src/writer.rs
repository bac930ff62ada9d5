//! Writes a run: events and exchanges from many threads, so that what completed more than a
//! second ago outlives kill -9.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;
use candor_case::{Event, Exchange, RunId};
use candor_warc::write_record;

use crate::encode;
use crate::open::{Finished, OpenExchange};
use crate::segment::{Segments, write_spooled};
use crate::{EvidenceError, ExchangeWriter, Result, Side, private, spool};

/// How a run is written.
#[derive(Clone, Debug)]
pub struct WriterOptions {
    /// Name and version of the program, as each segment's first record states it.
    pub software: String,
    /// A segment of that many bytes gets a successor.
    pub segment_bytes: u64,
    /// A body of that many bytes waits on disk, not in memory.
    pub spool_over: usize,
    /// Bodies that wait in memory have at most that many bytes together.
    pub memory: usize,
    /// An exchange with larger bodies gets a segment of its own, so that no other waits for it.
    pub own_segment_over: u64,
    /// What has been appended is handed to the operating system at least that often.
    pub flush_every: Duration,
    /// An exchange that takes longer is moved to the spool, so that what has arrived of it outlives
    /// kill -9.
    pub journal_after: Duration,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            software: concat!("candor/", env!("CARGO_PKG_VERSION")).to_owned(),
            segment_bytes: 512 << 20,
            spool_over: 1 << 20,
            memory: 64 << 20,
            own_segment_over: 32 << 20,
            flush_every: Duration::from_millis(200),
            journal_after: Duration::from_millis(1_000),
        }
    }
}

/// An exchange under way, until it is finished.
pub(crate) type Open = Mutex<Option<OpenExchange>>;

/// Writes events and exchanges of one run. Clones write to the same run; any thread may call.
///
/// Errors while writing do not stop the caller's traffic: the first one is kept, and
/// [`RunWriter::close`] gives it.
#[derive(Clone)]
pub struct RunWriter {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    flusher: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
    finisher: Mutex<Option<(Sender<Finished>, JoinHandle<()>)>>,
}

/// What the threads of one writer share.
pub(crate) struct Shared {
    segments: Mutex<Segments>,
    events: Mutex<BufWriter<File>>,
    failure: Mutex<Option<String>>,
    in_memory: AtomicUsize,
    /// Exchanges under way that are not in the spool for being slow, the oldest first.
    young: Mutex<VecDeque<(Instant, Weak<Open>)>>,
    folder: PathBuf,
    pub(crate) options: WriterOptions,
}

impl RunWriter {
    pub(crate) fn start(folder: &Path, run: RunId, options: WriterOptions) -> Result<Self> {
        let events = open_events(folder)?;
        let segments = Segments::new(folder, run, options.software.clone(), options.segment_bytes);
        let shared = Arc::new(Shared {
            segments: Mutex::new(segments),
            events: Mutex::new(BufWriter::new(events)),
            failure: Mutex::new(None),
            in_memory: AtomicUsize::new(0),
            young: Mutex::new(VecDeque::new()),
            folder: folder.to_owned(),
            options,
        });
        let threads = || Ok((start_flusher(&shared)?, start_finisher(&shared)?));
        let (flusher, finisher) = threads().map_err(EvidenceError::io(folder))?;
        let (flusher, finisher) = (Mutex::new(Some(flusher)), Mutex::new(Some(finisher)));
        Ok(Self { inner: Arc::new(Inner { shared, flusher, finisher }) })
    }

    /// Writes an event.
    pub fn event(&self, event: &Event) {
        let shared = &self.inner.shared;
        let write = || {
            let mut line = serde_json::to_vec(event)?;
            line.push(b'\n');
            lock(&shared.events).write_all(&line)
        };
        shared.keep("events.jsonl", write());
        if lock(&self.inner.flusher).is_none() {
            shared.flush();
        }
    }

    /// Begins an exchange whose request head has arrived; bytes in its bodies count as their
    /// beginning. It is written when both sides have ended, or when the handle is dropped.
    pub fn open(&self, head: Exchange) -> ExchangeWriter {
        let shared = &self.inner.shared;
        let open = Arc::new(Mutex::new(Some(OpenExchange::new(shared.clone(), head))));
        lock(&shared.young).push_back((Instant::now(), Arc::downgrade(&open)));
        ExchangeWriter::new(self.clone(), open)
    }

    /// Writes a message of a WebSocket conversation with its frames as they crossed the wire;
    /// `frames` may be empty.
    pub fn message(&self, message: &Exchange, frames: &Bytes) {
        let written = lock(&self.inner.shared.segments).append_message(message, frames);
        self.wrote(written);
    }

    /// Writes a whole exchange or message.
    pub fn append(&self, exchange: &Exchange) {
        let written = lock(&self.inner.shared.segments).append_message(exchange, &[]);
        self.wrote(written);
    }

    /// What went wrong first, if anything did.
    pub fn failure(&self) -> Option<String> {
        lock(&self.inner.shared.failure).clone()
    }

    /// Waits until everything is on the disk. Gives the first thing that went wrong since the
    /// writer was opened.
    pub fn close(&self) -> Result<()> {
        self.inner.finish();
        let shared = &self.inner.shared;
        shared.keep("segments", lock(&shared.segments).sync());
        let sync = |events: &mut BufWriter<File>| {
            events.flush()?;
            events.get_ref().sync_all()
        };
        shared.keep("events.jsonl", sync(&mut lock(&shared.events)));
        self.failure().map_or(Ok(()), |why| Err(EvidenceError::NotRecorded(why)))
    }

    fn wrote(&self, written: io::Result<()>) {
        self.inner.shared.keep("segment", written);
        if lock(&self.inner.flusher).is_none() {
            self.inner.shared.flush();
        }
    }

    /// Takes a finished exchange. Spooled ones are copied by a thread of their own, so that no
    /// connection waits for it; what is in the spool is safe already.
    pub(crate) fn finished(&self, finished: Finished) {
        let Some(_) = finished.spool else { return self.append(&finished.exchange) };
        let unsent = match &*lock(&self.inner.finisher) {
            Some((queue, _)) => queue.send(finished).err().map(|unsent| unsent.0),
            None => Some(finished),
        };
        if let Some(finished) = unsent {
            let done = self.inner.shared.copy(finished);
            self.wrote(done);
        }
    }
}

impl std::fmt::Debug for RunWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RunWriter({})", self.inner.shared.folder.display())
    }
}

impl Inner {
    /// Ends both threads once they have done their work.
    fn finish(&self) {
        if let Some((queue, thread)) = lock(&self.finisher).take() {
            drop(queue);
            let _ = thread.join();
        }
        if let Some((stop, thread)) = lock(&self.flusher).take() {
            drop(stop);
            let _ = thread.join();
        }
        self.shared.flush();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Shared {
    /// Where spooled bodies wait.
    pub(crate) fn spool_folder(&self) -> PathBuf {
        spool::folder(&self.folder)
    }

    /// Counts bytes that wait in memory; tells whether there are too many.
    pub(crate) fn hold(&self, bytes: usize) -> bool {
        self.in_memory.fetch_add(bytes, Ordering::Relaxed) + bytes > self.options.memory
    }

    /// Counts bytes that wait no longer.
    pub(crate) fn release(&self, bytes: usize) {
        self.in_memory.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Remembers the first error.
    pub(crate) fn keep(&self, what: &str, result: io::Result<()>) {
        if let Err(error) = result {
            let path = self.folder.join(what);
            lock(&self.failure).get_or_insert_with(|| format!("{}: {error}", path.display()));
        }
    }

    fn flush(&self) {
        self.keep("segment", lock(&self.segments).flush());
        self.keep("events.jsonl", lock(&self.events).flush());
    }

    /// Moves exchanges that have been under way for too long to the spool.
    fn journal_slow(&self) {
        loop {
            let mut young = lock(&self.young);
            let is_slow = |(since, _): &(Instant, _)| since.elapsed() >= self.options.journal_after;
            let Some((_, open)) = young.pop_front_if(|entry| is_slow(entry)) else { return };
            drop(young);
            if let Some(open) = Weak::upgrade(&open)
                && let Some(open) = lock(&open).as_mut()
            {
                open.journal();
            }
        }
    }

    /// Copies a spooled exchange into a segment and removes it from the spool.
    fn copy(&self, finished: Finished) -> io::Result<()> {
        let Finished { exchange, spool, lengths } = finished;
        let Some(spool) = spool else { return Ok(()) };
        let part = spool.part_path();
        let whole = |out: &mut File| write_whole(out, &exchange, &spool, lengths);
        if lengths.0 + lengths.1 > self.options.own_segment_over {
            self.own_segment(&exchange, part, whole)?;
        } else {
            let mut segments = lock(&self.segments);
            segments.write(exchange.started, |out| {
                out.flush()?;
                let written = whole(out.get_mut())?;
                Ok(written)
            })?;
        }
        spool.remove();
        Ok(())
    }

    /// Writes a segment beside its place and moves it there, so that no reader sees half of it.
    fn own_segment(
        &self,
        exchange: &Exchange,
        part: PathBuf,
        whole: impl FnOnce(&mut File) -> io::Result<u64>,
    ) -> io::Result<()> {
        let (path, fields, block) = lock(&self.segments).reserve(exchange.started)?;
        let mut file = private::create_new(&part)?;
        write_record(&mut file, &fields, &[block.as_bytes()])?;
        whole(&mut file)?;
        std::fs::rename(part, path)
    }
}

fn write_whole(
    out: &mut File,
    exchange: &Exchange,
    spool: &spool::Spool,
    lengths: (u64, u64),
) -> io::Result<u64> {
    let part = encode::request(exchange, lengths.0);
    let mut written = write_spooled(out, &part, spool.body(Side::Request)?, lengths.0)?;
    if let Some(response) = &exchange.response {
        let part = encode::response(exchange, response, lengths.1);
        written += write_spooled(out, &part, spool.body(Side::Response)?, lengths.1)?;
    }
    Ok(written)
}

/// Opens the events for appending; a line that a crash tore is closed first.
fn open_events(folder: &Path) -> Result<File> {
    let path = folder.join(crate::events::FILE);
    let attempt = || {
        let mut file = private::append(&path)?;
        if file.seek(SeekFrom::End(0))? > 0 {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        Ok(file)
    };
    attempt().map_err(EvidenceError::io(&path))
}

fn start_flusher(shared: &Arc<Shared>) -> io::Result<(Sender<()>, JoinHandle<()>)> {
    let (stop, stopped) = mpsc::channel::<()>();
    let (weak, every) = (Arc::downgrade(shared), shared.options.flush_every);
    let run = move || {
        while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
            let Some(shared) = Weak::upgrade(&weak) else { return };
            shared.flush();
            shared.journal_slow();
        }
    };
    let thread = thread::Builder::new().name("candor-flush".into()).spawn(run)?;
    Ok((stop, thread))
}

fn start_finisher(shared: &Arc<Shared>) -> io::Result<(Sender<Finished>, JoinHandle<()>)> {
    let (queue, jobs) = mpsc::channel::<Finished>();
    let shared = shared.clone();
    let run = move || {
        for finished in jobs {
            let done = shared.copy(finished);
            shared.keep("spool", done);
        }
    };
    let thread = thread::Builder::new().name("candor-spool".into()).spawn(run)?;
    Ok((queue, thread))
}

/// Locks; a thread that panicked while it held the lock does not end the recording.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
