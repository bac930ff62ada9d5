//! UTF-32 of either byte order, with a mark or without one.

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::text::is_utf8_text;

/// The codec.
pub(crate) struct Utf32;

impl Codec for Utf32 {
    fn name(&self) -> &'static str {
        "utf-32"
    }

    fn accepts(&self, view: &View) -> bool {
        is_wide(view.bytes)
    }

    fn open(&self, view: &View, _: &mut Purse, out: &mut Pieces) -> Opened {
        match decode(view.bytes) {
            Some(text) => {
                out.whole(view, text.into_bytes(), "utf-32");
                Opened::Fully
            }
            None => Opened::No,
        }
    }

    fn close(&self, parent: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let big = is_big(parent)?;
        let text = std::str::from_utf8(content).ok()?;
        let mark = matches!(parent, [0, 0, 0xfe, 0xff, ..] | [0xff, 0xfe, 0, 0, ..]);
        let units = mark.then_some('\u{feff}').into_iter().chain(text.chars()).map(u32::from);
        let bytes =
            units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        Some(bytes.collect())
    }
}

/// Whether bytes of unknown kind are such text.
pub(crate) fn is_wide(bytes: &[u8]) -> bool {
    bytes.len() >= 8 && bytes.len().is_multiple_of(4) && is_big(bytes).is_some()
}

/// Whether the highest byte comes first: it is zero, and the lowest is not.
fn is_big(bytes: &[u8]) -> Option<bool> {
    const SAMPLE: usize = 1024;
    let fours: &[[u8; 4]] = bytes[..bytes.len().min(SAMPLE)].as_chunks().0;
    let marked = &fours
        [usize::from(matches!(fours.first(), Some([0, 0, 0xfe, 0xff] | [0xff, 0xfe, 0, 0])))..];
    let all = |test: fn(&[u8; 4]) -> bool| !marked.is_empty() && marked.iter().all(test);
    if all(|four| four[0] == 0 && four[1] <= 0x10 && four[2..] != [0, 0]) {
        Some(true)
    } else if all(|four| four[3] == 0 && four[2] <= 0x10 && four[..2] != [0, 0]) {
        Some(false)
    } else {
        None
    }
}

fn decode(bytes: &[u8]) -> Option<String> {
    let big = is_big(bytes)?;
    let unit =
        |four: &[u8; 4]| if big { u32::from_be_bytes(*four) } else { u32::from_le_bytes(*four) };
    let text: String =
        bytes.as_chunks().0.iter().map(|four| char::from_u32(unit(four))).collect::<Option<_>>()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    is_utf8_text(text.as_bytes()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn either_order_is_opened_with_or_without_a_mark() {
        let units = |text: &str| text.chars().map(u32::from).collect::<Vec<_>>();
        let le =
            |text: &str| units(text).into_iter().flat_map(u32::to_le_bytes).collect::<Vec<u8>>();
        let be =
            |text: &str| units(text).into_iter().flat_map(u32::to_be_bytes).collect::<Vec<u8>>();
        let text = "ada@example.org";
        let marked = format!("\u{feff}{text}");
        for input in [le(text), be(text), le(&marked), be(&marked)] {
            assert_eq!(layers(&input), ["utf-32 = ada@example.org"]);
            assert_eq!(
                replanted(&input, "utf-32", "grace \u{1f600}").as_deref(),
                Some("grace \\xf0\\x9f\\x98\\x80")
            );
        }
        assert!(layers(&[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]).is_empty());
        assert!(layers(&[0; 16]).is_empty());
    }
}
