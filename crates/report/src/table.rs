//! The verdict table for a terminal, in words that need no packet knowledge.

use candor_case::{Answer, Finding, Gap, GapReason, QuestionResult, Verdict, VerdictResult};

use crate::{View, inert};

/// Whether and how to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Plain text.
    Plain,
    /// ANSI colours.
    Colour,
}

const WIDTH: usize = 96;
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
    identifiers(&mut out, view);
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
        out.wrapped(bound, 4);
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
        let line = format!(
            "planted in {} ({}), seen in {} during {}",
            planted.run.0,
            planted.arm,
            finding.seen.run.0,
            if finding.seen.phase.is_empty() { "no marked phase" } else { &finding.seen.phase }
        );
        out.line(&out.paint(&format!("      {}", inert(&line, 160)), "2"));
    }
    let show = format!("      candor show {} {}", inert(case, 80), finding.id);
    out.line(&out.paint(&show, "2"));
}

fn identifiers(out: &mut Text, view: &View) {
    if view.identifiers.is_empty() {
        return;
    }
    out.title("Numbers that tie requests together");
    for identifier in view.identifiers.iter().take(20) {
        let what = identifier.property.map_or("undocumented", |p| p.meaning());
        out.line(&format!(
            "  {} at {}",
            out.paint(&inert(&identifier.place_pattern, 100), "36"),
            inert(&identifier.host, 60)
        ));
        let mut life =
            format!("{what}; basis {:?}, scope {:?}", identifier.basis, identifier.scope)
                .to_lowercase();
        for (word, list) in [
            ("outlived", &identifier.outlived),
            ("ended by", &identifier.ended_by),
            ("not tested", &identifier.not_tested),
        ] {
            if !list.is_empty() {
                life.push_str(&format!("; {word} {}", list.join(", ")));
            }
        }
        out.wrapped(&inert(&life, 300), 4);
    }
    if view.identifiers.len() > 20 {
        out.line(&format!("  and {} more in the report", view.identifiers.len() - 20));
    }
}

fn coverage(out: &mut Text, view: &View) {
    let coverage = &view.coverage;
    out.title("What we could and could not see");
    out.line(&format!(
        "  {} requests, {} sent, {:.1} % of it read",
        coverage.requests,
        size(coverage.bytes_sent),
        coverage.explained() * 100.0
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
    let line =
        format!("  {}: {} times, {}, to {host}", gap_word(gap.reason), gap.count, size(gap.bytes));
    out.line(&out.paint(&line, "33"));
}

/// A gap's reason in words.
pub(crate) fn gap_word(reason: GapReason) -> &'static str {
    match reason {
        GapReason::Encrypted => "encrypted below TLS, unread",
        GapReason::UnknownFormat => "unknown binary format",
        GapReason::Damaged => "does not decode as what it says it is",
        GapReason::OutOfBudget => "larger or deeper than the budget",
        GapReason::Truncated => "cut off before its end",
        GapReason::NotRecorded => "left out by the recorder",
        GapReason::Lossy => "written with losses by the recorder",
        GapReason::TlsRefused => "our certificate was refused (pinning)",
        GapReason::UnknownProtocol => "neither HTTP nor TLS",
        GapReason::UpstreamFailed => "the server could not be reached",
        GapReason::AroundProxy => "went around the proxy",
        GapReason::DamagedRecord => "a damaged record of the case",
        GapReason::SubjectFailed => "the subject crashed or could not be driven",
        GapReason::NotStopped => "the recorder ended without its closing mark",
    }
}

/// A size with its unit.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        10_000_000..10_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

struct Text {
    out: String,
    paint: Paint,
}

impl Text {
    fn paint(&self, text: &str, code: &str) -> String {
        match self.paint {
            Paint::Plain => text.to_owned(),
            Paint::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn title(&mut self, text: &str) {
        let title = self.paint(text, "1");
        self.line("");
        self.line(&title);
        let rule = self.paint(&"─".repeat(WIDTH.min(text.chars().count())), "2");
        self.line(&rule);
    }

    /// Breaks at spaces, indented.
    fn wrapped(&mut self, text: &str, indent: usize) {
        let mut line = String::new();
        for word in text.split(' ') {
            let fits = line.chars().count() + word.chars().count() + 1 + indent <= WIDTH;
            if !line.is_empty() && !fits {
                self.line(&format!("{}{line}", " ".repeat(indent)));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(&format!("{}{line}", " ".repeat(indent)));
    }
}
