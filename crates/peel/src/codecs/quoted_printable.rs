//! Quoted-printable (RFC 2045, section 6.7): `=C3=A9`, and lines broken behind a `=`. Under its
//! label, or where every `=` begins an escape and most escapes are ones that a sender needs.

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::label::Coding;
use crate::pieces::Pieces;
use crate::shape::kind;
use crate::text::is_utf8_text;

/// The codec.
pub(crate) struct QuotedPrintable;

impl Codec for QuotedPrintable {
    fn name(&self) -> &'static str {
        "quoted-printable"
    }

    fn accepts(&self, view: &View) -> bool {
        let labelled = view.label.coding() == Some(Coding::QuotedPrintable);
        labelled || !view.shape.any(kind::AMPERSAND)
    }

    fn open(&self, view: &View, _: &mut Purse, out: &mut Pieces) -> Opened {
        let labelled = view.label.coding() == Some(Coding::QuotedPrintable);
        match decode(view.bytes) {
            Some(found) if labelled || found.is_convincing() => {
                out.whole(view, found.plain, "quoted-printable");
                Opened::Fully
            }
            _ => Opened::No,
        }
    }

    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        const LONGEST_LINE: usize = 72;
        let mut text = String::new();
        let mut column = 0;
        for (at, byte) in content.iter().enumerate() {
            if column + 3 > LONGEST_LINE {
                text.push_str("=\r\n");
                column = 0;
            }
            // The first two bytes are escaped whatever they are, to be known by.
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' if at >= 2 => text.push(char::from(*byte)),
                byte => text.push_str(&format!("={byte:02X}")),
            }
            column += 3;
        }
        Some(text.into_bytes())
    }
}

/// What was decoded, and what that looked like.
struct Found {
    plain: Vec<u8>,
    escapes: usize,
    /// Escapes of bytes that could not have stood as they are.
    needed: usize,
}

impl Found {
    fn is_convincing(&self) -> bool {
        self.escapes >= 2 && self.needed * 2 >= self.escapes && is_utf8_text(&self.plain)
    }
}

/// Undoes the escapes; `None` where a `=` begins none.
fn decode(text: &[u8]) -> Option<Found> {
    let mut found = Found { plain: Vec::with_capacity(text.len()), escapes: 0, needed: 0 };
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'=', rest) {
        found.plain.extend_from_slice(&rest[..at]);
        rest = match &rest[at..] {
            [_, b'\r', b'\n', rest @ ..] | [_, b'\n', rest @ ..] => rest,
            [_, high, low, rest @ ..] => {
                let byte = digit(*high)? << 4 | digit(*low)?;
                found.escapes += 1;
                found.needed += usize::from(!byte.is_ascii_alphanumeric());
                found.plain.push(byte);
                rest
            }
            _ => return None,
        };
    }
    found.plain.extend_from_slice(rest);
    Some(found)
}

/// Digits are upper-case by the standard, which tells them from keys and values.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn escapes_are_undone() {
        let table = [
            ("ada=40example=2Eorg", Some("ada@example.org")),
            ("gr=C3=BC=C3=9Fe und mehr", Some("gr\u{fc}\u{df}e und mehr")),
            (
                "a long line that is =\r\nbroken=20in=2Ctwo",
                Some("a long line that is broken in,two"),
            ),
            ("id=DEADBEEF", None),
            ("a=b", None),
            ("a=41b=42", None),
            ("x=3D", None),
            ("k=v; q=0.9", None),
        ];
        for (text, plain) in table {
            let expected: Vec<String> = plain
                .iter()
                .map(|p| format!("quoted-printable = {}", p.as_bytes().escape_ascii()))
                .collect();
            assert_eq!(layers(text.as_bytes()), expected, "{text}");
        }
        let value = "grace@example.org ".repeat(9);
        let found = replanted(b"ada=40example=2Eorg", "quoted-printable", &value);
        assert_eq!(found, Some(value));
    }
}
