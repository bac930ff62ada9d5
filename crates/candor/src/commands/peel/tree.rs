//! The tree as people read it: one line per layer, encodings of one thing on one line, what could
//! not be read with the reason, and a last line that counts.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use candor_case::{End, LayerId, Tree};
use candor_peel::{OpaqueBlock, OpaqueKind, opaque};
use candor_report::inert;

use super::descriptor::Descriptor;
use super::preview;

/// Characters of a value that are shown.
const SHOWN: usize = 100;

/// Prints the tree, with colour where somebody looks at it.
pub(super) fn print(
    out: &mut impl Write,
    tree: &Tree,
    names: Option<&Descriptor>,
    coloured: bool,
) -> Result<()> {
    let printer = Printer { tree, names, children: children(tree), opaque: blocks(tree), coloured };
    for id in printer.of(None) {
        printer.line(out, *id, "", "")?;
    }
    printer.count(out)
}

/// The children of each layer, and under `None` the roots.
fn children(tree: &Tree) -> BTreeMap<Option<LayerId>, Vec<LayerId>> {
    let mut children: BTreeMap<Option<LayerId>, Vec<LayerId>> = BTreeMap::new();
    for (id, layer) in tree.iter() {
        children.entry(layer.parent).or_default().push(id);
    }
    children
}

fn blocks(tree: &Tree) -> BTreeMap<LayerId, OpaqueBlock> {
    opaque(tree).into_iter().map(|block| (block.layer, block)).collect()
}

struct Printer<'a> {
    tree: &'a Tree,
    names: Option<&'a Descriptor>,
    children: BTreeMap<Option<LayerId>, Vec<LayerId>>,
    opaque: BTreeMap<LayerId, OpaqueBlock>,
    coloured: bool,
}

impl Printer<'_> {
    fn of(&self, parent: Option<LayerId>) -> &[LayerId] {
        self.children.get(&parent).map_or(&[], Vec::as_slice)
    }

    /// Prints a layer behind its branch, and what it holds behind `pad`; layers with one child
    /// share its line. A stack of our own, since inputs nest as they like.
    fn line(&self, out: &mut impl Write, id: LayerId, branch: &str, pad: &str) -> Result<()> {
        let mut waiting = vec![(id, branch.to_owned(), pad.to_owned())];
        while let Some((id, branch, pad)) = waiting.pop() {
            let mut at = id;
            write!(out, "{branch}{}", self.step(at))?;
            while let [child] = self.of(Some(at)) {
                write!(
                    out,
                    "{}{}",
                    self.dim(&format!(" {} > ", size(self.len(at)))),
                    self.step(*child)
                )?;
                at = *child;
            }
            writeln!(out, "  {}", self.end(at))?;
            let held = self.of(Some(at));
            for (number, child) in held.iter().enumerate().rev() {
                let last = number + 1 == held.len();
                let (turn, on) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
                waiting.push((*child, format!("{pad}{turn}"), format!("{pad}{on}")));
            }
        }
        Ok(())
    }

    fn len(&self, id: LayerId) -> usize {
        self.tree.layer(id).bytes.len()
    }

    fn step(&self, id: LayerId) -> String {
        let step = inert(self.tree.step(id), 120);
        let key = self.tree.keys_used.get(&id).map(|key| format!(" (key: {})", inert(key, 120)));
        let names = self.names.and_then(|names| names.names(self.tree.step(id)));
        let names = names.map(|names| format!(" ({})", inert(&names, 120)));
        let beside = [names, key].into_iter().flatten().collect::<String>();
        format!("{}{}", self.paint("1;36", &step), self.dim(&beside))
    }

    /// What a layer comes to: its value, its size, or why it could not be read.
    fn end(&self, id: LayerId) -> String {
        let layer = self.tree.layer(id);
        let len = size(layer.bytes.len());
        match (&layer.end, self.opaque.get(&id)) {
            (End::Opened, _) => self.dim(&len),
            (End::Plain, _) if layer.bytes.is_empty() => self.dim("empty"),
            (End::Plain, _) if layer.bytes.len() > SHOWN => {
                format!("{} {}", preview(layer, SHOWN), self.dim(&len))
            }
            (End::Plain, _) | (End::Value, None) => preview(layer, SHOWN),
            (End::Empty, _) => self.dim("empty"),
            (end, block) => {
                let looks = block.map(|block| format!("; {}", looks(block))).unwrap_or_default();
                self.paint("33", &format!("{len}, {}{looks}", reason(end)))
            }
        }
    }

    /// How much there is, and how much of it could not be read.
    fn count(&self, out: &mut impl Write) -> Result<()> {
        let unread: Vec<usize> = self
            .tree
            .iter()
            .filter(|(_, l)| l.end.is_opaque())
            .map(|(_, l)| l.bytes.len())
            .collect();
        let layers = self.tree.layers.len();
        let unread = match unread.len() {
            0 => "all of it was read".to_owned(),
            1 => format!("1 could not be read ({})", size(unread[0])),
            many => format!("{many} could not be read ({})", size(unread.iter().sum())),
        };
        let layers = if layers == 1 { "1 layer".to_owned() } else { format!("{layers} layers") };
        writeln!(out, "{}", self.dim(&format!("\n{layers}; {unread}")))?;
        Ok(())
    }

    fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(&self, style: &str, text: &str) -> String {
        match self.coloured && !text.is_empty() {
            true => format!("\u{1b}[{style}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }
}

/// A size for people: bytes up to 10,000, then in steps of a thousand.
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        1 => "1 byte".into(),
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// What opaque bytes look like.
fn looks(block: &OpaqueBlock) -> String {
    let kind = match (block.kind, block.format) {
        (_, Some(format)) => format!("a file: {format}"),
        (OpaqueKind::Encrypted, _) => "random from end to end".to_owned(),
        (OpaqueKind::Random, _) => "a digest, a key or a random number".to_owned(),
        (OpaqueKind::Compressed, _) => "nearly random, as compressed bytes are".to_owned(),
        (OpaqueKind::File | OpaqueKind::Structured, _) => "has a structure of its own".to_owned(),
    };
    format!("{kind}, {:.2} bits of entropy per byte", f64::from(block.centibits) / 100.0)
}

/// Why a layer was not read.
pub(super) fn reason(end: &End) -> String {
    match end {
        End::Encrypted => "looks encrypted".into(),
        End::Unknown => "unknown binary".into(),
        End::Value => "a binary value".into(),
        End::Damaged(damage) => format!("not valid {}: {}", damage.codec, inert(&damage.why, 200)),
        End::OutOfBudget { what } => format!("budget of {} used up", what.word()),
        End::Opened | End::Plain | End::Empty => String::new(),
    }
}
