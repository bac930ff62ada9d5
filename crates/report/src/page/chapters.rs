//! What a receiver can put together under one value of an identifier: the entries of its diary.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Finding, Identifier, IdentifierValue, Property, RunId, Timing, UnixMicros};

use crate::page::summary::is_private;
use crate::page::told::shown_value;
use crate::path;
use crate::view::Index;

/// Identifier values that are looked through at most.
const MOST_VALUES: usize = 2_000;
/// Chapters that are told at most.
pub(crate) const MOST_CHAPTERS: usize = 12;
/// Chapters of one identifier at most, so that all its values do not crowd out the others.
const MOST_ALIKE: usize = 4;

/// Everything that one value of one identifier ties together.
pub(crate) struct Chapter<'a> {
    pub(crate) identifier: &'a Identifier,
    pub(crate) value: &'a IdentifierValue,
    /// Other identifiers that the same requests carry, in words.
    pub(crate) also: BTreeSet<String>,
    /// What it tells of the device and the person.
    pub(crate) profile: BTreeMap<Property, BTreeSet<String>>,
    /// What was done, in order.
    pub(crate) entries: Vec<Entry>,
    pub(crate) requests: usize,
    pub(crate) runs: usize,
}

/// One line of a diary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// When it was sent; `None` where the case does not tell.
    pub(crate) at: Option<UnixMicros>,
    pub(crate) run: RunId,
    pub(crate) property: Property,
    pub(crate) value: String,
    pub(crate) private: bool,
    pub(crate) late: bool,
    /// The finding that shows it.
    pub(crate) finding: usize,
    /// How often it was told.
    pub(crate) times: usize,
}

/// The diaries that are worth reading: widest identifiers first, none twice.
pub(crate) fn chapters<'a>(index: &Index<'a>) -> Vec<Chapter<'a>> {
    let carried = carried(index);
    let mut values: Vec<(&'a Identifier, &'a IdentifierValue, BTreeSet<&'a str>)> = Vec::new();
    for identifier in &index.view.identifiers {
        for value in &identifier.values {
            let exchanges = exchanges(index, &carried, identifier, value);
            if values.len() < MOST_VALUES && !exchanges.is_empty() {
                values.push((identifier, value, exchanges));
            }
        }
    }
    values.sort_by(|a, b| {
        let rank = |v: &(&Identifier, &IdentifierValue, BTreeSet<&str>)| (v.0.scope, v.2.len());
        rank(b).cmp(&rank(a)).then((&a.0.id, a.1).cmp(&(&b.0.id, b.1)))
    });
    let mut told: Vec<(BTreeSet<&str>, Chapter<'a>)> = Vec::new();
    for (identifier, value, exchanges) in values {
        if let Some((_, known)) = told.iter_mut().find(|(wider, _)| exchanges.is_subset(wider)) {
            known.also.insert(what(identifier));
            continue;
        }
        let alike = told.iter().filter(|(_, c)| c.identifier.id == identifier.id).count();
        if told.len() == MOST_CHAPTERS || alike == MOST_ALIKE {
            continue;
        }
        let chapter = chapter(index, identifier, value, &exchanges);
        if !chapter.entries.is_empty() {
            told.push((exchanges, chapter));
        }
    }
    told.into_iter().map(|(_, chapter)| chapter).collect()
}

/// An identifier in words: `a number of the device … ($device_id)`.
fn what(identifier: &Identifier) -> String {
    let last = path::steps(&identifier.place_pattern).pop().unwrap_or_default();
    let field = crate::inert(last.rsplit('.').next().unwrap_or(last), 60);
    match identifier.property {
        Some(property) => format!("{} ({field})", property.meaning()),
        None => field,
    }
}

type CarriedBy<'a> = BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>>;

fn carried<'a>(index: &Index<'a>) -> CarriedBy<'a> {
    let mut all: CarriedBy<'a> = BTreeMap::new();
    for one in &index.view.carried {
        all.entry((&one.identifier, &one.digest)).or_default().insert(&one.exchange.0);
    }
    all
}

/// The requests that carry a value: as the case lists them, else those whose findings hold it.
fn exchanges<'a>(
    index: &Index<'a>,
    carried: &CarriedBy<'a>,
    identifier: &'a Identifier,
    value: &'a IdentifierValue,
) -> BTreeSet<&'a str> {
    if let Some(listed) = carried.get(&(identifier.id.as_str(), value.digest.as_str())) {
        return listed.clone();
    }
    if !index.view.carried.is_empty() {
        return BTreeSet::new();
    }
    let holds = |f: &&Finding| f.recipient.host == identifier.host && f.value == value.value;
    let mut found: BTreeSet<&str> =
        index.view.findings.iter().filter(holds).map(|f| f.exchange.0.as_str()).collect();
    found.insert(&value.example.0);
    found
}

fn chapter<'a>(
    index: &Index<'a>,
    identifier: &'a Identifier,
    value: &'a IdentifierValue,
    exchanges: &BTreeSet<&'a str>,
) -> Chapter<'a> {
    let mut profile: BTreeMap<Property, BTreeSet<String>> = BTreeMap::new();
    let mut entries: BTreeMap<(Property, String, bool, RunId), Entry> = BTreeMap::new();
    let mut runs = BTreeSet::new();
    for exchange in exchanges {
        for n in index.in_request(exchange) {
            let finding = &index.view.findings[*n];
            runs.insert(&finding.seen.run.0);
            if is_deed(finding.property) {
                let entry = entry(index, *n, finding);
                let key = (entry.property, entry.value.clone(), entry.private, entry.run.clone());
                let known =
                    entries.entry(key).or_insert_with(|| Entry { times: 0, ..entry.clone() });
                let times = known.times + 1;
                if entry.at < known.at {
                    *known = entry;
                }
                known.times = times;
            } else {
                profile.entry(finding.property).or_default().insert(shown_value(finding, 80));
            }
        }
    }
    let mut entries: Vec<Entry> = entries.into_values().collect();
    entries.sort();
    Chapter {
        identifier,
        value,
        also: BTreeSet::new(),
        profile,
        entries,
        requests: exchanges.len(),
        runs: runs.len(),
    }
}

/// Kinds that tell what somebody did, rather than what they have.
fn is_deed(property: Property) -> bool {
    matches!(
        property,
        Property::BrowsingUrl
            | Property::BrowsingSearch
            | Property::BrowsingTyped
            | Property::BrowsingDownload
            | Property::BrowsingVideo
            | Property::AppCrash
    )
}

fn entry(index: &Index<'_>, n: usize, finding: &Finding) -> Entry {
    Entry {
        at: index.sent_at(&finding.exchange),
        run: finding.seen.run.clone(),
        property: finding.property,
        value: shown_value(finding, 160),
        private: is_private(finding),
        late: finding.timing != Timing::Live,
        finding: n,
        times: 1,
    }
}
