//! Detection on recordings of real programs, opened by the real peeler.

mod common;

use std::collections::BTreeSet;

use candor_case::{FindingKind, Party, Property, Run, Seed, Sender, Subject};
use candor_detect::{Detected, Knowledge, Services, chance, detect};
use candor_peel::{Budget, peel};
use common::{sample, seed};

fn audit(name: &str, seeds: &[Seed]) -> Vec<(String, Detected)> {
    let knowledge =
        Knowledge::new(Services::built_in(), &Subject::default(), seeds).expect("builds");
    let keys = knowledge.keys();
    let run = Run::default();
    let one = |exchange: &candor_case::Exchange| {
        let tree = peel(exchange, &keys, &Budget::default());
        (exchange.request.url.clone(), detect(exchange, &tree, &run, &knowledge))
    };
    sample(name).iter().map(one).collect()
}

/// Host, path and derivation of every sighting of a seed.
fn seeded(all: &[(String, Detected)], seed: usize) -> Vec<(String, String, String)> {
    let each = all.iter().flat_map(|(_, d)| d.sightings.iter().map(move |s| (d, s)));
    each.filter(|(_, s)| s.seed == Some(seed))
        .map(|(d, s)| (d.recipient.host.clone(), s.place.path.clone(), s.derivation.join(", ")))
        .collect()
}

/// Path, property and value of every documented field, each once.
fn documented(all: &[(String, Detected)]) -> BTreeSet<(String, Property, String)> {
    let each = all.iter().flat_map(|(_, d)| &d.sightings);
    each.filter(|s| s.kind == FindingKind::ServiceField)
        .map(|s| (s.place.path.clone(), s.property, s.value.clone()))
        .collect()
}

#[test]
fn chromium_sends_the_visited_address_to_its_maker_only() {
    let url = "https://www.example.org/private?q=secret-normal";
    let seeds = [seed("visit", url, Property::BrowsingUrl, Some(&["example.org"]))];
    let all = audit("chromium_ukm", &seeds);
    let found = seeded(&all, 0);
    let at = |path: &str| {
        ("clients4.google.com".to_owned(), format!("request.body > gzip > {path}"), String::new())
    };
    assert_eq!(found.iter().filter(|f| **f == at("protobuf:3.8.1")).count(), 3, "{found:#?}");
    for first in ["protobuf:3[0].8.1", "protobuf:3[0].15.1", "protobuf:3[1].8.1"] {
        assert!(found.contains(&at(first)), "{found:#?}");
    }
    assert_eq!(found.len(), 6, "{found:#?}");
    assert!(found.iter().all(|f| f.0 == "clients4.google.com" && f.2.is_empty()), "{found:#?}");

    let searched: u64 = all.iter().map(|(_, d)| d.searched).sum();
    let weakest = all.iter().flat_map(|(_, d)| &d.sightings).filter(|s| s.seed.is_some());
    assert!(weakest.map(|s| chance(s.bits, searched)).all(|c| c < 1e-6));

    let visit = all.iter().find(|(to, _)| to == url).expect("the visit was recorded");
    assert_eq!(visit.1.at_home, [0]);
    assert_eq!((visit.1.recipient.party, visit.1.sender), (Party::Visited, Sender::Subject));
    let icon = all.iter().find(|(to, _)| to.ends_with("/favicon.ico")).expect("recorded");
    assert_eq!(icon.1.sender, Sender::Page);
    let ukm = all.iter().find(|(to, _)| to.ends_with("/ukm")).expect("recorded");
    assert_eq!(ukm.1.sender, Sender::Subject);
    assert_eq!(ukm.1.recipient.organisation.as_deref(), Some("Google LLC"));
    assert_eq!(ukm.1.recipient.party, Party::Unknown);
}

#[test]
fn chromium_keeps_numbers_of_the_installation() {
    let all = audit("chromium_ukm", &[]);
    let fields = documented(&all);
    let ids: Vec<_> = fields.iter().filter(|f| f.1 == Property::AppInstallId).collect();
    let paths: BTreeSet<&str> = ids.iter().map(|f| f.0.as_str()).collect();
    let expected = ["request.body > gzip > protobuf:1", "request.body > gzip > protobuf:3.34"];
    assert_eq!(paths, expected.into());
    // One number for the addresses, another for the statistics, and that one not hashed.
    assert_eq!(ids.len(), 3, "{ids:#?}");
    let ids = all.iter().flat_map(|(_, d)| &d.observations);
    let ids = ids.filter(|o| o.documented == "chromium-ukm/client_id");
    assert_eq!(ids.map(|o| &o.digest).collect::<BTreeSet<_>>().len(), 1);
}

#[test]
fn a_documented_binary_field_is_named_though_nothing_opens_it() {
    let knowledge = Knowledge::new(Services::built_in(), &Subject::default(), &[]).expect("builds");
    let mut fields = BTreeSet::new();
    for exchange in sample("chromium_ukm") {
        let tree = peel(&exchange, &knowledge.keys(), &Budget::default());
        let detected = detect(&exchange, &tree, &Run::default(), &knowledge);
        let named: BTreeSet<_> = detected.sightings.iter().map(|s| s.layer).collect();
        for (id, layer) in tree.iter() {
            let path = tree.path(id);
            if path.ends_with("protobuf:3.38") || path.ends_with("protobuf:2.38") {
                assert!(named.contains(&id), "{path} ends {:?}", layer.end);
                fields.insert(path);
            }
        }
    }
    let expected = ["request.body > gzip > protobuf:2.38", "request.body > gzip > protobuf:3.38"];
    assert_eq!(fields, expected.map(str::to_owned).into());
}

#[test]
fn a_search_is_found_in_the_format_of_2020() {
    let url = "https://www.example.org/private?q=h%C3%B6hle";
    let seeds = [
        seed("search", "my secret", Property::BrowsingSearch, None),
        seed("visit", url, Property::BrowsingUrl, None),
        seed("device", "11111111-2222-3333-4444-555555555555", Property::DeviceId, None),
        seed("account", "mi-42", Property::PersonAccount, None),
    ];
    let all = audit("sensors_python", &seeds);
    let start = "request.body > form:data_list > base64 > gzip > ";
    let paths = |seed| -> Vec<String> {
        let strip = |path: String| path.strip_prefix(start).map_or(path.clone(), str::to_owned);
        seeded(&all, seed).into_iter().map(|found| strip(found.1)).collect()
    };
    assert_eq!(paths(0), ["$[1].properties.search_word"]);
    assert_eq!(paths(1), ["$[0].properties.url"]);
    assert_eq!(paths(3), ["$[0].distinct_id"]);
    assert!(paths(2).contains(&"$[0].original_id".to_owned()));
    let (_, first) = &all[0];
    let search = first.sightings.iter().find(|s| s.seed == Some(0)).expect("found");
    assert!(search.documented.as_ref().is_some_and(|d| d.contains("Sensors Analytics upload")));
    let times = first.sightings.iter().filter(|s| s.property == Property::EventTime).count();
    assert_eq!(times, 2);
}

#[test]
fn real_sdks_in_a_page_are_the_page_speaking() {
    let seeds = [
        seed("search", "my secret query", Property::BrowsingSearch, None),
        seed(
            "visit",
            "https://www.example.org/private?q=h%C3%B6hle&x=1",
            Property::BrowsingUrl,
            None,
        ),
    ];
    let all = audit("sensors_js", &seeds);
    let (searches, visits) = (seeded(&all, 0), seeded(&all, 1));
    // Four ways of sending; the fifth is encrypted.
    let carriers = |found: &[(String, String, String)]| -> BTreeSet<String> {
        found.iter().map(|f| f.1.split(" > base64").next().unwrap_or("").to_owned()).collect()
    };
    let expected =
        ["request.body > form:data", "request.body > form:data_list", "request.url > query:data"];
    assert_eq!(carriers(&searches), expected.map(str::to_owned).into());
    assert_eq!(carriers(&visits), expected.map(str::to_owned).into());
    assert!(visits.iter().all(|f| f.2 == "percent-decoded"), "{visits:#?}");
    assert!(
        all.iter().filter(|(to, _)| to.contains("sa.gif")).all(|(_, d)| d.sender == Sender::Page)
    );
}

#[test]
fn an_address_a_user_and_a_mail_are_found_in_mixpanels_format() {
    let seeds = [
        seed("visit", "https://www.example.org/private?q=secret", Property::BrowsingUrl, None),
        seed("user", "user-42", Property::PersonAccount, None),
        seed("mail", "user-42@example.com", Property::PersonEmail, None),
    ];
    let all = audit("mixpanel", &seeds);
    let ends = |seed: usize| -> BTreeSet<String> {
        let last = |path: String| path.rsplit(" > ").next().unwrap_or("").to_owned();
        seeded(&all, seed).into_iter().map(|found| last(found.1)).collect()
    };
    assert_eq!(ends(0), ["$.properties.url".to_owned()].into());
    assert!(ends(1).contains("$.properties.distinct_id") && ends(1).contains("$.$user_id"));
    assert_eq!(ends(2), ["$.$set.$email".to_owned()].into());
    // Unplanted, the address is still what the format documents it to be, and nothing else is
    // taken for somebody's.
    let all = audit("mixpanel", &[]);
    let named = |kind: FindingKind| -> BTreeSet<(Property, String)> {
        let each = all.iter().flat_map(|(_, d)| &d.sightings);
        each.filter(|s| s.kind == kind).map(|s| (s.property, s.value.clone())).collect()
    };
    let mail = (Property::PersonEmail, "user-42@example.com".to_owned());
    assert!(named(FindingKind::ServiceField).contains(&mail));
    assert_eq!(named(FindingKind::Shape), BTreeSet::new());
}

#[test]
fn firefox_sends_its_numbers_and_no_address() {
    let url = "https://www.example.org/private?q=secret-ff";
    let all = audit("firefox_normal", &[seed("visit", url, Property::BrowsingUrl, None)]);
    assert_eq!(seeded(&all, 0), []);
    let fields = documented(&all);
    let value = |path: &str| -> BTreeSet<String> {
        fields.iter().filter(|f| f.0 == path).map(|f| f.2.clone()).collect()
    };
    let one = |text: &str| BTreeSet::from([text.to_owned()]);
    let body = "request.body > gzip > ";
    assert_eq!(value(&format!("{body}$.clientId")), one("dd719e06-25d5-4033-b517-3e4890cfebce"));
    assert_eq!(
        value(&format!("{body}$.profileGroupId")),
        one("69e8eae4-4616-41fa-808a-4b1a611428f7")
    );
    assert_eq!(
        value(&format!("{body}$.client_info.client_id")),
        one("be461acf-75d0-4848-a531-40559ed70d1b")
    );
    assert_eq!(value(&format!("{body}$.metrics.uuid.\"usage.profile_id\"")).len(), 1);
    let others = all.iter().flat_map(|(_, d)| &d.sightings);
    let others: Vec<_> = others.filter(|s| s.kind != FindingKind::ServiceField).collect();
    assert_eq!(others, Vec::<&candor_detect::Sighting>::new(), "neither seeds nor shapes");
    assert!(!fields.iter().any(|f| f.1 == Property::BrowsingUrl));
    assert!(all.iter().all(|(_, d)| !d.erasure));
}

#[test]
fn a_thousand_strangers_are_found_nowhere() {
    let seeds: Vec<Seed> = (0..1000u64).map(stranger).collect();
    let (mut searched, mut found) = (0, Vec::new());
    let mut knowledge = None;
    for name in ["chromium_ukm", "firefox_normal", "mixpanel", "sensors_js", "sensors_python"] {
        let knowledge = knowledge.get_or_insert_with(|| {
            Knowledge::new(Services::built_in(), &Subject::default(), &seeds).expect("builds")
        });
        for exchange in sample(name) {
            let tree = peel(&exchange, &knowledge.keys(), &Budget::default());
            let detected = detect(&exchange, &tree, &Run::default(), knowledge);
            searched += detected.searched;
            found.extend(detected.sightings.into_iter().filter(|s| s.seed.is_some()));
        }
    }
    assert_eq!(found, []);
    assert!(searched > 400_000, "{searched} bytes were compared");
}

/// An invented value: by turns an address, a search, an e-mail address, a number.
fn stranger(i: u64) -> Seed {
    // SplitMix64: the same invented people on every machine.
    let mix = |n: u64| {
        let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let (a, b) = (mix(2 * i), mix(2 * i + 1));
    let (value, property) = match i % 4 {
        0 => (format!("https://www.example.org/{a:x}/read?q={b:x}"), Property::BrowsingUrl),
        1 => (format!("how to {} {}", a % 1_000_000_000, b % 1_000_000), Property::BrowsingSearch),
        2 => (format!("kim.{:x}@example.org", a % 0xffff_ffff), Property::PersonEmail),
        _ => (format!("{b:016x}"), Property::DeviceId),
    };
    seed(&format!("stranger-{i}"), &value, property, None)
}
