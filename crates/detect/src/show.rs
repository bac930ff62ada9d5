//! How a value from strangers' bytes is shown: short, and unable to do anything to who reads it.

use data_encoding::HEXLOWER;

/// Longest text shown, in characters.
const CHARS: usize = 256;

/// Shows bytes as text where they are text, else in hex behind `0x`; at most 256 characters.
///
/// Control characters and those that turn the reading direction are escaped.
pub(crate) fn show(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if is_text(text) => escape(text, CHARS, usize::MAX),
        _ => hex(bytes),
    }
}

/// As [`show`], but at most 256 bytes long.
pub(crate) fn show_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if is_text(text) => escape(text, CHARS, CHARS),
        _ => hex(bytes),
    }
}

/// Whether a person would call it text: no control character but tab and line ends.
fn is_text(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))
}

fn hex(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min((CHARS - 2) / 2)];
    format!("0x{}", HEXLOWER.encode(shown))
}

fn escape(text: &str, chars: usize, bytes: usize) -> String {
    // Most text is short and plain.
    let plain = |b: u8| (b' '..=b'~').contains(&b);
    if text.len() <= chars.min(bytes) && text.bytes().all(plain) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().min(chars));
    let mut count = 0;
    for c in text.chars() {
        let mut piece = String::new();
        if c.is_control() || turns_direction(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                piece.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            piece.push(c);
        }
        count += piece.chars().count();
        if count > chars || out.len() + piece.len() > bytes {
            break;
        }
        out.push_str(&piece);
    }
    out
}

/// Characters that turn the reading direction (Unicode UAX #9) or hide themselves.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_short_and_harmless() {
        assert_eq!(show(b"plain"), "plain");
        assert_eq!(show("a\nb\u{202e}".as_bytes()), "a\\u000ab\\u202e");
        assert_eq!(show(&[0x20, 0x97, 0x5a, 0x01]), "0x20975a01");
        assert_eq!(show("ö".repeat(400).as_bytes()).chars().count(), 256);
        assert_eq!(show_bytes("ö".repeat(400).as_bytes()).len(), 256);
        assert_eq!(show(&[0xff; 400]).len(), 256);
    }
}
