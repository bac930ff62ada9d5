//! Who receives a request: host, site and party, each with the kind of evidence it rests on.

use std::collections::BTreeSet;

use candor_case::{Party, Property, Recipient, Seed, Subject};

use crate::address::Address;
use crate::suffix;

/// The lab's own public suffix: `a.candor.test` and `b.candor.test` are two sites.
const LAB: &str = "candor.test";

/// Says who a host is to the user of `subject`, as far as the case file and the seeds tell.
///
/// A host of the maker's sites is the maker's even where it was visited too. A host counts as
/// visited when a seed belongs there, by its `sites` or by its own address; control seeds do not
/// count. Everything else is a third party, or of unknown party where the case names no maker.
pub fn recipient(host: &str, subject: &Subject, seeds: &[Seed]) -> Recipient {
    describe(host, subject, &visited_sites(seeds))
}

/// The sites that were visited, as seeds tell.
pub(crate) fn visited_sites(seeds: &[Seed]) -> BTreeSet<String> {
    let real = seeds.iter().filter(|seed| seed.property != Property::Control);
    let named = real.flat_map(homes).map(|site| site.trim_matches('.').to_lowercase());
    named.filter(|site| !site.is_empty()).collect()
}

/// As [`recipient`], with the visited sites at hand.
pub(crate) fn describe(host: &str, subject: &Subject, visited: &BTreeSet<String>) -> Recipient {
    let maker = subject.sites.iter().any(|site| within(host, site));
    let lower = host.to_lowercase();
    let mut parents = std::iter::successors(Some(lower.as_str()), |name| {
        name.split_once('.').map(|(_, parent)| parent)
    });
    let party = if maker {
        Party::Maker
    } else if parents.any(|name| visited.contains(name)) {
        Party::Visited
    } else if subject.sites.is_empty() {
        Party::Unknown
    } else {
        Party::Third
    };
    let organisation = (maker && !subject.maker.is_empty()).then(|| subject.maker.clone());
    let evidence = if maker { "case file" } else { "name" };
    Recipient {
        host: host.to_owned(),
        site: site(host),
        party,
        organisation,
        evidence: vec![evidence.to_owned()],
    }
}

/// The registrable domain of a host; the host itself where it has none (an IP address, a suffix).
pub(crate) fn site(host: &str) -> String {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return host.to_owned();
    }
    if let Some(label) = host.strip_suffix(LAB).and_then(|rest| rest.strip_suffix('.')) {
        let own = label.rsplit('.').next().unwrap_or(label);
        return format!("{own}.{LAB}");
    }
    suffix::domain(host).unwrap_or(host).to_owned()
}

/// Whether `host` is `site` or lies below it, whatever the case.
pub(crate) fn within(host: &str, site: &str) -> bool {
    let site = site.trim_matches('.');
    if site.is_empty() || host.len() < site.len() || !host.is_char_boundary(host.len() - site.len())
    {
        return false;
    }
    let (front, end) = host.split_at(host.len() - site.len());
    end.eq_ignore_ascii_case(site) && (front.is_empty() || front.ends_with('.'))
}

/// The sites where a seed belongs: those it names, else the host of its own address.
pub(crate) fn homes(seed: &Seed) -> Vec<String> {
    if let Some(sites) = &seed.sites {
        return sites.clone();
    }
    let own = Address::of(&seed.value).map(|address| seed.value[address.host].to_lowercase());
    own.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(value: &str, sites: Option<&[&str]>) -> Seed {
        Seed {
            id: value.into(),
            value: value.into(),
            property: Property::BrowsingUrl,
            sites: sites.map(|s| s.iter().map(|&s| s.to_owned()).collect()),
            run: None,
            arm: None,
            phase: None,
        }
    }

    #[test]
    fn sites_are_registrable_domains() {
        let table = [
            ("clients4.google.com", "google.com"),
            ("a.b.example.co.uk", "example.co.uk"),
            ("x.tok.candor.test", "tok.candor.test"),
            ("candor.test", "candor.test"),
            ("notcandor.test", "notcandor.test"),
            ("sa.api.intl.maker.test", "maker.test"),
            ("127.0.0.1", "127.0.0.1"),
            ("::1", "::1"),
            ("localhost", "localhost"),
            ("", ""),
        ];
        for (host, expected) in table {
            assert_eq!(site(host), expected, "{host}");
        }
    }

    #[test]
    fn hosts_lie_within_sites() {
        let table = [
            ("www.example.org", "example.org", true),
            ("example.org", "Example.org", true),
            ("notexample.org", "example.org", false),
            ("example.org", "www.example.org", false),
            ("example.org", "", false),
        ];
        for (host, site, expected) in table {
            assert_eq!(within(host, site), expected, "{host} in {site}");
        }
    }

    #[test]
    fn parties_are_told_apart() {
        let subject = Subject {
            maker: "Maker Example".into(),
            sites: vec!["maker.test".into(), "both.test".into()],
            ..Subject::default()
        };
        let mut control = seed("beacon", Some(&["beacon.candor.test"]));
        control.property = Property::Control;
        let seeds =
            [seed("https://www.example.org/x", None), seed("words", Some(&["both.test"])), control];
        let table = [
            ("sa.maker.test", Party::Maker),
            ("both.test", Party::Maker),
            ("www.example.org", Party::Visited),
            ("cdn.www.example.org", Party::Visited),
            ("example.org", Party::Third),
            ("beacon.candor.test", Party::Third),
        ];
        for (host, party) in table {
            assert_eq!(recipient(host, &subject, &seeds).party, party, "{host}");
        }
        assert_eq!(
            recipient("sa.maker.test", &subject, &seeds).organisation.as_deref(),
            Some("Maker Example")
        );
        let nobody = Subject::default();
        assert_eq!(recipient("x.test", &nobody, &seeds).party, Party::Unknown);
        assert_eq!(recipient("www.example.org", &nobody, &seeds).party, Party::Visited);
    }
}
