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
mod pattern;
mod pieces;
mod replant;
mod roots;
mod search;
mod shape;
mod steps;
mod text;

use bytes::Bytes;
use candor_case::{Exchange, Keys, Tree};

pub use budget::Budget;
pub use coverage::coverage;
pub use pattern::pattern;
pub use replant::replant;

/// Peels what the subject sent: the request's URL, header fields, body and trailers, or a sent
/// message.
///
/// A received message gives an empty tree.
pub fn peel(exchange: &Exchange, keys: &Keys, budget: &Budget) -> Tree {
    let mut tree = Tree::default();
    let roots = roots::sent(exchange, tree.split_mut().1);
    search::run(tree, roots, &exchange.request.host(), keys, budget)
}

/// Peels what the subject was sent: the response's header fields and body, or a received message.
pub fn peel_response(exchange: &Exchange, keys: &Keys, budget: &Budget) -> Tree {
    let mut tree = Tree::default();
    let roots = roots::received(exchange, tree.split_mut().1);
    search::run(tree, roots, &exchange.request.host(), keys, budget)
}

/// Peels bytes that came without an exchange, under the root `input`.
pub fn peel_bytes(bytes: Bytes, keys: &Keys, budget: &Budget) -> Tree {
    let mut tree = Tree::default();
    let root = roots::input(bytes, tree.split_mut().1);
    search::run(tree, vec![root], "", keys, budget)
}
