//! UTF-16 (RFC 2781) of either byte order, with a mark or without one.

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::shape::kind;
use crate::text::is_utf8_text;

/// The codec.
pub(crate) struct Utf16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Codec for Utf16 {
    fn name(&self) -> &'static str {
        "utf-16"
    }

    fn accepts(&self, view: &View) -> bool {
        view.shape.any(kind::BINARY)
            && view.bytes.len().is_multiple_of(2)
            && order(view.bytes).is_some()
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let Some((order, mark)) = order(view.bytes) else { return Opened::No };
        let text = decode(&view.bytes[mark..], order);
        match text.filter(|text| is_utf8_text(text.as_bytes())) {
            Some(text) => {
                out.whole(view, text.into_bytes(), "utf-16");
                Opened::Fully
            }
            None => {
                let _ = purse.pay_bytes(view.bytes.len());
                Opened::No
            }
        }
    }

    fn close(&self, parent: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let (order, mark) = order(parent)?;
        let text = std::str::from_utf8(content).ok()?;
        let mut bytes = parent.get(..mark)?.to_vec();
        bytes.extend(text.encode_utf16().flat_map(|unit| match order {
            Order::Little => unit.to_le_bytes(),
            Order::Big => unit.to_be_bytes(),
        }));
        Some(bytes)
    }
}

/// Whether bytes of unknown kind are such text.
pub(crate) fn is_wide(bytes: &[u8]) -> bool {
    bytes.len() >= 8
        && bytes.len().is_multiple_of(2)
        && unmarked_order(bytes.strip_prefix(b"\xff\xfe").unwrap_or(bytes)).is_some_and(|order| {
            let sample = &bytes[..bytes.len().min(1024)];
            decode(sample, order).is_some_and(|text| is_utf8_text(text.as_bytes()))
        })
}

/// The byte order, and the length of the mark that tells it.
fn order(bytes: &[u8]) -> Option<(Order, usize)> {
    match bytes {
        [0xff, 0xfe, _, _, ..] => Some((Order::Little, 2)),
        [0xfe, 0xff, _, _, ..] => Some((Order::Big, 2)),
        _ => unmarked_order(bytes).map(|order| (order, 0)),
    }
}

/// The order of text without a mark: nearly all its characters share a high byte below 6, so
/// they are Latin, Greek, Cyrillic or Hebrew.
fn unmarked_order(bytes: &[u8]) -> Option<Order> {
    const SAMPLE: usize = 512;
    let pairs: &[[u8; 2]] = bytes[..bytes.len().min(2 * SAMPLE)].as_chunks().0;
    if pairs.len() < 4 {
        return None;
    }
    // Of fewer than fifty, five cannot be the tenth that may be something else.
    let odd = |side: usize| pairs.iter().take(8).filter(|pair| pair[side] >= 6).count() >= 5;
    if pairs.len() < 50 && odd(0) && odd(1) {
        return None;
    }
    let low_pages = |side: usize| pairs.iter().filter(|pair| pair[side] < 6).count();
    let texty = |side: usize| pairs.iter().filter(|pair| pair[side] >= b' ').count();
    // What stands before the text of a record is of no alphabet.
    let begins = |side: usize| pairs[0][side] < 6;
    let most = |count: usize| count * 10 >= pairs.len() * 9;
    let is = |high, low| begins(high) && most(low_pages(high)) && most(texty(low));
    match (is(0, 1), is(1, 0)) {
        (true, false) => Some(Order::Big),
        (false, true) => Some(Order::Little),
        _ => None,
    }
}

fn decode(bytes: &[u8], order: Order) -> Option<String> {
    let units = bytes.as_chunks().0.iter().map(|pair| match order {
        Order::Little => u16::from_le_bytes(*pair),
        Order::Big => u16::from_be_bytes(*pair),
    });
    char::decode_utf16(units).collect::<Result<String, _>>().ok()
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn either_order_is_opened_with_or_without_a_mark() {
        let le = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let be = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        let text = "ada@example.org";
        let inputs =
            [le(text), be(text), le(&format!("\u{feff}{text}")), be(&format!("\u{feff}{text}"))];
        for input in inputs {
            assert_eq!(layers(&input), ["utf-16 = ada@example.org"]);
            assert_eq!(replanted(&input, "utf-16", "grace").as_deref(), Some("grace"));
        }
        let greek = "\u{3b1}\u{3b2}\u{3b3} \u{3b4}\u{3b5}";
        assert_eq!(layers(&le(greek)).len(), 1);
        assert!(layers(&[1, 0, 2, 0, 3, 0, 4, 0, 5, 0]).is_empty());
        assert!(layers(&[0xff, 0xfe, 0x00, 0xd8, 0x41, 0x00]).is_empty());
    }
}
