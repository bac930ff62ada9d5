//! Documented services: which requests they receive, which field means what, and how they are
//! opened. All of it is data (`data/services/*.toml`), each statement with its reason and source.

mod check;
mod file;
mod glob;
mod keys;
mod misspelt;

pub use check::{Counts, Problem};
pub(crate) use file::{Field, Service, in_record};
pub(crate) use glob::Glob;
pub(crate) use keys::KeyText;

use candor_case::{Exchange, Keys, Tree};

use crate::DetectError;
use crate::paths::Paths;

/// The files that are built in: name and text.
const BUILT_IN: &[(&str, &str)] = &[
    ("adjust.toml", include_str!("../../data/services/adjust.toml")),
    ("amplitude.toml", include_str!("../../data/services/amplitude.toml")),
    ("app-insights.toml", include_str!("../../data/services/app-insights.toml")),
    ("applog.toml", include_str!("../../data/services/applog.toml")),
    ("appmetrica.toml", include_str!("../../data/services/appmetrica.toml")),
    ("branch.toml", include_str!("../../data/services/branch.toml")),
    ("chromium-ukm.toml", include_str!("../../data/services/chromium-ukm.toml")),
    ("chromium-uma.toml", include_str!("../../data/services/chromium-uma.toml")),
    ("clarity.toml", include_str!("../../data/services/clarity.toml")),
    ("datadog-rum.toml", include_str!("../../data/services/datadog-rum.toml")),
    ("facebook-app-events.toml", include_str!("../../data/services/facebook-app-events.toml")),
    ("firebase-analytics.toml", include_str!("../../data/services/firebase-analytics.toml")),
    ("google-analytics-4.toml", include_str!("../../data/services/google-analytics-4.toml")),
    ("google-update.toml", include_str!("../../data/services/google-update.toml")),
    ("matomo.toml", include_str!("../../data/services/matomo.toml")),
    ("mistat.toml", include_str!("../../data/services/mistat.toml")),
    ("mixpanel.toml", include_str!("../../data/services/mixpanel.toml")),
    ("mozilla-addons.toml", include_str!("../../data/services/mozilla-addons.toml")),
    ("mozilla-glean.toml", include_str!("../../data/services/mozilla-glean.toml")),
    ("mozilla-telemetry.toml", include_str!("../../data/services/mozilla-telemetry.toml")),
    ("posthog.toml", include_str!("../../data/services/posthog.toml")),
    ("segment.toml", include_str!("../../data/services/segment.toml")),
    ("sensors-analytics.toml", include_str!("../../data/services/sensors-analytics.toml")),
    ("sentry.toml", include_str!("../../data/services/sentry.toml")),
    ("snowplow.toml", include_str!("../../data/services/snowplow.toml")),
    ("telemetry-glean.toml", include_str!("../../data/services/telemetry-glean.toml")),
];

/// The services that are known, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Services {
    all: Vec<Service>,
}

impl Services {
    /// The services that candor brings along.
    pub fn built_in() -> Self {
        let parsed = BUILT_IN.iter().filter_map(|(name, text)| file::parse(name, text).ok());
        Self::of(parsed.collect())
    }

    /// Reads one service file; `name` is what errors call it.
    pub fn parse(name: &str, text: &str) -> Result<Self, DetectError> {
        Ok(Self::of(vec![file::parse(name, text)?]))
    }

    /// These and the others together; of two with the same id the other one counts.
    pub fn with(mut self, others: Self) -> Self {
        self.all.retain(|mine| !others.all.iter().any(|other| other.id == mine.id));
        self.all.extend(others.all);
        Self::of(self.all)
    }

    fn of(mut all: Vec<Service>) -> Self {
        all.sort_by(|a, b| a.id.cmp(&b.id));
        Self { all }
    }

    /// Runs every rule's examples and counter-examples, and names each rule that lacks a reason, a
    /// source, an example or a counter-example. Built-in files that do not parse are named too.
    pub fn check(&self) -> Vec<Problem> {
        let broken = BUILT_IN.iter().filter_map(|(name, text)| {
            let why = file::parse(name, text).err()?.to_string();
            Some(Problem { service: (*name).to_owned(), rule: String::new(), why })
        });
        broken.chain(self.all.iter().flat_map(check::check)).collect()
    }

    /// How much [`check`](Self::check) has to check.
    pub fn counts(&self) -> Counts {
        check::count(&self.all)
    }

    /// The keys that services have built in.
    pub(crate) fn keys(&self) -> Keys {
        let mut keys: Vec<_> = self.all.iter().flat_map(Service::keys).collect();
        keys.sort();
        Keys(keys)
    }

    /// The scripts that name a key, each with the id of its service.
    pub(crate) fn key_texts(&self) -> impl Iterator<Item = (&str, &KeyText)> {
        self.all.iter().flat_map(|s| s.key_texts.iter().map(|text| (s.id.as_str(), text)))
    }

    /// The services that receive such an exchange.
    pub(crate) fn of_exchange<'a>(
        &'a self,
        exchange: &Exchange,
        tree: &Tree,
        paths: &Paths<'_>,
    ) -> Vec<&'a Service> {
        let host = exchange.request.host();
        let path: Vec<&str> = exchange.request.path().split('/').collect();
        let fits =
            |service: &&Service| service.receives_at(&host, &path) && service.required(tree, paths);
        self.all.iter().filter(fits).collect()
    }
}
