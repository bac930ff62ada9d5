//! Telling text from binary.

use crate::shape::{Shape, kind};

/// Whether these bytes are text as people and programs write it: UTF-8 without control
/// characters, or mostly ASCII with a few bytes of an older 8-bit encoding.
pub(crate) fn is_text(bytes: &[u8], shape: Shape) -> bool {
    if shape.any(kind::CONTROL) {
        return false;
    }
    !shape.any(kind::HIGH) || std::str::from_utf8(bytes).is_ok() || is_mostly_ascii(bytes)
}

/// Whether all of these bytes are text in UTF-8.
pub(crate) fn is_utf8_text(bytes: &[u8]) -> bool {
    !Shape::of(bytes).any(kind::CONTROL) && std::str::from_utf8(bytes).is_ok()
}

/// Like [`is_utf8_text`], of the beginning of something longer: a character cut off at the end
/// is no fault.
pub(crate) fn begins_as_text(bytes: &[u8]) -> bool {
    if Shape::of(bytes).any(kind::CONTROL) {
        return false;
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// Whether text this short may be taken for the meaning of a guess. Random bytes are printable
/// ASCII once in 2.7 tries each, so the shorter a text, the plainer it has to be.
pub(crate) fn is_convincing(bytes: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b" _.:/@=&{}[]\",-".contains(b);
    match bytes.len() {
        0..4 => false,
        4..14 => bytes.iter().all(plain),
        _ => begins_as_text(bytes),
    }
}

/// Seven in eight bytes are ASCII: Latin-1 and its like.
fn is_mostly_ascii(bytes: &[u8]) -> bool {
    let high = bytes.iter().filter(|b| **b >= 0x80).count();
    bytes.len() >= 8 && high * 8 <= bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_binary() {
        let table: [(&[u8], bool); 8] = [
            (b"hello, world\n", true),
            ("r\u{e4}ksm\u{f6}rg\u{e5}s \u{2603}".as_bytes(), true),
            (b"caf\xe9 au lait, s'il vous pla\xeet", true),
            (b"\x00\x01", false),
            (b"a\x07b", false),
            (b"\xff\xfe\xfd", false),
            (b"abc\x1b[0m", false),
            (b"", true),
        ];
        for (bytes, text) in table {
            assert_eq!(is_text(bytes, Shape::of(bytes)), text, "{bytes:?}");
        }
    }

    #[test]
    fn short_text_has_to_be_plain() {
        assert!(is_convincing(b"user-42"));
        assert!(!is_convincing(b"u$!r|4"));
        assert!(is_convincing("{\"k\":\"caf\u{e9}!\"} ".as_bytes()));
        assert!(begins_as_text(&"caf\u{e9}".as_bytes()[..4]));
        assert!(!begins_as_text(b"caf\xe9e"));
    }
}
