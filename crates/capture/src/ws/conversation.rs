//! Records the messages of one conversation while its bytes pass.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use candor_case::{Body, Direction, ExchangeKind, GapReason, Header, Provenance};
use tokio::io::AsyncWriteExt;

use super::{
    frame::{self, control},
    inflate::{Deflate, Inflater, Stuck, agreed},
    messages::{Found, Message, Messages},
};
use crate::{
    conn::{Conn, Opening},
    tunnel::{Link, Watch},
};

/// How a conversation was opened.
pub(crate) struct Opened {
    pub(crate) conn: Arc<Conn>,
    /// The exchange of its handshake.
    pub(crate) index: u64,
    pub(crate) host: String,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<Header>,
    pub(crate) protocols: Vec<String>,
}

/// Both directions of a conversation.
pub(crate) struct Conversation {
    opened: Opened,
    state: Mutex<State>,
}

struct State {
    sent: Way,
    received: Way,
    /// Messages recorded so far, of both directions.
    count: u64,
}

/// One direction.
enum Way {
    Read(Box<Messages>),
    /// Not readable any more; bytes that nobody read since it was last said.
    Lost(u64),
}

impl Conversation {
    /// `response` are the header fields that accepted it.
    pub(crate) fn new(opened: Opened, response: &[Header]) -> Self {
        let limit = opened.conn.session.limits.message_bytes;
        let deflate = agreed(response);
        let way = |forgets: fn(&Deflate) -> bool| {
            let inflater = deflate.as_ref().map(|d| Inflater::new(forgets(d), limit));
            Way::Read(Box::new(Messages::new(inflater, limit)))
        };
        let state = State {
            sent: way(|d| d.client_forgets),
            received: way(|d| d.server_forgets),
            count: 0,
        };
        Self { opened, state: Mutex::new(state) }
    }

    /// Reads on in one direction and records what it finds; hands out control frames.
    fn read(&self, direction: Direction, bytes: &Bytes) -> Vec<(u8, Vec<u8>)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { sent, received, count } = &mut *state;
        let way = match direction {
            Direction::Sent => sent,
            Direction::Received => received,
        };
        let messages = match way {
            Way::Read(messages) => messages,
            Way::Lost(unread) => {
                *unread += bytes.len() as u64;
                return Vec::new();
            }
        };
        let mut control = Vec::new();
        let read = messages.feed(bytes, |found| match found {
            Found::Message(message) => {
                self.record(direction, *count, message);
                *count += 1;
            }
            Found::Control(opcode, payload) => control.push((opcode, payload)),
            Found::Unreadable(stuck) => self.stuck(direction, stuck),
        });
        if let Err(bad) = read {
            self.lost(direction, bytes.len() as u64, bad);
            *way = Way::Lost(0);
        }
        control
    }

    fn record(&self, direction: Direction, index: u64, message: Message) {
        let Opened { conn, index: parent, .. } = &self.opened;
        let opening = Opening {
            method: self.opened.method.clone(),
            url: self.opened.url.clone(),
            headers: self.opened.headers.clone(),
            protocols: self.opened.protocols.clone(),
            started: conn.session.now(),
        };
        let payload = Body {
            bytes: message.payload,
            provenance: Provenance::Proxied,
            missing: message.missing,
        };
        let kind = ExchangeKind::Message {
            direction,
            opcode: message.opcode,
            parent: conn.exchange_id(*parent, None),
            index,
            payload,
        };
        let exchange = conn.exchange(conn.exchange_id(*parent, Some(index)), opening, kind);
        conn.session.sink.message(exchange, message.frames);
    }

    fn stuck(&self, direction: Direction, stuck: Stuck) {
        let (reason, what) = match stuck {
            Stuck::Damaged => (GapReason::Damaged, "a WebSocket message does not inflate"),
            Stuck::TooLarge => (GapReason::OutOfBudget, "a WebSocket message inflates too far"),
        };
        let detail = format!("{what}; compressed messages {direction:?} later are not read");
        self.opened.conn.gap(reason, &self.opened.host, None, detail.to_lowercase());
    }

    fn lost(&self, direction: Direction, bytes: u64, why: frame::Bad) {
        let way = match direction {
            Direction::Sent => "sent",
            Direction::Received => "received",
        };
        let detail = format!("WebSocket bytes {way} cannot be read: {why}");
        self.opened.conn.gap(GapReason::Damaged, &self.opened.host, Some(bytes), detail);
    }
}

impl Watch for Conversation {
    fn saw(&self, direction: Direction, bytes: &Bytes) {
        self.read(direction, bytes);
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let ways = [(Direction::Sent, &state.sent), (Direction::Received, &state.received)];
        let unread: Vec<_> = ways
            .into_iter()
            .filter_map(|(direction, way)| match way {
                Way::Lost(unread @ 1..) => Some((direction, *unread)),
                _ => None,
            })
            .collect();
        for (direction, bytes) in unread {
            self.lost(direction, bytes, frame::Bad("it follows what could not be read"));
        }
    }
}

/// Listens to a client without ever saying more than the protocol wants: pongs and a goodbye.
pub(crate) async fn swallow(conversation: &Conversation, mut client: Link) {
    loop {
        let bytes = client.inflow.take_all();
        for (opcode, payload) in conversation.read(Direction::Sent, &bytes) {
            let answer = match opcode {
                9 => control(10, &payload),
                8 => control(8, &payload),
                _ => continue,
            };
            let written = client.outflow.write_all(&answer).await;
            if written.is_err() || client.outflow.flush().await.is_err() {
                return;
            }
            if opcode == 8 {
                let _ = client.outflow.shutdown().await;
                return;
            }
        }
        if !matches!(client.inflow.more().await, Ok(1..)) {
            return;
        }
    }
}
