//! Observations: every sent value that could tie records together, for linking across runs.

use candor_case::{End, Exchange, Layer, LayerId, Observation, Run, Tree};

use crate::fields::Documented;
use crate::paths::Paths;
use crate::{hash, sentinel, show};

/// Most observations of one exchange. Documented fields come first, the rest in reading order.
const OBSERVATIONS: usize = 10_000;
/// Longest value observed, in bytes; what is longer is content, not a name for somebody.
const LONGEST: usize = 4096;

/// Header fields that the transport needs and that tie nothing together.
const TRANSPORT: [&str; 8] = [
    "request.header:accept-encoding",
    "request.header:connection",
    "request.header:content-encoding",
    "request.header:content-length",
    "request.header:content-type",
    "request.header:date",
    "request.header:host",
    "request.header:transfer-encoding",
];

/// Which observations are made: making one costs more than knowing that nobody will keep it.
#[derive(Clone, Copy)]
pub enum Observing<'a> {
    /// All of them.
    All,
    /// None: for an exchange that has been observed before.
    Nothing,
    /// Those that somebody wishes for.
    Where(&'a dyn Wishes),
}

/// Somebody who knows which observations of an exchange will be kept.
pub trait Wishes {
    /// The number of a place, by its pattern; `None` where every value is wanted.
    fn place(&self, pattern: &str) -> Option<usize>;

    /// What becomes of a value at a place, by its digest in lower-case hex.
    fn wish(&self, place: usize, digest: &str) -> Wish;
}

/// What becomes of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It is wanted.
    Wanted,
    /// The place has no room for it: it is counted.
    NoRoom,
    /// Its value is known, and so are enough requests that carried it.
    Enough,
}

/// What is known of the layers of a tree, by position.
#[derive(Clone, Copy)]
pub(crate) struct Marks<'a> {
    /// Those that the subject sent.
    pub(crate) sent: &'a [bool],
    /// Those that say again what another one said.
    pub(crate) repeated: &'a [bool],
}

/// The observations of one exchange, sorted, each value of a place once, and how many were not
/// wanted. Sessions are the caller's to fill in.
pub(crate) fn observe(
    exchange: &Exchange,
    tree: &Tree,
    run: &Run,
    marks: Marks<'_>,
    paths: &Paths<'_>,
    documented: &Documented<'_>,
    observing: Observing<'_>,
) -> (Vec<Observation>, u64) {
    if let Observing::Nothing = observing {
        return (vec![], 0);
    }
    let mut unwanted = 0;
    let (known, other) = worth_observing(tree, marks.sent, paths, documented);
    let host = exchange.request.host();
    let once = |id: &LayerId| marks.repeated.get(id.0 as usize) != Some(&true);
    let kept = known.into_iter().chain(other).filter(once).take(OBSERVATIONS);
    let mut places: Vec<Option<Option<usize>>> = vec![None; paths.count()];
    let mut wish = |id: LayerId, digest: &str| {
        let Observing::Where(wishes) = observing else { return Wish::Wanted };
        let Some(place) = places.get_mut(paths.pattern(id)) else { return Wish::Wanted };
        let place = *place.get_or_insert_with(|| wishes.place(paths.text(id)));
        place.map_or(Wish::Wanted, |place| wishes.wish(place, digest))
    };
    let observation = |id: LayerId| {
        let bytes = &tree.layer(id).bytes;
        let digits = hash::fingerprint_digits(bytes);
        let (place_pattern, digest) = (paths.text(id), str::from_utf8(&digits).ok()?);
        match wish(id, digest) {
            Wish::Wanted => {}
            Wish::NoRoom => {
                unwanted += 1;
                return None;
            }
            Wish::Enough => return None,
        }
        let label = documented.label(id);
        Some(Observation {
            host: host.clone(),
            place_pattern: place_pattern.to_owned(),
            run: run.id.clone(),
            session: String::new(),
            exchange: exchange.id.clone(),
            length: bytes.len() as u64,
            digest: digest.to_owned(),
            value: show::show_bytes(bytes),
            documented: label.map(|label| label.name()).unwrap_or_default(),
            property: label.and_then(|label| label.property),
        })
    };
    let mut all: Vec<Observation> = kept.filter_map(observation).collect();
    // All else is the same, or follows from these.
    all.sort_by(|a, b| {
        let key = |o: &Observation| o.length;
        (a.place_pattern.cmp(&b.place_pattern))
            .then_with(|| key(a).cmp(&key(b)))
            .then_with(|| a.digest.cmp(&b.digest))
            .then_with(|| a.cmp(b))
    });
    all.dedup();
    (all, unwanted)
}

/// The layers worth observing: documented fields, and other leaves. A documented field is taken
/// whole even where it could be opened further, and what lies below it is not taken again.
fn worth_observing(
    tree: &Tree,
    sent: &[bool],
    paths: &Paths<'_>,
    documented: &Documented<'_>,
) -> (Vec<LayerId>, Vec<LayerId>) {
    let (mut known, mut other) = (Vec::new(), Vec::new());
    // Layers below which nothing is worth observing: transport headers, documented fields.
    let mut done: Vec<bool> = Vec::with_capacity(tree.layers.len());
    for ((id, layer), sent) in tree.iter().zip(sent) {
        let is_known = documented.knows(id);
        let above = match layer.parent {
            Some(parent) => done.get(parent.0 as usize) == Some(&true),
            None => TRANSPORT.contains(&paths.last(id)),
        };
        done.push(above || is_known);
        if !sent || above || !(1..=LONGEST).contains(&layer.bytes.len()) {
            continue;
        }
        if is_known && !sentinel::is_sentinel(&layer.bytes) {
            known.push(id);
        } else if !is_known && could_tie(layer) {
            other.push(id);
        }
    }
    (known, other)
}

/// Whether a leaf could tie records together.
fn could_tie(layer: &Layer) -> bool {
    let leaf = matches!(layer.end, End::Plain | End::Value);
    leaf && !is_trifle(&layer.bytes) && !sentinel::is_sentinel(&layer.bytes)
}

/// Whether a value is a truth value, or a number of fewer than four figures or bytes.
fn is_trifle(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let number = value.iter().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.'));
    let binary = std::str::from_utf8(value).is_err();
    value.eq_ignore_ascii_case(b"true")
        || value.eq_ignore_ascii_case(b"false")
        || value.len() < 4 && (number || binary)
}
