//! Chromium: started with a debugging port, spoken to over its DevTools protocol.

mod cdp;
mod settings;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::{Clearing, Driver, Facts, Launch, Page};
use crate::DriveError;
use crate::plan::{Mode, Prefs, Waits, Window};
use crate::profile::Profile;
use crate::rpc::Dialogue;
use crate::rpc::client::Endpoint;

/// Chromium.
pub(crate) struct Chromium;

/// A setting of the whole browser, not of one profile, begins with this.
pub(crate) const LOCAL_STATE: &str = "Local State:";

static FACTS: Facts = Facts {
    name: "chromium",
    product: "Chromium",
    maker: "Google",
    sites: &[
        "chromium.org",
        "google.com",
        "googleapis.com",
        "googleusercontent.com",
        "gstatic.com",
        "gvt1.com",
        "gvt2.com",
    ],
    programs: &["chromium"],
    package: "chromium",
    waits: Waits { first_upload_s: 100, upload_interval_s: 30, settle_s: 5 },
    children_of_their_own: false,
    collection: &[
        "Local State:user_experience_metrics.reporting_enabled",
        "url_keyed_anonymized_data_collection.enabled",
    ],
    settings: &[
        "alternate_error_pages.enabled",
        "browser.enable_spellchecking",
        "net.network_prediction_options",
        "safebrowsing.enabled",
        "safebrowsing.enhanced",
        "search.suggest_enabled",
        "spellcheck.use_spelling_service",
        "translate.enabled",
    ],
};

impl Driver for Chromium {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn certificates(&self, profile: &Profile) -> PathBuf {
        profile.home().join(".pki/nssdb")
    }

    fn apparatus(&self, _: &Launch<'_>) -> Prefs {
        Prefs::new()
    }

    fn write_prefs(&self, launch: &Launch<'_>) -> Result<(), DriveError> {
        settings::write(launch.profile, &launch.prefs)
    }

    fn arguments(&self, launch: &Launch<'_>) -> Vec<String> {
        let mut all = vec![
            format!("--user-data-dir={}", launch.profile.data().display()),
            format!("--proxy-server=http://{}", launch.proxy),
            // Without it, requests to this machine would go around the proxy.
            "--proxy-bypass-list=<-loopback>".into(),
            // Names are resolved by the proxy alone.
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1".into(),
            "--disable-quic".into(),
            "--no-first-run".into(),
            "--remote-debugging-port=0".into(),
        ];
        match launch.window {
            Window::Headless => all.push("--headless=new".into()),
            Window::Headed => {
                all.push("--window-position=0,0".into());
                all.push("--window-size=1200,900".into());
            }
        }
        if launch.mode == Mode::Private {
            all.push("--incognito".into());
        }
        if launch.as_root {
            all.push("--no-sandbox".into());
        }
        all.extend(launch.switches.iter().cloned());
        all.push("about:blank".into());
        all
    }

    fn environment(&self, _: &Launch<'_>) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn endpoint(&self, line: &str) -> Option<Endpoint> {
        Endpoint::parse(line.split_once("DevTools listening on ")?.1, "")
    }

    fn attach(&self) -> Box<dyn Dialogue<Done = Page>> {
        Box::new(cdp::Attach::default())
    }

    fn private_keys(&self) -> &'static str {
        "ctrl+shift+n"
    }

    fn attach_beside(&self, _: &Page) -> Box<dyn Dialogue<Done = Page>> {
        Box::new(cdp::Beside::default())
    }

    fn open(&self, page: &Page, url: &str) -> Box<dyn Dialogue<Done = ()>> {
        Box::new(cdp::Open::new(page, url))
    }

    fn picture(&self, page: &Page) -> Box<dyn Dialogue<Done = Vec<u8>>> {
        cdp::picture(page)
    }

    fn frame(&self, page: &Page) -> Box<dyn Dialogue<Done = Vec<u8>>> {
        Box::new(cdp::Frame::new(page))
    }

    fn page_has_focus(&self, page: &Page) -> Box<dyn Dialogue<Done = bool>> {
        cdp::page_has_focus(page)
    }

    fn location(&self, page: &Page) -> Box<dyn Dialogue<Done = String>> {
        cdp::location(page)
    }

    fn quit(&self) -> Box<dyn Dialogue<Done = ()>> {
        cdp::quit()
    }

    fn clearing(&self) -> Clearing {
        Clearing::Talk(Box::new(cdp::Clear::default()))
    }

    fn read_prefs(&self, profile: &Profile, names: &[String]) -> BTreeMap<String, Value> {
        settings::read(profile, names)
    }

    fn packaged(&self, _: &str) -> Option<Value> {
        None
    }

    fn history(&self, profile: &Profile) -> Vec<PathBuf> {
        let folder = profile.data().join("Default");
        ["History", "History-wal", "History-journal"].map(|name| folder.join(name)).into()
    }

    fn window_class(&self) -> &'static str {
        "chromium"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_mode_is_the_browsers_own() {
        let profile = Profile::at("/nowhere".into());
        let launch = Launch {
            profile: &profile,
            mode: Mode::Private,
            window: Window::Headless,
            proxy: "127.0.0.1:8080".parse().unwrap(),
            switches: vec!["--x=1".into()],
            prefs: Prefs::new(),
            as_root: false,
        };
        let all = Chromium.arguments(&launch);
        for switch in [
            "--incognito",
            "--headless=new",
            "--proxy-server=http://127.0.0.1:8080",
            "--proxy-bypass-list=<-loopback>",
            "--disable-quic",
            "--x=1",
        ] {
            assert!(all.iter().any(|s| s == switch), "{switch}");
        }
        assert!(!all.iter().any(|s| s.starts_with("--ignore-certificate-errors")));
        assert!(!all.iter().any(|s| s == "--no-sandbox"));
        let normal = Launch { mode: Mode::Normal, as_root: true, ..launch };
        let all = Chromium.arguments(&normal);
        assert!(!all.iter().any(|s| s == "--incognito"));
        assert!(all.iter().any(|s| s == "--no-sandbox"));
    }

    #[test]
    fn the_endpoint_is_read_from_its_announcement() {
        let line = "DevTools listening on ws://127.0.0.1:4321/devtools/browser/abc";
        let found = Chromium.endpoint(line).unwrap();
        assert_eq!((found.address.port(), found.path.as_str()), (4321, "/devtools/browser/abc"));
        assert_eq!(Chromium.endpoint("[1:2:ERROR] no"), None);
    }
}
