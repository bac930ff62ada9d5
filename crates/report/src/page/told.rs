//! A finding told in sentences, for readers who know no packets.

use candor_case::{Finding, FindingKind, Property, Sender};

use crate::view::Index;
use crate::words;
use crate::{clock, inert};

/// What was sent and to whom, how it was planted and seen, and why it is believed.
pub(crate) fn told(index: &Index<'_>, finding: &Finding) -> Vec<String> {
    let mut lines = vec![sent(index, finding)];
    lines.extend(planted(finding));
    lines.extend(changed(finding));
    lines.push(believed(finding));
    lines
}

/// `An address that was visited went to data.maker.test (the maker), at 14:03:12 on 4 May 2020.`
fn sent(index: &Index<'_>, finding: &Finding) -> String {
    let what = capital(finding.property.meaning());
    let tried = if index.view.verdicts.sinkhole { "was on its way" } else { "went" };
    let when = match index.sent_at(&finding.exchange) {
        Some(at) => format!(", at {} on {} (UTC)", clock::time(at), clock::day(at)),
        None => String::new(),
    };
    let who = match finding.sender {
        Sender::Subject => String::new(),
        other => format!(" It was sent by: {}.", words::sender(other)),
    };
    format!("{what} {tried} to {}{when}.{who}", words::recipient(&finding.recipient))
}

fn planted(finding: &Finding) -> Option<String> {
    let seen = &finding.seen;
    let during = if seen.phase.is_empty() {
        String::new()
    } else {
        format!(" during “{}”", inert(&seen.phase.replace('_', " "), 60))
    };
    let Some(planted) = &finding.planted else {
        return Some(format!(
            "Seen in run {} ({}){during}.",
            inert(&seen.run.0, 80),
            words::arm(&seen.arm)
        ));
    };
    let phase = if planted.phase.is_empty() {
        String::new()
    } else {
        format!(" during “{}”", inert(&planted.phase.replace('_', " "), 60))
    };
    let same = planted.run == seen.run;
    let seen_in =
        if same { "the same run".into() } else { format!("run {}", inert(&seen.run.0, 80)) };
    Some(format!(
        "Planted in run {} ({}){phase}; seen in {seen_in}{during}: {}.",
        inert(&planted.run.0, 80),
        words::arm(&planted.arm),
        words::timing(finding.timing)
    ))
}

fn changed(finding: &Finding) -> Option<String> {
    let steps: Vec<String> = finding.derivation.iter().take(12).map(|s| inert(s, 60)).collect();
    (!steps.is_empty()).then(|| format!("Changed before it was sent: {}.", steps.join(", then ")))
}

fn believed(finding: &Finding) -> String {
    match (finding.kind, &finding.documented) {
        (FindingKind::SeededValue, _) => format!(
            "Believed because this very value had been planted; matches by chance expected in the whole case: {}.",
            chance(finding.chance)
        ),
        (FindingKind::Shape, _) => "Believed because the value has a shape that checks.".into(),
        (FindingKind::ServiceField, Some(source)) => format!("Documented: {}.", inert(source, 600)),
        (FindingKind::ServiceField, None) => "Believed because the field is documented.".into(),
    }
}

/// A very small number as people write it.
pub(crate) fn chance(chance: f64) -> String {
    if chance == 0.0 {
        return "none".into();
    }
    if !chance.is_finite() || chance >= 0.01 {
        return format!("{chance:.2}");
    }
    let power = (chance.abs().log10().ceil() as i64).to_string();
    let raised = power.chars().map(|c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32(u32::from(digit) - u32::from('0') + 0x2070).unwrap_or(digit),
    });
    format!("practically none (fewer than 10{})", raised.collect::<String>())
}

/// What a finding shows in one line: `“garden shoes” to data.maker.test`.
pub(crate) fn shown_value(finding: &Finding, most: usize) -> String {
    match finding.property {
        Property::BrowsingSearch | Property::BrowsingTyped => {
            format!("“{}”", inert(&finding.value, most))
        }
        _ => inert(&finding.value, most),
    }
}

pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_said_by_their_power_of_ten() {
        let table = [
            (0.0, "none"),
            (3e-20, "practically none (fewer than 10⁻¹⁹)"),
            (0.5, "0.50"),
            (f64::NAN, "NaN"),
        ];
        for (number, words) in table {
            assert_eq!(chance(number), words);
        }
    }
}
