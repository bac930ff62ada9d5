//! Keys in service files: those built into the clients of a service, fields that carry one, and
//! scripts that name one.

use bytes::Bytes;
use candor_case::{Cipher, IvRule, Key, path_steps};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde::Deserialize;

use super::glob::Glob;
use crate::quoted;

/// A key that is built into the clients of a service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FixedKey {
    /// Name that derivations show.
    pub(crate) name: String,
    cipher: String,
    /// The key in hex.
    hex: String,
    /// The constant initialisation vector in hex; if left out, it stands before the ciphertext.
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
    cipher: String,
    /// How the key is written.
    written: Written,
    /// Text at which it ends, where more follows.
    #[serde(default)]
    until: Option<String>,
    /// The constant initialisation vector in hex; if left out, it stands before the ciphertext.
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

/// A key that stands in the script of a page, as the argument of a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyText {
    /// Short name.
    pub(crate) id: String,
    /// Text that stands shortly before the key.
    pub(crate) near: String,
    /// Name of the argument or variable that holds it.
    name: String,
    cipher: String,
    written: Written,
    #[serde(default)]
    iv: Option<String>,
    /// Step that must stand in the path of what it opens, on any host.
    step: String,
    pub(crate) reason: String,
    pub(crate) source: String,
    /// Scripts that hold a key.
    #[serde(default)]
    pub(crate) examples: Vec<String>,
    /// Scripts that do not.
    #[serde(default)]
    pub(crate) counter_examples: Vec<String>,
}

/// How a key is written in its field.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Written {
    Raw,
    Hex,
    Base64,
}

impl Written {
    fn decode(self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Raw => Some(text.to_vec()),
            Self::Hex => HEXLOWER_PERMISSIVE.decode(text).ok(),
            Self::Base64 => BASE64.decode(text).ok(),
        }
    }
}

impl FixedKey {
    /// The key, for these hosts; `None` if it is not well formed.
    pub(crate) fn key(&self, hosts: &[String]) -> Option<Key> {
        let bytes = HEXLOWER_PERMISSIVE.decode(self.hex.as_bytes()).ok()?;
        let (cipher, iv) = cipher(&self.cipher, self.iv.as_deref())?;
        let (name, hosts) = (self.name.clone(), hosts.to_vec());
        key(name, cipher, bytes, iv, hosts, &self.step)
    }

    /// Whether it opens what stands at a printed path.
    pub(crate) fn opens(&self, path: &str) -> bool {
        path_steps(path).into_iter().any(|step| step == self.step)
    }
}

impl KeyField {
    /// Whether what the file says of it can be.
    pub(crate) fn is_sound(&self) -> bool {
        cipher(&self.cipher, self.iv.as_deref()).is_some()
    }

    /// The key in a value that was sent to, or came from, `host`; `name` says where it was found.
    pub(crate) fn key(&self, value: &[u8], host: &str, name: String) -> Option<Key> {
        let end = match &self.until {
            Some(mark) => memchr::memmem::find(value, mark.as_bytes())?,
            None => value.len(),
        };
        let bytes = self.written.decode(value.get(..end)?.trim_ascii())?;
        let (cipher, iv) = cipher(&self.cipher, self.iv.as_deref())?;
        key(name, cipher, bytes, iv, vec![host.to_owned()], &self.step)
    }
}

impl KeyText {
    /// Whether what the file says of it can be.
    pub(crate) fn is_sound(&self) -> bool {
        cipher(&self.cipher, self.iv.as_deref()).is_some()
    }

    /// The keys in a script; `name` says where it was found.
    pub(crate) fn keys(&self, text: &[u8], name: &str) -> Vec<Key> {
        let find = |at: usize| {
            let after = text.get(at..text.len().min(at + REACH))?;
            let value = quoted::argument(after, &self.name)?;
            let (cipher, iv) = cipher(&self.cipher, self.iv.as_deref())?;
            key(name.to_owned(), cipher, self.written.decode(value)?, iv, vec![], &self.step)
        };
        memchr::memmem::find_iter(text, self.near.as_bytes()).filter_map(find).collect()
    }
}

/// How far behind the text that it stands near to a key may stand, in bytes.
const REACH: usize = 512;

/// A key of a length that its cipher takes.
fn key(
    name: String,
    cipher: Cipher,
    bytes: Vec<u8>,
    iv: IvRule,
    hosts: Vec<String>,
    step: &str,
) -> Option<Key> {
    let fits = cipher.takes_key(bytes.len());
    let bytes = Bytes::from(bytes);
    fits.then(|| Key { name, cipher, bytes, iv, hosts, step: step.to_owned() })
}

/// The cipher of that name, and its rule for the initialisation vector; `None` if there is no such
/// cipher or the vector is not as long as it wants.
fn cipher(name: &str, iv: Option<&str>) -> Option<(Cipher, IvRule)> {
    let cipher = Cipher::named(name)?;
    let Some(hex) = iv else {
        return Some((cipher, if cipher.iv_len() == 0 { IvRule::None } else { IvRule::Prefix }));
    };
    let bytes = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?;
    (bytes.len() == cipher.iv_len()).then(|| (cipher, IvRule::Constant(bytes.into())))
}
