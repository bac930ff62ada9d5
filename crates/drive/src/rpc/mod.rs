//! What is said to a browser and heard from it: JSON messages with numbers, the same for Chromium's
//! DevTools protocol and for WebDriver BiDi.
//!
//! The core is free of sockets: a [`Dialogue`] is handed what was heard and gives back what to say,
//! so a test reads like a playbook. [`client`] carries the words.

pub(crate) mod client;
mod dialogue;
#[cfg(test)]
pub(crate) mod playbook;

use serde_json::{Map, Value, json};

pub(crate) use dialogue::{Ask, Dialogue, Turn, text_at};

/// A command to the browser.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Say {
    /// The protocol's name of the command.
    pub(crate) method: &'static str,
    /// Its parameters.
    pub(crate) params: Value,
    /// The DevTools session it is meant for; BiDi has one per connection and names none.
    pub(crate) session: Option<String>,
}

impl Say {
    /// A command to the browser as a whole.
    pub(crate) fn new(method: &'static str, params: Value) -> Self {
        Self { method, params, session: None }
    }

    /// A command to one page of Chromium.
    pub(crate) fn to(session: &str, method: &'static str, params: Value) -> Self {
        Self { method, params, session: Some(session.to_owned()) }
    }

    /// The message as sent, with its number.
    pub(crate) fn encode(&self, id: u64) -> String {
        let mut message = json!({ "id": id, "method": self.method, "params": self.params });
        if let (Some(session), Value::Object(map)) = (&self.session, &mut message) {
            map.insert("sessionId".into(), json!(session));
        }
        message.to_string()
    }
}

/// The browser's refusal of a command, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

/// A message from the browser.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Message {
    /// The answer to the command of that number.
    Reply { id: u64, result: Result<Value, Refusal> },
    /// Something that happened.
    Event(Event),
    /// Anything else: neither protocol has such a message.
    Noise,
}

/// Something that happened in the browser.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    /// The protocol's name of it.
    pub(crate) method: String,
    /// What the browser says about it.
    pub(crate) params: Value,
    /// The DevTools session it happened in.
    pub(crate) session: Option<String>,
}

impl Message {
    /// Reads one message of either protocol. What cannot be read is noise.
    pub(crate) fn decode(text: &str) -> Self {
        let Ok(Value::Object(mut map)) = serde_json::from_str(text) else { return Self::Noise };
        if let Some(id) = map.get("id").and_then(Value::as_u64) {
            return Self::Reply { id, result: outcome(&mut map) };
        }
        let session = map.get("sessionId").and_then(Value::as_str).map(str::to_owned);
        match map.remove("method") {
            Some(Value::String(method)) => {
                let params = map.remove("params").unwrap_or(Value::Null);
                Self::Event(Event { method, params, session })
            }
            _ => Self::Noise,
        }
    }
}

/// DevTools puts the reason into `error.message`; BiDi has a code in `error` and `message` beside it.
fn outcome(map: &mut Map<String, Value>) -> Result<Value, Refusal> {
    let Some(error) = map.remove("error") else {
        return Ok(map.remove("result").unwrap_or(Value::Null));
    };
    let words = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let said = match &error {
        Value::Object(inner) => words(inner.get("message").unwrap_or(&Value::Null)),
        code => format!("{}: {}", words(code), map.get("message").map(words).unwrap_or_default()),
    };
    Err(Refusal(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_numbered_and_addressed() {
        let plain = Say::new("session.new", json!({})).encode(1);
        let sent: Value = serde_json::from_str(&plain).unwrap();
        assert_eq!(sent, json!({ "id": 1, "method": "session.new", "params": {} }));
        let page = Say::to("S", "Page.enable", json!({})).encode(2);
        let sent: Value = serde_json::from_str(&page).unwrap();
        assert_eq!(sent["sessionId"], "S");
    }

    #[test]
    fn both_protocols_are_read() {
        let reply = |id, result| Message::Reply { id, result };
        let refused = |words: &str| Err(Refusal(words.into()));
        let table = [
            (r#"{"id":1,"result":{"a":1}}"#, reply(1, Ok(json!({ "a": 1 })))),
            (r#"{"type":"success","id":2,"result":{}}"#, reply(2, Ok(json!({})))),
            (r#"{"id":3,"error":{"code":-32000,"message":"No such page"}}"#, {
                reply(3, refused("No such page"))
            }),
            (r#"{"type":"error","id":4,"error":"no such frame","message":"gone"}"#, {
                reply(4, refused("no such frame: gone"))
            }),
            (r#"{"id":5}"#, reply(5, Ok(Value::Null))),
            (r#"{"method":"Page.loadEventFired","params":{"t":1},"sessionId":"S"}"#, {
                Message::Event(Event {
                    method: "Page.loadEventFired".into(),
                    params: json!({ "t": 1 }),
                    session: Some("S".into()),
                })
            }),
            (r#"{"type":"error","id":null,"error":"x"}"#, Message::Noise),
            (r#"{"method":7}"#, Message::Noise),
            ("[1]", Message::Noise),
            ("{", Message::Noise),
            ("", Message::Noise),
        ];
        for (text, expected) in table {
            assert_eq!(Message::decode(text), expected, "{text}");
        }
    }
}
