//! Brotli (RFC 7932) in its plainest compressed form: one meta-block of literals, each in a code of
//! eight bits, so that no byte of the value stands in the stream as it was.

/// Least length and extra bits of each insert length code (RFC 7932, section 5).
const INSERTS: [(usize, u32); 24] = [
    (0, 0),
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 1),
    (8, 1),
    (10, 2),
    (14, 2),
    (18, 3),
    (26, 3),
    (34, 4),
    (50, 4),
    (66, 5),
    (98, 5),
    (130, 6),
    (194, 7),
    (322, 8),
    (578, 9),
    (1090, 10),
    (2114, 12),
    (6210, 14),
    (22594, 24),
];

/// Compresses 1 to 65536 bytes.
pub(super) fn brotli(bytes: &[u8]) -> Vec<u8> {
    assert!((1..=1 << 16).contains(&bytes.len()), "one meta-block of four nibbles");
    let mut bits = Bits::default();
    // Window of 16 bits; last meta-block, not empty; length in four nibbles.
    bits.push(0, 1);
    bits.push(0b01, 2);
    bits.push(0, 2);
    bits.push(bytes.len() - 1, 16);
    // One block type each for literals, commands and distances; no postfix, no direct distances;
    // context mode 0; one tree each.
    bits.push(0, 3);
    bits.push(0, 6);
    bits.push(0, 2);
    bits.push(0, 2);
    literal_code(&mut bits);
    let insert = INSERTS.iter().rposition(|(least, _)| *least <= bytes.len()).unwrap_or(0);
    // The command with this insert length and the shortest copy, whose copy never comes to pass.
    let rows = [128, 256, 448];
    bits.push(0b0001, 4);
    bits.push(rows[insert / 8] + (insert % 8) * 8, 10);
    bits.push(0b0001, 4);
    bits.push(0, 6);
    let (least, extra) = INSERTS[insert];
    bits.push(bytes.len() - least, extra);
    for byte in bytes {
        bits.push(usize::from(byte.reverse_bits()), 8);
    }
    bits.bytes
}

/// A code in which all 256 literals have eight bits: only the length 8 has a code length itself, so
/// that naming it 256 times takes no bits.
fn literal_code(bits: &mut Bits) {
    bits.push(3, 2);
    for length in [4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15] {
        bits.push(if length == 8 { 0b10 } else { 0 }, 2);
    }
}

/// Bits in bytes, lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    fn push(&mut self, value: usize, count: u32) {
        for i in 0..count {
            if self.count.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> i & 1) as u8) << (self.count % 8);
            }
            self.count += 1;
        }
    }
}
