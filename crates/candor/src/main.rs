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

/// Peeling and detection make many small pieces on all cores at once, which the system's allocator
/// spends a third of an audit on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            if !nobody_listens(&error) {
                eprintln!("candor: {}", candor_report::inert(&told(&error), 4_000));
            }
            Exit::of_error(&error).into()
        }
    }
}

/// Whether whoever read our output has left, as `head` does; that is no news to anybody.
fn nobody_listens(error: &anyhow::Error) -> bool {
    let broken = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(broken))
}

/// An error and its causes, each said once: some name their own cause already.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.ends_with(&cause) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&cause);
        }
    }
    text
}
