//! What a page is told of what a recording sees.

use candor_case::{Body, ConnectionId, ExchangeId, GapReason, Origin, Provenance, Request, RunId};

use super::*;
use crate::kept::{BATCH, HOSTS, ROWS};

fn clean(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

fn exchange(url: &str) -> Exchange {
    Exchange {
        id: ExchangeId("x".into()),
        run: RunId("r".into()),
        started: UnixMicros(1_500_000),
        connection: None,
        protocols: vec![],
        kind: ExchangeKind::Http,
        request: Request {
            method: "POST".into(),
            url: url.into(),
            headers: vec![],
            body: Body::empty(Provenance::Proxied),
            trailers: vec![],
        },
        response: None,
        origin: Origin::Proxied,
    }
}

fn event(at: i64, kind: EventKind) -> Event {
    Event { at: UnixMicros(at), kind }
}

fn phase(name: &str) -> EventKind {
    EventKind::Phase { name: name.into(), session: "1".into() }
}

#[test]
fn a_request_is_seen_growing_in_its_phase() {
    let feed = Feed::new(clean);
    feed.event(&event(1_000_000, phase("visit\u{1b}")));
    let watched = feed.open(&exchange("https://a.example.org/x?\u{1b}y"));
    let seen = feed.since(0).expect("news");
    let row = &seen.rows[0];
    assert_eq!((row.host.as_str(), row.path.as_str()), ("a.example.org", "/x?y"));
    assert_eq!((row.at_ms, row.phase, row.read, row.plain), (1500, 1, Read::Going, false));
    assert_eq!((seen.phases[0].name.as_str(), seen.phases[0].requests), ("visit", 1));
    assert!(feed.since(seen.version).is_none());
    watched.bytes(true, 7);
    watched.bytes(false, 9);
    watched.status(204);
    watched.end(true, true);
    let later = feed.since(seen.version).expect("news");
    let row = &later.rows[0];
    assert_eq!((row.sent, row.received, row.status), (7, 9, Some(204)));
    assert_eq!((row.read, later.totals.sent, later.totals.requests), (Read::Whole, 7, 1));
}

#[test]
fn runs_that_go_on_at_once_keep_their_phases_apart() {
    let feed = Feed::new(clean);
    let (a, b) = (feed.run("a", "mode=normal"), feed.run("b", ""));
    a.event(&event(1, phase("visit")));
    b.event(&event(2, phase("search")));
    a.open(&exchange("https://a.example.org/"));
    b.open(&exchange("https://b.example.org/"));
    let seen = feed.since(0).expect("news");
    let names: Vec<_> = seen.phases.iter().map(|p| (p.name.as_str(), p.requests)).collect();
    assert_eq!(names, [("a: visit", 1), ("b: search", 1)]);
    let phases: Vec<_> = seen.rows.iter().map(|row| (row.host.as_str(), row.phase)).collect();
    assert_eq!(phases, [("a.example.org", 1), ("b.example.org", 2)]);
}

#[test]
fn what_could_not_be_read_is_told_and_counted() {
    let feed = Feed::new(clean);
    let id = || ConnectionId("c1".into());
    let why = String::from("UnknownCa");
    let host = || String::from("pinned.example.org");
    let refused = EventKind::TlsRefused { id: id(), side: TlsSide::Client, host: host(), why };
    feed.event(&event(1, refused));
    let (reason, detail) = (GapReason::UnknownProtocol, "neither".to_owned());
    feed.event(&event(2, EventKind::Gap { reason, host: host(), bytes: None, detail }));
    feed.event(&event(3, EventKind::TlsAbandoned { id: id(), host: host() }));
    let seen = feed.since(0).expect("news");
    let reads: Vec<_> = seen.rows.iter().map(|row| row.read).collect();
    assert_eq!(reads, [Read::Refused, Read::Unread]);
    assert_eq!((seen.totals.unread, seen.totals.requests, seen.totals.hosts), (2, 0, 1));
    assert_eq!(seen.hosts[0].1.unread, 2);
}

#[test]
fn memory_is_bounded_and_a_reader_that_lags_gets_everything_kept() {
    let feed = Feed::new(clean);
    let first = feed.open(&exchange("https://first.example.org/"));
    for n in 0..ROWS + 100 {
        feed.open(&exchange(&format!("https://h{n}.example.org/{}", "p".repeat(5_000))));
    }
    // The first row is forgotten; what still comes of it changes no other row.
    first.bytes(true, 5);
    let state = feed.state();
    assert_eq!((state.rows.len(), state.hosts.len()), (ROWS, HOSTS));
    assert!(state.rows.iter().all(|row| row.path.len() <= TEXT && row.sent == 0));
    assert!(state.totals.more_hosts && state.totals.sent == 5);
    drop(state);
    let (mut version, mut seen) = (0, 0);
    while let Some(update) = feed.since(version) {
        assert!(update.rows.len() <= BATCH && update.version > version);
        (version, seen) = (update.version, seen + update.rows.len());
    }
    assert_eq!(seen, ROWS);
    for n in 0..PHASES + 5 {
        feed.event(&event(1, phase(&n.to_string())));
    }
    assert_eq!(feed.since(version).expect("news").phases.len(), PHASES);
}
