//! Recipes: a way of sending as a list of steps. The truth is read off the list, and the same list
//! makes the bytes, so neither can drift from the other.

use candor_case::Exchange;

use super::carry::Carrier;
use super::text;
use super::values::Kind;
use super::{CipherKey, Expect};
use crate::random::Random;

/// What a step does to the value, seen from who finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It changes what the value is: only the seed can be changed in the same way.
    Form,
    /// It hides the value for good: hashes, and what is keyed like them.
    Digest,
    /// It writes bytes in another way; what stands before a digest belongs to the derivation, what
    /// stands directly behind one is how that digest is written, all else is a layer to be peeled.
    Spelling,
    /// It wraps the bytes: a layer to be peeled.
    Layer,
}

type Make = Box<dyn Fn(&[u8], &mut Pocket) -> Vec<u8>>;

/// One step.
pub(super) struct Step {
    role: Role,
    /// Its word in a derivation.
    word: String,
    /// Its step in a path.
    step: String,
    make: Make,
}

impl Step {
    pub(super) fn new(
        role: Role,
        word: impl Into<String>,
        step: impl Into<String>,
        make: impl Fn(&[u8], &mut Pocket) -> Vec<u8> + 'static,
    ) -> Self {
        Self { role, word: word.into(), step: step.into(), make: Box::new(make) }
    }

    /// The same step under another name in the path.
    pub(super) fn called(self, step: &str) -> Self {
        Self { step: step.to_owned(), ..self }
    }
}

/// What a request brings along beside the value.
pub(super) struct Pocket {
    random: Random,
    fields: Vec<(String, String)>,
}

/// How a key stands in the request.
#[derive(Clone, Copy)]
pub(super) enum Key {
    /// As text, whose bytes are the key.
    Text,
    /// As hexadecimal digits of the key.
    Hex,
    /// As base64 of the key.
    Base64,
}

impl Pocket {
    /// Puts a field beside the value.
    pub(super) fn add(&mut self, field: &str, text: String) {
        self.fields.push((field.to_owned(), text));
    }

    /// Draws a key and puts it beside the value, as field `k`.
    pub(super) fn key(&mut self, key: Key) -> Vec<u8> {
        let bytes = self.random.block().to_vec();
        let (bytes, shown) = match key {
            Key::Text => {
                let token = self.random.token();
                (token.clone().into_bytes(), token)
            }
            Key::Hex => (bytes.clone(), text::hex(&bytes)),
            Key::Base64 => (bytes.clone(), text::base64(&bytes, text::STANDARD, true)),
        };
        self.add("k", shown);
        bytes
    }

    /// Draws bytes, as for an initialisation vector.
    pub(super) fn block(&mut self) -> [u8; 16] {
        self.random.block()
    }
}

/// A way of sending, before a value was drawn for it.
pub(super) struct Recipe {
    pub(super) id: String,
    pub(super) study: bool,
    pub(super) kind: Kind,
    pub(super) steps: Vec<Step>,
    pub(super) carrier: Carrier,
    pub(super) keys: Vec<CipherKey>,
    pub(super) before: Vec<Exchange>,
    pub(super) group: usize,
}

/// A way of sending.
pub(super) fn way(id: &str, kind: Kind, steps: Vec<Step>, carrier: Carrier) -> Recipe {
    Recipe {
        id: id.to_owned(),
        study: false,
        kind,
        steps,
        carrier,
        keys: vec![],
        before: vec![],
        group: 1,
    }
}

impl Recipe {
    /// As one that is believed only where three values agree.
    pub(super) fn in_three(self) -> Self {
        Self { group: 3, ..self }
    }

    /// With a key of the key file.
    pub(super) fn with_key(self, key: CipherKey) -> Self {
        Self { keys: vec![key], ..self }
    }

    /// After an earlier exchange.
    pub(super) fn after(self, exchange: Exchange) -> Self {
        Self { before: vec![exchange], ..self }
    }

    /// What must be found.
    pub(super) fn truth(&self) -> Expect {
        let changed = |step: &Step| matches!(step.role, Role::Form | Role::Digest);
        let last = self.steps.iter().rposition(changed);
        let mut cut = last.map_or(0, |at| at + 1);
        if last.is_some_and(|at| self.steps[at].role == Role::Digest) {
            let spelled = |step: &&Step| step.role == Role::Spelling;
            cut += self.steps[cut..].iter().take_while(spelled).count();
        }
        let (derived, peeled) = self.steps.split_at(cut);
        let beside = self.carrier.beside("k");
        let words = derived.iter().map(|step| step.word.replace("{k}", &beside));
        let mut path = vec![self.carrier.place("u")];
        path.extend(peeled.iter().rev().map(|step| step.step.replace("{k}", &beside)));
        path.retain(|step| !step.is_empty());
        Expect {
            path_pattern: path.join(" > "),
            derivation: words.filter(|word| !word.is_empty()).collect(),
            min_group: self.group,
        }
    }

    /// All steps, in the order in which they were taken.
    pub(super) fn chain(&self) -> Vec<String> {
        let word = |step: &Step| match step.word.is_empty() {
            true => step.step.clone(),
            false => step.word.clone(),
        };
        let words = self.steps.iter().map(word);
        words.map(|word| word.replace("{k}", &self.carrier.beside("k"))).collect()
    }

    /// Sends a value in this way.
    pub(super) fn send(&self, id: &str, value: &str, random: Random) -> Exchange {
        let mut pocket = Pocket { random, fields: vec![] };
        let mut bytes = value.as_bytes().to_vec();
        for step in &self.steps {
            bytes = (step.make)(&bytes, &mut pocket);
        }
        let Pocket { mut random, fields } = pocket;
        self.carrier.send(id, &bytes, &fields, &mut random)
    }
}
