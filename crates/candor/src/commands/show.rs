//! `candor show`: opens the layers of one finding in the terminal.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Result, bail};
use candor_case::{Exhibit, ExhibitLayer, Finding};
use candor_evidence::CaseDir;
use candor_report::inert;
use data_encoding::BASE64;

use crate::cases;
use crate::exit::Exit;

/// Options of `candor show`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  candor show cases/mine f-0123456789abcdef")]
pub struct Args {
    /// The case folder
    case: PathBuf,
    /// The finding's id, as the table and the report print it
    finding: String,
    /// Print the finding and its exhibit as JSON
    #[arg(long)]
    json: bool,
}

/// Shows one finding.
pub fn run(args: &Args) -> Result<Exit> {
    let dir = CaseDir::open(&args.case)?;
    let view = cases::view(&dir)?;
    let (Some(finding), Some(exhibit)) = (view.finding(&args.finding), view.exhibit(&args.finding))
    else {
        bail!(
            "no finding `{}` in this case: ids stand in {}/analysis/findings.jsonl",
            args.finding,
            cases::name(&dir)
        );
    };
    if args.json {
        let document = serde_json::json!({
            "schema": "candor.show/1", "finding": finding, "exhibit": exhibit,
        });
        writeln!(std::io::stdout(), "{document:#}")?;
    } else {
        print(finding, exhibit)?;
    }
    Ok(Exit::Done)
}

fn print(finding: &Finding, exhibit: &Exhibit) -> Result<()> {
    let mut out = std::io::stdout();
    let mark = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    writeln!(out, "{}: {}", finding.property, inert(&finding.value, 256))?;
    writeln!(out, "{}", inert(&exhibit.request, 300))?;
    for (depth, layer) in exhibit.layers.iter().enumerate() {
        print_layer(&mut out, depth, layer, mark)?;
    }
    writeln!(out, "\npath  {}", inert(&finding.place.path, 1_000))?;
    writeln!(
        out,
        "bytes {} to {} of the last layer",
        finding.place.span.start, finding.place.span.end
    )?;
    if !finding.derivation.is_empty() {
        writeln!(
            out,
            "changed before it was sent: {}",
            inert(&finding.derivation.join(", then "), 400)
        )?;
    }
    if let Some(documented) = &finding.documented {
        writeln!(out, "documented: {}", inert(documented, 1_000))?;
    }
    Ok(())
}

fn print_layer(out: &mut impl Write, depth: usize, layer: &ExhibitLayer, mark: bool) -> Result<()> {
    let window = BASE64.decode(layer.window.as_bytes()).unwrap_or_default();
    let at = |offset: u64| {
        usize::try_from(offset.saturating_sub(layer.window_start))
            .unwrap_or(usize::MAX)
            .min(window.len())
    };
    let (start, end) = (at(layer.span.start), at(layer.span.end).max(at(layer.span.start)));
    let is_text =
        std::str::from_utf8(&window).map_or_else(|e| e.valid_up_to() + 4 > window.len(), |_| true);
    let text = |bytes: &[u8]| match is_text {
        true => inert(&String::from_utf8_lossy(bytes), 512),
        false => data_encoding::HEXLOWER.encode(&bytes[..bytes.len().min(48)]),
    };
    let pad = "  ".repeat(depth);
    writeln!(
        out,
        "\n{pad}{}  {} bytes, sha256 {}",
        inert(&layer.step, 200),
        layer.length,
        layer.sha256
    )?;
    if let Some(key) = &layer.key {
        writeln!(out, "{pad}  opened with the key {}", inert(key, 256))?;
    }
    let (open, close) = if mark { ("\u{1b}[7m", "\u{1b}[0m") } else { ("⟦", "⟧") };
    writeln!(
        out,
        "{pad}  {}{open}{}{close}{}",
        text(&window[..start]),
        text(&window[start..end]),
        text(&window[end..])
    )?;
    Ok(())
}
