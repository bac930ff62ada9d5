//! WebSocket conversations: passed on untouched, their messages recorded.

mod conversation;
mod frame;
mod handshake;
mod inflate;
mod messages;

pub(crate) use conversation::{Conversation, Opened, swallow};
pub(crate) use handshake::{accept, is_upgrade, is_upgraded};
