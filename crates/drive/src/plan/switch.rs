//! Settings that are tried one by one and together, and the smallest set of them that was silent.

use std::collections::BTreeSet;

use super::Prefs;

/// One documented setting of a browser, turned to its quiet side.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// One plain word.
    pub name: String,
    /// What the browser calls it, or where it is documented.
    #[serde(default)]
    pub documented: String,
    /// What it sets.
    pub prefs: Prefs,
}

/// Sets of more settings than this are not all tried: only none, each alone, and all together.
const ALL_SUBSETS: usize = 3;

/// The sets that are tried: none, each alone, all together; every subset where they are few.
pub(super) fn sets(settings: &[Setting]) -> Vec<Vec<&Setting>> {
    let count = settings.len().min(16);
    let wanted = |bits: u32| {
        let ones = bits.count_ones() as usize;
        count <= ALL_SUBSETS || ones <= 1 || ones == count
    };
    let mut masks: Vec<u32> = (0..1u32 << count).filter(|bits| wanted(*bits)).collect();
    masks.sort_by_key(|bits| (bits.count_ones(), *bits));
    let chosen = |bits: &u32| {
        settings.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, s)| s).collect()
    };
    masks.iter().map(chosen).collect()
}

/// The name of a set in arms: `none`, or its settings joined by `+`.
pub(super) fn set_name(set: &[&Setting]) -> String {
    if set.is_empty() {
        return "none".into();
    }
    set.iter().map(|setting| setting.name.as_str()).collect::<Vec<_>>().join("+")
}

/// The outcome of a switch plan for one mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SilentSet {
    /// These settings, turned off together, were the fewest that left nothing to be sent.
    Smallest(BTreeSet<String>),
    /// No set that was tried was silent in all its runs.
    Never,
    /// Nothing was sent even with no setting touched: silence proves nothing.
    Always,
}

/// Names the smallest set that was silent in every run of it. `runs` has, per run, the value of its
/// arm's `settings` and whether nothing was sent.
pub fn smallest_silent<'a>(runs: impl IntoIterator<Item = (&'a str, bool)>) -> SilentSet {
    let mut silent = std::collections::BTreeMap::new();
    for (settings, nothing_sent) in runs {
        *silent.entry(settings).or_insert(true) &= nothing_sent;
    }
    if silent.get("none") == Some(&true) {
        return SilentSet::Always;
    }
    let sets = silent.into_iter().filter(|(_, silent)| *silent).map(|(name, _)| {
        let set: BTreeSet<String> = name.split('+').map(str::to_owned).collect();
        (set.len(), set)
    });
    sets.min().map_or(SilentSet::Never, |(_, set)| SilentSet::Smallest(set))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str) -> Setting {
        Setting { name: name.into(), documented: String::new(), prefs: Prefs::new() }
    }

    #[test]
    fn few_settings_are_tried_in_every_set() {
        let names = |count: usize| {
            let all: Vec<_> = (0..count).map(|i| setting(&i.to_string())).collect();
            sets(&all).iter().map(|set| set_name(set)).collect::<Vec<_>>()
        };
        assert_eq!(names(2), ["none", "0", "1", "0+1"]);
        assert_eq!(names(3).len(), 8);
        assert_eq!(names(4), ["none", "0", "1", "2", "3", "0+1+2+3"]);
        assert_eq!(names(0), ["none"]);
    }

    #[test]
    fn the_smallest_silent_set_is_silent_every_time() {
        let set = |names: &[&str]| {
            SilentSet::Smallest(names.iter().map(|&name| name.to_owned()).collect())
        };
        let table: &[(&[(&str, bool)], SilentSet)] = &[
            (&[("none", false), ("a", false), ("b", false), ("a+b", true)], set(&["a", "b"])),
            (&[("none", false), ("a", true), ("a", false), ("a+b", true)], set(&["a", "b"])),
            (&[("none", false), ("a", true), ("a+b", true)], set(&["a"])),
            (&[("none", false), ("a", false)], SilentSet::Never),
            (&[("none", true), ("a", true)], SilentSet::Always),
            (&[("none", true), ("none", false), ("b", true)], set(&["b"])),
        ];
        for (runs, expected) in table {
            assert_eq!(smallest_silent(runs.iter().copied()), *expected, "{runs:?}");
        }
    }
}
