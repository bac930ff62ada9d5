//! One event of the first channel, with all that stands beside it (sa-sdk-android 3.2.10).

use serde_json::{Map, Value, json};

use super::Situation;
use crate::random::Random;

/// Whom a record is kept under.
pub(crate) struct Who<'a> {
    /// The anonymous id.
    pub(crate) anonymous: &'a str,
    /// The account, once signed in.
    pub(crate) account: Option<&'a str>,
}

/// Builds one event of a type; `own` are its own properties.
pub(crate) fn event(
    kind: &str,
    name: &str,
    own: Value,
    who: &Who<'_>,
    version: &str,
    at: &Situation<'_>,
    random: &mut Random,
) -> Value {
    let mut properties = presets(version, at);
    properties.extend(super_properties(who.anonymous));
    if let Value::Object(own) = own {
        properties.extend(own);
    }
    let mut event = json!({
        "_track_id": random.bits() as i32,
        "time": at.now.millis(),
        "type": kind,
        "event": name,
        "distinct_id": who.account.unwrap_or(who.anonymous),
        "lib": {
            "$lib": "Android",
            "$lib_version": "3.2.10",
            "$app_version": version,
            "$lib_method": "code",
        },
        "properties": properties,
    });
    if kind == "track_signup" {
        event["original_id"] = who.anonymous.into();
    }
    event
}

/// What the SDK adds to every event.
fn presets(version: &str, at: &Situation<'_>) -> Map<String, Value> {
    let device = at.device;
    object(json!({
        "$lib": "Android",
        "$lib_version": "3.2.10",
        "$os": "Android",
        "$os_version": device.os_version,
        "$manufacturer": device.manufacturer,
        "$model": device.model,
        "$app_version": version,
        "$screen_width": 1080,
        "$screen_height": 2340,
        "$screen_orientation": "portrait",
        "$carrier": "SIMULATED Mobile",
        "$wifi": true,
        "$network_type": "WIFI",
        "$device_id": device.android_id,
    }))
}

/// What the browser adds to every event.
fn super_properties(anonymous: &str) -> Map<String, Value> {
    object(json!({
        "notice": "SIMULATED",
        "uuid": anonymous,
        "internet_status": 1,
        "platform": "AndroidApp",
        "os_build": "SIMULATED build",
        "region": "ZZ",
        "system_language": "en",
    }))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
