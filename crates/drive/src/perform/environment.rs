//! What a stranger needs to repeat a run, beside the plan: for `run.json`.

use std::collections::BTreeMap;

use candor_case::Property;
use serde_json::{Value, json};

use super::readback::{Readings, holds_any};
use super::stage::Stage;
use crate::browsers::{Launch, small_file};
use crate::plan::host_of;
use crate::{Browser, Mode, Window};

/// Programs, switches, preferences before and after, system, locale and time zone.
pub(super) fn of(
    stage: &Stage<'_>,
    launch: &Launch<'_>,
    after: &Readings,
) -> BTreeMap<String, String> {
    let mut all = stage.installation.facts.clone();
    let switches = stage.driver.arguments(launch);
    let wanted: Readings =
        launch.prefs.iter().map(|(name, value)| (name.clone(), value.json())).collect();
    let apparatus: Readings = stage
        .driver
        .apparatus(launch)
        .into_iter()
        .map(|(name, value)| (name, value.json()))
        .collect();
    let window = match launch.window {
        Window::Headless => "headless".to_owned(),
        Window::Headed => {
            let (width, height) = crate::display::SIZE;
            format!("headed, screen {width}x{height}")
        }
    };
    let more = [
        ("browser.switches", json!(switches).to_string()),
        ("browser.window", window),
        ("locale", stage.run.persona.locale.clone()),
        ("time_zone", stage.run.persona.time_zone.clone()),
        ("prefs.apparatus", text(&apparatus)),
        ("prefs.wanted", text(&wanted)),
        ("prefs.packaged", text(&packaged(stage))),
        ("prefs.before", text(&stage.before)),
        ("prefs.after", text(after)),
        ("preconditions", preconditions(stage, launch)),
        ("os", os()),
    ];
    all.extend(more.map(|(key, value)| (key.to_owned(), value)));
    all.extend(kernel().map(|kernel| ("os.kernel".to_owned(), kernel)));
    if stage.run.mode != Mode::Private {
        all.extend(seen_in_history(stage).map(|words| ("history".to_owned(), words)));
    }
    all
}

fn text(readings: &Readings) -> String {
    json!(readings).to_string()
}

/// What the recording changes about any browser, in words.
fn preconditions(stage: &Stage<'_>, launch: &Launch<'_>) -> String {
    let mut words = vec![
        "HTTP/3 off, so that everything can be recorded",
        "names resolved by the proxy alone",
        "the proxy's authority trusted in the profile's own store",
        "driven over the browser's remote debugging port",
    ];
    if launch.as_root && stage.run.browser == Browser::Chromium {
        words.push("run as root, which takes its sandbox away");
    }
    if stage.tasks.is_some() {
        words.push("the profiles of the browser's background tasks given its certificate store");
    }
    if stage.overlay.is_some() {
        words.push(
            "the proxy's authority added to the machine's store as the browser's children see it",
        );
    }
    words.join("; ")
}

/// What the package says of the settings for collection.
fn packaged(stage: &Stage<'_>) -> Readings {
    let names = stage.driver.facts().collection.iter();
    names
        .filter_map(|&name| Some((name.to_owned(), stage.driver.packaged(name)?)))
        .collect::<BTreeMap<String, Value>>()
}

fn os() -> String {
    let text = small_file(std::path::Path::new("/etc/os-release")).unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.map_or_else(|| std::env::consts::OS.to_owned(), |name| name.trim_matches('"').to_owned())
}

fn kernel() -> Option<String> {
    let text = small_file(std::path::Path::new("/proc/sys/kernel/osrelease"))?;
    Some(format!("{} {}", text.trim(), std::env::consts::ARCH))
}

/// How many of the visited addresses a normal window remembers.
fn seen_in_history(stage: &Stage<'_>) -> Option<String> {
    let files = stage.driver.history(stage.profile);
    let normal = stage.run.seeds.seeds.iter().filter(|seed| !stage.run.is_private(seed));
    let visited = normal.filter(|seed| seed.property != Property::BrowsingTyped);
    let visited = visited.filter_map(|seed| {
        let host = host_of(&seed.value)?;
        Some(files.iter().any(|file| holds_any(file, &[host])))
    });
    let visited: Vec<bool> = visited.collect();
    let kept = visited.iter().filter(|seen| **seen).count();
    (!visited.is_empty())
        .then(|| format!("{kept} of {} visited addresses remembered", visited.len()))
}
