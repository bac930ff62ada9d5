//! Keys for ciphers, each with the place where it was found.

use bytes::Bytes;

/// Keys that peeling may try, in the order they were gathered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(pub Vec<Key>);

/// One key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Name that the derivation shows: where it was found, or which document holds it.
    pub name: String,
    /// The cipher it belongs to.
    pub cipher: Cipher,
    /// The secret.
    pub bytes: Bytes,
    /// Where the initialisation vector comes from.
    pub iv: IvRule,
    /// Hosts it applies to: each entry matches that host and its subdomains; empty means every host.
    pub hosts: Vec<String>,
    /// The step that must stand in the layer's path, such as `form:p`; empty means any.
    pub step: String,
}

/// Ciphers that peeling can undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cipher {
    /// AES in cipher-block chaining with PKCS#7 padding; the key's length chooses 128 or 256 bits.
    AesCbc,
}

/// Where an initialisation vector comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IvRule {
    /// The first block of the ciphertext.
    Prefix,
    /// The same for every message.
    Constant(Bytes),
}
