//! `load`: a server and a client of our own on the loopback interface, to measure what a proxy
//! between the two costs.

mod client;
mod origin;
mod pace;
mod repeat;
mod results;
mod route;
mod transfer;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

/// Server, client and table for measuring recording proxies.
#[derive(Debug, Parser)]
enum Command {
    /// Serves until it is told to stop; prints its address
    Origin {
        /// Where to put `origin.pem`, the authority to trust
        #[arg(long)]
        out: PathBuf,
    },
    /// Runs one scenario and prints its figures as one line of JSON
    Run(client::Args),
    /// Prints the figures of a file, JSON by lines, as ratios
    Table {
        /// The file
        file: PathBuf,
    },
}

fn main() -> Result<()> {
    let command = Command::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    match command {
        Command::Origin { out } => runtime.block_on(origin::serve(&out)),
        Command::Run(args) => {
            println!("{}", serde_json::to_string(&runtime.block_on(client::run(&args))?)?);
            Ok(())
        }
        Command::Table { file } => results::print(&file),
    }
}
