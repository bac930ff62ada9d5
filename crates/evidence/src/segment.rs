//! Append-only segments: exchanges go to the end of the last one, and a full one gets a successor.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use candor_case::{Exchange, ExchangeKind, RunId, UnixMicros};
use candor_warc::{BlockDigest, Fields, TAIL, write_record};

use crate::encode::{self, Part};
use crate::heads::{Recent, WRITER_KEEPS};
use crate::{form, private};

/// How many bytes wait in memory for the next flush, at most.
const BUFFER: usize = 256 << 10;

/// The segments of one run, as one writer sees them.
#[derive(Debug)]
pub(crate) struct Segments {
    folder: PathBuf,
    run: RunId,
    software: String,
    limit: u64,
    current: Option<Segment>,
    conversations: Recent<()>,
}

#[derive(Debug)]
struct Segment {
    file: BufWriter<File>,
    written: u64,
}

impl Segments {
    /// Writes into that folder; a segment that has reached `limit` bytes gets a successor.
    pub(crate) fn new(folder: &Path, run: RunId, software: String, limit: u64) -> Self {
        let conversations = Recent::new(WRITER_KEEPS);
        Self { folder: folder.to_owned(), run, software, limit, current: None, conversations }
    }

    /// Appends an exchange whose bodies are in memory.
    pub(crate) fn append(&mut self, exchange: &Exchange) -> io::Result<()> {
        let body = &exchange.request.body.bytes;
        let part = encode::request(exchange, body.len() as u64);
        self.write(exchange.started, |out| {
            Ok(write_part(out, &part, body)? + write_response(out, exchange)?)
        })
    }

    /// Appends a message, before it the request of its conversation if that is not there yet, and
    /// after it the frames as they crossed the wire, if there are any.
    pub(crate) fn append_message(&mut self, exchange: &Exchange, frames: &[u8]) -> io::Result<()> {
        let ExchangeKind::Message { parent, payload, .. } = &exchange.kind else {
            return self.append(exchange);
        };
        let (name, opened_by) = encode::conversation(exchange, parent);
        let known = self.conversations.find(&name).is_some();
        let part = encode::message(exchange, &name);
        self.write(exchange.started, |out| {
            let mut written = 0;
            if !known {
                written += write_part(out, &opened_by, &exchange.request.body.bytes)?;
            }
            written += write_part(out, &part, &payload.bytes)?;
            written += write_response(out, exchange)?;
            if !frames.is_empty() {
                written += write_record(out, &encode::frames(exchange), &[frames])?;
            }
            Ok(written)
        })?;
        if !known {
            self.conversations.add(name, ());
        }
        Ok(())
    }

    /// Appends what `fill` writes and counts.
    pub(crate) fn write(
        &mut self,
        at: UnixMicros,
        fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<u64>,
    ) -> io::Result<()> {
        let segment = match &mut self.current {
            Some(segment) => segment,
            none => none.insert(open(&self.folder, &self.run, &self.software, at)?),
        };
        segment.written += fill(&mut segment.file)?;
        if segment.written >= self.limit {
            segment.file.flush()?;
            self.current = None;
        }
        Ok(())
    }

    /// Takes a name for a segment that is written elsewhere, and gives the path with the
    /// `warcinfo` record that it must start with.
    pub(crate) fn reserve(&self, at: UnixMicros) -> io::Result<(PathBuf, Fields, String)> {
        let (_, path) = create(&self.folder)?;
        let (fields, block) = encode::warcinfo(&name_of(&path), &self.software, &self.run.0, at);
        Ok((path, fields, block))
    }

    /// Hands everything to the operating system, so that it outlives this process.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.current.as_mut().map_or(Ok(()), |segment| segment.file.flush())
    }

    /// Hands everything to the disk.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        self.current.as_mut().map_or(Ok(()), |segment| segment.file.get_ref().sync_all())
    }
}

fn write_response(out: &mut dyn Write, exchange: &Exchange) -> io::Result<u64> {
    let Some(response) = &exchange.response else { return Ok(0) };
    let part = encode::response(exchange, response, response.body.bytes.len() as u64);
    write_part(out, &part, &response.body.bytes)
}

/// Writes a record whose body is in memory.
pub(crate) fn write_part(out: &mut dyn Write, part: &Part, body: &[u8]) -> io::Result<u64> {
    write_record(out, &part.fields, &[&part.before, body, &part.after])
}

/// Writes a record whose body is a file: once through it for the digest, once to copy it.
pub(crate) fn write_spooled<W: Write>(
    out: &mut W,
    part: &Part,
    mut body: File,
    length: u64,
) -> io::Result<u64> {
    let mut digest = BlockDigest::new();
    digest.update(&part.before);
    body.seek(SeekFrom::Start(0))?;
    io::copy(&mut io::Read::take(&body, length), &mut Hash(&mut digest))?;
    digest.update(&part.after);
    let block = part.before.len() as u64 + length + part.after.len() as u64;
    let header = candor_warc::header(&part.fields, &digest.finish(), block);
    out.write_all(&header)?;
    out.write_all(&part.before)?;
    body.seek(SeekFrom::Start(0))?;
    if io::copy(&mut io::Read::take(&body, length), out)? != length {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a spooled body became shorter"));
    }
    out.write_all(&part.after)?;
    out.write_all(TAIL)?;
    Ok(header.len() as u64 + block + TAIL.len() as u64)
}

struct Hash<'a>(&'a mut BlockDigest);

impl Write for Hash<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn open(folder: &Path, run: &RunId, software: &str, at: UnixMicros) -> io::Result<Segment> {
    let (file, path) = create(folder)?;
    let mut file = BufWriter::with_capacity(BUFFER, file);
    let (fields, block) = encode::warcinfo(&name_of(&path), software, &run.0, at);
    let written = write_record(&mut file, &fields, &[block.as_bytes()])?;
    Ok(Segment { file, written })
}

/// Makes the next segment's file. Two writers never get the same one.
fn create(folder: &Path) -> io::Result<(File, PathBuf)> {
    let mut number = last_number(folder)?;
    loop {
        number += 1;
        let path = folder.join(format!("exchanges-{number:06}.{}", form::SEGMENT));
        match private::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(file) => return Ok((file, path)),
        }
    }
}

fn last_number(folder: &Path) -> io::Result<u64> {
    let mut last = 0;
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let digits = name.strip_prefix("exchanges-").and_then(|rest| rest.split('.').next());
        last = last.max(digits.and_then(|digits| digits.parse().ok()).unwrap_or(0));
    }
    Ok(last)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
