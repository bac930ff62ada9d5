//! Values hidden by XOR with a repeating key.

use candor_case::ByteSpan;

use super::target::Target;
use super::token::Key;
use crate::forms::Compare;
use crate::knowledge::Knowledge;
use crate::seeded::{Match, compare};
use crate::stand;

/// Shortest key, in bytes; a shorter one makes text of too much.
const SHORTEST: usize = 4;
/// How many bytes have to be text for the rest to be looked at.
const SAMPLE: usize = 16;

/// Undoes XOR with every key, and looks for planted values where that makes text.
pub(super) fn search(targets: &[Target], keys: &[Key<'_>], knowledge: &Knowledge) -> Vec<Match> {
    let mut out = Vec::new();
    let penalty = (keys.len().max(1) as f64).log2();
    for target in targets {
        for key in keys.iter().filter(|key| key.bytes.len() >= SHORTEST) {
            if is_text(plain(target, key).take(SAMPLE)) {
                let text: Vec<u8> = plain(target, key).collect();
                let found = matches(&text, target, knowledge);
                out.extend(found.into_iter().map(|mut m| {
                    m.derivation.push(format!("xor with {}", key.place()));
                    m.derivation.extend(target.steps.iter().map(|step| (*step).to_owned()));
                    m.bits -= penalty;
                    m
                }));
            }
        }
    }
    out
}

fn plain<'a>(target: &'a Target, key: &'a Key<'_>) -> impl Iterator<Item = u8> + 'a {
    target.bytes.iter().zip(key.bytes.iter().cycle()).map(|(a, b)| a ^ b)
}

/// Whether bytes are text of which at least half is ASCII.
fn is_text(bytes: impl Iterator<Item = u8>) -> bool {
    let (mut all, mut ascii) = (0, 0);
    for byte in bytes {
        if byte < b' ' && !byte.is_ascii_whitespace() || byte == 0x7f {
            return false;
        }
        all += 1;
        ascii += usize::from(byte.is_ascii());
    }
    ascii * 2 >= all
}

/// The planted values in what was hidden.
fn matches(text: &[u8], target: &Target, knowledge: &Knowledge) -> Vec<Match> {
    let hits = knowledge.needles.scan(text, &mut Vec::new());
    let mut out: Vec<Match> = Vec::new();
    for hit in hits.all {
        for form in knowledge.needles.forms(hit.needle) {
            let Some((length, changed, bits)) =
                text.get(hit.start..).and_then(|rest| compare(form, rest))
            else {
                continue;
            };
            let end = hit.start + length;
            if matches!(form.compare, Compare::Cut { .. })
                || !stand::is_kept(form.stand, text, hit.start..end)
            {
                continue;
            }
            let steps = form.steps.iter().map(|step| (*step).to_owned());
            let scale = |at: usize| (at * target.per_three).div_ceil(3).min(target.length);
            let start = hit.start * target.per_three / 3;
            out.push(Match {
                seed: form.seed,
                layer: target.layer,
                span: ByteSpan::of(start..scale(end)),
                derivation: steps.chain(changed).collect(),
                bits,
                part: form.part,
            });
        }
    }
    crate::seeded::drop_contained(&mut out);
    out
}
