//! Hashed forms of a planted value: MD5, SHA-1 and SHA-2, as hex, raw bytes and base64 text.

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use crate::forms::{Compare, Form};

/// Bytes of a digest that the automaton itself compares: 64 bits, so that hardly anything is
/// compared in vain.
const NEEDLE: usize = 8;

type Hash = fn(&[u8]) -> Vec<u8>;

/// The hash functions, with the names that derivations show.
const HASHES: [(&str, Hash); 6] = [
    ("md5", |data| Md5::digest(data).to_vec()),
    ("sha1", |data| Sha1::digest(data).to_vec()),
    ("sha224", |data| Sha224::digest(data).to_vec()),
    ("sha256", |data| Sha256::digest(data).to_vec()),
    ("sha384", |data| Sha384::digest(data).to_vec()),
    ("sha512", |data| Sha512::digest(data).to_vec()),
];

/// The hashed forms of one seed; `inputs` are what is hashed, each with the steps that led to it.
pub(crate) fn forms(inputs: &[(String, Vec<&'static str>)], seed: usize) -> Vec<Form> {
    let mut all = Vec::new();
    for (input, steps) in inputs {
        for (name, hash) in HASHES {
            let digest = hash(input.as_bytes());
            for (text, written, needle, compare) in spellings(&digest) {
                let steps = steps.iter().copied().chain([name]).chain(written).collect();
                let bits = digest.len() as f64 * 8.0;
                let form =
                    Form { seed, text, needle, compare, steps, bits, apart: false, part: false };
                all.push(form);
            }
        }
    }
    all
}

type Spelling = (Vec<u8>, Option<&'static str>, usize, Compare);

/// A digest as it is sent. Base64 is compared without padding; the URL alphabet only where it
/// differs.
fn spellings(digest: &[u8]) -> Vec<Spelling> {
    let base64 = BASE64_NOPAD.encode(digest).into_bytes();
    let url = BASE64URL_NOPAD.encode(digest).into_bytes();
    let hex = HEXLOWER.encode(digest).into_bytes();
    let mut all = vec![
        (digest.to_vec(), None, NEEDLE, Compare::Exact),
        (hex, Some("hex"), NEEDLE * 2, Compare::OneCase),
    ];
    if url != base64 {
        all.push((url, Some("base64url"), NEEDLE * 4 / 3 + 1, Compare::Exact));
    }
    all.push((base64, Some("base64"), NEEDLE * 4 / 3 + 1, Compare::Exact));
    all
}

/// The first 16 bytes of a value's SHA-256, in hex: how observations tell values apart.
pub(crate) fn fingerprint(value: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(value)[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standards() {
        let all = forms(&[("abc".into(), vec![])], 0);
        let table: &[(&str, &[&str])] = &[
            ("900150983cd24fb0d6963f7d28e17f72", &["md5", "hex"]),
            ("a9993e364706816aba3e25717850c26c9cd0d89d", &["sha1", "hex"]),
            ("23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7", &["sha224", "hex"]),
            (
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                &["sha256", "hex"],
            ),
            ("kAFQmDzST7DWlj99KOF/cg", &["md5", "base64"]),
            ("kAFQmDzST7DWlj99KOF_cg", &["md5", "base64url"]),
        ];
        for (text, steps) in table {
            let form = all.iter().find(|form| form.text == text.as_bytes());
            assert_eq!(form.map(|form| form.steps.as_slice()), Some(*steps), "{text}");
        }
        assert!(all.iter().all(|form| form.needle <= form.text.len()));
    }
}
