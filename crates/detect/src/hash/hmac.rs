//! HMAC (RFC 2104) with the functions that senders use it with.

use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::Digest;

/// A keyed hash function.
pub(crate) struct Hmac {
    /// As derivations show it.
    pub(crate) name: &'static str,
    /// Key, data.
    pub(crate) run: fn(&[u8], &[u8]) -> Digest,
}

/// The keyed functions, in the order of the first [`COMMON`](super::COMMON) of
/// [`FUNCTIONS`](super::FUNCTIONS).
pub(crate) const HMACS: [Hmac; super::COMMON] = [
    Hmac { name: "hmac-md5", run: hmac::<Md5, 64> },
    Hmac { name: "hmac-sha1", run: hmac::<Sha1, 64> },
    Hmac { name: "hmac-sha256", run: hmac::<Sha256, 64> },
    Hmac { name: "hmac-sha512", run: hmac::<Sha512, 128> },
];

/// HMAC over a function with blocks of `BLOCK` bytes.
fn hmac<D: sha2::Digest, const BLOCK: usize>(key: &[u8], data: &[u8]) -> Digest {
    let mut block = [0; BLOCK];
    let fill = |block: &mut [u8; BLOCK], key: &[u8]| {
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    };
    if key.len() > BLOCK {
        fill(&mut block, &D::digest(key))
    } else {
        fill(&mut block, key)
    }
    let inner = D::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(data).finalize();
    Digest::of(&D::new().chain_update(block.map(|b| b ^ 0x5c)).chain_update(inner).finalize())
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn codes_are_those_of_the_standards() {
        // RFC 2202 and RFC 4231, test case 2.
        let (key, data) = (b"Jefe", b"what do ya want for nothing?");
        let table = [
            ("hmac-md5", "750c783e6ab0b503eaa86e310a5db738"),
            ("hmac-sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            ("hmac-sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                "hmac-sha512",
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ];
        for (hmac, (name, hex)) in HMACS.iter().zip(table) {
            assert_eq!(
                (hmac.name, HEXLOWER.encode(&(hmac.run)(key, data))),
                (name, hex.to_owned())
            );
        }
        // RFC 4231, test case 6: a key longer than a block.
        let long =
            (HMACS[2].run)(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(HEXLOWER.encode(&long[..8]), "60e431591ee0b67f");
    }
}
