//! Carries dialogues over a WebSocket to a browser on this machine.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Message as Frame, protocol::WebSocketConfig};

use super::{Dialogue, Event, Message, Refusal, Say, Turn};
use crate::DriveError;

/// Largest message taken from a browser, in bytes: a screenshot of a large window fits in many times.
const MAX_MESSAGE: usize = 64 << 20;

/// Where a browser waits to be spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Always on loopback.
    pub(crate) address: SocketAddr,
    /// Path of the WebSocket.
    pub(crate) path: String,
}

impl Endpoint {
    /// Reads `ws://127.0.0.1:PORT/PATH`; `path` is appended. Anything but loopback is refused.
    pub(crate) fn parse(url: &str, path: &str) -> Option<Self> {
        let rest = url.trim().strip_prefix("ws://")?;
        let (host, own) = rest.split_once('/').unwrap_or((rest, ""));
        let address: SocketAddr = host.replace("localhost", "127.0.0.1").parse().ok()?;
        let path = format!("/{own}{path}");
        address.ip().is_loopback().then_some(Self { address, path })
    }
}

/// A connection to a browser; clones speak over the same one.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    orders: mpsc::UnboundedSender<Order>,
}

/// What the connection's task is asked to do.
#[derive(Debug)]
enum Order {
    /// Send every event to this listener.
    Listen(mpsc::UnboundedSender<Heard>),
    /// Say this; the reply goes to the listener as command number `nth`.
    Say { say: Say, nth: usize, to: mpsc::UnboundedSender<Heard> },
}

/// What a dialogue hears.
#[derive(Clone, Debug)]
enum Heard {
    Reply(usize, Result<Value, Refusal>),
    Event(std::sync::Arc<Event>),
}

impl Client {
    /// Connects to a browser.
    pub(crate) async fn connect(endpoint: &Endpoint) -> Result<Self, DriveError> {
        let failed = |why: String| DriveError::NotListening { why };
        let socket =
            TcpStream::connect(endpoint.address).await.map_err(|e| failed(e.to_string()))?;
        let url = format!("ws://{}{}", endpoint.address, endpoint.path);
        let mut config = WebSocketConfig::default();
        config.max_message_size = Some(MAX_MESSAGE);
        config.max_frame_size = Some(MAX_MESSAGE);
        let (stream, _) = tokio_tungstenite::client_async_with_config(url, socket, Some(config))
            .await
            .map_err(|e| failed(e.to_string()))?;
        let (orders, inbox) = mpsc::unbounded_channel();
        tokio::spawn(Hub::default().serve(stream, inbox));
        Ok(Self { orders })
    }

    /// Holds a dialogue to its end. `what` names it in errors.
    pub(crate) async fn hold<D: Dialogue>(
        &self,
        what: &str,
        limit: Duration,
        dialogue: D,
    ) -> Result<D::Done, DriveError> {
        match tokio::time::timeout(limit, self.talk(dialogue)).await {
            Ok(Some(result)) => result
                .map_err(|Refusal(words)| DriveError::Refused { what: what.to_owned(), words }),
            Ok(None) => Err(DriveError::Gone { what: what.to_owned() }),
            Err(_) => Err(DriveError::TooSlow { what: what.to_owned(), seconds: limit.as_secs() }),
        }
    }

    /// Talks until the dialogue is over; `None` when the browser is gone.
    async fn talk<D: Dialogue>(&self, mut dialogue: D) -> Option<Result<D::Done, Refusal>> {
        let (to, mut heard) = mpsc::unbounded_channel();
        self.orders.send(Order::Listen(to.clone())).ok()?;
        let mut count = 0;
        let mut says = dialogue.begin();
        loop {
            for say in says {
                self.orders.send(Order::Say { say, nth: count, to: to.clone() }).ok()?;
                count += 1;
            }
            // The hub keeps a sender too, so a closed connection is told by the orders' channel.
            let turn = tokio::select! {
                heard = heard.recv() => match heard? {
                    Heard::Reply(nth, result) => dialogue.reply(nth, result),
                    Heard::Event(event) => dialogue.event(&event),
                },
                () = self.orders.closed() => return None,
            };
            match turn {
                Turn::More(more) => says = more,
                Turn::Done(result) => return Some(result),
            }
        }
    }

    /// Waits until the connection is closed.
    pub(crate) async fn closed(&self) {
        self.orders.closed().await;
    }
}

/// The task that owns the socket.
#[derive(Default)]
struct Hub {
    last_id: u64,
    pending: BTreeMap<u64, (usize, mpsc::UnboundedSender<Heard>)>,
    listeners: Vec<mpsc::UnboundedSender<Heard>>,
}

impl Hub {
    async fn serve(
        mut self,
        stream: WebSocketStream<TcpStream>,
        mut inbox: mpsc::UnboundedReceiver<Order>,
    ) {
        let (mut out, mut incoming) = stream.split();
        loop {
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(Order::Listen(to)) => self.listeners.push(to),
                    Some(Order::Say { say, nth, to }) => {
                        self.last_id += 1;
                        self.pending.insert(self.last_id, (nth, to));
                        if out.send(Frame::text(say.encode(self.last_id))).await.is_err() {
                            return;
                        }
                    }
                    None => return,
                },
                frame = incoming.next() => match frame {
                    Some(Ok(Frame::Text(text))) => self.hear(&text),
                    Some(Ok(Frame::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => {}
                },
            }
        }
    }

    fn hear(&mut self, text: &str) {
        match Message::decode(text) {
            Message::Reply { id, result } => {
                if let Some((nth, to)) = self.pending.remove(&id) {
                    let _ = to.send(Heard::Reply(nth, result));
                }
            }
            Message::Event(event) => {
                let event = std::sync::Arc::new(event);
                self.listeners.retain(|to| to.send(Heard::Event(event.clone())).is_ok());
            }
            Message::Noise => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_spoken_to() {
        let table = [
            (
                "ws://127.0.0.1:9/devtools/browser/a",
                "",
                Some(("127.0.0.1:9", "/devtools/browser/a")),
            ),
            ("ws://127.0.0.1:9", "session", Some(("127.0.0.1:9", "/session"))),
            ("ws://localhost:9", "session", Some(("127.0.0.1:9", "/session"))),
            ("ws://[::1]:9/x", "", Some(("[::1]:9", "/x"))),
            ("ws://192.0.2.1:9/x", "", None),
            ("wss://127.0.0.1:9/x", "", None),
            ("ws://127.0.0.1/x", "", None),
            ("", "", None),
        ];
        for (url, path, expected) in table {
            let expected = expected.map(|(address, path)| Endpoint {
                address: address.parse().unwrap(),
                path: path.into(),
            });
            assert_eq!(Endpoint::parse(url, path), expected, "{url}");
        }
    }
}
