//! Findings as comma-separated values (RFC 4180), safe to open in a spreadsheet.

use candor_case::Finding;

use crate::view::{Index, is_shown};
use crate::words;
use crate::{View, clock, inert};

const COLUMNS: [&str; 26] = [
    "finding",
    "kind",
    "property",
    "meaning",
    "value",
    "seed",
    "derivation",
    "planted_run",
    "planted_arm",
    "planted_phase",
    "seen_run",
    "seen_arm",
    "seen_phase",
    "timing",
    "host",
    "site",
    "party",
    "organisation",
    "sender",
    "path",
    "span_start",
    "span_end",
    "exchange",
    "sent_at",
    "chance",
    "documented",
];

/// Characters of a cell; spreadsheets take 32,767.
const MOST: usize = 8_000;

/// The findings, one row each; candor's own control is left out.
///
/// Every cell is quoted. A cell that a spreadsheet would take for a formula begins with an
/// apostrophe, so that it is text.
pub fn csv(view: &View) -> String {
    let index = Index::new(view);
    let mut out = String::new();
    push_row(&mut out, COLUMNS.iter().map(|name| (*name).to_owned()));
    for finding in view.findings.iter().filter(|finding| is_shown(finding)) {
        push_row(&mut out, cells(&index, finding).into_iter());
    }
    out
}

fn push_row(out: &mut String, cells: impl Iterator<Item = String>) {
    for (n, cell) in cells.enumerate() {
        if n > 0 {
            out.push(',');
        }
        out.push('"');
        out.push_str(&neutral(&cell).replace('"', "\"\""));
        out.push('"');
    }
    out.push_str("\r\n");
}

/// A stranger's text that no spreadsheet takes for a formula (OWASP, "CSV Injection").
fn neutral(text: &str) -> String {
    let text = inert(text, MOST);
    let first = text.trim_start().chars().next();
    // Full-width forms of the same signs count as such in some locales.
    let formula = |c: char| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '|' | '%' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'
        )
    };
    if first.is_some_and(formula) { format!("'{text}") } else { text }
}

/// The written name of an enum's value.
pub(crate) fn name(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

fn cells(index: &Index<'_>, finding: &Finding) -> [String; 26] {
    let planted = finding.planted.as_ref();
    let seen = &finding.seen;
    let recipient = &finding.recipient;
    [
        finding.id.clone(),
        name(&finding.kind),
        finding.property.to_string(),
        finding.property.meaning().to_owned(),
        finding.value.clone(),
        finding.seed.clone().unwrap_or_default(),
        finding.derivation.join(" > "),
        planted.map_or_else(String::new, |p| p.run.0.clone()),
        planted.map_or_else(String::new, |p| p.arm.to_string()),
        planted.map_or_else(String::new, |p| p.phase.clone()),
        seen.run.0.clone(),
        seen.arm.to_string(),
        seen.phase.clone(),
        name(&finding.timing),
        recipient.host.clone(),
        recipient.site.clone(),
        words::party(recipient.party).to_owned(),
        recipient.organisation.clone().unwrap_or_default(),
        name(&finding.sender),
        finding.place.path.clone(),
        finding.place.span.start.to_string(),
        finding.place.span.end.to_string(),
        finding.exchange.0.clone(),
        index.sent_at(&finding.exchange).map_or_else(String::new, clock::iso),
        format!("{:e}", finding.chance),
        finding.documented.clone().unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::neutral;

    #[test]
    fn no_cell_is_a_formula() {
        let table = [
            ("=1+1", "'=1+1"),
            ("  @SUM(A1)", "'  @SUM(A1)"),
            ("+49 30", "'+49 30"),
            ("\t=x", "\\u{9}=x"),
            ("\u{ff1d}cmd", "'\u{ff1d}cmd"),
            ("a=b", "a=b"),
        ];
        for (text, shown) in table {
            assert_eq!(neutral(text), shown);
        }
    }
}
