//! A payload whose key travels beside it: opened in two sweeps, with the key that the first found.

mod common;

use std::io::Write as _;

use candor_case::{Exchange, FindingKind, Header, Keys, Property, Run, Subject};
use candor_detect::{Detected, Knowledge, Services, detect};
use candor_peel::{Budget, peel};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use common::{exchange, seed};
use data_encoding::{BASE64, HEXLOWER};

/// The vector that MiStat 3 uses for everything.
const IV: &[u8; 16] = b"cfbsdfgsdfxccvd1";

fn encrypt(key: &[u8; 16], plain: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<aes::Aes128>::new(key.into(), IV.into()).encrypt_padded_vec::<Pkcs7>(plain)
}

/// An upload in the manner of MiStat 3 while it has no key from the server. `sid` is in base64 and
/// has some text behind the time, so that it is long enough to be opened without knowing better.
fn upload(json: &str) -> Exchange {
    let built_in = HEXLOWER.decode(b"4ef8b4ac42dbc3f95320b73ae0edbd43").expect("hex");
    let built_in: [u8; 16] = built_in.try_into().expect("16 bytes");
    let session = [0x5a, 0x01, 0xc3, 0x77, 0x90, 0x2e, 0xbd, 0x14, 6, 0xfe, 2, 0x81, 9, 33, 4, 7];
    let wrapped = format!("{}_1588000000123_{}", HEXLOWER.encode(&session), "x".repeat(48));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(json.as_bytes()).expect("in memory");
    let field = |bytes: &[u8]| {
        BASE64.encode(bytes).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
    };
    let body = format!(
        "ai=100&sv=3.0.16&pv=3.0&rg=ZZ&p={}&fc=1&sid={}",
        field(&encrypt(&session, &gzip.finish().expect("in memory"))),
        field(&encrypt(&built_in, wrapped.as_bytes())),
    );
    let form = Header::new("Content-Type", "application/x-www-form-urlencoded");
    exchange("POST", "https://data.stat.maker.test/mistats/v3", vec![form], body)
}

fn sweep(exchange: &Exchange, keys: &Keys, knowledge: &Knowledge) -> Detected {
    let tree = peel(exchange, keys, &Budget::default());
    detect(exchange, &tree, &Run::default(), knowledge)
}

#[test]
fn a_key_found_in_the_request_opens_its_payload() {
    let words = seed("search", "violet otter 7fk2qz9xw4", Property::BrowsingSearch, None);
    let knowledge =
        Knowledge::new(Services::built_in(), &Subject::default(), &[words]).expect("builds");
    let exchange = upload(r#"[{"event":"search","word":"violet otter 7fk2qz9xw4"}]"#);
    let seeded = |detected: &Detected| -> Vec<String> {
        let found = detected.sightings.iter().filter(|s| s.kind == FindingKind::SeededValue);
        found.map(|s| s.place.path.clone()).collect()
    };

    let without = sweep(&exchange, &Keys::default(), &knowledge);
    assert_eq!((seeded(&without), without.keys), (vec![], vec![]));

    let mut keys = knowledge.keys();
    let first = sweep(&exchange, &keys, &knowledge);
    assert_eq!(seeded(&first), Vec::<String>::new());
    assert_eq!(first.keys.len(), 1);

    keys.0.extend(first.keys);
    let second = sweep(&exchange, &keys, &knowledge);
    assert_eq!(seeded(&second), ["request.body > form:p > base64 > aes-cbc > gzip > $[0].word"]);
}
