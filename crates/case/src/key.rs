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
    /// AES in cipher-block chaining with PKCS#7 padding; the key's length chooses 128, 192 or 256
    /// bits, here and below.
    AesCbc,
    /// AES in counter mode; the whole block counts up, highest byte first.
    AesCtr,
    /// AES in Galois/counter mode with a tag of 16 bytes behind the ciphertext.
    AesGcm,
    /// AES block by block with PKCS#7 padding.
    AesEcb,
    /// ChaCha20-Poly1305 (RFC 8439) with a tag of 16 bytes behind the ciphertext; 256 bits.
    ChaCha20Poly1305,
    /// RC4; the key is 1 to 256 bytes.
    Rc4,
    /// The key, repeated, by exclusive or.
    Xor,
}

impl Cipher {
    /// Every cipher.
    pub const ALL: [Self; 7] = [
        Self::AesCbc,
        Self::AesCtr,
        Self::AesGcm,
        Self::AesEcb,
        Self::ChaCha20Poly1305,
        Self::Rc4,
        Self::Xor,
    ];

    /// The name that paths print and key files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::AesCbc => "aes-cbc",
            Self::AesCtr => "aes-ctr",
            Self::AesGcm => "aes-gcm",
            Self::AesEcb => "aes-ecb",
            Self::ChaCha20Poly1305 => "chacha20-poly1305",
            Self::Rc4 => "rc4",
            Self::Xor => "xor",
        }
    }

    /// The cipher of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cipher| cipher.name() == name)
    }

    /// Bytes of its initialisation vector, first counter or nonce; 0 if it has none.
    pub fn iv_len(self) -> usize {
        match self {
            Self::AesCbc | Self::AesCtr => 16,
            Self::AesGcm | Self::ChaCha20Poly1305 => 12,
            Self::AesEcb | Self::Rc4 | Self::Xor => 0,
        }
    }

    /// Whether a key may have that many bytes.
    pub fn takes_key(self, len: usize) -> bool {
        match self {
            Self::AesCbc | Self::AesCtr | Self::AesGcm | Self::AesEcb => {
                matches!(len, 16 | 24 | 32)
            }
            Self::ChaCha20Poly1305 => len == 32,
            Self::Rc4 | Self::Xor => (1..=256).contains(&len),
        }
    }
}

/// Where an initialisation vector comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IvRule {
    /// The first bytes of the ciphertext, as many as the cipher wants.
    Prefix,
    /// The same for every message.
    Constant(Bytes),
    /// Another field of the same exchange, by the step of its path, such as `form:iv` or `$.iv`:
    /// the bytes themselves, or hex or base64 of them.
    Field(String),
    /// There is none, or it is all zeros.
    None,
}
