//! Seeds of every kind, as many as wanted, and the forms in which other tools take them.

use std::fmt::Write;

use candor_case::{Property, Seed, Seeds};

use crate::random::Random;

/// That many seeds: addresses, searches, e-mail addresses, accounts and device numbers in turn. The
/// first ones are the same however many are wanted.
pub fn seeds(count: usize) -> Seeds {
    let mut random = Random::new(0x5eed);
    Seeds { seeds: (0..count).map(|index| seed(index, &mut random)).collect() }
}

fn seed(index: usize, random: &mut Random) -> Seed {
    let token = random.hex(12);
    let (property, value) = match index % 5 {
        0 => {
            let (site, page) = (random.word(), random.words(3, "-"));
            (Property::BrowsingUrl, format!("https://www.{site}.example.org/{page}?t={token}"))
        }
        1 => (Property::BrowsingSearch, format!("{} {token}", random.words(3, " "))),
        2 => (Property::PersonEmail, format!("{}.{token}@example.org", random.word())),
        3 => (Property::PersonAccount, format!("{}-{token}", random.word())),
        _ => (Property::DeviceId, random.hex(16)),
    };
    Seed {
        id: format!("seed-{index:05}"),
        value,
        property,
        sites: None,
        run: None,
        arm: None,
        phase: None,
    }
}

/// One value per line, as `rg -f` takes them.
pub fn needles(seeds: &Seeds) -> String {
    let mut out = String::new();
    for seed in &seeds.seeds {
        out.push_str(&seed.value);
        out.push('\n');
    }
    out
}

/// A configuration of Privacy Flow Inspector that looks for the same values.
pub fn personas(seeds: &Seeds) -> String {
    let mut out = String::from("version = 1\n\n[first_party]\ndomains = [\"example.org\"]\n");
    for seed in &seeds.seeds {
        let category = match seed.property {
            Property::PersonEmail => "contact",
            Property::PersonAccount => "identity",
            _ => "online-identifier",
        };
        let (label, value) = (&seed.id, &seed.value);
        let _ = write!(
            out,
            "\n[[persona]]\nlabel = \"{label}\"\nvalue = \"{value}\"\ncategory = \"{category}\"\n"
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_seeds_begin_with_the_same_ones() {
        assert_eq!(seeds(10).seeds[..], seeds(1000).seeds[..10]);
        assert_eq!(needles(&seeds(10)).lines().count(), 10);
        let personas = personas(&seeds(10)).parse::<toml::Table>().expect("toml");
        assert_eq!(personas["persona"].as_array().map(Vec::len), Some(10));
    }
}
