//! gzip (RFC 1952), by its magic number, whatever any label says. Members that follow one
//! another are one stream.

use candor_case::{End, Opening};
use flate2::{Compress, Compression, Crc, FlushCompress};

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::inflate::{Stop, inflate};
use crate::pieces::Pieces;

/// The codec.
pub(crate) struct Gzip;

impl Codec for Gzip {
    fn name(&self) -> &'static str {
        "gzip"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.starts_with(&[0x1f, 0x8b, 8])
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let mut content = Vec::new();
        let end = match members(view.bytes, &mut content, purse) {
            Ok(()) => End::Opened,
            Err(Fault::Spent(spent)) => spent.into(),
            Err(Fault::Damaged(why)) => End::damaged("gzip", why),
        };
        if content.is_empty() && end != End::Opened {
            return Opened::Partly(end);
        }
        out.whole(view, content, "gzip");
        Opened::Partly(end)
    }

    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let mut stream = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
        deflate(content, false, &mut stream)?;
        let mut crc = Crc::new();
        crc.update(content);
        stream.extend_from_slice(&crc.sum().to_le_bytes());
        stream.extend_from_slice(&crc.amount().to_le_bytes());
        Some(stream)
    }
}

/// Deflates `content` onto the end of `output`.
pub(crate) fn deflate(content: &[u8], zlib: bool, output: &mut Vec<u8>) -> Option<()> {
    let mut stream = Compress::new(Compression::default(), zlib);
    output.reserve(content.len() + content.len() / 1000 + 64);
    loop {
        let taken = stream.total_in() as usize;
        let status = stream.compress_vec(content.get(taken..)?, output, FlushCompress::Finish);
        match status.ok()? {
            flate2::Status::StreamEnd => return Some(()),
            _ => output.reserve(4096),
        }
    }
}

enum Fault {
    Spent(crate::budget::Spent),
    Damaged(&'static str),
}

/// Reads member after member; zero bytes after the last are padding.
fn members(mut input: &[u8], content: &mut Vec<u8>, purse: &mut Purse) -> Result<(), Fault> {
    loop {
        let start = content.len();
        let header = header_len(input).ok_or(Fault::Damaged("the header is cut short"))?;
        let (taken, stop) = inflate(&input[header..], false, content, purse);
        match stop {
            Stop::Complete => {}
            Stop::Spent(spent) => return Err(Fault::Spent(spent)),
            Stop::Truncated => return Err(Fault::Damaged("it ends before its end")),
            Stop::Corrupt => return Err(Fault::Damaged("the deflate stream is corrupt")),
        }
        let rest = &input[header + taken..];
        let (trailer, rest) =
            rest.split_at_checked(8).ok_or(Fault::Damaged("its checksum is missing"))?;
        let mut crc = Crc::new();
        crc.update(&content[start..]);
        if trailer[..4] != crc.sum().to_le_bytes() {
            return Err(Fault::Damaged("its checksum does not match"));
        }
        if rest.iter().all(|b| *b == 0) {
            return Ok(());
        }
        if !rest.starts_with(&[0x1f, 0x8b, 8]) {
            return Err(Fault::Damaged("something follows its end"));
        }
        input = rest;
    }
}

/// Length of a member's header (RFC 1952, section 2.3).
fn header_len(input: &[u8]) -> Option<usize> {
    const HEADER_CRC: u8 = 2;
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    let flags = *input.get(3)?;
    let mut at = 10;
    if flags & EXTRA != 0 {
        at += 2 + usize::from(u16::from_le_bytes([*input.get(at)?, *input.get(at + 1)?]));
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            at += memchr::memchr(0, input.get(at..)?)? + 1;
        }
    }
    if flags & HEADER_CRC != 0 {
        at += 2;
    }
    (at <= input.len()).then_some(at)
}

#[cfg(test)]
mod tests {
    use candor_case::End;

    use crate::codec::tests::{end, layers, replanted};

    /// Made by another program.
    const SAMPLE: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xabV*-N-R\xb2RJLItH\xadH\xcc-\xc8I\xd5\xcb/JW\xd2Q\xca\xcb/I\x05J\x94d\xa4*\x14\x96f&g+$\x15\xe5\x97\xe7)\xa4\xe5W\xe8(`\x11T\xaa\x05\x00\xd2\x062\xe5L\x00\x00\x00";

    #[test]
    fn it_opens_and_closes() {
        assert_eq!(layers(SAMPLE)[1], "gzip > $.user = ada@example.org");
        let long = "x".repeat(200_000);
        for value in ["grace@example.org", long.as_str()] {
            let found = replanted(SAMPLE, "gzip > $.note", value);
            assert_eq!(found.as_deref(), Some(value));
        }
    }

    #[test]
    fn damage_keeps_what_came_before_it() {
        for (cut, why) in [(60, "it ends before its end"), (74, "its checksum is missing")] {
            let input = &SAMPLE[..cut];
            assert_eq!(end(input), End::damaged("gzip", why));
            assert!(layers(input)[0].contains("ada@example.org"));
        }
        let mut flipped = SAMPLE.to_vec();
        flipped[SAMPLE.len() - 8] ^= 1;
        assert!(matches!(end(&flipped), End::Damaged(_)));
    }

    #[test]
    fn members_and_padding_are_one_stream() {
        let two = [SAMPLE, SAMPLE, &[0; 16]].concat();
        assert_eq!(end(&two), End::Opened);
        assert_eq!(layers(&two)[0].matches("ada@").count(), 2);
    }
}
