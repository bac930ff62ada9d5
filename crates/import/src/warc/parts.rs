//! Reads compressed WARC record by record, so that a file of any size needs the memory of its
//! largest record only.

use std::io::{self, Read};

use bytes::{Bytes, BytesMut};
use candor_warc::{Item, LOOK_AHEAD, Reader, Step};

use crate::gzip::Inflate;

/// Of a larger record only that many bytes are kept.
const RECORD: usize = 256 << 20;

/// How much is inflated at once.
const PIECE: usize = 256 << 10;

/// Hands on every record of compressed data. An error says why the rest could not be read; what
/// came before it has been handed on.
pub(crate) fn read(compressed: &[u8], each: &mut dyn FnMut(Item)) -> io::Result<()> {
    let mut source = Source { inflate: Inflate::new(compressed), held: BytesMut::new(), end: None };
    let (mut base, mut need) = (0, 1);
    loop {
        source.fill(need.min(RECORD));
        if need > RECORD && source.end.is_none() {
            base += source.cut(base, need, each);
            need = 1;
            continue;
        }
        let last = source.end.is_some();
        let mut reader = Reader::part(source.held.split().freeze(), base, last);
        let step = loop {
            match reader.step() {
                Step::Item(item) => each(item),
                other => break other,
            }
        };
        base = reader.offset();
        match step {
            Step::Need(bytes) if !last => need = bytes,
            _ => return source.end.unwrap_or(Ok(())),
        }
        source.put_back(&reader.rest());
    }
}

struct Source<'a> {
    inflate: Inflate<'a>,
    held: BytesMut,
    end: Option<io::Result<()>>,
}

impl Source<'_> {
    /// Inflates until that many bytes are held, or the end.
    fn fill(&mut self, need: usize) {
        while self.held.len() < need && self.end.is_none() {
            let from = self.held.len();
            self.held.resize(from + PIECE, 0);
            let read = self.inflate.read(&mut self.held[from..]);
            self.held.truncate(from + *read.as_ref().unwrap_or(&0));
            self.note(read);
        }
    }

    /// Hands on the beginning of a record that is too large, and steps over the rest of it. Says
    /// how many bytes of the file that was.
    fn cut(&mut self, base: u64, need: usize, each: &mut dyn FnMut(Item)) -> u64 {
        let held = self.held.split().freeze();
        let length = held.len();
        if let Step::Item(item) = Reader::part(held, base, true).step() {
            each(item);
        }
        length as u64 + self.skip(need.saturating_sub(length + LOOK_AHEAD) as u64)
    }

    /// Inflates that many bytes and forgets them. Says how many there were.
    fn skip(&mut self, bytes: u64) -> u64 {
        let mut piece = vec![0; PIECE];
        let mut skipped = 0;
        while skipped < bytes && self.end.is_none() {
            let most = usize::try_from(bytes - skipped).unwrap_or(PIECE).min(PIECE);
            let read = self.inflate.read(&mut piece[..most]);
            skipped += *read.as_ref().unwrap_or(&0) as u64;
            self.note(read);
        }
        skipped
    }

    fn note(&mut self, read: io::Result<usize>) {
        match read {
            Ok(0) => self.end = Some(Ok(())),
            Ok(_) => {}
            Err(error) => self.end = Some(Err(error)),
        }
    }

    fn put_back(&mut self, rest: &Bytes) {
        self.held = BytesMut::with_capacity(rest.len() + PIECE);
        self.held.extend_from_slice(rest);
    }
}
