//! Performs a run: does the steps in order, tells the installation what happens, sends what follows,
//! and marks what was confirmed.

use std::collections::BTreeMap;

use candor_case::{EventKind, RunId, UnixMicros};
use hyper::StatusCode;
use serde_json::json;

use crate::{
    Bench, PlannedRun, SpecimenError, Step,
    browser::{FORM, Happening, Install, JSON, Outgoing, Situation},
    client::Client,
    plan::{Planted, search_url, video_url},
    random::Random,
    wire::{form, statistics_form},
};

/// A page that loads at once, and one that does not, in seconds.
const FAST_S: i64 = 1;
const SLOW_S: i64 = 9;
/// While nothing is done, the subject looks at its clock this often.
const TICK_S: i64 = 8;

/// What the devices hold: the state of each installation as each run left it, so that several runs
/// can start from the same one.
#[derive(Clone, Debug, Default)]
pub struct Devices {
    after: BTreeMap<RunId, Install>,
}

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Performed {
    /// Requests that were sent, pages and control included.
    pub requests: u64,
    /// Seeds whose action was confirmed, in order.
    pub confirmed: Vec<String>,
}

/// Performs one run; the devices then hold its state.
pub(crate) async fn perform(
    planned: &PlannedRun,
    devices: &mut Devices,
    bench: &dyn Bench,
) -> Result<Performed, SpecimenError> {
    wait_until_due(planned, bench);
    let mut process = Process {
        planned,
        bench,
        install: devices.state(planned)?,
        client: Client::new(bench.proxy(), bench.roots())?,
        random: Random::labelled(planned.random_seed, "process"),
        private: false,
        done: Performed::default(),
    };
    for step in &planned.steps {
        process.step(step).await?;
    }
    devices.after.insert(planned.run.id.clone(), process.install);
    Ok(process.done)
}

impl Devices {
    /// The state that a run starts with.
    fn state(&self, planned: &PlannedRun) -> Result<Install, SpecimenError> {
        let Some(before) = planned.state_from() else { return Ok(planned.program.fresh()) };
        let kept = self.after.get(before).ok_or_else(|| SpecimenError::OutOfOrder {
            run: planned.run.id.0.clone(),
            before: before.0.clone(),
        })?;
        Ok(if planned.cleared() { planned.program.fresh() } else { kept.clone() })
    }
}

fn wait_until_due(planned: &PlannedRun, bench: &dyn Bench) {
    let Some(started) = planned.run.started else { return };
    let due = started.plus_seconds(-planned.run.clock_offset_s);
    let early_us = due.0.saturating_sub(bench.now().0);
    if early_us > 0 {
        bench.advance(early_us.saturating_add(999_999) / 1_000_000);
    }
}

/// The subject while it acts.
struct Process<'a> {
    planned: &'a PlannedRun,
    bench: &'a dyn Bench,
    install: Install,
    client: Client,
    random: Random,
    private: bool,
    done: Performed,
}

impl Process<'_> {
    async fn step(&mut self, step: &Step) -> Result<(), SpecimenError> {
        match step {
            Step::Phase { name, session } => self.phase(name, session),
            Step::PrivateWindow => self.private = true,
            Step::Control(value) => self.control(value).await?,
            Step::Start => self.tell(Happening::Started).await?,
            Step::Close => self.tell(Happening::Closed).await?,
            Step::Kill => self.tell(Happening::Killed).await?,
            Step::Agree => self.tell(Happening::Agreed).await?,
            Step::Collection(on) => self.tell(Happening::Collection(*on)).await?,
            Step::Enhanced(on) => self.tell(Happening::Enhanced(*on)).await?,
            Step::Crash(cause) => self.tell(Happening::Crashed(cause)).await?,
            Step::Idle(seconds) => self.idle(*seconds).await?,
            Step::Visit { url, slow } => self.visit(url, *slow).await?,
            Step::Submit { host, field, value } => self.submit(host, field, value).await?,
            Step::Search(words) => self.search(words).await?,
            Step::VideoSearch(words) => self.video(words).await?,
            Step::Download(url) => self.download(url).await?,
            Step::SignIn(account) => {
                self.tell(Happening::SignedIn(&account.value)).await?;
                self.confirm("sign_in", account);
            }
            Step::Type(words) => self.confirm("type", words),
            Step::Keep(value) => self.confirm("keep", value),
        }
        Ok(())
    }

    fn phase(&mut self, name: &str, session: &str) {
        self.bench.event(EventKind::Phase { name: name.into(), session: session.into() });
    }

    fn confirm(&mut self, name: &str, planted: &Planted) {
        let seed = planted.seed.clone();
        let action = EventKind::Action { name: name.into(), seed: Some(seed.clone()), began: None };
        self.bench.event(action);
        self.done.confirmed.push(seed);
    }

    /// By the subject's own clock.
    fn now(&self) -> UnixMicros {
        self.bench.now().plus_seconds(self.planned.run.clock_offset_s)
    }

    /// Tells the installation what happens and sends what follows.
    async fn tell(&mut self, happening: Happening<'_>) -> Result<(), SpecimenError> {
        let at = Situation { now: self.now(), device: &self.planned.device, private: self.private };
        for outgoing in self.install.notice(&happening, &at, &mut self.random) {
            // Whatever the collector answers, the subject goes on.
            self.done.requests += 1;
            self.client.post(outgoing).await?;
        }
        Ok(())
    }

    async fn pass(&mut self, seconds: i64) -> Result<(), SpecimenError> {
        self.bench.advance(seconds);
        self.tell(Happening::Tick).await
    }

    async fn idle(&mut self, seconds: i64) -> Result<(), SpecimenError> {
        let mut left = seconds;
        while left > 0 {
            self.pass(left.min(TICK_S)).await?;
            left -= TICK_S;
        }
        Ok(())
    }

    /// Loads an address; an error unless it was answered with 200.
    async fn load(&mut self, url: &str, seconds: i64) -> Result<(), SpecimenError> {
        self.done.requests += 1;
        let status = self.client.open(url).await?;
        if status != StatusCode::OK {
            let why = format!("the page answered {status}: is the lab behind the proxy?");
            return Err(SpecimenError::Answer { url: url.into(), why });
        }
        self.pass(seconds).await
    }

    /// Loads a page as a page.
    async fn page(&mut self, url: &str, seconds: i64) -> Result<(), SpecimenError> {
        self.tell(Happening::PageStarted(url)).await?;
        self.load(url, seconds).await?;
        self.tell(Happening::PageFinished(url)).await
    }

    async fn visit(&mut self, url: &Planted, slow: bool) -> Result<(), SpecimenError> {
        self.page(&url.value, if slow { SLOW_S } else { FAST_S }).await?;
        self.confirm("visit", url);
        Ok(())
    }

    async fn submit(
        &mut self,
        host: &str,
        field: &str,
        value: &Planted,
    ) -> Result<(), SpecimenError> {
        let body = form(&[(field, &value.value)]);
        self.done.requests += 1;
        let url = format!("https://{host}/order");
        self.client.post(Outgoing { url, content_type: FORM, body }).await?;
        self.confirm("submit", value);
        Ok(())
    }

    async fn search(&mut self, words: &Planted) -> Result<(), SpecimenError> {
        self.tell(Happening::Searched(&words.value)).await?;
        self.page(&search_url(&words.value), FAST_S).await?;
        self.confirm("search", words);
        Ok(())
    }

    async fn video(&mut self, words: &Planted) -> Result<(), SpecimenError> {
        self.tell(Happening::VideoSearched(&words.value)).await?;
        self.load(&video_url(&words.value), FAST_S).await?;
        self.confirm("search", words);
        Ok(())
    }

    async fn download(&mut self, url: &Planted) -> Result<(), SpecimenError> {
        self.tell(Happening::Downloaded(&url.value)).await?;
        self.load(&url.value, FAST_S).await?;
        self.confirm("download", url);
        Ok(())
    }

    /// Sends the control value plain, and in the encoding that the statistics have.
    async fn control(&mut self, value: &Planted) -> Result<(), SpecimenError> {
        let beacon = json!({ "notice": "SIMULATED", "control": value.value });
        let event = json!({
            "type": "track",
            "event": "control",
            "properties": { "notice": "SIMULATED", "control": value.value },
        });
        let (plain, encoded) = (beacon.to_string(), statistics_form(&[event], true));
        let host = candor_case::CONTROL_HOST;
        let sent = [
            (format!("https://{host}/beacon"), JSON, plain),
            (format!("https://{host}/sa?project=control"), FORM, encoded),
        ];
        for (url, content_type, body) in sent {
            self.done.requests += 1;
            let answer =
                self.client.post(Outgoing { url: url.clone(), content_type, body }).await?;
            if !answer.is_success() {
                let why =
                    format!("the control was answered {answer}: is the lab behind the proxy?");
                return Err(SpecimenError::Answer { url, why });
            }
        }
        self.confirm("control", value);
        Ok(())
    }
}
