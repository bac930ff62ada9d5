//! Renders a case in one of the forms: `render FORM [FILE]`, where FORM is `html`, `json`, `sarif`,
//! `junit`, `csv`, `md` or `table`, and FILE is what `candor report --format json` wrote; without
//! FILE a case that was made by hand, with a number in its place a large one. `render diff A B`
//! and `render diff-html A B` compare two files.

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::{Error, Result, Write};

use candor_report::{Paint, View};

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let view = |n: usize| read(words.get(n).map(String::as_str));
    let text = match words.first().map_or("html", String::as_str) {
        "html" => candor_report::html(&view(1)?),
        "json" => candor_report::json(&view(1)?)?,
        "sarif" => candor_report::sarif(&view(1)?)?,
        "junit" => candor_report::junit(&view(1)?),
        "csv" => candor_report::csv(&view(1)?),
        "md" => candor_report::markdown(&view(1)?),
        "table" => candor_report::table(&view(1)?, Paint::Plain),
        "diff" => candor_report::diff(&view(1)?, &view(2)?).text(Paint::Plain),
        "diff-html" => candor_report::diff(&view(1)?, &view(2)?).html(),
        other => return Err(Error::other(format!("no form `{other}`"))),
    };
    std::io::stdout().write_all(text.as_bytes())
}

fn read(what: Option<&str>) -> Result<View> {
    let Some(what) = what else { return Ok(common::case()) };
    match what.parse() {
        Ok(requests) => Ok(common::large(requests)),
        Err(_) => Ok(serde_json::from_slice(&std::fs::read(what)?)?),
    }
}
