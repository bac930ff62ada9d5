//! SHA-3 (FIPS 202), its round constants and offsets computed as the standard defines them.

pub(super) fn sha3_224(data: &[u8]) -> Vec<u8> {
    sponge(data, 28)
}

pub(super) fn sha3_256(data: &[u8]) -> Vec<u8> {
    sponge(data, 32)
}

pub(super) fn sha3_384(data: &[u8]) -> Vec<u8> {
    sponge(data, 48)
}

pub(super) fn sha3_512(data: &[u8]) -> Vec<u8> {
    sponge(data, 64)
}

fn sponge(data: &[u8], length: usize) -> Vec<u8> {
    let rate = 200 - 2 * length;
    let mut input = data.to_vec();
    input.push(6);
    input.resize(input.len().next_multiple_of(rate), 0);
    if let Some(last) = input.last_mut() {
        *last |= 0x80;
    }
    let mut state = [[0u64; 5]; 5];
    for block in input.chunks_exact(rate) {
        for (i, lane) in block.as_chunks().0.iter().enumerate() {
            state[i % 5][i / 5] ^= u64::from_le_bytes(*lane);
        }
        permute(&mut state);
    }
    (0..25).flat_map(|i| state[i % 5][i / 5].to_le_bytes()).take(length).collect()
}

/// Keccak-f[1600]; lanes are addressed `[x][y]`.
fn permute(state: &mut [[u64; 5]; 5]) {
    let mut register = 1u8;
    for _ in 0..24 {
        let columns: [u64; 5] = std::array::from_fn(|x| state[x].iter().fold(0, |c, l| c ^ l));
        for (x, sheet) in state.iter_mut().enumerate() {
            let mix = columns[(x + 4) % 5] ^ columns[(x + 1) % 5].rotate_left(1);
            sheet.iter_mut().for_each(|lane| *lane ^= mix);
        }
        let (mut x, mut y, mut moving) = (1, 0, state[1][0]);
        for t in 0..24u32 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            let turned = moving.rotate_left((t + 1) * (t + 2) / 2 % 64);
            moving = std::mem::replace(&mut state[x][y], turned);
        }
        let before = *state;
        for (x, sheet) in state.iter_mut().enumerate() {
            for (y, lane) in sheet.iter_mut().enumerate() {
                *lane = before[x][y] ^ (!before[(x + 1) % 5][y] & before[(x + 2) % 5][y]);
            }
        }
        for j in 0..7 {
            state[0][0] ^= u64::from(register & 1) << ((1u32 << j) - 1);
            register = (register << 1) ^ if register & 0x80 == 0 { 0 } else { 0x71 };
        }
    }
}
