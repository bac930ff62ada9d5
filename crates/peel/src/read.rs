//! Reading binary formats: a position in bytes that never leaves them.

/// A position in some bytes; reading past the end gives `None` and moves nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// At a place of some bytes, which may lie behind their end.
    pub(crate) fn from(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at: at.min(bytes.len()) }
    }

    /// Whether everything has been read.
    pub(crate) fn is_done(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next `len` bytes.
    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(len)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let taken = *self.rest().first_chunk()?;
        self.at += N;
        Some(taken)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    /// A number of `len` bytes, at most eight, highest first.
    pub(crate) fn big(&mut self, len: usize) -> Option<u64> {
        let taken = self.take(len).filter(|_| len <= 8)?;
        Some(taken.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// The same, lowest first.
    pub(crate) fn little(&mut self, len: usize) -> Option<u64> {
        let taken = self.take(len).filter(|_| len <= 8)?;
        Some(taken.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A length of `len` bytes, highest first, of something that fits what is left.
    pub(crate) fn big_len(&mut self, len: usize) -> Option<usize> {
        let number = usize::try_from(self.big(len)?).ok()?;
        (number <= self.rest().len()).then_some(number)
    }

    /// A length of four bytes, lowest first, of something that fits what is left.
    pub(crate) fn little_len(&mut self) -> Option<usize> {
        let number = usize::try_from(self.little(4)?).ok()?;
        (number <= self.rest().len()).then_some(number)
    }

    /// LEB128 of at most 64 bits, as Thrift and SignalR write numbers.
    pub(crate) fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for (index, byte) in self.rest().iter().take(10).enumerate() {
            let bits = u64::from(byte & 0x7f);
            if index == 9 && bits > 1 {
                return None;
            }
            value |= bits << (7 * index);
            if *byte < 0x80 {
                self.at += index + 1;
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_the_end_is_kept() {
        let mut reader = Reader::new(&[1, 2, 3, 4, 0x96, 1, 9]);
        assert_eq!(reader.big(2), Some(0x102));
        assert_eq!(reader.little(2), Some(0x403));
        assert_eq!(reader.varint(), Some(150));
        assert_eq!(reader.take(2), None);
        assert_eq!(reader.big_len(1), None);
        assert!(reader.is_done());
        assert_eq!(reader.byte(), None);
        assert_eq!(Reader::new(&[0xff; 12]).varint(), None);
        assert_eq!(Reader::from(&[1], 9).rest(), b"");
        assert_eq!(Reader::new(&[0; 9]).big(9), None);
    }
}
