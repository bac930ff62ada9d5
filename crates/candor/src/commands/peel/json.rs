//! The tree as programs read it.

use std::io::Write;

use anyhow::Result;
use candor_case::{ByteSpan, End, LayerId, Tree};
use candor_peel::{OpaqueBlock, OpaqueKind, opaque};
use serde::Serialize;

use super::descriptor::Descriptor;
use super::find::Found;
use super::preview;

/// A layer of schema `candor.peel/1`.
#[derive(Serialize)]
struct Row<'a> {
    path: String,
    codec: &'a str,
    /// What a descriptor calls the fields of its last step.
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<String>,
    /// Bytes of the layer.
    length: usize,
    /// The bytes of its parent that it was made from.
    span: ByteSpan,
    end: &'a End,
    preview: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opaque: Option<Opaque>,
}

#[derive(Serialize)]
struct Opaque {
    looks: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    /// Bits per byte.
    entropy: f64,
}

/// Prints the layers and, where a value was looked for, where it stands.
pub(super) fn print(
    out: &mut impl Write,
    tree: &Tree,
    names: Option<&Descriptor>,
    found: Option<&[Found]>,
) -> Result<()> {
    let blocks = opaque(tree);
    let mut rows: Vec<Row<'_>> = tree.iter().map(|(id, _)| row(tree, id, &blocks)).collect();
    for (row, (id, _)) in rows.iter_mut().zip(tree.iter()) {
        row.names = names.and_then(|names| names.names(tree.step(id)));
    }
    let mut document = serde_json::json!({ "schema": "candor.peel/1", "layers": rows });
    if let Some(found) = found {
        document["found"] = serde_json::to_value(found)?;
    }
    writeln!(out, "{document:#}")?;
    Ok(())
}

fn row<'a>(tree: &'a Tree, id: LayerId, blocks: &[OpaqueBlock]) -> Row<'a> {
    let layer = tree.layer(id);
    let block = blocks.binary_search_by_key(&id, |block| block.layer).ok().map(|at| &blocks[at]);
    Row {
        path: tree.path(id),
        codec: layer.opening.codec,
        names: None,
        length: layer.bytes.len(),
        span: layer.opening.span,
        end: &layer.end,
        preview: preview(layer, 256),
        key: tree.keys_used.get(&id).map(String::as_str),
        opaque: block.map(|block| Opaque {
            looks: looks(block.kind),
            format: block.format,
            entropy: f64::from(block.centibits) / 100.0,
        }),
    }
}

fn looks(kind: OpaqueKind) -> &'static str {
    match kind {
        OpaqueKind::Encrypted => "encrypted",
        OpaqueKind::Random => "random",
        OpaqueKind::Compressed => "compressed",
        OpaqueKind::File => "file",
        OpaqueKind::Structured => "structured",
    }
}
