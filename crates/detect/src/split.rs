//! Planted values that are split over two neighbouring fields.
//!
//! Two values of one container that stand side by side, in either order, are joined and compared
//! with the whole of a form: `kim` and `example.org`, a number and its country code, a host and a
//! path. Filters over the first and last bytes say at once that nearly all fields are neither.

use candor_case::{ByteSpan, End, LayerId, Tree};

use crate::filter::Filter;
use crate::forms::Form;
use crate::seeded::{Match, any_case};
use crate::sieve::SPREAD;

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
    /// Beginnings and ends that occur, by the hash of their bytes.
    starts: Filter,
    ends: Filter,
    /// Lengths that occur, each with the beginning and the end of what has it.
    lengths: Vec<bool>,
    wholes: Wholes,
    /// Hash of the folded text, and the form, in order.
    forms: Vec<(u64, Form)>,
}

impl Splits {
    /// Takes the forms that are the whole of a value.
    pub(crate) fn new<'a>(forms: impl Iterator<Item = &'a Form>) -> Self {
        let mut all = Self {
            starts: Filter::default(),
            ends: Filter::default(),
            lengths: vec![false; MOST + 1],
            wholes: Wholes::default(),
            forms: vec![],
        };
        let mut shapes = Vec::new();
        for form in forms.filter(|f| (2 * LEAST..=MOST).contains(&f.text.len()) && f.is_plain()) {
            all.starts.add(form.text.first_chunk());
            all.ends.add(form.text.last_chunk());
            all.lengths[form.text.len()] = true;
            let (front, back) = (form.text.first_chunk(), form.text.last_chunk());
            shapes.extend(shape(front, back, form.text.len()));
            all.forms.push((form.text.iter().fold(OFFSET, fold), form.clone()));
        }
        all.wholes = Wholes::new(&shapes);
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
        if !self.starts.may_hold(a.first_chunk()) || !self.ends.may_hold(b.last_chunk()) {
            return out;
        }
        let mut front = None;
        for joint in JOINTS {
            let length = a.len() + joint.len() + b.len();
            let shape = shape(a.first_chunk(), b.last_chunk(), length);
            if self.lengths.get(length) != Some(&true) || !self.wholes.may_hold(shape) {
                continue;
            }
            let front = *front.get_or_insert_with(|| a.iter().fold(OFFSET, fold));
            let parts = [a.as_ref(), joint.as_bytes(), b.as_ref()];
            let hash = parts[1..].iter().flat_map(|part| part.iter()).fold(front, fold);
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

/// What is known of a whole before its parts are joined: its length, how it begins and how it ends.
fn shape(front: Option<&[u8; LEAST]>, back: Option<&[u8; LEAST]>, length: usize) -> Option<u64> {
    let both = front?.iter().chain(back?);
    Some(both.fold(OFFSET ^ (length as u64).wrapping_mul(SPREAD), fold))
}

/// The shapes of the forms; some others pass too.
#[derive(Default)]
struct Wholes {
    bits: Vec<u64>,
    shift: u32,
}

impl Wholes {
    fn new(shapes: &[u64]) -> Self {
        let bits = (shapes.len() * 16).next_power_of_two().clamp(1 << 10, 1 << 24);
        let mut all = Self { bits: vec![0; bits / 64], shift: 64 - bits.trailing_zeros() };
        for shape in shapes {
            let at = all.place(*shape);
            all.bits[at / 64] |= 1 << (at % 64);
        }
        all
    }

    fn may_hold(&self, shape: Option<u64>) -> bool {
        let at = shape.map(|shape| self.place(shape));
        at.is_some_and(|at| self.bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1))
    }

    fn place(&self, shape: u64) -> usize {
        (shape.wrapping_mul(SPREAD) >> self.shift) as usize
    }
}
