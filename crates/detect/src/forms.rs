//! The forms in which a planted value is looked for: as it is, written in another way, hashed.
//!
//! Only the needles are changed here; the bytes that were sent are never decoded (that is peel's
//! work), so that every match can be traced to bytes that anyone can look at.

use candor_case::Seed;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::address::Address;
use crate::digest;
use crate::entropy::Bits;

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
    /// Whether a match must stand apart from letters and figures.
    pub(crate) apart: bool,
    /// Whether it is only a part of the value.
    pub(crate) part: bool,
}

/// How strictly the bytes of a form are compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Compare {
    /// In any case; the derivation says in which.
    AnyCase,
    /// All letters lower-case or all upper-case.
    OneCase,
    /// Byte by byte.
    Exact,
    /// Byte by byte, from the front up to where the layer ends: a value that a limit cut.
    Cut {
        /// How much of the form must be there, in bytes.
        least: usize,
        /// The bits of what is there.
        bits: Bits,
    },
}

/// Everything that is looked for of one seed.
pub(crate) fn forms(seed: &Seed, index: usize, shared: usize) -> Vec<Form> {
    let mut all = literals(seed, index);
    all.extend(cut(&seed.value, index, shared));
    let literal_penalty = (all.len().max(1) as f64).log2();
    for form in &mut all {
        form.bits -= literal_penalty;
    }
    let mut hashed = digest::forms(&hashable(&seed.value), index);
    let hashed_penalty = (hashed.len().max(1) as f64).log2();
    for form in &mut hashed {
        form.bits -= hashed_penalty;
    }
    all.extend(hashed);
    all
}

/// The value itself, its parts that are worth something, and how senders write them.
fn literals(seed: &Seed, index: usize) -> Vec<Form> {
    let mut all: Vec<Form> = Vec::new();
    for variant in variants(&seed.value) {
        for (text, written) in spellings(&variant.text) {
            let known = |form: &Form| form.text.eq_ignore_ascii_case(text.as_bytes());
            if all.iter().any(known) {
                continue;
            }
            let steps = variant.steps.iter().copied().chain(written).collect();
            all.push(Form {
                seed: index,
                needle: text.len().min(NEEDLE),
                text: text.into_bytes(),
                compare: Compare::AnyCase,
                steps,
                bits: variant.bits,
                apart: variant.bits < STRONG,
                part: variant.part,
            });
        }
    }
    all
}

/// A value, or a part of it, before it is written down.
struct Variant {
    text: String,
    steps: Vec<&'static str>,
    bits: f64,
    part: bool,
}

/// The value and, of an address, those parts of it that still name the page.
fn variants(value: &str) -> Vec<Variant> {
    let bits = Bits::of(value);
    let whole = |text: &str, steps: &[&'static str], part: bool| Variant {
        text: text.to_owned(),
        steps: steps.to_vec(),
        bits: bits.all(),
        part,
    };
    let mut out = vec![whole(value, &[], false)];
    let lower = value.to_lowercase();
    if !lower.eq_ignore_ascii_case(value) {
        out.push(whole(&lower, &["lower-case"], false));
    }
    let Some(address) = Address::of(value) else { return out };
    if let Some(decoded) = percent_decoded(value) {
        out.push(whole(&decoded, &["percent-decoded"], false));
    }
    let end = address.fragment;
    let mut part = |range: std::ops::Range<usize>, step| {
        let bits = bits.part(range.clone());
        out.push(Variant { text: value[range].to_owned(), steps: vec![step], bits, part: true });
    };
    part(address.scheme..value.len(), "without scheme");
    if end < value.len() {
        part(0..end, "without fragment");
    }
    if value.ends_with('/') && value.len() > address.path + 1 {
        part(0..value.len() - 1, "without trailing slash");
    }
    if bits.part(address.path..end) >= STRONG {
        part(address.path..end, "path and query only");
    }
    out
}

/// The value with its percent escapes undone; `None` where that is the same or not text.
fn percent_decoded(value: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(value).decode_utf8().ok()?;
    (decoded != value).then(|| decoded.into_owned())
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

/// The text as senders write it inside other text, with the steps of each; itself first.
fn spellings(text: &str) -> Vec<(String, Vec<&'static str>)> {
    let percent = |set, text: &str| utf8_percent_encode(text, set).to_string();
    let component = percent(COMPONENT, text);
    let form = percent(FORM, text).replace(' ', "+");
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

/// What vendors put into a hash: the value, and what is left of it after trimming and lower-casing.
fn hashable(value: &str) -> Vec<(String, Vec<&'static str>)> {
    let mut out: Vec<(String, Vec<&'static str>)> = Vec::new();
    let mut add = |text: &str, steps: Vec<&'static str>| {
        if !out.iter().any(|(known, _)| known == text) {
            out.push((text.to_owned(), steps));
        }
    };
    add(value, vec![]);
    let trimmed = value.trim();
    let trim = if trimmed == value { vec![] } else { vec!["trim"] };
    add(trimmed, trim.clone());
    add(&trimmed.to_lowercase(), [trim, vec!["lower"]].concat());
    if let Some(address) = Address::of(value) {
        add(&value[address.scheme..], vec!["without scheme"]);
        add(&value[..address.fragment], vec!["without fragment"]);
        add(value.trim_end_matches('/'), vec!["without trailing slash"]);
    }
    out
}

/// Shortest beginning of a cut address, in bytes.
const CUT_BYTES: usize = 40;
/// Shortest beginning of a cut address, as a share of the whole.
const CUT_SHARE: f64 = 0.6;
/// How much further than any other seed a beginning must go to name its own.
const CUT_OWN: usize = 8;

/// Forms for an address that a limit of the sender's cut off.
///
/// A beginning counts when it has 60 % of the address and 40 bytes, 64 bits after the host, goes at
/// least 8 bytes beyond what any other seed shares (`shared` bytes), and runs to the layer's end.
fn cut(value: &str, index: usize, shared: usize) -> Vec<Form> {
    let Some(address) = Address::of(value) else { return vec![] };
    let bits = Bits::of(value);
    let strong = (address.path..=value.len())
        .find(|&end| bits.part(address.path..end) >= STRONG)
        .unwrap_or(usize::MAX);
    let share = (value.len() as f64 * CUT_SHARE).ceil() as usize;
    let least = strong.max(share).max(CUT_BYTES).max(shared + CUT_OWN);
    if least >= value.len() {
        return vec![];
    }
    let form = |from: usize, steps: Vec<&'static str>| Form {
        seed: index,
        text: value.as_bytes()[from..].to_vec(),
        needle: (least - from).min(NEEDLE),
        compare: Compare::Cut { least: least - from, bits: bits.from(from) },
        steps,
        bits: 0.0,
        apart: false,
        part: true,
    };
    vec![form(0, vec![]), form(address.scheme, vec!["without scheme"])]
}

#[cfg(test)]
mod tests {
    use candor_case::Property;

    use super::*;

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
        let all = forms(&seed(value), 0, 0);
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
            ("Ärger", "ärger", &["lower-case"]),
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
    fn vendors_normalise_before_they_hash() {
        let inputs = hashable(" Kim@Example.org ");
        let texts: Vec<_> =
            inputs.iter().map(|(text, steps)| (text.as_str(), steps.len())).collect();
        let expected = [(" Kim@Example.org ", 0), ("Kim@Example.org", 1), ("kim@example.org", 2)];
        assert_eq!(texts, expected);
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
    }
}
