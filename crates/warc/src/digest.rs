//! Digests of blocks: written as SHA-256 in base32, read as SHA-1 or SHA-256 in base32 or hex.

use std::fmt;

use data_encoding::{BASE32, BASE32_NOPAD, HEXLOWER_PERMISSIVE};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Takes a block piece by piece and gives its `WARC-Block-Digest`.
#[derive(Clone, Default)]
pub struct BlockDigest(Sha256);

impl BlockDigest {
    /// Starts with an empty block.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the block.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The field's value: `sha256:` and the digest in base32.
    pub fn finish(self) -> String {
        format!("sha256:{}", BASE32.encode(&self.0.finalize()))
    }
}

impl fmt::Debug for BlockDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlockDigest")
    }
}

/// Tells whether `block` has the digest that `field` states, or `None` where the field names an
/// algorithm or form that is not known here.
pub fn matches(field: &str, block: &[u8]) -> Option<bool> {
    let (algorithm, stated) = field.trim().split_once(':')?;
    let found = match algorithm.to_ascii_lowercase().as_str() {
        "sha1" | "sha-1" => Sha1::digest(block).to_vec(),
        "sha256" | "sha-256" => Sha256::digest(block).to_vec(),
        _ => return None,
    };
    Some(decode(stated.trim(), found.len())? == found)
}

fn decode(stated: &str, length: usize) -> Option<Vec<u8>> {
    if stated.len() == length * 2 {
        return HEXLOWER_PERMISSIVE.decode(stated.as_bytes()).ok();
    }
    let upper = stated.trim_end_matches('=').to_ascii_uppercase();
    BASE32_NOPAD.decode(upper.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_in_every_usual_form() {
        let table = [
            ("sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5", Some(true)),
            ("SHA-1:vgmt4nsha2awvor6evyxqugcnsonbwe5", Some(true)),
            ("sha1:a9993e364706816aba3e25717850c26c9cd0d89d", Some(true)),
            ("sha1:b9993e364706816aba3e25717850c26c9cd0d89d", Some(false)),
            ("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", Some(true)),
            ("md5:900150983cd24fb0d6963f7d28e17f72", None),
            ("sha1:!", None),
            ("nothing", None),
        ];
        for (field, expected) in table {
            assert_eq!(matches(field, b"abc"), expected, "{field}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut digest = BlockDigest::new();
        digest.update(b"a");
        digest.update(b"bc");
        let field = digest.finish();
        assert_eq!(matches(&field, b"abc"), Some(true));
        assert_eq!(matches(&field, b"abd"), Some(false));
    }
}
