//! Telling messages from everything else that fits the wire format.

use super::wire::{Field, Fields, Value};
use crate::binary::{SHORTEST_ENCRYPTED, has_magic, is_random};
use crate::codecs::utf16;
use crate::shape::{Shape, kind};
use crate::text::is_utf8_text;

/// Whether bytes of unknown kind are a message.
pub(crate) fn is_message(bytes: &[u8]) -> bool {
    let Some(looks) = Looks::at(bytes, 3) else { return false };
    bytes.len() >= 8
        && (looks.text >= 4 || (looks.fields >= 3 && looks.in_order && looks.highest <= 256))
}

/// Whether bytes of unknown kind are a message that holds text, which is next to certain.
pub(crate) fn holds_text(bytes: &[u8]) -> bool {
    Looks::at(bytes, 3).is_some_and(|looks| looks.text >= 4)
}

/// Whether a field within a message is a message: more likely from the start than for bytes
/// that come from anywhere.
pub(super) fn is_submessage(bytes: &[u8]) -> bool {
    if bytes.len() < 2 || (is_clean_text(bytes) && !begins_as_field(bytes)) {
        return false;
    }
    let Some(looks) = Looks::at(bytes, 1) else { return false };
    looks.text >= 3 || (looks.in_order && looks.highest <= 4096)
}

/// Text that a program would send as such.
fn is_clean_text(bytes: &[u8]) -> bool {
    is_utf8_text(bytes)
}

/// Line feed, tab and carriage return are white space in text, but also the tag of field 1.
pub(super) fn begins_as_field(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b'\n' | b'\t' | b'\r'))
}

/// What a message looks like from outside.
#[derive(Debug, PartialEq, Eq)]
struct Looks {
    fields: usize,
    highest: u32,
    in_order: bool,
    /// The longest text in it, in bytes; a compressed stream counts as text.
    text: usize,
}

impl Looks {
    /// Looks through a whole message and `levels` more below it; `None` if it is not one.
    fn at(bytes: &[u8], levels: u8) -> Option<Self> {
        let mut looks = Self { fields: 0, highest: 0, in_order: true, text: 0 };
        for field in Fields::of(bytes) {
            let Field { number, value, .. } = field?;
            looks.fields += 1;
            looks.in_order &= number >= looks.highest;
            looks.highest = looks.highest.max(number);
            if let Value::Bytes(range) = value {
                let content = &bytes[range];
                let clean = is_clean_text(content) && !begins_as_field(content);
                let text = if clean || has_magic(content) || utf16::is_wide(content) {
                    content.len()
                } else if levels > 0 {
                    Self::at(content, levels - 1).map_or(0, |inner| inner.text)
                } else {
                    0
                };
                looks.text = looks.text.max(text);
            }
        }
        (looks.fields > 0).then_some(looks)
    }
}

/// Whether this is a packed list of numbers: varints to the last byte, mostly short ones, and not
/// random. Only of long lists: a short one is a value anyway.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    if bytes.len() < SHORTEST_ENCRYPTED || has_magic(bytes) || utf16::is_wide(bytes) {
        return false;
    }
    let longest_run = bytes.split(|b| *b < 0x80).map(<[u8]>::len).max().unwrap_or(0);
    Shape::of(bytes).any(kind::BINARY)
        && bytes.last().is_some_and(|b| *b < 0x80)
        && longest_run < 10
        && !is_random(bytes)
        && bytes.iter().filter(|b| **b < 0x80).count() * 2 > bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::tests::noise;
    use crate::codec::tests::layers;

    #[test]
    fn messages_are_told_from_noise_and_text() {
        let ukm = b"\x09\x01\x02\x03\x04\x05\x06\x07\x08\x10\x05\x1a\x10\x08\x07\x42\x0c\x0a\x0ahttps://a/";
        assert!(is_message(ukm) && holds_text(ukm));
        assert!(is_message(b"\x08\x01\x10\x02\x18\x03\x20\x96\x01"));
        for text in ["0000000000000000", "\nhello world, this is text", "HHHHHHHHPPPP", "xxxxxxxx"]
        {
            assert!(layers(text.as_bytes()).is_empty(), "{text}");
        }
        let taken = (0..10_000u64)
            .filter(|seed| is_message(&noise(16 + (*seed as usize % 48), seed * 31 + 7)))
            .count();
        assert!(taken < 30, "{taken} of 10000");
    }

    #[test]
    fn submessages_are_told_from_text() {
        let table: [(&[u8], bool); 7] = [
            (b"\x08\x01", true),
            (b"\n\x0ahttps://a/", true),
            (b"\n\nhttps://a/", true),
            (b"https://a/", false),
            (b"00", false),
            (b"\nline", false),
            (b"", false),
        ];
        for (bytes, message) in table {
            assert_eq!(is_submessage(bytes), message, "{bytes:?}");
        }
    }
}
