//! The grid of ways in which a value can be sent: the exam of peeling and detection.
//!
//! Each way is a list of steps (normalise, hash, encode, wrap) and a carrier. The truth is read off
//! that list before a byte is made of it, and every way is made twice: once with a value that was
//! planted, once with one of the same shape that was not. Nobody may be accused over the second.
//! All values and keys are drawn from one number, so that the exam can be set anew.
//!
//! No encoder here is shared with candor's decoders; hash functions, ciphers and most formats are
//! written out from their specifications.

mod brotli;
mod carry;
mod cipher;
mod forms;
mod frames;
mod hash;
mod lzstring;
mod recipe;
mod serial;
mod spellings;
mod squeeze;
mod text;
mod truth;
mod values;
mod ways;

use candor_case::{Exchange, Seed};

use crate::random::Random;
use recipe::Recipe;

pub use carry::Carrier;
pub use truth::Expect;

/// All ways, drawn from one number.
#[derive(Clone, Debug)]
pub struct Grid {
    /// The ways, in the order of their tables.
    pub ways: Vec<Way>,
}

/// One way of sending a value.
#[derive(Clone, Debug)]
pub struct Way {
    /// Its name, such as `study/base64`; unique.
    pub id: String,
    /// Whether it is one of the 61 of the study that candor is measured against.
    pub study: bool,
    /// Where the value travels.
    pub carrier: Carrier,
    /// What was done to the value, step by step, for people.
    pub chain: Vec<String>,
    /// What must be found.
    pub expect: Expect,
    /// Keys that the examiner has been given.
    pub keys: Vec<CipherKey>,
    /// Earlier exchanges with the same host, which belong to both sides.
    pub before: Vec<Exchange>,
    /// What was sent: one exchange, or three where three must agree.
    pub sent: Vec<Sent>,
}

/// One exchange with a planted value, and its equal with another.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The planted value.
    pub seed: Seed,
    /// The exchange that carries it.
    pub exchange: Exchange,
    /// The same with a value of the same shape that was not planted.
    pub decoy: Exchange,
}

/// A key of a key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CipherKey {
    /// The cipher as paths name it: `aes-cbc`, `rc4`, …
    pub cipher: &'static str,
    /// The secret.
    pub bytes: Vec<u8>,
    /// Where the initialisation vector, first counter or nonce comes from.
    pub iv: KeyIv,
}

/// Where an initialisation vector comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyIv {
    /// There is none.
    None,
    /// It stands before the ciphertext: 16 bytes, or 12 where there is a tag behind it.
    Prefix,
    /// It is the same for every message.
    Constant(Vec<u8>),
    /// It stands in another field, in base64, under this step of a path.
    Field(&'static str),
}

/// Draws the grid.
pub fn grid(seed: u64) -> Grid {
    Grid { ways: ways::all(seed).iter().map(|recipe| drawn(recipe, seed)).collect() }
}

fn drawn(recipe: &Recipe, seed: u64) -> Way {
    Way {
        id: recipe.id.clone(),
        study: recipe.study,
        carrier: recipe.carrier,
        chain: recipe.chain(),
        expect: recipe.truth(),
        keys: recipe.keys.clone(),
        before: recipe.before.clone(),
        sent: (0..recipe.group).map(|index| sent(recipe, seed, index)).collect(),
    }
}

fn sent(recipe: &Recipe, seed: u64, index: usize) -> Sent {
    let id = format!("{}/{index}", recipe.id);
    let random = |purpose: &str| Random::labelled(seed, &format!("{id}/{purpose}"));
    let value = recipe.kind.draw(&mut random("value"));
    let other = recipe.kind.draw(&mut random("other value"));
    Sent {
        exchange: recipe.send(&id, &value, random("request")),
        decoy: recipe.send(&format!("{id}/decoy"), &other, random("other request")),
        seed: Seed {
            id,
            value,
            property: recipe.kind.property(),
            sites: None,
            run: None,
            arm: None,
            phase: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_grid_is_as_large_as_it_says() {
        let ways = grid(1).ways;
        let ids: BTreeSet<&str> = ways.iter().map(|way| way.id.as_str()).collect();
        assert_eq!(ids.len(), ways.len(), "no two ways have one name");
        assert!(ways.len() >= 150, "{}", ways.len());
        assert_eq!(ways.iter().filter(|way| way.study).count(), 61);
        let deepest = |way: &Way| way.chain.len();
        assert!(ways.iter().map(deepest).max() >= Some(5));
    }

    #[test]
    fn every_carrier_is_used() {
        let carriers: BTreeSet<String> =
            grid(1).ways.iter().map(|way| format!("{:?}", way.carrier)).collect();
        for name in ["Path", "Query", "Header", "Cookie", "Form", "Json", "Text", "Binary"] {
            assert!(carriers.contains(name), "{name}");
        }
        for name in ["Credentials(", "Multipart(", "Raw("] {
            assert!(carriers.iter().any(|carrier| carrier.starts_with(name)), "{name}");
        }
    }

    #[test]
    fn one_number_sets_one_exam() {
        let print = |seed| format!("{:?}", grid(seed).ways);
        assert_eq!(print(7), print(7));
        let values = |seed| -> BTreeSet<String> {
            let ways = grid(seed).ways.into_iter();
            ways.flat_map(|way| way.sent).map(|sent| sent.seed.value).collect()
        };
        assert!(values(7).is_disjoint(&values(8)));
        let sent = grid(7).ways.iter().map(|way| way.sent.len()).sum::<usize>();
        assert!(values(7).len() + 2 >= sent, "values are drawn apart from each other");
    }

    #[test]
    fn decoys_are_like_the_real_thing_and_yet_another() {
        for sent in grid(3).ways.into_iter().flat_map(|way| way.sent) {
            let (real, decoy) = (&sent.exchange.request, &sent.decoy.request);
            assert_eq!(real.headers.len(), decoy.headers.len(), "{}", sent.seed.id);
            let all = format!("{:?}", sent.decoy);
            assert!(!all.contains(sent.seed.value.trim()), "{}", sent.seed.id);
        }
    }
}
