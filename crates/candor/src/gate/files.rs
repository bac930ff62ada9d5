//! The files of a gate, as commands take them, and the gate that they make of a case.

use std::path::PathBuf;

use anyhow::{Context, Result};
use candor_case::{Claim, Finding, Identifier, Verdicts};
use candor_report as report;

use crate::gate::shown::{BY_CLAIM, BY_IDENTIFIER};
use crate::gate::{Baseline, Gate, Shown, Use, Waiver, gate, shown, waivers};

/// What decides beside the verdicts.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Files {
    /// What may pass although it is contradicted or undecided, with reasons and ends
    #[arg(long, value_name = "FILE")]
    pub waivers: Option<PathBuf>,
    /// Contradictions that are known: only others fail
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// The files, read.
#[derive(Default)]
pub struct Held {
    /// `None` where no file was named.
    pub waivers: Option<Vec<Waiver>>,
    /// `None` where no file was named.
    pub baseline: Option<Baseline>,
}

impl Files {
    /// Whether any was named.
    pub fn any(&self) -> bool {
        self.waivers.is_some() || self.baseline.is_some()
    }

    /// Reads them.
    pub fn read(&self) -> Result<Held> {
        let waivers = self.waivers.as_deref().map(|path| {
            let name = path.display().to_string();
            let text =
                std::fs::read_to_string(path).with_context(|| format!("{name}: cannot be read"))?;
            waivers::parse(&text, &name)
        });
        let baseline = self.baseline.as_deref().map(Baseline::read);
        Ok(Held { waivers: waivers.transpose()?, baseline: baseline.transpose()? })
    }
}

impl Held {
    /// Holds verdicts, and what shows them, against the files, today.
    pub fn gate(
        &self,
        verdicts: &Verdicts,
        claims: &[Claim],
        findings: &[Finding],
        identifiers: &[Identifier],
    ) -> Gate {
        let shown = shown(verdicts, claims, findings, identifiers);
        let baseline = self.baseline.clone().unwrap_or_default();
        let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
        gate(verdicts, &shown, self.waivers.clone().unwrap_or_default(), &baseline, &today)
    }

    /// The gate of a case as it was last audited, as reports show it.
    pub fn told(&self, view: &report::View) -> report::Gate {
        let gate = self.gate(&view.verdicts, &view.claims, &view.findings, &view.identifiers);
        let gone = gate.gone.iter().map(|way| way.claim.as_str());
        let with_gone = gone.filter(|id| gate.of(id).is_none());
        let mut claims: std::collections::BTreeMap<String, report::Held> = with_gone
            .map(|id| (id.to_owned(), report::Held { gone: true, ..report::Held::default() }))
            .collect();
        for judged in &gate.claims {
            let held = report::Held {
                ways: judged.ways.iter().map(|way| told(&gate, way)).collect(),
                waived: judged.waivers.iter().map(|n| waived(&gate.waivers[*n].0)).collect(),
                lapsed: lapsed(&gate, &judged.id),
                gone: gate.gone.iter().any(|way| way.claim == judged.id),
            };
            claims.insert(judged.id.clone(), held);
        }
        report::Gate { waivers: self.waivers.is_some(), baseline: self.baseline.is_some(), claims }
    }
}

fn told(gate: &Gate, way: &crate::gate::Way) -> report::Way {
    let Shown { arm, what, to, .. } = &way.shown;
    report::Way {
        arm: (![BY_CLAIM, BY_IDENTIFIER].contains(&what.as_str())).then(|| arm.clone()),
        what: what.clone(),
        to: to.clone(),
        known: way.known,
        waived: way.waivers.iter().map(|n| waived(&gate.waivers[*n].0)).collect(),
    }
}

fn lapsed(gate: &Gate, claim: &str) -> Vec<report::Waived> {
    let of_claim =
        gate.waivers.iter().filter(|(w, used)| *used == Use::Expired && w.claim == claim);
    of_claim.map(|(waiver, _)| waived(waiver)).collect()
}

fn waived(waiver: &Waiver) -> report::Waived {
    report::Waived { reason: waiver.reason.clone(), until: waiver.expires.clone() }
}
