//! The two questions of "Web Browser Privacy: What Do Browsers Say When They Phone Home?" (D. Leith,
//! Trinity College Dublin, 2020) as tables for a terminal: can it be followed over time, and does it
//! tell what was visited and typed?

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Basis, Finding, Identifier, Party, Property, Sender};

use crate::lines::Text;
use crate::words::{count, step_between};
use crate::{View, inert};

/// Chance matches expected in the case from which on a finding tells nothing: verdicts leave it out
/// too.
const BY_CHANCE: f64 = 1e-6;
/// Rows that are printed; the page has all of them.
const MOST: usize = 20;
/// Columns of a place before the marks.
const PLACE: usize = 44;
/// What a number may outlive, in the order of the columns, with its heading.
const EVENTS: [(&str, &str); 4] = [
    ("restart", "restart"),
    ("clear_data", "clearing"),
    ("reinstall", "new profile"),
    ("second_device", "2nd device"),
];

/// Numbers that tie requests together: what each outlived, what ended it, what was not tested.
pub(crate) fn followed(out: &mut Text, view: &View) {
    if view.identifiers.is_empty() {
        return;
    }
    out.title("Can it be followed? Numbers that tie requests together, and what they outlived");
    let mut by_host: BTreeMap<&str, Vec<&Identifier>> = BTreeMap::new();
    for identifier in view.identifiers.iter().take(MOST) {
        by_host.entry(&identifier.host).or_default().push(identifier);
    }
    let heads: String = EVENTS.iter().map(|(_, head)| format!("  {head:11}")).collect();
    for (host, rows) in by_host {
        let host = format!("  at {}", inert(host, PLACE));
        out.line(&format!("{host:w$}{}", out.paint(&heads, "2"), w = PLACE + 2));
        rows.into_iter().for_each(|identifier| lifetime(out, identifier));
    }
    if view.identifiers.len() > MOST {
        out.line(&format!("  and {} more in the report", view.identifiers.len() - MOST));
    }
}

fn lifetime(out: &mut Text, identifier: &Identifier) {
    let marks: String = EVENTS.iter().map(|(event, _)| mark(identifier, event)).collect();
    let place = short(&identifier.place_pattern);
    out.line(&format!("  {}{marks}", out.paint(&format!("{place:PLACE$}"), "36")));
    let known = match identifier.basis {
        Basis::Documented => "documented",
        Basis::Differential => "found by comparing devices",
    };
    let other = |list: &[String]| {
        let rest = list.iter().filter(|e| EVENTS.iter().all(|(known, _)| known != e));
        rest.map(|step| step_between(step)).collect::<Vec<_>>().join(", ")
    };
    let mut line = format!("    {}, {known}", identifier.because);
    for (word, list) in [("outlived", &identifier.outlived), ("ended by", &identifier.ended_by)] {
        let rest = other(list);
        if !rest.is_empty() {
            line.push_str(&format!("; {word} {rest}"));
        }
    }
    out.line(&out.paint(&inert(&line, 200), "2"));
}

fn mark(identifier: &Identifier, event: &str) -> String {
    let among = |list: &[String]| list.iter().any(|e| e == event);
    let word = match () {
        () if among(&identifier.outlived) && among(&identifier.ended_by) => "both",
        () if among(&identifier.outlived) => "outlived",
        () if among(&identifier.ended_by) => "ended",
        () => "not tested",
    };
    format!("  {word:11}")
}

/// The end of a path, where what matters stands.
fn short(path: &str) -> String {
    let path = inert(path, 400);
    let count = path.chars().count();
    if count <= PLACE {
        return path;
    }
    let end: String = path.chars().skip(count - (PLACE - 1)).collect();
    format!("…{end}")
}

/// One property in one arm: the runs that planted it, those where it was seen to leave, and to whom.
#[derive(Default)]
struct Told<'a> {
    planted: BTreeSet<&'a str>,
    left: BTreeSet<&'a str>,
    to: BTreeMap<&'a str, usize>,
}

/// Whether what was visited, searched for and typed left, in which arms, and to whom.
pub(crate) fn told(out: &mut Text, view: &View) {
    let rows = rows(view);
    if rows.is_empty() {
        return;
    }
    out.title("Does it tell? What was visited, searched for or typed, and who got it");
    let mut last = None;
    for ((property, arm), row) in &rows {
        if last.replace(*property) != Some(*property) {
            out.line(&format!("  {}", property.meaning()));
        }
        let runs = row.planted.len().max(row.left.len());
        let word = match row.left.len() {
            0 => out.paint(&format!("not seen in {}", count(runs, "run")), "32"),
            n => out.paint(&format!("left in {n} of {}", count(runs, "run")), "31;1"),
        };
        let arm = if arm.is_empty() { "no arm named" } else { arm };
        out.line(&format!("    {:52}  {word}", inert(arm, 52)));
        for (host, times) in &row.to {
            out.line(&format!("      to {}, {}", inert(host, 60), count(*times, "time")));
        }
    }
    out.line(&out.paint(
        "  Not seen is no proof of absence: coverage and bounds say how far these runs could see.",
        "2",
    ));
}

fn rows(view: &View) -> BTreeMap<(Property, String), Told<'_>> {
    let mut rows: BTreeMap<(Property, String), Told<'_>> = BTreeMap::new();
    for run in &view.runs {
        let planted = view.planted.get(&run.id.0).into_iter().flatten();
        for (property, arm) in planted.filter(|(property, _)| is_told(*property)) {
            let row = rows.entry((*property, arm.to_string())).or_default();
            row.planted.insert(&run.id.0);
        }
    }
    let telling = |f: &&Finding| is_told(f.property) && is_its_own(view, f) && f.chance < BY_CHANCE;
    for finding in view.shown_findings().filter(telling) {
        let planted = finding.planted.as_ref().map(|p| (&p.run.0, &p.arm));
        let (run, arm) = planted.unwrap_or((&finding.seen.run.0, &finding.seen.arm));
        let row = rows.entry((finding.property, arm.to_string())).or_default();
        row.left.insert(run);
        *row.to.entry(&finding.recipient.host).or_default() += 1;
    }
    rows
}

fn is_told(property: Property) -> bool {
    property.name().starts_with("browsing.")
}

/// Whether the subject sent it, to anyone but the site it belongs to.
fn is_its_own(view: &View, finding: &Finding) -> bool {
    let sender =
        finding.sender == view.case.subject.sends_as() || finding.sender == Sender::Unknown;
    sender && finding.recipient.party != Party::Visited
}

#[cfg(test)]
mod tests {
    use candor_case::Arm;

    use super::*;
    use crate::lines::Paint;

    fn printed(view: &View) -> String {
        let mut out = Text { out: String::new(), paint: Paint::Plain };
        followed(&mut out, view);
        told(&mut out, view);
        out.out
    }

    fn identifier(outlived: &[&str], ended_by: &[&str]) -> Identifier {
        let list = |words: &[&str]| words.iter().map(|&w| w.to_owned()).collect::<Vec<_>>();
        serde_json::from_value(serde_json::json!({
            "id": "i-1", "place_pattern": "request.body > gzip > $.clientId",
            "host": "t.maker.test", "property": "app.install_id", "basis": "documented",
            "because": "maker/clientId: a number of one installation", "scope": "install", "outlived": list(outlived),
            "ended_by": list(ended_by), "not_tested": [], "values": [], "joins": [],
        }))
        .unwrap()
    }

    #[test]
    fn a_lifetime_says_what_was_outlived_ended_and_not_tested() {
        let identifiers = vec![identifier(&["restart", "days:91"], &["clear_data"])];
        let text = printed(&View { identifiers, ..View::default() });
        let row = text.lines().find(|line| line.contains("clientId")).unwrap();
        let marks: Vec<_> = row.split("  ").map(str::trim).filter(|w| !w.is_empty()).collect();
        assert_eq!(marks[1..], ["outlived", "ended", "not tested", "not tested"], "{row}");
        assert!(text.contains("outlived 91 days"), "{text}");
    }

    #[test]
    fn a_window_beside_another_is_told_apart_from_it() {
        let mut run = candor_case::Run::default();
        run.id.0 = "a".into();
        let mut view = View { runs: vec![run], ..View::default() };
        let arm = |mode: &str| Arm::parse(&format!("mode={mode},windows=both")).unwrap();
        let planted = ["normal", "private"].map(|mode| (Property::BrowsingUrl, arm(mode)));
        view.planted.insert("a".into(), planted.into());
        let text = printed(&view);
        for mode in ["normal", "private"] {
            let row = text.lines().find(|line| line.contains(&format!("mode={mode}"))).unwrap();
            assert!(row.contains("not seen in 1 run"), "{text}");
        }
    }

    #[test]
    fn an_arm_that_planted_and_told_nothing_is_not_left_out() {
        let mut view = View::default();
        for (id, mode) in [("a", "normal"), ("b", "private")] {
            let mut run = candor_case::Run::default();
            run.id.0 = id.into();
            run.arm.0.insert("mode".into(), mode.into());
            let planted = (Property::BrowsingTyped, run.arm.clone());
            view.planted.insert(id.into(), [planted].into());
            view.runs.push(run);
        }
        view.findings = vec![
            serde_json::from_value(serde_json::json!({
                "id": "f", "kind": "seeded_value", "property": "browsing.typed", "value": "x",
                "seed": "s", "derivation": [], "planted": {"run": "a", "arm": {"mode": "normal"},
                "phase": "", "session": ""}, "seen": {"run": "a", "arm": {"mode": "normal"},
                "phase": "", "session": ""}, "timing": "live", "exchange": "e",
                "place": {"path": "request.url", "span": [0, 1]}, "recipient": {"host":
                "s.maker.test", "site": "maker.test", "party": "maker", "organisation": null,
                "evidence": []}, "sender": "subject", "chance": 0.0,
            }))
            .unwrap(),
        ];
        let text = printed(&view);
        assert!(text.contains("left in 1 of 1 run"), "{text}");
        assert!(text.contains("to s.maker.test, 1 time\n"), "{text}");
        assert!(text.contains("not seen in 1 run"), "{text}");
        view.findings[0].chance = 0.5;
        assert!(!printed(&view).contains("left in"), "what may be an accident tells nothing");
        view.findings[0].chance = 0.0;
        view.findings[0].sender = Sender::Page;
        assert!(!printed(&view).contains("left in"), "what a page sends is not the browser's");
    }
}
