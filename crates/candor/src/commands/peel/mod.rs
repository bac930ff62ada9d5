//! `candor peel`: peels one blob, prints the tree, and says where a value stands in it.

mod descriptor;
mod find;
mod json;
mod tree;

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use candor_case::{Keys, Layer, Property, Tree};
use candor_peel::Budget;
use candor_report::inert;

use descriptor::Descriptor;

use crate::exit::Exit;
use crate::{cases, keyfile};

/// Bytes read from a pipe at most; files are mapped and may be larger.
const MOST_PIPED: u64 = 1 << 30;

/// Options of `candor peel`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  candor peel body.bin
  pbpaste | candor peel -
  candor peel body.bin --find grace@example.org
  candor peel body.bin --keys keys.toml
  candor peel body.bin --as base64
  candor peel body.bin --descriptor ukm.pb --message ukm.Report
  candor peel body.bin --json | jq '.layers[] | select(.end==\"plain\") | .path'")]
pub struct Args {
    /// The file, or - for standard input
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Say where this value stands, and how it was changed, instead of printing the tree
    #[arg(long, value_name = "VALUE")]
    find: Option<String>,
    /// What the value stands for, which says how it may be written; guessed where left out
    #[arg(long, value_name = "PROPERTY", requires = "find", value_parser = property)]
    property: Option<Property>,
    /// Keys that may open it: a key file of ours, or an aes_info.json of PiRogue, whatever hosts they are for; may be repeated
    #[arg(long, value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// Open the input as this, whatever it looks like
    #[arg(long = "as", value_name = "CODEC")]
    codec: Option<String>,
    /// A descriptor set of protoc: names the fields of protobuf
    #[arg(long, value_name = "FILE", requires = "message")]
    descriptor: Option<PathBuf>,
    /// The message in it that protobuf is taken for
    #[arg(long, value_name = "NAME", requires = "descriptor")]
    message: Option<String>,
    /// Print as JSON (schema `candor.peel/1`)
    #[arg(long)]
    json: bool,
}

fn property(name: &str) -> Result<Property, String> {
    let known = Property::ALL.iter().find(|property| property.name() == name);
    known.copied().ok_or_else(|| {
        let names: Vec<&str> = Property::ALL.iter().map(|property| property.name()).collect();
        format!("use one of {}", names.join(", "))
    })
}

/// Peels a blob.
pub fn run(args: &Args) -> Result<Exit> {
    let bytes = if args.file.as_os_str() == "-" { piped()? } else { cases::map(&args.file)? };
    let keys = keys(&args.keys)?;
    let tree = peel(bytes, args.codec.as_deref(), &keys)?;
    let found =
        args.find.as_ref().map(|value| find::find(&tree, value, args.property)).transpose()?;
    let names = match (&args.descriptor, &args.message) {
        (Some(file), Some(message)) => Some(Descriptor::read(file, message)?),
        _ => None,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match (args.json, &found) {
        (true, found) => json::print(&mut out, &tree, names.as_ref(), found.as_deref())?,
        (false, Some(found)) => find::print(&mut out, &tree, found)?,
        (false, None) => tree::print(&mut out, &tree, names.as_ref(), is_coloured())?,
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// The keys of all these files. A blob went to no host that is known, so every key may open it.
fn keys(files: &[PathBuf]) -> Result<Keys> {
    let mut keys = Keys::default();
    for file in files {
        keys.0.extend(keyfile::read(file)?.0);
    }
    keys.0.iter_mut().for_each(|key| key.hosts.clear());
    Ok(keys)
}

fn peel(bytes: Bytes, codec: Option<&str>, keys: &Keys) -> Result<Tree> {
    let budget = Budget::default();
    let Some(codec) = codec else { return Ok(candor_peel::peel_bytes(bytes, keys, &budget)) };
    candor_peel::peel_as(codec, bytes, keys, &budget).with_context(|| {
        format!("`{codec}` is no codec: use one of {}", candor_peel::codecs().join(", "))
    })
}

fn is_coloured() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_open_a_blob_whatever_hosts_they_are_for() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let key = "[[key]]\nname = \"SDK\"\ncipher = \"xor\"\nkey = { text = \"k3y!\" }\n\
                   hosts = [\"maker.test\"]\n";
        std::fs::write(&file, key).unwrap();
        let keys = keys(&[file.path().to_owned()]).unwrap();
        let text = br#"{"mail":"ada@example.org"}"#;
        let sealed: Vec<u8> = text.iter().zip(b"k3y!".iter().cycle()).map(|(a, b)| a ^ b).collect();
        let tree = peel(sealed.into(), None, &keys).unwrap();
        let found = tree.iter().any(|(_, layer)| layer.bytes == "ada@example.org");
        assert!(found, "{} layers", tree.layers.len());
    }
}
