//! What the browser tests share: a sinkhole that answers everything on loopback, and a bench.

#![allow(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod sinkhole;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use candor_case::{EventKind, UnixMicros};
use candor_drive::{
    Bench, Browser, Cancel, DriveError, Ended, Installation, Order, Performed, Plan, PlannedRun,
    Profiles, Progress, expand, perform,
};

/// A bench that keeps everything in memory.
pub(crate) struct TestBench {
    proxy: SocketAddr,
    authority: PathBuf,
    cancel: Cancel,
    /// The phase at whose beginning the operator ends everything.
    cancel_at: Option<String>,
    pub(crate) events: Mutex<Vec<EventKind>>,
    /// When each of them came.
    times: Mutex<Vec<UnixMicros>>,
    pub(crate) saved: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Bench for TestBench {
    fn now(&self) -> UnixMicros {
        now()
    }

    fn event(&self, event: EventKind) {
        self.times.lock().unwrap().push(self.now());
        self.events.lock().unwrap().push(event);
    }

    fn proxy(&self) -> SocketAddr {
        self.proxy
    }

    fn authority_pem(&self) -> &Path {
        &self.authority
    }

    fn progress(&self, progress: &Progress<'_>) {
        if self.cancel_at.as_deref() == Some(progress.phase) {
            self.cancel.cancel();
        }
    }

    fn save(&self, name: &str, bytes: &[u8]) {
        if let Ok(folder) = std::env::var("CANDOR_TEST_KEEP") {
            let file = Path::new(&folder).join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, bytes).unwrap();
        }
        self.saved.lock().unwrap().insert(name.to_owned(), bytes.to_vec());
    }
}

/// The clock of the recording.
pub(crate) fn now() -> UnixMicros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    UnixMicros(i64::try_from(since.as_micros()).unwrap())
}

/// Everything a test looks at after a run.
pub(crate) struct Seen {
    pub(crate) run: PlannedRun,
    pub(crate) performed: Performed,
    pub(crate) requests: Vec<sinkhole::Request>,
    pub(crate) refused: Vec<String>,
    pub(crate) events: Vec<EventKind>,
    times: Vec<UnixMicros>,
    pub(crate) saved: BTreeMap<String, Vec<u8>>,
}

/// The browser, or `None` with a line that says what was skipped for want of it.
pub(crate) async fn installed(browser: Browser) -> Option<Installation> {
    match Installation::find(browser, None).await {
        Ok(installation) => Some(installation),
        Err(error @ DriveError::NotInstalled { .. }) => {
            say(&format!("skipped, 1 test: {error}"));
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Whether these programs are on the PATH; says what is skipped if not.
pub(crate) fn tools(names: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there =
        |name: &&str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    let missing: Vec<_> = names.iter().filter(|name| !there(name)).collect();
    if !missing.is_empty() {
        say(&format!("skipped, 1 test: not installed: {missing:?}"));
    }
    missing.is_empty()
}

/// Prints a line that the test runner does not hold back.
fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Makes all runs of a plan, each with a sinkhole of its own.
pub(crate) async fn make(installation: &Installation, plan: &str) -> Vec<Seen> {
    let folder = tempfile::tempdir().unwrap();
    let mut profiles = Profiles::new(folder.path().into());
    let mut all = Vec::new();
    for run in planned(installation, plan) {
        let seen = one(installation, run, &mut profiles, folder.path(), None).await;
        let log = |(name, bytes): (&String, &Vec<u8>)| {
            name.ends_with(".log").then(|| String::from_utf8_lossy(bytes).into_owned())
        };
        let logs: String = seen.saved.iter().filter_map(log).collect();
        assert_eq!(seen.performed.ended, Ended::Done, "{logs}");
        all.push(seen);
    }
    all
}

/// Makes the first run of a plan, and ends it as an operator would when that phase begins.
pub(crate) async fn make_and_cancel(installation: &Installation, plan: &str, phase: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let mut profiles = Profiles::new(folder.path().into());
    let run = planned(installation, plan).remove(0);
    one(installation, run, &mut profiles, folder.path(), Some(phase)).await
}

fn planned(installation: &Installation, plan: &str) -> Vec<PlannedRun> {
    let plan = Plan::parse(plan, "plan.toml").unwrap();
    let order = Order { browser: installation.browser, repeats: Some(1), device: "bench".into() };
    expand(&plan, &order, &mut chance())
}

async fn one(
    installation: &Installation,
    run: PlannedRun,
    profiles: &mut Profiles,
    folder: &Path,
    cancel_at: Option<&str>,
) -> Seen {
    let authority = folder.join("authority.pem");
    let sinkhole = sinkhole::Sinkhole::start(&authority).await;
    let bench = TestBench {
        proxy: sinkhole.address,
        authority,
        cancel: Cancel::default(),
        cancel_at: cancel_at.map(str::to_owned),
        events: Mutex::default(),
        times: Mutex::default(),
        saved: Mutex::default(),
    };
    let profile = profiles.open(&run).unwrap();
    let performed = perform(&run, installation, &profile, &bench, &bench.cancel).await.unwrap();
    Seen {
        run,
        performed,
        requests: sinkhole.requests(),
        refused: sinkhole.refused(),
        events: bench.events.into_inner().unwrap(),
        times: bench.times.into_inner().unwrap(),
        saved: bench.saved.into_inner().unwrap(),
    }
}

/// Random bytes from the system.
fn chance() -> impl FnMut(&mut [u8]) {
    use std::io::Read;
    let mut source = std::fs::File::open("/dev/urandom").unwrap();
    move |out: &mut [u8]| source.read_exact(out).unwrap()
}

impl Seen {
    /// Whether the seed of that action was seen at its own site, and confirmed.
    pub(crate) fn planted(&self, name: &str) -> bool {
        let id = format!("{}/{name}", self.run.run.id.0);
        let seed = self.run.seeds.seeds.iter().find(|seed| seed.id == id).expect("such a seed");
        let confirmed = self.events.iter().any(
            |event| matches!(event, EventKind::Action { seed: Some(seed), .. } if *seed == id),
        );
        let told = seed.value.split_once("://").map_or(seed.value.as_str(), |(_, rest)| rest);
        let reached = self.requests.iter().any(|request| {
            format!("{}{}", request.host, request.path).replace('+', " ").contains(told)
        });
        confirmed && reached
    }

    /// Whether an action of that name was confirmed.
    pub(crate) fn happened(&self, action: &str) -> bool {
        self.events
            .iter()
            .any(|event| matches!(event, EventKind::Action { name, .. } if name == action))
    }

    /// When an action of that name began and ended.
    pub(crate) fn span_of(&self, action: &str) -> Option<(UnixMicros, UnixMicros)> {
        self.events.iter().zip(&self.times).find_map(|(event, at)| match event {
            EventKind::Action { name, began, .. } if name == action => Some(((*began)?, *at)),
            _ => None,
        })
    }

    /// One line per request, for a failing test.
    pub(crate) fn told(&self) -> String {
        let lines = self.requests.iter().map(|r| format!("{} {}{}\n", r.method, r.host, r.path));
        lines.collect::<String>()
            + &format!("refused: {:?}\nevents: {:#?}", self.refused, self.events)
    }

    /// Details of the gaps.
    pub(crate) fn gaps(&self) -> Vec<&str> {
        let mut details = Vec::new();
        for event in &self.events {
            if let EventKind::Gap { detail, .. } = event {
                details.push(detail.as_str());
            }
        }
        details
    }
}
