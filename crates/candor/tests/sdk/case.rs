//! One arm's case: written down, recorded, audited by the binary, and held against the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use candor_capture::{
    Authority, Config, Lab, LabAnswer, LabRequest, Proxy, Sink, System, Upstream,
};
use candor_case::{Coverage, Event, EventKind, Seed, UnixMicros};
use candor_evidence::{CaseDir, Record, WriterOptions, sha256_hex};
use candor_specimens::LabFile;
use candor_specimens::sdk::{self, Examined, SdkArm, SdkCheck, SdkRun, Told};
use serde::de::DeserializeOwned;

use crate::bridge::{LabSite, RunSink};
use crate::browser::{self, Browser};

/// How long one run may take: it needs about ten seconds on an idle machine.
const RUN: Duration = Duration::from_secs(120);

/// What all cases share.
pub struct Desk {
    pub bundles: BTreeMap<String, Bytes>,
    pub authority: Arc<Authority>,
    pub home: PathBuf,
    pub cases: PathBuf,
}

/// The time now.
pub fn now() -> UnixMicros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    UnixMicros(i64::try_from(since.as_micros()).unwrap())
}

/// Records an arm's case, audits it, and holds it against the truth.
pub fn examine(desk: &Desk, arm: &SdkArm, repeats: u32) -> SdkCheck {
    let dir = CaseDir::create(desk.cases.join(arm.name())).unwrap();
    dir.write_case_file(&arm.case_file()).unwrap();
    dir.write_claims_text(arm.claims_text()).unwrap();
    std::fs::create_dir_all(dir.root().join("originals")).unwrap();
    std::fs::write(dir.root().join("originals/statement.md"), sdk::STATEMENT).unwrap();
    let profiles = tempfile::tempdir().unwrap();
    let planned = arm.plan(now().0.unsigned_abs(), repeats);
    for run in &planned {
        record(desk, arm, run, &dir, profiles.path());
    }
    audit(dir.root());
    check(arm, &planned, &dir)
}

/// One start of the browser, recorded.
fn record(desk: &Desk, arm: &SdkArm, planned: &SdkRun, dir: &CaseDir, profiles: &Path) {
    let mut run = planned.run.clone();
    run.started = Some(now());
    run.environment.insert("browser".into(), browser::version());
    let claims = format!("sha256:{}", sha256_hex(arm.claims_text().as_bytes()));
    run.digests.insert("claims".into(), claims);
    let home = profiles.join(run.install.as_str());
    if run.continues.is_none() {
        browser::profile(&desk.home, &home);
    }
    let writer =
        dir.add_run(&run, &planned.seeds).unwrap().writer(WriterOptions::default()).unwrap();
    let sink: Arc<dyn Sink> = Arc::new(RunSink::new(writer.clone(), None));
    let (ended, end) = channel();
    let lab = BenchLab {
        site: LabSite(candor_specimens::Lab::with_files(files(desk, arm, planned))),
        run: run.id.0.clone(),
        sink: Arc::clone(&sink),
        ended,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config { run: run.id.clone(), upstream: Upstream::Sinkhole, ..Config::default() };
    let proxy = runtime
        .block_on(Proxy::bind(
            config,
            Arc::clone(&desk.authority),
            Arc::clone(&sink),
            Arc::new(lab),
            Arc::new(now),
            Arc::new(System),
        ))
        .unwrap();
    let address = proxy.local_addr();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = runtime.spawn(proxy.run(async move {
        let _ = stopped.await;
    }));
    mark(&*sink, planned.phase, planned.session);
    let browser = Browser::open(&planned.url, &home, address);
    let browser = wait(browser, &end, &run.id.0, arm);
    browser.close();
    let _ = stop.send(());
    runtime.block_on(served).unwrap();
    writer.event(&Event { at: now(), kind: EventKind::Stopped });
    writer.close().unwrap();
}

fn wait(mut browser: Browser, end: &Receiver<Told>, run: &str, arm: &SdkArm) -> Browser {
    let name = arm.name();
    let since = Instant::now();
    loop {
        match end.recv_timeout(Duration::from_millis(200)) {
            Ok(Told::Broken(why)) => panic!("{name} {run}: the page broke: {why}"),
            Ok(_) => return browser,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => panic!("{name} {run}: the proxy is gone"),
        }
        assert!(!browser.has_ended(), "{name} {run}: the browser ended by itself");
        assert!(since.elapsed() < RUN, "{name} {run}: the page did not come to its end");
    }
}

fn mark(sink: &dyn Sink, name: &str, session: &str) {
    let kind = EventKind::Phase { name: name.into(), session: session.into() };
    sink.event(Event { at: now(), kind });
}

/// The pages of a run and the SDK's own files beside them.
fn files(desk: &Desk, arm: &SdkArm, planned: &SdkRun) -> BTreeMap<String, LabFile> {
    let script = |name: &String| {
        let body = desk.bundles.get(name).unwrap_or_else(|| panic!("no bundle {name}")).clone();
        let file = LabFile { content_type: "text/javascript; charset=utf-8".into(), body };
        (format!("{}/sdk/{name}.js", arm.host()), file)
    };
    planned.pages.clone().into_iter().chain(arm.scripts().iter().map(script)).collect()
}

/// The lab, with an ear for what pages tell the bench.
struct BenchLab {
    site: LabSite,
    run: String,
    sink: Arc<dyn Sink>,
    ended: Sender<Told>,
}

impl Lab for BenchLab {
    fn answer(&self, request: &LabRequest) -> LabAnswer {
        match sdk::told(&request.url) {
            Some(Told::Phase { name, session }) => mark(&*self.sink, &name, &session),
            Some(Told::Did(seed)) => {
                let seed = Some(format!("{}/{seed}", self.run));
                let kind = EventKind::Action { name: "planted".into(), seed, began: None };
                self.sink.event(Event { at: now(), kind });
            }
            Some(end) => {
                let _ = self.ended.send(end);
            }
            None => {}
        }
        self.site.answer(request)
    }
}

/// Audits the case with the binary, as an operator would.
fn audit(case: &Path) {
    let done = Command::new(env!("CARGO_BIN_EXE_candor"))
        .arg("audit")
        .arg(case)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let code = done.status.code().unwrap_or(-1);
    let told = String::from_utf8_lossy(&done.stderr);
    assert!([0, 1, 3].contains(&code), "{}: {told}", case.display());
}

fn check(arm: &SdkArm, planned: &[SdkRun], dir: &CaseDir) -> SdkCheck {
    let analysis = dir.root().join("analysis");
    let coverage: Coverage = json(&analysis.join("coverage.json"));
    let seeds: Vec<Seed> = planned.iter().flat_map(|run| run.seeds.seeds.clone()).collect();
    arm.check(&Examined {
        seeds: &seeds,
        findings: &jsonl(&analysis.join("findings.jsonl")),
        verdicts: &json(&analysis.join("verdicts.json")),
        requests: &requests(dir),
        unread: &coverage.gaps.into_iter().map(|gap| gap.host).collect(),
    })
}

fn requests(dir: &CaseDir) -> BTreeSet<(String, String)> {
    let runs = dir.runs().unwrap();
    let records = runs.iter().flat_map(|run| run.records().unwrap());
    let exchange = |record| match record {
        Record::Exchange(exchange) => Some(exchange),
        Record::Gap(_) => None,
    };
    records.filter_map(exchange).map(|e| (e.request.method, e.request.url)).collect()
}

fn json<T: DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn jsonl<T: DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
