//! HAR 1.2 in every dialect: nothing is required but `log.entries`, and what a recorder is known
//! to leave out is looked for.
//!
//! A file is read twice from end to end without being held in memory: once for what holds for all
//! of it, once entry by entry. Values borrow from the file where JSON allows it.

mod body;
mod cookies;
mod entry;
mod json;
mod messages;
mod recorder;
mod request;
mod response;
mod split;
mod tls;

use bytes::Bytes;
use candor_case::{Gap, GapReason, RunId};
use serde_json::value::RawValue;

use crate::gap::gap;
use crate::names::Names;
use crate::{ImportError, Out, gzip};

use cookies::Cookies;
use recorder::Recorder;
use split::{Ending, Problem};

/// A compressed HAR may inflate to that many bytes.
const INFLATED: u64 = 1 << 30;

/// What holds for all entries of a file.
pub(crate) struct Context<'a> {
    file: &'a Bytes,
    name: &'a str,
    run: &'a RunId,
    names: Names,
    recorder: Recorder,
}

impl Context<'_> {
    /// The file's bytes that a piece of its text is, or a copy if it is no piece of it.
    fn slice(&self, text: &[u8]) -> Bytes {
        let (file, piece) = (self.file.as_ptr() as usize, text.as_ptr() as usize);
        match piece.checked_sub(file) {
            Some(at) if at + text.len() <= self.file.len() => self.file.slice(at..at + text.len()),
            _ => Bytes::copy_from_slice(text),
        }
    }

    /// A gap of an entry.
    fn entry_gap(&self, reason: GapReason, host: &str, index: u64, what: &str) -> Gap {
        gap(reason, host, 0, format!("{}: log.entries[{index}]: {what}", self.name))
    }
}

/// Reads all entries.
pub(crate) fn import(
    bytes: &Bytes,
    name: &str,
    run: &RunId,
    out: &mut Out,
) -> Result<(), ImportError> {
    let names = Names::of(bytes);
    let file = text_of(bytes, name)?;
    let log = split::log(&file);
    let recorder = Recorder::of(&log);
    out.summary.recorder = recorder.to_string();
    let context = Context { file: &file, name, run, names, recorder };
    let mut cookies = Cookies::default();
    let (mut index, mut whole) = (0, 0);
    let ending = split::entries(&file, &mut |raw| {
        cookies.look_at(raw);
        whole += u64::from(entry::import(raw, index, &context, out));
        index += 1;
    });
    finish(ending, whole, index, &context, out)?;
    if let Some(gap) = cookies.gap(&context) {
        out.gap(gap);
    }
    tls::gaps(log.tls_errors.as_deref(), &context, out);
    Ok(())
}

/// Says how the file ended, if not well.
fn finish(
    ending: Ending,
    whole: u64,
    entries: u64,
    context: &Context,
    out: &mut Out,
) -> Result<(), ImportError> {
    let name = context.name.to_owned();
    let error = match ending.problem {
        Some(Problem { line, column, message, at_end, .. }) if entries > 0 => {
            let reason = if at_end { GapReason::Truncated } else { GapReason::DamagedRecord };
            let example = format!("{name}:{line}:{column}: nothing after this is read: {message}");
            out.gap(gap(reason, "", 0, example));
            return Ok(());
        }
        Some(Problem { line, column, message, is_json, .. }) => {
            return Err(if is_json {
                ImportError::NotHar { name, line, column, message }
            } else {
                ImportError::NotJson { name, line, column, message }
            });
        }
        None if !ending.found => "it has no log.entries",
        None if entries == 0 => "its log.entries is empty, so there is nothing to import",
        None if whole == 0 => "none of its log.entries has a request with an address",
        None => return Ok(()),
    };
    Err(ImportError::NotHar { name, line: 1, column: 1, message: error.to_owned() })
}

/// The file's text: inflated if it is compressed, without a byte order mark.
fn text_of(bytes: &Bytes, name: &str) -> Result<Bytes, ImportError> {
    let file = if gzip::is_compressed(bytes) {
        let inflated = gzip::all(bytes, INFLATED).map_err(|error| ImportError::Compressed {
            name: name.to_owned(),
            reason: error.to_string(),
        })?;
        Bytes::from(inflated)
    } else {
        bytes.clone()
    };
    if file.starts_with(b"\xff\xfe") || file.starts_with(b"\xfe\xff") {
        return Err(ImportError::NotJson {
            name: name.to_owned(),
            line: 1,
            column: 1,
            message: "the file is UTF-16, convert it to UTF-8".to_owned(),
        });
    }
    let mark = if file.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    Ok(file.slice(mark..))
}

/// A JSON value that has not been looked into.
type Raw<'a> = Option<&'a RawValue>;
