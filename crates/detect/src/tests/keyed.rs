//! Salts, keys, XOR, values split over fields, typed text, and hashes that are too short to count.

use candor_case::Property;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use sha2::{Digest, Sha256};

use super::*;
use crate::hash::HMACS;
use crate::{Compared, Confirmed, Effort, Token, Weak, confirm, detect_with};

/// Name and value.
type Field<'a> = (&'a str, &'a [u8]);

fn form(fields: &[Field<'_>]) -> Tree {
    let steps: Vec<String> = fields.iter().map(|(name, _)| format!("form:{name}")).collect();
    let mut rows: Vec<Row<'_>> = vec![(None, "request.body", b"...", 0..3)];
    let field = |(step, (_, value)): (_, &(_, _))| (Some(0), step, *value, 0..1);
    rows.extend(steps.iter().map(String::as_str).zip(fields).map(field));
    tree(&rows)
}

fn said(detected: &Detected) -> Vec<String> {
    let say = |s: &&Sighting| format!("{}: {}", s.place.path, s.derivation.join(", "));
    seeded(detected).iter().map(say).collect()
}

fn judged(
    weak: impl IntoIterator<Item = Weak>,
    compared: impl IntoIterator<Item = Compared>,
) -> Vec<Confirmed<()>> {
    confirm(weak.into_iter().map(|weak| (weak, ())), compared)
}

fn xor(text: &[u8], key: &[u8]) -> Vec<u8> {
    text.iter().zip(key.iter().cycle()).map(|(a, b)| a ^ b).collect()
}

#[test]
fn salts_and_keys_of_the_same_request_are_tried() {
    let mail = seed("Kim@Example.org", Property::PersonEmail);
    let salt = "uq3fzx81kd";
    let raw_key = b"\x01\x9c\x77\xfe\x30\x5b\xa8\x44\x0d\xe2";
    let hex_key = HEXLOWER.encode(raw_key);
    let sha256 = |text: String| HEXLOWER.encode(&Sha256::digest(text));
    let place = "request.body > form:s";
    let table: [(String, &str, String); 7] = [
        (
            sha256(format!("{salt}kim@example.org")),
            salt,
            format!("lower, salt in front from {place}, sha256, hex"),
        ),
        (
            sha256(format!("Kim@Example.org:{salt}")),
            salt,
            format!("salt behind from {place}, \":\" between, sha256, hex"),
        ),
        (
            sha256(format!("kim@example.org|{salt}"))[..32].into(),
            salt,
            format!(
                "lower, salt behind from {place}, \"|\" between, sha256, truncated to 16 bytes, hex"
            ),
        ),
        (
            sha256(format!("{salt}{}", sha256("kim@example.org".into()))),
            salt,
            format!("lower, sha256, hex, salt in front from {place}, sha256, hex"),
        ),
        (
            HEXUPPER.encode(&(HMACS[1].run)(salt.as_bytes(), b"Kim@Example.org")),
            salt,
            format!("hmac-sha1 with key from {place}, hex, upper"),
        ),
        (
            BASE64URL_NOPAD.encode(&(HMACS[2].run)(raw_key, b"kim@example.org")),
            &hex_key,
            format!("lower, hmac-sha256 with key from {place} (hex), base64url"),
        ),
        (sha256(format!("{salt}tim@example.org")), salt, String::new()),
    ];
    for (digest, salt, expected) in table {
        let opened = form(&[("v", b"3"), ("s", salt.as_bytes()), ("u", digest.as_bytes())]);
        let detected = run_on(HOST, &opened, std::slice::from_ref(&mail));
        let expected: Vec<String> = match expected.is_empty() {
            true => vec![],
            false => vec![format!("request.body > form:u: {expected}")],
        };
        // base64url may stand for base64 where no digit tells them apart.
        let found: Vec<String> = said(&detected);
        let plain = |s: &String| s.replace("base64url", "base64");
        let (found, expected): (Vec<_>, Vec<_>) =
            (found.iter().map(plain).collect(), expected.iter().map(plain).collect());
        assert_eq!(found, expected, "{digest}");
        assert!(detected.sightings.iter().all(|s| s.bits > 100.0));
        let place = "request.body > form:u".to_owned();
        let left = detected.shaped.iter().any(|shaped| shaped.place_pattern == place);
        assert_eq!(left, expected.is_empty());
    }
}

#[test]
fn keys_of_earlier_exchanges_are_tried_too() {
    let mail = seed("kim@example.org", Property::PersonEmail);
    let digest = HEXLOWER.encode(&(HMACS[2].run)(b"earlier-key-81", b"kim@example.org"));
    let opened = form(&[("u", digest.as_bytes())]);
    let knowledge = Knowledge::new(Services::built_in(), &Subject::default(), &[mail]).unwrap();
    let token = Token {
        bytes: "earlier-key-81".into(),
        place: "response.body > $.key".into(),
        speaks: true,
    };
    let find = |earlier: &[Token], hashes| {
        let effort = Effort { earlier, hashes };
        detect_with(&exchange(HOST), &opened, &Run::default(), &knowledge, &effort)
    };
    assert_eq!(said(&find(&[], 20_000)), Vec::<String>::new());
    let found = find(std::slice::from_ref(&token), 20_000);
    let expected = "request.body > form:u: hmac-sha256 with key from response.body > $.key, hex";
    assert_eq!(said(&found), [expected]);
    assert_eq!(found.untried, 0);
    // What the budget leaves out is counted.
    let cut = find(std::slice::from_ref(&token), 3);
    assert_eq!(said(&cut), Vec::<String>::new());
    assert!(cut.untried > 50, "{}", cut.untried);
    assert_eq!(find(&[token], 0).untried, 0);
}

#[test]
fn xor_is_undone_with_what_stands_beside() {
    let mail = seed("Kim.Moss@example.org", Property::PersonEmail);
    let (key, text) = (b"uq3fzx81kd".as_slice(), b"Kim.Moss@example.org".as_slice());
    let json = br#"{"a":1,"mail":"Kim.Moss@example.org"}"#;
    let step = "xor with request.body > form:s";
    let table: [(Vec<u8>, (u64, u64), String); 4] = [
        (xor(text, key), (0, 20), step.to_owned()),
        (HEXLOWER.encode(&xor(text, key)).into(), (0, 40), format!("{step}, hex")),
        (HEXLOWER.encode(&xor(json, key)).into(), (30, 70), format!("{step}, hex")),
        (xor(b"Tim.Moss@example.org", key), (0, 0), String::new()),
    ];
    for (hidden, span, expected) in table {
        let opened = form(&[("s", key), ("u", &hidden)]);
        let detected = run_on(HOST, &opened, std::slice::from_ref(&mail));
        let found: Vec<_> =
            seeded(&detected).iter().map(|s| (s.place.span, s.derivation.join(", "))).collect();
        let expected: Vec<_> = match expected.is_empty() {
            true => vec![],
            false => vec![(ByteSpan::new(span.0, span.1), expected)],
        };
        assert_eq!(found, expected);
    }
}

#[test]
fn values_split_over_two_fields_are_joined() {
    let mail = seed("Kim.Moss@example.org", Property::PersonEmail);
    let rest = |joint: &str| {
        format!("request.body > form:a: split{joint}, the rest in request.body > form:b")
    };
    let table: [(&[Field<'_>], Vec<String>); 7] = [
        (&[("a", b"Kim.Moss"), ("b", b"example.org")], vec![rest(" at \"@\"")]),
        (&[("b", b"example.org"), ("a", b"Kim.Moss")], vec![rest(" at \"@\"")]),
        (&[("a", b"Kim.Moss@ex"), ("b", b"ample.org")], vec![rest("")]),
        (
            &[("a", b"kim.moss@ex"), ("b", b"AMPLE.org")],
            vec![rest("").replace("split", "other case, split")],
        ),
        (&[("a", b"Kim.Moss@ex"), ("x", b"1"), ("b", b"ample.org")], vec![rest("")]),
        (&[("a", b"Kim.Moss@ex"), ("x", b"1234"), ("b", b"ample.org")], vec![]),
        (&[("a", b"Tim.Moss@ex"), ("b", b"ample.org")], vec![]),
    ];
    for (fields, expected) in table {
        let detected = run_on(HOST, &form(fields), std::slice::from_ref(&mail));
        assert_eq!(said(&detected), expected, "{fields:?}");
    }
}

#[test]
fn typed_text_is_found_by_its_beginnings() {
    let typed = seed("violet otter clinic london", Property::BrowsingTyped);
    let seeds = [typed];
    let find = |text: &[u8]| run_on(HOST, &form(&[("q", text)]), &seeds);
    assert_eq!(said(&find(b"Violet otter cli")), ["request.body > form:q: truncated to 16 bytes"]);
    assert_eq!(said(&find(b"violet owl clini")), Vec::<String>::new());
    let short: Vec<Detected> = [&b"vio"[..], b"viol", b"viole", b"violet"].map(find).into();
    assert!(short.iter().all(|d| seeded(d).is_empty() && d.weak.len() == 1 && d.weak[0].typed));
    let weak = short.iter().flat_map(|d| d.weak.clone());
    let confirmed = judged(weak, short.iter().flat_map(|d| d.compared.clone()));
    // "violet" alone is a word; four lengths of it at a place where nothing else was are still not
    // enough for one text of 12 bits.
    assert_eq!(confirmed, []);
    let longer: Vec<Detected> =
        [&b"violet"[..], b"violet ", b"violet o", b"violet ot"].map(find).into();
    let weak = longer.iter().flat_map(|d| d.weak.clone());
    assert_eq!(judged(weak, longer.iter().flat_map(|d| d.compared.clone())).len(), 1);
}

#[test]
fn short_hashes_count_where_three_agree() {
    let names = ["kim@example.org", "noor@example.org", "aiko@example.org"];
    let seeds = names.map(|name| seed(name, Property::PersonEmail));
    let crc = |name: &str| {
        let run = crate::hash::SHORT_FUNCTIONS[0].run;
        run(name.as_bytes()).to_string()
    };
    let sent = |names: &[&str]| -> (usize, usize) {
        let all: Vec<Detected> = names
            .iter()
            .map(|name| {
                run_on(HOST, &form(&[("n", b"31337"), ("h", crc(name).as_bytes())]), &seeds)
            })
            .collect();
        assert!(all.iter().all(|d| seeded(d).is_empty()));
        let weak: Vec<_> = all.iter().flat_map(|d| d.weak.clone()).collect();
        let compared = all.iter().flat_map(|d| d.compared.clone());
        let confirmed = judged(weak.clone(), compared);
        let derivations: Vec<_> = confirmed
            .iter()
            .flat_map(|c| &c.weak)
            .map(|(w, ())| w.sighting.derivation.join(", "))
            .collect();
        assert!(derivations.iter().all(|d| d == "crc32, decimal"), "{derivations:?}");
        (weak.len(), derivations.len())
    };
    assert_eq!(sent(&names), (3, 3));
    assert_eq!(sent(&names[..2]), (2, 0));
    assert_eq!(sent(&["tim@example.org", "jim@example.org", "lim@example.org"]), (0, 0));
}
