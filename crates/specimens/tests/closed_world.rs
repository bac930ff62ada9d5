//! The closed world: each subject runs over real TLS against a stub, and what arrives is exactly
//! what its truth says. The decoding here is the test's own.

#![allow(clippy::unwrap_used, reason = "a test fails where its helpers cannot go on")]

use std::{collections::BTreeSet, io::Write as _, time::Instant};

use candor_case::{Arm, FindingKind, Property, Seed};
use candor_specimens::{Behaviour, SendKind};
use serde_json::Value;

mod stub;
use stub::{Recorded, Recording, record};

const STATISTICS: &str = "sa.api.intl.maker.test";
const PREFIX: &str = "request.body > form:data_list > base64 > gzip > $[*].";

fn host(request: &Recorded) -> &str {
    request.url.split('/').nth(2).unwrap()
}

/// The events of a statistics request.
fn events(request: &Recorded) -> Vec<Value> {
    let body = std::str::from_utf8(&request.body).unwrap();
    let list = body.split('&').find_map(|f| f.strip_prefix("data_list=")).unwrap();
    let list = list.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    let packed = data_encoding::BASE64.decode(list.as_bytes()).unwrap();
    let mut plain = flate2::write::GzDecoder::new(vec![]);
    plain.write_all(&packed).unwrap();
    serde_json::from_slice(&plain.finish().unwrap()).unwrap()
}

impl Recording {
    fn statistics(&self) -> impl Iterator<Item = (&Recorded, Value)> {
        let sent = self.requests.iter().filter(|r| host(r) == STATISTICS);
        sent.flat_map(|r| events(r).into_iter().map(move |event| (r, event)))
    }

    fn arm_of_run(&self, id: &str) -> &Arm {
        &self.runs.iter().find(|run| run.id.0 == id).unwrap().arm
    }

    fn arm_of(&self, seed: &Seed) -> Arm {
        match &seed.arm {
            Some(arm) => Arm::parse(arm).unwrap(),
            None => self.arm_of_run(seed.run.as_ref().unwrap()).clone(),
        }
    }

    /// Values of one property in the statistics of a run: `uuid`, `$device_id`, …
    fn values(&self, run: &str, path: &str) -> BTreeSet<String> {
        self.statistics()
            .filter(|(request, _)| request.run.0 == run)
            .filter_map(|(_, event)| leaf(&event, path).and_then(Value::as_str).map(str::to_owned))
            .collect()
    }
}

/// The field of an event that a behaviour names; what is opened within it (the words of a search in
/// an address) is left to those who open it.
fn field(behaviour: &Behaviour) -> &str {
    let path = behaviour.path.strip_prefix(PREFIX).unwrap();
    path.split(" > ").next().unwrap_or(path)
}

fn leaf<'a>(event: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(event, |at, key| at.get(key))
}

fn escaped(text: &str) -> String {
    text.replace(' ', "%20")
}

/// Every request is listed, and every row of the list was sent.
fn the_list_is_complete(recording: &Recording) {
    let truth = recording.specimen.truth();
    let mut used = BTreeSet::new();
    for request in &recording.requests {
        let row = truth.listed(&request.method, &request.url);
        let row = row.unwrap_or_else(|| panic!("not listed: {} {}", request.method, request.url));
        used.insert(row.id.clone());
    }
    let listed: BTreeSet<_> = truth.sends.iter().map(|row| row.id.clone()).collect();
    assert_eq!(used, listed);
}

/// Whether an event shows a planted behaviour through this seed.
fn shows(recording: &Recording, behaviour: &Behaviour, event: &Value, seed: &Seed) -> bool {
    let path = field(behaviour);
    let Some(text) = leaf(event, path).and_then(Value::as_str) else { return false };
    let name = seed.id.rsplit('/').next().unwrap();
    let kind = behaviour.seed.as_deref().unwrap();
    seed.property == behaviour.property
        && (name == kind || name.starts_with(&format!("{kind}-")))
        && recording.arm_of(seed).matches(&behaviour.planted)
        && (text == seed.value || text.ends_with(&escaped(&seed.value)))
}

/// Every behaviour can be seen in the bytes, in the arm that the truth names.
fn behaviours_are_there(recording: &Recording) {
    for behaviour in recording.specimen.truth().behaviour {
        let path = field(&behaviour);
        let seen = recording.statistics().any(|(request, event)| match behaviour.kind {
            FindingKind::SeededValue => {
                recording.seeds.iter().any(|seed| shows(recording, &behaviour, &event, seed))
            }
            _ => {
                let arm = recording.arm_of_run(&request.run.0);
                leaf(&event, path).is_some() && arm.matches(&behaviour.planted)
            }
        });
        assert!(seen, "{}: {}", recording.specimen.name, behaviour.id);
    }
}

/// Every planted value in the statistics is one that some behaviour accounts for, at its place.
fn nothing_else_is_told(recording: &Recording) {
    let truth = recording.specimen.truth();
    let planted = |b: &&Behaviour| b.kind == FindingKind::SeededValue;
    let planted: Vec<_> = truth.behaviour.iter().filter(planted).collect();
    for (request, event) in recording.statistics() {
        let mut leaves = vec![];
        strings(&event, String::new(), &mut leaves);
        for seed in &recording.seeds {
            let holds =
                |text: &str| text.contains(&seed.value) || text.contains(&escaped(&seed.value));
            for (path, _) in leaves.iter().filter(|(_, text)| holds(text)) {
                let known = |b: &&Behaviour| field(b) == path && shows(recording, b, &event, seed);
                let told = planted.iter().any(known);
                assert!(told, "{} at {path} in {}", seed.id, request.run.0);
            }
        }
    }
}

fn strings<'a>(value: &'a Value, path: String, out: &mut Vec<(String, &'a str)>) {
    match value {
        Value::String(text) => out.push((path, text)),
        Value::Object(map) => {
            for (key, value) in map {
                let dot = if path.is_empty() { "" } else { "." };
                strings(value, format!("{path}{dot}{key}"), out);
            }
        }
        _ => {}
    }
}

/// No decoy reaches the maker, and in no arm that is silent does anything reach it.
fn silence_is_kept(recording: &Recording) {
    let truth = recording.specimen.truth();
    let telemetry = |request: &&Recorded| {
        let kind = truth.listed(&request.method, &request.url).unwrap().kind;
        matches!(kind, SendKind::Telemetry | SendKind::Crash)
    };
    for request in recording.requests.iter().filter(telemetry) {
        let arm = recording.arm_of_run(&request.run.0);
        let silent = truth.silent.iter().any(|silent| arm.matches(&silent.arm));
        assert!(!silent, "{}: {} in {}", request.run.0, request.url, request.phase);
        let mut text = String::from_utf8(request.body.clone()).unwrap();
        if host(request) == STATISTICS {
            text = serde_json::to_string(&events(request)).unwrap();
        }
        for seed in recording.seeds.iter().filter(|seed| truth.decoy_of(&seed.id).is_some()) {
            assert!(!text.contains(&seed.value), "{} in {}", seed.id, request.run.0);
        }
    }
}

/// Every planted value was confirmed, and the control of every run arrived in both forms.
fn controls_arrive(recording: &Recording) {
    let confirmed: BTreeSet<_> = recording.confirmed.iter().map(String::as_str).collect();
    for seed in &recording.seeds {
        assert!(confirmed.contains(seed.id.as_str()), "{}", seed.id);
        if seed.property != Property::Control {
            continue;
        }
        let of_run = |r: &&Recorded| {
            host(r) == candor_case::CONTROL_HOST && Some(&r.run.0) == seed.run.as_ref()
        };
        let sent: Vec<_> = recording.requests.iter().filter(of_run).collect();
        assert_eq!(sent.len(), 2, "{}", seed.id);
        assert!(String::from_utf8_lossy(&sent[0].body).contains(&seed.value));
        let event = &events(sent[1])[0];
        assert_eq!(event["properties"]["control"], seed.value.as_str());
    }
}

async fn whole(name: &str) -> Recording {
    let began = Instant::now();
    let recording = record(name, 42).await;
    the_list_is_complete(&recording);
    behaviours_are_there(&recording);
    nothing_else_is_told(&recording);
    silence_is_kept(&recording);
    controls_arrive(&recording);
    println!(
        "{name}: {} runs, {} requests, {} seeds, {:?}",
        recording.runs.len(),
        recording.requests.len(),
        recording.seeds.len(),
        began.elapsed()
    );
    recording
}

#[tokio::test]
async fn the_browser_of_2020_does_what_was_documented() {
    let recording = whole("browser-2020").await;
    let uuid = |run: &str| recording.values(run, "properties.uuid");
    let number = |run: &str| recording.values(run, "properties.$device_id");
    for repeat in 1..=2 {
        let normal = uuid(&format!("normal-a-{repeat}"));
        assert_eq!(normal.len(), 1);
        for same in ["first-start", "private", "account", "days-30", "days-91-used"] {
            assert_eq!(uuid(&format!("{same}-a-{repeat}")), normal, "{same}");
        }
        for other in ["cleared", "days-91-unused"] {
            assert_ne!(uuid(&format!("{other}-a-{repeat}")), normal, "{other}");
        }
        let device = number(&format!("normal-a-{repeat}"));
        assert_eq!(number(&format!("cleared-a-{repeat}")), device);
        assert_ne!(number(&format!("normal-b-{repeat}")), device);
        let account = |device: &str| {
            let run = format!("account-{device}-{repeat}");
            recording.values(&run, "distinct_id").into_iter().find(|id| id.starts_with("sim-"))
        };
        assert!(account("a").is_some());
        assert_eq!(account("a"), account("b"), "one person, two devices");
    }
}

#[tokio::test]
async fn private_visits_are_uploaded_after_the_fact_too() {
    let recording = record("browser-2020", 43).await;
    let late = recording.statistics().filter(|(request, event)| {
        let (time, flushed) = (event["time"].as_i64(), event["_flush_time"].as_i64());
        request.run.0.starts_with("private-")
            && request.phase == "idle"
            && event["event"] == "page_load_event_finish"
            && flushed.unwrap() - time.unwrap() >= 15_000
    });
    assert!(late.count() >= 2);
    let join = recording.statistics().find(|(_, event)| event["type"] == "track_signup").unwrap().1;
    assert_eq!(join["original_id"], join["properties"]["uuid"]);
    assert_ne!(join["original_id"], join["distinct_id"]);
}

#[tokio::test]
async fn one_cell_of_the_update_is_silent() {
    let recording = whole("browser-2020-updated").await;
    let mut loud = BTreeSet::new();
    for (request, _) in recording.statistics() {
        let arm = recording.arm_of_run(&request.run.0);
        if let Some(switch) = arm.0.get("enhanced") {
            loud.insert(format!("{}-{switch}", arm.0["mode"]));
        }
    }
    let expected = ["normal-off", "normal-on", "private-on"].map(str::to_owned);
    assert_eq!(loud, expected.into());
}

#[tokio::test]
async fn the_browser_as_claimed_counts_and_forgets() {
    let recording = whole("browser-as-claimed").await;
    for (request, event) in recording.statistics() {
        let keys: BTreeSet<_> = event.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = ["distinct_id", "event", "lib", "properties", "type"];
        assert_eq!(keys, expected.into(), "no time, no track id: {}", request.run.0);
    }
    let mut to_maker = recording.requests.iter().filter(|r| host(r).ends_with("maker.test"));
    let silent = |r: &Recorded| {
        let arm = recording.arm_of_run(&r.run.0);
        arm.0["mode"] == "private" || arm.0["consent"] == "not_asked"
    };
    assert!(!to_maker.any(silent), "nothing in private windows, nothing before consent");
    let token = |run: &str| recording.values(run, "distinct_id");
    for repeat in 1..=2 {
        let normal = token(&format!("normal-a-{repeat}"));
        assert_eq!(normal.len(), 1);
        for same in ["account", "days-30", "days-60"] {
            assert_eq!(token(&format!("{same}-a-{repeat}")), normal, "{same}");
        }
        for other in ["cleared", "days-91-used", "days-91-unused"] {
            assert!(token(&format!("{other}-a-{repeat}")).is_disjoint(&normal), "{other}");
        }
    }
    let off: Vec<_> = recording
        .requests
        .iter()
        .filter(|r| r.run.0.starts_with("off-") && host(r).ends_with("maker.test"))
        .map(|r| r.phase.as_str())
        .collect();
    assert_eq!(off, ["start", "start"], "once in each run, before the switch");
    let phases = recording.events.iter().filter(|(run, _)| run.0.starts_with("off-a-1"));
    assert!(phases.count() > 6);
}

/// A run can be handed to any thread.
#[test]
fn a_run_may_move_between_threads() {
    fn sends<T: Send>(_: T) {}
    fn check(bench: &dyn candor_specimens::Bench) {
        let specimen = candor_specimens::specimen("browser-2020").unwrap();
        let plan = specimen.plan(1, stub::START, candor_specimens::DEFAULT_PHRASE);
        let mut devices = candor_specimens::Devices::default();
        sends(specimen.perform(&plan[0], &mut devices, bench));
    }
    let _ = check;
}
