//! Bodies too large to wait in memory, on their way into a segment; the form is in
//! [`crate::form`]. What a crash leaves here is read as exchanges.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use candor_case::{Body, Exchange, ExchangeId, Header, Missing, RunId};
use candor_warc::{Item, Reader, Record, write_record};

use crate::derive::uuid_from;
use crate::segment::write_part;
use crate::{Side, decode, encode, form, mapped, private};

/// The spool folder of a run.
pub(crate) fn folder(run: &Path) -> PathBuf {
    run.join("spool")
}

/// The files of one exchange that is not complete.
#[derive(Debug)]
pub(crate) struct Spool {
    base: PathBuf,
    journal: File,
    request: Option<File>,
    response: Option<File>,
}

impl Spool {
    /// Starts with the request's head.
    pub(crate) fn start(folder: &Path, exchange: &Exchange) -> io::Result<Self> {
        private::create_dir_all(folder)?;
        let (base, mut journal) = create(folder, &stem(&exchange.id))?;
        let mut out = Vec::new();
        write_part(&mut out, &encode::request(exchange, 0), &[])?;
        journal.write_all(&out)?;
        Ok(Self { base, journal, request: None, response: None })
    }

    /// Adds the response's head.
    pub(crate) fn response(&mut self, exchange: &Exchange) -> io::Result<()> {
        let Some(response) = &exchange.response else { return Ok(()) };
        let mut out = Vec::new();
        write_part(&mut out, &encode::response(exchange, response, 0), &[])?;
        self.journal.write_all(&out)
    }

    /// Adds to a body.
    pub(crate) fn chunk(&mut self, side: Side, bytes: &[u8]) -> io::Result<()> {
        self.body(side)?.write_all(bytes)
    }

    /// Notes that a side has ended.
    pub(crate) fn end(
        &mut self,
        exchange: &Exchange,
        side: Side,
        trailers: &[Header],
        complete: bool,
    ) -> io::Result<()> {
        let mut fields = encode::start("metadata", "end", exchange.started);
        fields.push(form::RECORD, "end");
        fields.push("Candor-Side", if side == Side::Request { "request" } else { "response" });
        fields.push("Candor-Complete", if complete { "yes" } else { "no" });
        encode::push_trailers(&mut fields, trailers);
        let mut out = Vec::new();
        write_record(&mut out, &fields, &[])?;
        self.journal.write_all(&out)
    }

    /// The file that holds a body.
    pub(crate) fn body(&mut self, side: Side) -> io::Result<&mut File> {
        let (slot, extension) = match side {
            Side::Request => (&mut self.request, "request"),
            Side::Response => (&mut self.response, "response"),
        };
        match slot {
            Some(file) => Ok(file),
            none => Ok(none.insert(private::append(&self.base.with_extension(extension))?)),
        }
    }

    /// Where a segment can be made that moves into its place when it is whole.
    pub(crate) fn part_path(&self) -> PathBuf {
        self.base.with_extension("part")
    }

    /// Removes the files, once the exchange is in a segment. The journal goes first: bodies
    /// without one are nothing.
    pub(crate) fn remove(self) {
        for extension in [form::SEGMENT, "request", "response", "part"] {
            let _ = std::fs::remove_file(self.base.with_extension(extension));
        }
    }
}

/// Makes the journal. What an earlier crash left under the same name stays.
fn create(folder: &Path, stem: &str) -> io::Result<(PathBuf, File)> {
    let mut base = folder.join(stem);
    for number in 2.. {
        match private::create_new(&base.with_extension(form::SEGMENT)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                base = folder.join(format!("{stem}-{number}"));
            }
            journal => return Ok((base, journal?)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// A file name for an exchange: its id if that is a plain one.
fn stem(id: &ExchangeId) -> String {
    let plain = id.0.len() == 36 && id.0.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if plain { id.0.clone() } else { uuid_from(&[id.0.as_bytes()]) }
}

/// Exchanges that a crash left in the spool, without their bodies' bytes copied.
pub(crate) fn leftovers(run_folder: &Path, run: &RunId) -> BTreeMap<ExchangeId, Exchange> {
    let Ok(entries) = std::fs::read_dir(folder(run_folder)) else { return BTreeMap::new() };
    let journals = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        path.extension().is_some_and(|extension| extension == form::SEGMENT).then_some(path)
    });
    let exchanges = journals.filter_map(|journal| leftover(&journal, run));
    exchanges.map(|exchange| (exchange.id.clone(), exchange)).collect()
}

fn leftover(journal: &Path, run: &RunId) -> Option<Exchange> {
    let mut records = Reader::new(mapped::map(journal).ok()?).filter_map(|item| match item {
        Item::Record(record) if record.damage.is_none() => Some(record),
        _ => None,
    });
    let first = records.next().filter(|record| record.fields.record_type() == "request")?;
    let mut exchange = decode::request(&first, run, "spool");
    fill(&mut exchange.request.body, &journal.with_extension("request"));
    for record in records {
        match record.fields.record_type() {
            "response" => {
                let mut response = decode::response(&record);
                fill(&mut response.body, &journal.with_extension("response"));
                exchange.response = Some(response);
            }
            _ => note_end(&mut exchange, &record),
        }
    }
    Some(exchange)
}

/// Puts a spooled body into place; it counts as truncated until its end is found.
fn fill(body: &mut Body, path: &Path) {
    body.bytes = mapped::map(path).unwrap_or_else(|_| Bytes::new());
    body.missing = Some(Missing::Truncated);
}

fn note_end(exchange: &mut Exchange, record: &Record) {
    let (body, trailers) = match record.fields.first("Candor-Side") {
        Some("request") => (&mut exchange.request.body, &mut exchange.request.trailers),
        Some("response") => match &mut exchange.response {
            Some(response) => (&mut response.body, &mut response.trailers),
            None => return,
        },
        _ => return,
    };
    *trailers = record.fields.all(form::TRAILER).filter_map(decode::trailer).collect();
    if record.fields.first("Candor-Complete") == Some("yes") {
        body.missing = None;
    }
}
