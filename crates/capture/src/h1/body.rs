//! Reads the body out of framed bytes that are passed on as they are.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use candor_case::Header;

use super::head::{self, Bad, Framing};

/// Finds payload and end in the bytes of one framed body.
pub(crate) struct Decoder {
    state: State,
    trailers: BytesMut,
    /// Most bytes of a trailer section.
    limit: usize,
}

/// What was found in some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fed {
    /// How many bytes belong to this body, framing included.
    pub(crate) used: usize,
    /// Whether it ends there.
    pub(crate) ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Length(u64),
    UntilClose,
    /// In the digits of a chunk's size.
    Size {
        size: u64,
        digits: u8,
    },
    /// In what follows the digits up to the end of the line.
    Extension {
        size: u64,
    },
    Data {
        left: u64,
    },
    /// At the line end that closes a chunk's data.
    AfterData,
    Trailers,
    Ended,
}

impl Decoder {
    pub(crate) fn new(framing: Framing, limit: usize) -> Self {
        let state = match framing {
            Framing::None | Framing::Length(0) => State::Ended,
            Framing::Length(left) => State::Length(left),
            Framing::Chunked => State::Size { size: 0, digits: 0 },
            Framing::UntilClose => State::UntilClose,
        };
        Self { state, trailers: BytesMut::new(), limit }
    }

    pub(crate) fn ended(&self) -> bool {
        self.state == State::Ended
    }

    /// Whether the body is whole when the connection ends here.
    pub(crate) fn ends_with_connection(&self) -> bool {
        matches!(self.state, State::Ended | State::UntilClose)
    }

    /// The trailer fields, once ended.
    pub(crate) fn trailers(&mut self) -> Vec<Header> {
        head::trailers(self.trailers.split().freeze()).unwrap_or_default()
    }

    /// Looks at the next bytes and pushes the ranges that are payload.
    pub(crate) fn feed(
        &mut self,
        bytes: &[u8],
        payload: &mut Vec<Range<usize>>,
    ) -> Result<Fed, Bad> {
        let mut at = 0;
        while at < bytes.len() && !self.ended() {
            let rest = bytes.get(at..).unwrap_or_default();
            at += self.step(rest, at, payload)?;
        }
        Ok(Fed { used: at, ended: self.ended() })
    }

    /// Takes some of `rest`, which is not empty and begins `at` bytes after the start.
    fn step(
        &mut self,
        rest: &[u8],
        at: usize,
        payload: &mut Vec<Range<usize>>,
    ) -> Result<usize, Bad> {
        match self.state {
            State::Ended => Ok(0),
            State::UntilClose => {
                payload.push(at..at + rest.len());
                Ok(rest.len())
            }
            State::Length(left) => {
                let n = some(left, rest);
                payload.push(at..at + n);
                self.state = match left - n as u64 {
                    0 => State::Ended,
                    left => State::Length(left),
                };
                Ok(n)
            }
            State::Data { left } => {
                let n = some(left, rest);
                payload.push(at..at + n);
                self.state = match left - n as u64 {
                    0 => State::AfterData,
                    left => State::Data { left },
                };
                Ok(n)
            }
            State::Trailers => self.trailer_line(rest),
            State::Size { .. } | State::Extension { .. } | State::AfterData => {
                let first = rest.first().copied().unwrap_or_default();
                self.state = self.framing_byte(first)?;
                Ok(1)
            }
        }
    }

    /// The state after a byte of a chunk's framing (RFC 9112, section 7.1).
    fn framing_byte(&self, byte: u8) -> Result<State, Bad> {
        let bad = Bad("its chunks are damaged");
        match (self.state, byte) {
            (State::Size { size, digits }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16).ok_or(bad)?;
                if digits == 16 {
                    return Err(bad);
                }
                Ok(State::Size { size: size << 4 | u64::from(digit), digits: digits + 1 })
            }
            (State::Size { digits: 0, .. }, _) => Err(bad),
            (State::Size { size, .. }, b';' | b' ' | b'\t' | b'\r') => {
                Ok(State::Extension { size })
            }
            (State::Size { size, .. } | State::Extension { size }, b'\n') => Ok(match size {
                0 => State::Trailers,
                left => State::Data { left },
            }),
            (State::Extension { .. }, _) => Ok(self.state),
            (State::AfterData, b'\r') => Ok(State::AfterData),
            (State::AfterData, b'\n') => Ok(State::Size { size: 0, digits: 0 }),
            _ => Err(bad),
        }
    }

    /// Takes up to one line of the trailer section; an empty one ends it.
    fn trailer_line(&mut self, rest: &[u8]) -> Result<usize, Bad> {
        let n = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let line = rest.get(..n).unwrap_or_default();
        if self.trailers.len() + n > self.limit {
            return Err(Bad("its trailers are too long"));
        }
        self.trailers.extend_from_slice(line);
        let empty = matches!(&self.trailers[..], b"\n" | b"\r\n")
            || self.trailers.ends_with(b"\n\r\n")
            || self.trailers.ends_with(b"\n\n");
        if empty {
            self.state = State::Ended;
        }
        Ok(n)
    }
}

fn some(left: u64, rest: &[u8]) -> usize {
    usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()))
}

/// The payload of some framed bytes.
pub(crate) fn slices(raw: &Bytes, ranges: &mut Vec<Range<usize>>) -> impl Iterator<Item = Bytes> {
    ranges.drain(..).filter(|r| r.end <= raw.len()).map(|r| raw.slice(r))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the bytes in steps of that size.
    fn read(
        framing: Framing,
        bytes: &[u8],
        step: usize,
    ) -> Result<(Vec<u8>, usize, bool, Vec<Header>), Bad> {
        let mut decoder = Decoder::new(framing, 1000);
        let (mut body, mut used) = (vec![], 0);
        for piece in bytes.chunks(step) {
            let mut ranges = vec![];
            let fed = decoder.feed(piece, &mut ranges)?;
            body.extend(ranges.iter().flat_map(|r| &piece[r.clone()]));
            used += fed.used;
            if fed.ended {
                break;
            }
        }
        Ok((body, used, decoder.ended(), decoder.trailers()))
    }

    #[test]
    fn bodies_are_read_in_any_steps() {
        let chunked = b"4;x=\"y\"\r\nWiki\r\n5\r\npedia\r\nF \r\n in \r\n\r\nchunks.\r\n0\r\nX-Sum: 1\r\nx-b: 2\r\n\r\nNEXT";
        for step in 1..chunked.len() + 1 {
            let (body, used, ended, trailers) =
                read(Framing::Chunked, chunked, step).expect("sound");
            assert_eq!(body, b"Wikipedia in \r\n\r\nchunks.", "{step}");
            assert!(ended);
            assert_eq!(used, chunked.len() - 4);
            assert_eq!(trailers, [Header::new("X-Sum", "1"), Header::new("x-b", "2")]);
            let (body, used, ended, _) = read(Framing::Length(4), b"abcdef", step).expect("sound");
            assert_eq!((&body[..], used, ended), (&b"abcd"[..], 4, true));
            let (body, _, ended, _) = read(Framing::UntilClose, b"abcdef", step).expect("sound");
            assert_eq!((&body[..], ended), (&b"abcdef"[..], false));
            let (_, used, ended, trailers) =
                read(Framing::Chunked, b"0\r\n\r\nx", step).expect("sound");
            assert_eq!((used, ended, trailers), (5, true, vec![]));
        }
    }

    #[test]
    fn damaged_chunks_are_refused() {
        for text in ["x\r\n", "\r\n", "10000000000000000\r\n", "1\r\nab\r\n", "4x\r\n"] {
            assert!(read(Framing::Chunked, text.as_bytes(), 1).is_err(), "{text:?}");
        }
        let long = format!("0\r\n{}\r\n\r\n", "x".repeat(2000));
        assert!(read(Framing::Chunked, long.as_bytes(), 7).is_err());
    }
}
