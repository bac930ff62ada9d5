//! WebSocket conversations: passed on untouched, their messages recorded.

mod conversation;
mod frame;
mod handshake;
mod inflate;
mod messages;

pub(crate) use conversation::{Conversation, Opened, swallow};
pub(crate) use handshake::{accept, is_upgrade, is_upgraded};

#[cfg(test)]
pub(crate) mod torture {
    //! What the torture tests ask of the parsers here.

    use super::{inflate::Inflater, messages::Messages};

    /// Whatever is found in the pieces, up to the first error.
    pub(crate) fn messages(pieces: &[&[u8]]) -> (Vec<String>, bool) {
        let mut messages = Messages::new(Some(Inflater::new(false, 1000)), 1000);
        let mut all = Vec::new();
        let sound = pieces
            .iter()
            .all(|piece| messages.feed(piece, |found| all.push(format!("{found:?}"))).is_ok());
        (all, sound)
    }
}
