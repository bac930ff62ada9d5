//! `candor report`: renders a case as it was last audited.

mod film;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use candor_evidence::CaseDir;
use candor_report::{Beside, View};
use clap::ValueEnum;

use crate::exit::Exit;
use crate::{cases, gate};

/// Options of `candor report`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  candor report cases/mine                       writes report/index.html, prints its path
  candor report cases/after --since cases/before  with a part on what changed
  candor report cases/mine --format json -o mine.json
  candor report cases/mine --format junit --waivers waivers.toml --baseline baseline.json")]
pub struct Args {
    /// The case folder
    case: PathBuf,
    /// What to render
    #[arg(long, value_enum, default_value = "html")]
    format: Format,
    /// Write to this file instead
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// An earlier version's case: the page says what changed since
    #[arg(long, value_name = "CASE")]
    since: Option<PathBuf>,
    #[command(flatten)]
    gate: gate::Files,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One self-contained page, written into the case
    Html,
    /// Everything, for machines
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// JUnit XML: one test per claim and arm
    Junit,
    /// One line per finding
    Csv,
    /// A summary in Markdown
    Md,
}

/// Renders a case.
pub fn run(args: &Args) -> Result<Exit> {
    let dir = CaseDir::open(&args.case)?;
    let view = cases::view(&dir)?;
    let before = args.since.as_ref().map(|case| cases::view(&CaseDir::open(case)?)).transpose()?;
    if before.is_some() && args.format != Format::Html {
        bail!("--since goes with the page: `candor diff` prints changes as text or JSON");
    }
    let gated = matches!(args.format, Format::Sarif | Format::Junit | Format::Md);
    if args.gate.any() && !gated {
        bail!(
            "--waivers and --baseline go with --format sarif, junit or md: the others tell the verdicts, which no gate changes"
        );
    }
    let gate = args.gate.read()?.told(&view);
    let text = match args.format {
        Format::Html if args.output.is_none() => {
            let page = write_page(&dir, &view, before.as_ref())?;
            writeln!(std::io::stdout(), "{}", page.display())?;
            return Ok(Exit::Done);
        }
        Format::Html => page(&dir, &view, before.as_ref()),
        Format::Json => candor_report::json(&view)?,
        Format::Sarif => candor_report::sarif_with(&view, &gate)?,
        Format::Junit => candor_report::junit_with(&view, &gate),
        Format::Csv => candor_report::csv(&view),
        Format::Md => candor_report::markdown_with(&view, &gate),
    };
    match &args.output {
        Some(path) => write_file(path, &text)?,
        None => {
            let end = if text.ends_with('\n') { "" } else { "\n" };
            write!(std::io::stdout(), "{text}{end}")?;
        }
    }
    Ok(Exit::Done)
}

fn page(dir: &CaseDir, view: &View, before: Option<&View>) -> String {
    candor_report::html_with(view, &Beside { before, films: film::films(dir) })
}

fn write_file(path: &PathBuf, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))
}

/// Writes the page into the case and says where it is.
pub(crate) fn write_page(dir: &CaseDir, view: &View, before: Option<&View>) -> Result<PathBuf> {
    let page = page(dir, view, before);
    dir.replace_report(|to| std::fs::write(to.join("index.html"), &page))?;
    Ok(dir.root().join("report").join("index.html"))
}
