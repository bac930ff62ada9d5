//! Puts frames together to messages, inflated, within bounds. Control frames stay out of them.

use bytes::{Bytes, BytesMut};
use candor_case::{Missing, Opcode};

use super::{
    frame::{Bad, Frames, Head, Piece, unmask},
    inflate::{Inflater, Stuck},
};

/// What was found in one direction of a conversation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A whole message.
    Message(Message),
    /// A control frame with its payload: 8 close, 9 ping, 10 pong.
    Control(u8, Vec<u8>),
    /// From here on compressed messages of this direction cannot be read.
    Unreadable(Stuck),
}

/// A whole message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) opcode: Opcode,
    /// Its payload, inflated.
    pub(crate) payload: Bytes,
    /// What of it is missing.
    pub(crate) missing: Option<Missing>,
    /// The frames it came in, raw as sent.
    pub(crate) frames: Bytes,
}

/// Reads one direction of a conversation.
pub(crate) struct Messages {
    frames: Frames,
    assembly: Assembly,
}

impl Messages {
    /// `inflater` when compression was agreed on; `limit` bounds the bytes kept of one message,
    /// for payload and frames alike.
    pub(crate) fn new(inflater: Option<Inflater>, limit: usize) -> Self {
        let assembly = Assembly {
            compresses: inflater.is_some(),
            inflater,
            limit,
            frame: None,
            control: Vec::new(),
            message: None,
        };
        Self { frames: Frames::default(), assembly }
    }

    /// Reads on and hands out what it finds. After an error the direction cannot be read any more.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut found: impl FnMut(Found)) -> Result<(), Bad> {
        let Self { frames, assembly } = self;
        frames.feed(bytes, |piece| match piece {
            Piece::Head(head, raw) => assembly.begin(head, raw),
            Piece::Payload { raw, at } => {
                assembly.payload(raw, at, &mut found);
                Ok(())
            }
            Piece::End => {
                assembly.end(&mut found);
                Ok(())
            }
        })
    }
}

struct Assembly {
    compresses: bool,
    /// Gone once the context is lost.
    inflater: Option<Inflater>,
    limit: usize,
    frame: Option<Head>,
    /// Payload of the current control frame.
    control: Vec<u8>,
    message: Option<Partial>,
}

/// A message whose last frame has not come.
struct Partial {
    opcode: Opcode,
    compressed: bool,
    payload: Vec<u8>,
    frames: BytesMut,
    /// Bytes of payload as sent.
    sent: u64,
    missing: Option<Missing>,
}

impl Assembly {
    fn begin(&mut self, head: Head, raw: &[u8]) -> Result<(), Bad> {
        let compressed = head.reserved == 4;
        if head.reserved != 0 && !(compressed && self.compresses && matches!(head.opcode, 1 | 2)) {
            return Err(Bad("a frame of an extension that was not agreed on"));
        }
        match (head.opcode, &self.message) {
            (0, None) => return Err(Bad("a frame that continues nothing")),
            (1 | 2, Some(_)) => return Err(Bad("a message within a message")),
            (1 | 2, None) => {
                let opcode = if head.opcode == 1 { Opcode::Text } else { Opcode::Binary };
                self.message = Some(Partial::new(opcode, compressed));
            }
            _ => {}
        }
        self.frame = Some(head);
        self.control.clear();
        if !head.is_control() {
            self.keep(raw);
        }
        Ok(())
    }

    fn keep(&mut self, raw: &[u8]) {
        let Some(message) = &mut self.message else { return };
        if message.frames.len() + raw.len() <= self.limit {
            message.frames.extend_from_slice(raw);
        } else {
            message.missing = Some(Missing::Truncated);
        }
    }

    fn payload(&mut self, raw: &[u8], at: u64, found: &mut impl FnMut(Found)) {
        let Some(head) = self.frame else { return };
        if head.is_control() {
            return unmask(raw, head.key, at, &mut self.control);
        }
        self.keep(raw);
        let Some(message) = &mut self.message else { return };
        message.sent += raw.len() as u64;
        if !message.compressed {
            let room = self.limit.saturating_sub(message.payload.len());
            let (kept, lost) = raw.split_at_checked(room).unwrap_or((raw, &[]));
            unmask(kept, head.key, at, &mut message.payload);
            if !lost.is_empty() {
                message.missing = Some(Missing::Truncated);
            }
            return;
        }
        let mut plain = Vec::with_capacity(raw.len());
        unmask(raw, head.key, at, &mut plain);
        self.inflate(found, |inflater, payload| inflater.feed(&plain, payload));
    }

    /// Works on the current message's payload; a failure ends all inflating in this direction,
    /// since later messages lean on earlier ones.
    fn inflate(
        &mut self,
        found: &mut impl FnMut(Found),
        step: impl FnOnce(&mut Inflater, &mut Vec<u8>) -> Result<(), Stuck>,
    ) {
        let Some(message) = &mut self.message else { return };
        let Some(inflater) = &mut self.inflater else { return };
        if let Err(stuck) = step(inflater, &mut message.payload) {
            self.inflater = None;
            message.missing = Some(Missing::Truncated);
            found(Found::Unreadable(stuck));
        }
    }

    fn end(&mut self, found: &mut impl FnMut(Found)) {
        let Some(head) = self.frame.take() else { return };
        if head.is_control() {
            return found(Found::Control(head.opcode, std::mem::take(&mut self.control)));
        }
        if !head.last {
            return;
        }
        if self.message.as_ref().is_some_and(|m| m.compressed) {
            self.inflate(found, Inflater::end);
        }
        if let Some(message) = self.message.take() {
            found(Found::Message(message.whole(self.inflater.is_some())));
        }
    }
}

impl Partial {
    fn new(opcode: Opcode, compressed: bool) -> Self {
        Self {
            opcode,
            compressed,
            payload: Vec::new(),
            frames: BytesMut::new(),
            sent: 0,
            missing: None,
        }
    }

    fn whole(self, inflates: bool) -> Message {
        let unread = self.compressed && !inflates && self.missing.is_none();
        Message {
            opcode: self.opcode,
            payload: self.payload.into(),
            missing: match unread {
                true => Some(Missing::NotRecorded { bytes: Some(self.sent) }),
                false => self.missing,
            },
            frames: self.frames.freeze(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::frame::control;

    fn read(messages: &mut Messages, bytes: &[u8], step: usize) -> Result<Vec<Found>, Bad> {
        let mut all = vec![];
        for piece in bytes.chunks(step) {
            messages.feed(piece, |found| all.push(found))?;
        }
        Ok(all)
    }

    fn payloads(found: &[Found]) -> Vec<&[u8]> {
        let mut payloads = Vec::new();
        for one in found {
            if let Found::Message(message) = one {
                payloads.push(&message.payload[..]);
            }
        }
        payloads
    }

    #[test]
    fn fragments_are_joined_and_control_frames_stay_out() {
        // "Hel" + ping + "lo", the fragments masked, then a binary message.
        let mut bytes = vec![0x01, 0x83, 1, 2, 3, 4, b'H' ^ 1, b'e' ^ 2, b'l' ^ 3];
        bytes.extend(control(9, b"?"));
        bytes.extend([0x80, 0x82, 5, 6, 7, 8, b'l' ^ 5, b'o' ^ 6, 0x82, 1, 0]);
        for step in 1..bytes.len() + 1 {
            let found = read(&mut Messages::new(None, 100), &bytes, step).expect("sound");
            assert_eq!(found.len(), 3);
            assert_eq!(found[0], Found::Control(9, b"?".to_vec()));
            let Found::Message(hello) = &found[1] else { panic!("{found:?}") };
            assert_eq!((&hello.payload[..], hello.opcode), (&b"Hello"[..], Opcode::Text));
            assert_eq!(hello.frames, [&bytes[..9], &bytes[12..20]].concat());
            assert_eq!(payloads(&found), [&b"Hello"[..], &[0]]);
        }
    }

    #[test]
    fn compressed_messages_lean_on_earlier_ones() {
        let bytes = [
            &[0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..],
            &[0x41, 3, 0xf2, 0x00, 0x11, 0x80, 2, 0x00, 0x00],
            &[0x81, 2, b'h', b'i'],
        ]
        .concat();
        for step in 1..bytes.len() + 1 {
            let mut messages = Messages::new(Some(Inflater::new(false, 100)), 100);
            let found = read(&mut messages, &bytes, step).expect("sound");
            assert_eq!(payloads(&found), [&b"Hello"[..], b"Hello", b"hi"]);
        }
    }

    #[test]
    fn a_lost_context_is_said_and_plain_messages_go_on() {
        let bytes = [
            &[0xc1, 2, 0xff, 0xff][..],
            &[0xc1, 5, 0xf2, 0x00, 0x11, 0x00, 0x00],
            &[0x81, 2, b'h', b'i'],
        ]
        .concat();
        let mut messages = Messages::new(Some(Inflater::new(false, 100)), 100);
        let found = read(&mut messages, &bytes, 3).expect("sound");
        assert_eq!(found[0], Found::Unreadable(Stuck::Damaged));
        let Found::Message(unread) = &found[2] else { panic!("{found:?}") };
        assert_eq!(unread.missing, Some(Missing::NotRecorded { bytes: Some(5) }));
        assert_eq!(unread.frames.len(), 7);
        assert_eq!(payloads(&found), [&b""[..], b"", b"hi"]);
    }

    #[test]
    fn large_messages_are_cut() {
        let bytes = [&[0x82, 0x7e, 1, 0][..], &[7; 256], &[0x81, 1, b'x']].concat();
        let found = read(&mut Messages::new(None, 100), &bytes, 9).expect("sound");
        let Found::Message(cut) = &found[0] else { panic!("{found:?}") };
        assert_eq!((cut.payload.len(), &cut.missing), (100, &Some(Missing::Truncated)));
        assert_eq!(payloads(&found)[1], b"x");
    }

    #[test]
    fn what_was_not_agreed_on_is_refused() {
        for bytes in [&[0xc1, 0][..], &[0x80, 0], &[0x01, 0, 0x01, 0], &[0xa1, 0]] {
            assert!(read(&mut Messages::new(None, 100), bytes, 1).is_err(), "{bytes:?}");
        }
    }
}
