//! Playbooks: a dialogue read line by line, the test in the part of the browser.

use std::fmt::Debug;

use serde_json::Value;

use super::{Dialogue, Event, Refusal, Say, Turn};

/// A dialogue that is being played.
pub(crate) struct Playbook<D: Dialogue> {
    dialogue: D,
    said: Vec<Say>,
    checked: usize,
    done: Option<Result<D::Done, Refusal>>,
}

/// Begins a dialogue.
pub(crate) fn play<D: Dialogue>(mut dialogue: D) -> Playbook<D> {
    let said = dialogue.begin();
    Playbook { dialogue, said, checked: 0, done: None }
}

impl<D: Dialogue> Playbook<D> {
    /// The next command is this one.
    pub(crate) fn says(mut self, method: &str, params: &Value) -> Self {
        let said = self.said.get(self.checked).unwrap_or_else(|| panic!("{method} is not said"));
        assert_eq!((said.method, &said.params), (method, params));
        self.checked += 1;
        self
    }

    /// Nothing more is said for now.
    pub(crate) fn waits(self) -> Self {
        assert_eq!(self.said.get(self.checked), None, "something unexpected is said");
        assert!(self.done.is_none(), "it is over");
        self
    }

    /// The browser answers command number `nth`.
    pub(crate) fn answers(mut self, nth: usize, result: Value) -> Self {
        let turn = self.dialogue.reply(nth, Ok(result));
        self.take(turn);
        self
    }

    /// The browser refuses command number `nth`.
    pub(crate) fn refuses(mut self, nth: usize, words: &str) -> Self {
        let turn = self.dialogue.reply(nth, Err(Refusal(words.into())));
        self.take(turn);
        self
    }

    /// Something happens.
    pub(crate) fn happens(mut self, session: &str, method: &str, params: Value) -> Self {
        let session = (!session.is_empty()).then(|| session.to_owned());
        let turn = self.dialogue.event(&Event { method: method.into(), params, session });
        self.take(turn);
        self
    }

    /// It is over and came out like this.
    pub(crate) fn ends(self, expected: Result<D::Done, &str>)
    where
        D::Done: Debug + PartialEq,
    {
        assert_eq!(self.said.get(self.checked), None, "something unexpected is said");
        let expected = expected.map_err(|words| Refusal(words.into()));
        assert_eq!(self.done.expect("it is not over"), expected);
    }

    fn take(&mut self, turn: Turn<D::Done>) {
        assert!(self.done.is_none(), "it was over already");
        match turn {
            Turn::More(says) => self.said.extend(says),
            Turn::Done(result) => self.done = Some(result),
        }
    }
}
