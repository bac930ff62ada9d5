//! What holds for every tree, whatever it was peeled from.

use candor_case::{End, Layer, Tree};
use candor_peel::Budget;

/// Parents stand before their children, spans lie inside parents, and budgets were kept.
pub(crate) fn tree(tree: &Tree, budget: &Budget) {
    let (mut made, mut roots) = (0, 0);
    let mut depths: Vec<u16> = Vec::with_capacity(tree.layers.len());
    for (id, layer) in tree.iter() {
        let Some(parent) = layer.parent else {
            roots += 1;
            depths.push(0);
            continue;
        };
        assert!(parent < id, "a layer stands before its parent");
        let outer = tree.layer(parent).bytes.len() as u64;
        let span = layer.opening.span;
        assert!(span.start <= span.end && span.end <= outer, "{} leaves its parent", tree.path(id));
        let depth = depths[parent.0 as usize] + 1;
        assert!(depth <= budget.depth, "{} lies too deep", tree.path(id));
        depths.push(depth);
        if !matches!(layer.end, End::OutOfBudget { .. }) {
            made += layer.bytes.len() as u64;
        }
    }
    assert!(made <= budget.bytes, "{made} bytes of {}", budget.bytes);
    let most = budget.layers as usize + roots;
    assert!(tree.layers.len() <= most, "{} layers of {most}", tree.layers.len());
}

/// Peeling the same twice gives the same.
pub(crate) fn same(one: &Tree, other: &Tree) {
    assert_eq!(one.layers.len(), other.layers.len(), "another number of layers");
    let equal = |a: &Layer, b: &Layer| a.bytes == b.bytes && a.end == b.end && a.parent == b.parent;
    for ((id, a), (_, b)) in one.iter().zip(other.iter()) {
        assert!(equal(a, b) && one.step(id) == other.step(id), "{} differs", one.path(id));
    }
}
