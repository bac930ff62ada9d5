//! Hash functions, under the names that derivations show. Those below 64 bits stand apart, since
//! what they explain counts only where they explain it again and again (`weak`).

mod blake3;
mod hmac;
mod short;

use blake2::{Blake2b256, Blake2b512, Blake2s256};
use md5::Md5;
use ripemd::Ripemd160;
use sha1::Sha1;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512, Sha512_256};
use sha3::{Keccak256, Sha3_224, Sha3_256, Sha3_384, Sha3_512};
use twox_hash::{XxHash3_64, XxHash3_128, XxHash32, XxHash64};

pub(crate) use hmac::HMACS;

/// Longest digest, in bytes.
const LONGEST: usize = 64;

/// A digest of at most 64 bytes.
#[derive(Clone, Copy)]
pub(crate) struct Digest {
    bytes: [u8; LONGEST],
    length: u8,
}

impl Digest {
    fn of(bytes: &[u8]) -> Self {
        let mut digest = Self { bytes: [0; LONGEST], length: bytes.len().min(LONGEST) as u8 };
        for (to, from) in digest.bytes.iter_mut().zip(bytes) {
            *to = *from;
        }
        digest
    }
}

impl std::ops::Deref for Digest {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

/// A hash function of 64 bits or more.
pub(crate) struct Function {
    /// As derivations show it.
    pub(crate) name: &'static str,
    pub(crate) run: fn(&[u8]) -> Digest,
}

/// How many of [`FUNCTIONS`] senders commonly use; they come first.
pub(crate) const COMMON: usize = 4;

/// The functions of 64 bits or more. Numbers of 64 bits are taken with the highest byte first.
pub(crate) const FUNCTIONS: [Function; 33] = [
    Function { name: "md5", run: |data| Digest::of(&Md5::digest(data)) },
    Function { name: "sha1", run: |data| Digest::of(&Sha1::digest(data)) },
    Function { name: "sha256", run: |data| Digest::of(&Sha256::digest(data)) },
    Function { name: "sha512", run: |data| Digest::of(&Sha512::digest(data)) },
    Function { name: "sha224", run: |data| Digest::of(&Sha224::digest(data)) },
    Function { name: "sha384", run: |data| Digest::of(&Sha384::digest(data)) },
    Function { name: "sha512-256", run: |data| Digest::of(&Sha512_256::digest(data)) },
    Function { name: "sha3-224", run: |data| Digest::of(&Sha3_224::digest(data)) },
    Function { name: "sha3-256", run: |data| Digest::of(&Sha3_256::digest(data)) },
    Function { name: "sha3-384", run: |data| Digest::of(&Sha3_384::digest(data)) },
    Function { name: "sha3-512", run: |data| Digest::of(&Sha3_512::digest(data)) },
    Function { name: "keccak-256", run: |data| Digest::of(&Keccak256::digest(data)) },
    Function { name: "blake2b-512", run: |data| Digest::of(&Blake2b512::digest(data)) },
    Function { name: "blake2b-256", run: |data| Digest::of(&Blake2b256::digest(data)) },
    Function { name: "blake2s-256", run: |data| Digest::of(&Blake2s256::digest(data)) },
    Function { name: "blake3", run: |data| Digest::of(&blake3::hash(data)) },
    Function { name: "ripemd160", run: |data| Digest::of(&Ripemd160::digest(data)) },
    Function { name: "murmur3-128", run: |data| Digest::of(&short::murmur3_128(data, false)) },
    Function { name: "murmur3-128-le", run: |data| Digest::of(&short::murmur3_128(data, true)) },
    Function { name: "xxh64", run: |data| number(XxHash64::oneshot(0, data)) },
    Function { name: "xxh3-64", run: |data| number(XxHash3_64::oneshot(data)) },
    Function {
        name: "xxh3-128",
        run: |data| Digest::of(&XxHash3_128::oneshot(data).to_be_bytes()),
    },
    Function { name: "fnv1-64", run: |data| number(short::fnv1_64(data)) },
    Function { name: "fnv1a-64", run: |data| number(short::fnv1a_64(data)) },
    Function { name: "uuid3", run: |data| uuid(&Md5::digest(data), 3) },
    Function { name: "uuid3-dns", run: |data| named(Md5::new(), 0x10, data, 3) },
    Function { name: "uuid3-url", run: |data| named(Md5::new(), 0x11, data, 3) },
    Function { name: "uuid3-oid", run: |data| named(Md5::new(), 0x12, data, 3) },
    Function { name: "uuid5", run: |data| uuid(&Sha1::digest(data), 5) },
    Function { name: "uuid5-dns", run: |data| named(Sha1::new(), 0x10, data, 5) },
    Function { name: "uuid5-url", run: |data| named(Sha1::new(), 0x11, data, 5) },
    Function { name: "uuid5-oid", run: |data| named(Sha1::new(), 0x12, data, 5) },
    Function { name: "uuid8", run: |data| uuid(&Sha256::digest(data), 8) },
];

/// A hash function of 32 bits.
pub(crate) struct ShortFunction {
    /// As derivations show it.
    pub(crate) name: &'static str,
    pub(crate) run: fn(&[u8]) -> u32,
}

/// The functions below 64 bits.
pub(crate) const SHORT_FUNCTIONS: [ShortFunction; 9] = [
    ShortFunction { name: "crc32", run: short::crc32 },
    ShortFunction { name: "crc32c", run: short::crc32c },
    ShortFunction { name: "adler32", run: short::adler32 },
    ShortFunction { name: "murmur3-32", run: short::murmur3_32 },
    ShortFunction { name: "xxh32", run: |data| XxHash32::oneshot(0, data) },
    ShortFunction { name: "java-hashcode", run: short::java_hash_code },
    ShortFunction { name: "fnv1-32", run: short::fnv1_32 },
    ShortFunction { name: "fnv1a-32", run: short::fnv1a_32 },
    ShortFunction { name: "djb2", run: short::djb2 },
];

fn number(value: u64) -> Digest {
    Digest::of(&value.to_be_bytes())
}

/// The first 16 bytes of a digest as a UUID of that version (RFC 9562). Without a name space it is
/// what Java's `UUID.nameUUIDFromBytes` makes of MD5.
fn uuid(digest: &[u8], version: u8) -> Digest {
    let mut out = Digest::of(digest.get(..16).unwrap_or(digest));
    out.bytes[6] = out.bytes[6] & 0x0f | version << 4;
    out.bytes[8] = out.bytes[8] & 0x3f | 0x80;
    out
}

/// A UUID made of a name in one of the name spaces of RFC 9562, which differ in one byte.
fn named<D: sha2::Digest>(hasher: D, space: u8, data: &[u8], version: u8) -> Digest {
    let space = 0x6ba7_b800_9dad_11d1_80b4_00c0_4fd4_30c8_u128 | u128::from(space) << 96;
    let digest = hasher.chain_update(space.to_be_bytes()).chain_update(data).finalize();
    uuid(&digest, version)
}

/// The first 16 bytes of a value's SHA-256, in hex: how observations tell values apart.
pub(crate) fn fingerprint(value: &[u8]) -> String {
    String::from_utf8_lossy(&fingerprint_digits(value)).into_owned()
}

/// The digits of a [`fingerprint`]: most are only compared.
pub(crate) fn fingerprint_digits(value: &[u8]) -> [u8; 32] {
    let mut digits = [0; 32];
    data_encoding::HEXLOWER.encode_mut(&Sha256::digest(value)[..16], &mut digits);
    digits
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn digests_are_those_of_the_standards() {
        let table: &[(&str, &str, &str)] = &[
            ("md5", "abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha224", "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            ("sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("sha3-256", "abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
            ("keccak-256", "", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
            (
                "blake2s-256",
                "abc",
                "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
            ),
            (
                "blake2b-256",
                "abc",
                "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
            ),
            ("blake3", "abc", "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"),
            ("ripemd160", "abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
            ("murmur3-128", "hello", "cbd8a7b341bd9b025b1e906a48ae1d19"),
            ("murmur3-128-le", "hello", "029bbd41b3a7d8cb191dae486a901e5b"),
            ("xxh64", "abc", "44bc2cf5ad770999"),
            ("xxh3-64", "", "2d06800538d394c2"),
            ("xxh3-128", "", "99aa06d3014798d86001c324468d497f"),
            ("fnv1-64", "a", "af63bd4c8601b7be"),
            ("fnv1a-64", "a", "af63dc4c8601ec8c"),
            // `UUID.nameUUIDFromBytes("abc")`.
            ("uuid3", "abc", "900150983cd23fb096963f7d28e17f72"),
            // RFC 9562, appendices A.2 and A.4.
            ("uuid3-dns", "www.example.com", "5df418813aed351588a72f4a814cf09e"),
            ("uuid5-dns", "www.example.com", "2ed6657de927568b95e12665a8aea6a2"),
        ];
        for (name, text, hex) in table {
            let function = FUNCTIONS.iter().find(|f| f.name == *name).expect("known");
            let digest = HEXLOWER.encode(&(function.run)(text.as_bytes()));
            assert_eq!(digest, *hex, "{name} of {text}");
        }
    }

    #[test]
    fn short_digests_are_those_of_the_standards() {
        let table: &[(&str, &str, u32)] = &[
            ("crc32", "123456789", 0xcbf4_3926),
            ("crc32c", "123456789", 0xe306_9283),
            ("adler32", "Wikipedia", 0x11e6_0398),
            ("murmur3-32", "hello", 0x248b_fa47),
            ("murmur3-32", "The quick brown fox jumps over the lazy dog", 0x2e4f_f723),
            ("xxh32", "abc", 0x32d1_53ff),
            ("java-hashcode", "hello", 99_162_322),
            ("java-hashcode", "höhle", 103_478_163),
            ("fnv1-32", "a", 0x050c_5d7e),
            ("fnv1a-32", "a", 0xe40c_292c),
            ("djb2", "a", 5381 * 33 + 97),
        ];
        for (name, text, expected) in table {
            let function = SHORT_FUNCTIONS.iter().find(|f| f.name == *name).expect("known");
            assert_eq!((function.run)(text.as_bytes()), *expected, "{name} of {text}");
        }
    }
}
