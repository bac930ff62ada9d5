//! Which runs may be made side by side, and how long the rest will take.

use std::collections::BTreeMap;

use candor_drive::PlannedRun;

/// Runs that continue one another, in chains: chains may be made side by side, in the order of their
/// first runs; the runs of one follow one another.
pub fn chains(runs: &[PlannedRun]) -> Vec<Vec<&PlannedRun>> {
    let mut chains: Vec<Vec<&PlannedRun>> = Vec::new();
    let mut lies_in = BTreeMap::new();
    for run in runs {
        let parent = run.inherits.as_ref().and_then(|parent| lies_in.get(parent)).copied();
        let at = parent.unwrap_or(chains.len());
        if at == chains.len() {
            chains.push(Vec::new());
        }
        chains[at].push(run);
        lies_in.insert(&run.run.id, at);
    }
    chains
}

/// What lies ahead.
pub struct Ahead {
    runs: usize,
    begun: usize,
    seconds: u32,
}

impl Ahead {
    /// All of it.
    pub fn of(runs: &[PlannedRun]) -> Self {
        Self { runs: runs.len(), begun: 0, seconds: runs.iter().map(PlannedRun::seconds).sum() }
    }

    /// Takes note that a run begins, and says so.
    pub fn begin(&mut self, run: &PlannedRun, at_once: usize) -> String {
        let words = self.words(at_once);
        self.begun += 1;
        self.seconds = self.seconds.saturating_sub(run.seconds());
        format!("run {} of {}: {}, {words} left", self.begun, self.runs, run.run.id.0)
    }

    /// The time it will take, with so many runs side by side.
    pub fn words(&self, at_once: usize) -> String {
        let seconds = u64::from(self.seconds) / at_once.max(1) as u64;
        format!("about {} minutes", seconds.div_ceil(60).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"
name = "life"
question = "what outlives a new profile?"
browsers = ["firefox"]
repeats = 2
control = true
[[arm]]
name = "life"
[[arm.phase]]
do = "first_start"
[[arm.phase]]
do = "idle"
seconds = 100
[[arm.phase]]
do = "clear_data"
[[arm.phase]]
do = "idle"
seconds = 100
"#;

    #[test]
    fn runs_that_continue_one_another_stay_together() {
        let plan = candor_drive::Plan::parse(PLAN, "life.toml").unwrap();
        let order = candor_drive::Order {
            browser: candor_drive::Browser::Firefox,
            repeats: None,
            device: "d".into(),
        };
        let mut count = 0u8;
        let mut random = |out: &mut [u8]| {
            for byte in out {
                count = count.wrapping_add(1);
                *byte = count;
            }
        };
        let runs = candor_drive::expand(&plan, &order, &mut random);
        let chains = chains(&runs);
        assert!(chains.iter().any(|chain| chain.len() > 1), "clearing data continues a run");
        assert_eq!(chains.iter().map(Vec::len).sum::<usize>(), runs.len());
        for chain in &chains {
            assert!(chain[0].inherits.is_none());
            for (before, run) in chain.iter().zip(&chain[1..]) {
                assert_eq!(run.inherits.as_ref(), Some(&before.run.id));
            }
        }
        let mut ahead = Ahead::of(&runs);
        let first = ahead.begin(&runs[0], 2);
        assert!(first.starts_with(&format!("run 1 of {}: ", runs.len())), "{first}");
        assert!(ahead.seconds < runs.iter().map(PlannedRun::seconds).sum());
    }
}
