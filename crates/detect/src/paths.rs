//! The patterns of the paths of a tree's layers: few, however many layers there are.

use std::borrow::Cow;
use std::collections::BTreeMap;

use candor_case::{LayerId, Tree, step_pattern};

use crate::services::Glob;

/// The patterns of a tree.
pub(crate) struct Paths<'a> {
    tree: &'a Tree,
    /// Of each layer, the number of its pattern.
    of_layers: Vec<u32>,
    /// The patterns, in the order in which they first occur.
    patterns: Vec<Pattern<'a>>,
}

/// A pattern.
struct Pattern<'a> {
    parent: Option<u32>,
    /// Its last step.
    step: Cow<'a, str>,
    /// The name of a field in that step, in lower case: what stands behind codec and parents.
    name: String,
    /// All of it.
    text: String,
    /// The patterns one step further, in the order in which they first occur.
    children: Vec<u32>,
    /// Which of them came last.
    last: usize,
}

impl<'a> Paths<'a> {
    /// Takes what varies out of every step.
    pub(crate) fn of(tree: &'a Tree) -> Self {
        let mut known: BTreeMap<(Option<u32>, Cow<'a, str>), u32> = BTreeMap::new();
        let mut paths =
            Self { tree, of_layers: Vec::with_capacity(tree.layers.len()), patterns: Vec::new() };
        for (id, layer) in tree.iter() {
            let parent = layer.parent.and_then(|at| paths.of_layers.get(at.0 as usize)).copied();
            let raw = tree.step(id);
            let number = paths.next_like(parent, raw).unwrap_or_else(|| {
                let step = step_pattern(raw);
                let known = known.entry((parent, step.clone()));
                let number = *known.or_insert_with(|| paths.add(parent, step));
                paths.note(parent, number);
                number
            });
            paths.of_layers.push(number);
        }
        paths
    }

    /// The pattern that comes next among its siblings, if that is it: records of one kind follow
    /// one another, with the same fields in the same order.
    fn next_like(&mut self, parent: Option<u32>, step: &str) -> Option<u32> {
        let above = self.patterns.get(parent? as usize)?;
        let next = (above.last + 1) % above.children.len().max(1);
        let number = *above.children.get(next)?;
        if !differs_in_indices_only(&self.patterns.get(number as usize)?.step, step) {
            return None;
        }
        self.patterns.get_mut(parent? as usize)?.last = next;
        Some(number)
    }

    /// Remembers which of a pattern's children came last.
    fn note(&mut self, parent: Option<u32>, number: u32) {
        let above = parent.and_then(|at| self.patterns.get_mut(at as usize));
        let Some(above) = above else { return };
        // Children are numbered in the order in which they first occur.
        match above.children.binary_search(&number) {
            Ok(at) => above.last = at,
            Err(at) => {
                above.children.insert(at, number);
                above.last = at;
            }
        }
    }

    fn add(&mut self, parent: Option<u32>, step: Cow<'a, str>) -> u32 {
        let above = parent.and_then(|at| self.patterns.get(at as usize));
        let text = match above {
            Some(above) => [above.text.as_str(), " > ", &step].concat(),
            None => step.clone().into_owned(),
        };
        let name = name(&step);
        self.patterns.push(Pattern { parent, step, name, text, children: Vec::new(), last: 0 });
        self.patterns.len() as u32 - 1
    }

    /// How many patterns there are.
    pub(crate) fn count(&self) -> usize {
        self.patterns.len()
    }

    /// The number of a layer's pattern.
    pub(crate) fn pattern(&self, id: LayerId) -> usize {
        self.of_layers.get(id.0 as usize).map_or(usize::MAX, |number| *number as usize)
    }

    /// The patterns as they are printed, by number.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(|pattern| pattern.text.as_str())
    }

    /// A layer's pattern as it is printed.
    pub(crate) fn text(&self, id: LayerId) -> &str {
        self.patterns.get(self.pattern(id)).map_or("", |pattern| &pattern.text)
    }

    /// The last step of a layer's pattern.
    pub(crate) fn last(&self, id: LayerId) -> &str {
        self.patterns.get(self.pattern(id)).map_or("", |pattern| &pattern.step)
    }

    /// The name of the field in the last step of a layer's pattern, in lower case.
    pub(crate) fn name(&self, id: LayerId) -> &str {
        self.patterns.get(self.pattern(id)).map_or("", |pattern| &pattern.name)
    }

    /// The steps of a pattern, by its number.
    fn steps(&self, pattern: usize) -> Vec<&str> {
        let number = |at: usize| self.patterns.get(at);
        let chain = std::iter::successors(number(pattern), |pattern| {
            pattern.parent.and_then(|at| number(at as usize))
        });
        let mut steps: Vec<&str> = chain.map(|pattern| &*pattern.step).collect();
        steps.reverse();
        steps
    }

    /// Whether a layer stands where any of the patterns says.
    pub(crate) fn any(&self, globs: &[Glob], id: LayerId) -> bool {
        self.is_like(globs, self.pattern(id)) || self.is_exactly(globs, id)
    }

    /// The layers that stand where any of the patterns says.
    pub(crate) fn all<'b>(&'b self, globs: &'b [Glob]) -> impl Iterator<Item = LayerId> + 'b {
        let like: Vec<bool> = (0..self.count()).map(|at| self.is_like(globs, at)).collect();
        let exact = globs.iter().any(Glob::is_exact);
        let ids = (0..self.of_layers.len()).map(|at| LayerId(at as u32));
        ids.filter(move |id| {
            like.get(self.pattern(*id)) == Some(&true) || exact && self.is_exactly(globs, *id)
        })
    }

    /// Whether a pattern of paths is what any of those says that names no index.
    fn is_like(&self, globs: &[Glob], pattern: usize) -> bool {
        let last = self.patterns.get(pattern).map_or("", |pattern| &pattern.step);
        // The last step tells most apart without the whole path.
        let mut near = globs.iter().filter(|glob| !glob.is_exact() && glob.ends_like(last));
        let Some(first) = near.next() else { return false };
        let steps = self.steps(pattern);
        first.matches(&steps) || near.any(|glob| glob.matches(&steps))
    }

    /// Whether a layer stands where any of those says that name an index.
    fn is_exactly(&self, globs: &[Glob], id: LayerId) -> bool {
        let step = self.tree.step(id);
        let mut near = globs.iter().filter(|glob| glob.is_exact() && glob.ends_like(step));
        let Some(first) = near.next() else { return false };
        let lineage = self.tree.lineage(id);
        let steps: Vec<&str> = lineage.into_iter().map(|at| self.tree.step(at)).collect();
        first.matches(&steps) || near.any(|glob| glob.matches(&steps))
    }
}

/// The name of a field in a step, in lower case.
fn name(step: &str) -> String {
    let name = step.rsplit([':', '.']).next().unwrap_or(step);
    name.trim_matches(['"', '$', '[', ']', '*']).to_ascii_lowercase()
}

/// Whether a step is such a pattern but for the indices of lists. Where it differs in more, that
/// says nothing: other things are taken out of steps too.
fn differs_in_indices_only(pattern: &str, step: &str) -> bool {
    let (mut pattern, mut step) = (pattern.as_bytes(), step.as_bytes());
    loop {
        match (pattern.split_first(), step.split_first()) {
            (None, None) => return true,
            (Some((b'*', after)), Some((b'0'..=b'9', _))) => {
                let digits = step.iter().take_while(|b| b.is_ascii_digit()).count();
                let closes = after.first() == Some(&b']') && step.get(digits) == Some(&b']');
                if !closes {
                    return false;
                }
                (pattern, step) = (after, step.get(digits..).unwrap_or(&[]));
            }
            (Some((a, front)), Some((b, rest))) if a == b && *a != b'*' => {
                (pattern, step) = (front, rest);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_indices_only_has_that_pattern() {
        let table = [
            ("$[*].a.b", "$[17].a.b", true),
            ("$[*].a[*]", "$[0].a[123]", true),
            ("$.a", "$.a", true),
            ("$[*].a", "$[1].b", false),
            ("$[*].a", "$[x].a", false),
            ("$.*", "$.7", false),
            ("$.*", "$.*", false),
            ("$[*].a", "$[1].a.b", false),
            ("path:*", "path:12", false),
        ];
        for (pattern, step, expected) in table {
            assert_eq!(differs_in_indices_only(pattern, step), expected, "{pattern} {step}");
            assert!(!expected || step_pattern(step) == pattern, "{step}");
        }
    }
}
