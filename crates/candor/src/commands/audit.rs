//! `candor audit`: peel, detect, link, judge; writes `analysis/`, prints the verdict table.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::Result;
use candor_case::Verdicts;
use candor_evidence::CaseDir;
use candor_report::{Paint, View};
use serde::Serialize;

use crate::audit::Audit;
use crate::cases::Asked;
use crate::commands::run::outcome;
use crate::exit::Exit;
use crate::gate::{Baseline, Gate};
use crate::{audit, cases, gate, keyfile, progress};

/// Options of `candor audit`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  candor audit cases/mine
  candor audit cases/mine --keys keys.toml
  candor audit cases/mine --claims claims.toml --json | jq '.claims[] | {id, verdict}'
  candor audit cases/mine --write-baseline baseline.json    know what is contradicted today
  candor audit cases/mine --baseline baseline.json --waivers waivers.toml    fail on what is new

A waiver names a claim, if need be an arm, a reason and its last day:
  [[waiver]]
  claim   = \"private-mode-silent\"
  arm     = \"mode=private\"
  reason  = \"fixed in 4.2, which ships in March\"
  expires = \"2027-03-31\"")]
pub struct Args {
    /// The case folder
    case: PathBuf,
    /// Claims and questions to judge instead of the case's own claims.toml
    #[arg(long, value_name = "FILE")]
    claims: Option<PathBuf>,
    #[command(flatten)]
    gate: gate::Files,
    /// Write down what is contradicted now; it counts as known from this audit on
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<PathBuf>,
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
    gate: GateDocument<'a>,
    #[serde(flatten)]
    verdicts: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    simulated: bool,
    sinkhole: bool,
    post_hoc: bool,
    claims: Vec<AtTheGate<'a>>,
    questions: &'a [candor_case::QuestionResult],
}

/// A verdict with what the gate says of it.
#[derive(Serialize)]
struct AtTheGate<'a> {
    #[serde(flatten)]
    verdict: &'a candor_case::VerdictResult,
    /// Left out where the claim is neither contradicted nor undecided.
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<gate::Outcome>,
}

/// What the gate says beside the claims.
#[derive(Serialize)]
struct GateDocument<'a> {
    new: Vec<&'a gate::Shown>,
    waivers: Vec<WaiverDocument<'a>>,
    gone: &'a [gate::Shown],
}

#[derive(Serialize)]
struct WaiverDocument<'a> {
    #[serde(flatten)]
    waiver: &'a gate::Waiver,
    state: gate::Use,
}

/// Audits a case.
pub fn run(args: &Args) -> Result<Exit> {
    let dir = CaseDir::open(&args.case)?;
    let mut asked = cases::claims(&dir, args.claims.as_deref())?;
    for file in &args.keys {
        asked.keys.0.extend(keyfile::read(file)?.0);
    }
    // Read before the work, so that a mistake in them costs no time.
    let held = args.gate.read()?;
    let audit = audit::audit(&dir, &asked)?;
    let gate = gate(args, &asked, &audit, held)?;
    let exit = gate.exit();
    if args.json {
        let document = Document {
            schema: "candor.audit/1",
            case: cases::name(&dir),
            exit_code: exit as u8,
            findings: audit.findings.len(),
            identifiers: audit.identifiers.len(),
            coverage: &audit.coverage,
            gate: gate_document(&gate),
            verdicts: inner(&audit.verdicts, &gate),
        };
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&document)?)?;
    } else {
        print_table(&cases::outline(&dir)?)?;
        print!("{}", outcome::of_case(&dir, &audit).unwrap_or_default());
        if args.gate.any() || args.write_baseline.is_some() {
            write!(std::io::stdout(), "{}", gate::text(&gate))?;
        }
        progress::say(&format!("next: candor report {}", cases::name(&dir)));
    }
    Ok(exit)
}

/// Holds an audit against what is known, and writes down what is known from now on.
fn gate(args: &Args, asked: &Asked, audit: &Audit, mut held: gate::Held) -> Result<Gate> {
    let (verdicts, claims) = (&audit.verdicts, &asked.claims);
    if let Some(path) = &args.write_baseline {
        let shown = gate::shown(verdicts, claims, &audit.findings, &audit.identifiers);
        let known = Baseline::of(shown);
        known.write(path)?;
        held.baseline = Some(known);
    }
    Ok(held.gate(verdicts, claims, &audit.findings, &audit.identifiers))
}

fn gate_document(gate: &Gate) -> GateDocument<'_> {
    let waivers = gate.waivers.iter();
    GateDocument {
        new: gate.claims.iter().flat_map(gate::Judged::failing).collect(),
        waivers: waivers.map(|(waiver, state)| WaiverDocument { waiver, state: *state }).collect(),
        gone: &gate.gone,
    }
}

fn inner<'a>(verdicts: &'a Verdicts, gate: &Gate) -> Inner<'a> {
    let at_the_gate =
        |verdict: &'a candor_case::VerdictResult| AtTheGate { verdict, gate: gate.of(&verdict.id) };
    Inner {
        simulated: verdicts.simulated,
        sinkhole: verdicts.sinkhole,
        post_hoc: verdicts.post_hoc,
        claims: verdicts.claims.iter().map(at_the_gate).collect(),
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
