//! Where in a tree a planted value is reported.

use candor_case::{
    ByteSpan, Direction, ExchangeId, ExchangeKind, LayerId, Opcode, Property, Sender, Tree,
};

use super::*;

#[test]
fn the_deepest_place_is_reported() {
    let json = format!("{{\"a\":\"{URL}\",\"b\":\"{URL}\"}}");
    let first = 6..6 + URL.len();
    let opened = tree(&[
        (None, "request.body", json.as_bytes(), 0..json.len()),
        (Some(0), "$.a", URL.as_bytes(), first.clone()),
        (Some(1), "path:0", b"7fk2qz9xw4", 24..34),
    ]);
    let detected = run_on(HOST, &opened, &[visit(URL)]);
    let places: Vec<_> = seeded(&detected).iter().map(|s| s.place.clone()).collect();
    // The second value was not opened, so its container is its place.
    let second = first.end + 7;
    assert_eq!(places[0].path, "request.body");
    assert_eq!(places[0].span, ByteSpan::of(second..second + URL.len()));
    assert_eq!(places[1].path, "request.body > $.a");
    assert_eq!(places[1].span, ByteSpan::of(0..URL.len()));
    assert_eq!(places.len(), 2);
}

#[test]
fn layers_below_are_covered_through_layers_between() {
    let opened = tree(&[
        (None, "request.body", b"d=user-4242", 0..11),
        (Some(0), "form:d", b"user-4242", 2..11),
        (Some(1), "base64", b"\x01\x02", 0..9),
        (Some(2), "gzip", b"x user-4242 y", 0..2),
    ]);
    let detected = run_on(HOST, &opened, &[seed("user-4242", Property::PersonAccount)]);
    let places: Vec<_> = seeded(&detected).iter().map(|s| s.place.path.as_str()).collect();
    assert_eq!(places, ["request.body > form:d > base64 > gzip"]);
}

#[test]
fn a_part_below_does_not_hide_the_whole_above() {
    let text = format!("see {URL}");
    let opened = tree(&[
        (None, "request.body", text.as_bytes(), 0..text.len()),
        (Some(0), "rest", &URL.as_bytes()[8..], 12..text.len()),
    ]);
    let detected = run_on(HOST, &opened, &[visit(URL)]);
    assert!(seeded(&detected).iter().any(|s| s.derivation.is_empty() && s.layer == LayerId(0)));
}

#[test]
fn the_longer_of_two_addresses_explains_the_shorter() {
    let seeds = [
        visit("https://www.example.org/a1b2c3"),
        visit("https://www.example.org/a1b2c3?q=violet"),
        seed("violet", Property::BrowsingSearch),
    ];
    let detected = run_on(HOST, &body(b"u=https://www.example.org/a1b2c3?q=violet&"), &seeds);
    let found: Vec<_> = seeded(&detected).iter().map(|s| s.seed).collect();
    assert_eq!(found, [Some(1), Some(2)]);
    let detected = run_on(HOST, &body(b"u=https://www.example.org/a1b2c3&"), &seeds);
    assert_eq!(seeded(&detected).iter().map(|s| s.seed).collect::<Vec<_>>(), [Some(0)]);
}

#[test]
fn only_what_was_sent_is_searched() {
    let received = tree(&[(None, "response.body", URL.as_bytes(), 0..URL.len())]);
    let detected = run_on(HOST, &received, &[visit(URL)]);
    assert_eq!((seeded(&detected).len(), detected.searched), (0, 0));

    let message = tree(&[(None, "message", URL.as_bytes(), 0..URL.len())]);
    let knowledge =
        Knowledge::new(Services::built_in(), &Subject::default(), &[visit(URL)]).unwrap();
    for (direction, expected) in [(Direction::Sent, 1), (Direction::Received, 0)] {
        let mut exchange = exchange(HOST);
        exchange.kind = ExchangeKind::Message {
            direction,
            opcode: Opcode::Text,
            parent: ExchangeId("e0".into()),
            index: 0,
            payload: Body::empty(Provenance::Proxied),
        };
        let detected = detect(&exchange, &message, &Run::default(), &knowledge);
        assert_eq!(seeded(&detected).len(), expected, "{direction:?}");
    }
}

#[test]
fn reading_a_piece_again_or_not_makes_no_difference() {
    let inner = b"a violet otter; b violet otter";
    let outer = [b"head ".as_slice(), inner, b" tail"].concat();
    let words = [seed("violet otter", Property::BrowsingSearch)];
    let places = |tree: &Tree| -> Vec<_> {
        seeded(&run_on(HOST, tree, &words)).iter().map(|s| s.place.clone()).collect()
    };
    let piece = tree(&[
        (None, "request.body", &outer, 0..outer.len()),
        (Some(0), "form:x", inner, 5..5 + inner.len()),
    ]);
    // The same layers, but said to be opened from other bytes, so that they have to be read.
    let elsewhere = tree(&[
        (None, "request.body", &outer, 0..outer.len()),
        (Some(0), "form:x", inner, 0..outer.len()),
    ]);
    assert_eq!(places(&piece), places(&elsewhere));
    assert_eq!(places(&piece)[0].span, ByteSpan::new(2, 14));
    let searched = |tree: &Tree| run_on(HOST, tree, &words).searched;
    assert_eq!(searched(&piece), outer.len() as u64);
    assert_eq!(searched(&elsewhere), (outer.len() + inner.len()) as u64);
}

#[test]
fn nothing_is_found_in_nothing() {
    for tree in [Tree::default(), body(b"")] {
        let detected = run_on("nonsense", &tree, &[visit(URL)]);
        assert_eq!((detected.sightings.len(), detected.observations.len()), (0, 0));
        assert_eq!(detected.sender, Sender::Unknown);
    }
}
