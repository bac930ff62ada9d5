//! WARC/1.0 and 1.1, plain or gzip by record (ISO 28500).

mod exchange;
mod own;
mod pair;
mod parts;

use bytes::Bytes;
use candor_case::{GapReason, RunId};
use candor_warc::{Damage, Item, Reader, Record};

use crate::gap::{gap, host};
use crate::names::Names;
use crate::{ImportError, Out, gzip};

use exchange::Context;
use pair::Pairs;

/// Reads all records.
pub(crate) fn import(
    bytes: &Bytes,
    name: &str,
    run: &RunId,
    out: &mut Out,
) -> Result<(), ImportError> {
    let context = Context::new(run.clone(), Names::of(bytes));
    let mut import = Import { name, context, pairs: Pairs::default(), records: 0, damage: None };
    let failed = if gzip::is_compressed(bytes) {
        parts::read(bytes, &mut |item| import.take(item, out)).err()
    } else {
        Reader::new(bytes.clone()).for_each(|item| import.take(item, out));
        None
    };
    if import.records == 0 {
        return Err(match failed {
            Some(error) => {
                ImportError::Compressed { name: name.to_owned(), reason: error.to_string() }
            }
            None => ImportError::NoRecord {
                name: name.to_owned(),
                bytes: bytes.len() as u64,
                reason: import.first_damage(),
            },
        });
    }
    import.flush_damage(out);
    if let Some(error) = failed {
        let example = format!("{name}: the rest cannot be decompressed: {error}");
        out.gap(gap(GapReason::DamagedRecord, "", 0, example));
    }
    import.finish(out);
    Ok(())
}

struct Import<'a> {
    name: &'a str,
    context: Context,
    pairs: Pairs,
    records: u64,
    /// Damage that may go on.
    damage: Option<Damage>,
}

impl Import<'_> {
    fn take(&mut self, item: Item, out: &mut Out) {
        match item {
            Item::Damage(damage) => self.join_damage(damage),
            Item::Record(record) => {
                self.records += 1;
                self.flush_damage(out);
                self.check(&record, out);
                self.sort(record, out);
            }
        }
    }

    /// Damage between two records is one damage, also when it is read in parts.
    fn join_damage(&mut self, damage: Damage) {
        match &mut self.damage {
            Some(known) => known.length = damage.offset + damage.length - known.offset,
            None => self.damage = Some(damage),
        }
    }

    fn flush_damage(&mut self, out: &mut Out) {
        if let Some(damage) = self.damage.take() {
            let example = self.place(damage.offset, &damage.reason.to_string());
            out.gap(gap(GapReason::DamagedRecord, "", damage.length, example));
        }
    }

    fn first_damage(&self) -> String {
        self.damage.as_ref().map_or("it is empty".to_owned(), |damage| {
            format!("at byte {}: {}", damage.offset, damage.reason)
        })
    }

    /// Says what is wrong with a record that is used all the same.
    fn check(&mut self, record: &Record, out: &mut Out) {
        let reason = match &record.damage {
            Some(damage) => damage.to_string(),
            None if record.digest_matches() == Some(false) => {
                "the block does not have the digest that its header states".to_owned()
            }
            None => return,
        };
        let host = host(record.fields.first("WARC-Target-URI").unwrap_or(""));
        let example = self.place(record.offset, &reason);
        out.gap(gap(GapReason::DamagedRecord, &host, record.block.len() as u64, example));
    }

    fn sort(&mut self, record: Record, out: &mut Out) {
        match record.fields.record_type().to_ascii_lowercase().as_str() {
            "warcinfo" => {
                self.context.start(&record);
                out.summary.recorder.clone_from(&self.context.recorder);
            }
            "request" if exchange::is_http(&record) => self.pairs.request(record),
            "response" | "revisit" if exchange::is_http(&record) => self.pairs.response(record),
            "resource" => {
                if let Some(message) = exchange::message(&record, &self.context) {
                    out.exchange(message);
                }
            }
            "continuation" => {
                let host = host(record.fields.first("WARC-Target-URI").unwrap_or(""));
                let example = self.place(record.offset, "a record in segments is not joined");
                out.gap(gap(GapReason::Truncated, &host, record.block.len() as u64, example));
            }
            _ => {}
        }
        self.hand_on(out);
    }

    fn hand_on(&mut self, out: &mut Out) {
        while let Some(pair) = self.pairs.ready() {
            match pair.request {
                Some(request) => {
                    let response = pair.response.as_ref();
                    out.exchange(exchange::exchange(&request, response, &self.context));
                }
                None => {
                    let Some(response) = pair.response else { continue };
                    let host = host(response.fields.first("WARC-Target-URI").unwrap_or(""));
                    let reason = "a response whose request was not recorded";
                    let example = self.place(response.offset, reason);
                    out.gap(gap(GapReason::NotRecorded, &host, 0, example));
                }
            }
        }
    }

    fn finish(mut self, out: &mut Out) {
        self.pairs.end();
        self.hand_on(out);
    }

    fn place(&self, offset: u64, reason: &str) -> String {
        format!("{}: at byte {offset}: {reason}", self.name)
    }
}
