//! Gates: what must be true of some bytes for a codec to be asked. All gates are looked up at once,
//! in tables made when the program is compiled.

use crate::codec::CODECS;
use crate::shape::Shape;

/// What must be true of the bytes of a layer.
#[derive(Clone, Copy)]
pub(crate) struct Gate {
    /// Kinds of which one must occur.
    any: u16,
    /// Kinds beside which no other may occur.
    only: u16,
    /// Whether the first byte may be the one of that number; roots are let through regardless.
    first: [bool; 256],
}

impl Gate {
    /// One of these kinds must occur.
    pub(crate) const fn any(kinds: u16) -> Self {
        Self { any: kinds, only: u16::MAX, first: [true; 256] }
    }

    /// Bytes that are not plain ASCII text.
    pub(crate) const fn binary() -> Self {
        Self::any(crate::shape::kind::BINARY)
    }

    /// And no other than these.
    pub(crate) const fn only(mut self, kinds: u16) -> Self {
        self.only = kinds;
        self
    }

    /// And the first byte is one of these.
    pub(crate) const fn first(mut self, bytes: &[u8]) -> Self {
        self.first = [false; 256];
        let mut at = 0;
        while at < bytes.len() {
            self.first[bytes[at] as usize] = true;
            at += 1;
        }
        self
    }
}

/// A set of codecs by their position, one bit each.
type Set = u64;

/// For each half of a shape, the codecs that one of its kinds lets in and those that one shuts out.
struct Tables {
    any: [[Set; 256]; 2],
    barred: [[Set; 256]; 2],
    first: [Set; 256],
}

static TABLES: Tables = tables();

const fn tables() -> Tables {
    assert!(CODECS.len() <= 64);
    let mut tables = Tables { any: [[0; 256]; 2], barred: [[0; 256]; 2], first: [0; 256] };
    let mut codec = 0;
    while codec < CODECS.len() {
        let gate = &CODECS[codec].0;
        let bit = 1 << codec;
        let mut byte = 0;
        while byte < 256 {
            let halves = [byte as u16, (byte as u16) << 8];
            let mut half = 0;
            while half < 2 {
                if halves[half] & gate.any != 0 {
                    tables.any[half][byte] |= bit;
                }
                if halves[half] & !gate.only != 0 {
                    tables.barred[half][byte] |= bit;
                }
                half += 1;
            }
            if gate.first[byte] {
                tables.first[byte] |= bit;
            }
            byte += 1;
        }
        codec += 1;
    }
    tables
}

/// The positions of the codecs to ask about bytes of this shape, in order. Of a root the first
/// byte does not count: a label may say more than it.
pub(crate) fn candidates(shape: Shape, first: Option<u8>) -> Candidates {
    let [low, high] = shape.halves();
    let any = TABLES.any[0][low] | TABLES.any[1][high];
    let barred = TABLES.barred[0][low] | TABLES.barred[1][high];
    let first = first.map_or(Set::MAX, |byte| TABLES.first[usize::from(byte)]);
    Candidates(any & !barred & first)
}

/// Positions of codecs that are still to be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidates(Set);

impl Candidates {
    /// Every codec.
    pub(crate) const ALL: Self = Self(Set::MAX >> (Set::BITS as usize - CODECS.len()));
}

impl Iterator for Candidates {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = self.0.trailing_zeros();
        self.0 &= self.0.wrapping_sub(1);
        (at < Set::BITS).then_some(at as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_agree_with_gates() {
        let texts: [&[u8]; 8] = [
            b"word",
            b"{\"a\":1}",
            b"\x1f\x8b\x08",
            b"a=1&b=2",
            b"ZGVhZA==",
            b"de ad\n",
            b"%41",
            b"eyJ.x.y",
        ];
        for text in texts {
            let shape = Shape::of(text);
            let passes = |gate: &Gate| {
                shape.any(gate.any) && shape.only(gate.only) && gate.first[usize::from(text[0])]
            };
            let expected: Vec<usize> =
                (0..CODECS.len()).filter(|at| passes(&CODECS[*at].0)).collect();
            let found: Vec<usize> = candidates(shape, Some(text[0])).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
