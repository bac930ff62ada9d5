//! Pieces: what codecs take out of a layer, before the search makes layers of them. All containers
//! that are open at a time share one stack, so that a leaf costs no memory of its own.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use candor_case::{ByteSpan, End, Opening, Step};

use crate::budget::Spent;
use crate::codec::View;
use crate::label::Label;
use crate::steps;

/// A layer to be: most are verbatim parts of their parent and need no more than this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// What it was made from in its parent.
    pub(crate) span: ByteSpan,
    /// What the path prints.
    pub(crate) step: Step,
    /// What is known of its end.
    pub(crate) stop: Stop,
    /// Where its further properties stand; `Extra::NONE` if it has none.
    extra: u32,
}

/// What a codec knows of the end of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Nothing: the search goes on.
    Unknown,
    /// Text that needs no look.
    Plain,
    /// A short binary value.
    Value,
}

/// What only few pieces have.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    /// Its bytes, where they are not those of its span.
    pub(crate) bytes: Option<Bytes>,
    /// Why peeling stops here, where no [`Stop`] says it.
    pub(crate) end: Option<End>,
    /// What header fields of its own say of it.
    pub(crate) label: Option<Rc<Label>>,
    /// Name of the key that opened it.
    pub(crate) key: Option<String>,
}

impl Extra {
    const NONE: u32 = u32::MAX;
}

/// The pieces of all containers that are open, those of the innermost at the end.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    pieces: Vec<Piece>,
    extras: Vec<Extra>,
}

/// How high a stack was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Height {
    pub(crate) pieces: usize,
    extras: usize,
}

impl Stack {
    pub(crate) fn height(&self) -> Height {
        Height { pieces: self.pieces.len(), extras: self.extras.len() }
    }

    /// Drops everything above a height.
    pub(crate) fn cut(&mut self, to: Height) {
        self.pieces.truncate(to.pieces);
        self.extras.truncate(to.extras);
    }

    /// The piece at a position.
    pub(crate) fn at(&self, at: usize) -> Option<Piece> {
        self.pieces.get(at).copied()
    }

    /// What is known of the end of the piece at a position, and its further properties, which are
    /// taken from it.
    pub(crate) fn take(&mut self, at: usize) -> (Option<Stop>, Extra) {
        let Some(piece) = self.pieces.get(at) else { return Default::default() };
        let extra = self.extras.get_mut(piece.extra as usize);
        (Some(piece.stop), extra.map(std::mem::take).unwrap_or_default())
    }
}

impl Piece {
    /// Whether it has no further properties.
    pub(crate) fn is_bare(self) -> bool {
        self.extra == Extra::NONE
    }
}

/// Where codecs put what they take out of a layer.
pub(crate) struct Pieces<'a> {
    stack: &'a mut Stack,
    steps: &'a mut String,
    /// How high the stack was when the codec was asked.
    before: Height,
}

/// A piece that was just put down.
pub(crate) struct Put<'a> {
    at: usize,
    stack: &'a mut Stack,
}

impl Put<'_> {
    /// Says that peeling stops there.
    pub(crate) fn ending(self, end: End) -> Self {
        let stop = match end {
            End::Plain => Stop::Plain,
            End::Value => Stop::Value,
            end => {
                self.stack.extra(self.at).end = Some(end);
                return self;
            }
        };
        self.stack.pieces[self.at].stop = stop;
        self
    }

    /// Says which key opened it.
    pub(crate) fn keyed(self, name: &str) -> Self {
        self.stack.extra(self.at).key = Some(name.to_owned());
        self
    }

    /// Says what header fields of its own say of it.
    pub(crate) fn labelled(self, label: Label) -> Self {
        self.stack.extra(self.at).label = Some(Rc::new(label));
        self
    }
}

impl Stack {
    /// The further properties of a piece, made if there are none.
    fn extra(&mut self, at: usize) -> &mut Extra {
        let piece = &mut self.pieces[at];
        if piece.extra == Extra::NONE {
            piece.extra = self.extras.len() as u32;
            self.extras.push(Extra::default());
        }
        let at = piece.extra as usize;
        &mut self.extras[at]
    }
}

impl<'a> Pieces<'a> {
    /// Collects at the top of `stack`, with the text of steps at the end of `steps`.
    pub(crate) fn new(stack: &'a mut Stack, steps: &'a mut String) -> Self {
        let before = stack.height();
        Self { stack, steps, before }
    }

    /// How many pieces there are by now.
    pub(crate) fn len(&self) -> usize {
        self.stack.pieces.len() - self.before.pieces
    }

    /// Whether there is none yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops all pieces but the first `count`, none of which after them has been given bytes.
    pub(crate) fn keep(&mut self, count: usize) {
        self.stack.pieces.truncate(self.before.pieces + count);
    }

    /// A piece that is a verbatim part of the layer.
    pub(crate) fn part(&mut self, range: Range<usize>, step: &str) -> Put<'_> {
        let step = self.step(|text| text.push_str(step));
        self.add(range, None, step)
    }

    /// A piece that was decoded from a part of the layer.
    pub(crate) fn made(
        &mut self,
        range: Range<usize>,
        bytes: impl Into<Bytes>,
        step: &str,
    ) -> Put<'_> {
        let step = self.step(|text| text.push_str(step));
        self.add(range, Some(bytes.into()), step)
    }

    /// A piece that was decoded from the whole layer.
    pub(crate) fn whole(&mut self, view: &View, bytes: impl Into<Bytes>, step: &str) -> Put<'_> {
        self.made(0..view.bytes.len(), bytes, step)
    }

    /// A piece for what a container still holds from `at` when a budget ended.
    pub(crate) fn rest(&mut self, view: &View, at: usize, spent: Spent) {
        let len = view.bytes.len();
        self.part(at.min(len)..len, "rest").ending(spent.into());
    }

    /// Any piece, with a step from [`Pieces::step`] or [`Pieces::keyed`].
    pub(crate) fn add(&mut self, range: Range<usize>, bytes: Option<Bytes>, step: Step) -> Put<'_> {
        let at = self.stack.pieces.len();
        let span = ByteSpan::of(range);
        self.stack.pieces.push(Piece { span, step, stop: Stop::Unknown, extra: Extra::NONE });
        if bytes.is_some() {
            self.stack.extra(at).bytes = bytes;
        }
        Put { at, stack: self.stack }
    }

    /// Gives a piece, by its number among those of this layer, other bytes than those of its span.
    pub(crate) fn set_bytes(&mut self, number: usize, bytes: Bytes) {
        let at = self.before.pieces + number;
        if at < self.stack.pieces.len() {
            self.stack.extra(at).bytes = Some(bytes);
        }
    }

    /// Writes down the steps `prefix:key` for a list of keys in order, each with an index where it
    /// is not single.
    pub(crate) fn keyed(&mut self, prefix: &str, keys: &[Cow<[u8]>]) -> Vec<Step> {
        steps::keyed(self.steps, prefix, keys)
    }

    /// Writes anew, with its index among its equals, each of these steps that is not single.
    pub(crate) fn number(&mut self, steps: &mut [Step]) {
        steps::number(self.steps, steps);
    }

    /// A verbatim part with a step from [`Pieces::step`]: the short way, for what there are most of.
    #[inline]
    pub(crate) fn leaf(&mut self, range: Range<usize>, step: Step, stop: Stop) {
        let span = ByteSpan { start: range.start as u64, end: range.end as u64 };
        self.stack.pieces.push(Piece { span, step, stop, extra: Extra::NONE });
    }

    /// Writes down a step that is made of two texts.
    #[inline]
    pub(crate) fn step_of_two(&mut self, first: &str, second: &str) -> Step {
        let start = self.steps.len();
        self.steps.reserve(first.len() + second.len());
        self.steps.push_str(first);
        self.steps.push_str(second);
        Step::between(start, self.steps.len())
    }

    /// Makes room for about as many pieces and steps as a text of `len` bytes holds.
    pub(crate) fn expect(&mut self, len: usize) {
        let len = len.min(64 << 10);
        self.stack.pieces.reserve(len / 32);
        self.steps.reserve(len);
    }

    /// Writes down a step.
    pub(crate) fn step(&mut self, write: impl FnOnce(&mut String)) -> Step {
        let start = self.steps.len();
        write(self.steps);
        Step::between(start, self.steps.len())
    }

    /// The text of an opening's step.
    pub(crate) fn text_of(&self, opening: &Opening) -> &str {
        opening.step.of(self.steps)
    }
}
