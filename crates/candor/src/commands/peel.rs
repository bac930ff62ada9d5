//! `candor peel`: peels one blob and prints the tree.

use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use candor_case::{End, Keys, Layer, LayerId, Tree};
use candor_peel::Budget;
use candor_report::inert;
use serde::Serialize;

use crate::cases;
use crate::exit::Exit;

/// Bytes read from a pipe at most; files are mapped and may be larger.
const MOST_PIPED: u64 = 1 << 30;

/// Options of `candor peel`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  candor peel body.bin
  pbpaste | candor peel -
  candor peel body.bin --json | jq '.layers[] | select(.end==\"plain\") | .path'")]
pub struct Args {
    /// The file, or - for standard input
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Print the layers as JSON (schema `candor.peel/1`)
    #[arg(long)]
    json: bool,
}

/// Peels a blob.
pub fn run(args: &Args) -> Result<Exit> {
    let bytes = if args.file.as_os_str() == "-" { piped()? } else { cases::map(&args.file)? };
    let tree = candor_peel::peel_bytes(bytes, &Keys::default(), &Budget::default());
    if args.json {
        print_json(&tree)?
    } else {
        print_tree(&tree)?
    }
    Ok(Exit::Done)
}

fn piped() -> Result<Bytes> {
    let mut bytes = Vec::new();
    let mut input = std::io::stdin().lock().take(MOST_PIPED + 1);
    std::io::copy(&mut input, &mut bytes).context("standard input cannot be read")?;
    if bytes.len() as u64 > MOST_PIPED {
        bail!("standard input is larger than 1 GiB: give the file's name instead");
    }
    Ok(bytes.into())
}

#[derive(Serialize)]
struct Row<'a> {
    path: String,
    codec: &'a str,
    length: usize,
    end: &'a End,
    preview: String,
}

fn print_json(tree: &Tree) -> Result<()> {
    let rows: Vec<Row<'_>> = tree
        .iter()
        .map(|(id, layer)| Row {
            path: tree.path(id),
            codec: layer.opening.codec,
            length: layer.bytes.len(),
            end: &layer.end,
            preview: preview(layer, 256),
        })
        .collect();
    let document = serde_json::json!({ "schema": "candor.peel/1", "layers": rows });
    writeln!(std::io::stdout(), "{document:#}")?;
    Ok(())
}

fn print_tree(tree: &Tree) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (id, layer) in tree.iter() {
        let pad = "  ".repeat(depth(tree, id));
        let step = inert(tree.step(id), 120);
        match &layer.end {
            End::Opened => writeln!(out, "{pad}{step}  ({} bytes)", layer.bytes.len())?,
            End::Plain | End::Value => writeln!(out, "{pad}{step}  {}", preview(layer, 100))?,
            End::Empty => writeln!(out, "{pad}{step}  (empty)")?,
            end => writeln!(out, "{pad}{step}  ({} bytes) {}", layer.bytes.len(), reason(end))?,
        }
    }
    out.flush()?;
    Ok(())
}

fn depth(tree: &Tree, id: LayerId) -> usize {
    tree.lineage(id).len() - 1
}

/// Text as it is, anything else in hex.
fn preview(layer: &Layer, most: usize) -> String {
    let bytes = &layer.bytes[..layer.bytes.len().min(most * 4)];
    match std::str::from_utf8(bytes) {
        Ok(text) => inert(text, most),
        Err(error) if error.valid_up_to() + 4 > bytes.len() && bytes.len() > 4 => {
            inert(&String::from_utf8_lossy(&bytes[..error.valid_up_to()]), most)
        }
        Err(_) => {
            let hex: String = bytes.iter().take(32).map(|b| format!("{b:02x}")).collect();
            format!("0x{hex}{}", if layer.bytes.len() > 32 { "…" } else { "" })
        }
    }
}

fn reason(end: &End) -> String {
    match end {
        End::Encrypted => "looks encrypted".into(),
        End::Unknown => "unknown binary".into(),
        End::Damaged(damage) => format!("not valid {}: {}", damage.codec, inert(&damage.why, 200)),
        End::OutOfBudget { what } => format!("budget of {} used up", what.word()),
        End::Opened | End::Plain | End::Empty | End::Value => String::new(),
    }
}
