//! How much of a digest stands where it was found.

use super::scan::{Candidate, Writing, base32_digit, base64_digit, hex_digit};

/// Shortest part of a digest that counts, in bytes.
const LEAST: usize = 8;
/// Shortest part that counts without ending where its digits end.
const LOOSE: usize = 16;

/// A digest as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// One past its last byte in the layer.
    pub(super) end: usize,
    /// How many bytes of the digest there are.
    pub(super) bytes: usize,
    /// Whether its letters are in upper case, where most write lower.
    pub(super) upper: bool,
}

/// How much of `digest` stands at a candidate; `None` if that is too little.
pub(super) fn of(layer: &[u8], candidate: Candidate, digest: &[u8]) -> Option<Extent> {
    let Candidate { start, writing, .. } = candidate;
    match writing {
        Writing::Raw => raw(layer, start, digest),
        Writing::Reversed | Writing::Decimal => {
            (digest.len() >= LEAST).then_some(Extent { end: layer.len(), bytes: 8, upper: false })
        }
        Writing::Hex | Writing::ColonHex | Writing::Uuid => {
            let places = hex_places(layer, start, writing);
            let extent = written(layer, &places, 4, hex_digit, digest)?;
            let text = layer.get(start..extent.end)?;
            let lower = text.iter().any(u8::is_ascii_lowercase);
            let upper = text.iter().any(u8::is_ascii_uppercase);
            let shown = upper && writing != Writing::ColonHex;
            (!(lower && upper)).then_some(Extent { upper: shown, ..extent })
        }
        Writing::Base64 | Writing::Base64Url => {
            let digits = layer.get(start..)?.iter().map_while(|b| base64_digit(*b)).count();
            let places: Vec<usize> = (start..start + digits).collect();
            written(layer, &places, 6, base64_digit, digest)
        }
        Writing::Base32 => {
            let digits = layer.get(start..)?.iter().map_while(|b| base32_digit(*b)).count();
            let places: Vec<usize> = (start..start + digits).collect();
            written(layer, &places, 5, base32_digit, digest)
        }
    }
}

fn raw(layer: &[u8], start: usize, digest: &[u8]) -> Option<Extent> {
    let there = layer.get(start..)?;
    let bytes = there.iter().zip(digest).take_while(|(a, b)| a == b).count();
    let alone = start == 0 && bytes == layer.len();
    let enough = bytes == digest.len() || bytes >= LOOSE || alone && bytes >= LEAST;
    enough.then_some(Extent { end: start + bytes, bytes, upper: false })
}

/// Where the hexadecimal digits stand that belong together.
fn hex_places(layer: &[u8], start: usize, writing: Writing) -> Vec<usize> {
    let digit = |at: &usize| layer.get(*at).is_some_and(|b| hex_digit(*b).is_some());
    let most = 2 * 64 + 1;
    match writing {
        Writing::Uuid => {
            let hyphens = |digit: usize| [8, 12, 16, 20].iter().filter(|at| **at <= digit).count();
            (0..32).map(|at| start + at + hyphens(at)).take_while(digit).collect()
        }
        Writing::ColonHex => {
            let joined = |at: &usize| {
                let pair = (at - start) / 3;
                pair == 0 || layer.get(start + 3 * pair - 1) == Some(&b':')
            };
            let places = (0..most).map(|at| start + at + at / 2);
            places.take_while(|at| digit(at) && joined(at)).collect()
        }
        _ => (start..start + most).take_while(digit).collect(),
    }
}

/// Compares digits of `width` bits with a digest.
fn written(
    layer: &[u8],
    places: &[usize],
    width: usize,
    value: fn(u8) -> Option<u8>,
    digest: &[u8],
) -> Option<Extent> {
    let there = |at: usize| layer.get(*places.get(at)?).and_then(|b| value(*b));
    let needed = (digest.len() * 8).div_ceil(width);
    let same = (0..needed.min(places.len()))
        .take_while(|&at| there(at) == Some(bits(digest, at * width, width)))
        .count();
    let end = |digits: usize| places.get(digits.checked_sub(1)?).map(|at| at + 1);
    if same == needed {
        return Some(Extent { end: end(needed)?, bytes: digest.len(), upper: false });
    }
    // What is cut ends where its digits end; the last of them may be filled up with zeros.
    let bytes = places.len() * width / 8;
    let spare = places.len() * width - bytes * 8;
    let last = places.len().checked_sub(1)?;
    let filled = same == last
        && spare < width
        && there(last) == Some(bits(digest, last * width, width) >> spare << spare);
    let ends = same == places.len() || filled;
    (ends && bytes >= LEAST).then_some(Extent { end: end(places.len())?, bytes, upper: false })
}

/// Some bits of a digest; what is beyond it is zero.
fn bits(digest: &[u8], from: usize, width: usize) -> u8 {
    let byte = |at: usize| u16::from(digest.get(at).copied().unwrap_or(0));
    let two = byte(from / 8) << 8 | byte(from / 8 + 1);
    (two >> (16 - width - from % 8)) as u8 & ((1u16 << width) - 1) as u8
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE32_NOPAD, BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER};

    use super::*;

    const DIGEST: [u8; 20] = [
        0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e, 0x25, 0x71, 0x78, 0x50, 0xc2,
        0x6c, 0x9c, 0xd0, 0xd8, 0x9d,
    ];

    fn bytes(text: &[u8], start: usize, writing: Writing) -> Option<(usize, usize)> {
        let extent = of(text, Candidate { start, writing, key: 0 }, &DIGEST)?;
        Some((extent.bytes, extent.end))
    }

    #[test]
    fn digests_are_recognised_in_all_lengths() {
        for length in 8..=20 {
            let part = &DIGEST[..length];
            let hex = HEXLOWER.encode(part);
            let colons: Vec<String> = part.iter().map(|b| format!("{b:02X}")).collect();
            let table: [(String, Writing); 7] = [
                (hex.clone(), Writing::Hex),
                (hex.to_uppercase(), Writing::Hex),
                (colons.join(":"), Writing::ColonHex),
                (BASE64_NOPAD.encode(part), Writing::Base64),
                (BASE64.encode(part), Writing::Base64),
                (BASE64URL_NOPAD.encode(part), Writing::Base64Url),
                (BASE32_NOPAD.encode(part), Writing::Base32),
            ];
            for (text, writing) in table {
                let end = text.trim_end_matches('=').len() + 1;
                let text = format!("<{text}>");
                assert_eq!(bytes(text.as_bytes(), 1, writing), Some((length, end)), "{text}");
            }
            assert_eq!(bytes(part, 0, Writing::Raw), Some((length, length)));
        }
    }

    #[test]
    fn what_differs_is_none() {
        let hex = HEXLOWER.encode(&DIGEST);
        let table: [(String, Writing); 5] = [
            (format!("{}0{}", &hex[..30], &hex[31..]), Writing::Hex),
            (hex.replacen('a', "A", 1), Writing::Hex),
            (hex[..14].to_owned(), Writing::Hex),
            (format!("{}AAAA", &BASE64_NOPAD.encode(&DIGEST)[..16]), Writing::Base64),
            (hex[..24].to_owned() + "x", Writing::Raw),
        ];
        for (text, writing) in table {
            assert_eq!(bytes(text.as_bytes(), 0, writing), None, "{text}");
        }
        let uuid = "a9993e36-4706-816a-ba3e-25717850c26c";
        assert_eq!(bytes(uuid.as_bytes(), 0, Writing::Uuid), Some((16, 36)));
        assert_eq!(bytes(&[&DIGEST[..], b"x"].concat(), 0, Writing::Raw), Some((20, 20)));
        assert_eq!(bytes(&[&DIGEST[..12], b"z"].concat(), 0, Writing::Raw), None);
    }
}
