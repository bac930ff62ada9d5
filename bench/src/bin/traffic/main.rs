//! `traffic`: makes a case of SDK traffic with its clear text beside it, and measures what reads it.

mod make;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use candor_bench::measure::{Measured, measure};
use candor_bench::table::{Table, ratio};
use clap::Parser;

/// Makes a case of SDK traffic, and measures what reads it.
#[derive(Debug, Parser)]
enum Command {
    /// Makes a case; prints what is in it as JSON
    Make(make::Args),
    /// Writes that many seeds as a run's `seeds.toml`
    Seeds {
        /// How many
        count: usize,
        /// The file
        out: PathBuf,
    },
    /// Runs a command and adds its figures to a file
    Measure {
        /// What the figures are called
        #[arg(long)]
        name: String,
        /// Bytes that it goes through, in the clear
        #[arg(long)]
        bytes: u64,
        /// The file, JSON by lines
        #[arg(long)]
        into: PathBuf,
        /// The command
        #[arg(last = true)]
        command: Vec<String>,
    },
    /// Prints the figures of a file as ratios
    Table {
        /// The file
        file: PathBuf,
        /// What the others are held against
        #[arg(long)]
        base: String,
    },
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Make(args) => make::make(&args),
        Command::Seeds { count, out } => make::write_seeds(count, &out),
        Command::Measure { name, bytes, into, command } => {
            add(&measure(&name, bytes, &command)?, &into)
        }
        Command::Table { file, base } => table(&file, &base),
    }
}

fn add(measured: &Measured, file: &Path) -> Result<()> {
    let mut out = OpenOptions::new().append(true).create(true).open(file)?;
    let line = serde_json::to_string(measured)?;
    eprintln!("{line}");
    writeln!(out, "{line}")?;
    Ok(())
}

fn table(file: &Path, base: &str) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let [mut speed, mut rest] = [const { Table::new() }; 2];
    for line in text.lines() {
        let measured: Measured = serde_json::from_str(line)?;
        let name = measured.name.as_str();
        speed.add(name, "speed", measured.speed());
        let cpu = measured.used.cpu_seconds / measured.bytes as f64;
        rest.add(name, "processor time per byte", cpu);
        rest.add(name, "peak memory", measured.used.peak_kib as f64 / 1024.0);
    }
    let one = |table: &Table, column: &str| {
        table.median(base, column).with_context(|| format!("no figures of `{base}`"))
    };
    let (speed_one, cpu_one) = (one(&speed, "speed")?, one(&rest, "processor time per byte")?);
    let mut names: Vec<String> = Vec::new();
    for line in text.lines() {
        let measured: Measured = serde_json::from_str(line)?;
        if !names.contains(&measured.name) {
            names.push(measured.name);
        }
    }
    println!(
        "| against {base} | speed per byte in the clear | processor time per byte | peak memory |"
    );
    println!("|---|---:|---:|---:|");
    for name in &names {
        let figure = |table: &Table, column| table.median(name, column).unwrap_or(f64::NAN);
        println!(
            "| {name} | {} | {} | {:.0} MiB |",
            ratio(figure(&speed, "speed") / speed_one),
            ratio(figure(&rest, "processor time per byte") / cpu_one),
            figure(&rest, "peak memory"),
        );
    }
    Ok(())
}
