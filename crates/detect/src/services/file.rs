//! Service files: their format, and what each part of them answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use candor_case::{Key, LayerId, Property, Subject, Tree, path_steps};
use serde::Deserialize;

use super::glob::{Glob, UrlGlob, text_matches};
use super::keys::{FixedKey, KeyField, KeyText};
use crate::paths::Paths;
use crate::{DetectError, site};

/// One documented service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    /// Short name, as findings show it.
    pub(crate) id: String,
    /// Name for people.
    pub(crate) title: String,
    /// Whose the hosts are; only where `hosts` names some.
    #[serde(default)]
    pub(crate) organisation: Option<String>,
    /// Hosts, each with its subdomains; empty where the format is used on anybody's hosts.
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// URL paths, as patterns.
    pub(crate) paths: Vec<String>,
    /// Path patterns of which each must be present.
    #[serde(default)]
    requires: Vec<String>,
    /// Path patterns, each with what a value there must look like; `*` stands for any text.
    #[serde(default)]
    like: BTreeMap<String, String>,
    /// Programs whose own code sends there, and nobody else's: a subject of that name has sent it.
    #[serde(default)]
    products: Vec<String>,
    /// URL paths of requests to delete what was collected, as patterns.
    #[serde(default)]
    erasure: Vec<String>,
    /// Why we believe that these requests are the service's.
    pub(crate) reason: String,
    /// Where that can be read.
    pub(crate) source: String,
    /// URLs that it receives; those of erasure paths are marked by their path.
    #[serde(default)]
    pub(crate) examples: Vec<String>,
    /// URLs that it does not receive.
    #[serde(default)]
    pub(crate) counter_examples: Vec<String>,
    /// Fields whose meaning is known.
    #[serde(default, rename = "field")]
    pub(crate) fields: Vec<Field>,
    /// Keys that are built into its clients.
    #[serde(default, rename = "key")]
    pub(crate) fixed_keys: Vec<FixedKey>,
    /// Fields that carry a key.
    #[serde(default, rename = "key_field")]
    pub(crate) key_fields: Vec<KeyField>,
    /// Scripts that name a key.
    #[serde(default, rename = "key_text")]
    pub(crate) key_texts: Vec<KeyText>,
    /// What records are where they do not say so themselves.
    #[serde(default)]
    pub(crate) unsaid: Vec<Unsaid>,
    /// Those of its hosts that are its maker's, where others may have hosts for it too.
    #[serde(default)]
    pub(crate) own: Option<Own>,
    /// URL paths, and those of requests to delete, read.
    #[serde(skip)]
    url_globs: Vec<UrlGlob>,
    #[serde(skip)]
    erasure_globs: Vec<UrlGlob>,
    /// What it requires, read: one of each list must be present.
    #[serde(skip)]
    required: Vec<Vec<Glob>>,
    /// What values must look like, read.
    #[serde(skip)]
    likes: Vec<(Vec<Glob>, String)>,
    /// Fields by the last step of their patterns, where that stands for itself.
    #[serde(skip)]
    by_last: BTreeMap<String, Vec<usize>>,
    /// The other fields.
    #[serde(skip)]
    loose: Vec<usize>,
    /// Whether a field is known by its position in a list.
    #[serde(skip)]
    pub(crate) by_position: bool,
}

/// The hosts of a service's maker.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Own {
    /// Whose they are.
    organisation: String,
    /// Hosts, each with its subdomains.
    hosts: Vec<String>,
    pub(crate) reason: String,
    pub(crate) source: String,
    /// URLs on them.
    #[serde(default)]
    pub(crate) examples: Vec<String>,
    /// URLs elsewhere.
    #[serde(default)]
    pub(crate) counter_examples: Vec<String>,
}

impl Own {
    /// Whether a host is one of them.
    pub(crate) fn holds(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| site::within(host, own))
    }
}

/// A field whose meaning is documented.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Field {
    /// Short name, unique in the service.
    pub(crate) id: String,
    /// Pattern over paths.
    pub(crate) path: String,
    /// What it says; `None` where it is documented to say nothing about person or device, so that
    /// nothing in it is taken for something that does.
    #[serde(default)]
    pub(crate) property: Option<Property>,
    /// Values that say nothing there.
    #[serde(default)]
    pub(crate) ignore: Vec<String>,
    /// What another field of the same record makes of it.
    #[serde(default)]
    pub(crate) beside: Option<Beside>,
    /// Why we believe it.
    pub(crate) reason: String,
    /// Where that can be read.
    pub(crate) source: String,
    /// Printed paths where it stands.
    #[serde(default)]
    pub(crate) examples: Vec<String>,
    /// Printed paths where it does not.
    #[serde(default)]
    pub(crate) counter_examples: Vec<String>,
    /// The pattern, read.
    #[serde(skip)]
    pub(crate) globs: Vec<Glob>,
    /// What findings say of it.
    #[serde(skip)]
    pub(crate) explained: Arc<str>,
}

/// Another field of the same record, where that says what a field is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Beside {
    /// Its name in the record, such as `type`: an element of a list, or a whole document.
    pub(crate) name: String,
    /// Its values that make a difference.
    pub(crate) values: Vec<String>,
    /// What the field says then; `None` where it says nothing of a person or device.
    #[serde(default)]
    pub(crate) property: Option<Property>,
}

/// What a field of a record would say, where the record leaves it out since something else says it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unsaid {
    /// Short name.
    pub(crate) id: String,
    /// Name of the field that is left out, as [`Beside`] names it.
    name: String,
    /// What it would say.
    value: String,
    /// URL paths that say it, as patterns.
    #[serde(default)]
    paths: Vec<String>,
    /// Names of fields of the same record that say it by being there.
    #[serde(default)]
    fields: Vec<String>,
    pub(crate) reason: String,
    pub(crate) source: String,
    /// URLs and printed paths that say it.
    #[serde(default)]
    pub(crate) examples: Vec<String>,
    /// URLs and printed paths that do not.
    #[serde(default)]
    pub(crate) counter_examples: Vec<String>,
    /// The URL paths, read.
    #[serde(skip)]
    url_globs: Vec<UrlGlob>,
}

impl Unsaid {
    /// What the field would say; `None` where nothing says it: neither the URL path, given by its
    /// segments, nor a field of the record, of which `has` knows whether it is there.
    pub(crate) fn value(
        &self,
        name: &str,
        url: &[&str],
        has: impl Fn(&str) -> bool,
    ) -> Option<&[u8]> {
        let says = || self.is_said_by(url) || self.fields.iter().any(|field| has(field));
        (self.name == name && says()).then_some(self.value.as_bytes())
    }

    /// The names of fields that say it by being there.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(String::as_str)
    }

    fn is_said_by(&self, url: &[&str]) -> bool {
        self.url_globs.iter().any(|glob| glob.matches(url))
    }

    /// Whether a URL or a printed path says it, for examples.
    pub(super) fn holds(&self, example: &str) -> bool {
        if example.contains("://") {
            let url: Vec<&str> = host_and_path(example).1.split('/').collect();
            return self.is_said_by(&url);
        }
        let steps = path_steps(example);
        let last = steps.last().copied().unwrap_or("");
        self.fields.iter().any(|field| in_record(last, field) == last)
    }
}

/// The step of the field of that name in the record that `step` is of: an element of a list, or a
/// whole document.
pub(crate) fn in_record(step: &str, name: &str) -> String {
    let record = step.rfind(']').map_or("$", |end| &step[..=end]);
    format!("{record}.{name}")
}

/// Reads one file.
pub(super) fn parse(name: &str, text: &str) -> Result<Service, DetectError> {
    let fault = |why: String| DetectError::Service { name: name.to_owned(), why };
    let mut service: Service = toml::from_str(text).map_err(|e| fault(e.to_string()))?;
    let urls = |all: &[String]| all.iter().map(|text| UrlGlob::parse(text)).collect();
    service.url_globs = urls(&service.paths);
    service.erasure_globs = urls(&service.erasure);
    for unsaid in &mut service.unsaid {
        unsaid.url_globs = urls(&unsaid.paths);
    }
    let like = service.like.iter().map(|(path, like)| (Glob::parse(path), like.clone()));
    service.likes = like.collect();
    service.required = service.requires.iter().map(|text| Glob::parse(text)).collect();
    for field in &mut service.fields {
        field.globs = Glob::parse(&field.path);
        let Field { id, reason, source, .. } = field;
        field.explained = format!("{}, {id}: {reason} ({source})", service.title).into();
    }
    for field in &mut service.key_fields {
        field.globs = Glob::parse(&field.path);
        if !field.is_sound() {
            return Err(fault(format!("`{}`: no such cipher, or no such vector", field.id)));
        }
    }
    if let Some(bad) = service.key_texts.iter().find(|text| !text.is_sound()) {
        return Err(fault(format!("`{}`: no such cipher, or no such vector", bad.id)));
    }
    service.index();
    if let Some(bad) = service.fixed_keys.iter().find(|key| key.key(&[]).is_none()) {
        return Err(fault(format!(
            "key `{}`: cipher, hex and vector do not fit one another",
            bad.name
        )));
    }
    Ok(service)
}

impl Service {
    /// Whether it receives requests to this host and URL path.
    pub(crate) fn receives(&self, host: &str, path: &str) -> bool {
        let segments: Vec<&str> = path.split('/').collect();
        self.receives_at(host, &segments)
    }

    /// As [`receives`](Self::receives), with the URL path in its segments.
    pub(crate) fn receives_at(&self, host: &str, segments: &[&str]) -> bool {
        let host_fits = self.hosts.is_empty() || self.hosts.iter().any(|h| site::within(host, h));
        let mut globs = self.url_globs.iter().chain(&self.erasure_globs);
        host_fits && globs.any(|glob| glob.matches(segments))
    }

    /// Whose a host is that it stands on.
    pub(crate) fn organisation_of(&self, host: &str) -> Option<&str> {
        let own = self.own.as_ref().filter(|own| own.holds(host));
        self.organisation.as_deref().or(own.map(|own| own.organisation.as_str()))
    }

    /// Whether requests to it are the subject's own, since only programs of its name make them.
    pub(crate) fn is_client(&self, subject: &Subject) -> bool {
        let words: Vec<&str> = subject.product.split_whitespace().collect();
        self.products.iter().any(|name| words.iter().any(|word| word.eq_ignore_ascii_case(name)))
    }

    /// Whether a URL path asks it to delete what it has.
    pub(crate) fn erases(&self, path: &str) -> bool {
        let segments: Vec<&str> = path.split('/').collect();
        self.erasure_globs.iter().any(|glob| glob.matches(&segments))
    }

    /// Whether what it requires is present among the layers.
    pub(crate) fn required(&self, tree: &Tree, paths: &Paths<'_>) -> bool {
        let looks = |id, like: &str| {
            std::str::from_utf8(&tree.layer(id).bytes).is_ok_and(|text| text_matches(like, text))
        };
        self.required.iter().all(|globs| paths.all(globs).next().is_some())
            && self.likes.iter().all(|(globs, like)| paths.all(globs).any(|id| looks(id, like)))
    }

    /// The first field that stands at a layer.
    pub(crate) fn field(&self, id: LayerId, paths: &Paths<'_>) -> Option<&Field> {
        let close = self.by_last.get(paths.last(id)).map_or(&[][..], Vec::as_slice);
        let candidates = close.iter().chain(&self.loose);
        let found = candidates
            .filter(|&&at| self.fields.get(at).is_some_and(|field| paths.any(&field.globs, id)));
        found.min().and_then(|&at| self.fields.get(at))
    }

    /// Sorts the fields by how they are found.
    fn index(&mut self) {
        for (at, field) in self.fields.iter().enumerate() {
            for glob in &field.globs {
                self.by_position |= glob.is_exact();
                match glob.last_literal() {
                    Some(last) => self.by_last.entry(last.to_owned()).or_default().push(at),
                    None => self.loose.push(at),
                }
            }
        }
    }

    /// The keys that are built into its clients.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> {
        self.fixed_keys.iter().filter_map(|key| key.key(&self.hosts))
    }
}

/// Splits a URL into host and path, for examples.
pub(super) fn host_and_path(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let path = path.split(['?', '#']).next().unwrap_or("");
    (host, if path.is_empty() { "/" } else { path })
}
