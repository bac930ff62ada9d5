//! Keys that stand in what the case's servers answered: scripts, pages, config files.
//!
//! Answers are read only where something that was sent stays encrypted, since they are most of a
//! recording's bytes and nothing else of them is asked for.

use anyhow::Result;
use candor_case::{Exchange, Key, Keys};
use candor_evidence::Record;
use candor_peel::Budget;
use rayon::prelude::*;

use crate::audit::{OpenRun, windows, work::Bench};

/// Longest answer that is read, in bytes.
const LONGEST: usize = 8 << 20;

/// The keys of all answers of a case.
pub(crate) fn keys(bench: &Bench<'_>, known: &Keys) -> Result<Vec<Key>> {
    let mut all = Vec::new();
    for open in bench.runs {
        for window in windows(open.dir.records_unchecked()?) {
            let found: Vec<Vec<Key>> =
                window.into_par_iter().map(|record| of(bench, open, &record, known)).collect();
            all.extend(found.into_iter().flatten());
            all.sort();
            all.dedup();
        }
    }
    Ok(all)
}

fn of(bench: &Bench<'_>, open: &OpenRun, record: &Record, known: &Keys) -> Vec<Key> {
    let Record::Exchange(exchange) = record else { return vec![] };
    if !is_read(exchange) {
        return vec![];
    }
    let tree = candor_peel::peel_response(exchange, known, &Budget::default());
    candor_detect::detect(exchange, &tree, &open.run, bench.knowledge).keys
}

/// Whether an answer may be text and is of a length that is read; received messages are.
fn is_read(exchange: &Exchange) -> bool {
    let Some(answer) = &exchange.response else { return true };
    let kind = answer.headers.iter().find(|h| h.name.eq_ignore_ascii_case(b"content-type"));
    let kind = kind.map(|header| header.value.to_ascii_lowercase()).unwrap_or_default();
    let media: [&[u8]; 4] = [b"image/", b"font/", b"audio/", b"video/"];
    let length = answer.body.bytes.len();
    (1..=LONGEST).contains(&length) && !media.iter().any(|prefix| kind.starts_with(prefix))
}
