//! Silence: what must hold before "nothing was seen" may be said of a claim (method rule 6).

use candor_case::{CONTROL_HOST, GapReason, Needs, Party, Property, Rule, RuleKind};

use crate::rules::Shown;
use crate::scope::InScope;
use crate::{Control, Evidence, RunEvidence};

/// Bytes that could hide a seed: shorter unread parts could not.
const HIDING_PLACE: u64 = 16;

/// Whether silence counts, and why or why not.
pub(crate) struct Silence {
    pub(crate) holds: bool,
    pub(crate) because: Vec<String>,
    pub(crate) bound: Option<String>,
}

/// Weighs the silence of the runs in scope.
pub(crate) fn weigh(
    rule: &Rule,
    needs: &Needs,
    scope: &InScope<'_>,
    shown: &Shown<'_>,
    evidence: &Evidence,
) -> Silence {
    let counted = counting_runs(rule, scope);
    let mut missing: Vec<String> = shown.undecided.clone().into_iter().collect();
    if !shown.unattributed.is_empty() {
        missing.push(format!(
            "{} findings whose sender is not known: say `sole_sender = true` under [subject] in case.toml if only the subject could reach the recorder",
            shown.unattributed.len()
        ));
    }
    missing.extend(shapes_only(shown));
    missing.extend(too_few(&counted, needs, rule));
    missing.extend(no_control(&counted, needs));
    missing.extend(no_uploader(evidence));
    missing.extend(blind(scope, needs));
    missing.extend(unread(scope));
    missing.extend(spikes_lost(scope));
    missing.extend(not_waited(&counted));
    if missing.is_empty() {
        let mut bound = bound(counted.len());
        bound.push_str(rests_on_less(&counted));
        Silence {
            holds: true,
            because: vec!["not seen, within this coverage and this bound".into()],
            bound: Some(bound),
        }
    } else {
        Silence { holds: false, because: missing, bound: None }
    }
}

/// `0 of 10 runs: a behaviour present in 26 % of runs or more would have been seen with 95 %
/// confidence`: 1 - 0.05^(1/n).
pub(crate) fn bound(runs: usize) -> String {
    let share = 1.0 - 0.05_f64.powf(1.0 / runs.max(1) as f64);
    format!(
        "0 of {runs} runs: a behaviour present in {:.0} % of runs or more would have been seen with 95 % confidence",
        (share * 100.0).round()
    )
}

/// Runs whose silence counts: in scope and, where the rule looks for planted values, with such a
/// value planted and its action confirmed.
fn counting_runs<'a>(rule: &Rule, scope: &InScope<'a>) -> Vec<&'a RunEvidence> {
    let Some(list) = planted_values(rule) else { return scope.runs.clone() };
    let speaks = |known: &&RunEvidence| scope.planted_in(known, list);
    scope.runs.iter().copied().filter(speaks).collect()
}

/// What a rule looks for, if any of it can be planted.
fn planted_values(rule: &Rule) -> Option<&[Property]> {
    let RuleKind::Never(list) = &rule.kind else { return None };
    list.iter().any(seedable).then_some(list)
}

/// Whether values of that kind are planted.
pub(crate) fn seedable(property: &Property) -> bool {
    matches!(
        property,
        Property::BrowsingUrl
            | Property::BrowsingSearch
            | Property::BrowsingTyped
            | Property::BrowsingDownload
            | Property::BrowsingVideo
            | Property::PersonEmail
            | Property::PersonAccount
            | Property::PersonPhone
            | Property::PersonName
            | Property::DeviceId
    )
}

/// What looks like the property, but may be anything of that shape.
fn shapes_only(shown: &Shown<'_>) -> Option<String> {
    let first = shown.hints.first()?;
    Some(format!(
        "{} values have the shape of what is looked for, the first to {} at {}: a shape alone decides nothing, so plant a value of your own there",
        shown.hints.len(),
        first.recipient.host,
        first.place.path
    ))
}

fn too_few(counted: &[&RunEvidence], needs: &Needs, rule: &Rule) -> Option<String> {
    let enough = counted.len() >= needs.runs as usize && !counted.is_empty();
    (!enough).then(|| {
        let arm =
            if rule.when.0.is_empty() { String::new() } else { format!(" with {}", rule.when) };
        let planted = match planted_values(rule) {
            Some(_) => " in which something was planted and confirmed",
            None => "",
        };
        format!(
            "{}{arm}{planted}, {} needed",
            crate::reading::counted(counted.len() as u64, "run"),
            match needs.runs {
                0 | 1 => "1 is".to_owned(),
                n => format!("{n} are"),
            }
        )
    })
}

/// What a bound adds where a run had less than a control of its own.
fn rests_on_less(counted: &[&RunEvidence]) -> &'static str {
    let any = |wanted: Control| counted.iter().any(|known| known.control == wanted);
    if any(Control::Lost) || any(Control::Unsent) {
        "; without a control in every run, so of what the recorder could not see this says nothing"
    } else if any(Control::Visit) {
        "; the control was a visited address at its own site, so of what the recorder could not see this says nothing"
    } else {
        ""
    }
}

/// Runs whose control was lost, and runs that sent none.
fn no_control(counted: &[&RunEvidence], needs: &Needs) -> Vec<String> {
    let names = |wanted: &[Control]| -> Vec<&str> {
        let of = counted.iter().filter(|known| wanted.contains(&known.control));
        of.map(|known| known.run.id.0.as_str()).collect()
    };
    if !needs.control {
        return vec![];
    }
    let (lost, unsent) = (names(&[Control::Lost]), names(&[Control::Unsent]));
    let mut missing = Vec::new();
    if !lost.is_empty() {
        missing.push(format!("the control was not found in {}", lost.join(", ")));
    }
    if !unsent.is_empty() {
        missing.push(format!(
            "no control was sent in {}, so nothing shows that a leak would have been recorded",
            unsent.join(", ")
        ));
    }
    missing
}

/// A subject that was never seen sending to its maker may be waiting for something.
fn no_uploader(evidence: &Evidence) -> Option<String> {
    let seen = evidence.traffic.iter().any(|t| {
        t.sender == evidence.subject.sends_as()
            && t.host != CONTROL_HOST
            && t.party != Party::Visited
            && !t.erasure
    });
    (!seen).then(|| "the subject's uploader was never seen working in any arm of this case".into())
}

fn blind(scope: &InScope<'_>, needs: &Needs) -> Option<String> {
    let coverage = scope.coverage();
    (coverage.explained() < needs.explained).then(|| {
        format!(
            "the runs that count here sent {} bytes, of which {:.0} % could be read; {:.0} % are needed",
            coverage.bytes_sent,
            coverage.explained() * 100.0,
            needs.explained * 100.0
        )
    })
}

fn unread(scope: &InScope<'_>) -> Vec<String> {
    let coverage = scope.coverage();
    let bars = |reason: GapReason| {
        matches!(
            reason,
            GapReason::TlsRefused
                | GapReason::AroundProxy
                | GapReason::UnknownProtocol
                | GapReason::NotRecorded
                | GapReason::DamagedRecord
                | GapReason::NotStopped
                | GapReason::SubjectFailed
        )
    };
    coverage
        .gaps
        .iter()
        .filter(|gap| bars(gap.reason) || gap.largest >= HIDING_PLACE)
        .take(5)
        .map(|gap| {
            let host = if gap.host.is_empty() { "an unknown host" } else { &gap.host };
            let size = match gap.bytes {
                0 => "of unknown size".to_owned(),
                bytes => format!("{bytes} bytes"),
            };
            let (reason, times) = (plain(gap.reason), crate::reading::counted(gap.count, "time"));
            format!(
                "unread and large enough to hide something: {reason}, {times}, {size}, to {host}"
            )
        })
        .collect()
}

/// A reason's name as words: `tls refused`.
fn plain(reason: GapReason) -> String {
    let name = format!("{reason:?}");
    let mut words = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

fn spikes_lost(scope: &InScope<'_>) -> Option<String> {
    let spikes = scope.spikes();
    if spikes.planted == 0 {
        return Some("no spike could be put into the subject's own requests".into());
    }
    (spikes.recovered < spikes.planted)
        .then(|| format!("{} of {} spikes were found", spikes.recovered, spikes.planted))
}

fn not_waited(counted: &[&RunEvidence]) -> Option<String> {
    let hasty: Vec<_> = counted
        .iter()
        .filter(|known| !known.run.waited)
        .map(|known| known.run.id.0.as_str())
        .collect();
    (!hasty.is_empty()).then(|| {
        format!("two upload intervals and a restart were not awaited in {}", hasty.join(", "))
    })
}
