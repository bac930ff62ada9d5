//! Identifiers: values that tie records together, and what they outlived.

use serde::{Deserialize, Serialize};

use crate::{ExchangeId, Property, RunId};

/// A value, or a family of values at one place, that ties records together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identifier {
    /// Derived from host, place pattern and basis.
    pub id: String,
    /// Where it stands: the path with its numbers taken out.
    pub place_pattern: String,
    /// The host that receives it.
    pub host: String,
    /// What it is called in the documentation; `None` when found by difference alone.
    pub property: Option<Property>,
    /// How we know.
    pub basis: Basis,
    /// What stands behind the basis: the documented field with its source, or the comparison made.
    pub because: String,
    /// How far it ties records together, as far as the case's runs show.
    pub scope: Scope,
    /// What it stayed the same across: `restart`, `clear_data`, `days:91`, …
    pub outlived: Vec<String>,
    /// What it changed across.
    pub ended_by: Vec<String>,
    /// What the case's runs do not tell.
    pub not_tested: Vec<String>,
    /// Its values, at most 64.
    pub values: Vec<IdentifierValue>,
    /// Other identifiers that travelled in the same requests, by id.
    pub joins: Vec<String>,
}

/// One value of an identifier, with where it was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IdentifierValue {
    /// At most 256 characters, escaped.
    pub value: String,
    /// SHA-256 of the whole value, first 16 bytes, in hex.
    pub digest: String,
    /// The runs it was seen in.
    pub runs: Vec<RunId>,
    /// How many requests carried it.
    pub requests: u64,
    /// One of them.
    pub example: ExchangeId,
}

/// How an identifier was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A documented field of a known service.
    Documented,
    /// The same within each device, different between devices.
    Differential,
}

/// How far an identifier ties records together, narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Not known: the case's runs do not tell.
    Unknown,
    /// One request.
    Request,
    /// One session.
    Session,
    /// One installation: ended by clearing data or reinstalling.
    Install,
    /// One device: outlived clearing data, differed between devices.
    Device,
    /// One person, across devices.
    Person,
}

/// Two identifiers that travelled in the same requests, so that who holds one holds the other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// One identifier's id.
    pub a: String,
    /// The other's, greater than `a`.
    pub b: String,
    /// The host that received both.
    pub host: String,
    /// How many requests carried both.
    pub requests: u64,
    /// One of them.
    pub example: ExchangeId,
}
