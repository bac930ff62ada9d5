//! MD5 (RFC 1321), SHA-1 (FIPS 180-4) and RIPEMD-160 (Dobbertin, Bosselaers, Preneel, 1996).

const START: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

pub(super) fn md5(data: &[u8]) -> Vec<u8> {
    const TURNS: [[u32; 4]; 4] =
        [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let sine = |i: usize| (f64::sin((i + 1) as f64).abs() * 4_294_967_296.0) as u32;
    let mut state: [u32; 4] = std::array::from_fn(|i| START[i]);
    for block in super::padded(data, 64, false).chunks_exact(64) {
        let words: Vec<u32> = block.as_chunks().0.iter().map(|b| u32::from_le_bytes(*b)).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for i in 0..64 {
            let (mixed, word) = match i / 16 {
                0 => ((b & c) | (!b & d), i),
                1 => ((d & b) | (!d & c), (5 * i + 1) % 16),
                2 => (b ^ c ^ d, (3 * i + 5) % 16),
                _ => (c ^ (b | !d), 7 * i % 16),
            };
            let sum = a.wrapping_add(mixed).wrapping_add(sine(i)).wrapping_add(words[word]);
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(TURNS[i / 16][i % 4]));
        }
        state.iter_mut().zip([a, b, c, d]).for_each(|(s, r)| *s = s.wrapping_add(r));
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}

pub(super) fn sha1(data: &[u8]) -> Vec<u8> {
    let mut state = START;
    for block in super::padded(data, 64, true).chunks_exact(64) {
        let mut words: Vec<u32> =
            block.as_chunks().0.iter().map(|b| u32::from_be_bytes(*b)).collect();
        for i in 16..80 {
            words
                .push((words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16]).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (i, word) in words.iter().enumerate() {
            let (mixed, round) = match i / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let sum = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e);
            let sum = sum.wrapping_add(round).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
        }
        state.iter_mut().zip([a, b, c, d, e]).for_each(|(s, r)| *s = s.wrapping_add(r));
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// Constants, order of words and turns of one of RIPEMD-160's two lines.
struct Line {
    rounds: [u32; 5],
    words: [[u8; 16]; 5],
    turns: [[u8; 16]; 5],
}

const LEFT: Line = Line {
    rounds: [0, 0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xa953_fd4e],
    words: [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8],
        [3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12],
        [1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2],
        [4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13],
    ],
    turns: [
        [11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8],
        [7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12],
        [11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5],
        [11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12],
        [9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6],
    ],
};

const RIGHT: Line = Line {
    rounds: [0x50a2_8be6, 0x5c4d_d124, 0x6d70_3ef3, 0x7a6d_76e9, 0],
    words: [
        [5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12],
        [6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2],
        [15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13],
        [8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14],
        [12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11],
    ],
    turns: [
        [8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6],
        [9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11],
        [9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5],
        [15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8],
        [8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11],
    ],
};

pub(super) fn ripemd160(data: &[u8]) -> Vec<u8> {
    let mut state = START;
    for block in super::padded(data, 64, false).chunks_exact(64) {
        let words: Vec<u32> = block.as_chunks().0.iter().map(|b| u32::from_le_bytes(*b)).collect();
        let left = run(&LEFT, &words, state, |round| round);
        let right = run(&RIGHT, &words, state, |round| 4 - round);
        state = std::array::from_fn(|i| {
            let sum = state[(i + 1) % 5].wrapping_add(left[(i + 2) % 5]);
            sum.wrapping_add(right[(i + 3) % 5])
        });
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// One line over one block; `mixing` says which of the five functions a round uses.
fn run(line: &Line, words: &[u32], start: [u32; 5], mixing: fn(usize) -> usize) -> [u32; 5] {
    let [mut a, mut b, mut c, mut d, mut e] = start;
    for i in 0..80 {
        let (round, at) = (i / 16, i % 16);
        let mixed = match mixing(round) {
            0 => b ^ c ^ d,
            1 => (b & c) | (!b & d),
            2 => (b | !c) ^ d,
            3 => (b & d) | (c & !d),
            _ => b ^ (c | !d),
        };
        let sum = a.wrapping_add(mixed).wrapping_add(words[usize::from(line.words[round][at])]);
        let sum = sum.wrapping_add(line.rounds[round]);
        let sum = sum.rotate_left(u32::from(line.turns[round][at])).wrapping_add(e);
        (a, e, d, c, b) = (e, d, c.rotate_left(10), b, sum);
    }
    [a, b, c, d, e]
}
