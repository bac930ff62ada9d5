//! The command line: parses, calls one function per command, and turns its outcome into an exit
//! code.

#![allow(unreachable_pub, reason = "nothing in a binary can be reached from outside")]

mod audit;
mod bridge;
mod cases;
mod commands;
mod exit;
mod gate;
mod keyfile;
mod knowledge;
mod progress;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Cli;
use crate::exit::Exit;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("candor: {}", candor_report::inert(&format!("{error:#}"), 4_000));
            Exit::of_error(&error).into()
        }
    }
}
