//! Digests, and names made from them.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// The SHA-256 of some bytes, in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// A UUID (version 8, RFC 9562) made from pieces; the same pieces always give the same one.
pub fn uuid_from(pieces: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for piece in pieces {
        digest.update((piece.len() as u64).to_le_bytes());
        digest.update(piece);
    }
    let mut bytes: [u8; 16] = [0; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_shape_of_a_uuid_and_depend_on_every_border() {
        let name = uuid_from(&[b"a", b"bc"]);
        assert_eq!(name.len(), 36);
        assert_eq!((&name[14..15], name.matches('-').count()), ("8", 4));
        assert_ne!(name, uuid_from(&[b"ab", b"c"]));
        assert_eq!(name, uuid_from(&[b"a", b"bc"]));
    }

    #[test]
    fn the_digest_is_the_known_one() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), expected);
    }
}
