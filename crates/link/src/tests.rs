//! Stories of identifiers on small nouns.

use candor_case::{Basis, Continues, ExchangeId, Observation, Property, Run, RunId, Scope};

use super::link;

fn run(id: &str, device: &str, continues: Option<(&str, &str)>) -> Run {
    Run {
        id: RunId(id.into()),
        device: device.into(),
        continues: continues
            .map(|(run, after)| Continues { run: RunId(run.into()), after: vec![after.into()] }),
        ..Run::default()
    }
}

fn seen(
    run: &str,
    session: &str,
    place: &str,
    value: &str,
    property: Option<Property>,
) -> Observation {
    Observation {
        host: "sa.maker.test".into(),
        place_pattern: place.into(),
        run: RunId(run.into()),
        session: session.into(),
        exchange: ExchangeId(format!("{run}/{session}")),
        length: value.len() as u64,
        digest: format!("d-{value}"),
        value: value.into(),
        documented: property.map_or(String::new(), |_| "maker/field".into()),
        property,
    }
}

fn linked(mut observations: Vec<Observation>, runs: &[Run]) -> super::Linked {
    observations.sort();
    link(&observations, runs)
}

#[test]
fn a_device_number_outlives_clearing_data_and_differs_between_devices() {
    let runs =
        [run("a1", "A", None), run("a2", "A", Some(("a1", "clear_data"))), run("b1", "B", None)];
    let id = Some(Property::DeviceId);
    let got = linked(
        vec![
            seen("a1", "1", "body > $.id", "aaaa1111aaaa1111", id),
            seen("a2", "1", "body > $.id", "aaaa1111aaaa1111", id),
            seen("b1", "1", "body > $.id", "bbbb2222bbbb2222", id),
        ],
        &runs,
    );
    let only = &got.identifiers[0];
    assert_eq!((only.scope, only.basis), (Scope::Device, Basis::Documented));
    assert_eq!(only.outlived, ["clear_data"]);
    assert_eq!(only.not_tested, ["restart", "reinstall"]);
}

#[test]
fn one_recording_tells_no_scope() {
    let runs = [run("only", "A", None)];
    let id = Some(Property::AppInstallId);
    let got = linked(vec![seen("only", "", "body > $.id", "aaaa1111aaaa1111", id); 3], &runs);
    assert_eq!(got.identifiers[0].scope, Scope::Unknown);
    assert_eq!(got.identifiers[0].values[0].requests, 3);
}

#[test]
fn a_session_number_ends_with_the_session_and_an_install_number_does_not() {
    let runs = [run("a1", "A", None)];
    let (session, install) = (Some(Property::AppSessionId), Some(Property::AppInstallId));
    let got = linked(
        vec![
            seen("a1", "1", "body > $.s", "aaaa1111", session),
            seen("a1", "2", "body > $.s", "bbbb2222", session),
            seen("a1", "1", "body > $.i", "cccc3333", install),
            seen("a1", "2", "body > $.i", "cccc3333", install),
        ],
        &runs,
    );
    let scope =
        |place: &str| got.identifiers.iter().find(|i| i.place_pattern == place).map(|i| i.scope);
    assert_eq!(scope("body > $.s"), Some(Scope::Session));
    assert_eq!(scope("body > $.i"), Some(Scope::Install));
    assert_eq!(got.links.len(), 1, "both travelled in the same requests");
    assert_eq!(got.links[0].requests, 2);
}

#[test]
fn difference_needs_two_devices_with_two_runs_each() {
    let place = "body > $.undocumented";
    let mut observations = vec![
        seen("a1", "1", place, "9f86d081884c7d65", None),
        seen("a2", "1", place, "9f86d081884c7d65", None),
        seen("b1", "1", place, "2c26b46b68ffc68f", None),
    ];
    let mut runs = vec![run("a1", "A", None), run("a2", "A", None), run("b1", "B", None)];
    assert_eq!(linked(observations.clone(), &runs).identifiers, []);
    observations.push(seen("b2", "1", place, "2c26b46b68ffc68f", None));
    runs.push(run("b2", "B", None));
    let got = linked(observations.clone(), &runs);
    assert_eq!(got.identifiers[0].basis, Basis::Differential);
    observations.push(seen("b2", "1", place, "9f86d081884c7d65", None));
    assert_eq!(
        linked(observations, &runs).identifiers,
        [],
        "a value of both devices is a constant"
    );
}

#[test]
fn a_model_that_differs_between_devices_is_no_identifier() {
    let model = Some(Property::DeviceModel);
    let runs =
        [run("a1", "A", None), run("a2", "A", None), run("b1", "B", None), run("b2", "B", None)];
    let got = linked(
        ["a1", "a2", "b1", "b2"]
            .map(|r| {
                seen(
                    r,
                    "1",
                    "body > $.model",
                    if r.starts_with('a') { "SIM-A1000" } else { "SIM-B2000" },
                    model,
                )
            })
            .to_vec(),
        &runs,
    );
    assert_eq!(got.identifiers, []);
}

#[test]
fn two_services_at_one_host_and_place_keep_their_numbers_apart() {
    let runs = [run("a1", "A", None)];
    let of = |service: &str, value: &str| {
        let mut observation =
            seen("a1", "1", "body > protobuf:1", value, Some(Property::AppInstallId));
        observation.documented = format!("{service}/client_id");
        observation
    };
    let got = linked(vec![of("usage", "1111"), of("keyed", "2222"), of("usage", "1111")], &runs);
    assert_eq!(got.identifiers.len(), 2);
    assert!(got.identifiers.iter().all(|identifier| identifier.values.len() == 1));
    assert_ne!(got.identifiers[0].id, got.identifiers[1].id);
}
