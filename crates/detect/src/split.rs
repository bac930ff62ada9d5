//! Planted values that are split over two neighbouring fields.
//!
//! Two values of one container that stand side by side, in either order, are joined and compared
//! with the whole of a form: `kim` and `example.org`, a number and its country code, a host and a
//! path. A filter over the first three bytes says at once that nearly all fields are no beginning.

use candor_case::{ByteSpan, End, LayerId, Tree};

use crate::forms::Form;
use crate::seeded::{Match, any_case};

/// What may have stood between the two.
const JOINTS: [&str; 6] = ["", "@", " ", "/", ".", "://"];

/// Bits that the number of ways to join takes away: six joints, two orders.
const PENALTY: f64 = 3.6;

/// Least length of a part, in bytes.
const LEAST: usize = 3;
/// Most length of a form that is looked for, in bytes.
const MOST: usize = 2048;

/// The forms that may be split.
pub(crate) struct Splits {
    /// Beginnings that occur, by the hash of their first bytes.
    starts: Vec<u64>,
    /// Lengths that occur.
    lengths: Vec<bool>,
    /// Hash of the folded text, and the form, in order.
    forms: Vec<(u64, Form)>,
}

impl Splits {
    /// Takes the forms that are the whole of a value.
    pub(crate) fn new<'a>(forms: impl Iterator<Item = &'a Form>) -> Self {
        let mut all = Self { starts: vec![0; 1024], lengths: vec![false; MOST + 1], forms: vec![] };
        for form in forms.filter(|f| (2 * LEAST..=MOST).contains(&f.text.len()) && f.is_plain()) {
            if let Some(start) = start(&form.text) {
                all.starts[start / 64] |= 1 << (start % 64);
            }
            all.lengths[form.text.len()] = true;
            all.forms.push((form.text.iter().fold(OFFSET, fold), form.clone()));
        }
        all.forms.sort_by(|a, b| (a.0, a.1.seed, &a.1.steps).cmp(&(b.0, b.1.seed, &b.1.steps)));
        all
    }

    /// Finds the values that are split over neighbours among the layers that `sent` marks.
    pub(crate) fn search(&self, tree: &Tree, sent: &[bool]) -> Vec<Match> {
        let mut out = Vec::new();
        if self.forms.is_empty() {
            return out;
        }
        // The last leaf of each container; siblings need not stand next to each other in the tree.
        let mut before: Vec<Option<LayerId>> = vec![None; tree.layers.len()];
        for (id, layer) in tree.iter() {
            let is_sent = sent.get(id.0 as usize) == Some(&true);
            let (Some(parent), true, true) =
                (layer.parent, is_sent, layer.bytes.len() >= LEAST && layer.end != End::Empty)
            else {
                continue;
            };
            let Some(last) = before.get_mut(parent.0 as usize) else { continue };
            if let Some(first) = last.replace(id) {
                out.extend(self.joined(tree, first, id));
                out.extend(self.joined(tree, id, first));
            }
        }
        out
    }

    fn joined(&self, tree: &Tree, first: LayerId, second: LayerId) -> Vec<Match> {
        let (a, b) = (&tree.layer(first).bytes, &tree.layer(second).bytes);
        let mut out = Vec::new();
        if start(a).is_none_or(|at| self.starts[at / 64] >> (at % 64) & 1 != 1) {
            return out;
        }
        for joint in JOINTS {
            let length = a.len() + joint.len() + b.len();
            if self.lengths.get(length) != Some(&true) {
                continue;
            }
            let parts = [a.as_ref(), joint.as_bytes(), b.as_ref()];
            let hash = parts.iter().flat_map(|part| part.iter()).fold(OFFSET, fold);
            let from = self.forms.partition_point(|known| known.0 < hash);
            for (_, form) in self.forms[from..].iter().take_while(|known| known.0 == hash) {
                let Some(changed) = any_case(&form.text, &parts.concat()) else { continue };
                let at = if joint.is_empty() { String::new() } else { format!(" at \"{joint}\"") };
                let rest = format!("split{at}, the rest in {}", tree.path(second));
                let steps = form.steps.iter().copied().chain(changed).map(str::to_owned);
                out.push(Match {
                    seed: form.seed,
                    layer: first,
                    span: ByteSpan::of(0..a.len()),
                    derivation: steps.chain([rest]).collect(),
                    bits: form.bits - PENALTY,
                    part: false,
                });
            }
        }
        out
    }
}

/// FNV-1a over bytes in lower case.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

fn fold(hash: u64, byte: &u8) -> u64 {
    (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
}

/// The place of the first three bytes in the filter.
fn start(text: &[u8]) -> Option<usize> {
    let first = text.first_chunk::<LEAST>()?;
    Some((first.iter().fold(OFFSET, fold) >> 32) as usize % (1 << 16))
}
