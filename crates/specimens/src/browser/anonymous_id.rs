//! The anonymous id of the 2020 browser: said to be renewed every 90 days, and renewed only after
//! 90 days without a single start.
//!
//! The code that was read keeps the id with the time it was made (`aigt`) and its interval
//! (`anonymous_ei`, 7,776,000,000 ms), but writes `aigt` anew on every call.

use crate::random::Random;

/// 90 days, in milliseconds.
const INTERVAL_MS: i64 = 7_776_000_000;

/// The id as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnonymousId {
    pub(crate) id: String,
    /// `aigt`: said to be when the id was made, in fact when it was last asked for.
    aigt_ms: i64,
}

impl AnonymousId {
    /// The id to use from now on, given what is stored.
    pub(crate) fn at_start(stored: Option<Self>, now_ms: i64, random: &mut Random) -> Self {
        match stored {
            Some(kept) if now_ms - kept.aigt_ms < INTERVAL_MS => Self { aigt_ms: now_ms, ..kept },
            _ => Self { id: random.uuid(), aigt_ms: now_ms },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;

    /// Starts on the given days; the id on each.
    fn ids(days: &[i64]) -> Vec<String> {
        let mut random = Random::labelled(1, "ids");
        let mut stored = None;
        let mut start = |day: &i64| {
            let id = AnonymousId::at_start(stored.take(), day * DAY_MS, &mut random);
            stored = Some(id.clone());
            id.id
        };
        days.iter().map(&mut start).collect()
    }

    #[test]
    fn it_is_renewed_only_after_ninety_days_without_a_start() {
        let used = ids(&[0, 30, 60, 91, 150, 239]);
        assert!(used.iter().all(|id| *id == used[0]), "every start puts the renewal off: {used:?}");
        let unused = ids(&[0, 91]);
        assert_ne!(unused[0], unused[1]);
        let edge = ids(&[0, 89, 179]);
        assert_eq!(edge[0], edge[1]);
        assert_ne!(edge[1], edge[2]);
    }
}
