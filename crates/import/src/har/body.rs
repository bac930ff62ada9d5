//! What a HAR holds of a body, and what it lacks.

use bytes::Bytes;
use candor_case::{Body, Header, Missing, Provenance};
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, Encoding};

/// What is known of a body's length in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stated {
    /// As sent: by the `Content-Length` field, or by a recorder that counts on the wire.
    pub(crate) sent: Option<u64>,
    /// By a recorder that counts what it writes.
    pub(crate) written: Option<u64>,
}

impl Stated {
    /// The best that is known.
    pub(crate) fn any(self) -> Option<u64> {
        self.sent.or(self.written)
    }
}

/// A body that the recorder did not write.
pub(crate) fn not_recorded(bytes: Option<u64>, provenance: Provenance) -> Body {
    Body { bytes: Bytes::new(), provenance, missing: Some(Missing::NotRecorded { bytes }) }
}

/// Decodes base64 of either alphabet, padded or not, with white space in it.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let all: [Encoding; 4] = [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD];
    let decode = |text: &[u8]| all.iter().find_map(|encoding| encoding.decode(text).ok());
    if !text.iter().any(u8::is_ascii_whitespace) {
        return decode(text);
    }
    let dense: Vec<u8> = text.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    decode(&dense)
}

/// Whether a recorder replaced what it could not show as text.
pub(crate) fn has_replacements(text: &[u8]) -> bool {
    memchr::memmem::find(text, "\u{fffd}".as_bytes()).is_some()
}

/// Takes text for the bytes that it stands for: those of UTF-8, or, when the length as sent says
/// so, one byte for each character, as recorders write bytes that are no UTF-8. Says what is lost.
pub(crate) fn from_text(text: Bytes, stated: Stated) -> (Bytes, Option<Missing>) {
    let length = text.len() as u64;
    if stated.sent == Some(length) {
        return (text, None);
    }
    let narrow = one_byte_each(&text).filter(|bytes| stated.sent == Some(bytes.len() as u64));
    if let Some(bytes) = narrow {
        return (bytes, None);
    }
    let differs = stated.sent.is_some() || stated.written.is_some_and(|other| other != length);
    let lost = differs || has_replacements(&text);
    (text, lost.then_some(Missing::Lossy))
}

/// One byte for each character; `None` if that is nothing else, or if a character has no byte.
pub(crate) fn one_byte_each(text: &[u8]) -> Option<Bytes> {
    let text = std::str::from_utf8(text).ok()?;
    if text.is_ascii() {
        return None;
    }
    text.chars().map(|c| u8::try_from(c).ok()).collect::<Option<Vec<u8>>>().map(Bytes::from)
}

/// The value of a header field as a number.
pub(crate) fn content_length(headers: &[Header]) -> Option<u64> {
    let header = headers.iter().find(|header| header.is("content-length"))?;
    std::str::from_utf8(&header.value).ok()?.trim().parse().ok()
}

/// Whether the header fields name a content-coding.
pub(crate) fn is_coded(headers: &[Header]) -> bool {
    let header = headers.iter().find(|header| header.is("content-encoding"));
    header.is_some_and(|header| !header.value.eq_ignore_ascii_case(b"identity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stands_for_the_bytes_that_the_length_says() {
        type Row = (&'static str, Option<u64>, &'static [u8], Option<Missing>);
        let table: [Row; 7] = [
            ("é", Some(2), "é".as_bytes(), None),
            ("é", Some(1), b"\xe9", None),
            ("\u{1f}\u{8b}\u{8}", Some(3), b"\x1f\x8b\x08", None),
            ("\u{1f}\u{fffd}", Some(2), "\u{1f}\u{fffd}".as_bytes(), Some(Missing::Lossy)),
            ("\u{fffd}", Some(3), "\u{fffd}".as_bytes(), None),
            ("abc", Some(9), b"abc", Some(Missing::Lossy)),
            ("abc", None, b"abc", None),
        ];
        for (text, sent, expected, missing) in table {
            let text = Bytes::from_static(text.as_bytes());
            let (bytes, lost) = from_text(text, Stated { sent, written: None });
            assert_eq!((&bytes[..], lost), (expected, missing), "{expected:?} {sent:?}");
        }
        let mangled = Bytes::from_static("\u{1f}\u{fffd}".as_bytes());
        let counted = Stated { sent: None, written: Some(4) };
        assert_eq!(from_text(mangled, counted).1, Some(Missing::Lossy), "the count proves nothing");
    }

    #[test]
    fn base64_is_read_in_every_dress() {
        for text in ["/+8=", "/+8", "_-8=", "_-8", " /+\n8= "] {
            assert_eq!(base64(text.as_bytes()).as_deref(), Some(&b"\xff\xef"[..]), "{text}");
        }
        assert_eq!(base64(b"no!"), None);
    }
}
