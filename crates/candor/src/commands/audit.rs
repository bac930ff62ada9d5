//! `candor audit`: peel, detect, link, judge; writes `analysis/`, prints the verdict table.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::Result;
use candor_case::Verdicts;
use candor_evidence::CaseDir;
use candor_report::{Paint, View};
use serde::Serialize;

use crate::exit::Exit;
use crate::{audit, cases, keyfile};

/// Options of `candor audit`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  candor audit cases/mine
  candor audit cases/mine --keys keys.toml
  candor audit cases/mine --claims claims.toml --json | jq '.claims[] | {id, verdict}'")]
pub struct Args {
    /// The case folder
    case: PathBuf,
    /// Claims and questions to judge instead of the case's own claims.toml
    #[arg(long, value_name = "FILE")]
    claims: Option<PathBuf>,
    /// A key file beside the case's own keys.toml: ours, or an aes_info.json of PiRogue; may be
    /// repeated
    #[arg(long, value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// Print the verdicts as JSON (schema `candor.audit/1`) instead of the table
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    case: String,
    exit_code: u8,
    findings: usize,
    identifiers: usize,
    coverage: &'a candor_case::Coverage,
    #[serde(flatten)]
    verdicts: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    simulated: bool,
    sinkhole: bool,
    post_hoc: bool,
    claims: &'a [candor_case::VerdictResult],
    questions: &'a [candor_case::QuestionResult],
}

/// Audits a case.
pub fn run(args: &Args) -> Result<Exit> {
    let dir = CaseDir::open(&args.case)?;
    let mut asked = cases::claims(&dir, args.claims.as_deref())?;
    for file in &args.keys {
        asked.keys.0.extend(keyfile::read(file)?.0);
    }
    let audit = audit::audit(&dir, &asked)?;
    let exit = Exit::of_verdicts(&audit.verdicts);
    if args.json {
        let document = Document {
            schema: "candor.audit/1",
            case: cases::name(&dir),
            exit_code: exit as u8,
            findings: audit.findings.len(),
            identifiers: audit.identifiers.len(),
            coverage: &audit.coverage,
            verdicts: inner(&audit.verdicts),
        };
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&document)?)?;
    } else {
        print_table(&cases::view(&dir)?)?;
    }
    Ok(exit)
}

fn inner(verdicts: &Verdicts) -> Inner<'_> {
    Inner {
        simulated: verdicts.simulated,
        sinkhole: verdicts.sinkhole,
        post_hoc: verdicts.post_hoc,
        claims: &verdicts.claims,
        questions: &verdicts.questions,
    }
}

/// Prints the verdict table, coloured where somebody looks at it.
pub(crate) fn print_table(view: &View) -> Result<()> {
    let out = std::io::stdout();
    let colour = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let paint = if colour { Paint::Colour } else { Paint::Plain };
    out.lock().write_all(candor_report::table(view, paint).as_bytes())?;
    Ok(())
}
