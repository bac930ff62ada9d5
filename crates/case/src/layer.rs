//! Layers: what peeling an exchange leaves behind, every step of it accounted for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::ByteSpan;

/// The position of a layer in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerId(pub u32);

/// Everything that was opened in one exchange, parents before children, in reading order.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The layers; a root has no parent.
    pub layers: Vec<Layer>,
    /// Layers that a key opened, with the key's name.
    pub keys_used: BTreeMap<LayerId, String>,
    /// The text of all steps, one behind the other: most layers are small, and a piece of memory
    /// for each step would cost more than peeling it.
    steps: String,
}

/// A step of a path: where its text stands in the tree that it belongs to ([`Tree::step`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    start: u32,
    len: u32,
}

/// The bytes of one peeled encoding, how they were reached, and why peeling stopped there.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The layer's bytes, decoded.
    pub bytes: Bytes,
    /// The layer this one was opened from; `None` for a root.
    pub parent: Option<LayerId>,
    /// How it was opened.
    pub opening: Opening,
    /// Why peeling stopped, or that it went on.
    pub end: End,
}

/// How a layer was made from its parent.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Name of the codec, or of the root (`request.body`, `request.header`, …).
    pub codec: &'static str,
    /// What the path prints for this step: `gzip`, `form:data_list`, `$.a[0].b`, `request.url`;
    /// [`Tree::step`] has the text.
    pub step: Step,
    /// The bytes of the parent that it was made from.
    pub span: ByteSpan,
    /// Whether `span` holds this layer's bytes and no other's: a form field does, a file inside a
    /// gzip stream does not. Opaque bytes are charged to the nearest chain of exact spans.
    pub exact: bool,
}

/// Why peeling stopped at a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It did not stop: the layer has children.
    Opened,
    /// Readable as it stands.
    Plain,
    /// No bytes.
    Empty,
    /// Short binary value (a number, a digest, an id) that explains itself by its field.
    Value,
    /// Looks encrypted: no structure, entropy of random bytes, `bytes` of them.
    Encrypted,
    /// Binary of an unknown format.
    Unknown,
    /// Says it is in this coding, but does not decode as such.
    Damaged(Box<Damage>),
    /// A budget ended before the bytes did.
    OutOfBudget {
        /// The budget that ended.
        what: Limit,
    },
}

/// What a codec met in bytes that should have been its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// The codec that gave up.
    pub codec: Cow<'static, str>,
    /// What it met.
    pub why: Cow<'static, str>,
}

/// The kinds of budget that peeling has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Bytes that were made or looked at again.
    Bytes,
    /// Layers of the tree.
    Layers,
    /// Values, fields and blocks that were looked at.
    Nodes,
    /// Openings above one another.
    Depth,
}

impl Limit {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Layers => "layers",
            Self::Nodes => "nodes",
            Self::Depth => "depth",
        }
    }
}

impl End {
    /// Bytes that say they are in this coding, but do not decode as such.
    pub fn damaged(codec: &'static str, why: &'static str) -> Self {
        Self::Damaged(Box::new(Damage { codec: codec.into(), why: why.into() }))
    }

    /// Whether bytes that end so could hide something from us.
    pub fn is_opaque(&self) -> bool {
        matches!(
            self,
            Self::Encrypted | Self::Unknown | Self::Damaged(_) | Self::OutOfBudget { .. }
        )
    }
}

impl Tree {
    /// The layer of that id.
    pub fn layer(&self, id: LayerId) -> &Layer {
        &self.layers[id.0 as usize]
    }

    /// Ids with their layers, parents first.
    pub fn iter(&self) -> impl Iterator<Item = (LayerId, &Layer)> {
        self.layers.iter().enumerate().map(|(i, layer)| (LayerId(i as u32), layer))
    }

    /// The layer and its ancestors, from the root down.
    pub fn lineage(&self, id: LayerId) -> Vec<LayerId> {
        let mut chain: Vec<LayerId> = self.ancestry(id).collect();
        chain.reverse();
        chain
    }

    /// The layer and its ancestors, up to the root.
    fn ancestry(&self, id: LayerId) -> impl Iterator<Item = LayerId> {
        std::iter::successors(Some(id), |at| self.layer(*at).parent)
    }

    /// Writes down the text of a step, for a layer of this tree.
    pub fn write_step(&mut self, text: &str) -> Step {
        let start = self.steps.len();
        self.steps.push_str(text);
        Step::between(start, self.steps.len())
    }

    /// The layers, and the text of all steps, to be used side by side.
    pub fn split_mut(&mut self) -> (&mut Vec<Layer>, &mut String) {
        (&mut self.layers, &mut self.steps)
    }

    /// What the path prints for a layer: `gzip`, `form:data_list`, `$.a[0].b`, `request.url`.
    pub fn step(&self, id: LayerId) -> &str {
        self.layer(id).opening.step.of(&self.steps)
    }

    /// The printed path of a layer: root and steps, joined by ` > `.
    pub fn path(&self, id: LayerId) -> String {
        const BETWEEN: &str = " > ";
        let length = self.ancestry(id).map(|at| self.step(at).len() + BETWEEN.len()).sum();
        let mut path = String::with_capacity(length);
        for (depth, at) in self.lineage(id).into_iter().enumerate() {
            if depth > 0 {
                path.push_str(BETWEEN);
            }
            path.push_str(self.step(at));
        }
        path
    }
}

impl Step {
    /// The step whose text stands at `start..end` of the text of all steps; an empty one where
    /// that lies beyond 4 GiB.
    pub fn between(start: usize, end: usize) -> Self {
        match (u32::try_from(start), u32::try_from(end.saturating_sub(start))) {
            (Ok(start), Ok(len)) => Self { start, len },
            _ => Self::default(),
        }
    }

    /// Length of its text, in bytes.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether it has no text.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Its text, in the text of all steps of its tree.
    pub fn of(self, steps: &str) -> &str {
        let start = self.start as usize;
        steps.get(start..start + self.len as usize).unwrap_or("")
    }
}
