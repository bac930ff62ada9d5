//! BLAKE3 (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, 2020), the plain hash of 32 bytes.
//!
//! Written out because the usual library brings a C compiler along for speed that nobody needs on
//! values of a hundred bytes.

/// The words that BLAKE3 has in common with SHA-256.
const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Where each word of the message goes for the next round.
const SHUFFLE: [usize; 16] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];

const CHUNK_START: u32 = 1;
const CHUNK_END: u32 = 2;
const PARENT: u32 = 4;
const ROOT: u32 = 8;

const CHUNK: usize = 1024;
const BLOCK: usize = 64;

/// The digest of `data`.
pub(super) fn hash(data: &[u8]) -> [u8; 32] {
    let words = node(data, 0, ROOT);
    let mut out = [0; 32];
    for (to, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *to = word.to_le_bytes();
    }
    out
}

/// The chaining value of the chunks in `data`, the first of which is number `first`.
fn node(data: &[u8], first: u64, root: u32) -> [u32; 8] {
    if data.len() <= CHUNK {
        return chunk(data, first, root);
    }
    // The left side takes the largest power of two of chunks that leaves something to the right.
    let chunks = data.len().div_ceil(CHUNK);
    let left = chunks.next_power_of_two() / 2;
    let (front, back) = data.split_at(left * CHUNK);
    let (a, b) = (node(front, first, 0), node(back, first + left as u64, 0));
    let mut message = [0; 16];
    message[..8].copy_from_slice(&a);
    message[8..].copy_from_slice(&b);
    compress(&START, message, 0, BLOCK as u32, PARENT | root)
}

fn chunk(data: &[u8], number: u64, root: u32) -> [u32; 8] {
    let blocks = data.len().div_ceil(BLOCK).max(1);
    let mut value = START;
    for at in 0..blocks {
        let bytes = &data[at * BLOCK..data.len().min((at + 1) * BLOCK)];
        let start = if at == 0 { CHUNK_START } else { 0 };
        let end = if at + 1 == blocks { CHUNK_END | root } else { 0 };
        value = compress(&value, words(bytes), number, bytes.len() as u32, start | end);
    }
    value
}

/// A block as words, filled up with zeros.
fn words(bytes: &[u8]) -> [u32; 16] {
    let mut block = [0; BLOCK];
    block[..bytes.len()].copy_from_slice(bytes);
    let mut out = [0; 16];
    for (to, four) in out.iter_mut().zip(block.as_chunks::<4>().0) {
        *to = u32::from_le_bytes(*four);
    }
    out
}

fn compress(
    value: &[u32; 8],
    mut message: [u32; 16],
    number: u64,
    length: u32,
    flags: u32,
) -> [u32; 8] {
    let mut state = [0; 16];
    state[..8].copy_from_slice(value);
    state[8..12].copy_from_slice(&START[..4]);
    state[12..].copy_from_slice(&[number as u32, (number >> 32) as u32, length, flags]);
    for round in 0..7 {
        if round > 0 {
            message = SHUFFLE.map(|from| message[from]);
        }
        for i in 0..4 {
            mix(&mut state, [i, 4 + i, 8 + i, 12 + i], message[2 * i], message[2 * i + 1]);
        }
        for i in 0..4 {
            let diagonal = [i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4];
            mix(&mut state, diagonal, message[8 + 2 * i], message[9 + 2 * i]);
        }
    }
    std::array::from_fn(|i| state[i] ^ state[i + 8])
}

fn mix(state: &mut [u32; 16], [a, b, c, d]: [usize; 4], x: u32, y: u32) {
    for (word, turns) in [(x, [16, 12]), (y, [8, 7])] {
        state[a] = state[a].wrapping_add(state[b]).wrapping_add(word);
        state[d] = (state[d] ^ state[a]).rotate_right(turns[0]);
        state[c] = state[c].wrapping_add(state[d]);
        state[b] = (state[b] ^ state[c]).rotate_right(turns[1]);
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn digests_are_those_of_the_test_vectors() {
        // The vectors of the reference: bytes 0, 1, …, 250, 0, 1, … of these lengths.
        let table = [
            (0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
            (1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"),
            (1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"),
            (1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"),
            (1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"),
            (2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"),
            (31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"),
        ];
        for (length, hex) in table {
            let data: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            assert_eq!(HEXLOWER.encode(&hash(&data)), hex, "{length} bytes");
        }
    }
}
