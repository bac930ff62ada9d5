//! The verdict table for a terminal, in words that need no packet knowledge.

use candor_case::{Answer, Finding, Gap, QuestionResult, Verdict, VerdictResult};

use crate::inert::shell_word;
use crate::lines::{Paint, Text};
use crate::words::{gap_word, percent, size};
use crate::{View, inert, two_questions};

const EXAMPLES: usize = 1;

/// The verdict table: claims with what shows them, questions, coverage and gaps.
pub fn table(view: &View, paint: Paint) -> String {
    let mut out = Text { out: String::new(), paint };
    head(&mut out, view);
    if !view.verdicts.claims.is_empty() {
        out.title("What its maker said, and what it is worth");
        view.verdicts.claims.iter().for_each(|result| claim(&mut out, view, result));
    }
    if !view.verdicts.questions.is_empty() {
        out.title("What candor asked");
        view.verdicts.questions.iter().for_each(|result| question(&mut out, view, result));
    }
    two_questions::followed(&mut out, view);
    two_questions::told(&mut out, view);
    coverage(&mut out, view);
    out.out
}

fn head(out: &mut Text, view: &View) {
    let subject = &view.case.subject;
    let name = if subject.product.is_empty() { view.name.as_str() } else { &subject.product };
    let title = format!("{} {}", inert(name, 60), inert(&subject.version, 20));
    if view.verdicts.simulated {
        out.line(&format!("{} {}", out.paint("SIMULATED", "7"), out.paint(title.trim(), "1")));
    } else {
        out.line(&out.paint(title.trim(), "1"));
    }
    if !view.case.question.is_empty() {
        out.line(&inert(&view.case.question, 200));
    }
    if view.verdicts.post_hoc {
        out.line("Judged post hoc: claims and rules were written down only after the recording, or changed since.");
    }
    if view.verdicts.sinkhole {
        out.line(
            "candor stood in for the network: everything below is what the subject tried to send.",
        );
    }
}

fn claim(out: &mut Text, view: &View, result: &VerdictResult) {
    let (word, colour) = match result.verdict {
        Verdict::Contradicted if result.seen_once => ("CONTRADICTED, SEEN ONCE", "31;1"),
        Verdict::Contradicted => ("CONTRADICTED", "31;1"),
        Verdict::NotContradicted => ("not contradicted", "32"),
        Verdict::Inconclusive => ("inconclusive", "33"),
        Verdict::NotTestable => ("not testable from outside", "2"),
    };
    out.line("");
    out.wrapped(&format!("“{}”", inert(&result.says, 400)), 2);
    let about = format!("{}, {}", inert(&result.id, 60), inert(&result.source.date, 20));
    out.line(&format!("  {}  {}", out.paint(word, colour), out.paint(&about, "2")));
    because(out, &result.because, result.bound.as_deref());
    examples(out, view, &result.findings);
}

fn question(out: &mut Text, view: &View, result: &QuestionResult) {
    let (word, colour) = match result.answer {
        Answer::Observed => ("OBSERVED", "31;1"),
        Answer::NotObserved => ("not observed", "32"),
        Answer::Inconclusive => ("inconclusive", "33"),
    };
    out.line("");
    out.wrapped(&inert(&result.asks, 400), 2);
    out.line(&format!("  {}  {}", out.paint(word, colour), out.paint(&inert(&result.id, 60), "2")));
    because(out, &result.because, result.bound.as_deref());
    examples(out, view, &result.findings);
}

fn because(out: &mut Text, lines: &[String], bound: Option<&str>) {
    for line in lines {
        out.wrapped(&inert(line, 600), 4);
    }
    if let Some(bound) = bound {
        out.wrapped(&inert(bound, 600), 4);
    }
}

fn examples(out: &mut Text, view: &View, ids: &[String]) {
    for finding in ids.iter().filter_map(|id| view.finding(id)).take(EXAMPLES) {
        example(out, &view.name, finding);
    }
    if ids.len() > EXAMPLES {
        let more = format!("    and {} more in the report", ids.len() - EXAMPLES);
        out.line(&out.paint(&more, "2"));
    }
}

/// Value, place, where planted and where seen.
fn example(out: &mut Text, case: &str, finding: &Finding) {
    out.line(&format!("    {} {}", out.paint("→", "36"), inert(&finding.value, 90)));
    let to = inert(&finding.recipient.host, 80);
    out.line(&format!("      to {to}  {}", out.paint(&inert(&finding.place.path, 120), "36")));
    if let Some(planted) = &finding.planted {
        let arm =
            if planted.arm.0.is_empty() { String::new() } else { format!(" ({})", planted.arm) };
        let line = format!(
            "planted in {}{arm}, seen in {} during {}",
            planted.run.0,
            finding.seen.run.0,
            if finding.seen.phase.is_empty() { "no marked phase" } else { &finding.seen.phase }
        );
        out.line(&out.paint(&format!("      {}", inert(&line, 160)), "2"));
    }
    let show =
        format!("      candor show {} {}", shell_word(case, 400), shell_word(&finding.id, 60));
    out.line(&out.paint(&show, "2"));
}

fn coverage(out: &mut Text, view: &View) {
    let coverage = &view.coverage;
    out.title("What we could and could not see");
    out.line(&format!(
        "  {} requests, {} sent, {} of it read",
        coverage.requests,
        size(coverage.bytes_sent),
        percent(coverage.explained())
    ));
    for gap in coverage.gaps.iter().take(12) {
        gap_line(out, gap);
    }
    if coverage.gaps.len() > 12 {
        out.line(&format!("  and {} more kinds in the report", coverage.gaps.len() - 12));
    }
}

fn gap_line(out: &mut Text, gap: &Gap) {
    let host = if gap.host.is_empty() { "(host unknown)".into() } else { inert(&gap.host, 60) };
    let times = if gap.count == 1 { "once".to_owned() } else { format!("{} times", gap.count) };
    let size = if gap.bytes == 0 { String::new() } else { format!(", {}", size(gap.bytes)) };
    let line = format!("  {}: {times}{size}, to {host}", gap_word(gap.reason));
    out.line(&out.paint(&line, "33"));
}
