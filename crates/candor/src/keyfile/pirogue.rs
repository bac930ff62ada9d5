//! `aes_info.json` of PiRogue (`pirogue-cli`, `frida-scripts/log_aes_info.js`): a list of what an
//! app on Android told its cipher. A record with a `key` was written when the app made one, a
//! record with `in` and `out` when it sealed or opened something; nothing says which key that was,
//! so each is tried. All bytes are in hex.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use bytes::Bytes;
use candor_case::{Cipher, IvRule, Key, Keys};
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;

/// Vectors that one key may have before they are taken for random ones, which senders put in front
/// of what they seal.
const MOST_VECTORS: usize = 8;

#[derive(Deserialize)]
struct Record {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    iv: String,
    #[serde(default)]
    alg: String,
    #[serde(default, rename = "in")]
    input: String,
    #[serde(default, rename = "out")]
    output: String,
    #[serde(default)]
    key: String,
}

/// A use of a cipher.
struct Operation {
    /// Its position in the file, from 1.
    number: usize,
    cipher: Cipher,
    iv: Bytes,
    input: Vec<u8>,
    output: Vec<u8>,
}

/// The keys that explain at least one operation of the file. A key with many vectors is given once
/// more, for messages that begin with theirs.
pub(super) fn parse(text: &str, name: &str) -> Result<Keys> {
    let records: Vec<Record> =
        serde_json::from_str(text).context("neither a key file nor an aes_info.json of PiRogue")?;
    let secrets: BTreeSet<Bytes> =
        records.iter().filter_map(|record| hex(&record.data.key)).map(Bytes::from).collect();
    let operations: Vec<Operation> = records
        .iter()
        .enumerate()
        .filter_map(|(at, record)| operation(at + 1, &record.data))
        .collect();
    let mut keys: Vec<Key> = Vec::new();
    for secret in &secrets {
        add(&mut keys, secret, &operations, name);
    }
    Ok(Keys(keys))
}

/// Adds what one secret explains.
fn add(keys: &mut Vec<Key>, secret: &Bytes, operations: &[Operation], name: &str) {
    for cipher in Cipher::ALL {
        let mut known: BTreeSet<Bytes> = BTreeSet::new();
        for operation in operations.iter().filter(|operation| operation.cipher == cipher) {
            let key = Key {
                name: format!("{name}: operation {}", operation.number),
                cipher,
                bytes: secret.clone(),
                iv: rule(operation),
                hosts: vec![],
                step: String::new(),
            };
            if known.contains(&operation.iv) || !explains(&key, operation) {
                continue;
            }
            if known.len() == MOST_VECTORS {
                keys.push(Key { iv: IvRule::Prefix, ..key });
                break;
            }
            known.insert(operation.iv.clone());
            keys.push(key);
        }
    }
}

fn rule(operation: &Operation) -> IvRule {
    match operation.iv.is_empty() {
        true => IvRule::None,
        false => IvRule::Constant(operation.iv.clone()),
    }
}

/// Whether the key turns one side of the operation into the other.
fn explains(key: &Key, operation: &Operation) -> bool {
    let opens = |sealed: &[u8], plain: &[u8]| {
        candor_peel::unseal(key, sealed).is_some_and(|found| found == plain)
    };
    opens(&operation.output, &operation.input) || opens(&operation.input, &operation.output)
}

fn operation(number: usize, data: &Data) -> Option<Operation> {
    let (input, output) = (hex(&data.input)?, hex(&data.output)?);
    Some(Operation {
        number,
        cipher: cipher(&data.alg)?,
        iv: hex(&data.iv).unwrap_or_default().into(),
        input,
        output,
    })
}

/// The cipher of a transformation as Java names it, `AES/CBC/PKCS5Padding`; the mode left out is
/// ECB.
fn cipher(transformation: &str) -> Option<Cipher> {
    let mut parts = transformation.split('/');
    let algorithm = parts.next()?.to_ascii_uppercase();
    let mode = parts.next().unwrap_or("ECB").to_ascii_uppercase();
    match (algorithm.as_str(), mode.as_str()) {
        ("AES", "CBC") => Some(Cipher::AesCbc),
        ("AES", "CTR") => Some(Cipher::AesCtr),
        ("AES", "GCM") => Some(Cipher::AesGcm),
        ("AES", "ECB") => Some(Cipher::AesEcb),
        ("RC4" | "ARC4" | "ARCFOUR", _) => Some(Cipher::Rc4),
        ("CHACHA20", _) | ("CHACHA20-POLY1305", _) => Some(Cipher::ChaCha20Poly1305),
        _ => None,
    }
}

/// Bytes in hex; `None` if there are none.
fn hex(digits: &str) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok().filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "the address https://example.org/private?q=1" by `openssl enc -aes-128-cbc`, key 00 to 0f,
    /// vector 10 to 1f.
    const SEALED: &str = "7d3cc7fad3ea209a1f66883500fa6ebbb9ea79134d0507de6af2f74efd31d997\
                          be252a770391652fc1bcf31d51beeebf";
    const PLAIN: &str = "7468652061646472657373206874747073 3a2f2f6578616d706c652e6f72672f\
                         707269766174653f713d31";

    fn record(fields: &[(&str, &str)]) -> serde_json::Value {
        let mut data =
            serde_json::json!({ "iv": "", "alg": "AES", "in": "", "out": "", "key": "" });
        for (name, value) in fields {
            data[name] = value.replace(' ', "").into();
        }
        serde_json::json!({
            "type": "aes_info_log", "dump": "aes_info.json", "data_type": "json",
            "timestamp": 1795330065426i64, "data": data, "pid": 4711, "process": "org.example.app",
        })
    }

    fn log(mode: &str, input: &str, output: &str) -> String {
        let iv = "101112131415161718191a1b1c1d1e1f";
        serde_json::json!([
            record(&[("key", "ffffffffffffffffffffffffffffffff")]),
            record(&[("key", "000102030405060708090a0b0c0d0e0f")]),
            record(&[("iv", iv), ("alg", mode), ("in", input), ("out", output)]),
            record(&[("iv", iv), ("alg", mode), ("in", input), ("out", output)]),
        ])
        .to_string()
    }

    #[test]
    fn the_key_that_explains_an_operation_is_taken() {
        let cbc = "AES/CBC/PKCS5Padding";
        for log in [log(cbc, PLAIN, SEALED), log(cbc, SEALED, PLAIN)] {
            let keys = parse(&log, "aes_info.json").unwrap().0;
            assert_eq!(keys.len(), 1);
            assert_eq!(keys[0].name, "aes_info.json: operation 3");
            assert_eq!(keys[0].bytes, (0..16).collect::<Vec<u8>>());
            assert_eq!(keys[0].iv, IvRule::Constant((16..32).collect::<Vec<u8>>().into()));
        }
        let other_mode = log("AES/CTR/NoPadding", PLAIN, SEALED);
        assert!(parse(&other_mode, "aes_info.json").unwrap().0.is_empty());
        assert!(parse("{\"a\":1}", "x.json").is_err());
    }
}
