//! Files that other programs made, to exchanges: WARC and HAR.
//!
//! What a recorder left out is said, never passed over: a body that it left out or mangled says so
//! in its own [`candor_case::Body::missing`]; what no exchange stands for becomes a [`Gap`]. Only a
//! file of which nothing can be read is an error.

mod date;
mod detect;
mod error;
mod gap;
mod gzip;
mod har;
mod names;
mod warc;

use bytes::Bytes;
use candor_case::{Exchange, ExchangeKind, Gap, Importer, RunId, UnixMicros};

pub use detect::detect_format;
pub use error::ImportError;

/// What a file held.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly all are exchanges")]
pub enum Imported {
    /// A request with its response, or a message.
    Exchange(Exchange),
    /// Something that was sent, or may have been, and is in no exchange.
    Gap(Gap),
}

/// What an import came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportSummary {
    /// The kind of file.
    pub format: Importer,
    /// The recorder's name and version, as the file gives them; empty if it gives none.
    pub recorder: String,
    /// Requests, with or without response.
    pub exchanges: u64,
    /// Messages of longer conversations.
    pub messages: u64,
    /// Gaps; bodies that say what they miss are not among them.
    pub gaps: u64,
    /// Entries that never left the machine (answered from a cache, blocked, `data:` addresses) and
    /// are therefore no exchanges.
    pub not_sent: u64,
    /// When the earliest exchange began.
    pub first: Option<UnixMicros>,
}

/// Reads a file's bytes, which may be mapped, and hands on what it holds in file order. `name` is
/// the file's name for messages and for telling its format.
///
/// The same bytes give the same ids in any run of the program.
pub fn import(
    bytes: Bytes,
    name: &str,
    run: &RunId,
    each: &mut dyn FnMut(Imported),
) -> Result<ImportSummary, ImportError> {
    let head = &bytes[..bytes.len().min(detect::HEAD)];
    let format = detect_format(name, head).ok_or_else(|| error::unknown(name, &bytes))?;
    let mut out = Out { each, summary: empty(format) };
    match format {
        Importer::Har => har::import(&bytes, name, run, &mut out)?,
        Importer::Warc => warc::import(&bytes, name, run, &mut out)?,
    }
    Ok(out.summary)
}

fn empty(format: Importer) -> ImportSummary {
    ImportSummary {
        format,
        recorder: String::new(),
        exchanges: 0,
        messages: 0,
        gaps: 0,
        not_sent: 0,
        first: None,
    }
}

/// Hands on what is found, and counts it.
struct Out<'a> {
    each: &'a mut dyn FnMut(Imported),
    summary: ImportSummary,
}

impl Out<'_> {
    fn exchange(&mut self, exchange: Exchange) {
        match exchange.kind {
            ExchangeKind::Http => self.summary.exchanges += 1,
            ExchangeKind::Message { .. } => self.summary.messages += 1,
        }
        let earlier = self.summary.first.is_none_or(|first| exchange.started < first);
        if earlier && exchange.started != UnixMicros::default() {
            self.summary.first = Some(exchange.started);
        }
        (self.each)(Imported::Exchange(exchange));
    }

    fn gap(&mut self, gap: Gap) {
        self.summary.gaps += 1;
        (self.each)(Imported::Gap(gap));
    }
}
