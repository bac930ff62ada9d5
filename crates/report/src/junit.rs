//! JUnit XML: one test per claim and arm, for continuous integration.
//!
//! A contradicted claim fails in the arms that show it, an undecided one is an error, and one that
//! cannot be tested from outside is skipped.

use std::collections::BTreeSet;
use std::fmt::Write;

use candor_case::{Arm, Finding, Verdict, VerdictResult};

use crate::view::Index;
use crate::words::percent;
use crate::{View, inert};

/// How one test ended: what the element is called, its type and its words.
enum Outcome {
    Passed,
    Failed(String),
    Error(String),
    Skipped(String),
}

/// One test.
struct Test<'a> {
    claim: &'a VerdictResult,
    arm: String,
    outcome: Outcome,
}

/// The claims as tests, one per claim and arm.
pub fn junit(view: &View) -> String {
    let index = Index::new(view);
    let tests: Vec<Test<'_>> =
        view.verdicts.claims.iter().flat_map(|claim| tests(&index, claim)).collect();
    let count = |wanted: fn(&Outcome) -> bool| tests.iter().filter(|t| wanted(&t.outcome)).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
        tests.len(),
        count(|o| matches!(o, Outcome::Failed(_))),
        count(|o| matches!(o, Outcome::Error(_))),
        count(|o| matches!(o, Outcome::Skipped(_)))
    );
    let simulated = if view.verdicts.simulated { " (SIMULATED)" } else { "" };
    let suite = xml(&format!("{}{simulated}", view.title()), 200);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites name=\"candor\" {counts}>");
    let _ = writeln!(out, "  <testsuite name=\"{suite}\" {counts}>");
    for test in &tests {
        push(&mut out, test);
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn push(out: &mut String, test: &Test<'_>) {
    let (id, arm) = (xml(&test.claim.id, 120), xml(&test.arm, 200));
    let _ = write!(out, "    <testcase classname=\"{id}\" name=\"{arm}\" time=\"0\"");
    let (element, kind, text) = match &test.outcome {
        Outcome::Passed => {
            out.push_str("/>\n");
            return;
        }
        Outcome::Failed(text) => ("failure", "contradicted", text),
        Outcome::Error(text) => ("error", "inconclusive", text),
        Outcome::Skipped(text) => ("skipped", "", text),
    };
    let says = xml(&test.claim.says, 600);
    let message = if kind.is_empty() { xml(text, 600) } else { format!("{kind}: “{says}”") };
    let kind = if kind.is_empty() { String::new() } else { format!(" type=\"{kind}\"") };
    let _ = writeln!(
        out,
        ">\n      <{element} message=\"{message}\"{kind}>{}</{element}>\n    </testcase>",
        xml(text, 6_000)
    );
}

fn tests<'a>(index: &Index<'_>, claim: &'a VerdictResult) -> Vec<Test<'a>> {
    let shown: Vec<&Finding> =
        claim.findings.iter().filter_map(|id| index.finding(id)).map(|(_, f)| f).collect();
    let arms = arms(index.view, claim, &shown);
    let test = |arm: Option<Arm>| Test {
        claim,
        outcome: outcome(index, claim, &shown, arm.as_ref()),
        arm: arm.map_or_else(|| "all arms".into(), |arm| label(&arm)),
    };
    if arms.is_empty() {
        return vec![test(None)];
    }
    arms.into_iter().map(|arm| test(Some(arm))).collect()
}

fn label(arm: &Arm) -> String {
    let text = arm.to_string();
    if text.is_empty() { "no arm".into() } else { text }
}

/// The arms that a claim is tested in: those of the runs that its rule speaks of, and those in
/// which its findings were planted.
fn arms(view: &View, claim: &VerdictResult, shown: &[&Finding]) -> BTreeSet<Arm> {
    let rule = view.claims.iter().find(|known| known.id == claim.id).map(|known| &known.rule);
    let modes = view.claims.iter().find(|known| known.id == claim.id).map(|k| &k.applies_to.modes);
    let fits = |arm: &&Arm| {
        let mode = arm.0.get("mode");
        rule.is_none_or(|rule| arm.matches(&rule.when))
            && modes.is_none_or(|modes| modes.is_empty() || mode.is_some_and(|m| modes.contains(m)))
    };
    let planted = view.planted.values().flatten().map(|(_, arm)| arm);
    // The arm of an action that says no more than its run's is its run's.
    let own = planted.filter(|arm| !view.runs.iter().any(|run| run.arm.matches(arm)));
    let runs = view.runs.iter().map(|run| &run.arm);
    let mut arms: BTreeSet<Arm> = runs.chain(own).filter(fits).cloned().collect();
    arms.extend(shown.iter().map(|finding| arm_of(view, finding).clone()));
    arms
}

/// The arm a finding counts for: that of the run it was planted in, unless its action says otherwise
/// (as in a private window beside a normal one); else where it was seen.
fn arm_of<'a>(view: &'a View, finding: &'a Finding) -> &'a Arm {
    let Some(planted) = &finding.planted else { return &finding.seen.arm };
    let run = view.runs.iter().find(|run| run.id == planted.run);
    run.map(|run| &run.arm).filter(|arm| arm.matches(&planted.arm)).unwrap_or(&planted.arm)
}

fn outcome(
    index: &Index<'_>,
    claim: &VerdictResult,
    shown: &[&Finding],
    arm: Option<&Arm>,
) -> Outcome {
    match claim.verdict {
        Verdict::NotContradicted => Outcome::Passed,
        Verdict::Inconclusive => Outcome::Error(reasons(claim)),
        Verdict::NotTestable => Outcome::Skipped(reasons(claim)),
        Verdict::Contradicted => {
            let here: Vec<&&Finding> = shown
                .iter()
                .filter(|f| arm.is_none_or(|arm| arm_of(index.view, f) == arm))
                .collect();
            if here.is_empty() && !shown.is_empty() {
                let text =
                    "contradicted in another arm; none of the findings that show it is of this one";
                return Outcome::Skipped(text.into());
            }
            let mut text = reasons(claim);
            for finding in here.iter().take(5) {
                text.push_str(&evidence(index, finding));
            }
            Outcome::Failed(text)
        }
    }
}

fn reasons(claim: &VerdictResult) -> String {
    let mut text: Vec<String> =
        claim.because.iter().take(20).map(|line| inert(line, 600)).collect();
    text.extend(claim.bound.as_deref().map(|bound| inert(bound, 400)));
    if claim.coverage.requests > 0 {
        text.push(format!("{} of what was sent was read", percent(claim.coverage.explained())));
    }
    text.join("; ")
}

fn evidence(index: &Index<'_>, finding: &Finding) -> String {
    format!(
        " | {} to {}, {} (candor show {} {})",
        inert(&finding.value, 160),
        inert(&finding.recipient.host, 100),
        inert(&finding.place.path, 300),
        crate::inert::shell_word(&index.view.name, 200),
        crate::inert::shell_word(&finding.id, 80)
    )
}

/// Text for XML 1.0, section 2.2: what it cannot hold is written as `\u{…}`.
fn xml(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most * 2));
    for c in inert(text, most).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}
