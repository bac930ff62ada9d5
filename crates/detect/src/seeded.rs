//! Planted values in the layers of one exchange, each reported at the deepest place it stands.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{ByteSpan, End, Layer, LayerId, Tree};

use crate::digests::{Candidate, Known, Written};
use crate::forms::{Compare, Form, LIMITS};
use crate::knowledge::Knowledge;
use crate::needles::{Hit, Hits, Needles};
use crate::stand;
use crate::typed::Beginning;

/// A planted value that stands in a layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Match {
    /// Position of the seed.
    pub(crate) seed: usize,
    /// The layer.
    pub(crate) layer: LayerId,
    /// The bytes it takes there.
    pub(crate) span: ByteSpan,
    /// How it was changed before it was sent.
    pub(crate) derivation: Vec<String>,
    /// Bits of what matched.
    pub(crate) bits: f64,
    /// Whether only a part of the value stands there.
    pub(crate) part: bool,
}

/// The matches of one exchange, and how many bytes were compared for them.
pub(crate) struct Searched {
    /// By layer, offset and seed.
    pub(crate) matches: Vec<Match>,
    /// Bytes that the automaton read.
    pub(crate) bytes: u64,
    /// The leaves that are beginnings of typed text, whatever they are worth.
    pub(crate) beginnings: BTreeMap<LayerId, Beginning>,
}

/// Searches the layers that `sent` marks.
pub(crate) fn search(tree: &Tree, sent: &[bool], knowledge: &Knowledge) -> Searched {
    let (candidates, bytes) = candidates(tree, sent, knowledge);
    let mut by_layer: Vec<Vec<Match>> = Vec::with_capacity(candidates.len());
    let mut known = Known::new();
    let mut beginnings = BTreeMap::new();
    let mut split: BTreeMap<LayerId, Vec<Match>> = BTreeMap::new();
    for m in knowledge.splits.search(tree, sent) {
        split.entry(m.layer).or_default().push(m);
    }
    for ((id, layer), found) in tree.iter().zip(&candidates) {
        let beginning = beginning(id, layer, sent, knowledge);
        beginnings.extend(beginning.map(|found| (id, found)));
        let typed = beginning.filter(|found| found.strong).map(|found| typed(id, layer, found));
        let beside = split.remove(&id);
        if found.is_empty() && typed.is_none() && beside.is_none() {
            by_layer.push(vec![]);
            continue;
        }
        let needles = &knowledge.needles;
        let literal = found.hits.all.iter().flat_map(|hit| verify(id, layer, *hit, needles));
        let mut found: Vec<Match> = literal
            .chain(found.digests.iter().flat_map(|d| hashed(id, layer, *d, knowledge, &mut known)))
            .chain(typed)
            .chain(beside.unwrap_or_default())
            .collect();
        drop_contained(&mut found);
        by_layer.push(found);
    }
    if by_layer.iter().all(Vec::is_empty) {
        return Searched { matches: vec![], bytes, beginnings };
    }
    drop_covered(tree, &mut by_layer);
    let mut matches = Vec::new();
    for mut found in by_layer.into_iter().filter(|found| !found.is_empty()) {
        let mut seen = BTreeSet::new();
        found.retain(|m| seen.insert((m.seed, m.derivation.clone())));
        matches.append(&mut found);
    }
    Searched { matches, bytes, beginnings }
}

/// What may stand in a layer.
#[derive(Default)]
struct Candidates {
    hits: Hits,
    digests: Vec<Candidate>,
}

impl Candidates {
    fn is_empty(&self) -> bool {
        self.hits.all.is_empty() && self.digests.is_empty()
    }
}

/// The candidates in every layer. A layer that is a verbatim piece of its parent is not read again:
/// what was found in that piece is found in it. Leaves are looked at as bytes besides.
fn candidates(tree: &Tree, sent: &[bool], knowledge: &Knowledge) -> (Vec<Candidates>, u64) {
    let mut all: Vec<Candidates> = Vec::with_capacity(tree.layers.len());
    let mut folded = Vec::new();
    let mut bytes = 0;
    for (i, layer) in tree.layers.iter().enumerate() {
        if !sent.get(i).copied().unwrap_or(false) {
            all.push(Candidates::default());
            continue;
        }
        let mut found = inherited(tree, layer, &all).unwrap_or_else(|| {
            bytes += layer.bytes.len() as u64;
            let hits = knowledge.needles.scan(&layer.bytes, &mut folded);
            let mut digests = Vec::new();
            knowledge.digests.scan_text(&layer.bytes, &mut digests);
            Candidates { hits, digests }
        });
        if layer.end != End::Opened {
            found.digests.retain(|digest| !digest.writing.is_of_leaves());
            knowledge.digests.scan_leaf(&layer.bytes, &mut found.digests);
        }
        all.push(found);
    }
    (all, bytes)
}

/// The parent's candidates, where the layer's bytes are provably the parent's.
fn inherited(tree: &Tree, layer: &Layer, done: &[Candidates]) -> Option<Candidates> {
    let at = layer.parent?.0 as usize;
    let (parent, Candidates { hits, digests }) = (tree.layers.get(at)?, done.get(at)?);
    let range = layer.opening.span.range(parent.bytes.len());
    let piece = &parent.bytes[range.clone()];
    // Slices of one allocation need no comparison.
    let same = std::ptr::eq(piece, &*layer.bytes) || piece == layer.bytes;
    if hits.cut || !same {
        return None;
    }
    let inside = digests.iter().filter(|digest| range.contains(&digest.start));
    let moved = inside.map(|digest| Candidate { start: digest.start - range.start, ..*digest });
    Some(Candidates { hits: hits.within(range.start, range.end), digests: moved.collect() })
}

/// The beginning of a typed text that is all there is in a leaf.
fn beginning(
    id: LayerId,
    layer: &Layer,
    sent: &[bool],
    knowledge: &Knowledge,
) -> Option<Beginning> {
    if layer.end == End::Opened || sent.get(id.0 as usize) != Some(&true) {
        return None;
    }
    knowledge.typed.beginning(&layer.bytes)
}

/// A leaf that is the beginning of a typed text.
fn typed(id: LayerId, layer: &Layer, found: Beginning) -> Match {
    Match {
        seed: found.seed,
        layer: id,
        span: ByteSpan::of(0..layer.bytes.len()),
        derivation: vec![format!("truncated to {} bytes", layer.bytes.len())],
        bits: found.bits,
        part: true,
    }
}

/// The digests that really stand where a candidate was found.
fn hashed(
    id: LayerId,
    layer: &Layer,
    candidate: Candidate,
    knowledge: &Knowledge,
    known: &mut Known,
) -> Vec<Match> {
    let seeds = |index| Some((knowledge.seeds.get(index)?, knowledge.normals(index)));
    let found = knowledge.digests.verify(&layer.bytes, candidate, known, seeds);
    let matched = |written: Written| Match {
        seed: written.seed,
        layer: id,
        span: ByteSpan::of(candidate.start..written.end),
        derivation: written.derivation,
        bits: written.bits,
        part: written.part,
    };
    found.into_iter().map(matched).collect()
}

/// The forms that really stand where a candidate was found.
fn verify<'a>(
    id: LayerId,
    layer: &'a Layer,
    hit: Hit,
    needles: &'a Needles,
) -> impl Iterator<Item = Match> + 'a {
    needles.forms(hit.needle).filter_map(move |form| {
        let rest = layer.bytes.get(hit.start..)?;
        let (length, changed, bits) = compare(form, rest)?;
        let end = hit.start + length;
        if !stand::is_kept(form.stand, &layer.bytes, hit.start..end) {
            return None;
        }
        let steps = form.steps.iter().map(|&step| step.to_owned());
        Some(Match {
            seed: form.seed,
            layer: id,
            span: ByteSpan::of(hit.start..end),
            derivation: steps.chain(changed).collect(),
            bits,
            part: form.part,
        })
    })
}

/// Compares a form with the bytes that begin where it may stand: its length there, the last step of
/// its derivation, and its bits.
pub(crate) fn compare(form: &Form, bytes: &[u8]) -> Option<(usize, Option<String>, f64)> {
    if let Compare::Cut { least, free, bits: known } = &form.compare {
        let length = cut_length(&form.text, bytes, *free, *least)?;
        let step = format!("truncated to {length} bytes");
        return Some((length, Some(step), known.part(0..length) + form.bits));
    }
    let there = bytes.get(..form.text.len())?;
    let changed = match form.compare {
        Compare::AnyCase | Compare::Cut { .. } => any_case(&form.text, there)?,
    };
    Some((form.text.len(), changed.map(str::to_owned), form.bits))
}

/// How much of a cut value stands at the front of `bytes`, if that is enough and the layer ends
/// there, give or take the mark that some senders put behind what they cut. Enough is `free`, or
/// `least` where it is a limit that senders are known to have.
fn cut_length(text: &[u8], bytes: &[u8], free: usize, least: usize) -> Option<usize> {
    let length = text.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    let marks: [&[u8]; 4] = [b"", b"$", b"...", "…".as_bytes()];
    let ends = marks.contains(&&bytes[length..]);
    let limit = length >= least && LIMITS.contains(&length);
    (ends && (limit || length >= free) && length < text.len()).then_some(length)
}

/// The step for a form written in any case. The hex digits of percent escapes may always be either.
pub(crate) fn any_case(text: &[u8], there: &[u8]) -> Option<Option<&'static str>> {
    if !there.eq_ignore_ascii_case(text) {
        return None;
    }
    let (text, there) = (plain_escapes(text), plain_escapes(there));
    Some(if there == text {
        None
    } else if there == plain_escapes(&text.to_ascii_lowercase()) {
        Some("lower")
    } else if there == plain_escapes(&text.to_ascii_uppercase()) {
        Some("upper")
    } else {
        Some("other case")
    })
}

/// The bytes with the hex digits of percent escapes in upper case.
fn plain_escapes(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for i in 0..out.len().saturating_sub(2) {
        if out[i] == b'%' && out[i + 1].is_ascii_hexdigit() && out[i + 2].is_ascii_hexdigit() {
            out[i + 1..i + 3].make_ascii_uppercase();
        }
    }
    out
}

/// Drops of each seed the matches that lie in a longer one of the same seed, or say the same with
/// more steps.
pub(crate) fn drop_contained(found: &mut Vec<Match>) {
    found.sort_by(|a, b| {
        // Where a limit cut a value just where a part of it ends, that part has a name.
        let cut = |m: &Match| m.derivation.last().is_some_and(|step| step.starts_with("truncated"));
        let key = |m: &Match| {
            (m.span.start, std::cmp::Reverse(m.span.end), m.part, m.derivation.len(), cut(m))
        };
        (a.seed, key(a), &a.derivation).cmp(&(b.seed, key(b), &b.derivation))
    });
    let mut reach: Option<(usize, u64)> = None;
    found.retain(|m| match reach {
        Some((seed, end)) if seed == m.seed && m.span.end <= end => false,
        _ => {
            reach = Some((m.seed, m.span.end));
            true
        }
    });
    found.sort_by_key(|m| (m.span, m.seed));
}

/// Where a deeper layer holds the same seed: the span it was opened from, and whether it holds more
/// than a part of the value.
type Cover = (ByteSpan, bool);

/// Drops matches where a layer opened from the same bytes has one of the same seed.
fn drop_covered(tree: &Tree, by_layer: &mut [Vec<Match>]) {
    let mut covers: Vec<BTreeMap<usize, Vec<Cover>>> = vec![BTreeMap::new(); by_layer.len()];
    for i in (0..by_layer.len()).rev() {
        let mut mine = std::mem::take(&mut covers[i]);
        mine.values_mut().for_each(|list| list.sort_unstable());
        by_layer[i].retain(|m| !mine.get(&m.seed).is_some_and(|list| covered(m, list)));
        let layer = &tree.layers[i];
        let Some(above) = layer.parent.and_then(|id| covers.get_mut(id.0 as usize)) else {
            continue;
        };
        let mut seeds: BTreeMap<usize, bool> = BTreeMap::new();
        for (seed, list) in &mine {
            *seeds.entry(*seed).or_default() |= list.iter().any(|cover| cover.1);
        }
        for m in &by_layer[i] {
            *seeds.entry(m.seed).or_default() |= !m.part;
        }
        for (seed, whole) in seeds {
            above.entry(seed).or_default().push((layer.opening.span, whole));
        }
    }
}

/// Whether a cover overlaps a match and says no less than it. `list` is in order.
fn covered(m: &Match, list: &[Cover]) -> bool {
    let before = list.partition_point(|(span, _)| span.start < m.span.end);
    list[..before].iter().any(|(span, whole)| span.overlaps(m.span) && (*whole || m.part))
}
