//! Hash functions that were made for tables and checksums, and that senders use on people.

/// FNV-1 (RFC 9923), 32 bits.
pub(super) fn fnv1_32(data: &[u8]) -> u32 {
    data.iter().fold(0x811c_9dc5, |hash: u32, b| hash.wrapping_mul(0x0100_0193) ^ u32::from(*b))
}

/// FNV-1a (RFC 9923), 32 bits.
pub(super) fn fnv1a_32(data: &[u8]) -> u32 {
    data.iter().fold(0x811c_9dc5, |hash: u32, b| (hash ^ u32::from(*b)).wrapping_mul(0x0100_0193))
}

/// FNV-1 (RFC 9923), 64 bits.
pub(super) fn fnv1_64(data: &[u8]) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    data.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, b| hash.wrapping_mul(PRIME) ^ u64::from(*b))
}

/// FNV-1a (RFC 9923), 64 bits.
pub(super) fn fnv1a_64(data: &[u8]) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    data.iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, b| (hash ^ u64::from(*b)).wrapping_mul(PRIME))
}

/// Bernstein's `hash * 33 + c` from 5381.
pub(super) fn djb2(data: &[u8]) -> u32 {
    data.iter().fold(5381, |hash: u32, b| hash.wrapping_mul(33).wrapping_add(u32::from(*b)))
}

/// Java's `String.hashCode` (JLS): over UTF-16 units; over bytes where they are no text.
pub(super) fn java_hash_code(data: &[u8]) -> u32 {
    let step = |hash: u32, unit: u32| hash.wrapping_mul(31).wrapping_add(unit);
    match std::str::from_utf8(data) {
        Ok(text) => text.encode_utf16().fold(0, |hash, unit| step(hash, u32::from(unit))),
        Err(_) => data.iter().fold(0, |hash, byte| step(hash, u32::from(*byte))),
    }
}

/// Adler-32 (RFC 1950).
pub(super) fn adler32(data: &[u8]) -> u32 {
    let (low, high) = data.iter().fold((1u32, 0u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65521;
        (low, (high + low) % 65521)
    });
    high << 16 | low
}

/// CRC-32 of gzip and zip (ISO 3309).
pub(super) fn crc32(data: &[u8]) -> u32 {
    crc(data, &GZIP)
}

/// CRC-32C (Castagnoli, RFC 3720).
pub(super) fn crc32c(data: &[u8]) -> u32 {
    crc(data, &CASTAGNOLI)
}

const GZIP: [u32; 256] = crc_table(0xedb8_8320);
const CASTAGNOLI: [u32; 256] = crc_table(0x82f6_3b78);

/// What each byte does to a checksum with this (reflected) polynomial.
const fn crc_table(polynomial: u32) -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut rest, mut bit) = (byte as u32, 0);
        while bit < 8 {
            let low = rest & 1;
            rest = (rest >> 1) ^ (low * polynomial);
            bit += 1;
        }
        table[byte] = rest;
        byte += 1;
    }
    table
}

fn crc(data: &[u8], table: &[u32; 256]) -> u32 {
    let next = |crc: u32, byte: &u8| crc >> 8 ^ table[usize::from(crc as u8 ^ byte)];
    !data.iter().fold(!0, next)
}

/// MurmurHash3 for 32 bits (A. Appleby, `MurmurHash3_x86_32`), from 0.
pub(super) fn murmur3_32(data: &[u8]) -> u32 {
    let scramble =
        |word: u32| word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let (words, rest) = data.as_chunks::<4>();
    let mut state = words.iter().fold(0u32, |state, word| {
        let mixed = state ^ scramble(u32::from_le_bytes(*word));
        mixed.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
    });
    state ^= scramble(little(rest) as u32) ^ data.len() as u32;
    state ^= state >> 16;
    state = state.wrapping_mul(0x85eb_ca6b);
    state ^= state >> 13;
    state = state.wrapping_mul(0xc2b2_ae35);
    state ^ state >> 16
}

/// MurmurHash3 for 128 bits (A. Appleby, `MurmurHash3_x64_128`), from 0; both halves with the
/// highest byte first, or, where `little`, with the lowest.
pub(super) fn murmur3_128(data: &[u8], little_endian: bool) -> [u8; 16] {
    const FACTORS: [u64; 2] = [0x87c3_7b91_1142_53d5, 0x4cf5_ad43_2745_937f];
    let low = |word: u64| word.wrapping_mul(FACTORS[0]).rotate_left(31).wrapping_mul(FACTORS[1]);
    let high = |word: u64| word.wrapping_mul(FACTORS[1]).rotate_left(33).wrapping_mul(FACTORS[0]);
    let (blocks, rest) = data.as_chunks::<16>();
    let (mut first, mut second) = (0u64, 0u64);
    for block in blocks {
        let (a, b) = block.split_at(8);
        first = (first ^ low(little(a))).rotate_left(27).wrapping_add(second);
        first = first.wrapping_mul(5).wrapping_add(0x52dc_e729);
        second = (second ^ high(little(b))).rotate_left(31).wrapping_add(first);
        second = second.wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    let (a, b) = rest.split_at(rest.len().min(8));
    let length = data.len() as u64;
    first ^= low(little(a)) ^ length;
    second ^= high(little(b)) ^ length;
    let cross = |first: u64, second: u64| {
        let sum = first.wrapping_add(second);
        (sum, second.wrapping_add(sum))
    };
    (first, second) = cross(first, second);
    (first, second) = cross(avalanche(first), avalanche(second));
    let number = u128::from(first) << 64 | u128::from(second);
    if little_endian {
        (u128::from(second) << 64 | u128::from(first)).to_le_bytes()
    } else {
        number.to_be_bytes()
    }
}

fn avalanche(mut word: u64) -> u64 {
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        word ^= word >> 33;
        word = word.wrapping_mul(factor);
    }
    word ^ word >> 33
}

/// Up to eight bytes as a number, the lowest first.
fn little(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
