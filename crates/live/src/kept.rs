//! What a feed keeps: counters, and the latest of everything.

use std::collections::{BTreeMap, VecDeque};

use candor_case::UnixMicros;

use crate::row::{Host, Phase, Read, Row, Totals, Update};

/// Rows that are kept.
pub(crate) const ROWS: usize = 2_000;
/// Phases that are kept.
pub(crate) const PHASES: usize = 64;
/// Hosts that are counted apart.
pub(crate) const HOSTS: usize = 200;
/// Rows in one update.
pub(crate) const BATCH: usize = 400;

/// All that a feed knows.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) version: u64,
    next: u64,
    pub(crate) rows: VecDeque<Row>,
    phases: VecDeque<Phase>,
    pub(crate) hosts: BTreeMap<String, Host>,
    pub(crate) totals: Totals,
    /// Runs that were begun.
    pub(crate) runs: u64,
    /// The latest runs by number, each with its name and the phase it is in.
    pub(crate) known: BTreeMap<u64, (String, u64)>,
    pub(crate) run: String,
    pub(crate) ended: bool,
}

impl Kept {
    /// A phase of a run begins.
    pub(crate) fn mark(&mut self, run: u64, mut name: String, at: UnixMicros) {
        let seq = self.phases.back().map_or(1, |phase| phase.seq + 1);
        let several = self.runs > 1;
        if let Some((of, now)) = self.known.get_mut(&run) {
            *now = seq;
            name = if several { format!("{of}: {name}") } else { name };
        }
        self.phases.push_back(Phase { seq, name, at_ms: at.0.div_euclid(1000), requests: 0 });
        if self.phases.len() > PHASES {
            self.phases.pop_front();
        }
    }

    /// A row of a run, with its place among all.
    pub(crate) fn push(&mut self, run: u64, mut row: Row) -> u64 {
        row.seq = self.next;
        row.version = self.version;
        row.phase = match self.known.get(&run) {
            Some((_, now)) => *now,
            None => self.phases.back().map_or(0, |phase| phase.seq),
        };
        self.next += 1;
        self.count(&row);
        self.rows.push_back(row);
        if self.rows.len() > ROWS {
            self.rows.pop_front();
        }
        self.next - 1
    }

    fn count(&mut self, row: &Row) {
        match row.read {
            Read::Action => return,
            Read::Refused | Read::Unread => self.totals.unread += 1,
            _ => {
                self.totals.requests += 1;
                self.totals.sent += row.sent;
                if let Some(phase) = self.phases.iter_mut().rfind(|p| p.seq == row.phase) {
                    phase.requests += 1;
                }
            }
        }
        let known = self.hosts.contains_key(&row.host);
        if row.host.is_empty() {
            return;
        }
        if !known && self.hosts.len() >= HOSTS {
            self.totals.more_hosts = true;
            return;
        }
        let host = self.hosts.entry(row.host.clone()).or_default();
        match row.read {
            Read::Refused | Read::Unread => host.unread += 1,
            _ => host.requests += 1,
        }
    }

    /// What has changed since that version; `None` when nothing has.
    pub(crate) fn since(&self, version: u64) -> Option<Update> {
        if version >= self.version {
            return None;
        }
        let mut rows: Vec<&Row> = self.rows.iter().filter(|row| row.version > version).collect();
        rows.sort_by_key(|row| (row.version, row.seq));
        let whole = rows.len() <= BATCH;
        rows.truncate(BATCH);
        let reached = match (whole, rows.last()) {
            (false, Some(last)) => last.version,
            _ => self.version,
        };
        let mut hosts: Vec<_> = self.hosts.iter().map(|(n, h)| (n.clone(), *h)).collect();
        hosts.sort_by_key(|(name, host)| {
            (std::cmp::Reverse(host.requests + host.unread), name.clone())
        });
        let totals = Totals { hosts: hosts.len() as u64, ..self.totals };
        hosts.truncate(12);
        Some(Update {
            version: reached,
            run: self.run.clone(),
            ended: self.ended,
            rows: rows.into_iter().cloned().collect(),
            phases: self.phases.iter().cloned().collect(),
            hosts,
            totals,
        })
    }
}
