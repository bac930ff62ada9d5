//! Scope: the runs a claim speaks of. Outside it nothing is judged.

use candor_case::{
    Arm, Claim, Controls, Coverage, Finding, Grade, Party, Property, Rule, RuleKind, RunId, Spikes,
};

use crate::silence::seedable;
use crate::{Action, Control, Evidence, RunEvidence, same_name};

/// Why a claim is not judged in this case.
pub(crate) struct Outside {
    pub(crate) why: String,
    /// Whether no other recording could change that.
    pub(crate) forever: bool,
}

/// The runs that a rule speaks of, and the parties.
pub(crate) struct InScope<'a> {
    pub(crate) runs: Vec<&'a RunEvidence>,
    /// Runs that continue one of those: what was planted there may arrive here.
    pub(crate) later: Vec<&'a RunEvidence>,
    pub(crate) when: Arm,
    pub(crate) parties: Vec<Party>,
    pub(crate) modes: Vec<String>,
    stock_only: bool,
}

/// The scope of a claim, or why it has none here.
pub(crate) fn of_claim<'a>(claim: &Claim, evidence: &'a Evidence) -> Result<InScope<'a>, Outside> {
    let subject = &evidence.subject;
    let applies = &claim.applies_to;
    let not_here = |why: String| Err(Outside { why, forever: false });
    if let RuleKind::NotTestable(why) = &claim.rule.kind {
        return Err(Outside { why: why.clone(), forever: true });
    }
    if !same_name(&applies.product, subject) {
        return not_here(format!(
            "said about {}, this case examines {}: not judged here",
            applies.product, subject.product
        ));
    }
    if !applies.versions.is_empty() && !applies.versions.contains(&subject.version) {
        return not_here(format!(
            "said about version {}, this case examines {}: not judged here",
            applies.versions.join(", "),
            subject.version
        ));
    }
    if !applies.regions.is_empty() && !applies.regions.contains(&subject.region) {
        return not_here(format!(
            "said about region {}: not judged here",
            applies.regions.join(", ")
        ));
    }
    let mut scope = InScope::of_rule(&claim.rule, evidence);
    scope.restrict_modes(&claim.rule, &applies.modes);
    Ok(scope)
}

impl<'a> InScope<'a> {
    /// The scope of a rule by itself.
    pub(crate) fn of_rule(rule: &Rule, evidence: &'a Evidence) -> Self {
        let when = rule.when.clone();
        // Lifetimes are the only thing a shifted clock may speak of.
        let shifted_counts = matches!(rule.kind, RuleKind::Renewed { .. });
        // Claims about defaults and consent are judged on runs of the subject as it ships.
        let as_shipped = rule.when.0.values().any(|value| value == "as_shipped");
        let stock_only = as_shipped || rule.when.0.contains_key("consent");
        let runs: Vec<_> = evidence
            .runs
            .iter()
            .filter(|known| shifted_counts || known.run.clock_offset_s == 0)
            .filter(|known| !stock_only || known.run.grade == Grade::Stock)
            .collect();
        let mut scope =
            Self { later: vec![], runs, when, parties: parties(rule), modes: vec![], stock_only };
        scope.keep_speaking(rule);
        scope.later = scope.continuations(evidence);
        scope
    }

    fn restrict_modes(&mut self, rule: &Rule, modes: &[String]) {
        self.modes = modes.to_vec();
        self.keep_speaking(rule);
    }

    /// Keeps the runs that the rule speaks of: by their own arm, or, where it asks for nothing but
    /// planted values, by the arm of an action. What else such a run sent belongs to no one window.
    fn keep_speaking(&mut self, rule: &Rule) {
        let runs = std::mem::take(&mut self.runs);
        let by_action = |known: &RunEvidence| match &rule.kind {
            RuleKind::Never(list) => list.iter().all(seedable) && self.planted_in(known, list),
            _ => false,
        };
        let speaks = |known: &&RunEvidence| self.holds_in(&known.run.arm) || by_action(known);
        self.runs = runs.into_iter().filter(speaks).collect();
    }

    /// Whether the rule speaks of that arm.
    fn holds_in(&self, arm: &Arm) -> bool {
        let in_mode = self.modes.is_empty()
            || arm.0.get("mode").is_some_and(|mode| self.modes.contains(mode));
        in_mode && arm.matches(&self.when)
    }

    /// Whether a confirmed action planted one of these there.
    pub(crate) fn planted_in(&self, known: &RunEvidence, list: &[Property]) -> bool {
        let counts = |action: &Action| action.confirmed && list.contains(&action.property);
        known.planted.iter().any(|action| counts(action) && self.holds_in(&action.arm))
    }

    fn continuations(&self, evidence: &'a Evidence) -> Vec<&'a RunEvidence> {
        let mut reached: Vec<&RunId> = self.runs.iter().map(|known| &known.run.id).collect();
        let mut later = vec![];
        let mut grew = true;
        while grew {
            grew = false;
            for known in &evidence.runs {
                let follows =
                    known.run.continues.as_ref().is_some_and(|c| reached.contains(&&c.run));
                if follows && !reached.contains(&&known.run.id) {
                    reached.push(&known.run.id);
                    later.push(known);
                    grew = true;
                }
            }
        }
        later.retain(|known| known.run.clock_offset_s == 0);
        later
    }

    /// Whether a finding is one that the rule speaks of: by the arm it was planted in, or, where
    /// nothing was planted, the arm it was seen in.
    pub(crate) fn covers(&self, finding: &Finding, evidence: &Evidence) -> bool {
        let (run, arm) = match &finding.planted {
            Some(planted) => (&planted.run, &planted.arm),
            None => (&finding.seen.run, &finding.seen.arm),
        };
        let shifted = |id: &RunId| evidence.run(id).is_some_and(|r| r.run.clock_offset_s != 0);
        let stock = |id: &RunId| evidence.run(id).is_some_and(|r| r.run.grade == Grade::Stock);
        let own = |(key, value): (&String, &String)| (key.clone(), value.clone());
        // Consent is about the moment of sending, whenever the value was planted.
        let consent =
            Arm(self.when.0.iter().filter(|(key, _)| *key == "consent").map(own).collect());
        self.holds_in(arm)
            && finding.seen.arm.matches(&consent)
            && self.parties.contains(&finding.recipient.party)
            && !shifted(run)
            && !shifted(&finding.seen.run)
            && (!self.stock_only || stock(run))
    }

    /// Counts over the runs that speak and those that continue them.
    pub(crate) fn coverage(&self) -> Coverage {
        let mut sum = Coverage::default();
        self.runs.iter().chain(&self.later).for_each(|known| sum.add(&known.coverage));
        sum
    }

    pub(crate) fn controls(&self) -> Controls {
        let count = |wanted: &[Control]| {
            self.runs.iter().filter(|known| wanted.contains(&known.control)).count() as u32
        };
        Controls {
            runs: self.runs.len() as u32,
            found: count(&[Control::Found, Control::Visit]),
            unsent: count(&[Control::Unsent]),
            visits: count(&[Control::Visit]),
        }
    }

    pub(crate) fn spikes(&self) -> Spikes {
        self.runs.iter().chain(&self.later).fold(Spikes::default(), |sum, known| Spikes {
            planted: sum.planted + known.spikes.planted,
            recovered: sum.recovered + known.spikes.recovered,
        })
    }
}

/// The parties a rule speaks of: everyone but visited sites, unless it says otherwise.
fn parties(rule: &Rule) -> Vec<Party> {
    if rule.to.is_empty() {
        vec![Party::Maker, Party::Third, Party::Unknown]
    } else {
        rule.to.clone()
    }
}
