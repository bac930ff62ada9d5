//! The chunked transfer-coding (RFC 9112, section 7.1).

use bytes::Bytes;

use crate::http::{Field, parse_fields, write_fields};

/// Lines that state a chunk's size are shorter than this, extensions included.
const MAX_SIZE_LINE: usize = 4_096;

/// What a body turned out to be.
pub(crate) enum Dechunked {
    /// All chunks and the last one.
    Whole {
        /// The chunks' contents.
        body: Bytes,
        /// Trailer fields.
        trailers: Vec<Field>,
    },
    /// Some chunks.
    CutShort {
        /// What there is.
        body: Bytes,
    },
    /// It does not start with a chunk.
    NotChunked,
}

/// Removes the chunks. A body of one chunk borrows from its input.
pub(crate) fn decode(input: &Bytes) -> Dechunked {
    let mut body = Pieces::default();
    let mut at = 0;
    loop {
        let Some((size, start)) = size_line(input, at) else {
            let none = body.one.is_empty();
            return if none { Dechunked::NotChunked } else { body.cut_short() };
        };
        if size == 0 {
            let (trailers, _, _) = parse_fields(input, start, input.len());
            return Dechunked::Whole { body: body.join(), trailers };
        }
        let end = start.saturating_add(size);
        if end > input.len() {
            body.push(input.slice(start..));
            return body.cut_short();
        }
        body.push(input.slice(start..end));
        at = end + line_end(&input[end..]);
    }
}

/// What stands before the only chunk of a body of that many bytes; nothing before an empty one.
pub fn chunk_start(length: u64) -> Vec<u8> {
    if length == 0 { Vec::new() } else { format!("{length:x}\r\n").into_bytes() }
}

/// What stands after it: the chunk's end, the last chunk and the trailers.
pub fn chunk_end(length: u64, trailers: &[Field]) -> Vec<u8> {
    let mut out = if length == 0 { Vec::new() } else { b"\r\n".to_vec() };
    out.extend_from_slice(b"0\r\n");
    write_fields(&mut out, trailers);
    out.extend_from_slice(b"\r\n");
    out
}

/// The contents of the chunks: the first one borrowed, all of them copied once there are two.
#[derive(Default)]
struct Pieces {
    one: Bytes,
    many: Vec<u8>,
}

impl Pieces {
    fn push(&mut self, piece: Bytes) {
        if self.one.is_empty() {
            self.one = piece;
            return;
        }
        if self.many.is_empty() {
            self.many.extend_from_slice(&self.one);
        }
        self.many.extend_from_slice(&piece);
    }

    fn join(self) -> Bytes {
        if self.many.is_empty() { self.one } else { self.many.into() }
    }

    fn cut_short(self) -> Dechunked {
        Dechunked::CutShort { body: self.join() }
    }
}

/// The size that a chunk's first line states, and where its contents start.
fn size_line(input: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = input.get(at..)?;
    let end = memchr::memchr(b'\n', &rest[..rest.len().min(MAX_SIZE_LINE)])?;
    let line = rest[..end].trim_ascii();
    let digits = line.split(|b| matches!(b, b';' | b' ' | b'\t')).next()?;
    let digits = std::str::from_utf8(digits).ok()?;
    if digits.starts_with('+') {
        return None;
    }
    Some((usize::from_str_radix(digits, 16).ok()?, at + end + 1))
}

fn line_end(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\n', ..] => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_chunk_is_not_copied() {
        let input = Bytes::from_static(b"4\r\nabcd\r\n0\r\n\r\n");
        let Dechunked::Whole { body, trailers } = decode(&input) else { panic!("whole") };
        assert_eq!(&body[..], b"abcd");
        assert!(trailers.is_empty());
        assert_eq!(body.as_ptr(), input[3..].as_ptr());
    }

    #[test]
    fn what_is_framed_is_unframed() {
        for body in [&b""[..], b"x", b"0\r\n\r\n"] {
            let length = body.len() as u64;
            let trailers = [Field { name: "A".into(), value: "b".into() }];
            let framed = [&chunk_start(length)[..], body, &chunk_end(length, &trailers)].concat();
            let Dechunked::Whole { body: found, trailers: kept } = decode(&framed.into()) else {
                panic!("whole")
            };
            assert_eq!((&found[..], &kept[..]), (body, &trailers[..]));
        }
    }

    #[test]
    fn sizes_that_no_memory_holds_are_cut_short() {
        let input = Bytes::from_static(b"ffffffffffffffff\r\nab");
        assert!(matches!(decode(&input), Dechunked::CutShort { body } if &body[..] == b"ab"));
        let input = Bytes::from_static(b"fffffffffffffffff\r\nab");
        assert!(matches!(decode(&input), Dechunked::NotChunked));
    }
}
