//! Noise that is scattered over a body: texts of some tens of characters each, too short to be told
//! from identifiers one by one, but not together.
//!
//! Two ways to send ciphertext so are known by what lists of identifiers never do. A text cut into
//! the elements of a list has a rest (`noise::cut`). Fields that are sealed one by one are as long
//! as what they hold, while identifiers of a kind are all of one length. Pieces of one length
//! without a rest, and few fields, cannot be told from identifiers, and stay read.

use std::collections::BTreeSet;

use candor_case::{End, Layer, LayerId, Tree};

use crate::codecs::noise::cut::{Cut, SHORTEST_PIECE};
use crate::codecs::noise::{is_digit, is_noise};

/// Longer texts are looked at by themselves.
const LONGEST: usize = 80;

/// The layers under body or message that are noise in pieces, in their order.
pub(crate) fn scattered(tree: &Tree) -> Vec<LayerId> {
    let short: Vec<LayerId> = tree.iter().filter(|(_, l)| is_short(l)).map(|(id, _)| id).collect();
    if short.len() < 3 {
        return Vec::new();
    }
    let mut found: BTreeSet<LayerId> = lists(tree, &short).flatten().collect();
    found.extend(sealed_fields(tree, &short));
    // What was opened is charged where that ended.
    let is_unread = |id: &LayerId| tree.layer(*id).end == End::Plain && is_in_body(tree, *id);
    found.into_iter().filter(is_unread).collect()
}

/// Whether a layer is a short text of nothing but digits of base 64, which says nothing.
fn is_short(layer: &Layer) -> bool {
    let is_text = matches!(layer.end, End::Plain | End::Opened);
    is_text && (1..LONGEST).contains(&layer.bytes.len()) && {
        let digits = digits(layer);
        !digits.is_empty() && digits.iter().all(is_digit)
    }
}

/// A text without its padding.
fn digits(layer: &Layer) -> &[u8] {
    let len = layer.bytes.iter().rposition(|b| *b != b'=').map_or(0, |at| at + 1);
    &layer.bytes[..len]
}

fn is_in_body(tree: &Tree, id: LayerId) -> bool {
    let parent = |id: &LayerId| tree.layer(*id).parent;
    let root = std::iter::successors(Some(id), parent).last().unwrap_or(id);
    matches!(tree.layer(root).opening.codec, "request.body" | "message" | "input")
}

/// Lists whose elements are one text that was cut.
fn lists<'a>(tree: &'a Tree, short: &'a [LayerId]) -> impl Iterator<Item = Vec<LayerId>> + 'a {
    let follows = |one: &LayerId, next: &LayerId| {
        let (a, b) = (tree.layer(*one), tree.layer(*next));
        a.parent == b.parent
            && a.bytes.len() >= b.bytes.len().max(SHORTEST_PIECE)
            && same_list(tree.step(*one), tree.step(*next))
    };
    let together = short.chunk_by(follows).filter(|list| list.len() >= 3);
    together.filter(|list| is_cut(tree, list)).map(<[LayerId]>::to_vec)
}

/// Whether two steps differ in nothing but an index.
fn same_list(one: &str, next: &str) -> bool {
    let parts = |step: &'_ str| {
        let (front, back) = step.split_at(step.rfind('[')?);
        let close = back.find(']')?;
        Some((front.len(), back.len() - close, back[1..close].parse::<u32>().ok()?))
    };
    match (parts(one), parts(next)) {
        (Some((front, back, a)), Some((other_front, other_back, b))) => {
            front == other_front
                && b == a.wrapping_add(1)
                && one[..front] == next[..front]
                && one[one.len() - back..] == next[next.len() - other_back..]
        }
        _ => false,
    }
}

/// Whether elements are one text: all as wide as the first but the last, and noise together.
fn is_cut(tree: &Tree, list: &[LayerId]) -> bool {
    let text = |id: &LayerId| digits(tree.layer(*id));
    let (Some(first), Some(last)) = (list.first().map(text), list.last().map(text)) else {
        return false;
    };
    let all_equal = list[..list.len() - 1].iter().all(|id| text(id).len() == first.len());
    let cut = Cut { width: first.len(), pieces: list.len(), last: last.len(), in_lines: false };
    let joined = list.iter().flat_map(text).copied();
    all_equal && cut.is_one_text(joined.clone()) && is_noise(&joined.collect::<Vec<u8>>())
}

/// Fields that are sealed one by one: texts of many lengths, none that of an identifier, that are
/// noise together. Each value counts once, however often it was sent.
fn sealed_fields(tree: &Tree, short: &[LayerId]) -> Vec<LayerId> {
    /// Fewer fields, lengths and digits are left alone.
    const FEWEST: usize = 4;
    const LENGTHS: usize = 3;
    const DIGITS: usize = 192;
    let fields: Vec<LayerId> =
        short.iter().copied().filter(|id| looks_sealed(tree.layer(*id))).collect();
    let values: BTreeSet<&[u8]> = fields.iter().map(|id| digits(tree.layer(*id))).collect();
    let lengths: BTreeSet<usize> = values.iter().map(|value| value.len()).collect();
    let joined: Vec<u8> = values.iter().flat_map(|value| value.iter()).copied().collect();
    // Two of the sixty-four digits are no letters or figures.
    let marks = joined.iter().filter(|b| !b.is_ascii_alphanumeric()).count();
    let many = values.len() >= FEWEST && lengths.len() >= LENGTHS && joined.len() >= DIGITS;
    match many && marks * 64 >= joined.len() && is_noise(&joined) {
        true => fields,
        false => Vec::new(),
    }
}

/// Whether a text alone could be ciphertext in base64: at least a cipher's nonce and tag, all kinds
/// of digits in turns, and not the length of a digest, key or number.
fn looks_sealed(layer: &Layer) -> bool {
    const SHORTEST: usize = 32;
    let text = digits(layer);
    let fits = match layer.bytes.len() - text.len() {
        0 => text.len() % 4 != 1,
        _ => layer.bytes.len().is_multiple_of(4),
    };
    let bytes = text.len() * 3 / 4;
    let is_number = matches!(bytes, 16 | 20 | 24 | 28 | 32 | 48);
    layer.end == End::Plain
        && fits
        && text.len() >= SHORTEST
        && !is_number
        && changes(text) * 20 >= text.len() * 9
}

/// How often a text goes from one kind of digit to another: in noise two times in three, in names
/// made of words hardly ever.
fn changes(text: &[u8]) -> usize {
    let kind = |b: u8| match b {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    text.windows(2).filter(|two| kind(two[0]) != kind(two[1])).count()
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};

    use super::*;
    use crate::binary::tests::noise;
    use crate::{Budget, peel_bytes};

    /// How many values of a body are noise in pieces, or noise by themselves.
    fn found(body: &str) -> usize {
        let bytes = bytes::Bytes::copy_from_slice(body.as_bytes());
        let tree = peel_bytes(bytes, &Default::default(), &Budget::default());
        let sealed = tree.iter().filter(|(_, layer)| layer.end == End::Encrypted).count();
        scattered(&tree).len() + sealed
    }

    fn list(items: &[String]) -> String {
        format!("{{\"n\":1,\"d\":[{}]}}", quoted(items).join(","))
    }

    fn quoted(items: &[String]) -> Vec<String> {
        items.iter().map(|item| format!("\"{item}\"")).collect()
    }

    fn record(fields: &[(&str, String)]) -> String {
        let fields = fields.iter().map(|(name, value)| format!("\"{name}\":\"{value}\""));
        format!("{{\"event\":\"save\",{}}}", fields.collect::<Vec<_>>().join(","))
    }

    fn chunks(text: &str, width: usize) -> Vec<String> {
        text.as_bytes()
            .chunks(width)
            .map(|chunk| String::from_utf8_lossy(chunk).into_owned())
            .collect()
    }

    #[test]
    fn a_text_cut_into_a_list_is_found() {
        let (base64, hex) = (BASE64.encode(&noise(200, 3)), HEXLOWER.encode(&noise(200, 4)));
        let url = BASE64URL_NOPAD.encode(&noise(200, 5));
        let form = |pieces: &[String]| {
            let fields = pieces.iter().map(|piece| format!("d={}", piece.replace('+', "%2B")));
            fields.collect::<Vec<_>>().join("&")
        };
        for width in [20, 40, 64, 76] {
            let pieces = [chunks(&base64, width), chunks(&url, width)];
            for pieces in pieces {
                assert_eq!(found(&list(&pieces)), pieces.len(), "{pieces:?}");
                assert_eq!(found(&form(&pieces)), pieces.len(), "{pieces:?}");
            }
        }
        assert_eq!(found(&list(&chunks(&hex, 60))), 7);
    }

    #[test]
    fn fields_that_are_sealed_one_by_one_are_found() {
        let sealed = |len: usize, seed| BASE64.encode(&noise(28 + len, seed));
        let names = ["name", "city", "note", "query", "title", "street"];
        let lens = [5, 9, 14, 6, 11, 8];
        let fields: Vec<_> = (names.into_iter().zip(lens).enumerate())
            .map(|(at, (name, len))| (name, sealed(len, 31 * at as u64 + 1)))
            .collect();
        assert_eq!(found(&record(&fields)), 6);
        // Two or three could be anything.
        assert_eq!(found(&record(&fields[..3])), 0);
        // The same value sent again is no other one.
        let again: Vec<_> = names.into_iter().map(|name| (name, sealed(9, 7))).collect();
        assert_eq!(found(&record(&again)), 0);
    }

    #[test]
    fn identifiers_and_words_are_left_alone() {
        let many = |item: &dyn Fn(u64) -> String| (1..30).map(|n| item(n * 17)).collect::<Vec<_>>();
        let base62 = |len: usize, seed: u64| {
            BASE64.encode(&noise(len, seed)).replace(['+', '/', '='], "x")[..len].to_owned()
        };
        let uuid = |seed| {
            let h = HEXLOWER.encode(&noise(16, seed));
            [&h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..]].join("-")
        };
        let words: [&str; 8] = [
            "GeneralisedSystemNotification42Handler",
            "com-example-application-MainActivity",
            "HTML5VideoElementPlaybackQuality",
            "donaudampfschifffahrtsgesellschaftskapitaen",
            "static/js/main/chunk/vendor/index/en",
            "Llanfairpwllgwyngyllgogerychwyrndrobwll",
            "epapaiknaiseoshyperkalokagathiarkhes",
            "IntersectionObserverEntryReportRow7",
        ];
        let last_shorter = |mut items: Vec<String>, rest: String| {
            items.push(rest);
            items
        };
        let lists = [
            many(&uuid),
            many(&|n| HEXLOWER.encode(&noise(16, n))),
            many(&|n| HEXLOWER.encode(&noise(12, n))),
            many(&|n| BASE64.encode(&noise(32, n))),
            many(&|n| BASE64URL_NOPAD.encode(&noise(32, n))),
            many(&|n| BASE64URL_NOPAD.encode(&noise(16, n))),
            many(&|n| base62(28, n)),
            many(&|n| base62(20 + n as usize % 23, n)),
            many(&|n| format!("17953300{n:013}")),
            words.iter().map(|word| (*word).to_owned()).collect(),
            // The number of a trace and that of its span; a digest and a shorter one.
            last_shorter(many(&|n| HEXLOWER.encode(&noise(16, n))), HEXLOWER.encode(&noise(8, 5))),
            last_shorter(many(&|n| HEXLOWER.encode(&noise(32, n))), HEXLOWER.encode(&noise(20, 5))),
            last_shorter(many(&uuid), "unknown".to_owned()),
        ];
        for items in lists {
            assert_eq!(found(&list(&items)), 0, "{items:?}");
        }
        // What one event of a shop says of itself.
        let event = record(&[
            ("anonymousId", uuid(3)),
            ("session", base62(32, 5)),
            ("etag", HEXLOWER.encode(&noise(20, 8))),
            ("nonce", BASE64.encode(&noise(16, 9))),
            ("integrity", BASE64.encode(&noise(32, 11))),
            ("click", BASE64URL_NOPAD.encode(&noise(45, 12))),
            ("visitor", BASE64URL_NOPAD.encode(&noise(50, 13))),
            ("screen", "GeneralisedSystemNotification42Handler".to_owned()),
        ]);
        assert_eq!(found(&event), 0);
    }

    #[test]
    fn base64_that_says_something_is_read() {
        let texts = ["a visit to the shop of otters", "another one, a little longer, today", "ada"];
        let fields: Vec<_> =
            texts.iter().map(|text| ("note", BASE64.encode(text.repeat(2).as_bytes()))).collect();
        assert_eq!(found(&record(&fields)), 0);
    }
}
