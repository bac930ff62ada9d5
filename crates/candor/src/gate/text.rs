//! What the gate says to people.

use std::fmt::Write;

use candor_report::inert;

use crate::gate::{Gate, Outcome, Shown, Use};

/// The gate in lines; empty when it has nothing to say.
pub fn text(gate: &Gate) -> String {
    let mut out = String::new();
    for claim in &gate.claims {
        let words = match claim.outcome {
            Outcome::Fails => "fails: contradicted in a way that is neither waived nor known",
            Outcome::Baselined => "passes: contradicted only in ways that the baseline knows",
            Outcome::Waived => "passes: waived",
            Outcome::Undecided => "undecided",
        };
        let _ = writeln!(out, "  {}  {words}", inert(&claim.id, 60));
        for way in claim.failing() {
            let _ = writeln!(out, "    new: {}", line(way));
        }
    }
    for (waiver, used) in &gate.waivers {
        let claim = inert(&waiver.claim, 60);
        let reason = inert(&waiver.reason, 200);
        let _ = match used {
            Use::Used => writeln!(out, "  waiver  {claim}, until {}: {reason}", waiver.expires),
            Use::Expired => {
                writeln!(out, "  expired {claim}, on {}, counts no more: {reason}", waiver.expires)
            }
            Use::NotNeeded => writeln!(out, "  waiver  {claim}: nothing to waive, remove it"),
            Use::UnknownClaim => writeln!(out, "  waiver  {claim}: no claim has this id"),
        };
    }
    for way in &gate.gone {
        let _ = writeln!(out, "  gone    {}, write the baseline again", line(way));
    }
    if out.is_empty() { out } else { format!("\nThe gate\n{out}") }
}

fn line(way: &Shown) -> String {
    let arm = if way.arm.0.is_empty() { String::new() } else { format!(" ({})", way.arm) };
    let to = if way.to.is_empty() { String::new() } else { format!(" to {}", way.to) };
    inert(&format!("{}: {}{to}{arm}", way.claim, way.what), 300)
}
