//! Dialogues: small conversations with a browser, each with one purpose, without a socket.

use serde_json::Value;

use super::{Event, Refusal, Say};

/// A conversation with a purpose. It is begun once, then handed all replies to its own commands and
/// all events, until it is done.
pub(crate) trait Dialogue: Send {
    /// What it is for: what the caller learns.
    type Done;

    /// The first commands.
    fn begin(&mut self) -> Vec<Say>;

    /// The reply to its command number `nth`, counted from 0 over the whole dialogue.
    fn reply(&mut self, nth: usize, result: Result<Value, Refusal>) -> Turn<Self::Done>;

    /// Something that happened, perhaps to somebody else.
    fn event(&mut self, event: &Event) -> Turn<Self::Done> {
        let _ = event;
        Turn::wait()
    }
}

/// What a dialogue wants next.
#[derive(Debug, PartialEq)]
pub(crate) enum Turn<T> {
    /// To say this and hear more.
    More(Vec<Say>),
    /// Nothing: it is over.
    Done(Result<T, Refusal>),
}

impl<T> Turn<T> {
    /// To hear more.
    pub(crate) fn wait() -> Self {
        Self::More(vec![])
    }

    /// To say one thing.
    pub(crate) fn say(say: Say) -> Self {
        Self::More(vec![say])
    }

    /// It came out well.
    pub(crate) fn done(value: T) -> Self {
        Self::Done(Ok(value))
    }

    /// It did not.
    pub(crate) fn refused(words: impl Into<String>) -> Self {
        Self::Done(Err(Refusal(words.into())))
    }
}

/// The shortest dialogue: one command, and what is made of its reply.
pub(crate) struct Ask<T> {
    say: Option<Say>,
    read: fn(Value) -> Result<T, Refusal>,
}

impl<T> Ask<T> {
    /// Asks `say` and reads the reply.
    pub(crate) fn new(say: Say, read: fn(Value) -> Result<T, Refusal>) -> Self {
        Self { say: Some(say), read }
    }
}

impl<T> Dialogue for Ask<T> {
    type Done = T;

    fn begin(&mut self) -> Vec<Say> {
        self.say.take().into_iter().collect()
    }

    fn reply(&mut self, _: usize, result: Result<Value, Refusal>) -> Turn<T> {
        Turn::Done(result.and_then(self.read))
    }
}

/// The text at a JSON pointer of a reply, or a refusal that says what is missing.
pub(crate) fn text_at(value: &Value, pointer: &str) -> Result<String, Refusal> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| Refusal(format!("the reply has no {pointer}")))
}

impl<T, D: Dialogue<Done = T> + ?Sized> Dialogue for Box<D> {
    type Done = T;

    fn begin(&mut self) -> Vec<Say> {
        (**self).begin()
    }

    fn reply(&mut self, nth: usize, result: Result<Value, Refusal>) -> Turn<T> {
        (**self).reply(nth, result)
    }

    fn event(&mut self, event: &Event) -> Turn<T> {
        (**self).event(event)
    }
}
