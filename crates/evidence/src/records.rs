//! Reads the exchanges of a run out of its segments, which stay mapped while their bytes are in
//! use.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use candor_case::{Exchange, ExchangeId, Gap, GapReason, Request, RunId};
use candor_warc as warc;
use candor_warc::Item;

use crate::heads::{READER_KEEPS, Recent};
use crate::{decode, encode, form, leftover, mapped};

/// What a run's segments hold.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly all are exchanges")]
pub enum Record {
    /// A request with its response, or a message.
    Exchange(Exchange),
    /// Bytes of the recording that could not be read.
    Gap(Gap),
}

/// Reads all segments in the order of their names, then what a crash left in the spool.
#[derive(Debug)]
pub struct Records {
    run: RunId,
    segments: VecDeque<PathBuf>,
    reader: Option<(String, warc::Reader)>,
    conversations: Recent<Request>,
    waiting: Option<Waiting>,
    ready: VecDeque<Record>,
    leftovers: BTreeMap<ExchangeId, Exchange>,
    check_digests: bool,
}

/// An exchange whose response may follow.
#[derive(Debug)]
struct Waiting {
    exchange: Exchange,
    torn: Option<Gap>,
}

impl Records {
    pub(crate) fn new(
        folder: &Path,
        run: RunId,
        segments: Vec<PathBuf>,
        check_digests: bool,
    ) -> Self {
        Self {
            leftovers: leftover::all(folder, &run),
            run,
            segments: segments.into(),
            reader: None,
            conversations: Recent::new(READER_KEEPS),
            waiting: None,
            ready: VecDeque::new(),
            check_digests,
        }
    }

    /// Reads on until something is ready. `false` at the end.
    fn advance(&mut self) -> bool {
        if let Some((name, reader)) = &mut self.reader {
            let name = name.clone();
            match reader.next() {
                Some(Item::Record(record)) => self.take(&record, &name),
                Some(Item::Damage(damage)) => {
                    self.settle();
                    let place = place(&name, damage.offset, &damage.reason.to_string());
                    self.ready.push_back(Record::Gap(gap(damage.length, place)));
                }
                None => {
                    self.settle();
                    self.reader = None;
                }
            }
            return true;
        }
        if let Some(path) = self.segments.pop_front() {
            self.start(&path);
            return true;
        }
        match self.leftovers.pop_first() {
            Some((_, exchange)) => self.ready.push_back(Record::Exchange(exchange)),
            None => return false,
        }
        true
    }

    fn start(&mut self, path: &Path) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("runs/{}/{name}", self.run.0);
        match mapped::map(path) {
            Ok(bytes) => self.reader = Some((name, warc::Reader::new(bytes))),
            Err(error) => {
                self.ready.push_back(Record::Gap(gap(0, format!("{name}: {error}"))));
            }
        }
    }

    fn take(&mut self, record: &warc::Record, segment: &str) {
        let torn = self.fault(record, segment);
        if record.fields.record_type() == "response" {
            return self.take_response(record, segment, torn);
        }
        self.settle();
        let exchange = match record.fields.record_type() {
            "request" => Some(decode::request(record, &self.run, segment)),
            "resource" => {
                let name = record.fields.first(form::CONVERSATION).map(bare);
                let opened_by = name.and_then(|name| self.conversations.find(name)).cloned();
                decode::message(record, &self.run, segment, opened_by)
            }
            _ => None,
        };
        match exchange {
            Some(exchange) => self.waiting = Some(Waiting { exchange, torn }),
            None => {
                self.ready.extend(torn.map(Record::Gap));
                if record.fields.first(form::RECORD) == Some("conversation") {
                    let name = record.fields.record_id().to_owned();
                    self.conversations.add(name, decode::request_block(record));
                }
            }
        }
    }

    fn take_response(&mut self, record: &warc::Record, segment: &str, torn: Option<Gap>) {
        let belongs = |waiting: &&mut Waiting| {
            let id = encode::urn(&waiting.exchange.id.0);
            let names = record.fields.all("WARC-Concurrent-To");
            waiting.exchange.response.is_none() && names.into_iter().any(|name| name == id)
        };
        if let Some(waiting) = self.waiting.as_mut().filter(belongs) {
            waiting.exchange.response = Some(decode::response(record));
            waiting.torn = waiting.torn.take().or(torn);
            return;
        }
        self.settle();
        let place = place(segment, record.offset, "a response without its request");
        self.ready.push_back(Record::Gap(gap(record.block.len() as u64, place)));
    }

    /// What is wrong with a record, if anything is.
    fn fault(&self, record: &warc::Record, segment: &str) -> Option<Gap> {
        let reason = match &record.damage {
            Some(damage) => damage.to_string(),
            None if self.check_digests && record.digest_matches() == Some(false) => {
                "the block does not have the digest that was written with it".to_owned()
            }
            None => return None,
        };
        Some(gap(record.block.len() as u64, place(segment, record.offset, &reason)))
    }

    /// Hands on the exchange that waited for its response. If it was torn while it was copied out
    /// of the spool, the spool still has it, and it comes from there at the end.
    fn settle(&mut self) {
        let Some(Waiting { exchange, torn }) = self.waiting.take() else { return };
        if let Some(leftover) = self.leftovers.get(&exchange.id) {
            let lacks_response = leftover.response.is_some() && exchange.response.is_none();
            if torn.is_some() || lacks_response {
                return;
            }
            self.leftovers.remove(&exchange.id);
        }
        self.ready.push_back(Record::Exchange(exchange));
        self.ready.extend(torn.map(Record::Gap));
    }
}

impl Iterator for Records {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Some(record);
            }
            if !self.advance() {
                return None;
            }
        }
    }
}

fn bare(name: &str) -> &str {
    name.trim_start_matches("<urn:uuid:").trim_end_matches('>')
}

fn place(segment: &str, offset: u64, reason: &str) -> String {
    format!("{segment}: at byte {offset}: {reason}")
}

fn gap(bytes: u64, example: String) -> Gap {
    let (reason, host) = (GapReason::DamagedRecord, String::new());
    Gap { reason, host, count: 1, bytes, largest: bytes, example }
}
