//! `candor diff`: what changed between two versions of a subject.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use candor_evidence::CaseDir;
use candor_report::Paint;

use crate::cases;
use crate::exit::Exit;

/// Options of `candor diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  candor try --case cases/before
  candor try browser-2020-updated --case cases/after
  candor diff cases/before cases/after
  candor diff cases/before cases/after --html changes.html")]
pub struct Args {
    /// The case of the earlier version
    before: PathBuf,
    /// The case of the later version
    after: PathBuf,
    /// Print the changes as JSON
    #[arg(long)]
    json: bool,
    /// Write the changes as one self-contained page
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    html: Option<PathBuf>,
}

/// Compares two cases as they were last audited.
pub fn run(args: &Args) -> Result<Exit> {
    let before = cases::view(&CaseDir::open(&args.before)?)?;
    let after = cases::view(&CaseDir::open(&args.after)?)?;
    let diff = candor_report::diff(&before, &after);
    let mut out = std::io::stdout();
    if let Some(path) = &args.html {
        std::fs::write(path, diff.html())
            .with_context(|| format!("{}: cannot be written", path.display()))?;
        writeln!(out, "{}", path.display())?;
    } else if args.json {
        writeln!(out, "{}", diff.json()?)?;
    } else {
        let colour = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let paint = if colour { Paint::Colour } else { Paint::Plain };
        write!(out, "{}", diff.text(paint))?;
    }
    Ok(Exit::Done)
}
