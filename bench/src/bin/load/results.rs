//! The figures of a whole run as tables of ratios.

use std::path::Path;

use anyhow::{Context, Result};
use candor_bench::table::{Table, ratio};

use crate::client::Figures;

/// What the others are held against.
const BASE: &str = "no proxy";
/// Whose figures are held against each of the others' too.
const OURS: &str = "candor";

/// Prints the tables of a file of figures.
pub(crate) fn print(file: &Path) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let all: Result<Vec<Figures>, _> = text.lines().map(serde_json::from_str).collect();
    let all = all.context("figures")?;
    let [mut speed, mut cpu, mut memory, mut kept] = [const { Table::new() }; 4];
    for figures in &all {
        let row = title(&figures.scenario);
        let rate = figures.per_second.max(figures.mb_per_second);
        speed.add(row, &figures.route, rate);
        let Some(used) = figures.proxy else { continue };
        memory.add(row, &figures.route, used.peak_kib as f64 / 1024.0);
        if let (Some(bytes), 1..) = (figures.kept_bytes, figures.body_bytes) {
            kept.add(row, &figures.route, bytes as f64 / figures.body_bytes as f64);
        }
        if figures.requests > 0 {
            cpu.add(row, &figures.route, used.cpu_seconds / figures.requests as f64);
        }
    }
    let ratios = |_: &str, figure: f64| ratio(figure);
    println!("{}", speed.against(BASE).markdown("speed, no proxy = 1", ratios));
    println!("{}", speed.against(OURS).markdown("speed, candor = 1", ratios));
    println!(
        "{}",
        cpu.against(OURS).markdown("processor time of the proxy per request, candor = 1", ratios)
    );
    println!("{}", memory.markdown("peak memory of the proxy", |_, mib| format!("{mib:.0} MiB")));
    println!(
        "{}",
        kept.markdown("kept on disk per byte of body", |_, share| format!("{share:.2}"))
    );
    errors(&all);
    Ok(())
}

/// What failed, so that no speed hides it.
fn errors(all: &[Figures]) {
    let failed: Vec<&Figures> = all.iter().filter(|figures| figures.errors > 0).collect();
    let requests: u64 = all.iter().map(|figures| figures.requests).sum();
    println!("{requests} requests were answered, {} scenarios had errors", failed.len());
    for figures in failed {
        let Figures { route, scenario, errors, requests, .. } = figures;
        println!("- {route}, {}: {errors} errors beside {requests} answers", title(scenario));
    }
    for figures in all {
        let Figures { route, scenario, requests, kept_requests: Some(kept), .. } = figures else {
            continue;
        };
        if kept < requests {
            println!("- {route}, {}: kept only {kept} of {requests} requests", title(scenario));
        }
    }
}

fn title(scenario: &str) -> &str {
    match scenario {
        "h1" => "HTTP/1.1, 1 KB, 32 connections",
        "h2" => "HTTP/2, 1 KB, 4 connections of 16 streams",
        "tls" => "a new TLS connection for each 1 KB",
        "upload" => "one large upload",
        "download" => "one large download",
        other => other,
    }
}
