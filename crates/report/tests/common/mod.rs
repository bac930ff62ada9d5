//! Cases made by hand for tests: invented people, reserved names, SIMULATED.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeMap;

use candor_case::*;
use candor_report::{Carried, RequestLine, View};
use data_encoding::BASE64;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) const MAKER: &str = "sa.api.intl.maker.test";
pub(crate) const THIRD: &str = "t.tracker.test";
const SEALED: &str = "data.mistat.intl.maker.test";
const START: i64 = 1_588_600_800_000_000;

/// A noun from its written form, so that nouns may grow without these cases.
fn noun<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("is a noun")
}

/// A realistic case: a browser that tells its maker everything, in private windows too.
pub(crate) fn case() -> View {
    let mut view = View {
        name: "cases/browser-2020".into(),
        case: CaseFile {
            question: "Does the browser keep its maker’s word about private windows?".into(),
            examiner: "Examiner Example".into(),
            opened: "2020-05-04".into(),
            subject: Subject {
                product: "Simulated Browser".into(),
                version: "3.4.0".into(),
                maker: "Simulated Maker".into(),
                sites: vec!["maker.test".into()],
                region: "intl".into(),
                sole_sender: true,
                simulated: true,
                ..Subject::default()
            },
        },
        ..View::default()
    };
    for (n, (id, mode, device)) in [
        ("normal-1", "normal", "device-1"),
        ("normal-2", "normal", "device-2"),
        ("private-1", "private", "device-1"),
        ("private-2", "private", "device-2"),
        ("signed-in-1", "normal", "device-1"),
    ]
    .into_iter()
    .enumerate()
    {
        record(&mut view, n, id, mode, device);
    }
    view.identifiers = identifiers(&view);
    view.links = vec![noun(json!({
        "a": "i-device", "b": "i-uuid", "host": MAKER, "requests": 21, "example": "x-normal-1-2",
    }))];
    view.coverage = coverage(&view);
    view.claims = claims();
    view.verdicts = verdicts(&view);
    view
}

fn arm(mode: &str, id: &str) -> Arm {
    let account = if id.starts_with("signed") { "signed_in" } else { "none" };
    Arm(BTreeMap::from([("account".into(), account.into()), ("mode".into(), mode.into())]))
}

fn record(view: &mut View, n: usize, id: &str, mode: &str, device: &str) {
    let start = START + n as i64 * 900_000_000;
    view.runs.push(Run {
        schema: "candor.run/1".into(),
        id: RunId(id.into()),
        device: device.into(),
        install: format!("{device}/1"),
        persona: "Erika Example".into(),
        continues: (n == 4)
            .then(|| Continues { run: RunId("normal-1".into()), after: vec!["restart".into()] }),
        arm: arm(mode, id),
        grade: Grade::Stock,
        sole_sender: true,
        simulated: true,
        started: Some(UnixMicros(start)),
        waited: true,
        digests: BTreeMap::from([
            (
                "claims".into(),
                "sha256:4fa4454b0ea55a16c39af42c56b3a38fb035cbfccffd3cc1a071a3927d9b48d9".into(),
            ),
            (
                "plan".into(),
                "sha256:1eb7f613e54402170899e62f3fc2f8e3367d2825b2956d4d953c809218fb9e36".into(),
            ),
        ]),
        ..Run::default()
    });
    let at = |seconds: i64| UnixMicros(start + seconds * 1_000_000);
    let phase = |s, name: &str| Event {
        at: at(s),
        kind: EventKind::Phase { name: name.into(), session: "s-1".into() },
    };
    let action = |s, name: &str, seed: &str| Event {
        at: at(s),
        kind: EventKind::Action {
            name: name.into(),
            seed: Some(format!("{id}/{seed}")),
            began: None,
        },
    };
    let events = vec![
        phase(0, "first_start"),
        phase(12, "visit"),
        action(14, "visit", "visit-1"),
        action(26, "visit", "visit-2"),
        phase(40, if mode == "private" { "private search" } else { "search" }),
        action(43, "search", "search-1"),
        phase(60, "download"),
        action(63, "download", "download-1"),
        phase(75, "idle"),
        phase(600, "restart"),
        Event { at: at(640), kind: EventKind::Stopped },
    ];
    view.events.insert(id.into(), events);
    send(view, id, mode, device, start);
}

fn send(view: &mut View, id: &str, mode: &str, device: &str, start: i64) {
    let token = format!("{:08x}", 0x51f3_a2c4_u32.wrapping_mul(view.runs.len() as u32 + 7));
    let page = format!("https://n1.news.candor.test/a/{token}");
    let words = "garden shoes size 43";
    let mut n = 0;
    let mut line = |view: &mut View, s: f64, method: &str, url: &str, bytes: u64, unread: u64| {
        let exchange = ExchangeId(format!("x-{id}-{n}"));
        n += 1;
        let host = url.split('/').nth(2).unwrap_or_default().to_owned();
        let party = if host.ends_with("maker.test") {
            Party::Maker
        } else if host == THIRD {
            Party::Third
        } else {
            Party::Visited
        };
        view.requests.push(RequestLine {
            exchange: exchange.clone(),
            run: RunId(id.into()),
            at: UnixMicros(start + (s * 1e6) as i64),
            phase: phase_at(s).into(),
            method: method.into(),
            url: url.into(),
            host,
            party,
            sender: Sender::Subject,
            bytes,
            unread,
        });
        exchange
    };
    let post = format!("https://{MAKER}/sa?project=global");
    line(view, 2.0, "POST", "https://control.candor.test/beacon", 310, 0);
    line(view, 14.1, "GET", &page, 520, 0);
    let x = line(view, 15.2, "POST", &post, 1_840, 0);
    found(
        view,
        &x,
        id,
        mode,
        device,
        Property::BrowsingUrl,
        "visit-1",
        &page,
        "$[0].properties.url",
        Timing::Live,
    );
    found(
        view,
        &x,
        id,
        mode,
        device,
        Property::DeviceId,
        "",
        number(device),
        "$[0].properties.$device_id",
        Timing::Live,
    );
    found(
        view,
        &x,
        id,
        mode,
        device,
        Property::AppInstallId,
        "",
        &uuid(device),
        "$[0].properties.uuid",
        Timing::Live,
    );
    found(
        view,
        &x,
        id,
        mode,
        device,
        Property::DeviceModel,
        "",
        "SIMULATED phone",
        "$[0].properties.$model",
        Timing::Live,
    );
    found(
        view,
        &x,
        id,
        mode,
        device,
        Property::EventTime,
        "",
        "1588600815200",
        "$[0].time",
        Timing::Live,
    );
    line(view, 15.9, "POST", &format!("https://{SEALED}/mistats/v3"), 2_210, 1_980);
    let second = format!("{page}-b");
    line(view, 26.2, "GET", &second, 524, 0);
    let x = line(view, 44.0, "POST", &post, 1_910, 0);
    found(
        view,
        &x,
        id,
        mode,
        device,
        Property::BrowsingUrl,
        "visit-2",
        &second,
        "$[0].properties.url",
        Timing::Late,
    );
    found(
        view,
        &x,
        id,
        mode,
        device,
        Property::BrowsingSearch,
        "search-1",
        words,
        "$[2].properties.search_word",
        Timing::Live,
    );
    found(
        view,
        &x,
        id,
        mode,
        device,
        Property::DeviceId,
        "",
        number(device),
        "$[0].properties.$device_id",
        Timing::Live,
    );
    let x = line(view, 64.0, "GET", &format!("https://{THIRD}/p?u=aHR0cHM6Ly9maWxlcw"), 388, 0);
    found(
        view,
        &x,
        id,
        mode,
        device,
        Property::BrowsingDownload,
        "download-1",
        "https://files.candor.test/report.pdf",
        "request.url > query:u > base64",
        Timing::Live,
    );
    line(view, 65.0, "POST", &format!("https://{SEALED}/mistats/v3"), 1_730, 1_500);
    let x = line(view, 611.0, "POST", &post, 1_290, 0);
    found(
        view,
        &x,
        id,
        mode,
        device,
        Property::BrowsingSearch,
        "search-1",
        words,
        "$[0].properties.search_word",
        Timing::Late,
    );
    found(
        view,
        &x,
        id,
        mode,
        device,
        Property::DeviceId,
        "",
        number(device),
        "$[0].properties.$device_id",
        Timing::Live,
    );
    if id.starts_with("signed") {
        found(
            view,
            &x,
            id,
            mode,
            device,
            Property::PersonAccount,
            "account",
            "erika.example",
            "$[0].distinct_id",
            Timing::Live,
        );
    }
}

fn phase_at(seconds: f64) -> &'static str {
    match seconds {
        s if s < 12.0 => "first_start",
        s if s < 40.0 => "visit",
        s if s < 60.0 => "search",
        s if s < 75.0 => "download",
        s if s < 600.0 => "idle",
        _ => "restart",
    }
}

pub(crate) fn number(device: &str) -> &'static str {
    if device == "device-1" { "9f3a61c27e08d4b5" } else { "1c70be94a2d3f586" }
}

fn uuid(device: &str) -> String {
    format!("{}-0000-4000-8000-5eed5eed5eed", &number(device)[..8])
}

#[allow(clippy::too_many_arguments, reason = "a table row")]
fn found(
    view: &mut View,
    exchange: &ExchangeId,
    run: &str,
    mode: &str,
    device: &str,
    property: Property,
    seed: &str,
    value: &str,
    path: &str,
    timing: Timing,
) {
    let seeded = !seed.is_empty();
    let line = view.requests.last().expect("a request was just sent").clone();
    let id = format!(
        "f-{:016x}",
        0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(view.findings.len() as u64 + 1)
    );
    let to_maker = line.host == MAKER;
    let full = if to_maker {
        format!("request.body > form:data_list > base64 > gzip > {path}")
    } else {
        path.to_owned()
    };
    let planted = json!({
        "run": run, "arm": arm(mode, run), "session": "s-1",
        "phase": seed.split('-').next().unwrap_or_default(),
    });
    view.exhibits.push(exhibit(&id, &line, &full, value));
    view.findings.push(noun(json!({
        "id": id,
        "kind": if seeded { "seeded_value" } else { "service_field" },
        "property": property,
        "value": value,
        "seed": seeded.then(|| format!("{run}/{seed}")),
        "derivation": [],
        "planted": seeded.then_some(planted),
        "seen": { "run": run, "arm": arm(mode, run), "phase": line.phase, "session": "s-1" },
        "timing": timing,
        "exchange": exchange,
        "place": { "path": full, "span": [27, 27 + value.len()] },
        "recipient": {
            "host": line.host,
            "site": if to_maker { "maker.test" } else { "tracker.test" },
            "party": line.party,
            "organisation": to_maker.then_some("Simulated Maker"),
            "evidence": if to_maker { vec!["case file", "name"] } else { vec![] },
        },
        "sender": "subject",
        "chance": if seeded { 3.1e-21 } else { 0.0 },
        "documented": (!seeded).then(|| format!("sensors data: {path}, sa-sdk-android v3.2.10, preset properties")),
    })));
    let _ = device;
}

fn exhibit(finding: &str, line: &RequestLine, path: &str, value: &str) -> Exhibit {
    let steps: Vec<&str> = path.split(" > ").collect();
    let last = steps.len() - 1;
    let layer = |(n, step): (usize, &&str)| {
        let (bytes, span): (Vec<u8>, ByteSpan) = match *step {
            _ if n == last => {
                let json = format!("{{\"event\":\"page\",\"properties\":{{\"v\":\"{value}\",\"$os\":\"Android\"}}}}");
                let at = json.find(value).unwrap_or(0) as u64;
                (json.into_bytes(), ByteSpan::new(at, at + value.len() as u64))
            }
            "gzip" => (format!("[{{\"event\":\"page\",\"v\":\"{value}\"}}]").into_bytes(), ByteSpan::new(1, 40)),
            "base64" => ((0..180_u16).map(|i| (i * 37 + i / 7) as u8).collect(), ByteSpan::new(0, 180)),
            _ => (b"crc=-1203441&gzip=1&data_list=H4sIAAAAAAAAA6tWSklNzi1QsjI0MjYxNTO3sFSyUkrKT6kEAHXyTm0dAAAA".to_vec(), ByteSpan::new(30, 93)),
        };
        ExhibitLayer {
            step: (*step).into(),
            codec: step.split([':', '.']).next().unwrap_or_default().into(),
            length: bytes.len() as u64,
            sha256: "5f2c8e0a7b1d94e3c6a8f0b2d4e6081a3c5e7f9b1d3f5a7c9e0b2d4f6a8c0e1b".into(),
            span,
            window_start: 0,
            window: BASE64.encode(&bytes[..bytes.len().min(512)]),
            key: None,
        }
    };
    Exhibit {
        finding: finding.into(),
        request: format!("{} {}", line.method, line.url),
        layers: steps.iter().enumerate().map(layer).collect(),
    }
}

fn identifiers(view: &View) -> Vec<Identifier> {
    let one = |id: &str,
               step: &str,
               property: Option<Property>,
               scope: Scope,
               outlived: &[&str],
               ended: &[&str],
               not: &[&str],
               values: Vec<Value>|
     -> Identifier {
        noun(json!({
            "id": id,
            "place_pattern": format!("request.body > form:data_list > base64 > gzip > $[*].{step}"),
            "host": MAKER,
            "property": property,
            "basis": if property.is_some() { "documented" } else { "differential" },
            "because": "the same in all runs of a device, different between the devices",
            "scope": scope, "outlived": outlived, "ended_by": ended, "not_tested": not,
            "values": values, "joins": [],
        }))
    };
    let values = |of: &dyn Fn(&str) -> String| -> Vec<Value> {
        let value = |device: &str| {
            let runs: Vec<&RunId> =
                view.runs.iter().filter(|r| r.device == device).map(|r| &r.id).collect();
            json!({
                "value": of(device), "digest": format!("d-{}", of(device)), "runs": runs,
                "requests": 9, "example": "x-normal-1-2",
            })
        };
        ["device-1", "device-2"].map(value).to_vec()
    };
    vec![
        one(
            "i-device",
            "properties.$device_id",
            Some(Property::DeviceId),
            Scope::Device,
            &["restart", "clear_data", "days:91 used", "days:91 unused"],
            &[],
            &["reinstall"],
            values(&|d| number(d).to_owned()),
        ),
        one(
            "i-uuid",
            "properties.uuid",
            Some(Property::AppInstallId),
            Scope::Install,
            &["restart", "days:91 used"],
            &["clear_data", "days:91 unused"],
            &["reinstall"],
            values(&uuid),
        ),
        one(
            "i-sid",
            "properties.sid",
            None,
            Scope::Session,
            &[],
            &["restart"],
            &["clear_data", "reinstall"],
            vec![],
        ),
    ]
}

fn coverage(view: &View) -> Coverage {
    let bytes_sent = view.requests.iter().map(|line| line.bytes).sum();
    let unread: u64 = view.requests.iter().map(|line| line.unread).sum();
    let gap = |reason, host: &str, count, bytes, largest, example: &str| Gap {
        reason,
        host: host.into(),
        count,
        bytes,
        largest,
        example: example.into(),
    };
    Coverage {
        requests: view.requests.len() as u64,
        bytes_sent,
        bytes_explained: bytes_sent - unread,
        gaps: vec![
            gap(GapReason::Encrypted, SEALED, 10, unread, 1_980, "request.body > form:p > base64"),
            gap(GapReason::TlsRefused, "push.maker.test", 3, 0, 0, "certificate unknown"),
        ],
    }
}

fn claims() -> Vec<Claim> {
    [
        ("private-not-stored", "What a user looks at in a private window is not stored on our servers", "no visited address or search made in a private window reaches the maker", Some("private")),
        ("own-servers", "the statistics go to our own servers and nowhere else", "nothing is sent to anyone but the maker", None),
        ("no-names", "Names from the address book never leave the device.", "no name from the address book is sent", None),
        ("storage", "The data of each country’s users is kept in data centres of that region, under that region’s law.", "where data is kept", None),
    ]
    .into_iter()
    .map(|(id, says, reading, mode)| {
        let mut rule = match id {
            "storage" => json!({ "not_testable": "where data is kept is not seen where it is sent" }),
            "own-servers" => json!({ "recipients": ["maker.test"] }),
            "no-names" => json!({ "never": ["person.name"] }),
            _ => json!({ "never": ["browsing.url", "browsing.search"] }),
        };
        if let Some(mode) = mode {
            rule["when"] = json!({ "mode": mode });
        }
        noun(json!({
            "id": id, "says": says, "reading": reading, "rule": rule,
            "source": {
                "url": "https://www.maker.test/statement/browser-2020", "date": "2020-05-02",
                "digest": "sha256:4fa4454b0ea55a16c39af42c56b3a38fb035cbfccffd3cc1a071a3927d9b48d9",
                "note": "SIMULATED",
            },
        }))
    })
    .collect()
}

fn verdicts(view: &View) -> Verdicts {
    let of = |private: bool, property: &[Property]| -> Vec<String> {
        let fits = |f: &&Finding| {
            property.contains(&f.property)
                && f.planted.as_ref().is_some_and(|p| {
                    (p.arm.0.get("mode").map(String::as_str) == Some("private")) == private
                })
        };
        view.findings.iter().filter(fits).map(|f| f.id.clone()).take(20).collect()
    };
    let basis = json!({
        "coverage": view.coverage,
        "controls": { "runs": 5, "found": 5 },
        "spikes": { "planted": 10, "recovered": 10 },
    });
    let with_basis = |mut result: Value| {
        for (key, value) in basis.as_object().expect("is an object") {
            result[key] = value.clone();
        }
        result
    };
    let claim = |n: usize,
                 verdict: Verdict,
                 because: &[&str],
                 findings: Vec<String>,
                 bound: Option<&str>|
     -> VerdictResult {
        let claim = &view.claims[n];
        noun(with_basis(json!({
            "id": claim.id, "says": claim.says, "source": claim.source, "reading": claim.reading,
            "verdict": verdict, "because": because, "findings": findings, "bound": bound,
        })))
    };
    let question = |id: &str,
                    asks: &str,
                    answer: Answer,
                    findings: Vec<String>,
                    bound: Option<&str>|
     -> QuestionResult {
        noun(with_basis(json!({
            "id": id, "asks": asks, "answer": answer, "because": ["2 independent runs show it"],
            "findings": findings, "bound": bound,
        })))
    };
    Verdicts {
        schema: "candor.verdicts/1".into(),
        simulated: true,
        sinkhole: false,
        post_hoc: false,
        claims: vec![
            claim(
                0,
                Verdict::Contradicted,
                &[
                    "visited addresses and searched words that were planted in a private window reached the maker",
                    "2 independent runs with different seeds show it",
                ],
                of(true, &[Property::BrowsingUrl, Property::BrowsingSearch]),
                None,
            ),
            claim(
                1,
                Verdict::Contradicted,
                &["t.tracker.test received something and is not on the list"],
                of(false, &[Property::BrowsingDownload]),
                None,
            ),
            claim(
                2,
                Verdict::NotContradicted,
                &["planted names were not seen in anything that could be read"],
                vec![],
                Some(
                    "0 of 5 runs: a behaviour present in 45 % of runs or more would have been seen with 95 % confidence",
                ),
            ),
            claim(
                3,
                Verdict::NotTestable,
                &["where data is kept is not seen where it is sent"],
                vec![],
                None,
            ),
        ],
        questions: vec![
            question(
                "addresses-leave",
                "Does a visited address reach anyone but its own site?",
                Answer::Observed,
                of(false, &[Property::BrowsingUrl]),
                None,
            ),
            question(
                "searches-leave",
                "Do searched words reach anyone but the search engine they were meant for?",
                Answer::Observed,
                of(false, &[Property::BrowsingSearch]),
                None,
            ),
            question(
                "contacts-leave",
                "Is a name of the address book sent?",
                Answer::NotObserved,
                vec![],
                Some(
                    "0 of 5 runs: a behaviour present in 45 % of runs or more would have been seen with 95 % confidence",
                ),
            ),
        ],
    }
}

/// A case with so many requests, each with a finding and its exhibit.
pub(crate) fn large(requests: usize) -> View {
    let mut view = case();
    let (lines, findings, exhibits) =
        (view.requests.clone(), view.findings.clone(), view.exhibits.clone());
    let (run, start) = (view.runs[0].id.clone(), START);
    for n in view.requests.len()..requests {
        let exchange = ExchangeId(format!("0198c0de-0000-7000-8000-{n:012x}"));
        let mut line = lines[n % lines.len()].clone();
        line.exchange = exchange.clone();
        line.run = run.clone();
        line.at = UnixMicros(start + n as i64 * 6_000);
        line.url = format!("{}&n={n}", line.url);
        view.requests.push(line);
        let mut finding = findings[n % findings.len()].clone();
        let mut exhibit = exhibits[n % exhibits.len()].clone();
        finding.id = format!("f-{:016x}", (n as u64).wrapping_mul(0xd134_2543_de82_ef95));
        finding.exchange = exchange.clone();
        finding.value = format!(
            "https://n{n}.news.candor.test/a/{:016x}",
            (n as u64).wrapping_mul(0x2545_f491_4f6c_dd1d)
        );
        exhibit.finding = finding.id.clone();
        view.carried.push(Carried {
            identifier: "i-device".into(),
            digest: format!("d-{}", number("device-1")),
            exchange,
        });
        view.findings.push(finding);
        view.exhibits.push(exhibit);
    }
    view.coverage.requests = view.requests.len() as u64;
    view
}
