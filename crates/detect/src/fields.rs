//! Documented fields in the layers of one exchange.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Exchange, FindingKind, Key, LayerId, Property, Tree};

use crate::services::{Field, Service, Services};
use crate::sighting::{Sighting, whole};
use crate::{pattern, sentinel, show};

/// Bits of a documented field on the service's own hosts: host, path and field all have to fit.
const ON_ITS_HOST: f64 = 128.0;
/// The same where the format is used on anybody's hosts: URL path, carrier and field have to fit.
const ON_ANY_HOST: f64 = 64.0;

/// Most documented fields reported of one exchange.
const SIGHTINGS: usize = 10_000;

/// The patterns of the paths of every layer of a tree.
pub(crate) struct Paths {
    steps: Vec<String>,
}

impl Paths {
    /// Takes what varies out of every step.
    pub(crate) fn of(tree: &Tree) -> Self {
        let step = |layer: &candor_case::Layer| pattern::step(&layer.opening.step);
        Self { steps: tree.layers.iter().map(step).collect() }
    }

    /// The pattern of each layer's path, as steps.
    pub(crate) fn all(&self, tree: &Tree) -> Vec<Vec<&str>> {
        let mut all: Vec<Vec<&str>> = Vec::with_capacity(self.steps.len());
        for (step, layer) in self.steps.iter().zip(&tree.layers) {
            let parent = layer.parent.and_then(|id| all.get(id.0 as usize));
            let mut path = Vec::with_capacity(parent.map_or(1, |path| path.len() + 1));
            path.extend(parent.into_iter().flatten());
            path.push(step.as_str());
            all.push(path);
        }
        all
    }
}

/// A documented field that stands in a layer.
#[derive(Clone, Copy)]
pub(crate) struct Label<'a> {
    pub(crate) service: &'a Service,
    pub(crate) field: &'a Field,
}

impl Label<'_> {
    /// `service/field`, as observations name it.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.service.id, self.field.id)
    }

    /// What a finding says of it.
    pub(crate) fn explained(&self) -> String {
        let Self { service, field } = self;
        format!("{}, {}: {} ({})", service.title, field.id, field.reason, field.source)
    }
}

/// What is documented about one exchange.
pub(crate) struct Documented<'a> {
    /// The services that receive it.
    pub(crate) services: Vec<&'a Service>,
    /// The layers that are documented fields.
    pub(crate) labels: BTreeMap<LayerId, Label<'a>>,
}

/// Finds the services of an exchange, and their fields in its layers.
pub(crate) fn read<'a>(
    services: &'a Services,
    exchange: &Exchange,
    tree: &Tree,
    paths: &[Vec<&str>],
) -> Documented<'a> {
    let services = services.of_exchange(exchange, paths);
    let mut labels = BTreeMap::new();
    for ((id, _), path) in tree.iter().zip(paths) {
        let mut found = services.iter().filter_map(|&service| {
            let field = service.field(path)?;
            Some(Label { service, field })
        });
        if let Some(label) = found.next() {
            labels.insert(id, label);
        }
    }
    Documented { services, labels }
}

impl Documented<'_> {
    /// The documented fields that were sent, each value of a field once. Placeholders say nothing,
    /// and where a seed of the same property was found (`seeded`) that says more.
    pub(crate) fn sightings(
        &self,
        tree: &Tree,
        sent: &[bool],
        seeded: &BTreeSet<(LayerId, Property)>,
    ) -> Vec<Sighting> {
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for (&id, label) in &self.labels {
            let (Some(property), true) = (label.field.property, sent[id.0 as usize]) else {
                continue;
            };
            let bytes = &tree.layer(id).bytes;
            if sentinel::is_sentinel(bytes)
                || seeded.contains(&(id, property))
                || !seen.insert((&label.service.id, &label.field.id, bytes))
            {
                continue;
            }
            let own = !label.service.hosts.is_empty();
            out.push(Sighting {
                kind: FindingKind::ServiceField,
                property,
                value: show::show(bytes),
                seed: None,
                derivation: vec![],
                layer: id,
                place: whole(tree, id),
                documented: Some(label.explained()),
                bits: if own { ON_ITS_HOST } else { ON_ANY_HOST },
            });
            if out.len() == SIGHTINGS {
                break;
            }
        }
        out
    }

    /// The keys that stand in fields documented to carry one, named by their place.
    pub(crate) fn keys(&self, exchange: &Exchange, tree: &Tree, paths: &[Vec<&str>]) -> Vec<Key> {
        let host = exchange.request.host();
        let fields: Vec<_> =
            self.services.iter().flat_map(|s| s.key_fields.iter().map(move |f| (s, f))).collect();
        let mut keys: Vec<Key> = Vec::new();
        for ((id, layer), path) in tree.iter().zip(paths) {
            for (service, field) in &fields {
                if !field.stands_at(path) || sentinel::is_sentinel(&layer.bytes) {
                    continue;
                }
                let name = format!(
                    "{}/{} at {} of {}",
                    service.id,
                    field.id,
                    tree.path(id),
                    exchange.id.0
                );
                keys.extend(field.key(&layer.bytes, &host, name));
            }
        }
        keys.sort();
        keys.dedup();
        keys
    }
}
