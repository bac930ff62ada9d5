//! The search: one loop that opens layers depth first, so that a tree is in reading order, with
//! one stack on the heap, so that no input can exhaust the program's own.

use std::rc::Rc;
use std::vec::IntoIter;

use candor_case::{ByteSpan, End, Keys, Layer, LayerId, Opening, Tree};

use crate::binary;
use crate::budget::{Budget, Purse};
use crate::codec::{CODECS, Opened, Piece, View};
use crate::label::Label;
use crate::roots::Root;
use crate::shape::{Shape, kind};
use crate::text::is_text;

/// Opens everything that can be opened under these roots, as far as the budget goes.
pub(crate) fn run(roots: Vec<Root>, host: &str, keys: &Keys, budget: &Budget) -> Tree {
    let mut search = Search {
        tree: Tree::default(),
        stack: Vec::new(),
        purse: Purse::new(budget),
        deepest: usize::from(budget.depth),
        host,
        keys,
    };
    for root in roots {
        search.plant(root);
        search.exhaust();
    }
    search.tree
}

/// A container that is being emptied.
struct Frame {
    id: LayerId,
    codec: &'static str,
    pieces: IntoIter<Piece>,
    /// The label for pieces that bring none of their own: what was said of the container, less
    /// the coding that was undone.
    label: Option<Rc<Label>>,
}

struct Search<'a> {
    tree: Tree,
    stack: Vec<Frame>,
    purse: Purse,
    deepest: usize,
    host: &'a str,
    keys: &'a Keys,
}

impl Search<'_> {
    /// Starts a new tree beside the others.
    fn plant(&mut self, root: Root) {
        let span = ByteSpan::of(0..root.bytes.len());
        let opening = Opening { codec: root.codec, step: root.step, span, exact: true };
        let layer = Layer { bytes: root.bytes, parent: None, opening, end: End::Plain };
        match self.purse.pay_layers(1) {
            Ok(()) => self.place(layer, None, &root.label),
            Err(spent) => {
                self.push(Layer { end: spent.into(), ..layer });
            }
        }
    }

    /// Takes one piece after another until nothing is left to open.
    fn exhaust(&mut self) {
        while let Some(frame) = self.stack.last_mut() {
            let Some(piece) = frame.pieces.next() else {
                self.stack.pop();
                continue;
            };
            let (parent, codec) = (frame.id, frame.codec);
            let label = piece.label.or_else(|| frame.label.clone());
            let opening = Opening { codec, step: piece.step, span: piece.span, exact: true };
            let layer =
                Layer { bytes: piece.bytes, parent: Some(parent), opening, end: End::Plain };
            self.place(layer, piece.end, label.as_deref().unwrap_or(Label::NONE));
        }
    }

    /// Adds a layer and finds out what becomes of it.
    fn place(&mut self, layer: Layer, end: Option<End>, label: &Label) {
        let paid = match layer.parent {
            Some(_) => self.purse.pay_bytes(layer.bytes.len()),
            None => Ok(()),
        };
        let id = self.push(layer);
        let end = match (paid, end) {
            (Err(spent), _) => spent.into(),
            (Ok(()), Some(known)) => known,
            (Ok(()), None) => self.open(id, label),
        };
        self.tree.layers[id.0 as usize].end = end;
    }

    fn push(&mut self, layer: Layer) -> LayerId {
        let id = LayerId(self.tree.layers.len() as u32);
        self.tree.layers.push(layer);
        id
    }

    /// Offers the layer to every codec in turn; what the first one finds goes onto the stack.
    fn open(&mut self, id: LayerId, label: &Label) -> End {
        let bytes = &self.tree.layer(id).bytes;
        let shape = Shape::of(bytes);
        if is_word(bytes, shape) {
            return if bytes.is_empty() { End::Empty } else { End::Plain };
        }
        let (tree, keys, host) = (&self.tree, self.keys, self.host);
        let view = View { bytes, shape, label, id, tree, keys, host };
        let asked =
            CODECS.iter().filter(|(needs, codec)| shape.any(*needs) && codec.accepts(&view));
        for (_, codec) in asked {
            let Opened::Into(end, pieces) = codec.open(&view, &mut self.purse) else { continue };
            if pieces.is_empty() {
                return end;
            }
            if self.stack.len() >= self.deepest {
                return End::OutOfBudget { what: "depth".into() };
            }
            if let Err(spent) = self.purse.pay_layers(pieces.len()) {
                return spent.into();
            }
            self.tree.layers.reserve(pieces.len());
            let (codec, pieces) = (codec.name(), pieces.into_iter());
            self.stack.push(Frame { id, codec, pieces, label: label.inside().map(Rc::new) });
            return end;
        }
        unopened(bytes, shape, label)
    }
}

/// Why peeling stops at bytes that no codec took. A label that no codec could follow is damage,
/// unless it was simply wrong: the bytes are text.
fn unopened(bytes: &[u8], shape: Shape, label: &Label) -> End {
    match label.coding() {
        Some(coding) if !bytes.is_empty() && !is_text(bytes, shape) => End::Damaged {
            codec: coding.name().into(),
            why: "the label names this coding, but the bytes do not decode as such".into(),
        },
        _ => binary::end_of(bytes, shape),
    }
}

/// Whether this is too short for any codec that works on words. Most leaves are, so they are
/// settled before any codec is asked.
fn is_word(bytes: &[u8], shape: Shape) -> bool {
    const LETTERS: u16 = kind::ALNUM | kind::DASH_LOW | kind::PLUS_SLASH | kind::DOT;
    bytes.len() < 8 && shape.only(LETTERS | kind::SPACE) && !shape.any(kind::LINE)
}
