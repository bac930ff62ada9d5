//! Strangers' bytes do no harm: whatever is peeled, detection returns, and twice the same.

mod common;

use candor_case::{Header, Property, Run, Subject};
use candor_detect::{Knowledge, Services, detect};
use candor_peel::{Budget, peel};
use common::{exchange, seed};

/// Pieces that mean something to some part of detection.
const PIECES: [&[u8]; 20] = [
    b"@",
    b":",
    b"-",
    b"%",
    b"%4",
    b"\\",
    b"\"",
    b"[",
    b"]",
    b"$",
    b" > ",
    b"&data=",
    b"{\"a\":",
    b"kim@example.org",
    b"https://www.example.org/private?q=x",
    b"3c:5a:b4:0e:91:7f",
    b"...",
    b"\xff\x00",
    "ö…".as_bytes(),
    b"\x1f\x8b",
];

#[test]
fn nothing_that_is_sent_can_stop_detection() {
    let seeds = [
        seed("a", "kim@example.org", Property::PersonEmail, None),
        seed("b", "https://www.example.org/private?q=x", Property::BrowsingUrl, Some(&[""])),
        seed("c", "https://[::1]:7/", Property::BrowsingUrl, None),
        seed("d", "ö…ö…", Property::PersonName, None),
    ];
    let knowledge =
        Knowledge::new(Services::built_in(), &Subject::default(), &seeds).expect("builds");
    let mut state = 0x243f_6a88_85a3_08d3_u64;
    let mut draw = move |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % below as u64) as usize
    };
    for _ in 0..3000 {
        let mut bytes = || -> Vec<u8> {
            (0..draw(24)).flat_map(|_| PIECES[draw(PIECES.len())].to_vec()).collect()
        };
        let url = format!("https://sa.maker.test/sa?{}", String::from_utf8_lossy(&bytes()));
        let headers = vec![
            Header::new("Referer", bytes()),
            Header::new("Origin", bytes()),
            Header::new("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let exchange = exchange("POST", &url, headers, bytes());
        let tree = peel(&exchange, &knowledge.keys(), &Budget::default());
        let first = detect(&exchange, &tree, &Run::default(), &knowledge);
        assert_eq!(first, detect(&exchange, &tree, &Run::default(), &knowledge));
        for sighting in &first.sightings {
            assert!(sighting.value.chars().count() <= 256);
            let bytes = &tree.layer(sighting.layer).bytes;
            assert!(sighting.place.span.end <= bytes.len() as u64);
        }
    }
}
