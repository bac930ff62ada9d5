//! Documented fields, keys and observations.

use bytes::Bytes;
use candor_case::{IvRule, Party, Property, Sender};
use data_encoding::HEXLOWER;

use super::*;

#[test]
fn documented_fields_are_read_with_their_reason() {
    let opened = tree(&[
        (None, "request.body", b"data_list=...&gzip=1", 0..20),
        (Some(0), "form:data_list", b"...", 10..13),
        (Some(1), "base64", b"..", 0..3),
        (Some(2), "gzip", b"[{}]", 0..2),
        (Some(3), "$[0].distinct_id", b"5f0c1d7e-12aa-4b0e-9c55-d0b4a3f2e871", 0..2),
        (Some(3), "$[0].properties.$device_id", b"9774d56d682e549c", 0..2),
        (Some(3), "$[0].properties.$os_version", b"9", 0..2),
        (Some(3), "$[1].properties.$os_version", b"9", 0..2),
        (Some(3), "$[1].time", b"1588000000123", 0..2),
        (Some(3), "$[1].properties.$model", b"", 0..2),
    ]);
    let detected = run_on("https://sa.maker.test/sa?project=x", &opened, &[]);
    let fields: Vec<_> =
        detected.sightings.iter().map(|s| (s.property, s.value.as_str())).collect();
    let expected = [
        (Property::AppInstallId, "5f0c1d7e-12aa-4b0e-9c55-d0b4a3f2e871"),
        (Property::DeviceOsVersion, "9"),
        (Property::EventTime, "1588000000123"),
    ];
    assert_eq!(fields, expected);
    let because = detected.sightings[0].documented.as_deref().unwrap_or("");
    assert!(because.starts_with("Sensors Analytics upload, distinct_id: "), "{because}");
    assert_eq!(detected.recipient.organisation, None, "a format is not its recipient");

    let elsewhere = run_on("https://sa.maker.test/sale", &opened, &[]);
    assert_eq!(elsewhere.sightings, []);
    assert!(elsewhere.observations.iter().all(|o| o.documented.is_empty()));
}

#[test]
fn what_nothing_opens_is_named_wherever_it_stands() {
    let mut opened = tree(&[
        (None, "request.body", b"..", 0..2),
        (Some(0), "gzip", b"..", 0..2),
        (Some(1), "protobuf:3[0].38", b"\x9d\xc3\x11\xfe\x07\xa0\x55\x81", 0..1),
        (Some(1), "protobuf:3[1].38", b"\x9d\xc3\x11\xfe\x07\xa0\x55\x81", 1..2),
        (Some(1), "protobuf:3[1].39", b"\x9d\xc3\x11\xfe\x07\xa0\x55\x81", 1..2),
    ]);
    let url = "https://clientservices.googleapis.com/uma/v2";
    for (end, expected) in [(End::Value, 1), (End::Unknown, 2), (End::Encrypted, 2)] {
        opened.layers[2..].iter_mut().for_each(|layer| layer.end = end.clone());
        let detected = run_on(url, &opened, &[]);
        let named: Vec<_> = detected.sightings.iter().map(|s| (s.property, s.layer.0)).collect();
        let all = [(Property::AppPreference, 2), (Property::AppPreference, 3)];
        assert_eq!(named, all[..expected], "{end:?}");
    }
}

#[test]
fn a_request_to_delete_is_an_erasure() {
    let host = "https://incoming.telemetry.mozilla.org";
    let table = [
        ("/submit/firefox-desktop/deletion-request/1/8f2b3c6a", true),
        ("/submit/firefox-desktop/usage-deletion-request/1/8f2b3c6a", true),
        ("/submit/firefox-desktop/baseline/1/8f2b3c6a", false),
        ("/submit/telemetry/8f2b3c6a/deletion-request/Firefox/1/2/3", true),
        ("/submit/telemetry/8f2b3c6a/main/Firefox/1/2/3", false),
    ];
    for (path, erasure) in table {
        let detected = run_on(&format!("{host}{path}"), &body(b"{}"), &[]);
        assert_eq!(detected.erasure, erasure, "{path}");
        assert_eq!(detected.sender, Sender::Unknown, "which program it was is not told");
        assert_eq!(detected.recipient.organisation.as_deref(), Some("Mozilla Corporation"));
        assert_eq!(detected.recipient.evidence, ["name", "service"]);
        assert_eq!(detected.recipient.party, Party::Unknown);
    }
}

#[test]
fn a_service_names_the_sender_only_where_the_subject_is_its_program() {
    let glean = "https://incoming.telemetry.mozilla.org/submit/firefox-desktop/baseline/1/8f2b3c6a";
    let uma = "https://clientservices.googleapis.com/uma/v2";
    let facebook = "https://graph.facebook.com/v19.0/123/activities";
    let appmetrica = "https://report.appmetrica.yandex.net/report";
    let table = [
        ("Mozilla Firefox", glean, Sender::Subject),
        ("firefox", glean, Sender::Subject),
        ("Notes", glean, Sender::Unknown),
        ("", glean, Sender::Unknown),
        ("Chromium", uma, Sender::Subject),
        ("Firefox", uma, Sender::Unknown),
        ("Notes", facebook, Sender::Unknown),
        ("Notes", appmetrica, Sender::Unknown),
    ];
    for (product, url, expected) in table {
        let subject =
            |sole_sender| Subject { product: product.into(), sole_sender, ..Subject::default() };
        let sender = |subject: Subject| {
            let knowledge = Knowledge::new(Services::built_in(), &subject, &[]).unwrap();
            detect(&exchange(url), &body(b"{}"), &Run::default(), &knowledge).sender
        };
        assert_eq!(sender(subject(false)), expected, "{product} to {url}");
        assert_eq!(sender(subject(true)), Sender::Subject, "vouched for: {product} to {url}");
    }
}

#[test]
fn keys_found_in_one_sweep_open_payloads_in_the_next() {
    let wrapped = b"00112233445566778899aabbccddeeff_1588000000123";
    let opened = tree(&[
        (None, "request.body", b"p=..&sid=..", 0..11),
        (Some(0), "form:p", b"..", 2..4),
        (Some(0), "form:sid", b"aabb", 9..11),
        (Some(2), "hex", b"\xaa\xbb", 0..4),
        (Some(3), "aes-cbc", wrapped, 0..2),
    ]);
    let detected = run_on("https://data.stat.maker.test/mistats/v3", &opened, &[]);
    let [key] = &detected.keys[..] else { panic!("one key: {:?}", detected.keys) };
    assert_eq!(HEXLOWER.encode(&key.bytes), "00112233445566778899aabbccddeeff");
    assert_eq!(key.step, "form:p");
    assert_eq!(key.hosts, ["data.stat.maker.test"]);
    assert_eq!(key.iv, IvRule::Constant(Bytes::from_static(b"cfbsdfgsdfxccvd1")));
    let place = "mistat/session_key at request.body > form:sid > hex > aes-cbc of e1";
    assert_eq!(key.name, place);

    let knowledge = Knowledge::new(Services::built_in(), &Subject::default(), &[]).unwrap();
    let built_in = knowledge.keys();
    assert!(built_in.0.iter().any(|key| key.step == "form:sid" && key.bytes.len() == 16));
}

#[test]
fn what_could_tie_records_together_is_observed() {
    let opened = tree(&[
        (None, "request.header:content-length", b"1234", 0..4),
        (None, "request.header:x-client", b"c-81", 0..4),
        (None, "request.body", b"{...}", 0..5),
        (Some(2), "$.list[0].id", b"71c9", 0..2),
        (Some(2), "$.list[1].id", b"71c9", 0..2),
        (Some(2), "$.list[2].id", b"71ca", 0..2),
        (Some(2), "$.on", b"true", 0..2),
        (Some(2), "$.count", b"12", 0..2),
        (Some(2), "$.zero", b"00000000-0000-0000-0000-000000000000", 0..2),
        (Some(2), "$.lang", b"en", 0..2),
        (Some(2), "$.raw", b"\x01\x02\xff\x04", 0..2),
        (None, "response.body", b"not ours", 0..8),
    ]);
    let detected = run_on(HOST, &opened, &[]);
    let seen: Vec<_> = detected
        .observations
        .iter()
        .map(|o| (o.place_pattern.as_str(), o.value.as_str()))
        .collect();
    let expected = [
        ("request.body > $.lang", "en"),
        ("request.body > $.list[*].id", "71c9"),
        ("request.body > $.list[*].id", "71ca"),
        ("request.body > $.raw", "0x0102ff04"),
        ("request.header:x-client", "c-81"),
    ];
    let mut sorted = seen.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    assert!(detected.observations.is_sorted());
    let first = &detected.observations[0];
    assert_eq!((first.host.as_str(), first.digest.len()), ("api.maker.test", 32));
}

#[test]
fn a_documented_field_is_observed_whole_and_first() {
    let many: Vec<String> = (0..12_000).map(|i| format!("$[{i}].x{i}")).collect();
    let mut rows: Vec<Row<'_>> =
        vec![(None, "request.body", b"data=..", 0..7), (Some(0), "form:data", b"..", 5..7)];
    rows.extend(many.iter().map(|step| (Some(1), step.as_str(), step.as_bytes(), 0..2)));
    let at = rows.len() as u32;
    rows.push((Some(1), "$.distinct_id", b"9f86d081884c7d65", 0..2));
    rows.push((Some(at), "hex", b"\x9f\x86\xd0\x81\x88\x4c\x7d\x65", 0..16));
    let detected = run_on("https://sa.maker.test/sa", &tree(&rows), &[]);
    assert_eq!(detected.observations.len(), 10_000);
    let known: Vec<_> = detected.observations.iter().filter(|o| !o.documented.is_empty()).collect();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].documented, "sensors-analytics/distinct_id");
    assert_eq!(known[0].property, Some(Property::AppInstallId));
    assert_eq!(known[0].value, "9f86d081884c7d65");
    assert!(!detected.observations.iter().any(|o| o.place_pattern.ends_with("> hex")));
}

/// Property and value of what was found in a request to a URL with one layer per row.
fn read(url: &str, rows: &[Row<'_>]) -> Vec<(Property, String)> {
    let detected = run_on(url, &tree(rows), &[]);
    detected.sightings.iter().map(|s| (s.property, s.value.clone())).collect()
}

#[test]
fn an_address_that_is_being_typed_is_not_one_that_was_visited() {
    let mut typed = seed("www.shop.test/otter", Property::BrowsingTyped);
    typed.run = Some("r1".into());
    let mut visit = visit("https://www.shop.test/otter");
    visit.sites = Some(vec!["www.shop.test".into()]);
    let asked = tree(&[
        (None, "request.url", b"/suggest?q=www.shop.test", 0..24),
        (Some(0), "query:q", b"www.shop.test", 11..24),
    ]);
    let visited = |run: &str| {
        let knowledge = Knowledge::new(
            Services::built_in(),
            &Subject::default(),
            &[typed.clone(), visit.clone()],
        );
        let run = Run { id: RunId(run.into()), ..Run::default() };
        let found = detect(
            &exchange("https://suggest.maker.test/suggest"),
            &asked,
            &run,
            &knowledge.unwrap(),
        );
        let shapes = found.sightings.iter().filter(|s| s.kind == FindingKind::Shape);
        shapes.map(|s| s.property).collect::<Vec<_>>()
    };
    assert_eq!(visited("r1"), []);
    assert_eq!(visited("r2"), [Property::BrowsingUrl], "nobody typed it there");
}

#[test]
fn paths_that_anybody_may_have_are_no_service() {
    let table: [(&str, &[Row<'_>]); 3] = [
        (
            "https://shop.maker.test/api/1/store/",
            &[
                (None, "request.body", b"{}", 0..2),
                (Some(0), "$.user.id", b"cart-17", 0..1),
                (Some(0), "$.transaction", b"com.maker.Main", 0..1),
            ],
        ),
        (
            "https://shop.maker.test/products/list",
            &[
                (None, "request.body", b"{}", 0..2),
                (Some(0), "$.user_unique_id", b"u-4711", 0..1),
                (Some(0), "$.header.referrer", b"https://maker.test/x", 0..1),
            ],
        ),
        (
            "https://stats.maker.test/collect",
            &[
                (None, "request.body", b"{}", 0..2),
                (Some(0), "$.e[0]", b"blue", 0..1),
                (Some(0), "$.e[12]", b"/x", 0..1),
                (Some(0), "$.a[0]", b"b", 0..1),
            ],
        ),
    ];
    for (url, rows) in table {
        let found = run_on(url, &tree(rows), &[]);
        assert!(found.observations.iter().all(|o| o.documented.is_empty()), "{url}");
    }
}

#[test]
fn fields_say_what_they_say_and_no_more() {
    use Property::{
        AppInstallId, AppUsage, BrowsingUrl, DeviceId, PersonAccount, PersonEmail, PersonName,
    };
    let row = |step: &'static str, value: &'static [u8]| (Some(0), step, value, 0..1);
    type Table<'a> = Vec<(&'a str, Vec<Row<'a>>, Vec<(Property, &'a str)>)>;
    let table: Table<'_> = vec![
        (
            "https://o1.maker.test/api/7/envelope/?sentry_key=x",
            vec![
                row("sentry:header", b"{}"),
                row("$.transaction", b"/cart/7"),
                row("$.breadcrumbs[0].data.url", b"https://api.maker.test/x"),
                row("$.did", b"5f0c1d7e"),
                row("$.user.id", b"0"),
            ],
            vec![
                (AppUsage, "/cart/7"),
                (AppUsage, "https://api.maker.test/x"),
                (AppInstallId, "5f0c1d7e"),
            ],
        ),
        (
            "https://sg.maker.test/v1/batch",
            vec![
                row("$.batch[0].messageId", b"a"),
                row("$.batch[0].type", b"group"),
                row("$.batch[0].traits.name", b"Initech Ltd"),
                row("$.batch[0].traits.email", b"office@initech.test"),
                row("$.batch[0].properties.url", b"/logo.png"),
                row("$.batch[1].type", b"identify"),
                row("$.batch[1].traits.name", b"Kim Otter"),
                row("$.batch[1].traits.username", b"kim-otter"),
                row("$.batch[1].traits.email", b"kim@otter.test"),
                row("$.batch[2].type", b"page"),
                row("$.batch[2].properties.url", b"https://www.shop.test/"),
            ],
            vec![
                (AppUsage, "/logo.png"),
                (PersonName, "Kim Otter"),
                (PersonAccount, "kim-otter"),
                (PersonEmail, "kim@otter.test"),
                (BrowsingUrl, "https://www.shop.test/"),
            ],
        ),
        (
            "https://sa.maker.test/sa",
            vec![
                row("form:data", b"x"),
                row("$[0].properties.$lib", b"js"),
                row("$[0].properties.$device_id", b"18f0-web-cookie"),
                row("$[1].properties.$lib", b"Android"),
                row("$[1].properties.$device_id", b"ab12cd34ef56ab78"),
            ],
            vec![(AppInstallId, "18f0-web-cookie"), (DeviceId, "ab12cd34ef56ab78")],
        ),
        (
            "https://ph.maker.test/capture/",
            vec![
                row("$.token", b"phc_x"),
                row("$.properties.name", b"Signup button"),
                row("$.properties.$set.name", b"Kim Otter"),
            ],
            vec![(PersonName, "Kim Otter")],
        ),
        (
            "https://ai.maker.test/v2/track",
            vec![
                row("$[0].iKey", b"k"),
                row("$[0].tags.\"ai.operation.name\"", b"GET /api/items"),
                row("$[0].tags.\"ai.device.id\"", b"Browser"),
                row("$[0].data.baseData.target", b"api.maker.test/x"),
            ],
            vec![(AppUsage, "GET /api/items"), (AppUsage, "api.maker.test/x")],
        ),
        (
            "https://am.maker.test/batch",
            vec![
                row("$.api_key", b"k"),
                row("$.events[0].event_type", b""),
                row("$.events[0].ip", b"$remote"),
                row("$.events[0].user_id", b"guest"),
            ],
            vec![],
        ),
        (
            "https://graph.facebook.com/v19.0/123/activities",
            vec![
                row("form:ud", b"{}"),
                (Some(1), "$.em", b"9f86d081884c7d659a2feaa0c55ad015", 0..1),
                (Some(1), "$.ct", b"9f86d081884c7d659a2feaa0c55ad016", 0..1),
            ],
            vec![(PersonEmail, "9f86d081884c7d659a2feaa0c55ad015")],
        ),
    ];
    for (url, rows, expected) in table {
        let mut all = vec![(None, "request.body", &b"x"[..], 0..1)];
        all.extend(rows);
        let expected: Vec<_> = expected.into_iter().map(|(p, v)| (p, v.to_owned())).collect();
        assert_eq!(read(url, &all), expected, "{url}");
    }
}

#[test]
fn a_call_about_a_group_is_about_nobody_even_where_it_does_not_say_so() {
    use Property::{AppUsage, BrowsingUrl, PersonAccount, PersonEmail, PersonName};
    let told = |url: &str, path: &str, more: &[(&'static str, &'static [u8])]| {
        let team: [(&'static str, &'static [u8]); 6] = [
            ("messageId", b"a"),
            ("traits.name", b"Initech Ltd"),
            ("traits.email", b"office@initech.test"),
            ("traits.username", b"initech"),
            ("context.traits.email", b"kim@otter.test"),
            ("properties.url", b"https://www.shop.test/"),
        ];
        let steps: Vec<(String, &[u8])> = team
            .iter()
            .chain(more)
            .map(|(name, value)| (format!("{path}.{name}"), *value))
            .collect();
        let mut rows: Vec<Row<'_>> = vec![(None, "request.body", b"x", 0..1)];
        rows.extend(steps.iter().map(|(step, value)| (Some(0), step.as_str(), *value, 0..1)));
        let mut found: Vec<Property> = read(url, &rows).into_iter().map(|(p, _)| p).collect();
        found.sort_unstable();
        found
    };
    let mut person = vec![PersonEmail, PersonEmail, PersonName, PersonAccount, AppUsage];
    let mut group = vec![PersonEmail, AppUsage];
    let mut page = vec![PersonEmail, PersonEmail, PersonName, PersonAccount, BrowsingUrl];
    [&mut person, &mut group, &mut page].into_iter().for_each(|all| all.sort_unstable());
    type Said = &'static [(&'static str, &'static [u8])];
    let table: [(&str, &str, Said, &[Property]); 11] = [
        ("/v1/group", "$", &[], &group),
        ("/v1/g", "$", &[], &group),
        ("/v1/batch", "$.batch[0]", &[("groupId", b"g7")], &group),
        ("/v1/batch", "$.batch[0]", &[("type", b"group")], &group),
        // What a record says of itself counts.
        ("/v1/group", "$", &[("type", b"identify")], &person),
        ("/v1/identify", "$", &[("type", b"identify"), ("groupId", b"g7")], &person),
        ("/v1/identify", "$", &[], &person),
        ("/v1/identify", "$", &[("context.groupId", b"g7")], &person),
        ("/v1/batch", "$.batch[0]", &[("userId", b"")], &person),
        ("/v1/page", "$", &[], &page),
        ("/v1/page", "$", &[("type", b"screen")], &person),
    ];
    for (url, path, more, expected) in table {
        let found = told(&format!("https://sg.maker.test{url}"), path, more);
        assert_eq!(found, expected, "{url} {more:?}");
    }
}
