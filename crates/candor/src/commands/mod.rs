//! The commands, one module each.

mod audit;
mod diff;
mod import;
mod peel;
mod reach;
mod record;
mod report;
mod rules;
mod run;
mod show;
mod try_it;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::exit::Exit;

/// Records what software sends home, finds your pages, searches and numbers in it, and checks its
/// maker's words against it.
#[derive(Debug, Parser)]
#[command(
    name = "candor",
    version,
    propagate_version = true,
    after_help = "Examples:
  candor try                                 see a dispute settled, offline, in seconds
  candor import page.har --case cases/mine --seeds seeds.toml
  candor audit cases/mine                    what left, to whom, and what the claims are worth
  candor run plans/private-browsing.toml --browser firefox
  candor record --case cases/phone --mode sinkhole@8080

Exit codes: 0 nothing contradicted, 1 a claim is contradicted, 2 usage or input,
3 something is inconclusive, 5 candor itself failed."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole chain on a built-in subject, offline, in seconds
    Try(try_it::Args),
    /// Drive a real browser through a plan, record, audit, report
    Run(run::Args),
    /// Record what goes through a proxy on this machine into a case
    Record(record::Args),
    /// Take recordings that other programs made (HAR, WARC) into a case
    Import(import::Args),
    /// Find what is personal in a case and judge its claims
    Audit(audit::Args),
    /// Render a case for people or for machines
    Report(report::Args),
    /// What changed between two cases, claim by claim
    Diff(diff::Args),
    /// Open the layers of one finding
    Show(show::Args),
    /// Peel one blob and print the tree
    Peel(peel::Args),
    /// The rules that name documented fields
    Rules(rules::Args),
}

/// Runs one command.
pub fn run(cli: Cli) -> Result<Exit> {
    match cli.command {
        Command::Try(args) => try_it::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Record(args) => record::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Peel(args) => peel::run(&args),
        Command::Rules(args) => rules::run(&args),
    }
}
