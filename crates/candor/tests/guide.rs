//! The guide, from the QR code's address to a finished audit: a phone is played by Chromium in a
//! network namespace of its own, which reaches nothing but the recorder.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

#[path = "common/browser.rs"]
mod browser;
mod common;
#[path = "common/recording.rs"]
mod recording;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use browser::{Browser, Page, Start};
use candor_live::Qr;
use common::{Bench, findings, jsonl, programs};
use recording::Recording;
use serde_json::Value;

/// A network of two machines: the recorder's, and a phone with a second address that a stranger uses.
struct Network {
    name: String,
    link: String,
    recorder: String,
    stranger: String,
}

impl Network {
    /// Makes it; `None`, with a line that says so, where that is not permitted.
    fn make() -> Option<Self> {
        let id = std::process::id();
        let network = Self {
            name: format!("candor-phone-{id}"),
            link: format!("cr{id}"),
            recorder: format!("10.213.{}.1", id % 250),
            stranger: format!("10.213.{}.3", id % 250),
        };
        let Self { name, link, recorder, stranger } = &network;
        let phone = format!("10.213.{}.2/29", id % 250);
        let inside = format!("cp{id}");
        let steps: [&[&str]; 8] = [
            &["netns", "add", name],
            &["link", "add", link, "type", "veth", "peer", "name", &inside, "netns", name],
            &["address", "add", &format!("{recorder}/29"), "dev", link],
            &["link", "set", link, "up"],
            &["-n", name, "address", "add", &phone, "dev", &inside],
            &["-n", name, "address", "add", &format!("{stranger}/29"), "dev", &inside],
            &["-n", name, "link", "set", &inside, "up"],
            &["-n", name, "link", "set", "lo", "up"],
        ];
        for step in steps {
            let done = Command::new("ip").args(step).output();
            if !done.as_ref().is_ok_and(|done| done.status.success()) {
                eprintln!("skipped: a network namespace is not permitted here: {done:?}");
                return None;
            }
        }
        Some(network)
    }

    /// Something that is done on the phone.
    fn on_phone(&self, program: &str, args: &[&str]) -> Output {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]).args(args);
        command.output().unwrap()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for args in [["link", "del", &self.link], ["netns", "del", &self.name]] {
            let _ = Command::new("ip").args(args).output();
        }
    }
}

/// A phone in the hands of its person.
struct Phone<'a> {
    network: &'a Network,
    recording: &'a Recording,
    home: PathBuf,
    proxy: Option<String>,
}

impl Phone<'_> {
    /// Starts its browser, with the proxy that is set by now.
    fn browser(&self) -> Option<Browser> {
        let mut switches = vec![format!(
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE {}",
            self.network.recorder
        )];
        switches.push(match &self.proxy {
            Some(proxy) => format!("--proxy-server=http://{proxy}"),
            None => "--no-proxy-server".into(),
        });
        let namespace = Some(self.network.name.as_str());
        Browser::start(&Start { home: &self.home, namespace, switches })
    }

    /// Installs the certificate as the guide says.
    fn trust(&self) {
        let store = self.home.join(".pki/nssdb");
        std::fs::create_dir_all(&store).unwrap();
        let store = format!("sql:{}", store.display());
        let pem = self.recording.authority.to_str().unwrap();
        for args in [
            vec!["-N", "-d", &store, "--empty-password"],
            vec!["-A", "-d", &store, "-n", "candor", "-t", "C,,", "-i", pem],
        ] {
            let done = Command::new("certutil").args(&args).output().unwrap();
            let why = String::from_utf8_lossy(&done.stderr);
            // The browser may have made the store before.
            assert!(done.status.success() || args[0] == "-N", "{args:?}: {why}");
        }
    }

    /// An app on the phone that tells its maker what was looked at.
    fn app_sends(&self, value: &str) {
        let body = format!("{{\"seen\":\"{}\"}}", data_encoding::BASE64.encode(value.as_bytes()));
        let proxy = format!("http://{}", self.proxy.as_ref().unwrap());
        let pem = self.recording.authority.to_str().unwrap();
        let mut args = vec!["--silent", "--max-time", "30", "--proxy", &proxy, "--cacert", pem];
        args.extend(["--data-binary", &body, "https://telemetry.maker.test/seen"]);
        let done = self.network.on_phone("curl", &args);
        assert!(done.status.success(), "{done:?}");
    }
}

/// A page that is there as a whole: one that is about to be loaded again has nothing.
const WHOLE: &str = "document.readyState === 'complete' && document.querySelector('.due h2')";

fn until_step(page: &Page<'_>, title: &str) {
    page.until(&format!("{WHOLE}?.textContent === '{title}'"));
}

fn press(page: &Page<'_>, words: &str) {
    page.until(&format!("!!({WHOLE})"));
    let pressed = page.said(&format!("[...document.querySelectorAll('.due button')].find((b) => b.textContent.startsWith('{words}')).click()"));
    assert_eq!(pressed, "null", "{words}");
}

/// Taps every link and types every search that the step shows, one after the other.
fn carry_out(page: &Page<'_>, links: usize, searches: usize) {
    for _ in 0..links {
        page.until(&format!("!!({WHOLE}) && !!document.querySelector('.due a[data-task]')"));
        let task = page.said("document.querySelector('.due a[data-task]').dataset.task");
        page.said(&format!("document.querySelector('[data-task={task}]').click()"));
        page.until(&format!("!!({WHOLE}) && !document.querySelector('[data-task={task}]')"));
    }
    for _ in 0..searches {
        page.until(&format!("!!({WHOLE}) && !!document.querySelector('.due form.search')"));
        let id = page.said("document.querySelector('.due form.search input').id");
        page.said("(() => { const form = document.querySelector('.due form.search'); form.q.value = form.querySelector('b').textContent; form.requestSubmit(); })()");
        page.until(&format!("!!({WHOLE}) && !document.getElementById('{id}')"));
    }
}

fn seed(bench: &Bench, name: &str) -> String {
    let text = std::fs::read_to_string(bench.path("case/runs/r1/seeds.toml")).unwrap();
    let file: toml::Table = text.parse().unwrap();
    let seeds = file["seed"].as_array().unwrap();
    let found = seeds.iter().find(|seed| seed["id"].as_str() == Some(&format!("r1/{name}")));
    found.unwrap_or_else(|| panic!("{name}: {text}"))["value"].as_str().unwrap().to_owned()
}

fn picture(page: &Page<'_>, name: &str) {
    if let Some(folder) = std::env::var_os("CANDOR_PICTURES") {
        page.picture(390, 844, false, &Path::new(&folder).join(name));
    }
}

const CASE: &str = r#"
question = "What does this phone send?"
[subject]
product = "An invented phone"
maker = "The Simulated Maker"
sites = ["maker.test"]
sole_sender = true
"#;

const CLAIMS: &str = r#"
[[claim]]
id = "private-mode-silent"
says = "What you look at in a private window stays with you."
source = { url = "https://www.maker.test/statement", date = "2026-01-01" }
reading = "no address visited in a private window reaches the maker"
rule = { never = ["browsing.url"], when = { mode = "private" } }
"#;

#[test]
fn a_phone_is_walked_from_its_qr_code_to_a_finished_audit() {
    if !programs::are_there(&["chromium", "certutil", "curl"]) {
        return;
    }
    let Some(network) = Network::make() else { return };
    let bench = Bench::new();
    // What is examined and claimed is written down first.
    std::fs::create_dir(bench.path("case")).unwrap();
    bench.write("case/claims.toml", CLAIMS);
    bench.write("case/case.toml", CASE);
    let more = ["--listen", "0.0.0.0:0", "--mode", "sinkhole", "--guide", "--reached-at"];
    let recording = Recording::start(&bench, &[&more[..], &[&network.recorder]].concat());
    let address = recording.line("phone ");
    recording.line("only devices");
    let code = Qr::of(&address.to_ascii_uppercase()).unwrap().text(false);
    assert!(recording.told().contains(&code), "{}", recording.told());
    let private = seed(&bench, "private-visit-1");

    let home = tempfile::tempdir().unwrap();
    let home = home.path().to_owned();
    let mut phone = Phone { network: &network, recording: &recording, home, proxy: None };
    strangers_get_nothing(&network, &recording, &address);

    let Some(browser) = phone.browser() else { return };
    let page = browser.page(false);
    page.open(&address);
    until_step(&page, "Trust candor’s certificate");
    picture(&page, "guide-certificate.png");
    let loaded = page.said("(async () => (await fetch(document.querySelector('.due a.main').href)).headers.get('content-type'))()");
    assert_eq!(loaded, "application/x-x509-ca-cert");
    phone.trust();
    press(&page, "It is installed");
    until_step(&page, "Send this device’s traffic through candor");
    let proxy = page.said(
        "[...document.querySelectorAll('.values dd')].map((value) => value.textContent).join(':')",
    );
    assert_eq!(Some(proxy.rsplit(':').next().unwrap()), recording.address.rsplit(':').next());
    picture(&page, "guide-proxy.png");
    drop(browser);

    phone.proxy = Some(proxy);
    let browser = phone.browser().unwrap();
    let page = browser.page(false);
    page.open(&address);
    page.until("location.host === 'candor.test'");
    until_step(&page, "Normal window");
    picture(&page, "guide-normal.png");
    carry_out(&page, 2, 1);
    until_step(&page, "Private window");
    assert_eq!(
        page.said("document.querySelector('.due form:not(:has(.skip))')"),
        "null",
        "not here"
    );

    let hidden = browser.page(true);
    hidden.open("http://candor.test/");
    until_step(&hidden, "Private window");
    press(&hidden, "This is a private window");
    hidden.until("document.querySelectorAll('.due .tasks li').length === 3");
    picture(&hidden, "guide-private.png");
    carry_out(&hidden, 2, 1);
    phone.app_sends(&private);
    until_step(&hidden, "Switch data collection off");
    assert!(
        hidden.said("document.querySelector('.due .note').textContent").contains("private window")
    );

    until_step(&page, "Switch data collection off");
    press(&page, "It is switched off");
    page.until("document.querySelectorAll('.due .tasks li').length === 2");
    carry_out(&page, 1, 1);
    until_step(&page, "Restart");
    drop(browser);
    let browser = phone.browser().unwrap();
    let page = browser.page(false);
    page.open("http://candor.test/");
    press(&page, "It is restarted");
    page.until("document.querySelectorAll('.due .tasks li').length === 1");
    carry_out(&page, 1, 0);
    until_step(&page, "Wait");
    page.until("document.querySelector('.due .tasks li.done') !== null");
    press(&page, "Finish");
    page.until("document.body.innerText.includes('Thank you, that is all')");
    picture(&page, "guide-end.png");
    recording.ended();
    what_was_marked(&bench, &network);
    what_was_recorded(&bench, &address, &private);
}

/// No other address gets anything: not the proxy, not the pages, not with a guessed secret.
fn strangers_get_nothing(network: &Network, recording: &Recording, address: &str) {
    let port = recording.address.rsplit(':').next().unwrap();
    let proxy = format!("http://{}:{port}", network.recorder);
    let direct = format!("{proxy}/AAAAAAAAAAAAAAAA/");
    let page = recording.line("page ");
    let page_port = page.split(['/', ':']).nth(4).unwrap();
    let live = format!("http://{}:{page_port}/", network.recorder);
    let ask = |args: &[&str]| {
        let asked = [
            "--silent",
            "--max-time",
            "20",
            "--noproxy",
            "",
            "--write-out",
            "%{http_code}%{http_connect}",
        ];
        let args = [&asked[..], &["--interface", &network.stranger], args].concat();
        String::from_utf8_lossy(&network.on_phone("curl", &args).stdout).into_owned()
    };
    assert!(ask(&["--proxy", &proxy, "http://candor.test/"]).ends_with("403000"));
    assert!(ask(&["--proxy", &proxy, "https://a.example.org/"]).ends_with("000403"));
    assert!(
        ask(&[
            "--proxy",
            &format!("socks5h://{}:{port}", network.recorder),
            "http://a.example.org/"
        ])
        .ends_with("000000")
    );
    assert!(ask(&[&direct]).ends_with("403000"));
    assert!(ask(&[&live]).ends_with("000000"), "the live page is on loopback alone");
    assert!(!address.contains("aaaaaaaaaaaaaaaa"));
}

fn what_was_marked(bench: &Bench, network: &Network) {
    let events = jsonl(&bench.path("case/runs/r1/events.jsonl"));
    let of = |kind: &str, field: &str| -> Vec<String> {
        let named = |event: &Value| event[field].as_str().map(str::to_owned);
        events.iter().filter(|event| event["event"] == kind).filter_map(named).collect()
    };
    assert_eq!(
        of("phase", "name"),
        ["set_up", "normal_window", "private_window", "switch_off", "restart", "idle"]
    );
    let seeds: Vec<String> = of("action", "seed");
    let expected = [
        "normal-visit-1",
        "normal-visit-2",
        "normal-search-1",
        "private-visit-1",
        "private-visit-2",
        "private-search-1",
        "off-visit-1",
        "off-search-1",
        "restart-visit-1",
        "control",
    ];
    assert_eq!(seeds, expected.map(|name| format!("r1/{name}")));
    let away = events.iter().find(|event| event["event"] == "turned_away").unwrap();
    assert_eq!(away["client"], network.stranger.as_str());
    assert_eq!(away["connections"], 4);
}

fn what_was_recorded(bench: &Bench, address: &str, private: &str) {
    let token = address.rsplit('/').next().unwrap();
    for entry in std::fs::read_dir(bench.path("case/runs/r1")).unwrap().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "warc") {
            let text =
                String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).to_lowercase();
            assert!(!text.contains(token), "candor's own talk is recorded");
        }
    }
    let done = bench.run(&["audit", "case", "--json"]);
    assert_eq!(done.code, 1, "{}{}", done.stdout, done.stderr);
    assert_eq!(done.json()["post_hoc"], false, "claims were hashed before the first packet");
    let gaps = done.json()["coverage"]["gaps"].to_string();
    assert!(!gaps.contains("tls_refused"), "the certificate came before the proxy: {gaps}");
    let claim = &done.json()["claims"][0];
    assert_eq!((&claim["verdict"], &claim["seen_once"]), (&"contradicted".into(), &true.into()));
    let found = findings(&bench.path("case"));
    let leak = found.iter().find(|finding| {
        finding["seed"] == "r1/private-visit-1"
            && finding["recipient"]["host"] == "telemetry.maker.test"
    });
    let leak = leak.unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(leak["planted"]["arm"]["mode"], "private");
    assert_eq!(leak["planted"]["phase"], "private_window");
    assert!(leak["place"]["path"].as_str().unwrap().contains("base64"), "{leak}");
    assert!(found.iter().any(|finding| finding["seed"] == "r1/control"));
    assert!(private.starts_with("https://"));
}
