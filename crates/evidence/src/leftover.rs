//! What a crash left in the spool, read as exchanges without touching the run.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use candor_case::{Body, Exchange, ExchangeId, Missing, RunId};
use candor_warc::{Item, Reader, Record};

use crate::{decode, form, mapped, spool};

/// Exchanges that a crash left in the spool, without their bodies' bytes copied.
pub(crate) fn all(run_folder: &Path, run: &RunId) -> BTreeMap<ExchangeId, Exchange> {
    let Ok(entries) = std::fs::read_dir(spool::folder(run_folder)) else { return BTreeMap::new() };
    let journals = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        path.extension().is_some_and(|extension| extension == form::SEGMENT).then_some(path)
    });
    let exchanges = journals.filter_map(|journal| one(&journal, run));
    exchanges.map(|exchange| (exchange.id.clone(), exchange)).collect()
}

fn one(journal: &Path, run: &RunId) -> Option<Exchange> {
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
    let (body, trailers) = match record.fields.first(form::SIDE) {
        Some("request") => (&mut exchange.request.body, &mut exchange.request.trailers),
        Some("response") => match &mut exchange.response {
            Some(response) => (&mut response.body, &mut response.trailers),
            None => return,
        },
        _ => return,
    };
    *trailers = record.fields.all(form::TRAILER).filter_map(decode::trailer).collect();
    if record.fields.first(form::COMPLETE) == Some("yes") {
        body.missing = None;
    }
}
