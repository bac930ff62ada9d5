//! Key files: keys that somebody knows, as TOML of our own (`docs/key-files.md`) or as the
//! `aes_info.json` that PiRogue's instrumentation writes.

mod pirogue;

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use candor_case::{Cipher, IvRule, Key, Keys};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde::Deserialize;
use toml::Spanned;

/// Key files are smaller than this, in bytes; logs of a long session included.
const LARGEST: u64 = 256 << 20;

/// Reads the keys of one file, whichever of the formats it has. Each key's name begins with that of
/// the file.
pub fn read(path: &Path) -> Result<Keys> {
    let shown = path.display();
    let size = std::fs::metadata(path).with_context(|| format!("{shown}: cannot be read"))?.len();
    if size > LARGEST {
        bail!("{shown}: {size} bytes are too many for a key file; keep the operations you need");
    }
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{shown}: cannot be read as text"))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if text.trim_start().starts_with(['[', '{']) && !text.trim_start().starts_with("[[") {
        return pirogue::parse(&text, &name).with_context(|| format!("{shown}"));
    }
    parse(&text, &name, &shown.to_string())
}

/// The keys that lie in a case's folder, as `keys.toml` or `aes_info.json`; none if neither does.
pub fn of_case(root: &Path) -> Result<Keys> {
    let mut keys = Keys::default();
    for name in ["keys.toml", "aes_info.json"] {
        let path = root.join(name);
        if path.exists() {
            keys.0.extend(read(&path)?.0);
        }
    }
    Ok(keys)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    key: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    cipher: String,
    key: Written,
    iv: Option<Iv>,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    at: String,
    /// Where the key comes from, for who reads the file.
    #[serde(default, rename = "source")]
    _source: String,
}

/// Bytes as people write them.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Written {
    Hex(String),
    Base64(String),
    Text(String),
}

impl Written {
    fn bytes(&self) -> Result<Bytes> {
        let bytes = match self {
            Self::Hex(digits) => HEXLOWER_PERMISSIVE
                .decode(digits.as_bytes())
                .with_context(|| format!("`{digits}` is not hex"))?,
            Self::Base64(digits) => BASE64
                .decode(digits.as_bytes())
                .with_context(|| format!("`{digits}` is not padded base64"))?,
            Self::Text(text) => text.clone().into_bytes(),
        };
        Ok(bytes.into())
    }
}

/// Where the initialisation vector comes from.
#[derive(Deserialize)]
#[serde(untagged)]
enum Iv {
    Rule(String),
    Field { field: String },
    Constant(Written),
}

fn parse(text: &str, name: &str, shown: &str) -> Result<Keys> {
    let place = |at: usize| {
        let before = &text[..text.floor_char_boundary(at)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        format!("{shown}:{line}:{column}")
    };
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        anyhow!("{}: {}", place(at), error.message())
    })?;
    let keys: Result<Vec<Key>> = file
        .key
        .iter()
        .map(|entry| key(entry.get_ref(), name).with_context(|| place(entry.span().start)))
        .collect();
    Ok(Keys(keys?))
}

fn key(entry: &Entry, file: &str) -> Result<Key> {
    let cipher = Cipher::named(&entry.cipher).with_context(|| {
        let known: Vec<&str> = Cipher::ALL.iter().map(|cipher| cipher.name()).collect();
        format!("`{}` is no cipher: use one of {}", entry.cipher, known.join(", "))
    })?;
    let bytes = entry.key.bytes()?;
    if !cipher.takes_key(bytes.len()) {
        bail!("{} takes no key of {} bytes", cipher.name(), bytes.len());
    }
    let iv = match &entry.iv {
        None if cipher.iv_len() == 0 => IvRule::None,
        None => IvRule::Prefix,
        Some(Iv::Rule(rule)) if rule == "prefix" => IvRule::Prefix,
        Some(Iv::Rule(rule)) if rule == "none" => IvRule::None,
        Some(Iv::Rule(rule)) => bail!(
            "`{rule}` is no rule for an iv: use \"prefix\", \"none\", {{ field = … }}, or \
             {{ hex = … }}, {{ base64 = … }}, {{ text = … }}"
        ),
        Some(Iv::Field { field }) => IvRule::Field(field.clone()),
        Some(Iv::Constant(written)) => IvRule::Constant(constant(cipher, written.bytes()?)?),
    };
    let name = format!("{file}: {}", entry.name);
    Ok(Key { name, cipher, bytes, iv, hosts: entry.hosts.clone(), step: entry.at.clone() })
}

fn constant(cipher: Cipher, bytes: Bytes) -> Result<Bytes> {
    let (len, wanted) = (bytes.len(), cipher.iv_len());
    // Of a counter, the nonce may stand alone.
    let fits = len == wanted || cipher == Cipher::AesCtr && (8..wanted).contains(&len);
    fits.then_some(bytes)
        .with_context(|| format!("{} takes an iv of {wanted} bytes, not {len}", cipher.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
[[key]]
name = "SDK 4.2"
cipher = "aes-cbc"
key = { text = "0123456789abcdef" }
iv = { hex = "101112131415161718191a1b1c1d1e1f" }
hosts = ["maker.test"]
at = "form:p"
source = "class Crypto of the app, line 12"

[[key]]
name = "masked"
cipher = "xor"
key = { base64 = "AQID" }

[[key]]
name = "sealed"
cipher = "aes-gcm"
key = { hex = "000102030405060708090a0b0c0d0e0f" }

[[key]]
name = "beside"
cipher = "aes-ctr"
key = { hex = "000102030405060708090a0b0c0d0e0f" }
iv = { field = "$.iv" }
"#;

    #[test]
    fn every_rule_is_read() {
        let keys = parse(FILE, "keys.toml", "keys.toml").unwrap().0;
        let rules: Vec<(&str, Cipher, &IvRule)> =
            keys.iter().map(|key| (key.name.as_str(), key.cipher, &key.iv)).collect();
        let constant = IvRule::Constant((0x10..0x20).collect::<Vec<u8>>().into());
        let field = IvRule::Field("$.iv".into());
        assert_eq!(
            rules,
            [
                ("keys.toml: SDK 4.2", Cipher::AesCbc, &constant),
                ("keys.toml: masked", Cipher::Xor, &IvRule::None),
                ("keys.toml: sealed", Cipher::AesGcm, &IvRule::Prefix),
                ("keys.toml: beside", Cipher::AesCtr, &field),
            ]
        );
        assert_eq!(
            (keys[0].step.as_str(), &keys[0].hosts[..]),
            ("form:p", &["maker.test".into()][..])
        );
        assert_eq!(keys[1].bytes, vec![1, 2, 3]);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_place() {
        let table = [
            ("cipher = \"aes-cbc\"", "cipher = \"des\"", "use one of aes-cbc"),
            ("0123456789abcdef", "012345", "takes no key of 6 bytes"),
            ("18191a1b1c1d1e1f", "18191a", "takes an iv of 16 bytes, not 11"),
            ("AQID", "AQI", "not padded base64"),
            ("hosts =", "host =", "f:7:1"),
            ("iv = { field = \"$.iv\" }", "iv = \"front\"", "f:21:1: `front` is no rule"),
        ];
        for (from, to, expected) in table {
            let error = parse(&FILE.replace(from, to), "f", "f").unwrap_err();
            let shown = format!("{error:#}");
            assert!(shown.contains(expected), "{shown}");
        }
    }
}
