//! Documented fields in the layers of one exchange.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use candor_case::{Exchange, FindingKind, LayerId, Property, Tree};

use crate::paths::Paths;
use crate::services::{Field, Service, Services, in_record};
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
    /// What it says here.
    pub(crate) property: Option<Property>,
}

impl Label<'_> {
    /// `service/field`, as observations name it.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.service.id, self.field.id)
    }

    /// What a finding says of it.
    pub(crate) fn explained(&self) -> Arc<str> {
        self.field.explained.clone()
    }
}

/// What is documented about one exchange.
pub(crate) struct Documented<'a> {
    /// The services that receive it.
    pub(crate) services: Vec<&'a Service>,
    /// Of each layer, which field it is; none at all where there are no services.
    labels: Vec<Option<Label<'a>>>,
}

/// Finds the services of an exchange, and their fields in its layers.
pub(crate) fn read<'a>(
    services: &'a Services,
    exchange: &Exchange,
    tree: &Tree,
    paths: &Paths<'_>,
) -> Documented<'a> {
    let services = services.of_exchange(exchange, tree, paths);
    if services.is_empty() {
        return Documented { services, labels: vec![] };
    }
    let label = |id| {
        let mut found = services.iter().filter_map(|&service| {
            let field = service.field(id, paths)?;
            Some(Label { service, field, property: field.property })
        });
        found.next()
    };
    // Layers of one pattern are the same field, unless a field is known by its position.
    let by_position = services.iter().any(|service| service.by_position);
    let mut known: Vec<Option<Option<Label<'a>>>> = vec![None; paths.count()];
    let of = |(id, _)| match known.get_mut(paths.pattern(id)) {
        Some(known) if !by_position => *known.get_or_insert_with(|| label(id)),
        _ => label(id),
    };
    let mut labels: Vec<Option<Label<'a>>> = tree.iter().map(of).collect();
    look_beside(exchange, tree, &mut labels);
    Documented { services, labels }
}

/// Says again what those fields say on which another field of their record has a bearing.
fn look_beside(exchange: &Exchange, tree: &Tree, labels: &mut [Option<Label<'_>>]) {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for label in labels.iter().flatten() {
        let Some(beside) = &label.field.beside else { continue };
        names.insert(&beside.name);
        names.extend(label.service.unsaid.iter().flat_map(|unsaid| unsaid.fields()));
    }
    if names.is_empty() {
        return;
    }
    let url: Vec<&str> = exchange.request.path().split('/').collect();
    let at = |id: LayerId| (tree.layer(id).parent, tree.step(id));
    let is_wanted = |id: LayerId| names.iter().any(|name| tree.step(id).ends_with(name));
    let wanted = tree.iter().filter(|(id, _)| is_wanted(*id));
    let by_step: BTreeMap<_, LayerId> = wanted.map(|(id, _)| (at(id), id)).collect();
    for ((id, _), label) in tree.iter().zip(labels) {
        let Some(label) = label else { continue };
        let Some(beside) = &label.field.beside else { continue };
        let (parent, step) = at(id);
        let other = |name: &str| by_step.get(&(parent, in_record(step, name).as_str())).copied();
        let said = other(&beside.name).map(|other| &tree.layer(other).bytes[..]);
        let unsaid = || {
            let mut known = label.service.unsaid.iter();
            known.find_map(|known| known.value(&beside.name, &url, |name| other(name).is_some()))
        };
        let value = said.or_else(unsaid);
        if value.is_some_and(|value| beside.values.iter().any(|known| known.as_bytes() == value)) {
            label.property = beside.property;
        }
    }
}

impl<'a> Documented<'a> {
    /// Which documented field a layer is.
    pub(crate) fn label(&self, id: LayerId) -> Option<&Label<'a>> {
        self.labels.get(id.0 as usize)?.as_ref()
    }

    /// Whether a layer is a documented field.
    pub(crate) fn knows(&self, id: LayerId) -> bool {
        self.label(id).is_some()
    }

    /// The layers that are documented fields, in order.
    pub(crate) fn known(&self) -> impl Iterator<Item = (LayerId, &Label<'a>)> {
        let each = self.labels.iter().enumerate();
        each.filter_map(|(at, label)| Some((LayerId(at as u32), label.as_ref()?)))
    }

    /// The documented fields that were sent, each value of a field once. Placeholders say nothing.
    /// `repeated` marks the layers whose bytes stood at the same place before.
    pub(crate) fn sightings(&self, tree: &Tree, sent: &[bool], repeated: &[bool]) -> Vec<Sighting> {
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for (id, label) in self.known() {
            let (Some(property), true) = (label.property, sent[id.0 as usize]) else {
                continue;
            };
            let bytes = &tree.layer(id).bytes;
            // What is opaque is named wherever it stands, since that explains its bytes. What a
            // place says twice has been looked at, unless its record made it say something else.
            let again = repeated.get(id.0 as usize) == Some(&true);
            if again && label.field.beside.is_none() && !tree.layer(id).end.is_opaque() {
                continue;
            }
            let first = seen.insert((&label.service.id, &label.field.id, bytes));
            if sentinel::is_sentinel(bytes) || !first && !tree.layer(id).end.is_opaque() {
                continue;
            }
            let ignored = label.field.ignore.iter().any(|word| word.as_bytes() == &bytes[..]);
            if ignored || sentinel::is_nobody(bytes, property) {
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

/// Whether it is a web address, or path and query of one: SDKs write words such as `$direct` where
/// there was no page before, and browsers have pages of their own (`about:home`).
fn is_address(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii();
    if matches!(text.first(), Some(b'/' | b'?')) {
        return text.len() > 1;
    }
    let schemes: [&[u8]; 4] = [b"http", b"https", b"ws", b"wss"];
    let begins = |text: &[u8], with: &[u8]| {
        text.get(..with.len()).is_some_and(|front| front.eq_ignore_ascii_case(with))
    };
    let marks =
        |rest: &[u8]| rest.len() > 3 && (begins(rest, b"://") || begins(rest, b"%3a%2f%2f"));
    schemes.iter().any(|scheme| begins(text, scheme) && marks(&text[scheme.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_web_addresses_or_parts_of_one() {
        let yes = [
            "https://www.shop.test/",
            "HTTP://shop.test",
            "wss://shop.test/live",
            "//cdn.shop.test/x",
            "/cart/7",
            "?q=otter",
            "https%3A%2F%2Fshop.test",
        ];
        let no = [
            "com.maker.shop.Main",
            "GET /api/items",
            "chrome://browser/content/x.html",
            "about:home",
            "moz-extension://abc/x.html",
            "resource://gre/x",
            "url的domain解析失败",
            "$direct",
            "v1.2",
            "httpbin.test",
            "/",
            "",
        ];
        for text in yes {
            assert!(is_address(text.as_bytes()), "{text}");
        }
        for text in no {
            assert!(!is_address(text.as_bytes()), "{text}");
        }
    }
}
