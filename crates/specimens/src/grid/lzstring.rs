//! LZ-string (pieroxy), the compression of web pages: LZ78 over UTF-16 units, its bits dealt out to
//! characters of an alphabet.

use std::collections::{BTreeMap, BTreeSet};

use super::text;

/// `compressToBase64`.
pub(super) fn to_base64(value: &str) -> String {
    let mut out: String = digits(value, text::STANDARD);
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

/// `compressToEncodedURIComponent`.
pub(super) fn to_uri(value: &str) -> String {
    digits(value, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-$")
}

/// `compressToUTF16`.
pub(super) fn to_utf16(value: &str) -> String {
    let units = compress(value, 15).into_iter().map(|n| char::from_u32(n + 32).unwrap_or(' '));
    units.chain([' ']).collect()
}

fn digits(value: &str, alphabet: &[u8]) -> String {
    compress(value, 6).into_iter().map(|n| char::from(alphabet[n as usize])).collect()
}

struct Writer {
    width: u32,
    out: Vec<u32>,
    held: u32,
    count: u32,
    /// Bits of a code now, and codes until that grows.
    bits: u32,
    left: u32,
}

impl Writer {
    fn push(&mut self, value: u32, bits: u32) {
        for i in 0..bits {
            self.held = self.held << 1 | (value >> i & 1);
            self.count += 1;
            if self.count == self.width {
                self.out.push(self.held);
                (self.held, self.count) = (0, 0);
            }
        }
    }

    fn counted(&mut self) {
        self.left -= 1;
        if self.left == 0 {
            self.left = 1 << self.bits;
            self.bits += 1;
        }
    }
}

fn compress(value: &str, width: u32) -> Vec<u32> {
    let mut writer = Writer { width, out: vec![], held: 0, count: 0, bits: 2, left: 2 };
    let mut codes: BTreeMap<Vec<u16>, u32> = BTreeMap::new();
    let mut fresh: BTreeSet<u16> = BTreeSet::new();
    let mut phrase: Vec<u16> = Vec::new();
    let mut next = 3;
    for unit in value.encode_utf16() {
        codes.entry(vec![unit]).or_insert_with(|| {
            fresh.insert(unit);
            next += 1;
            next - 1
        });
        let longer = [&phrase[..], &[unit]].concat();
        if codes.contains_key(&longer) {
            phrase = longer;
            continue;
        }
        produce(&mut writer, &phrase, &codes, &mut fresh);
        codes.insert(longer, next);
        next += 1;
        phrase = vec![unit];
    }
    if !phrase.is_empty() {
        produce(&mut writer, &phrase, &codes, &mut fresh);
    }
    let end = writer.bits;
    writer.push(2, end);
    // There is always a last character, even where no bit is left for it.
    let rest = writer.width - writer.count;
    writer.push(0, rest);
    writer.out
}

/// Writes a phrase: one unit that was never written before as itself, anything else by its code.
fn produce(
    writer: &mut Writer,
    phrase: &[u16],
    codes: &BTreeMap<Vec<u16>, u32>,
    fresh: &mut BTreeSet<u16>,
) {
    let bits = writer.bits;
    match phrase {
        [unit] if fresh.remove(unit) => {
            let wide = *unit >= 256;
            writer.push(u32::from(wide), bits);
            writer.push(u32::from(*unit), if wide { 16 } else { 8 });
            writer.counted();
        }
        _ => writer.push(codes.get(phrase).copied().unwrap_or(0), bits),
    }
    writer.counted();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_those_of_the_library() {
        let mail = "Kim.Tanaka.7fk2qz9xw4mu1br8@Post.example.org";
        let packed =
            "NISwtgdAKghgdjA1jCB2AZogTARwF4CcAHgO4AsYArgIwBGATgBwACACgPYDOALhAKZEYYAA4AbPhHb0A5kA";
        assert_eq!(to_base64(mail), packed);
        assert_eq!(to_base64("hello, i am a 猫"), "BYUwNmD2A0AECWsCGBbZtDUzkA==");
        assert_eq!(to_uri("hello world"), "BYUwNmD2AEDukCcwBMg");
        assert_eq!(to_utf16("aaaaaaaaaa"), "ღ娠 ");
    }
}
