//! `candor report`: renders a case as it was last audited.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use candor_evidence::CaseDir;
use candor_report::View;
use clap::ValueEnum;

use crate::cases;
use crate::exit::Exit;

/// Options of `candor report`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  candor report cases/mine                       writes report/index.html, prints its path
  candor report cases/mine --format json -o mine.json")]
pub struct Args {
    /// The case folder
    case: PathBuf,
    /// What to render
    #[arg(long, value_enum, default_value = "html")]
    format: Format,
    /// Write to this file instead
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One self-contained page, written into the case
    Html,
    /// Everything, for machines
    Json,
}

/// Renders a case.
pub fn run(args: &Args) -> Result<Exit> {
    let dir = CaseDir::open(&args.case)?;
    let view = cases::view(&dir)?;
    match (args.format, &args.output) {
        (Format::Html, None) => {
            let page = write_page(&dir, &view)?;
            writeln!(std::io::stdout(), "{}", page.display())?;
        }
        (Format::Html, Some(path)) => write_file(path, &candor_report::html(&view))?,
        (Format::Json, None) => writeln!(std::io::stdout(), "{}", candor_report::json(&view)?)?,
        (Format::Json, Some(path)) => write_file(path, &candor_report::json(&view)?)?,
    }
    Ok(Exit::Done)
}

fn write_file(path: &PathBuf, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))
}

/// Writes the page into the case and says where it is.
pub(crate) fn write_page(dir: &CaseDir, view: &View) -> Result<PathBuf> {
    let page = candor_report::html(view);
    dir.replace_report(|to| std::fs::write(to.join("index.html"), &page))?;
    Ok(dir.root().join("report").join("index.html"))
}
