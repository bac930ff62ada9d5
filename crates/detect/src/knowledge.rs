//! What detection knows beforehand: the seeds, the subject, and the documented services.

use std::collections::BTreeSet;
use std::fmt;

use candor_case::{Keys, Property, Recipient, Seed, Subject};

use crate::address::Address;
use crate::digests::Digests;
use crate::forms::{self, Form};
use crate::keyed::Values;
use crate::needles::Needles;
use crate::normal::{self, Kind, Normal};
use crate::services::Services;
use crate::split::Splits;
use crate::typed::Typed;
use crate::weak::Numbers;
use crate::{DetectError, site};

/// Most seeds that are looked for with every effort.
const MARKED: usize = 64;

/// Shortest seed that is looked for, in bytes.
const LEAST: usize = 4;

/// Everything that [`detect`](crate::detect) compares an exchange with. Built once per case.
pub struct Knowledge {
    pub(crate) services: Services,
    pub(crate) subject: Subject,
    pub(crate) seeds: Vec<Seed>,
    /// Of each seed, the sites where it belongs.
    homes: Vec<Vec<String>>,
    /// The sites that were visited.
    pub(crate) visited: BTreeSet<String>,
    /// Parts that more than one value has.
    shared: BTreeSet<String>,
    pub(crate) needles: Needles,
    pub(crate) digests: Digests,
    pub(crate) splits: Splits,
    pub(crate) typed: Typed,
    pub(crate) numbers: Numbers,
    /// The seeds that are looked for with every effort, by position.
    pub(crate) marked: BTreeSet<usize>,
    pub(crate) salted: Values,
}

impl Knowledge {
    /// Prepares to search for the seeds of all runs of a case.
    ///
    /// Sightings name seeds by their position in `seeds`; their order changes nothing else.
    pub fn new(services: Services, subject: &Subject, seeds: &[Seed]) -> Result<Self, DetectError> {
        if let Some(short) = seeds.iter().find(|seed| seed.value.trim().len() < LEAST) {
            return Err(DetectError::SeedTooShort { id: short.id.clone(), least: LEAST });
        }
        Self::with(services, subject, seeds, marked(seeds))
    }

    fn with(
        services: Services,
        subject: &Subject,
        seeds: &[Seed],
        marked: BTreeSet<usize>,
    ) -> Result<Self, DetectError> {
        let shared = shared_parts(seeds);
        // Controls are sent as they are.
        let each = seeds.iter().enumerate();
        let hashed = each.filter(|(_, seed)| seed.property != Property::Control);
        let hashed: Vec<(usize, &Seed, Vec<Normal>)> =
            hashed.map(|(i, seed)| (i, seed, distinct(seed, &shared))).collect();
        let numbers = Numbers::new(hashed.iter().cloned());
        let salted = hashed.iter().filter(|(i, ..)| marked.contains(i)).cloned();
        let salted = Values::new(salted);
        let digests = Digests::new(
            hashed.into_iter().map(|(i, seed, normals)| (i, seed, normals, marked.contains(&i))),
        );
        let needles = Needles::new(all_forms(seeds, &shared))?;
        Ok(Self {
            services,
            subject: subject.clone(),
            visited: site::visited_sites(seeds),
            homes: seeds.iter().map(site::homes).collect(),
            splits: Splits::new(needles.all()),
            typed: Typed::new(seeds),
            numbers,
            needles,
            digests,
            marked,
            salted,
            shared,
            seeds: seeds.to_vec(),
        })
    }

    /// Marks the seeds of these ids, at most 64 of them, to be looked for with every effort: hashed
    /// in every way that is known, and with keys. Unasked, all seeds are marked where there are 64
    /// or fewer, else those that name a person or tie records together first, then by id.
    pub fn mark(self, ids: &BTreeSet<String>) -> Result<Self, DetectError> {
        let wanted = |(_, seed): &(usize, &Seed)| ids.contains(&seed.id);
        let marked = self.seeds.iter().enumerate().filter(wanted).map(|(i, _)| i);
        let marked: BTreeSet<usize> = marked.take(MARKED).collect();
        Self::with(self.services, &self.subject, &self.seeds, marked)
    }

    /// Names further sites that were visited, each with its subdomains, beside those that seeds
    /// tell of.
    pub fn visit(mut self, sites: impl IntoIterator<Item = String>) -> Self {
        self.visited.extend(sites.into_iter().map(|site| site.trim_matches('.').to_lowercase()));
        self.visited.remove("");
        self
    }

    /// Whether there are seeds that are looked for with keys and salts.
    pub fn searches_with_keys(&self) -> bool {
        !self.marked.is_empty()
    }

    /// The keys that documented services have built in: what peeling may try from the start.
    pub fn keys(&self) -> Keys {
        self.services.keys()
    }

    /// Who a host is to the user of this case's subject.
    pub fn recipient(&self, host: &str) -> Recipient {
        site::describe(host, &self.subject, &self.visited)
    }

    /// Whether `host` is a site where a seed belongs.
    pub(crate) fn at_home(&self, seed: usize, host: &str) -> bool {
        self.homes.get(seed).is_some_and(|homes| homes.iter().any(|home| site::within(host, home)))
    }

    /// Whether `host` is a site where a seed belongs, if there is one.
    pub(crate) fn is_home(&self, seed: Option<usize>, host: &str) -> bool {
        seed.is_some_and(|seed| self.at_home(seed, host))
    }

    /// What a seed may have been made into, parts that others share left out.
    pub(crate) fn normals(&self, seed: usize) -> Vec<Normal> {
        self.seeds.get(seed).map(|seed| distinct(seed, &self.shared)).unwrap_or_default()
    }

    /// The property of a seed.
    pub(crate) fn property(&self, seed: usize) -> Option<Property> {
        self.seeds.get(seed).map(|seed| seed.property)
    }
}

impl fmt::Debug for Knowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Knowledge").field("seeds", &self.seeds.len()).finish_non_exhaustive()
    }
}

/// The forms of all seeds. That there are many seeds makes an accident with one of them likelier,
/// so it takes bits from each.
fn all_forms(seeds: &[Seed], shared: &BTreeSet<String>) -> Vec<Form> {
    let starts = shared_starts(seeds);
    let each = seeds.iter().enumerate();
    let mut all: Vec<Form> = each
        .flat_map(|(i, seed)| forms::forms(seed, &distinct(seed, shared), i, starts[i]))
        .collect();
    let many = (seeds.len().max(1) as f64).log2();
    all.iter_mut().for_each(|form| form.bits -= many);
    all
}

/// What a seed may have been made into, without the parts that others have too: they would name
/// the wrong one.
fn distinct(seed: &Seed, shared: &BTreeSet<String>) -> Vec<Normal> {
    let mut all = normal::normals(seed);
    all.retain(|normal| normal.kind != Kind::Part || !shared.contains(&normal.text));
    all
}

/// The parts that seeds of different values have in common.
fn shared_parts(seeds: &[Seed]) -> BTreeSet<String> {
    let mut parts: Vec<(String, &str)> = Vec::new();
    for seed in seeds {
        let normals = normal::normals(seed).into_iter();
        let own = normals.filter(|normal| normal.kind == Kind::Part);
        parts.extend(own.map(|normal| (normal.text, seed.value.as_str())));
    }
    parts.sort_unstable();
    parts.dedup();
    let same = parts.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1);
    same.map(|same| same[0].0.clone()).collect()
}

/// The seeds that are looked for with every effort, by position: at most 64, those that name a
/// person or tie records together first, then by id.
fn marked(seeds: &[Seed]) -> BTreeSet<usize> {
    let mut order: Vec<usize> =
        (0..seeds.len()).filter(|&i| seeds[i].property != Property::Control).collect();
    order.sort_by_key(|&i| {
        let Seed { property, id, value, .. } = &seeds[i];
        (!property.ties_records(), id, value)
    });
    order.into_iter().take(MARKED).collect()
}

/// Of each address, how many bytes at its front some other address begins with too. Seeds of the
/// same value are not each other's others.
fn shared_starts(seeds: &[Seed]) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..seeds.len()).filter(|&i| Address::of(&seeds[i].value).is_some()).collect();
    order.sort_by(|&a, &b| seeds[a].value.cmp(&seeds[b].value));
    let mut shared = vec![0; seeds.len()];
    let groups: Vec<&[usize]> = order.chunk_by(|&a, &b| seeds[a].value == seeds[b].value).collect();
    for pair in groups.windows(2) {
        let (a, b) = (&seeds[pair[0][0]].value, &seeds[pair[1][0]].value);
        let common = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
        for &seed in pair[0].iter().chain(pair[1]) {
            shared[seed] = shared[seed].max(common);
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(value: &str) -> Seed {
        Seed {
            id: value.into(),
            value: value.into(),
            property: Property::BrowsingUrl,
            sites: None,
            run: None,
            arm: None,
            phase: None,
        }
    }

    #[test]
    fn shared_beginnings_do_not_depend_on_order() {
        let values = ["https://a.test/xy1", "https://a.test/xy2", "https://b.test/", "words here"];
        let forth: Vec<Seed> = values.iter().map(|v| seed(v)).collect();
        let back: Vec<Seed> = values.iter().rev().map(|v| seed(v)).collect();
        let mut reversed = shared_starts(&back);
        reversed.reverse();
        assert_eq!(shared_starts(&forth), [17, 17, 8, 0]);
        assert_eq!(reversed, [17, 17, 8, 0]);
        assert_eq!(shared_starts(&[seed(values[0]), seed(values[0])]), [0, 0]);
    }

    #[test]
    fn short_seeds_are_refused() {
        let refused = Knowledge::new(Services::default(), &Subject::default(), &[seed("abc")]);
        assert!(refused.is_err_and(|error| error.to_string().contains("`abc` is too short")));
    }
}
