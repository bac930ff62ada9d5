//! permessage-deflate (RFC 7692): what was agreed, and inflating under a budget.

use candor_case::Header;
use flate2::{Decompress, FlushDecompress, Status};

use crate::h1::head::tokens;

/// The extension that was agreed on, as the server's answer tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Deflate {
    /// The client starts each message with an empty window.
    pub(crate) client_forgets: bool,
    /// So does the server.
    pub(crate) server_forgets: bool,
}

/// What the server's answer says was agreed on; `None` without compression.
pub(crate) fn agreed(response: &[Header]) -> Option<Deflate> {
    let extension = tokens(response, "sec-websocket-extensions")
        .find(|e| e.split(';').next().is_some_and(|name| name.trim() == "permessage-deflate"))?;
    let has = |name: &str| extension.split(';').any(|p| p.trim() == name);
    Some(Deflate {
        client_forgets: has("client_no_context_takeover"),
        server_forgets: has("server_no_context_takeover"),
    })
}

/// What every message's compressed bytes end with, left out on the wire (section 7.2.1).
const TAIL: &[u8] = &[0, 0, 0xff, 0xff];

/// Why a message cannot be inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// The bytes are damaged.
    Damaged,
    /// It grows beyond the budget.
    TooLarge,
}

/// Inflates the messages of one direction.
pub(crate) struct Inflater {
    inflate: Decompress,
    forgets: bool,
    /// Whether the sender ended its last block just here.
    finished: bool,
    /// Most bytes of one message. DEFLATE makes at most 1,032 bytes of one, so this also bounds
    /// the work per byte received.
    limit: usize,
}

impl Inflater {
    pub(crate) fn new(forgets: bool, limit: usize) -> Self {
        Self { inflate: Decompress::new(false), forgets, finished: false, limit }
    }

    /// Inflates a piece of a message and appends to what there is of it.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], message: &mut Vec<u8>) -> Result<(), Stuck> {
        let mut room = [0; 16 << 10];
        loop {
            let (read, made) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(bytes, &mut room, FlushDecompress::Sync);
            let read = (self.inflate.total_in() - read) as usize;
            let made = (self.inflate.total_out() - made) as usize;
            bytes = bytes.get(read..).unwrap_or_default();
            let made = room.get(..made).unwrap_or_default();
            let space = self.limit.saturating_sub(message.len());
            message.extend_from_slice(made.get(..space).unwrap_or(made));
            if made.len() > space {
                return Err(Stuck::TooLarge);
            }
            // What came before the damage was sent all the same.
            let status = status.map_err(|_| Stuck::Damaged)?;
            // A sender may end its last block (section 7.2.3.4) and begin a new stream.
            self.finished = status == Status::StreamEnd;
            if self.finished {
                self.inflate.reset(false);
            }
            let full = made.len() == room.len() && !self.finished;
            if bytes.is_empty() && !full {
                return Ok(());
            }
            if read == 0 && made.is_empty() {
                return Err(Stuck::Damaged);
            }
        }
    }

    /// Ends a message.
    pub(crate) fn end(&mut self, message: &mut Vec<u8>) -> Result<(), Stuck> {
        if !std::mem::take(&mut self.finished) {
            self.feed(TAIL, message)?;
        }
        if self.forgets {
            self.inflate.reset(false);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inflate(inflater: &mut Inflater, bytes: &[u8], step: usize) -> Result<Vec<u8>, Stuck> {
        let mut message = vec![];
        for piece in bytes.chunks(step) {
            inflater.feed(piece, &mut message)?;
        }
        inflater.end(&mut message).map(|()| message)
    }

    #[test]
    fn the_examples_of_the_rfc() {
        // RFC 7692, section 7.2.3: one message, then one that leans on it, then other block kinds.
        let first = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        let leaning = [0xf2, 0x00, 0x11, 0x00, 0x00];
        let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
        let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
        let two_blocks =
            [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
        for step in 1..14 {
            let mut inflater = Inflater::new(false, 1000);
            for bytes in [&first[..], &leaning, &stored, &last, &two_blocks, &leaning] {
                let message = inflate(&mut inflater, bytes, step);
                assert_eq!(message.as_deref(), Ok(&b"Hello"[..]), "{step} {bytes:02x?}");
            }
        }
        let mut forgetful = Inflater::new(true, 1000);
        assert!(inflate(&mut forgetful, &first, 9).is_ok());
        assert_eq!(inflate(&mut forgetful, &leaning, 9), Err(Stuck::Damaged));
    }

    #[test]
    fn a_message_does_not_grow_beyond_its_budget() {
        let mut deflate = flate2::Compress::new(flate2::Compression::best(), false);
        let mut bomb = Vec::with_capacity(1 << 20);
        deflate
            .compress_vec(&vec![0; 8 << 20], &mut bomb, flate2::FlushCompress::Sync)
            .expect("compresses");
        let mut inflater = Inflater::new(false, 1 << 20);
        assert_eq!(inflate(&mut inflater, &bomb, 4096), Err(Stuck::TooLarge));
    }

    #[test]
    fn agreements_are_read() {
        let read = |value: &'static str| agreed(&[Header::new("Sec-WebSocket-Extensions", value)]);
        assert_eq!(read("x-other; a"), None);
        assert_eq!(read("permessage-deflate"), Some(Deflate::default()));
        assert_eq!(
            read("Permessage-Deflate; server_no_context_takeover; client_max_window_bits=10"),
            Some(Deflate { client_forgets: false, server_forgets: true })
        );
    }
}
