//! Documented fields in the layers of one exchange.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Exchange, FindingKind, Key, LayerId, Tree};

use crate::services::{Field, Glob, Service, Services};
use crate::sighting::{Sighting, whole};
use crate::{sentinel, show};

/// Bits of a documented field on the service's own hosts: host, path and field all have to fit.
const ON_ITS_HOST: f64 = 128.0;
/// The same where the format is used on anybody's hosts: URL path, carrier and field have to fit.
const ON_ANY_HOST: f64 = 64.0;

/// Most documented fields reported of one exchange.
const SIGHTINGS: usize = 10_000;

/// The patterns of the paths of a tree's layers.
pub(crate) struct Paths<'a> {
    tree: &'a Tree,
    steps: Vec<Cow<'a, str>>,
}

impl<'a> Paths<'a> {
    /// Takes what varies out of every step.
    pub(crate) fn of(tree: &'a Tree) -> Self {
        let steps = tree.iter().map(|(id, _)| candor_case::step_pattern(tree.step(id))).collect();
        Self { tree, steps }
    }

    /// The last step of a layer's pattern.
    pub(crate) fn last(&self, id: LayerId) -> &str {
        self.steps.get(id.0 as usize).map_or("", |step| step)
    }

    /// The steps of a layer's pattern.
    pub(crate) fn path(&self, id: LayerId) -> Vec<&str> {
        self.tree.lineage(id).into_iter().map(|at| self.last(at)).collect()
    }

    /// Whether a layer stands where any of the patterns says.
    pub(crate) fn any(&self, globs: &[Glob], id: LayerId) -> bool {
        // The last step tells most layers apart without their whole path.
        let near = globs.iter().any(|glob| glob.ends_like(self.last(id)));
        near && {
            let path = self.path(id);
            globs.iter().any(|glob| glob.matches(&path))
        }
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
    paths: &Paths<'_>,
) -> Documented<'a> {
    let services = services.of_exchange(exchange, tree, paths);
    let mut labels = BTreeMap::new();
    if !services.is_empty() {
        for (id, _) in tree.iter() {
            let mut found = services.iter().filter_map(|&service| {
                let field = service.field(id, paths)?;
                Some(Label { service, field })
            });
            if let Some(label) = found.next() {
                labels.insert(id, label);
            }
        }
    }
    Documented { services, labels }
}

impl Documented<'_> {
    /// The documented fields that were sent, each value of a field once. Placeholders say nothing.
    pub(crate) fn sightings(&self, tree: &Tree, sent: &[bool]) -> Vec<Sighting> {
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for (&id, label) in &self.labels {
            let (Some(property), true) = (label.field.property, sent[id.0 as usize]) else {
                continue;
            };
            let bytes = &tree.layer(id).bytes;
            // What is opaque is named wherever it stands, since that explains its bytes.
            let first = seen.insert((&label.service.id, &label.field.id, bytes));
            if sentinel::is_sentinel(bytes) || !first && !tree.layer(id).end.is_opaque() {
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
    pub(crate) fn keys(&self, exchange: &Exchange, tree: &Tree, paths: &Paths<'_>) -> Vec<Key> {
        let host = exchange.request.host();
        let fields: Vec<_> =
            self.services.iter().flat_map(|s| s.key_fields.iter().map(move |f| (s, f))).collect();
        let mut keys: Vec<Key> = Vec::new();
        if fields.is_empty() {
            return keys;
        }
        for (id, layer) in tree.iter() {
            for (service, field) in &fields {
                if !paths.any(&field.globs, id) || sentinel::is_sentinel(&layer.bytes) {
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
