//! Documented fields in the layers of one exchange.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Exchange, FindingKind, LayerId, Property, Tree};

use crate::paths::Paths;
use crate::services::{Field, Service, Services};
use crate::sighting::{Sighting, whole};
use crate::{sentinel, show};

/// Bits of a documented field on the service's own hosts: host, path and field all have to fit.
const ON_ITS_HOST: f64 = 128.0;
/// The same where the format is used on anybody's hosts: URL path, carrier and field have to fit.
const ON_ANY_HOST: f64 = 64.0;

/// Most documented fields reported of one exchange.
const SIGHTINGS: usize = 10_000;

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
    if services.is_empty() {
        return Documented { services, labels };
    }
    let label = |id| {
        let mut found = services.iter().filter_map(|&service| {
            let field = service.field(id, paths)?;
            Some(Label { service, field })
        });
        found.next()
    };
    // Layers of one pattern are the same field, unless a field is known by its position.
    let by_position = services.iter().any(|service| service.by_position);
    let mut known: Vec<Option<Option<Label<'a>>>> = vec![None; paths.count()];
    for (id, _) in tree.iter() {
        let found = match known.get_mut(paths.pattern(id)) {
            Some(known) if !by_position => *known.get_or_insert_with(|| label(id)),
            _ => label(id),
        };
        if let Some(found) = found {
            labels.insert(id, found);
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
            if property == Property::BrowsingUrl && !is_address(bytes) {
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
}

/// Whether it can be an address, or a part of one: SDKs write words such as `$direct` where there was
/// no page before.
fn is_address(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, b'/' | b'.' | b'?' | b'%'))
}
