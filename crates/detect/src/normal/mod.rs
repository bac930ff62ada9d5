//! What senders make of a value before they write it down or hash it: normal forms, parts of it,
//! and the old ways of hiding letters.

mod mail;
mod number;
mod phone;
mod twist;
mod url;

use candor_case::Seed;

use crate::entropy::Bits;

pub(crate) use number::bare;

/// A value as a sender may have changed it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Normal {
    pub(crate) text: String,
    /// What was done to the value, step by step.
    pub(crate) steps: Vec<&'static str>,
    pub(crate) kind: Kind,
    /// Bits of the text.
    pub(crate) bits: f64,
}

/// How a changed value stands to the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// All of it, as most senders have it.
    Usual,
    /// All of it, as few senders have it.
    Rare,
    /// A part that names the value as long as no other planted value has it too.
    Part,
    /// All of it, with its letters turned into others.
    Twist,
}

/// Everything that a value may have been made into, the value itself first.
pub(crate) fn normals(seed: &Seed) -> Vec<Normal> {
    let mut all = Normals { all: Vec::new(), bits: Bits::of(&seed.value).all() };
    all.whole(seed.value.clone(), &[], Kind::Usual);
    let trimmed = seed.value.trim();
    let trim: &[&'static str] = if trimmed == seed.value { &[] } else { &["trim"] };
    all.whole(trimmed.to_owned(), trim, Kind::Usual);
    all.whole(trimmed.to_lowercase(), &[trim, &["lower"]].concat(), Kind::Usual);
    url::add(trimmed, &mut all);
    mail::add(trimmed, trim, &mut all);
    phone::add(trimmed, seed.property, &mut all);
    number::add(trimmed, &mut all);
    all.whole(trimmed.to_uppercase(), &[trim, &["upper"]].concat(), Kind::Rare);
    words(trimmed, trim, &mut all);
    twist::add(trimmed, &mut all);
    all.all
}

/// White space of text, fewer of it or none.
fn words(value: &str, before: &[&'static str], all: &mut Normals) {
    if !value.contains(char::is_whitespace) {
        return;
    }
    for (value, case) in [(value.to_owned(), None), (value.to_lowercase(), Some("lower"))] {
        let steps = |step| before.iter().copied().chain(case).chain([step]).collect::<Vec<_>>();
        let words: Vec<&str> = value.split_whitespace().collect();
        all.whole(words.join(" "), &steps("single spaces"), Kind::Rare);
        all.whole(words.concat(), &steps("without spaces"), Kind::Rare);
    }
}

/// The list that is being made.
struct Normals {
    all: Vec<Normal>,
    /// Bits of the whole value.
    bits: f64,
}

impl Normals {
    /// Adds a form of the whole value.
    fn whole(&mut self, text: String, steps: &[&'static str], kind: Kind) {
        let bits = self.bits;
        self.add(Normal { text, steps: steps.to_vec(), kind, bits });
    }

    /// Adds a part of the value that is worth `bits`.
    fn part(&mut self, text: &str, steps: &[&'static str], bits: f64) {
        self.add(Normal { text: text.to_owned(), steps: steps.to_vec(), kind: Kind::Part, bits });
    }

    /// Of two ways to the same text the first is kept.
    fn add(&mut self, normal: Normal) {
        let known = self.all.iter().any(|known| known.text == normal.text);
        if !normal.text.is_empty() && !known {
            self.all.push(normal);
        }
    }
}

#[cfg(test)]
mod tests {
    use candor_case::Property;

    use super::*;

    fn seed(value: &str, property: Property) -> Seed {
        Seed {
            id: "s".into(),
            value: value.into(),
            property,
            sites: None,
            run: None,
            arm: None,
            phase: None,
        }
    }

    #[test]
    fn vendors_normalise() {
        use Property::{BrowsingSearch, BrowsingUrl, DeviceId, PersonEmail, PersonPhone};
        let odd = "HTTPS://WWW.Example.ORG:443/%7ea/./x/../b%2fc?q=1#f";
        let table: &[(&str, Property, &str, &[&str])] = &[
            (" Kim@Example.org ", PersonEmail, "Kim@Example.org", &["trim"]),
            (" Kim@Example.org ", PersonEmail, "kim@example.org", &["trim", "lower"]),
            ("Kim@Example.org", PersonEmail, "KIM@EXAMPLE.ORG", &["upper"]),
            ("Kim@Example.org", PersonEmail, "Kim", &["local part"]),
            ("Kim@Example.org", PersonEmail, "kim", &["lower", "local part"]),
            ("Ki.m+x@Gmail.com", PersonEmail, "kim@gmail.com", &["gmail"]),
            ("Ki.m+x@Gmail.com", PersonEmail, "kim+x@gmail.com", &["lower", "without dots"]),
            ("Ki.m+x@a.test", PersonEmail, "ki.m@a.test", &["lower", "without tag"]),
            ("+1 (201) 555-0123", PersonPhone, "+12015550123", &["e164"]),
            ("+1 (201) 555-0123", PersonPhone, "12015550123", &["digits"]),
            ("+1 (201) 555-0123", PersonPhone, "2015550123", &["national digits"]),
            ("+44 1632 960961", PersonPhone, "01632960961", &["national digits", "0 in front"]),
            (odd, BrowsingUrl, "https://www.example.org/~a/b%2Fc?q=1#f", &["canonical url"]),
            (
                odd,
                BrowsingUrl,
                "https://www.example.org/~a/b%2Fc",
                &["canonical url", "without query"],
            ),
            ("https://a.test/x?y#z", BrowsingUrl, "/x?y", &["path and query only"]),
            ("https://a.test/x?y#z", BrowsingUrl, "/x", &["path only"]),
            ("https://a.test/x?y#z", BrowsingUrl, "https://a.test/x", &["without query"]),
            ("https://a.test/x?y#z", BrowsingUrl, "a.test", &["host only"]),
            ("https://www.a.test/x", BrowsingUrl, "https://a.test/x", &["without www"]),
            ("https://a.test", BrowsingUrl, "https://a.test/", &["canonical url"]),
            ("a  b", BrowsingSearch, "a b", &["single spaces"]),
            ("A b", BrowsingSearch, "ab", &["lower", "without spaces"]),
            ("3c:5a:b4:0e:91:7f", DeviceId, "3c5ab40e917f", &["without separators"]),
            ("3c:5a:b4:0e:91:7f", DeviceId, "3C5AB40E917F", &["upper", "without separators"]),
            ("Kim", PersonEmail, "miK", &["reversed"]),
            ("Kim", PersonEmail, "Xvz", &["rot13"]),
        ];
        for (value, property, text, steps) in table {
            let all = normals(&seed(value, *property));
            let found = all.iter().find(|n| n.text == *text).map(|n| n.steps.as_slice());
            assert_eq!(found, Some(*steps), "{value} as {text}: {all:#?}");
        }
    }

    #[test]
    fn nothing_is_twice_or_empty() {
        for value in ["x", "http://a", "@@", "+ - 1234567", "https://?", "a@b.c@d.e", "-:-:-"] {
            let all = normals(&seed(value, Property::PersonPhone));
            for (i, normal) in all.iter().enumerate() {
                assert!(!normal.text.is_empty(), "{value}");
                assert!(all[..i].iter().all(|other| other.text != normal.text), "{value}");
            }
        }
    }
}
