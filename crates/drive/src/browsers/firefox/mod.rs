//! Firefox: started with its remote agent, spoken to over WebDriver BiDi without geckodriver.

mod bidi;
mod prefs;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::{Clearing, Driver, Facts, Launch, Page, TaskProfiles};
use crate::DriveError;
use crate::plan::{Mode, PrefValue, Prefs, Waits, Window};
use crate::profile::Profile;
use crate::rpc::Dialogue;
use crate::rpc::client::Endpoint;

/// Firefox.
pub(crate) struct Firefox;

static FACTS: Facts = Facts {
    name: "firefox",
    product: "Firefox",
    maker: "Mozilla",
    sites: &[
        "firefox.com",
        "mozaws.net",
        "mozgcp.net",
        "mozilla.com",
        "mozilla.net",
        "mozilla.org",
    ],
    programs: &["firefox-esr", "firefox"],
    package: "firefox-esr",
    waits: Waits { first_upload_s: 60, upload_interval_s: 30, settle_s: 5 },
    children_of_their_own: true,
    collection: &["datareporting.healthreport.uploadEnabled", "datareporting.usage.uploadEnabled"],
    settings: &[
        "app.shield.optoutstudies.enabled",
        "browser.crashReports.unsubmittedCheck.autoSubmit2",
        "browser.discovery.enabled",
        "browser.newtabpage.activity-stream.showSponsoredTopSites",
        "browser.safebrowsing.malware.enabled",
        "browser.safebrowsing.phishing.enabled",
        "browser.search.suggest.enabled",
        "browser.urlbar.suggest.searches",
    ],
};

impl Driver for Firefox {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn certificates(&self, profile: &Profile) -> PathBuf {
        profile.data()
    }

    /// Names are resolved by the proxy alone: what Firefox looks up besides (to learn whether it is
    /// online) is answered on the spot instead of leaving the machine. `failover_direct` would let the browser's own requests go around a proxy that falters, and
    /// `remote.prefs.recommended` would let the remote agent turn data upload off.
    fn apparatus(&self, launch: &Launch<'_>) -> Prefs {
        let host = PrefValue::Text(launch.proxy.ip().to_string());
        let port = PrefValue::Number(launch.proxy.port().into());
        [
            ("network.dns.forceResolve", PrefValue::Text("127.0.0.1".into())),
            ("network.http.http3.enable", PrefValue::Flag(false)),
            ("network.proxy.allow_hijacking_localhost", PrefValue::Flag(true)),
            ("network.proxy.failover_direct", PrefValue::Flag(false)),
            ("network.proxy.http", host.clone()),
            ("network.proxy.http_port", port.clone()),
            ("network.proxy.no_proxies_on", PrefValue::Text(String::new())),
            ("network.proxy.ssl", host),
            ("network.proxy.ssl_port", port),
            ("network.proxy.type", PrefValue::Number(1)),
            ("remote.prefs.recommended", PrefValue::Flag(false)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn write_prefs(&self, launch: &Launch<'_>) -> Result<(), DriveError> {
        let mut all = self.apparatus(launch);
        all.extend(launch.prefs.clone());
        let file = launch.profile.data().join("user.js");
        std::fs::write(&file, prefs::user_js(&all)).map_err(DriveError::file(&file))
    }

    fn arguments(&self, launch: &Launch<'_>) -> Vec<String> {
        let mut all = vec![
            "--no-remote".into(),
            "--profile".into(),
            launch.profile.data().display().to_string(),
            "--remote-debugging-port=0".into(),
        ];
        if launch.window == Window::Headless {
            all.push("--headless".into());
        }
        all.extend(launch.switches.iter().cloned());
        if launch.mode == Mode::Private {
            all.push("-private-window".into());
        }
        all.push("about:blank".into());
        all
    }

    /// They get what the recording itself needs, as any process of the browser, and may read their
    /// certificate store.
    fn tasks(&self, launch: &Launch<'_>) -> Option<TaskProfiles> {
        let mut all = self.apparatus(launch);
        all.insert("security.nocertdb".into(), PrefValue::Flag(false));
        Some(TaskProfiles { mark: "BackgroundTask-", preferences: prefs::user_js(&all) })
    }

    /// Programs that Firefox starts beside itself (`pingsender`, `curl`) know nothing of its
    /// preferences, but take a proxy from the environment. Firefox itself does not look there while
    /// its own preferences name one. Where TMPDIR points, its background tasks make their profiles.
    fn environment(&self, launch: &Launch<'_>) -> Vec<(&'static str, String)> {
        let proxy = format!("http://{}", launch.proxy);
        let passing = launch.profile.passing().display().to_string();
        vec![("http_proxy", proxy.clone()), ("https_proxy", proxy), ("TMPDIR", passing)]
    }

    fn endpoint(&self, line: &str) -> Option<Endpoint> {
        Endpoint::parse(line.split_once("WebDriver BiDi listening on ")?.1, "session")
    }

    fn attach(&self) -> Box<dyn Dialogue<Done = Page>> {
        Box::new(bidi::Attach)
    }

    fn private_keys(&self) -> &'static str {
        "ctrl+shift+p"
    }

    fn attach_beside(&self, normal: &Page) -> Box<dyn Dialogue<Done = Page>> {
        Box::new(bidi::Beside::new(normal))
    }

    fn open(&self, page: &Page, url: &str) -> Box<dyn Dialogue<Done = ()>> {
        bidi::open(page, url)
    }

    fn picture(&self, page: &Page) -> Box<dyn Dialogue<Done = Vec<u8>>> {
        bidi::picture(page, "image/png")
    }

    fn frame(&self, page: &Page) -> Box<dyn Dialogue<Done = Vec<u8>>> {
        bidi::picture(page, "image/jpeg")
    }

    fn page_has_focus(&self, page: &Page) -> Box<dyn Dialogue<Done = bool>> {
        bidi::page_has_focus(page)
    }

    fn location(&self, page: &Page) -> Box<dyn Dialogue<Done = String>> {
        bidi::location(page)
    }

    fn quit(&self) -> Box<dyn Dialogue<Done = ()>> {
        bidi::quit()
    }

    /// The settings behind "Clear history when Firefox closes".
    fn clearing(&self) -> Clearing {
        let all = |on: bool| -> Prefs {
            [
                "privacy.sanitize.sanitizeOnShutdown",
                "privacy.clearOnShutdown_v2.browsingHistoryAndDownloads",
                "privacy.clearOnShutdown_v2.cookiesAndStorage",
                "privacy.clearOnShutdown_v2.cache",
            ]
            .map(|name| (name.to_owned(), PrefValue::Flag(on)))
            .into()
        };
        Clearing::OnClose { set: all(true), set_back: all(false) }
    }

    fn read_prefs(&self, profile: &Profile, names: &[String]) -> BTreeMap<String, Value> {
        let mut all = prefs::read(&profile.data().join("prefs.js"), "user_pref");
        all.retain(|name, _| names.contains(name));
        all
    }

    fn packaged(&self, name: &str) -> Option<Value> {
        prefs::packaged().remove(name)
    }

    fn history(&self, profile: &Profile) -> Vec<PathBuf> {
        ["places.sqlite", "places.sqlite-wal"].map(|name| profile.data().join(name)).into()
    }

    fn window_class(&self) -> &'static str {
        "firefox"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(profile: &Profile) -> Launch<'_> {
        Launch {
            profile,
            mode: Mode::Private,
            window: Window::Headless,
            proxy: "127.0.0.1:8080".parse().unwrap(),
            switches: vec![],
            prefs: Prefs::new(),
            as_root: true,
        }
    }

    #[test]
    fn private_mode_is_the_browsers_own() {
        let profile = Profile::at("/nowhere".into());
        let all = Firefox.arguments(&launch(&profile));
        assert_eq!(all[all.len() - 2..], ["-private-window", "about:blank"]);
        let normal = Launch { mode: Mode::Normal, window: Window::Headed, ..launch(&profile) };
        let all = Firefox.arguments(&normal);
        assert!(!all.iter().any(|s| s == "-private-window" || s == "--headless"));
    }

    #[test]
    fn the_endpoint_is_read_from_its_announcement() {
        let found = Firefox.endpoint("WebDriver BiDi listening on ws://127.0.0.1:4321").unwrap();
        assert_eq!((found.address.port(), found.path.as_str()), (4321, "/session"));
    }

    #[test]
    fn the_arms_own_preferences_go_last() {
        let folder = tempfile::tempdir().unwrap();
        let profile = Profile::at(folder.path().into());
        std::fs::create_dir_all(profile.data()).unwrap();
        let prefs = [("remote.prefs.recommended".to_owned(), PrefValue::Flag(true))].into();
        Firefox.write_prefs(&Launch { prefs, ..launch(&profile) }).unwrap();
        let text = std::fs::read_to_string(profile.data().join("user.js")).unwrap();
        assert!(text.contains("user_pref(\"remote.prefs.recommended\", true);"), "{text}");
        assert!(text.contains("user_pref(\"network.proxy.failover_direct\", false);"), "{text}");
        assert!(text.contains("user_pref(\"network.proxy.ssl_port\", 8080);"), "{text}");
    }
}
