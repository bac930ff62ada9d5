//! The search: one loop that opens layers depth first, so that a tree is in reading order, with
//! one stack on the heap, so that no input can exhaust the program's own.

use std::rc::Rc;

use bytes::Bytes;
use candor_case::{ByteSpan, End, Keys, Layer, LayerId, Limit, Opening, Tree};

use crate::binary;
use crate::budget::{Budget, Purse};
use crate::codec::{CODECS, Codec, Opened, View};
use crate::gate::{Candidates, candidates};
use crate::label::Label;
use crate::pieces::{Height, Pieces, Stack, Stop};
use crate::roots::Root;
use crate::shape::{Shape, kind};
use crate::text::is_text;

/// Opens everything that can be opened under these roots, as far as the budget goes.
pub(crate) fn run(tree: Tree, roots: Vec<Root>, host: &str, keys: &Keys, budget: &Budget) -> Tree {
    let mut search = Search::new(tree, host, keys, budget);
    search.expect(roots.iter().map(|root| root.bytes.len()).sum());
    for root in roots {
        search.plant(root);
        search.exhaust();
    }
    search.tree
}

/// The same for one root that is of this codec, and opened by no other.
pub(crate) fn run_as(
    codec: &'static dyn Codec,
    tree: Tree,
    root: Root,
    keys: &Keys,
    budget: &Budget,
) -> Tree {
    let mut search = Search::new(tree, "", keys, budget);
    search.only = Some(codec.name());
    search.plant(root);
    search.only = None;
    search.exhaust();
    search.tree
}

/// A container that is being emptied.
struct Frame {
    id: LayerId,
    codec: &'static str,
    /// Its next piece, the first that is not its own, and where its pieces began.
    next: usize,
    end: usize,
    start: Height,
    /// The label for pieces that bring none of their own: what was said of the container, less
    /// the coding that was undone.
    label: Option<Rc<Label>>,
}

struct Search<'a> {
    tree: Tree,
    stack: Vec<Frame>,
    pieces: Stack,
    purse: Purse,
    deepest: usize,
    host: &'a str,
    keys: &'a Keys,
    /// The one codec to ask, by its name, whatever its gate says.
    only: Option<&'static str>,
}

impl<'a> Search<'a> {
    fn new(tree: Tree, host: &'a str, keys: &'a Keys, budget: &Budget) -> Self {
        Self {
            tree,
            stack: Vec::new(),
            pieces: Stack::default(),
            purse: Purse::new(budget),
            deepest: usize::from(budget.depth),
            host,
            keys,
            only: None,
        }
    }

    /// Makes room for about as many layers as so many bytes open into.
    fn expect(&mut self, bytes: usize) {
        let (layers, steps) = self.tree.split_mut();
        layers.reserve((bytes / 16).min(1 << 10));
        steps.reserve(bytes.min(16 << 10));
    }

    /// Starts a new tree beside the others.
    fn plant(&mut self, root: Root) {
        let span = ByteSpan::of(0..root.bytes.len());
        let opening = Opening { codec: root.codec, step: root.step, span, exact: true };
        let id = self.push(root.bytes, None, opening);
        let end = match self.purse.pay_layers(1) {
            Ok(()) => self.open(id, &root.label),
            Err(spent) => spent.into(),
        };
        self.set_end(id, end);
    }

    /// Takes one piece after another until nothing is left to open.
    fn exhaust(&mut self) {
        while let Some(frame) = self.stack.last_mut() {
            if frame.next == frame.end {
                let start = frame.start;
                self.pieces.cut(start);
                self.stack.pop();
                continue;
            }
            let at = frame.next;
            frame.next += 1;
            self.place(at);
        }
    }

    /// Makes a layer of a piece of the last frame, and finds out what becomes of it.
    fn place(&mut self, at: usize) {
        let (Some(frame), Some(piece)) = (self.stack.last(), self.pieces.at(at)) else { return };
        let opening =
            Opening { codec: frame.codec, step: piece.step, span: piece.span, exact: true };
        if !piece.is_bare() {
            return self.place_with(opening, at);
        }
        let outer = &self.tree.layer(frame.id).bytes;
        let bytes = outer.slice(piece.span.range(outer.len()));
        let (parent, label) = (Some(frame.id), frame.label.clone());
        let paid = self.purse.pay_bytes(bytes.len());
        let id = self.push(bytes, parent, opening);
        let end = match (paid, piece.stop) {
            // A new layer is plain until it is said to be something else.
            (Ok(()), Stop::Plain) => return,
            (Ok(()), Stop::Value) => End::Value,
            (Ok(()), Stop::Unknown) => self.open(id, label.as_deref().unwrap_or(Label::NONE)),
            (Err(spent), _) => spent.into(),
        };
        self.set_end(id, end);
    }

    /// The same for a piece with further properties.
    fn place_with(&mut self, opening: Opening, at: usize) {
        let Some(frame) = self.stack.last() else { return };
        let (piece, extra) = self.pieces.take(at);
        let bytes = extra.bytes.unwrap_or_else(|| {
            let outer = &self.tree.layer(frame.id).bytes;
            outer.slice(opening.span.range(outer.len()))
        });
        let (parent, label) = (Some(frame.id), extra.label.or_else(|| frame.label.clone()));
        let paid = self.purse.pay_bytes(bytes.len());
        let id = self.push(bytes, parent, opening);
        if let Some(key) = extra.key {
            self.tree.keys_used.insert(id, key);
        }
        let end = match (paid, extra.end, piece) {
            (Err(spent), _, _) => spent.into(),
            (Ok(()), Some(end), _) => end,
            (Ok(()), None, Some(Stop::Plain)) => End::Plain,
            (Ok(()), None, Some(Stop::Value)) => End::Value,
            (Ok(()), None, _) => self.open(id, label.as_deref().unwrap_or(Label::NONE)),
        };
        self.set_end(id, end);
    }

    fn push(&mut self, bytes: Bytes, parent: Option<LayerId>, opening: Opening) -> LayerId {
        let id = LayerId(self.tree.layers.len() as u32);
        self.tree.layers.push(Layer { bytes, parent, opening, end: End::Plain });
        id
    }

    fn set_end(&mut self, id: LayerId, end: End) {
        self.tree.layers[id.0 as usize].end = end;
    }

    /// Offers the layer to every codec in turn; what the first one finds goes onto the stack.
    fn open(&mut self, id: LayerId, label: &Label) -> End {
        let (layers, steps) = self.tree.split_mut();
        let Layer { bytes, parent, .. } = &layers[id.0 as usize];
        let shape = Shape::of(bytes);
        if is_word(bytes, shape) && self.only.is_none() {
            return if bytes.is_empty() { End::Empty } else { End::Plain };
        }
        let first = parent.and(bytes.first().copied());
        let view = View { bytes, shape, label, id, layers, keys: self.keys, host: self.host };
        let start = self.pieces.height();
        let written = steps.len();
        let asked = if self.only.is_some() { Candidates::ALL } else { candidates(shape, first) };
        for at in asked {
            let codec = CODECS[at].1;
            if self.only.is_some_and(|only| only != codec.name()) || !codec.accepts(&view) {
                continue;
            }
            let mut out = Pieces::new(&mut self.pieces, steps);
            let end = match codec.open(&view, &mut self.purse, &mut out) {
                Opened::No => {
                    self.pieces.cut(start);
                    steps.truncate(written);
                    continue;
                }
                Opened::Fully => End::Opened,
                Opened::Partly(end) => end,
            };
            let last = self.pieces.height().pieces;
            let count = last - start.pieces;
            if count == 0 {
                // What opens and gives nothing has not been read, unless it was text all along.
                return if end == End::Opened { binary::end_of(bytes, shape) } else { end };
            }
            let paid = match self.stack.len() >= self.deepest {
                true => Err(End::OutOfBudget { what: Limit::Depth }),
                false => self.purse.pay_layers(count).map_err(End::from),
            };
            if let Err(end) = paid {
                self.pieces.cut(start);
                return end;
            }
            self.tree.layers.reserve(count);
            self.stack.push(Frame {
                id,
                codec: codec.name(),
                next: start.pieces,
                end: last,
                start,
                label: label.inside().map(Rc::new),
            });
            return end;
        }
        unopened(bytes, shape, label)
    }
}

/// Why peeling stops at bytes that no codec took. A label that no codec could follow is damage,
/// unless it was simply wrong: the bytes are text.
fn unopened(bytes: &[u8], shape: Shape, label: &Label) -> End {
    match label.coding() {
        Some(coding) if !bytes.is_empty() && !is_text(bytes, shape) => End::damaged(
            coding.name(),
            "the label names this coding, but the bytes do not decode as such",
        ),
        _ => binary::end_of(bytes, shape),
    }
}

/// Whether this is too short for any codec that works on words. Most leaves are, so they are
/// settled before any codec is asked.
fn is_word(bytes: &[u8], shape: Shape) -> bool {
    const LETTERS: u16 = kind::ALNUM | kind::DASH_LOW | kind::PLUS_SLASH | kind::DOT;
    bytes.len() < 8 && shape.only(LETTERS | kind::SPACE) && !shape.any(kind::LINE)
}
