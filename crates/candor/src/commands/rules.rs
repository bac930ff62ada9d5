//! `candor rules check`: runs every rule's examples and counter-examples.

use std::io::Write;

use anyhow::Result;
use candor_detect::Services;
use clap::Subcommand;

use crate::exit::Exit;

/// Options of `candor rules`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run every rule's examples and counter-examples; a rule without them fails
    Check,
}

/// Checks the rules.
pub fn run(args: &Args) -> Result<Exit> {
    let Command::Check = args.command;
    let services = Services::built_in();
    let problems = services.check();
    let mut out = std::io::stdout();
    for problem in &problems {
        writeln!(out, "{problem}")?;
    }
    writeln!(out, "{}", services.counts())?;
    writeln!(out, "{} problems", problems.len())?;
    Ok(if problems.is_empty() { Exit::Done } else { Exit::Failed })
}
