//! Plain words for what the nouns say, the same on every page and in every format.

use candor_case::{
    Answer, Arm, Basis, Controls, Coverage, GapReason, Party, Property, Recipient, Run, Scope,
    Sender, Timing, Verdict, VerdictResult,
};

use crate::inert;

/// `1 request`, `3 requests`.
pub(crate) fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", grouped(n as u64)) }
}

/// `12,345`.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size with its unit.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".into(),
        0..10_000 => format!("{} bytes", grouped(bytes)),
        10_000..10_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        10_000_000..10_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// A share in percent, rounded down so that only everything is 100 %.
pub(crate) fn percent(share: f64) -> String {
    let tenths = (share.clamp(0.0, 1.0) * 1_000.0).floor();
    if tenths >= 1_000.0 { "100 %".into() } else { format!("{:.1} %", tenths / 10.0) }
}

/// How much could be read of what the runs sent that count for one statement: not all runs do, so
/// the figure is another one than the whole case's.
pub(crate) fn read(coverage: &Coverage) -> String {
    format!(
        "the runs that count for this statement sent {}, of which {} could be read",
        size(coverage.bytes_sent),
        percent(coverage.explained())
    )
}

/// What shows that the eye was open: in how many runs the known leak was found, and where a visited
/// address at its own site stands in for it.
pub(crate) fn controls(controls: Controls) -> String {
    let Controls { runs, found, unsent, visits } = controls;
    let sent = runs.saturating_sub(unsent + visits);
    let mut parts = Vec::new();
    if sent > 0 || runs == 0 {
        let found = found.saturating_sub(visits);
        parts.push(format!("known leak found in {found} of {}", count(sent as usize, "run")));
    }
    if visits > 0 {
        let of = count(visits as usize, "run");
        parts.push(format!(
            "in {of} without a known leak a visited address was read at its own site, which serves as the control"
        ));
    }
    if unsent > 0 {
        let of = count(unsent as usize, "run");
        parts.push(format!("{of} sent no known leak, so nothing shows what went unrecorded there"));
    }
    parts.join("; ")
}

/// A verdict's class for colours, and its words.
pub(crate) fn verdict(result: &VerdictResult) -> (&'static str, &'static str) {
    match result.verdict {
        Verdict::Contradicted if result.seen_once => ("bad", "Contradicted, seen once"),
        Verdict::Contradicted => ("bad", "Contradicted"),
        Verdict::NotContradicted => ("good", "Not contradicted"),
        Verdict::Inconclusive => ("open", "Inconclusive"),
        Verdict::NotTestable => ("none", "Not testable from outside"),
    }
}

/// An answer's class for colours, and its words.
pub(crate) fn answer(answer: Answer) -> (&'static str, &'static str) {
    match answer {
        Answer::Observed => ("bad", "Observed"),
        Answer::NotObserved => ("good", "Not observed"),
        Answer::Inconclusive => ("open", "Inconclusive"),
    }
}

/// Who a recipient is to the person.
pub(crate) fn party(party: Party) -> &'static str {
    match party {
        Party::Maker => "the maker",
        Party::Visited => "a visited site",
        Party::Third => "a third party",
        Party::Unknown => "not known whose",
    }
}

/// `data.maker.test (the maker: Simulated Maker)`.
pub(crate) fn recipient(recipient: &Recipient) -> String {
    let host = inert(&recipient.host, 100);
    match &recipient.organisation {
        Some(name) => format!("{host} ({}: {})", party(recipient.party), inert(name, 80)),
        None => format!("{host} ({})", party(recipient.party)),
    }
}

/// By what kind of evidence an owner or a place is known.
pub(crate) fn evidence(kind: &str) -> String {
    match kind {
        "case file" => "listed in the case file as the maker’s own".into(),
        "service" => "documented service".into(),
        "name" => "its own name".into(),
        other => inert(other, 120),
    }
}

/// Who sent a request.
pub(crate) fn sender(sender: Sender) -> &'static str {
    match sender {
        Sender::Subject => "the subject itself",
        Sender::Page => "a page that it showed",
        Sender::Extension => "an extension",
        Sender::Other => "another program",
        Sender::Unknown => "not known which program",
    }
}

/// When a value was sent, seen from its action.
pub(crate) fn timing(timing: Timing) -> &'static str {
    match timing {
        Timing::Live => "while the action was going on",
        Timing::Late => "later, in another part of the run",
        Timing::Backlog => {
            "after collection was switched off, about something from before the switch"
        }
        Timing::Breach => {
            "after collection was switched off, about something from after the switch"
        }
        Timing::Erasure => "in a request to delete",
    }
}

/// How far an identifier ties records together.
pub(crate) fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Unknown => "not known from these runs",
        Scope::Request => "one request",
        Scope::Session => "one session",
        Scope::Install => "one installation",
        Scope::Device => "one device",
        Scope::Person => "one person",
    }
}

/// How an identifier was recognised.
pub(crate) fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Documented => "documented field",
        Basis::Differential => "by comparing devices",
    }
}

/// A step between runs in words: `restart`, `clear_data`, `days:91 used`.
pub(crate) fn step_between(step: &str) -> String {
    match step {
        "clear_data" => "clearing all data".into(),
        "private" | "private_window" => "a private window".into(),
        "restart" => "a restart".into(),
        "reinstall" => "a reinstall".into(),
        other => match other.strip_prefix("days:") {
            Some(days) => {
                let days = days.replace(" unused", " days without use");
                let days = days.replace(" used", " days of use");
                let unit = if days.contains("days") { "" } else { " days" };
                inert(&format!("{days}{unit}"), 60)
            }
            None => inert(&other.replace('_', " "), 60),
        },
    }
}

/// Why something was not read.
pub(crate) fn gap_word(reason: GapReason) -> &'static str {
    match reason {
        GapReason::Encrypted => "encrypted by the program itself, unread",
        GapReason::UnknownFormat => "unknown binary format",
        GapReason::Damaged => "does not decode as what it says it is",
        GapReason::OutOfBudget => "more than the budget allows",
        GapReason::NotTriedWithKeys => "not tried with every key and salt",
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

/// Whether an arm is the person's own private window.
pub(crate) fn is_private(arm: &Arm) -> bool {
    arm.0.get("mode").is_some_and(|mode| is_private_word(mode))
}

/// Whether a word names a private window, as browsers call it.
pub(crate) fn is_private_word(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    ["private", "incognito", "inprivate"].iter().any(|name| word.contains(name))
}

/// An arm as people say it: `private window, statistics off`.
pub(crate) fn arm(arm: &Arm) -> String {
    let mut parts = Vec::new();
    for (key, value) in arm.0.iter().take(12) {
        let (key, value) = (inert(key, 40), inert(&value.replace('_', " "), 60));
        parts.push(if key == "mode" {
            format!("{value} window")
        } else {
            format!("{key} {value}")
        });
    }
    if parts.is_empty() { "as it comes".into() } else { parts.join(", ") }
}

/// A run's grade in words.
pub(crate) fn grade(run: &Run) -> &'static str {
    match run.grade {
        candor_case::Grade::Stock => "as shipped",
        candor_case::Grade::Configured => "by its own settings",
        candor_case::Grade::Forced => "by switches from outside",
    }
}

/// The family that a property belongs to, for colours: its name up to the dot.
pub(crate) fn family(property: Property) -> &'static str {
    property.name().split('.').next().unwrap_or("app")
}

/// A property as a plural, for counts and pictures.
pub(crate) fn plural(property: Property) -> &'static str {
    match property {
        Property::BrowsingUrl => "visited addresses",
        Property::BrowsingSearch => "searched words",
        Property::BrowsingTyped => "typed text",
        Property::BrowsingDownload => "downloads",
        Property::BrowsingVideo => "videos looked up",
        Property::PersonEmail => "e-mail addresses",
        Property::PersonAccount => "account names",
        Property::PersonName => "names of persons",
        Property::PersonPhone => "telephone numbers",
        Property::PersonLocation => "locations",
        Property::DeviceId => "device numbers",
        Property::DeviceAdvertisingId => "advertising ids",
        Property::DeviceAddress => "network addresses",
        Property::DeviceModel => "device models",
        Property::DeviceOsVersion => "system versions",
        Property::DeviceLanguage => "languages",
        Property::DeviceScreen => "screen sizes",
        Property::DeviceNetwork => "networks",
        Property::AppInstallId => "installation numbers",
        Property::AppSessionId => "session numbers",
        Property::AppVersion => "app versions",
        Property::AppCrash => "crash reports",
        Property::AppPerformance => "performance figures",
        Property::AppPreference => "settings",
        Property::AppUsage => "features used",
        Property::EventTime => "moments of actions",
        Property::Control => "control values",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gap_has_words_of_its_own() {
        let words: std::collections::BTreeSet<&str> =
            GapReason::ALL.iter().map(|reason| gap_word(*reason)).collect();
        assert_eq!(words.len(), GapReason::ALL.len(), "{words:?}");
    }

    #[test]
    fn what_was_read_names_the_runs_that_it_is_a_share_of() {
        let coverage =
            Coverage { bytes_sent: 2_000, bytes_explained: 1_500, ..Coverage::default() };
        let told = "the runs that count for this statement sent 2,000 bytes, of which 75.0 % could be read";
        assert_eq!(read(&coverage), told);
    }

    #[test]
    fn a_visit_is_never_called_a_leak() {
        let of = |runs, found, unsent, visits| controls(Controls { runs, found, unsent, visits });
        assert_eq!(of(4, 4, 0, 0), "known leak found in 4 of 4 runs");
        let imported = of(2, 1, 1, 1);
        assert!(!imported.contains("leak found"), "{imported}");
        assert!(
            imported.starts_with("in 1 run without a known leak a visited address"),
            "{imported}"
        );
        assert!(imported.contains("; 1 run sent no known leak"), "{imported}");
        let mixed = of(3, 2, 1, 0);
        assert!(mixed.starts_with("known leak found in 2 of 2 runs; 1 run sent no"), "{mixed}");
    }

    #[test]
    fn figures_carry_units_and_never_round_up_to_all() {
        assert_eq!(percent(0.99999), "99.9 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(f64::NAN), "NaN %");
        assert_eq!(size(9_999), "9,999 bytes");
        assert_eq!(size(812_345), "812.3 kB");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(count(1, "run"), "1 run");
        assert_eq!(step_between("days:91 unused"), "91 days without use");
    }
}
