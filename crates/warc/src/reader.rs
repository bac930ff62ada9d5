//! Bytes to records: no block is copied, and damage is reported with its place and stepped over.

use bytes::Bytes;
use memchr::memmem;
use thiserror::Error;

use crate::{Fields, digest};

/// Headers longer than this many bytes are damage. Browsers allow addresses of 2 MiB.
pub const MAX_HEADER: usize = 4 << 20;

/// How many bytes after a block a reader over a part asks for, to see that the block ends there.
pub const LOOK_AHEAD: usize = 11;

/// More fields than this are damage.
const MAX_FIELDS: usize = 4_096;

const MAGIC: &[u8] = b"WARC/1.";

/// One record.
#[derive(Clone, Debug)]
pub struct Record {
    /// Where its header starts, in bytes from the start of the file.
    pub offset: u64,
    /// Its header.
    pub fields: Fields,
    /// Its block, as much as is there.
    pub block: Bytes,
    /// What is wrong with it; `None` for a whole record.
    pub damage: Option<DamageReason>,
}

impl Record {
    /// Tells whether the block has the digest that its header states; `None` where the header
    /// states none that is known here. Reads the whole block.
    pub fn digest_matches(&self) -> Option<bool> {
        digest::matches(self.fields.first("WARC-Block-Digest")?, &self.block)
    }
}

/// Bytes that belong to no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where they start, in bytes from the start of the file.
    pub offset: u64,
    /// How many bytes were stepped over.
    pub length: u64,
    /// Why they are no record.
    pub reason: DamageReason,
}

/// Why bytes are no record, or no whole one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DamageReason {
    /// No `WARC/1.` where a record must start.
    #[error("no record starts here")]
    NotARecord,
    /// The file, or the next record, comes before the header's end.
    #[error("the record's header is cut short")]
    HeaderCutShort,
    /// See [`MAX_HEADER`].
    #[error("the record's header is longer than any real one")]
    HeaderTooLong,
    /// A header line without a colon.
    #[error("a header line has no colon")]
    BadField,
    /// Without a length nobody knows where the block ends.
    #[error("the record states no length")]
    NoLength,
    /// The block is cut short by the end of the file.
    #[error("the record states {stated} bytes, {there} are there")]
    CutShort {
        /// Bytes stated.
        stated: u64,
        /// Bytes there.
        there: u64,
    },
    /// The block does not end where its header says.
    #[error("the record states {stated} bytes, but does not end there")]
    WrongLength {
        /// Bytes stated.
        stated: u64,
    },
}

/// What the reader found next.
#[derive(Clone, Debug)]
pub enum Item {
    /// A record, whole or not.
    Record(Record),
    /// Bytes that belong to no record.
    Damage(Damage),
}

/// What one step of a reader over a part of a file gave.
#[derive(Clone, Debug)]
pub enum Step {
    /// A record or damage.
    Item(Item),
    /// Nothing can be said before the part has at least this many bytes from [`Reader::rest`] on.
    Need(usize),
    /// The end of the file.
    End,
}

/// Reads records one after the other.
#[derive(Clone, Debug)]
pub struct Reader {
    bytes: Bytes,
    at: usize,
    base: u64,
    last: bool,
}

impl Reader {
    /// Reads a whole file.
    pub fn new(bytes: Bytes) -> Self {
        Self { bytes, at: 0, base: 0, last: true }
    }

    /// Reads a part of a file that starts `base` bytes after the file's start; `last` says that
    /// the file ends with it.
    pub fn part(bytes: Bytes, base: u64, last: bool) -> Self {
        Self { bytes, at: 0, base, last }
    }

    /// What has not been read yet.
    pub fn rest(&self) -> Bytes {
        self.bytes.slice(self.at..)
    }

    /// Where the unread part starts, in bytes from the start of the file.
    pub fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Finds the next record or damage, as far as this part allows.
    pub fn step(&mut self) -> Step {
        self.skip_line_ends();
        let left = self.left();
        if left.is_empty() {
            return if self.last { Step::End } else { Step::Need(1) };
        }
        if !left.starts_with(MAGIC) {
            if !self.last && left.len() < MAGIC.len() && MAGIC.starts_with(left) {
                return Step::Need(MAGIC.len());
            }
            return self.damage(DamageReason::NotARecord);
        }
        match parse_header(left) {
            Ok((fields, length)) => self.record(fields, length),
            Err(DamageReason::HeaderCutShort) if !self.last && self.no_other_follows() => {
                Step::Need(left.len().saturating_mul(2).max(4_096))
            }
            Err(reason) => self.damage(reason),
        }
    }

    fn left(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn no_other_follows(&self) -> bool {
        next_start(self.left(), 1).is_none()
    }

    fn skip_line_ends(&mut self) {
        self.at += line_ends(self.left());
    }

    /// Steps over what is no record, up to the next line that starts one.
    fn damage(&mut self, reason: DamageReason) -> Step {
        let (offset, left) = (self.offset(), self.left());
        // A part may end within the next record's first line, so its last bytes stay unread.
        let to_end = if self.last { left.len() } else { left.len().saturating_sub(8).max(1) };
        let length = next_start(left, 1).unwrap_or(to_end);
        self.at += length;
        Step::Item(Item::Damage(Damage { offset, length: length as u64, reason }))
    }

    fn record(&mut self, fields: Fields, header: usize) -> Step {
        let stated = fields.first("Content-Length").and_then(|value| value.parse::<u64>().ok());
        let Some(stated) = stated else { return self.damage(DamageReason::NoLength) };
        let left = self.left();
        let end = usize::try_from(stated).ok().and_then(|stated| stated.checked_add(header));
        let (end, damage) = match end {
            Some(end) if end <= left.len() => {
                if !self.last && left.len() < end + LOOK_AHEAD {
                    return Step::Need(end + LOOK_AHEAD);
                }
                self.check_end(&fields, header, end, stated)
            }
            _ if !self.last => {
                return Step::Need(end.unwrap_or(usize::MAX).saturating_add(LOOK_AHEAD));
            }
            _ => {
                let end = next_start(left, header).map_or(left.len(), |at| trim(left, header, at));
                (end, Some(DamageReason::CutShort { stated, there: (end - header) as u64 }))
            }
        };
        let block = self.bytes.slice(self.at + header..self.at + end);
        let offset = self.offset();
        self.at += end;
        Step::Item(Item::Record(Record { offset, fields, block, damage }))
    }

    /// Where the block really ends, given where its header says that it does.
    fn check_end(
        &self,
        fields: &Fields,
        header: usize,
        end: usize,
        stated: u64,
    ) -> (usize, Option<DamageReason>) {
        let left = self.left();
        let (block, after) = (&left[header..end], &left[end..]);
        let next = &after[line_ends(after)..];
        if after.starts_with(b"\r\n\r\n") || next.is_empty() || next.starts_with(MAGIC) {
            return (end, None);
        }
        let digest = fields.first("WARC-Block-Digest");
        if digest.and_then(|field| digest::matches(field, block)) == Some(true) {
            return (end, None);
        }
        let end = next_start(left, header).map_or(end, |at| trim(left, header, at));
        (end, Some(DamageReason::WrongLength { stated }))
    }
}

impl Iterator for Reader {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        match self.step() {
            Step::Item(item) => Some(item),
            Step::Need(_) | Step::End => None,
        }
    }
}

/// How many line ends there are at the start.
fn line_ends(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count()
}

/// The first line at or after `from` that starts a record.
fn next_start(bytes: &[u8], from: usize) -> Option<usize> {
    let from = from.saturating_sub(1);
    memmem::find(bytes.get(from..)?, b"\nWARC/1.").map(|at| from + at + 1)
}

/// Where a block ends that is followed by a record at `next`.
fn trim(bytes: &[u8], start: usize, next: usize) -> usize {
    let block = bytes.get(start..next).unwrap_or_default();
    let block = block.strip_suffix(b"\r\n").unwrap_or(block);
    start + block.strip_suffix(b"\r\n").unwrap_or(block).len()
}

/// Reads a header; gives its fields and its length with the empty line.
fn parse_header(bytes: &[u8]) -> Result<(Fields, usize), DamageReason> {
    let mut fields = Fields::new();
    let mut at = 0;
    loop {
        let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) else {
            return Err(DamageReason::HeaderCutShort);
        };
        let Some(end) = memchr::memchr(b'\n', &rest[..rest.len().min(MAX_HEADER)]) else {
            let cut = rest.len() < MAX_HEADER;
            return Err(if cut {
                DamageReason::HeaderCutShort
            } else {
                DamageReason::HeaderTooLong
            });
        };
        let first = at == 0;
        at += end + 1;
        if at > MAX_HEADER || fields.len() > MAX_FIELDS {
            return Err(DamageReason::HeaderTooLong);
        }
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        match line {
            [] => return Ok((fields, at)),
            _ if first => {}
            _ => add_line(&mut fields, line)?,
        }
    }
}

fn add_line(fields: &mut Fields, line: &[u8]) -> Result<(), DamageReason> {
    let is_white = |c: char| c == ' ' || c == '\t';
    let text = String::from_utf8_lossy(line);
    if text.starts_with(is_white) {
        return if fields.fold(text.trim_matches(is_white)) {
            Ok(())
        } else {
            Err(DamageReason::BadField)
        };
    }
    if line.starts_with(MAGIC) {
        return Err(DamageReason::HeaderCutShort);
    }
    let (name, value) = text.split_once(':').ok_or(DamageReason::BadField)?;
    fields.push(name.trim_matches(is_white), value.trim_matches(is_white));
    Ok(())
}
