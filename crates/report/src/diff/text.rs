//! The changes for a terminal.

use crate::diff::{Change, ChangeKind, Diff, Side};
use crate::inert;
use crate::lines::{Paint, Text};
use crate::words::{count, grouped, percent};

pub(super) fn text(diff: &Diff, paint: Paint) -> String {
    let mut out = Text { out: String::new(), paint };
    for (word, side) in [("before", &diff.before), ("after ", &diff.after)] {
        out.line(&format!("{word}  {}", told(side)));
    }
    for caution in diff.cautions() {
        out.wrapped(&caution, 0);
    }
    for (title, changes, asked) in diff.parts() {
        part(&mut out, title, changes, asked);
    }
    out.out
}

fn told(side: &Side) -> String {
    format!(
        "{} ({}): {}, {} requests, {} read",
        inert(&side.subject, 80),
        inert(&side.case, 120),
        count(side.runs as usize, "run"),
        grouped(side.requests),
        percent(side.explained)
    )
}

fn part(out: &mut Text, title: &str, changes: &[Change], asked: bool) {
    if changes.is_empty() {
        return;
    }
    out.title(title);
    let same = changes.iter().filter(|change| change.kind == ChangeKind::Same).count();
    for change in changes.iter().filter(|change| change.kind != ChangeKind::Same) {
        line(out, change, asked);
    }
    if same > 0 {
        let words = format!("  {same} the same");
        out.line(&out.paint(&words, "2"));
    }
}

fn line(out: &mut Text, change: &Change, asked: bool) {
    let (sign, colour) = match change.kind {
        ChangeKind::New if asked => ("+", "1"),
        ChangeKind::Gone if asked => ("-", "1"),
        ChangeKind::New => ("+", "31;1"),
        ChangeKind::Gone => ("-", "32"),
        ChangeKind::Changed => ("~", "33"),
        ChangeKind::NotCompared => ("?", "2"),
        ChangeKind::Same => (" ", "2"),
    };
    let word = format!("{sign} {:<12}", change.kind.word(asked));
    out.line(&format!("  {} {}", out.paint(&word, colour), inert(&change.what, 160)));
    for (word, said) in [("before", &change.before), ("after", &change.after)] {
        if let Some(said) = said {
            out.wrapped(&format!("{word}: {}", inert(said, 400)), 17);
        }
    }
}
