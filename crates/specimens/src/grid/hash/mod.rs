//! Hash functions, written out from their specifications, so that none of candor's own libraries
//! vouches for itself.

mod blake;
mod md;
mod sha2;
mod sha3;
mod short;

/// A hash function under the name that derivations show.
#[derive(Clone, Copy)]
pub(super) struct Hash {
    pub(super) name: &'static str,
    /// Bytes in, digest out; functions of 32 and 64 bits give it with the highest byte first.
    pub(super) run: fn(&[u8]) -> Vec<u8>,
    /// Bytes of one block, for HMAC.
    block: usize,
}

/// All of them.
pub(super) const HASHES: [Hash; 22] = [
    Hash { name: "md5", run: md::md5, block: 64 },
    Hash { name: "sha1", run: md::sha1, block: 64 },
    Hash { name: "sha224", run: sha2::sha224, block: 64 },
    Hash { name: "sha256", run: sha2::sha256, block: 64 },
    Hash { name: "sha384", run: sha2::sha384, block: 128 },
    Hash { name: "sha512", run: sha2::sha512, block: 128 },
    Hash { name: "sha3-224", run: sha3::sha3_224, block: 144 },
    Hash { name: "sha3-256", run: sha3::sha3_256, block: 136 },
    Hash { name: "sha3-384", run: sha3::sha3_384, block: 104 },
    Hash { name: "sha3-512", run: sha3::sha3_512, block: 72 },
    Hash { name: "blake2b-512", run: blake::blake2b_512, block: 128 },
    Hash { name: "blake2b-256", run: blake::blake2b_256, block: 128 },
    Hash { name: "blake2s-256", run: blake::blake2s_256, block: 64 },
    Hash { name: "blake3", run: blake::blake3, block: 64 },
    Hash { name: "ripemd160", run: md::ripemd160, block: 64 },
    Hash { name: "murmur3-128", run: short::murmur3_128, block: 16 },
    Hash { name: "xxh64", run: short::xxh64, block: 32 },
    Hash { name: "fnv1a-64", run: short::fnv1a_64, block: 1 },
    Hash { name: "crc32", run: short::crc32, block: 1 },
    Hash { name: "murmur3-32", run: short::murmur3_32, block: 4 },
    Hash { name: "xxh32", run: short::xxh32, block: 16 },
    Hash { name: "fnv1a-32", run: short::fnv1a_32, block: 1 },
];

/// The hash function of that name.
pub(super) fn named(name: &str) -> Hash {
    let found = HASHES.into_iter().find(|hash| hash.name == name);
    found.expect("the tables of ways name only functions that are listed here")
}

/// Java's `String.hashCode` (JLS, `java.lang.String`): a signed number.
pub(super) fn java_hash_code(text: &str) -> i32 {
    text.encode_utf16().fold(0, |h: i32, unit| h.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// HMAC (RFC 2104).
pub(super) fn hmac(hash: Hash, key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut block = if key.len() > hash.block { (hash.run)(key) } else { key.to_vec() };
    block.resize(hash.block, 0);
    let pad = |mask: u8, rest: &[u8]| -> Vec<u8> {
        (hash.run)(&block.iter().map(|b| b ^ mask).chain(rest.iter().copied()).collect::<Vec<u8>>())
    };
    pad(0x5c, &pad(0x36, data))
}

/// Data with the padding that MD4's descendants share: a bit, zeros, and the length in bits.
fn padded(data: &[u8], block: usize, big_endian: bool) -> Vec<u8> {
    let bits = data.len() as u64 * 8;
    let mut out = data.to_vec();
    out.push(0x80);
    while out.len() % block != block - 8 {
        out.push(0);
    }
    out.extend(if big_endian { bits.to_be_bytes() } else { bits.to_le_bytes() });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::text::hex;

    /// Longer than one block of every function here.
    const LONG: &str = "The quick brown fox jumps over the lazy dog, and then it jumps over the lazy dog \
        again, since nobody who has seen a lazy dog being jumped over once can ever get enough of it.";

    #[test]
    fn digests_are_those_of_the_standards() {
        let table: &[(&str, &str, &str)] = &[
            ("md5", "abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("md5", LONG, "f4dfaa355e1d9a4745fa788e6645f877"),
            ("sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha1", LONG, "fe113c9ffcae7550016bfa5ef0def19333efc44a"),
            ("sha224", "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            ("sha224", LONG, "0ec7fe5c42fb1a59a50f303b21619319ecacab6f7637a6ac58333a84"),
            ("sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("sha256", LONG, "957980203568eb9e4b7b66d0e2e81b5d3f29bbd642538a5948829a210c0a0296"),
            (
                "sha384",
                "abc",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                "sha384",
                LONG,
                "65f87b3fc6057af45402d6a458a663d84cabd9ab089de353cb9ec0568dc1ea36f60dbfed90154fd4ff4044e1e92cb9c3",
            ),
            (
                "sha512",
                "abc",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
            (
                "sha512",
                LONG,
                "a40c857568846803d6674a22d2432c3b03ad614ec8cd4940f805476be61d219880aadf4783cc256e56a1e4551fdc9e247a646626347ce924d5d0af834baa0f78",
            ),
            ("sha3-224", "abc", "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),
            ("sha3-224", LONG, "660fa8b5ba53a3ea3dd549800fcf9e316538d893ff7bcde0d11ccc45"),
            ("sha3-256", "abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
            ("sha3-256", LONG, "8a2a0a038105e56aee2a5230f143ad3c9ab030de052ff89cd481dad177593c90"),
            (
                "sha3-384",
                "abc",
                "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
            ),
            (
                "sha3-384",
                LONG,
                "3b1fa3140073649e7d66b5f8fcd79635740c2b56ee32a5de287cc7f08feff746f3338804699edf14f32af15b8e4e6737",
            ),
            (
                "sha3-512",
                "abc",
                "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
            ),
            (
                "sha3-512",
                LONG,
                "3e1809383e787a2816f736b2c3bf16688593775e82da3ebb8b5ac9cc5a62013c0292e75556def30ff54b8b047552418308a83b773c42156fe52f36e7d93dc506",
            ),
            ("ripemd160", "abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
            ("ripemd160", LONG, "5a3663702244241ac0d706a470cfff9008c0fd97"),
            (
                "blake2b-512",
                "abc",
                "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
            ),
            (
                "blake2b-512",
                LONG,
                "7a7d4c2f64374f685c10232dac0b8107773b78843f6b08dedfa9b17a5919a9332a784133b0086a9a4877bdf13805aa96f51fabe86bf8d7acfa7ea3755c98b8e4",
            ),
            (
                "blake2b-256",
                "abc",
                "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
            ),
            (
                "blake2b-256",
                LONG,
                "f8f492e1b184f81d5dfd83cdbabdbeee204c8a2b853a06f93d4b47fa40e193a5",
            ),
            (
                "blake2s-256",
                "abc",
                "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
            ),
            (
                "blake2s-256",
                LONG,
                "c7bd99c97463653f85bbda4cb6cf543ff23ea4f2ca44f7706692bd6a362927cb",
            ),
            ("blake3", "abc", "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"),
            ("blake3", "", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
            ("murmur3-128", "hello", "cbd8a7b341bd9b025b1e906a48ae1d19"),
            (
                "murmur3-128",
                "The quick brown fox jumps over the lazy dog",
                "e34bbc7bbc071b6c7a433ca9c49a9347",
            ),
            ("murmur3-32", "The quick brown fox jumps over the lazy dog", "2e4ff723"),
            ("xxh32", LONG, "e1338b2f"),
            ("xxh64", "", "ef46db3751d8e999"),
            ("xxh64", "abc", "44bc2cf5ad770999"),
            ("fnv1a-64", "a", "af63dc4c8601ec8c"),
            ("murmur3-32", "hello", "248bfa47"),
            ("murmur3-32", "hello, world", "149bbb7f"),
            ("xxh32", "", "02cc5d05"),
            ("xxh32", "abc", "32d153ff"),
            ("fnv1a-32", "a", "e40c292c"),
            ("crc32", "123456789", "cbf43926"),
        ];
        for (name, text, digest) in table {
            assert_eq!(hex(&(named(name).run)(text.as_bytes())), *digest, "{name} of {text}");
        }
        assert_eq!(java_hash_code("hello"), 99_162_322);
    }

    #[test]
    fn authentication_codes_are_those_of_the_standard() {
        let table: &[(&str, &str)] = &[
            ("md5", "04149baeea7b1eb64606d97b0e8d0cff"),
            ("sha1", "03b860305438b22311d32315c5f14b81627e6155"),
            ("sha256", "b9203d18cffa2884b76d0270242d70afc9d6f428139fe0ad3ac69cf476f4d50a"),
            (
                "sha512",
                "5d885cb1d7141345420eadd761da4cca187a6d9936f82d80d1fcba1b6916f92c0d700e9c2418d4db5e7370ae08b6b2ab90f0b177390ec8147989f275453fb17f",
            ),
        ];
        for (name, code) in table {
            assert_eq!(hex(&hmac(named(name), b"a key", LONG.as_bytes())), *code, "{name}");
        }
    }
}
