//! A filter that tells most beginnings and ends of values from those that are looked for.

/// Bytes that it looks at.
const LENGTH: usize = 3;

/// Three bytes that occur, in lower case; some others pass too.
pub(crate) struct Filter(Vec<u64>);

impl Default for Filter {
    fn default() -> Self {
        Self(vec![0; 1 << 12])
    }
}

impl Filter {
    /// Adds three bytes, if there are as many.
    pub(crate) fn add(&mut self, bytes: Option<&[u8; LENGTH]>) {
        if let Some(at) = bytes.map(place) {
            self.0[at / 64] |= 1 << (at % 64);
        }
    }

    /// Whether they may have been added, in any case.
    pub(crate) fn may_hold(&self, bytes: Option<&[u8; LENGTH]>) -> bool {
        bytes.map(place).is_some_and(|at| self.0[at / 64] & 1 << (at % 64) != 0)
    }
}

/// The place of three bytes in a filter of 2^18 bits.
fn place(bytes: &[u8; LENGTH]) -> usize {
    let number = bytes.iter().fold(0, |n, b| n << 8 | u32::from(b.to_ascii_lowercase()));
    (number.wrapping_mul(0x9e37_79b1) >> 14) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_passes_and_most_else_does_not() {
        let mut filter = Filter::default();
        filter.add(Some(b"abc"));
        filter.add(None);
        assert!(filter.may_hold(Some(b"abc")) && filter.may_hold(Some(b"ABC")));
        assert!(!filter.may_hold(None));
        let others = (b'a'..=b'z').filter(|c| filter.may_hold(Some(&[*c, b'q', b'x']))).count();
        assert!(others < 3, "{others}");
    }
}
