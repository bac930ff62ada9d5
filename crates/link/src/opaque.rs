//! Opaque bytes that repeat: what ciphertext gives away although nobody opens it.
//!
//! A cipher whose vector is never reused makes every block new. Where the same block returns at the
//! same place in another exchange, key and vector (or, without a vector, the plaintext) are the same
//! as before, so the block itself is a name for whoever sent it. Whether it is one for a device or a
//! constant of the program is decided as for any other value: by comparing runs and devices.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{ExchangeId, Observation, RunId};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// Size of a block, in bytes: that of AES, and of the vector in front of what it hides.
const BLOCK: usize = 16;
/// Blocks that are looked at from the front of each opaque value.
const MOST_BLOCKS: usize = 8;
/// Bytes of an opaque value that are looked at; more need not be handed in.
pub const OPAQUE_FRONT: usize = MOST_BLOCKS * BLOCK;
/// Shortest opaque value that is looked at, in bytes.
const SHORTEST: usize = 2 * BLOCK;
/// Fewest different bytes of a block; fewer are padding or a header.
const FEWEST: usize = 9;
/// Blocks that are kept per host and place: those of the smallest bytes, which of ciphertext are
/// a fair sample.
const MOST_VALUES: usize = 4096;
/// Places that are kept.
const MOST_PLACES: usize = 4096;
/// Exchanges that are kept per block.
const MOST_EXCHANGES: usize = 64;

/// An opaque value that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Opaque<'a> {
    /// Host it was sent to.
    pub host: &'a str,
    /// Its place, with what varies taken out.
    pub place_pattern: &'a str,
    /// The run.
    pub run: &'a RunId,
    /// The session it lies in; empty if the run marks none.
    pub session: &'a str,
    /// The exchange.
    pub exchange: &'a ExchangeId,
    /// Its bytes, or the first [`OPAQUE_FRONT`] of them.
    pub bytes: &'a [u8],
}

/// The blocks of all opaque values of a case. What it holds does not depend on the order in which
/// they came, as long as no more places are seen than are kept.
#[derive(Clone, Debug, Default)]
pub struct Blocks {
    places: BTreeMap<(String, String), Values>,
    overflow: u64,
}

/// Position and bytes of a block, and who sent it.
type Values = BTreeMap<([u8; BLOCK], u8), BTreeSet<(RunId, String, ExchangeId)>>;

impl Blocks {
    /// Takes the first blocks of a value.
    pub fn add(&mut self, opaque: &Opaque<'_>) {
        if opaque.bytes.len() < SHORTEST {
            return;
        }
        let place = (opaque.host.to_owned(), opaque.place_pattern.to_owned());
        if !self.places.contains_key(&place) && self.places.len() >= MOST_PLACES {
            self.overflow += 1;
            return;
        }
        let values = self.places.entry(place).or_default();
        let (blocks, _) = opaque.bytes.as_chunks::<BLOCK>();
        for (index, block) in (0u8..).zip(blocks.iter().take(MOST_BLOCKS)) {
            if block.iter().collect::<BTreeSet<_>>().len() < FEWEST {
                continue;
            }
            let exchanges = values.entry((*block, index)).or_default();
            let who = (opaque.run.clone(), opaque.session.to_owned(), opaque.exchange.clone());
            exchanges.insert(who);
            if exchanges.len() > MOST_EXCHANGES {
                exchanges.pop_last();
            }
            if values.len() > MOST_VALUES {
                values.pop_last();
                self.overflow += 1;
            }
        }
    }

    /// Blocks that were not kept for want of room.
    pub fn overflow(&self) -> u64 {
        self.overflow
    }

    /// The blocks that returned in another exchange, as observations in order: each at the place of
    /// its value, under a step that names its position, `block:0` the first.
    pub fn returned(self) -> Vec<Observation> {
        let mut all = Vec::new();
        for ((host, place), values) in self.places {
            for ((block, index), who) in values.into_iter().filter(|(_, who)| who.len() > 1) {
                let digest = HEXLOWER.encode(&Sha256::digest(block)[..16]);
                let of = |(run, session, exchange)| Observation {
                    host: host.clone(),
                    place_pattern: format!("{place} > block:{index}"),
                    run,
                    session,
                    exchange,
                    length: BLOCK as u64,
                    digest: digest.clone(),
                    value: HEXLOWER.encode(&block),
                    documented: String::new(),
                    property: None,
                };
                all.extend(who.into_iter().map(of));
            }
        }
        all.sort();
        all
    }
}

#[cfg(test)]
mod tests {
    use candor_case::{Basis, Run};

    use super::*;

    /// Bytes that look drawn.
    fn drawn(from: &str) -> [u8; 32] {
        Sha256::digest(from).into()
    }

    fn run(id: &str, device: &str) -> Run {
        Run { id: RunId(id.into()), device: device.into(), ..Run::default() }
    }

    /// Adds three messages of each run; `vector` gives the block in front of each.
    fn sent(runs: &[Run], vector: impl Fn(&Run, usize) -> String) -> Vec<Observation> {
        let mut blocks = Blocks::default();
        for run in runs {
            for message in 0..3 {
                let front = &drawn(&vector(run, message))[..BLOCK];
                let rest = drawn(&format!("{} {message}", run.id.0));
                blocks.add(&Opaque {
                    host: "up.maker.test",
                    place_pattern: "request.body > form:p > base64",
                    run: &run.id,
                    session: "",
                    exchange: &ExchangeId(format!("{}-{message}", run.id.0)),
                    bytes: &[front, &rest].concat(),
                });
            }
        }
        blocks.returned()
    }

    #[test]
    fn a_vector_that_is_kept_makes_ciphertext_a_name() {
        let runs = [run("a1", "a"), run("a2", "a"), run("b1", "b"), run("b2", "b")];
        // Each device keeps its own vector.
        let kept = sent(&runs, |run, _| run.device.clone());
        assert!(kept.iter().all(|seen| seen.place_pattern.ends_with("base64 > block:0")));
        assert_eq!(kept.len(), 12);
        let linked = crate::link(&kept, &runs);
        let [identifier] = &linked.identifiers[..] else { panic!("{linked:#?}") };
        assert_eq!(identifier.basis, Basis::Differential);
        assert_eq!(identifier.values.len(), 2);
        // A constant of the program returns, but is nobody's.
        let constant = sent(&runs, |_, _| "constant".into());
        assert_eq!(crate::link(&constant, &runs).identifiers, []);
        // A fresh vector for every message gives nothing away.
        assert_eq!(sent(&runs, |run, message| format!("{} {message} iv", run.id.0)), []);
    }

    #[test]
    fn headers_and_padding_are_no_blocks() {
        let mut blocks = Blocks::default();
        for id in ["x", "y"] {
            blocks.add(&Opaque {
                host: "up.maker.test",
                place_pattern: "request.body",
                run: &RunId("r".into()),
                session: "",
                exchange: &ExchangeId(id.into()),
                bytes: &[0; 64],
            });
        }
        assert_eq!(blocks.returned(), []);
    }
}
