//! Coverage: how much of what one exchange sent was read, in bytes as sent.
//!
//! What could not be read is charged to its smallest exactly mapped ancestor: a span is carried
//! up the tree as long as it can be told which bytes of the parent it is. Through a verbatim part
//! it keeps its size; through anything encoded it becomes all that was decoded together. Spans
//! that overlap are charged once.

use std::collections::BTreeMap;

use candor_case::{
    Body, ByteSpan, Coverage, Direction, End, Exchange, ExchangeKind, Gap, GapReason, Header,
    LayerId, Missing, Request, Tree,
};

use crate::scattered::scattered;

/// Counts what the exchange sent (request line, header fields and body, as HTTP/1.1 text; of a
/// sent message its payload) and how much of it `tree`, peeled from it, explains.
///
/// A received message counts as nothing sent.
pub fn coverage(exchange: &Exchange, tree: &Tree) -> Coverage {
    let (sent, body, headers) = match &exchange.kind {
        ExchangeKind::Message { direction: Direction::Received, .. } => return Coverage::default(),
        ExchangeKind::Message { payload, .. } => (payload.bytes.len(), payload, &[][..]),
        ExchangeKind::Http => {
            let request = &exchange.request;
            (size(request), &request.body, &request.headers[..])
        }
    };
    let mut ledger = Ledger {
        host: exchange.request.host(),
        unsent: prefix_of_url(&exchange.request),
        charged: BTreeMap::new(),
        coverage: Coverage { requests: 1, bytes_sent: sent as u64, ..Coverage::default() },
    };
    ledger.missing(tree, body, headers);
    for (id, layer) in tree.iter() {
        if let Some(reason) = reason(&layer.end) {
            ledger.charge(tree, id, reason);
        }
    }
    for id in scattered(tree) {
        ledger.charge(tree, id, GapReason::Encrypted);
    }
    ledger.settle()
}

/// Size of a request as HTTP/1.1 text (RFC 9112, section 3).
fn size(request: &Request) -> usize {
    let target = request.url.len() - prefix_of_url(request) as usize;
    let line = request.method.len() + 1 + target.max(1) + " HTTP/1.1\r\n".len();
    let fields = |headers: &[Header]| -> usize {
        headers.iter().map(|h| h.name.len() + h.value.len() + ": \r\n".len()).sum()
    };
    let head = line + fields(&request.headers) + "\r\n".len();
    head + request.body.bytes.len() + fields(&request.trailers)
}

/// Length of scheme and authority, which the request line does not repeat.
fn prefix_of_url(request: &Request) -> u64 {
    let url = request.url.as_bytes();
    let authority = memchr::memmem::find(url, b"://").map_or(0, |at| at + 3);
    let path = url[authority..].iter().position(|b| b"/?#".contains(b));
    path.map_or(url.len(), |at| authority + at) as u64
}

fn reason(end: &End) -> Option<GapReason> {
    match end {
        End::Opened | End::Plain | End::Empty | End::Value => None,
        End::Encrypted => Some(GapReason::Encrypted),
        End::Unknown => Some(GapReason::UnknownFormat),
        End::Damaged(_) => Some(GapReason::Damaged),
        End::OutOfBudget { .. } => Some(GapReason::OutOfBudget),
    }
}

struct Ledger {
    host: String,
    /// Bytes at the beginning of the URL that were not sent.
    unsent: u64,
    /// What is charged so far, per root.
    charged: BTreeMap<LayerId, Union>,
    coverage: Coverage,
}

impl Ledger {
    /// Charges what of the body is not in our hands.
    fn missing(&mut self, tree: &Tree, body: &Body, headers: &[Header]) {
        let Some(missing) = &body.missing else { return };
        let held = body.bytes.len() as u64;
        let absent = declared(headers).and_then(|all| all.checked_sub(held)).filter(|n| *n > 0);
        let (reason, absent) = match missing {
            Missing::Truncated => (GapReason::Truncated, absent),
            Missing::NotRecorded { bytes } => (GapReason::NotRecorded, bytes.or(absent)),
            Missing::Lossy => (GapReason::Lossy, None),
        };
        let root = tree.iter().find(|(_, layer)| {
            layer.parent.is_none() && matches!(layer.opening.codec, "request.body" | "message")
        });
        match (absent, root) {
            (Some(bytes), _) => {
                self.coverage.bytes_sent += bytes;
                self.gap(reason, bytes, bytes, "request.body".into());
            }
            // How much is missing is not known, so no byte of the body counts as read.
            (None, Some((id, _))) => self.charge(tree, id, reason),
            (None, None) => self.gap(reason, 0, 0, "request.body".into()),
        }
    }

    /// Charges one layer.
    fn charge(&mut self, tree: &Tree, id: LayerId, reason: GapReason) {
        let (root, span) = mapped(tree, id);
        let unsent = match tree.layer(root).opening.codec {
            "request.url" => self.unsent,
            _ => 0,
        };
        let span = ByteSpan::new(span.start.max(unsent), span.end);
        let fresh = self.charged.entry(root).or_default().add(span);
        self.gap(reason, fresh, span.len(), tree.path(id));
    }

    fn gap(&mut self, reason: GapReason, bytes: u64, largest: u64, example: String) {
        let host = self.host.clone();
        self.coverage.add_gap(&Gap { reason, host, count: 1, bytes, largest, example });
    }

    fn settle(mut self) -> Coverage {
        let unread: u64 = self.coverage.gaps.iter().map(|gap| gap.bytes).sum();
        self.coverage.bytes_explained = self.coverage.bytes_sent.saturating_sub(unread);
        self.coverage
    }
}

/// The size that the request says its body has.
fn declared(headers: &[Header]) -> Option<u64> {
    let value = &headers.iter().find(|h| h.is("content-length"))?.value;
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

/// The bytes of a root that hold a layer and as little else as can be told exactly.
fn mapped(tree: &Tree, id: LayerId) -> (LayerId, ByteSpan) {
    let mut at = id;
    let mut span = ByteSpan::of(0..tree.layer(id).bytes.len());
    while let Some(parent) = tree.layer(at).parent {
        let layer = tree.layer(at);
        let outer = &tree.layer(parent).bytes;
        let opening = &layer.opening;
        let is_whole = span == ByteSpan::of(0..layer.bytes.len());
        let is_verbatim = || outer.get(opening.span.range(outer.len())) == Some(&layer.bytes[..]);
        span = if !opening.exact {
            ByteSpan::of(0..outer.len())
        } else if is_whole || !is_verbatim() {
            opening.span
        } else {
            ByteSpan::new(opening.span.start + span.start, opening.span.start + span.end)
        };
        at = parent;
    }
    (at, span)
}

/// A set of bytes, as spans that neither touch nor overlap: start to end.
#[derive(Default)]
struct Union(BTreeMap<u64, u64>);

impl Union {
    /// Adds a span; gives how many of its bytes are new.
    fn add(&mut self, span: ByteSpan) -> u64 {
        let ByteSpan { mut start, mut end } = span;
        let mut fresh = span.len();
        // Spans are disjoint, so those that reach `start` are the last ones to begin by `end`.
        while let Some((from, to)) = self.0.range(..=end).next_back().map(|(f, t)| (*f, *t)) {
            if to < start {
                break;
            }
            fresh -= to.min(span.end).saturating_sub(from.max(span.start));
            (start, end) = (start.min(from), end.max(to));
            self.0.remove(&from);
        }
        if start < end {
            self.0.insert(start, end);
        }
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_union_counts_each_byte_once() {
        let table = [((10, 20), 10), ((15, 25), 5), ((0, 5), 5), ((5, 10), 5), ((0, 30), 5)];
        let mut union = Union::default();
        for ((start, end), fresh) in table {
            assert_eq!(union.add(ByteSpan::new(start, end)), fresh, "{start}..{end}");
        }
        assert_eq!(union.0, BTreeMap::from([(0, 30)]));
        assert_eq!(union.add(ByteSpan::new(40, 40)), 0);
        assert_eq!(union.add(ByteSpan::new(3, 4)), 0);
    }
}
