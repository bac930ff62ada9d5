//! Salted hashes and HMACs of planted values, with any token as the salt or key.

use candor_case::{ByteSpan, Seed};

use super::Keyed;
use super::target::Target;
use super::token::Key;
use crate::digests::{Depth, inputs};
use crate::hash::{COMMON, Digest, FUNCTIONS, HMACS};
use crate::knowledge::Knowledge;
use crate::normal::Normal;
use crate::seeded::Match;

/// What may stand between value and salt; the first two are tried before anything unusual.
const BETWEEN: [&str; 12] = ["", ":", "|", "-", "_", ".", "&", "#", ",", ";", "+", "/"];
const USUAL: usize = 2;

/// Shortest digest that counts, in bytes.
const LEAST: usize = 8;

/// The marked seeds in the forms in which they are salted.
pub(crate) struct Values {
    /// As most senders hash them.
    usual: Vec<Value>,
    /// In their other forms, and hashed already.
    other: Vec<Value>,
}

/// A marked seed in one form.
struct Value {
    seed: usize,
    bytes: Vec<u8>,
    steps: Vec<String>,
}

/// How a value is put together with a key.
#[derive(Clone, Copy)]
enum Joining {
    Front(&'static str),
    Behind(&'static str),
    Hmac,
}

impl Joining {
    /// The usual ones, or all others.
    fn all(usual: bool) -> Vec<Self> {
        let between = if usual { &BETWEEN[..USUAL] } else { &BETWEEN[USUAL..] };
        let hmac = usual.then_some(Self::Hmac);
        let both = between.iter().flat_map(|b| [Self::Front(b), Self::Behind(b)]);
        both.chain(hmac).collect()
    }
}

/// Tries every value with every key: first the usual ways, then the others, as far as `hashes` go.
pub(super) fn search(
    targets: &[Target],
    keys: &[Key<'_>],
    knowledge: &Knowledge,
    hashes: u32,
    keyed: &mut Keyed,
) {
    let targets: Vec<&Target> = targets.iter().filter(|target| target.is_digest).collect();
    let Some(shortest) = targets.iter().map(|target| target.bytes.len()).min() else { return };
    let functions: Vec<usize> =
        (0..COMMON).filter(|&f| (FUNCTIONS[f].run)(b"").len() >= shortest).collect();
    let mut search =
        Search { targets: &targets, functions: &functions, left: hashes, keyed, tried: 0.0 };
    search.tried = (keys.len() * knowledge.marked.len() * BETWEEN.len()).max(1) as f64;
    let Values { usual, other } = &knowledge.salted;
    for (values, usual_joining) in [(usual, true), (other, true), (usual, false)] {
        for joining in Joining::all(usual_joining) {
            // Only text is put in front of text; decoded keys are for HMAC.
            for key in
                keys.iter().filter(|k| matches!(joining, Joining::Hmac) || k.coding.is_none())
            {
                search.try_key(values, joining, key);
            }
        }
    }
}

impl Values {
    /// Takes the marked seeds.
    pub(crate) fn new<'a>(seeds: impl Iterator<Item = (usize, &'a Seed, Vec<Normal>)>) -> Self {
        let mut all = Self { usual: Vec::new(), other: Vec::new() };
        for (index, seed, normals) in seeds {
            for input in inputs(seed, &normals) {
                let hashed = input.steps.len() >= 2 && input.steps.last() == Some(&"hex");
                let list = match input.depth {
                    Depth::Usual => &mut all.usual,
                    Depth::Plain => &mut all.other,
                    Depth::Deep if hashed => &mut all.other,
                    Depth::Deep | Depth::Bare => continue,
                };
                list.push(Value { seed: index, steps: input.told(), bytes: input.bytes });
            }
        }
        all
    }
}

struct Search<'a> {
    targets: &'a [&'a Target],
    /// Positions of the functions whose digests are long enough.
    functions: &'a [usize],
    /// Hashes that are left.
    left: u32,
    keyed: &'a mut Keyed,
    /// Combinations that are tried for each function.
    tried: f64,
}

impl Search<'_> {
    fn try_key(&mut self, values: &[Value], joining: Joining, key: &Key<'_>) {
        let cost = (values.len() * self.functions.len()) as u32;
        if cost > self.left {
            self.keyed.untried += u64::from(cost);
            return;
        }
        self.left -= cost;
        let mut joined = Vec::new();
        for value in values.iter().filter(|value| value.bytes != key.bytes[..]) {
            join(&value.bytes, joining, &key.bytes, &mut joined);
            for &function in self.functions {
                let digest = match joining {
                    Joining::Hmac => (HMACS[function].run)(&key.bytes, &value.bytes),
                    _ => (FUNCTIONS[function].run)(&joined),
                };
                self.compare(&digest, value, joining, key, function);
            }
        }
    }

    fn compare(
        &mut self,
        digest: &Digest,
        value: &Value,
        joining: Joining,
        key: &Key<'_>,
        function: usize,
    ) {
        for target in self.targets {
            let length = target.bytes.len();
            let same = digest.get(..length).is_some_and(|front| front == target.bytes);
            if !same || length < LEAST {
                continue;
            }
            let mut derivation = value.steps.clone();
            derivation.extend(told(joining, key, function));
            if length < digest.len() {
                derivation.push(format!("truncated to {length} bytes"));
            }
            derivation.extend(target.steps.iter().map(|step| (*step).to_owned()));
            self.keyed.matches.push(Match {
                seed: value.seed,
                layer: target.layer,
                span: ByteSpan::of(0..target.length),
                derivation,
                bits: length as f64 * 8.0 - self.tried.log2(),
                part: false,
            });
        }
    }
}

fn join(value: &[u8], joining: Joining, key: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let parts = match joining {
        Joining::Front(between) => [key, between.as_bytes(), value],
        Joining::Behind(between) => [value, between.as_bytes(), key],
        Joining::Hmac => return,
    };
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

/// The steps of a derivation that tell of key and function.
fn told(joining: Joining, key: &Key<'_>, function: usize) -> Vec<String> {
    let name = FUNCTIONS[function].name.to_owned();
    let place = key.place();
    let after = |between: &str| match between {
        "" => String::new(),
        between => format!(", \"{between}\" between"),
    };
    match joining {
        Joining::Front(between) => {
            vec![format!("salt in front from {place}{}", after(between)), name]
        }
        Joining::Behind(between) => {
            vec![format!("salt behind from {place}{}", after(between)), name]
        }
        Joining::Hmac => vec![format!("{} with key from {place}", HMACS[function].name)],
    }
}
