//! Hexadecimal in either case, when what it stands for is plausible: digests and numbers are
//! values as they stand.

use candor_case::Opening;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE, HEXUPPER};

use crate::binary::has_magic;
use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::codecs::protobuf;
use crate::pieces::Pieces;
use crate::shape::kind;
use crate::text::is_convincing;

/// Shorter hex is too often a word or a number.
const SHORTEST: usize = 16;

/// How many decoded bytes decide.
const SAMPLE: usize = 4096;

/// The codec.
pub(crate) struct Hex;

impl Codec for Hex {
    fn name(&self) -> &'static str {
        "hex"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.len() >= SHORTEST
            && view.bytes.len().is_multiple_of(2)
            && view.shape.only(kind::HEX)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let sample = &view.bytes[..view.bytes.len().min(2 * SAMPLE)];
        let Ok(sample) = HEXLOWER_PERMISSIVE.decode(sample) else { return Opened::No };
        if purse.pay_bytes(sample.len()).is_err() || !is_plausible(&sample) {
            return Opened::No;
        }
        let Ok(bytes) = HEXLOWER_PERMISSIVE.decode(view.bytes) else { return Opened::No };
        {
            out.whole(view, bytes, "hex");
            Opened::Fully
        }
    }

    fn close(&self, parent: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let upper = parent.iter().any(u8::is_ascii_uppercase);
        let alphabet = if upper { HEXUPPER } else { HEXLOWER };
        Some(alphabet.encode(content).into_bytes())
    }
}

/// Text, a known magic number, or protobuf that holds text.
fn is_plausible(bytes: &[u8]) -> bool {
    is_convincing(bytes) || has_magic(bytes) || protobuf::holds_text(bytes)
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn hex_is_opened_when_it_says_something() {
        let table: [(&str, &[&str]); 7] = [
            ("757365722d3432206861736861", &["hex = user-42 hasha"]),
            ("75736572406578616D706C652E6F7267", &["hex = user@example.org"]),
            ("5d41402abc4b2a76b9719d911017c592", &[]),
            ("1795329634458123", &[]),
            ("757365722d343", &[]),
            ("0000000000000000", &[]),
            ("deadbeef", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(layers(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn the_case_of_digits_is_kept() {
        for input in [&b"75736572406578616D706C652E6F7267"[..], b"75736572406578616d706c652e6f7267"]
        {
            let found = replanted(input, "hex", "grace@example.org");
            assert_eq!(found.as_deref(), Some("grace@example.org"));
        }
    }
}
