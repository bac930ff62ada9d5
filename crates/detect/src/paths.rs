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
    /// All of it.
    text: String,
}

impl<'a> Paths<'a> {
    /// Takes what varies out of every step.
    pub(crate) fn of(tree: &'a Tree) -> Self {
        let mut known: BTreeMap<(Option<u32>, Cow<'a, str>), u32> = BTreeMap::new();
        let mut paths =
            Self { tree, of_layers: Vec::with_capacity(tree.layers.len()), patterns: Vec::new() };
        for (id, layer) in tree.iter() {
            let parent = layer.parent.and_then(|at| paths.of_layers.get(at.0 as usize)).copied();
            let key = (parent, step_pattern(tree.step(id)));
            let number = match known.get(&key) {
                Some(number) => *number,
                None => {
                    let number = paths.add(parent, key.1.clone());
                    known.insert(key, number);
                    number
                }
            };
            paths.of_layers.push(number);
        }
        paths
    }

    fn add(&mut self, parent: Option<u32>, step: Cow<'a, str>) -> u32 {
        let above = parent.and_then(|at| self.patterns.get(at as usize));
        let text = match above {
            Some(above) => format!("{} > {step}", above.text),
            None => step.clone().into_owned(),
        };
        self.patterns.push(Pattern { parent, step, text });
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

    /// A layer's pattern as it is printed.
    pub(crate) fn text(&self, id: LayerId) -> &str {
        self.patterns.get(self.pattern(id)).map_or("", |pattern| &pattern.text)
    }

    /// The last step of a layer's pattern.
    pub(crate) fn last(&self, id: LayerId) -> &str {
        self.patterns.get(self.pattern(id)).map_or("", |pattern| &pattern.step)
    }

    /// The steps of a layer's pattern.
    fn steps(&self, id: LayerId) -> Vec<&str> {
        let number = |at: usize| self.patterns.get(at);
        let chain = std::iter::successors(number(self.pattern(id)), |pattern| {
            pattern.parent.and_then(|at| number(at as usize))
        });
        let mut steps: Vec<&str> = chain.map(|pattern| &*pattern.step).collect();
        steps.reverse();
        steps
    }

    /// Whether a layer stands where any of the patterns says.
    pub(crate) fn any(&self, globs: &[Glob], id: LayerId) -> bool {
        let (exact, plain): (Vec<&Glob>, Vec<&Glob>) = globs.iter().partition(|g| g.is_exact());
        // The last step tells most layers apart without their whole path.
        if plain.iter().any(|glob| glob.ends_like(self.last(id))) {
            let steps = self.steps(id);
            if plain.iter().any(|glob| glob.matches(&steps)) {
                return true;
            }
        }
        if !exact.iter().any(|glob| glob.ends_like(self.tree.step(id))) {
            return false;
        }
        let lineage = self.tree.lineage(id);
        let steps: Vec<&str> = lineage.into_iter().map(|at| self.tree.step(at)).collect();
        exact.iter().any(|glob| glob.matches(&steps))
    }
}
