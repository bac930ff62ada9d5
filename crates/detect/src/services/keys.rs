//! Keys in service files: those built into the clients of a service, and fields that carry one.

use bytes::Bytes;
use candor_case::{Cipher, IvRule, Key};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde::Deserialize;

use super::glob::Glob;
use candor_case::path_steps;

/// A key that is built into the clients of a service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FixedKey {
    /// Name that derivations show.
    pub(crate) name: String,
    cipher: CipherName,
    /// The key in hex.
    hex: String,
    /// The constant initialisation vector in hex; the first block of the ciphertext if left out.
    #[serde(default)]
    iv: Option<String>,
    /// Step that must stand in the path of what it opens.
    pub(crate) step: String,
    pub(crate) reason: String,
    pub(crate) source: String,
    /// Printed paths that it opens.
    #[serde(default)]
    pub(crate) examples: Vec<String>,
    /// Printed paths that it does not open.
    #[serde(default)]
    pub(crate) counter_examples: Vec<String>,
}

/// A field that carries a key for another one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyField {
    /// Short name.
    pub(crate) id: String,
    /// Pattern over paths; responses count too.
    pub(crate) path: String,
    cipher: CipherName,
    /// How the key is written.
    written: Written,
    /// Text at which it ends, where more follows.
    #[serde(default)]
    until: Option<String>,
    /// The constant initialisation vector in hex; the first block of the ciphertext if left out.
    #[serde(default)]
    iv: Option<String>,
    /// Step that must stand in the path of what it opens.
    step: String,
    pub(crate) reason: String,
    pub(crate) source: String,
    #[serde(default)]
    pub(crate) examples: Vec<String>,
    #[serde(default)]
    pub(crate) counter_examples: Vec<String>,
    /// The pattern, read.
    #[serde(skip)]
    pub(crate) globs: Vec<Glob>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum CipherName {
    #[serde(rename = "aes-cbc")]
    AesCbc,
}

/// How a key is written in its field.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Written {
    Raw,
    Hex,
    Base64,
}

impl FixedKey {
    /// The key, for these hosts; `None` if it is not well formed.
    pub(crate) fn key(&self, hosts: &[String]) -> Option<Key> {
        let CipherName::AesCbc = self.cipher;
        let bytes = HEXLOWER_PERMISSIVE.decode(self.hex.as_bytes()).ok()?;
        Some(Key {
            name: self.name.clone(),
            cipher: Cipher::AesCbc,
            bytes: aes_key(bytes)?,
            iv: iv(self.iv.as_deref())?,
            hosts: hosts.to_vec(),
            step: self.step.clone(),
        })
    }

    /// Whether it opens what stands at a printed path.
    pub(crate) fn opens(&self, path: &str) -> bool {
        path_steps(path).into_iter().any(|step| step == self.step)
    }
}

impl KeyField {
    /// Whether what the file says of it can be.
    pub(crate) fn is_sound(&self) -> bool {
        iv(self.iv.as_deref()).is_some()
    }

    /// The key in a value that was sent to, or came from, `host`; `name` says where it was found.
    pub(crate) fn key(&self, value: &[u8], host: &str, name: String) -> Option<Key> {
        let CipherName::AesCbc = self.cipher;
        let end = match &self.until {
            Some(mark) => memchr::memmem::find(value, mark.as_bytes())?,
            None => value.len(),
        };
        let written = value.get(..end)?.trim_ascii();
        let bytes = match self.written {
            Written::Raw => written.to_vec(),
            Written::Hex => HEXLOWER_PERMISSIVE.decode(written).ok()?,
            Written::Base64 => BASE64.decode(written).ok()?,
        };
        Some(Key {
            name,
            cipher: Cipher::AesCbc,
            bytes: aes_key(bytes)?,
            iv: iv(self.iv.as_deref())?,
            hosts: vec![host.to_owned()],
            step: self.step.clone(),
        })
    }
}

fn aes_key(bytes: Vec<u8>) -> Option<Bytes> {
    matches!(bytes.len(), 16 | 24 | 32).then(|| bytes.into())
}

/// The rule for the initialisation vector; `None` if the text is not 16 bytes of hex.
fn iv(hex: Option<&str>) -> Option<IvRule> {
    let Some(hex) = hex else { return Some(IvRule::Prefix) };
    let bytes = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?;
    (bytes.len() == 16).then(|| IvRule::Constant(bytes.into()))
}
