//! The wire format: tags, varints, fixed numbers and bytes with a length.

use std::ops::Range;

/// One field of a message; ranges are within the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) number: u32,
    /// Tag, length and content.
    pub(super) whole: Range<usize>,
    /// The content alone.
    pub(super) content: Range<usize>,
    pub(super) value: Value,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A varint or a fixed number, unsigned.
    Number(u64),
    /// Text, bytes, a message, a packed list: the wire does not say.
    Bytes(Range<usize>),
}

/// The fields of a message, one after the other; an item of `None` is what is no field, and the
/// last one.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How far it has been read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Whether everything that follows is fields.
    pub(super) fn all_valid(mut self) -> bool {
        self.all(|field| field.is_some())
    }

    fn field(&mut self) -> Option<Field> {
        let start = self.at;
        let tag = u32::try_from(self.varint()?).ok()?;
        let number = tag >> 3;
        let from = self.at;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => Value::Number(u64::from_le_bytes(self.take()?)),
            2 => {
                let len = usize::try_from(self.varint()?).ok()?;
                let end = self.at.checked_add(len).filter(|end| *end <= self.bytes.len())?;
                let range = self.at..end;
                self.at = end;
                Value::Bytes(range)
            }
            5 => Value::Number(u64::from(u32::from_le_bytes(self.take()?))),
            _ => return None,
        };
        let content = match &value {
            Value::Number(_) => from..self.at,
            Value::Bytes(range) => range.clone(),
        };
        (number > 0).then_some(Field { number, whole: start..self.at, content, value })
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let taken = self.bytes.get(self.at..)?.first_chunk()?;
        self.at += N;
        Some(*taken)
    }

    /// A varint of at most 64 bits; a last byte of zero would be one byte too many.
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for (index, byte) in self.bytes.get(self.at..)?.iter().take(10).enumerate() {
            let bits = u64::from(byte & 0x7f);
            if index == 9 && bits > 1 {
                return None;
            }
            value |= bits << (7 * index);
            if *byte < 0x80 {
                self.at += index + 1;
                return (*byte != 0 || index == 0).then_some(value);
            }
        }
        None
    }
}

impl Iterator for Fields<'_> {
    type Item = Option<Field>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.at = self.bytes.len();
        }
        Some(field)
    }
}

/// Writes a varint at the end of `bytes`.
pub(super) fn push_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_round_trip_and_long_forms_are_refused() {
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            push_varint(&mut bytes, value);
            assert_eq!(Fields::of(&bytes).varint(), Some(value));
        }
        assert_eq!(Fields::of(&[0x80, 0]).varint(), None);
        assert_eq!(Fields::of(&[0xff; 10]).varint(), None);
        assert_eq!(Fields::of(&[0x80]).varint(), None);
    }

    #[test]
    fn fields_are_read() {
        let read: Vec<_> = Fields::of(b"\x08\x96\x01\x12\x03abc\x1d\x01\0\0\0").flatten().collect();
        assert_eq!(read.len(), 3);
        assert_eq!((read[0].number, &read[0].value), (1, &Value::Number(150)));
        assert_eq!((read[1].number, read[1].content.clone()), (2, 5..8));
        assert_eq!((read[2].number, &read[2].value), (3, &Value::Number(1)));
        for broken in [&b"\x00\x01"[..], b"\x12\x09abc", b"\x0b\x01", b"\x08"] {
            assert!(!Fields::of(broken).all_valid(), "{broken:?}");
        }
    }
}
