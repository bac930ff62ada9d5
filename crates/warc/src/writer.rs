//! Records to bytes.

use std::io::{self, Write};

use crate::{BlockDigest, Fields};

/// What follows every block.
pub const TAIL: &[u8] = b"\r\n\r\n";

/// The header of a record whose block has that digest and length in bytes, up to and with the
/// empty line. For blocks that are too large to be held at once; the caller writes the block and
/// [`TAIL`].
pub fn header(fields: &Fields, digest: &str, length: u64) -> Vec<u8> {
    let mut out = b"WARC/1.1\r\n".to_vec();
    for (name, value) in fields.iter() {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(
        format!("WARC-Block-Digest: {digest}\r\nContent-Length: {length}\r\n\r\n").as_bytes(),
    );
    out
}

/// Writes one record whose block is the pieces one after the other, and says how many bytes that
/// took.
pub fn write_record(out: &mut dyn Write, fields: &Fields, block: &[&[u8]]) -> io::Result<u64> {
    let mut digest = BlockDigest::new();
    let mut length = 0_u64;
    for piece in block {
        digest.update(piece);
        length += piece.len() as u64;
    }
    let header = header(fields, &digest.finish(), length);
    out.write_all(&header)?;
    for piece in block {
        out.write_all(piece)?;
    }
    out.write_all(TAIL)?;
    Ok(header.len() as u64 + length + TAIL.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_as_the_standard_shows_it() {
        let mut fields = Fields::new();
        fields.push("WARC-Type", "resource");
        let mut out = Vec::new();
        let length = write_record(&mut out, &fields, &[b"ab", b"c"]).expect("memory");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(length, text.len() as u64);
        assert_eq!(
            text,
            "WARC/1.1\r\nWARC-Type: resource\r\nWARC-Block-Digest: \
             sha256:XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYNDSYLXVHFUCD7WD4QACWWQ====\r\n\
             Content-Length: 3\r\n\r\nabc\r\n\r\n"
        );
    }
}
