//! Layers: what peeling an exchange leaves behind, every step of it accounted for.

use std::borrow::Cow;

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
    /// What the path prints for this step: `gzip`, `form:data_list`, `$.a[0].b`, `request.url`.
    pub step: Cow<'static, str>,
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
    Damaged {
        /// The codec that gave up.
        codec: Cow<'static, str>,
        /// What it met.
        why: Cow<'static, str>,
    },
    /// A budget ended before the bytes did: `bytes`, `layers`, `nodes` or `depth`.
    OutOfBudget {
        /// The budget that ended.
        what: Cow<'static, str>,
    },
}

impl End {
    /// Whether bytes that end so could hide something from us.
    pub fn is_opaque(&self) -> bool {
        matches!(
            self,
            Self::Encrypted | Self::Unknown | Self::Damaged { .. } | Self::OutOfBudget { .. }
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
        let mut chain = vec![id];
        let mut at = id;
        while let Some(parent) = self.layer(at).parent {
            chain.push(parent);
            at = parent;
        }
        chain.reverse();
        chain
    }

    /// The printed path of a layer: root and steps, joined by ` > `.
    pub fn path(&self, id: LayerId) -> String {
        let steps: Vec<&str> =
            self.lineage(id).iter().map(|at| &*self.layer(*at).opening.step).collect();
        steps.join(" > ")
    }
}
