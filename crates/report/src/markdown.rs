//! A summary in Markdown (CommonMark with tables), as continuous integration shows it.

use std::fmt::Write;

use candor_case::{Answer, Verdict, VerdictResult};

use crate::gate::{Waived, Way, why_passed};
use crate::page::left;
use crate::view::Index;
use crate::words::{self, count, grouped, percent, size};
use crate::{Gate, View, inert};

/// Rows of a table at most.
const MOST: usize = 200;

/// The summary: verdicts, what left, what could not be seen.
///
/// Strangers' words stand in code spans or with every sign escaped, so that no link, picture,
/// mention, markup or template comes to life.
pub fn markdown(view: &View) -> String {
    markdown_with(view, &Gate::default())
}

/// The same behind a gate: what it lets pass stands beside the verdict.
pub fn markdown_with(view: &View, gate: &Gate) -> String {
    let index = Index::new(view);
    let mut out = String::new();
    head(&mut out, view);
    claims(&mut out, &index, gate);
    questions(&mut out, view);
    sent(&mut out, view);
    unseen(&mut out, view);
    out
}

fn head(out: &mut String, view: &View) {
    let simulated = if view.verdicts.simulated { "SIMULATED: " } else { "" };
    let _ = writeln!(out, "# {simulated}{}\n", plain(&view.title(), 200));
    if !view.case.question.is_empty() {
        let _ = writeln!(out, "{}\n", plain(&view.case.question, 400));
    }
    if view.verdicts.simulated {
        out.push_str("Everything here comes from a built-in subject with invented people and reserved host names. It accuses nobody.\n\n");
    }
    if view.verdicts.sinkhole {
        out.push_str(
            "candor stood in for the network: this is what the subject *tried* to send.\n\n",
        );
    }
    if view.verdicts.post_hoc {
        out.push_str("Judged post hoc: statements and rules were written down only after the recording, or differ from those fixed before it.\n\n");
    }
    let of = |wanted| view.verdicts.claims.iter().filter(|c| c.verdict == wanted).count();
    let _ = writeln!(
        out,
        "**{} contradicted**, {} inconclusive, {} not contradicted, {} not testable from outside. {}, {}, {} of {} read.\n",
        of(Verdict::Contradicted),
        of(Verdict::Inconclusive),
        of(Verdict::NotContradicted),
        of(Verdict::NotTestable),
        count(view.runs.len(), "run"),
        format_args!("{} requests", grouped(view.coverage.requests)),
        percent(view.coverage.explained()),
        size(view.coverage.bytes_sent)
    );
}

fn claims(out: &mut String, index: &Index<'_>, gate: &Gate) {
    let all = &index.view.verdicts.claims;
    if all.is_empty() {
        return;
    }
    out.push_str("## What its maker said\n\n| Verdict | Its own words | Because | Strongest evidence |\n|---|---|---|---|\n");
    for result in all.iter().take(MOST) {
        let (_, word) = words::verdict(result);
        let word = if result.verdict == Verdict::Contradicted {
            format!("**{word}**")
        } else {
            word.into()
        };
        let shown = result.findings.first().and_then(|id| index.finding(id)).map(|(_, f)| f);
        let evidence = shown.map_or_else(String::new, |finding| {
            format!("{} to {}", code(&finding.value, 120), code(&finding.recipient.host, 80))
        });
        let _ = writeln!(
            out,
            "| {word}{} | “{}” ({}) | {} | {evidence} |",
            held(gate, result),
            plain(&result.says, 300),
            plain(&result.source.date, 20),
            because(&result.because, result.bound.as_deref())
        );
    }
    out.push('\n');
}

/// What a gate says of a claim, behind its verdict.
fn held(gate: &Gate, result: &VerdictResult) -> String {
    let Some(held) = gate.claims.get(&result.id) else { return String::new() };
    let passing = held.ways.iter().filter(|way| !way.fails());
    let passed = why_passed(passing).into_iter().chain(held.waived.iter().map(Waived::line));
    let lapsed = gate.lapsed(&result.id);
    let fails = held.ways.iter().any(Way::fails);
    // Where something fails, what passes is only a part of it.
    let part = if fails { "in part " } else { "" };
    let lines: Vec<String> = passed.map(|line| format!("{part}{line}")).chain(lapsed).collect();
    if lines.is_empty() { String::new() } else { format!(" ({})", plain(&lines.join("; "), 400)) }
}

fn because(lines: &[String], bound: Option<&str>) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(String::as_str)
        .take(4)
        .chain(bound)
        .map(|line| plain(line, 240))
        .collect();
    lines.join("; ")
}

fn questions(out: &mut String, view: &View) {
    if view.verdicts.questions.is_empty() {
        return;
    }
    out.push_str("## What candor asked\n\n| Answer | Question |\n|---|---|\n");
    for result in view.verdicts.questions.iter().take(MOST) {
        let (_, word) = words::answer(result.answer);
        let word =
            if result.answer == Answer::Observed { format!("**{word}**") } else { word.into() };
        let _ = writeln!(out, "| {word} | {} |", plain(&result.asks, 300));
    }
    out.push('\n');
}

fn sent(out: &mut String, view: &View) {
    let all = left(view);
    if all.is_empty() {
        return;
    }
    out.push_str("## What left the device\n\n| What | Requests | Runs | Private windows | To |\n|---|--:|--:|---|---|\n");
    for left in all.iter().take(MOST) {
        let hosts: Vec<String> = left
            .hosts
            .iter()
            .take(4)
            .map(|(host, party, _)| format!("{} ({})", code(host, 80), words::party(*party)))
            .collect();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            words::plural(left.property),
            left.requests,
            left.runs,
            if left.private { "yes" } else { "no" },
            hosts.join(", ")
        );
    }
    out.push('\n');
}

fn unseen(out: &mut String, view: &View) {
    out.push_str("## What we could not see\n\n");
    if view.coverage.gaps.is_empty() {
        out.push_str("Nothing was left unread, and nothing is known to have gone another way.\n");
        return;
    }
    out.push_str("| Why | To | Times | Size |\n|---|---|--:|--:|\n");
    for gap in view.coverage.gaps.iter().take(MOST) {
        let host = if gap.host.is_empty() { "not known".into() } else { code(&gap.host, 80) };
        let bytes = if gap.bytes == 0 { "not known".into() } else { size(gap.bytes) };
        let word = words::gap_word(gap.reason);
        let _ = writeln!(out, "| {word} | {host} | {} | {bytes} |", grouped(gap.count));
    }
    if view.coverage.gaps.len() > MOST {
        let _ = writeln!(out, "\nAnd {} more.", view.coverage.gaps.len() - MOST);
    }
}

/// Text with every sign escaped that Markdown, HTML or a template engine could take for its own.
fn plain(text: &str, most: usize) -> String {
    let text = inert(text, most);
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for (at, c) in text.char_indices() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Mentions are read from the text that comes out, so the sign itself has to go.
            '@' => out.push_str(r"\\u\{40\}"),
            c if is_sign(c) || begins_link(&text, at, c) || begins_block(at, c) => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// Signs that mean something wherever they stand (CommonMark 0.31, tables, strikethrough, sums,
/// template engines).
fn is_sign(c: char) -> bool {
    matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '|' | '~' | '$' | '#' | '^')
}

/// The signs at which bare addresses are known for links: `://` and `www.`.
fn begins_link(text: &str, at: usize, c: char) -> bool {
    match c {
        ':' => text[at..].starts_with(":/"),
        '.' => text[..at].to_ascii_lowercase().ends_with("www"),
        _ => false,
    }
}

/// Signs that make a list, a rule or a heading of a line that they begin.
fn begins_block(at: usize, c: char) -> bool {
    at == 0 && matches!(c, '-' | '+' | '=')
}

/// A code span that holds any text: its fence is longer than any run of backticks inside.
fn code(text: &str, most: usize) -> String {
    let text = inert(text, most).replace("{{", "{ {").replace("{%", "{ %").replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if text.is_empty() {
        return String::new();
    }
    // A space at both ends is taken away again by readers (CommonMark 0.31, section 6.1).
    format!("{fence} {text} {fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_text() {
        let table = [
            ("[a](http://x)", r"\[a\](http\://x)"),
            ("<img src=x>", r"&lt;img src=x&gt;"),
            ("www.example.org", r"www\.example.org"),
            ("@someone {{x}}", r"\\u\{40\}someone \{\{x\}\}"),
        ];
        for (text, shown) in table {
            assert_eq!(plain(text, 100), shown);
        }
    }

    #[test]
    fn a_code_span_cannot_be_left() {
        assert_eq!(code("a`b``c", 100), "``` a`b``c ```");
        assert_eq!(code("a|b {{c}}", 100), "` a\\|b { {c}} `");
    }
}
