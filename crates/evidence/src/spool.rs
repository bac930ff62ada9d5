//! Exchanges that are too large, or take too long, to wait in memory, on their way into a segment;
//! the form is in [`crate::form`].

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use candor_case::{Exchange, ExchangeId, Header};
use candor_warc::write_record;

use crate::derive::uuid_from;
use crate::segment::write_part;
use crate::{Side, encode, form, private};

/// The spool folder of a run.
pub(crate) fn folder(run: &Path) -> PathBuf {
    run.join("spool")
}

/// The files of one exchange that is not complete. They are opened for each write, as there can be
/// thousands; only that of a large body stays open.
#[derive(Debug)]
pub(crate) struct Spool {
    base: PathBuf,
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
        Ok(Self { base, request: None, response: None })
    }

    /// Adds the response's head.
    pub(crate) fn response(&mut self, exchange: &Exchange) -> io::Result<()> {
        let Some(response) = &exchange.response else { return Ok(()) };
        let mut out = Vec::new();
        write_part(&mut out, &encode::response(exchange, response, 0), &[])?;
        self.journal(&out)
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
        fields.push(form::SIDE, extension(side));
        fields.push(form::COMPLETE, if complete { "yes" } else { "no" });
        encode::push_trailers(&mut fields, trailers);
        let mut out = Vec::new();
        write_record(&mut out, &fields, &[])?;
        self.journal(&out)
    }

    /// Adds to a body; a large one keeps its file open.
    pub(crate) fn chunk(&mut self, side: Side, bytes: &[u8], large: bool) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let path = self.base.with_extension(extension(side));
        let slot = match side {
            Side::Request => &mut self.request,
            Side::Response => &mut self.response,
        };
        match slot {
            Some(file) => file.write_all(bytes),
            None if large => slot.insert(private::append(&path)?).write_all(bytes),
            None => private::append(&path)?.write_all(bytes),
        }
    }

    /// Opens the file that holds a body; it is empty if nothing was added.
    pub(crate) fn body(&self, side: Side) -> io::Result<File> {
        private::append(&self.base.with_extension(extension(side)))
    }

    fn journal(&self, record: &[u8]) -> io::Result<()> {
        private::append(&self.base.with_extension(form::SEGMENT))?.write_all(record)
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

fn extension(side: Side) -> &'static str {
    match side {
        Side::Request => "request",
        Side::Response => "response",
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
