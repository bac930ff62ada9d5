//! JUnit XML: one test per claim and arm, for continuous integration.
//!
//! A contradicted claim fails in the arms that show it, an undecided one is an error, and one that
//! cannot be tested from outside is skipped. So is what a gate lets pass, with the reason.

use std::collections::BTreeSet;
use std::fmt::Write;

use candor_case::{Arm, Finding, Verdict, VerdictResult};

use crate::gate::{self, Waived, Way, arm_of};
use crate::view::Index;
use crate::{Gate, View, inert, words};

/// Findings, and ways that none of them shows, that a failure tells at most.
const MOST_SHOWN: usize = 5;

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
    junit_with(view, &Gate::default())
}

/// The claims as tests, one per claim and arm, behind a gate: some test of a contradicted claim
/// fails exactly where the gate lets the claim fail.
pub fn junit_with(view: &View, gate: &Gate) -> String {
    let index = Index::new(view);
    let tests: Vec<Test<'_>> =
        view.verdicts.claims.iter().flat_map(|claim| tests(&index, gate, claim)).collect();
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

fn tests<'a>(index: &Index<'_>, gate: &Gate, claim: &'a VerdictResult) -> Vec<Test<'a>> {
    let shown: Vec<&Finding> =
        claim.findings.iter().filter_map(|id| index.finding(id)).map(|(_, f)| f).collect();
    let ways = gate.ways(claim, &shown);
    let about = About { index, gate, claim, shown, ways };
    let arms = arms(index.view, claim, &about.ways);
    let test = |arm: Option<Arm>| Test {
        claim,
        outcome: about.outcome(arm.as_ref()),
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

/// The arms that a claim is tested in: those of the runs that its rule speaks of, and those that
/// contradict it.
fn arms(view: &View, claim: &VerdictResult, ways: &[Way]) -> BTreeSet<Arm> {
    let known = view.claims.iter().find(|known| known.id == claim.id);
    let fits = |arm: &&Arm| {
        let mode = arm.0.get("mode");
        known.is_none_or(|known| {
            let modes = &known.applies_to.modes;
            arm.matches(&known.rule.when)
                && (modes.is_empty() || mode.is_some_and(|mode| modes.contains(mode)))
        })
    };
    let planted = view.planted.values().flatten().map(|(_, arm)| arm);
    // The arm of an action that says no more than its run's is its run's.
    let own = planted.filter(|arm| !view.runs.iter().any(|run| run.arm.matches(arm)));
    let runs = view.runs.iter().map(|run| &run.arm);
    let mut arms: BTreeSet<Arm> = runs.chain(own).filter(fits).cloned().collect();
    arms.extend(ways.iter().filter_map(|way| way.arm.clone()));
    arms
}

/// A claim with all that its tests are made of.
struct About<'a> {
    index: &'a Index<'a>,
    gate: &'a Gate,
    claim: &'a VerdictResult,
    /// The findings that its verdict names.
    shown: Vec<&'a Finding>,
    ways: Vec<Way>,
}

impl About<'_> {
    fn outcome(&self, arm: Option<&Arm>) -> Outcome {
        let held = self.gate.claims.get(&self.claim.id);
        match self.claim.verdict {
            Verdict::NotContradicted => Outcome::Passed,
            Verdict::NotTestable => Outcome::Skipped(reasons(self.claim)),
            Verdict::Inconclusive => match held.map_or(&[][..], |held| &held.waived) {
                [] => Outcome::Error(reasons(self.claim)),
                waived => {
                    let lines: Vec<String> = waived.iter().map(Waived::line).collect();
                    Outcome::Skipped(format!("inconclusive, but {}", lines.join("; ")))
                }
            },
            Verdict::Contradicted => self.contradicted(arm),
        }
    }

    fn contradicted(&self, arm: Option<&Arm>) -> Outcome {
        let here = self.ways_in(arm);
        if here.is_empty() && !self.ways.is_empty() {
            let text = "contradicted in another arm; nothing that shows it is of this one";
            return Outcome::Skipped(text.into());
        }
        let (failing, passed): (Vec<&Way>, Vec<&Way>) = here.into_iter().partition(|w| w.fails());
        if failing.is_empty() && !passed.is_empty() {
            let lines = gate::why_passed(passed);
            return Outcome::Skipped(format!("contradicted, but {}", lines.join("; ")));
        }
        let mut text = reasons(self.claim);
        for line in self.gate.lapsed(&self.claim.id) {
            let _ = write!(text, "; {line}");
        }
        let of_arm = |finding: &&&Finding| arm.is_none_or(|arm| arm == arm_of(finding));
        let fails = |finding: &&&Finding| !passed.iter().any(|way| way.is_shown_by(finding));
        for finding in self.shown.iter().filter(of_arm).filter(fails).take(MOST_SHOWN) {
            text.push_str(&evidence(self.index, finding));
        }
        let named = |way: &Way| self.shown.iter().any(|finding| way.is_shown_by(finding));
        let unnamed = failing.iter().filter(|way| !way.to.is_empty() && !named(way));
        for way in unnamed.take(MOST_SHOWN) {
            let _ = write!(text, " | {}", way.line());
        }
        Outcome::Failed(text)
    }

    /// The ways that an arm shows. What belongs to no arm goes where the claim is contradicted
    /// anyway, or everywhere if it is nowhere else.
    fn ways_in(&self, arm: Option<&Arm>) -> Vec<&Way> {
        let own =
            |way: &Way| way.arm.is_some() && arm.is_none_or(|arm| way.arm.as_ref() == Some(arm));
        let nowhere = !self.ways.iter().any(|way| way.arm.is_some());
        let with_armless = nowhere || self.ways.iter().any(own);
        let here = |way: &&Way| own(way) || way.arm.is_none() && with_armless;
        self.ways.iter().filter(here).collect()
    }
}

fn reasons(claim: &VerdictResult) -> String {
    let mut text: Vec<String> =
        claim.because.iter().take(20).map(|line| inert(line, 600)).collect();
    text.extend(claim.bound.as_deref().map(|bound| inert(bound, 400)));
    if claim.coverage.requests > 0 {
        text.push(words::read(&claim.coverage));
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
