//! Service files: their format, and what each part of them answers.

use std::collections::BTreeMap;

use bytes::Bytes;
use candor_case::{Cipher, IvRule, Key, LayerId, Property, Sender, Tree};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde::Deserialize;

use super::glob::{Glob, url_path_matches};
use crate::fields::Paths;
use crate::{DetectError, pattern, site};

/// One documented service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    /// Short name, as findings show it.
    pub(crate) id: String,
    /// Name for people.
    pub(crate) title: String,
    /// Whose the hosts are; only where `hosts` names some.
    #[serde(default)]
    pub(crate) organisation: Option<String>,
    /// Hosts, each with its subdomains; empty where the format is used on anybody's hosts.
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// URL paths, as patterns.
    pub(crate) paths: Vec<String>,
    /// Path patterns of which each must be present.
    #[serde(default)]
    requires: Vec<String>,
    /// Who sends there: `subject` where only a program's own code does.
    #[serde(default)]
    pub(crate) sender: Option<Sender>,
    /// URL paths of requests to delete what was collected, as patterns.
    #[serde(default)]
    erasure: Vec<String>,
    /// Why we believe that these requests are the service's.
    pub(crate) reason: String,
    /// Where that can be read.
    pub(crate) source: String,
    /// URLs that it receives; those of erasure paths are marked by their path.
    #[serde(default)]
    pub(crate) examples: Vec<String>,
    /// URLs that it does not receive.
    #[serde(default)]
    pub(crate) counter_examples: Vec<String>,
    /// Fields whose meaning is known.
    #[serde(default, rename = "field")]
    pub(crate) fields: Vec<Field>,
    /// Keys that are built into its clients.
    #[serde(default, rename = "key")]
    pub(crate) fixed_keys: Vec<FixedKey>,
    /// Fields that carry a key.
    #[serde(default, rename = "key_field")]
    pub(crate) key_fields: Vec<KeyField>,
    /// What it requires, read: one of each list must be present.
    #[serde(skip)]
    required: Vec<Vec<Glob>>,
    /// Fields by the last step of their patterns, where that stands for itself.
    #[serde(skip)]
    by_last: BTreeMap<String, Vec<usize>>,
    /// The other fields.
    #[serde(skip)]
    loose: Vec<usize>,
}

/// A field whose meaning is documented.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Field {
    /// Short name, unique in the service.
    pub(crate) id: String,
    /// Pattern over paths.
    pub(crate) path: String,
    /// What it says; `None` where it is documented to say nothing about person or device, so that
    /// nothing in it is taken for something that does.
    #[serde(default)]
    pub(crate) property: Option<Property>,
    /// Why we believe it.
    pub(crate) reason: String,
    /// Where that can be read.
    pub(crate) source: String,
    /// Printed paths where it stands.
    #[serde(default)]
    pub(crate) examples: Vec<String>,
    /// Printed paths where it does not.
    #[serde(default)]
    pub(crate) counter_examples: Vec<String>,
    /// The pattern, read.
    #[serde(skip)]
    pub(crate) globs: Vec<Glob>,
}

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

/// Reads one file.
pub(super) fn parse(name: &str, text: &str) -> Result<Service, DetectError> {
    let fault = |why: String| DetectError::Service { name: name.to_owned(), why };
    let mut service: Service = toml::from_str(text).map_err(|e| fault(e.to_string()))?;
    service.required = service.requires.iter().map(|text| Glob::parse(text)).collect();
    for field in &mut service.fields {
        field.globs = Glob::parse(&field.path);
    }
    for field in &mut service.key_fields {
        field.globs = Glob::parse(&field.path);
        iv(field.iv.as_deref()).ok_or_else(|| fault(format!("`{}`: iv is not hex", field.id)))?;
    }
    service.index();
    if let Some(bad) = service.fixed_keys.iter().find(|key| service.key(key).is_none()) {
        return Err(fault(format!(
            "key `{}`: not 16 or 32 bytes of hex with an iv of 16",
            bad.name
        )));
    }
    Ok(service)
}

impl Service {
    /// Whether it receives requests to this host and URL path.
    pub(crate) fn receives(&self, host: &str, path: &str) -> bool {
        let host_fits = self.hosts.is_empty() || self.hosts.iter().any(|h| site::within(host, h));
        let mut paths = self.paths.iter().chain(&self.erasure);
        host_fits && paths.any(|glob| url_path_matches(glob, path))
    }

    /// Whether a URL path asks it to delete what it has.
    pub(crate) fn erases(&self, path: &str) -> bool {
        self.erasure.iter().any(|glob| url_path_matches(glob, path))
    }

    /// Whether what it requires is present among the layers.
    pub(crate) fn required(&self, tree: &Tree, paths: &Paths<'_>) -> bool {
        self.required.iter().all(|globs| tree.iter().any(|(id, _)| paths.any(globs, id)))
    }

    /// The first field that stands at a layer.
    pub(crate) fn field(&self, id: LayerId, paths: &Paths<'_>) -> Option<&Field> {
        let close = self.by_last.get(paths.last(id)).map_or(&[][..], Vec::as_slice);
        let candidates = close.iter().chain(&self.loose);
        let found = candidates
            .filter(|&&at| self.fields.get(at).is_some_and(|field| paths.any(&field.globs, id)));
        found.min().and_then(|&at| self.fields.get(at))
    }

    /// Sorts the fields by how they are found.
    fn index(&mut self) {
        for (at, field) in self.fields.iter().enumerate() {
            for glob in &field.globs {
                match glob.last_literal() {
                    Some(last) => self.by_last.entry(last.to_owned()).or_default().push(at),
                    None => self.loose.push(at),
                }
            }
        }
    }

    /// The keys that are built into its clients.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> {
        self.fixed_keys.iter().filter_map(|key| self.key(key))
    }

    fn key(&self, key: &FixedKey) -> Option<Key> {
        let CipherName::AesCbc = key.cipher;
        let bytes = HEXLOWER_PERMISSIVE.decode(key.hex.as_bytes()).ok()?;
        Some(Key {
            name: key.name.clone(),
            cipher: Cipher::AesCbc,
            bytes: aes_key(bytes)?,
            iv: iv(key.iv.as_deref())?,
            hosts: self.hosts.clone(),
            step: key.step.clone(),
        })
    }
}

impl FixedKey {
    /// Whether it opens what stands at a printed path.
    pub(crate) fn opens(&self, path: &str) -> bool {
        pattern::steps(path).into_iter().any(|step| step == self.step)
    }
}

impl KeyField {
    /// The key in a value that was sent to, or came from, `host`; `name` says where it was found.
    pub(crate) fn key(&self, value: &[u8], host: &str, name: String) -> Option<Key> {
        let CipherName::AesCbc = self.cipher;
        let end = self.until.as_ref().and_then(|mark| {
            value.windows(mark.len().max(1)).position(|window| window == mark.as_bytes())
        });
        let written = value.get(..end.unwrap_or(value.len()))?.trim_ascii();
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

/// Splits a URL into host and path, for examples.
pub(super) fn host_and_path(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let path = path.split(['?', '#']).next().unwrap_or("");
    (host, if path.is_empty() { "/" } else { path })
}
