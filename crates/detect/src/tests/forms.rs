//! The forms in which a planted value is found, and the sites where it is no finding.

use candor_case::{Property, Seed};
use data_encoding::{BASE64, HEXLOWER, HEXUPPER};
use sha2::{Digest, Sha256};

use super::*;

#[test]
fn values_are_found_however_they_are_written() {
    let mail = seed("Kim.Moss@example.org", Property::PersonEmail);
    let words = seed("violet otter", Property::BrowsingSearch);
    let page = visit(URL);
    let (none, plain): (&[&str], &[&str]) = (&[], &[""]);
    let table: &[(&Seed, &str, &[&str])] = &[
        (&mail, "to=Kim.Moss@example.org&", plain),
        (&mail, "to=kim.moss@example.org", &["lower"]),
        (&mail, "to=KIM.MOSS@EXAMPLE.ORG", &["upper"]),
        (&mail, "to=kim.Moss@example.org", &["other case"]),
        (&mail, "to=Kim.Moss%40example.org", &["percent"]),
        (&mail, "to=Kim%2eMoss%40example%2eorg", &["percent"]),
        (&mail, "to=Kim.Moss%2540example.org", &["percent, percent"]),
        (&mail, "to=tim.moss@example.org", none),
        (&words, "q=violet+otter", &["form"]),
        (&words, "q=violet%20otter", &["percent"]),
        (&words, "q=VIOLET%20OTTER", &["percent, upper"]),
        (&words, "violet otter and violet otter", plain),
        // A weak value has to stand apart.
        (&words, "ultraviolet otter", none),
        (&words, "violet otters", none),
        (&words, "u=q%3Dviolet%20otter%26", &["percent"]),
        (&words, "{\"a\":\"x\\nviolet otter\"}", plain),
        (&page, &format!("<{URL}>"), plain),
        // A strong one does not.
        (&page, &format!("x{URL}x"), plain),
        (&page, &URL[8..], &["without scheme"]),
        (&page, &URL.replacen("https", "http", 1), &["without scheme"]),
        (&page, &URL.replace('/', "\\/"), &["json-escape"]),
        (&page, &URL[..URL.len() - 3], &["truncated to 55 bytes"]),
        (&page, &URL[..URL.len() - 16], none),
    ];
    for (seed, text, expected) in table {
        assert_eq!(found(seed, text.as_bytes()), *expected, "{} in {text}", seed.value);
    }
}

#[test]
fn hashes_are_found_with_what_led_to_them() {
    let mail = seed(" Kim@Example.org", Property::PersonEmail);
    let digest = Sha256::digest(b"kim@example.org");
    let hex = HEXLOWER.encode(&digest);
    let raw = [b"\x0a\x20", &digest[..], b"\x10"].concat();
    let base64 = BASE64.encode(&digest);
    let table: [(Vec<u8>, &[&str]); 8] = [
        (hex.clone().into(), &["trim, lower, sha256, hex"]),
        (HEXUPPER.encode(&digest).into(), &["trim, lower, sha256, hex, upper"]),
        (hex[..60].into(), &["trim, lower, sha256, truncated to 30 bytes, hex"]),
        (hex.replacen('a', "A", 1).into(), &[]),
        (raw, &["trim, lower, sha256"]),
        (base64.clone().into(), &["trim, lower, sha256, base64"]),
        (base64.to_lowercase().into(), &[]),
        (HEXLOWER.encode(&Sha256::digest(b"tim@example.org")).into(), &[]),
    ];
    for (bytes, expected) in table {
        assert_eq!(found(&mail, &bytes), expected, "{}", bytes.escape_ascii());
    }
}

#[test]
fn cut_addresses_are_found_by_their_beginning() {
    let long = format!("{URL}&more=kz3wv8ap2n&end=rx5ub9ld1m");
    let page = visit(&long);
    let cut = long.len() - 12;
    let text = &long[..cut];
    for mark in ["", "$", "…"] {
        let derivation = found(&page, format!("{text}{mark}").as_bytes());
        assert_eq!(derivation, [format!("truncated to {cut} bytes")], "marked {mark}");
    }
    assert_eq!(found(&page, format!("{text}&other=1").as_bytes()), Vec::<String>::new());
    assert_eq!(found(&page, &long.as_bytes()[..50]), Vec::<String>::new(), "too short");
    assert_eq!(found(&page, &long.as_bytes()[..45]), ["without query"]);
    // Another seed that begins the same could be meant.
    let other = visit(&format!("{}zzzz", &long[..cut + 2]));
    let both = run_on(HOST, &body(text.as_bytes()), &[page, other]);
    assert_eq!(seeded(&both).len(), 0);
}

#[test]
fn what_belongs_to_a_site_is_no_finding_there() {
    let words = Seed {
        sites: Some(vec!["search.test".into()]),
        ..seed("violet otter", Property::BrowsingSearch)
    };
    let control = Seed { sites: Some(vec![]), ..seed("control-7fk2qz9xw4", Property::Control) };
    let seeds = [visit(URL), words, control];
    let text = format!("{URL} violet otter control-7fk2qz9xw4");
    let table: &[(&str, &[usize], &[usize])] = &[
        ("https://www.example.org/", &[1, 2], &[0]),
        ("https://cdn.www.example.org/", &[1, 2], &[0]),
        ("https://example.org/", &[0, 1, 2], &[]),
        ("https://www.search.test/", &[0, 2], &[1]),
        (HOST, &[0, 1, 2], &[]),
    ];
    for (url, away, home) in table {
        let detected = run_on(url, &body(text.as_bytes()), &seeds);
        let found: Vec<_> = seeded(&detected).iter().filter_map(|s| s.seed).collect();
        assert_eq!((found.as_slice(), detected.at_home.as_slice()), (*away, *home), "{url}");
    }
}

#[test]
fn the_order_of_seeds_changes_nothing_but_their_numbers() {
    let seeds = [
        visit(URL),
        visit(&URL.replace("t6ys0cj5hd", "p8we4mz1qa")),
        seed("violet otter", Property::BrowsingSearch),
        seed("kim@example.org", Property::PersonEmail),
    ];
    let text = format!(
        "{URL} violet+otter KIM@example.org {} {}",
        HEXLOWER.encode(&Sha256::digest(b"kim@example.org")),
        &URL[8..],
    );
    let ids = |seeds: &[Seed]| -> Vec<_> {
        let detected = run_on(HOST, &body(text.as_bytes()), seeds);
        let named =
            |s: Sighting| (s.seed.map(|i| seeds[i].id.clone()), Sighting { seed: None, ..s });
        detected.sightings.into_iter().map(named).collect()
    };
    let forth = ids(&seeds);
    let mut turned = seeds.clone();
    turned.reverse();
    assert_eq!(forth, ids(&turned));
    assert!(forth.len() >= 5, "{forth:#?}");
}

#[test]
fn bits_shrink_with_what_is_looked_for() {
    let bits = |seeds: &[Seed]| {
        let detected = run_on(HOST, &body(b"device=9f86d081884c7d65"), seeds);
        seeded(&detected)[0].bits
    };
    let device = seed("9f86d081884c7d65", Property::DeviceId);
    let alone = bits(std::slice::from_ref(&device));
    let many: Vec<Seed> = (0..15)
        .map(|i| seed(&format!("stranger {i} of many"), Property::PersonName))
        .chain([device])
        .collect();
    assert!((45.0..60.0).contains(&alone), "{alone}");
    assert!((alone - bits(&many) - 4.0).abs() < 1e-9);
}
