//! The forms in which a planted value is looked for as text: as it is, and as senders write it
//! inside other text. (What was hashed is looked for otherwise, see `digests`.)
//!
//! Only the needles are changed here; the bytes that were sent are never decoded (that is peel's
//! work), so that every match can be traced to bytes that anyone can look at.

use std::collections::BTreeSet;

use candor_case::Seed;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::address::Address;
use crate::entropy::Bits;
use crate::normal::{Kind, Normal};

/// Below this many bits a match must stand apart from letters and figures.
pub(crate) const STRONG: f64 = 64.0;

/// Longest part of a form that the automaton itself compares, in bytes; the rest is compared after.
const NEEDLE: usize = 256;

/// One form of one seed.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Position of the seed in the list of seeds.
    pub(crate) seed: usize,
    /// The bytes to find.
    pub(crate) text: Vec<u8>,
    /// How many of them must be there, from the front, before the rest is compared.
    pub(crate) needle: usize,
    /// How strictly they are compared.
    pub(crate) compare: Compare,
    /// The steps that led from the value to this form.
    pub(crate) steps: Vec<&'static str>,
    /// Bits of the whole form, less those that the number of forms takes away.
    pub(crate) bits: f64,
    /// What may stand beside it.
    pub(crate) stand: Stand,
    /// Whether it is only a part of the value.
    pub(crate) part: bool,
}

impl Form {
    /// Whether it is all of a value, written as it is.
    pub(crate) fn is_plain(&self) -> bool {
        let written =
            ["percent", "form", "json-escape", "reversed", "rot13", "custom map of Leaky Forms"];
        !self.part
            && self.compare == Compare::AnyCase
            && !self.steps.last().is_some_and(|step| written.contains(step))
    }
}

/// What may stand beside a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    /// Anything.
    Free,
    /// No letter and no figure.
    Apart,
    /// Nothing that would make it the part of something longer: of another address, say.
    Alone,
    /// Nothing that would make it another host.
    Host,
}

/// How strictly the bytes of a form are compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Compare {
    /// In any case; the derivation says in which.
    AnyCase,
    /// Byte by byte, from the front up to where the layer ends: a value that a limit cut.
    Cut {
        /// How much of the form must be there, in bytes, where that is a limit of senders.
        least: usize,
        /// How much must be there otherwise.
        free: usize,
        /// The bits of what is there.
        bits: Bits,
    },
}

/// Every form in which one seed is looked for as text. `normals` are what senders may have made of
/// it; `shared` is how many bytes at its front some other seed begins with.
pub(crate) fn forms(seed: &Seed, normals: &[Normal], index: usize, shared: usize) -> Vec<Form> {
    let mut all = literals(normals, index);
    all.extend(cut(&seed.value, index, shared));
    let penalty = (all.len().max(1) as f64).log2();
    all.iter_mut().for_each(|form| form.bits -= penalty);
    all
}

/// Least bits of a part of a value that is looked for by itself.
const PART: f64 = 40.0;

/// The value itself, its parts that are worth something, and how senders write them.
fn literals(normals: &[Normal], index: usize) -> Vec<Form> {
    let mut all: Vec<Form> = Vec::new();
    let mut known: BTreeSet<Vec<u8>> = BTreeSet::new();
    let worth = |normal: &&Normal| normal.kind != Kind::Part || normal.bits >= PART;
    let value = normals.first().map_or("", |first| first.text.as_str());
    for normal in normals.iter().filter(worth) {
        let whole = matches!(normal.kind, Kind::Usual | Kind::Rare);
        let spellings = if whole { spellings(&normal.text) } else { few_spellings(&normal.text) };
        for (text, written) in spellings {
            if !known.insert(text.to_ascii_lowercase().into_bytes()) {
                continue;
            }
            all.push(Form {
                seed: index,
                needle: text.len().min(NEEDLE),
                text: text.into_bytes(),
                compare: Compare::AnyCase,
                steps: normal.steps.iter().copied().chain(written).collect(),
                bits: normal.bits,
                stand: stand(normal),
                part: normal.text.len() < value.len() && value.contains(&normal.text),
            });
        }
    }
    all
}

/// RFC 3986: all but the unreserved.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// ECMAScript `encodeURIComponent`.
const COMPONENT: &AsciiSet =
    &STRICT.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
/// ECMAScript `encodeURI`: what separates the parts of an address stays as it is.
const WHOLE: &AsciiSet = &COMPONENT
    .remove(b';')
    .remove(b',')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b'#');
/// WHATWG `application/x-www-form-urlencoded`, but for the space.
const FORM: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_').remove(b' ');

fn stand(normal: &Normal) -> Stand {
    match (normal.kind, normal.steps.last()) {
        (Kind::Part, Some(&"host only")) => Stand::Host,
        (Kind::Part, _) => Stand::Alone,
        _ if normal.bits < STRONG => Stand::Apart,
        _ => Stand::Free,
    }
}

/// The text with all but the unreserved escaped, as RFC 3986 has it.
pub(crate) fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, STRICT).to_string()
}

/// The text as forms have it.
pub(crate) fn form_encoded(text: &str) -> String {
    utf8_percent_encode(text, FORM).to_string().replace(' ', "+")
}

/// The text as it is, and percent-encoded.
fn few_spellings(text: &str) -> Vec<(String, Vec<&'static str>)> {
    let percent = utf8_percent_encode(text, COMPONENT).to_string();
    vec![(text.to_owned(), vec![]), (percent, vec!["percent"])]
}

/// The text as senders write it inside other text, with the steps of each; itself first.
fn spellings(text: &str) -> Vec<(String, Vec<&'static str>)> {
    let percent = |set, text: &str| utf8_percent_encode(text, set).to_string();
    let component = percent(COMPONENT, text);
    let form = form_encoded(text);
    vec![
        (text.to_owned(), vec![]),
        (percent(WHOLE, text), vec!["percent"]),
        (component.clone(), vec!["percent"]),
        (percent(STRICT, text), vec!["percent"]),
        (percent(NON_ALPHANUMERIC, text), vec!["percent"]),
        (form.clone(), vec!["form"]),
        (percent(COMPONENT, &component), vec!["percent", "percent"]),
        (percent(COMPONENT, &form), vec!["form", "percent"]),
        (text.replace('/', "\\/"), vec!["json-escape"]),
    ]
}

/// Lengths at which senders are known to cut values, in bytes: GA4 (100, 420, 1000), Sensors
/// Analytics (200, 1024, 8191), databases (255, 256), buffers.
pub(crate) const LIMITS: [usize; 14] =
    [100, 128, 200, 255, 256, 420, 500, 512, 1000, 1024, 2000, 2048, 4096, 8191];

/// Shortest beginning of a cut address, in bytes.
const CUT_BYTES: usize = 40;
/// Shortest beginning of a cut address, as a share of the whole.
const CUT_SHARE: f64 = 0.6;
/// How much further than any other seed a beginning must go to name its own.
const CUT_OWN: usize = 8;

/// Forms for an address that a limit of the sender's cut off.
///
/// A beginning counts when it has 60 % of the address (or ends at a limit that senders are known to
/// have) and 40 bytes, 64 bits after the host, goes at least 8 bytes beyond what any other seed
/// shares (`shared` bytes), and runs to the layer's end.
fn cut(value: &str, index: usize, shared: usize) -> Vec<Form> {
    let Some(address) = Address::of(value) else { return vec![] };
    let bits = Bits::of(value);
    let strong = (address.path..=value.len())
        .find(|&end| bits.part(address.path..end) >= STRONG)
        .unwrap_or(usize::MAX);
    let share = (value.len() as f64 * CUT_SHARE).ceil() as usize;
    let needed = strong.max(CUT_BYTES).max(shared + CUT_OWN);
    let form = |from: usize, steps: Vec<&'static str>| {
        let free = share.max(needed) - from;
        let limit = LIMITS.into_iter().find(|limit| *limit + from >= needed);
        let least = free.min(limit.unwrap_or(usize::MAX));
        (least + from < value.len()).then(|| Form {
            seed: index,
            text: value.as_bytes()[from..].to_vec(),
            needle: least.min(NEEDLE),
            compare: Compare::Cut { least, free, bits: bits.from(from) },
            steps,
            bits: 0.0,
            stand: Stand::Free,
            part: true,
        })
    };
    form(0, vec![]).into_iter().chain(form(address.scheme, vec!["without scheme"])).collect()
}

#[cfg(test)]
mod tests {
    use candor_case::Property;

    use super::*;
    use crate::normal;

    fn seed(value: &str) -> Seed {
        Seed {
            id: "s".into(),
            value: value.into(),
            property: Property::BrowsingUrl,
            sites: None,
            run: None,
            arm: None,
            phase: None,
        }
    }

    fn found(value: &str, text: &str) -> Option<Vec<&'static str>> {
        let seed = seed(value);
        let all = forms(&seed, &normal::normals(&seed), 0, 0);
        all.into_iter().find(|form| form.text == text.as_bytes()).map(|form| form.steps)
    }

    #[test]
    fn values_are_looked_for_as_senders_write_them() {
        let url = "https://www.example.org/a b?q=h%C3%B6hle&x=(1)";
        let table: &[(&str, &str, &[&str])] = &[
            ("two words", "two+words", &["form"]),
            ("two words", "two%20words", &["percent"]),
            ("two words", "two%2520words", &["percent", "percent"]),
            ("two words", "two%2Bwords", &["form", "percent"]),
            ("Ärger", "ärger", &["lower"]),
            (url, "https://www.example.org/a b?q=höhle&x=(1)", &["percent-decoded"]),
            (url, "www.example.org/a b?q=h%C3%B6hle&x=(1)", &["without scheme"]),
            ("https://a.test/x#y", "https:\\/\\/a.test\\/x#y", &["json-escape"]),
            ("https://a.test/x#y", "https://a.test/x", &["without fragment"]),
            ("https://a.test/x/", "https://a.test/x", &["without trailing slash"]),
            ("https://a.test/x", "https%3A%2F%2Fa.test%2Fx", &["percent"]),
            // The path alone only where it is strong enough by itself.
            (
                "https://a.test/7fk2qz9xw4/mu1br8vn3e/p5xg2wk",
                "/7fk2qz9xw4/mu1br8vn3e/p5xg2wk",
                &["path and query only"],
            ),
        ];
        for (value, text, steps) in table {
            assert_eq!(found(value, text).as_deref(), Some(*steps), "{value} as {text}");
        }
        assert_eq!(found("https://a.test/x", "/x"), None);
    }

    #[test]
    fn weak_addresses_are_not_looked_for_cut() {
        assert!(cut("https://www.example.org/private?q=secret-normal", 0, 0).is_empty());
        let long = format!("https://www.example.org/{}", "7fk2qz9xw4mu1br8vn3e".repeat(2) + "tail");
        let forms = cut(&long, 0, 0);
        assert_eq!(forms.len(), 2);
        assert!(forms[0].needle >= 40 && forms[0].needle < long.len());
        assert!(matches!(forms[0].compare, Compare::Cut { least, .. } if least == forms[0].needle));
        assert!(cut(&long, 0, long.len() - 4).is_empty(), "another seed begins the same");
        let longer = format!("{long}{}", "/".repeat(500));
        let forms = cut(&longer, 0, 0);
        assert!(matches!(forms[0].compare, Compare::Cut { least: 100, free: 341.., .. }));
    }
}
