//! WebSocket frames (RFC 6455, section 5.2), read from bytes in any pieces.

/// Why bytes are no frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Bad(pub(crate) &'static str);

/// A frame's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) last: bool,
    /// The three reserved bits; the first says that the message is compressed (RFC 7692).
    pub(crate) reserved: u8,
    pub(crate) opcode: u8,
    pub(crate) key: Option<[u8; 4]>,
    pub(crate) length: u64,
}

impl Head {
    pub(crate) fn is_control(&self) -> bool {
        self.opcode & 8 != 0
    }
}

/// A piece of a frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A frame begins with these bytes.
    Head(Head, &'a [u8]),
    /// Some of its payload, raw as sent; `at` is its offset in the frame's payload.
    Payload { raw: &'a [u8], at: u64 },
    /// It ends.
    End,
}

/// Cuts one direction of a conversation into frames.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    head: Vec<u8>,
    /// Length and position in the payload of the current frame.
    payload: Option<(u64, u64)>,
}

impl Frames {
    /// Reads on, and hands out the pieces as they come.
    pub(crate) fn feed(
        &mut self,
        mut bytes: &[u8],
        mut piece: impl FnMut(Piece<'_>) -> Result<(), Bad>,
    ) -> Result<(), Bad> {
        loop {
            if let Some((length, at)) = self.payload {
                let n = usize::try_from(length - at).map_or(bytes.len(), |n| n.min(bytes.len()));
                let (raw, rest) = bytes.split_at_checked(n).unwrap_or((bytes, &[]));
                if n > 0 {
                    piece(Piece::Payload { raw, at })?;
                }
                bytes = rest;
                if at + (n as u64) < length {
                    self.payload = Some((length, at + n as u64));
                    return Ok(());
                }
                self.payload = None;
                piece(Piece::End)?;
            }
            let Some((next, rest)) = bytes.split_first() else { return Ok(()) };
            self.head.push(*next);
            bytes = rest;
            if let Some(head) = parse(&self.head)? {
                piece(Piece::Head(head, &self.head))?;
                self.payload = Some((head.length, 0));
                self.head.clear();
            }
        }
    }
}

/// Reads a frame's head once all of it is there.
fn parse(bytes: &[u8]) -> Result<Option<Head>, Bad> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let masked = second & 0x80 != 0;
    let (length, rest) = match second & 0x7f {
        126 => match rest.split_first_chunk::<2>() {
            Some((length, rest)) => (u64::from(u16::from_be_bytes(*length)), rest),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk::<8>() {
            Some((length, rest)) => (u64::from_be_bytes(*length), rest),
            None => return Ok(None),
        },
        short => (u64::from(short), rest),
    };
    let key = match (masked, rest.first_chunk::<4>()) {
        (true, None) => return Ok(None),
        (true, key) => key.copied(),
        (false, _) => None,
    };
    let head =
        Head { last: first & 0x80 != 0, reserved: first >> 4 & 7, opcode: first & 15, key, length };
    check(&head)?;
    Ok(Some(head))
}

fn check(head: &Head) -> Result<(), Bad> {
    if !matches!(head.opcode, 0..=2 | 8..=10) {
        return Err(Bad("a frame of an unknown kind"));
    }
    if head.is_control() && (!head.last || head.length > 125) {
        return Err(Bad("a control frame that is too long or in pieces"));
    }
    if head.length > i64::MAX.unsigned_abs() {
        return Err(Bad("a frame longer than any"));
    }
    Ok(())
}

/// Takes the mask off payload bytes that begin at that offset.
pub(crate) fn unmask(raw: &[u8], key: Option<[u8; 4]>, at: u64, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(raw);
    let Some(mut key) = key else { return };
    key.rotate_left((at % 4) as usize);
    for (byte, key) in out.iter_mut().skip(start).zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

/// An unmasked frame, as servers send them. For control frames, whose payload is short.
pub(crate) fn control(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let payload = payload.get(..payload.len().min(125)).unwrap_or_default();
    let mut frame = vec![0x80 | opcode, payload.len() as u8];
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], step: usize) -> Result<Vec<(Head, Vec<u8>)>, Bad> {
        let mut frames = Frames::default();
        let mut found: Vec<(Head, Vec<u8>, bool)> = vec![];
        for piece in bytes.chunks(step) {
            frames.feed(piece, |piece| {
                match (piece, found.last_mut()) {
                    (Piece::Head(head, _), _) => found.push((head, vec![], false)),
                    (Piece::Payload { raw, at }, Some((head, payload, _))) => {
                        assert_eq!(at, payload.len() as u64);
                        unmask(raw, head.key, at, payload);
                    }
                    (Piece::End, Some(last)) => last.2 = true,
                    _ => panic!("a payload without head"),
                }
                Ok(())
            })?;
        }
        Ok(found.into_iter().filter(|f| f.2).map(|(head, payload, _)| (head, payload)).collect())
    }

    #[test]
    fn frames_are_read_in_any_steps() {
        // RFC 6455, section 5.7: a masked "Hello", then an unmasked ping, then 256 bytes.
        let mut bytes = vec![0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        bytes.extend(control(9, b"Hello"));
        bytes.extend([0x82, 0x7e, 1, 0]);
        bytes.extend([7; 256]);
        bytes.extend([0x82, 0x7f, 0, 0, 0, 0, 0, 0, 0, 1, 9]);
        for step in [1, 2, 3, 5, 7, 64, 1000] {
            let frames = read(&bytes, step).expect("sound");
            let seen: Vec<_> = frames.iter().map(|(h, p)| (h.opcode, p.len())).collect();
            assert_eq!(seen, [(1, 5), (9, 5), (2, 256), (2, 1)], "{step}");
            assert_eq!(frames[0].1, b"Hello");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for bytes in [
            &[0x83, 0][..],
            &[0x09, 0],
            &[0x89, 0x7e, 0, 126],
            &[0x82, 0xff, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert!(read(bytes, 1).is_err(), "{bytes:?}");
        }
    }
}
