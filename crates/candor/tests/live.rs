//! The live page in a real browser, while `candor record` records; and who is not shown anything.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

#[path = "common/browser.rs"]
mod browser;
mod common;
#[path = "common/recording.rs"]
mod recording;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use browser::{Browser, Start};
use common::{Bench, jsonl, programs};
use recording::Recording;
use serde_json::Value;

fn curl(recording: &Recording, trusts: bool, args: &[&str]) {
    let mut command = Command::new("curl");
    command.args(["--silent", "--max-time", "60", "--globoff"]);
    command.args(["--proxy", &format!("http://{}", recording.address)]);
    if trusts {
        command.arg("--cacert").arg(&recording.authority);
    }
    let done = command.args(args).output().unwrap();
    assert_eq!(done.status.success(), trusts, "{}", String::from_utf8_lossy(&done.stderr));
}

fn phases(bench: &Bench) -> Vec<String> {
    let events = jsonl(&bench.path("case/runs/r1/events.jsonl"));
    let name = |event: &Value| event["name"].as_str().map(str::to_owned);
    events.iter().filter(|event| event["event"] == "phase").filter_map(name).collect()
}

#[test]
fn a_person_follows_a_recording_and_marks_its_phases() {
    if !programs::are_there(&["curl"]) {
        return;
    }
    let bench = Bench::new();
    let home = tempfile::tempdir().unwrap();
    let switches = vec!["--no-proxy-server".to_owned()];
    let Some(browser) = Browser::start(&Start { home: home.path(), namespace: None, switches })
    else {
        return;
    };
    let recording = Recording::start(&bench, &["--mode", "sinkhole@0", "--arm", "mode=normal"]);
    let address = recording.line("page ");
    let page = browser.page(false);
    page.open(&address);
    page.until("document.getElementById('state').dataset.state === 'going'");
    assert_eq!(page.said("document.getElementById('run').textContent"), "r1 (mode=normal)");

    curl(&recording, true, &["https://a.example.org/first?x=1", "--data-binary", "0123456789"]);
    page.until("[...document.querySelectorAll('#rows tr')].some((row) => row.textContent.includes('a.example.org/first?x=1') && row.textContent.includes('10 B') && row.querySelector('.read.whole'))");

    page.said("document.querySelector('[data-phase=visit]').click()");
    page.until(
        "document.querySelector('#phases-list [aria-current]')?.textContent.startsWith('visit')",
    );
    page.until("document.querySelector('[data-phase=visit]').ariaPressed === 'true'");
    let hostile = "http://b.example.org/<img/src=x/onerror=document.title=1>%1B\u{202e}";
    curl(&recording, true, &[hostile]);
    page.until("document.getElementById('rows').textContent.includes('<img/src=x/onerror')");
    page.until("document.getElementById('rows').textContent.includes('read, unencrypted')");
    assert_eq!(page.said("document.querySelectorAll('#rows img').length"), "0");
    let text = page.said("document.getElementById('rows').textContent");
    assert!(text.contains("\\u{202e}") && !text.contains('\u{202e}'), "{text}");

    curl(&recording, false, &["https://pinned.example.org/"]);
    page.until("[...document.querySelectorAll('#rows tr')].some((row) => row.textContent.includes('pinned.example.org') && row.querySelector('.read.refused'))");
    page.until("document.getElementById('n-unread').textContent === '1'");
    page.until("document.getElementById('n-requests').textContent === '2'");

    page.key("p");
    curl(&recording, true, &["https://later.example.org/"]);
    page.until("document.getElementById('n-requests').textContent === '3'");
    assert_eq!(
        page.said("document.getElementById('rows').textContent.includes('later.example.org')"),
        "false"
    );
    page.key("p");
    page.until("document.getElementById('rows').textContent.includes('later.example.org')");
    page.said("(() => { const only = document.getElementById('only'); only.value = 'LATER'; only.dispatchEvent(new Event('input')); })()");
    assert_eq!(page.said("[...document.querySelectorAll('#rows tr:not(.divider)')].filter((row) => !row.hidden).length"), "1");

    page.key("3");
    page.until(
        "document.querySelector('#phases-list [aria-current]')?.textContent.startsWith('search')",
    );
    page.said("(() => { document.getElementById('other-name').value = 'made coffee'; document.getElementById('other').requestSubmit(); })()");
    page.until("document.querySelector('#phases-list [aria-current]')?.textContent.startsWith('made coffee')");
    if let Some(folder) = std::env::var_os("CANDOR_PICTURES") {
        page.said("(() => { const only = document.getElementById('only'); only.value = ''; only.dispatchEvent(new Event('input')); })()");
        let folder = std::path::PathBuf::from(folder);
        page.picture(1280, 800, false, &folder.join("live-1280-light.png"));
        page.picture(1280, 800, true, &folder.join("live-1280-dark.png"));
        page.picture(390, 844, false, &folder.join("live-390-light.png"));
    }
    recording.end();
    page.until("document.getElementById('state').dataset.state === 'ended'");
    assert_eq!(phases(&bench), ["visit", "search", "made coffee"]);
    assert!(browser.complaints().is_empty(), "{:#?}", browser.complaints());
}

const PLAN: &str = r#"
name = "followed"
question = "can a plan be followed?"
browsers = ["chromium"]
repeats = 1
control = false

[[phase]]
do = "first_start"
[[phase]]
do = "visit"
[[phase]]
do = "idle"
seconds = 4

[[arm]]
name = "normal"
"#;

#[test]
fn a_plan_is_followed_while_it_is_carried_out() {
    if !programs::are_there(&["certutil"]) {
        return;
    }
    let bench = Bench::new();
    let home = tempfile::tempdir().unwrap();
    let switches = vec!["--no-proxy-server".to_owned()];
    let Some(browser) = Browser::start(&Start { home: home.path(), namespace: None, switches })
    else {
        return;
    };
    bench.write("plan.toml", PLAN);
    let run = Recording::of(&bench, &["run", "plan.toml", "--case", "case"]);
    let page = browser.page(false);
    page.open(&run.line("page "));
    page.until("document.querySelector('#phases-list')?.textContent.includes('visit')");
    page.until("[...document.querySelectorAll('#rows .host')].some((host) => host.textContent.endsWith('.candor.test'))");
    assert!(
        page.said("document.getElementById('run').textContent").starts_with("chromium-normal-1")
    );
    assert_eq!(page.said("document.querySelectorAll('[data-phase], #other').length"), "0");
    page.until("document.querySelector('#phases-list')?.textContent.includes('idle')");
    if let Some(folder) = std::env::var_os("CANDOR_PICTURES") {
        let file = std::path::Path::new(&folder).join("live-plan.png");
        page.picture(1280, 720, false, &file);
    }
    let told = page.said("(async () => (await fetch('phase', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{\"name\":\"x\"}' })).status)()");
    assert_eq!(told, "409");
    page.until("document.getElementById('state').dataset.state === 'ended'");
    let events = jsonl(&bench.path("case/runs/chromium-normal-1/events.jsonl"));
    assert!(!events.iter().any(|event| event["event"] == "phase" && event["name"] == "x"));
}

/// Asks as no browser would let a page ask: the status, the head and the body.
fn ask(address: &str, request: &str) -> (u16, String) {
    let mut tcp = TcpStream::connect(address).unwrap();
    tcp.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    tcp.write_all(request.as_bytes()).unwrap();
    let (mut answer, mut piece) = (Vec::new(), [0; 8192]);
    while let Ok(n @ 1..) = tcp.read(&mut piece) {
        answer.extend_from_slice(&piece[..n]);
        if answer.len() > 1 << 20 {
            break;
        }
    }
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, text)
}

#[test]
fn a_wrong_host_token_or_origin_is_refused() {
    let bench = Bench::new();
    let recording = Recording::start(&bench, &["--mode", "sinkhole@0"]);
    let page = recording.line("page ");
    let rest = page.strip_prefix("http://").unwrap();
    let (address, path) = rest.split_at(rest.find('/').unwrap());
    let port = address.split_once(':').unwrap().1;
    let json = "Content-Type: application/json\r\n";
    let mark = "{\"name\":\"forged\"}";
    let get = |host: &str, path: &str, more: &str| {
        ask(
            address,
            &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n"),
        )
    };
    let post = |host: &str, path: &str, more: &str, body: &str| {
        let length = body.len();
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{more}Content-Length: {length}\r\n");
        ask(address, &format!("{head}Connection: close\r\n\r\n{body}"))
    };
    let (status, head) = get(address, path, "");
    assert_eq!(status, 200, "{head}");
    let lower = head.to_ascii_lowercase();
    assert!(lower.contains("content-security-policy: default-src 'none'"), "{head}");
    assert!(!lower.contains("access-control-"), "{head}");
    assert_eq!(get(&format!("localhost:{port}"), path, "").0, 200);

    let wrong_hosts = [
        format!("rebound.example.org:{port}"),
        "rebound.example.org".into(),
        "127.0.0.1".into(),
        format!("127.0.0.1:{port}.example.org"),
        String::new(),
    ];
    for host in &wrong_hosts {
        assert_eq!(get(host, path, "").0, 421, "{host}");
        assert_eq!(post(host, &format!("{path}phase"), json, mark).0, 421, "{host}");
    }
    for wrong in ["/", "/events", "/AAAAAAAAAAAAAAAA/", "/AAAAAAAAAAAAAAAA/events", &path[..10]] {
        assert_eq!(get(address, wrong, "").0, 403, "{wrong}");
    }
    let phase = format!("{path}phase");
    assert_eq!(get(address, path, "Origin: https://example.org\r\n").0, 421);
    assert_eq!(post(address, &phase, &format!("{json}Origin: null\r\n"), mark).0, 421);
    assert_eq!(post(address, &phase, "Content-Type: text/plain\r\n", mark).0, 415);
    for body in
        ["{}", "{\"name\":\"\"}", "{\"name\":\"a\\u001bb\"}", "nonsense", &"9".repeat(5_000)]
    {
        assert_eq!(post(address, &phase, json, body).0, 400, "{body}");
    }
    assert_eq!(
        ask(
            address,
            &format!("OPTIONS {phase} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        )
        .0,
        404
    );
    assert_eq!(post(address, &phase, json, "{\"name\":\"real\"}").0, 204);
    recording.end();
    assert_eq!(phases(&bench), ["real"]);
}
