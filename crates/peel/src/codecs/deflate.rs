//! Raw DEFLATE streams (RFC 1951): some senders put them under the label `deflate`, some under
//! none. Without a label only a stream that ends with the input and yields text is believed.

use candor_case::{End, Opening};

use crate::binary::has_magic;
use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::codecs::gzip;
use crate::inflate::{Stop, inflate};
use crate::label::Coding;
use crate::pieces::Pieces;
use crate::shape::kind;
use crate::text::is_utf8_text;

/// Raw deflate under its label.
pub(crate) struct Labelled;

/// Raw deflate without a label.
pub(crate) struct Guessed;

impl Codec for Labelled {
    fn name(&self) -> &'static str {
        "deflate"
    }

    fn accepts(&self, view: &View) -> bool {
        view.label.coding() == Some(Coding::Deflate) && view.shape.any(kind::BINARY)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let mut content = Vec::new();
        let (taken, stop) = inflate(view.bytes, false, &mut content, purse);
        let damaged = |why: &'static str| End::damaged("deflate", why);
        let end = match stop {
            Stop::Complete if taken == view.bytes.len() => End::Opened,
            Stop::Spent(spent) => spent.into(),
            _ if content.is_empty() => return Opened::No,
            Stop::Complete => damaged("something follows its end"),
            Stop::Truncated => damaged("it ends before its end"),
            Stop::Corrupt => damaged("the deflate stream is corrupt"),
        };
        out.whole(view, content, "deflate");
        Opened::Partly(end)
    }

    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let mut stream = Vec::new();
        gzip::deflate(content, false, &mut stream)?;
        Some(stream)
    }
}

impl Codec for Guessed {
    fn name(&self) -> &'static str {
        "deflate"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.len() >= 16 && view.shape.any(kind::BINARY)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let mut content = Vec::new();
        let (taken, stop) = inflate(view.bytes, false, &mut content, purse);
        let whole = stop == Stop::Complete && taken == view.bytes.len();
        if whole && content.len() >= 16 && (has_magic(&content) || is_utf8_text(&content)) {
            out.whole(view, content, "deflate");
            return Opened::Fully;
        }
        // What was made in vain is paid for, so that guesses cannot multiply the work.
        let _ = purse.pay_bytes(content.len());
        Opened::No
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    /// Made by another program.
    const SAMPLE: &[u8] = b"\xabV*-N-R\xb2RJLItH\xadH\xcc-\xc8I\xd5\xcb/JW\xd2Q\xca\xcb/I\x05J\x94d\xa4*\x14\x96f&g+$\x15\xe5\x97\xe7)\xa4\xe5W\xe8(`\x11T\xaa\x05\x00";

    #[test]
    fn it_opens_and_closes() {
        assert_eq!(layers(SAMPLE)[1], "deflate > $.user = ada@example.org");
        let long = "x".repeat(200_000);
        for value in ["grace@example.org", long.as_str()] {
            let found = replanted(SAMPLE, "deflate > $.note", value);
            assert_eq!(found.as_deref(), Some(value));
        }
    }
}
