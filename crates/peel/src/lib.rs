//! Peels an exchange into a tree of layers, each opened by one codec.
//!
//! Pure: the same exchange, keys and budget give the same tree on any machine. What is a
//! decoding, and in which order decodings are tried, stands in one slice (`codec::CODECS`); the
//! search that applies them (`search::run`) is one loop with one budget.

mod binary;
mod budget;
mod codec;
mod codecs;
mod coverage;
mod gate;
mod inflate;
mod label;
mod opaque;
mod pieces;
mod read;
mod replant;
mod roots;
mod scattered;
mod search;
mod sense;
mod shape;
mod steps;
mod text;
mod vectors;
mod walk;

use bytes::Bytes;
use candor_case::{Exchange, Keys, Tree};

pub use budget::Budget;
pub use codecs::cipher::unseal;
pub use coverage::coverage;
pub use opaque::{OpaqueBlock, OpaqueKind, opaque};
pub use replant::replant;

/// Peels what the subject sent: the request's URL, header fields, body and trailers, or a sent
/// message.
///
/// A received message gives an empty tree. Which key opened a layer stands in
/// [`Tree::keys_used`].
pub fn peel(exchange: &Exchange, keys: &Keys, budget: &Budget) -> Tree {
    with_vectors(keys, |keys| {
        let mut tree = Tree::default();
        let roots = roots::sent(exchange, tree.split_mut().1);
        search::run(tree, roots, &exchange.request.host(), keys, budget)
    })
}

/// Peels what the subject was sent: the response's header fields and body, or a received message.
pub fn peel_response(exchange: &Exchange, keys: &Keys, budget: &Budget) -> Tree {
    with_vectors(keys, |keys| {
        let mut tree = Tree::default();
        let roots = roots::received(exchange, tree.split_mut().1);
        search::run(tree, roots, &exchange.request.host(), keys, budget)
    })
}

/// Peels bytes that came without an exchange, under the root `input`.
pub fn peel_bytes(bytes: Bytes, keys: &Keys, budget: &Budget) -> Tree {
    with_vectors(keys, |keys| {
        let mut tree = Tree::default();
        let root = roots::input(bytes.clone(), tree.split_mut().1);
        search::run(tree, vec![root], "", keys, budget)
    })
}

/// The same, with the input labelled and opened as `codec` whatever else it looks like; what that leaves is peeled as
/// ever. `None` if there is no codec of that name; one that declines leaves the input unread.
pub fn peel_as(codec: &str, bytes: Bytes, keys: &Keys, budget: &Budget) -> Option<Tree> {
    let codec = codec::named(codec)?;
    Some(with_vectors(keys, |keys| {
        let mut tree = Tree::default();
        let mut root = roots::input(bytes.clone(), tree.split_mut().1);
        root.label = label::Label::of_codec(codec.name());
        search::run_as(codec, tree, root, keys, budget)
    }))
}

/// The names of all codecs, in the order in which they are tried, each once.
pub fn codecs() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for (_, codec) in &codec::CODECS {
        if !names.contains(&codec.name()) {
            names.push(codec.name());
        }
    }
    names
}

/// Peels once, and again where a first tree holds the vector that a key asks for.
fn with_vectors(keys: &Keys, peel: impl Fn(&Keys) -> Tree) -> Tree {
    let tree = peel(keys);
    match vectors::resolve(keys, &tree) {
        Some(keys) => peel(&keys),
        None => tree,
    }
}
