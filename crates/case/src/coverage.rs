//! Coverage: how much of what was sent we could read, and what we could not, by reason.

use serde::{Deserialize, Serialize};

/// Why something was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// Bytes that look encrypted below TLS.
    Encrypted,
    /// Binary of an unknown format.
    UnknownFormat,
    /// It says what it is, but does not decode as such.
    Damaged,
    /// A budget ended first.
    OutOfBudget,
    /// Read, but not tried with every key and salt: what the sample of that search left out.
    NotTriedWithKeys,
    /// The sender or the recorder stopped before the end.
    Truncated,
    /// The recorder left the body out.
    NotRecorded,
    /// The recorder wrote it in a way that loses bytes.
    Lossy,
    /// The client did not trust our authority (pinning).
    TlsRefused,
    /// Neither HTTP nor TLS: passed through or closed, unread.
    UnknownProtocol,
    /// The server could not be reached or did not verify.
    UpstreamFailed,
    /// Traffic that went around the proxy.
    AroundProxy,
    /// A record of the case itself is damaged.
    DamagedRecord,
    /// The recorder ended without its closing mark.
    NotStopped,
    /// The subject crashed, or did not do what it was asked.
    SubjectFailed,
}

impl GapReason {
    /// All of them, in their order.
    pub const ALL: [Self; 15] = [
        Self::Encrypted,
        Self::UnknownFormat,
        Self::Damaged,
        Self::OutOfBudget,
        Self::NotTriedWithKeys,
        Self::Truncated,
        Self::NotRecorded,
        Self::Lossy,
        Self::TlsRefused,
        Self::UnknownProtocol,
        Self::UpstreamFailed,
        Self::AroundProxy,
        Self::DamagedRecord,
        Self::NotStopped,
        Self::SubjectFailed,
    ];
}

/// What was not read, of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Why.
    pub reason: GapReason,
    /// The host it was sent to; empty if unknown.
    pub host: String,
    /// How often.
    pub count: u64,
    /// Bytes as sent; 0 where only the event is known.
    pub bytes: u64,
    /// The largest single one, in bytes as sent.
    pub largest: u64,
    /// An example's place or a word for people.
    pub example: String,
}

/// How much of what was sent could be read.
///
/// Counted in request bytes as sent: request line, header fields and body, as HTTP/1.1 text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Requests and sent messages.
    pub requests: u64,
    /// Bytes that were sent.
    pub bytes_sent: u64,
    /// Bytes that were read to their end; never more than `bytes_sent`.
    pub bytes_explained: u64,
    /// What was not, by reason and host.
    pub gaps: Vec<Gap>,
}

impl Coverage {
    /// The share that was read, 0 to 1; 1 when nothing was sent.
    pub fn explained(&self) -> f64 {
        if self.bytes_sent == 0 {
            1.0
        } else {
            self.bytes_explained as f64 / self.bytes_sent as f64
        }
    }

    /// Adds another part's counts to this one.
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.bytes_sent += other.bytes_sent;
        self.bytes_explained += other.bytes_explained;
        for gap in &other.gaps {
            self.add_gap(gap);
        }
    }

    /// Adds one gap, merged with its like and kept in order.
    pub fn add_gap(&mut self, gap: &Gap) {
        let key = |g: &Gap| (g.reason, g.host.clone());
        match self.gaps.binary_search_by_key(&key(gap), key) {
            Ok(at) => {
                let known = &mut self.gaps[at];
                known.count += gap.count;
                known.bytes += gap.bytes;
                known.largest = known.largest.max(gap.largest);
                if gap.example < known.example {
                    known.example.clone_from(&gap.example);
                }
            }
            Err(at) => self.gaps.insert(at, gap.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_reasons_are_listed_in_their_order() {
        let numbers: Vec<usize> = GapReason::ALL.iter().map(|reason| *reason as usize).collect();
        assert_eq!(numbers, (0..=GapReason::SubjectFailed as usize).collect::<Vec<_>>());
    }

    #[test]
    fn gaps_of_a_kind_are_one_gap_in_any_order() {
        let gap = |host: &str, bytes, example: &str| Gap {
            reason: GapReason::Encrypted,
            host: host.into(),
            count: 1,
            bytes,
            largest: bytes,
            example: example.into(),
        };
        let all = [gap("b.test", 3, "y"), gap("a.test", 5, "z"), gap("b.test", 9, "x")];
        let mut forth = Coverage::default();
        all.iter().for_each(|g| forth.add_gap(g));
        let mut back = Coverage::default();
        all.iter().rev().for_each(|g| back.add_gap(g));
        assert_eq!(forth, back);
        assert_eq!(forth.gaps.len(), 2);
        assert_eq!((forth.gaps[1].count, forth.gaps[1].bytes, forth.gaps[1].largest), (2, 12, 9));
    }
}
