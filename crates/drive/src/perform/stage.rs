//! The stage of one run: the browser's process and connection, from each start to each stop.

use std::time::Duration;

use candor_case::{EventKind, UnixMicros};
use tokio::process::Command;

use super::windows::Pair;
use super::{Ended, Performed, environment, gap, readback};
use crate::browsers::{Driver, Launch, NO_WINDOW, Page, TaskProfiles};
use crate::display::Display;
use crate::process::Running;
use crate::rpc::Dialogue;
use crate::rpc::client::{Client, Endpoint};
use crate::tasks::Tasks;
use crate::trust::{Overlay, trust};
use crate::{
    Bench, Collection, DriveError, Installation, Mode, PlannedRun, Prefs, Profile, Window,
};

/// How long a browser may take to come up.
const START: Duration = Duration::from_secs(60);
/// How long a command may take.
pub(super) const COMMAND: Duration = Duration::from_secs(30);
/// How long a browser may take to close.
const STOP: Duration = Duration::from_secs(30);
/// How long what it left behind (senders of last reports) may take.
const STRAGGLERS: Duration = Duration::from_secs(15);

/// One run's surroundings and state.
pub(super) struct Stage<'a> {
    pub(super) run: &'a PlannedRun,
    pub(super) installation: &'a Installation,
    pub(super) profile: &'a Profile,
    pub(super) bench: &'a dyn Bench,
    pub(super) driver: &'static dyn Driver,
    pub(super) display: Option<Display>,
    /// The machine's certificate store as the browser's children see it.
    pub(super) overlay: Option<Overlay>,
    /// Furnishes the profiles of background tasks.
    pub(super) tasks: Option<Tasks>,
    pub(super) live: Option<Live>,
    /// What collection was turned to after use.
    pub(super) turned: Option<Collection>,
    /// What is set for one start only.
    pub(super) passing: Prefs,
    pub(super) before: readback::Readings,
    confirmed: u32,
    failed: Vec<String>,
    pub(super) frames: u32,
    sessions: u32,
    /// Kept when the process is gone.
    last_words: String,
}

/// A browser that runs.
pub(super) struct Live {
    process: Running,
    pub(super) client: Client,
    /// The page that is acted on.
    pub(super) page: Page,
    /// The windows, once a private one was opened beside the normal one.
    pub(super) pair: Option<Pair>,
}

impl<'a> Stage<'a> {
    /// Prepares the profile and, for a headed window, a screen.
    pub(super) async fn open(
        run: &'a PlannedRun,
        installation: &'a Installation,
        profile: &'a Profile,
        bench: &'a dyn Bench,
    ) -> Result<Self, DriveError> {
        let driver = run.browser.driver();
        profile.prepare()?;
        trust(&driver.certificates(profile), bench.authority_pem()).await?;
        let display = match run.window {
            Window::Headed => Some(Display::start().await?),
            Window::Headless => None,
        };
        let overlay = match driver.facts().children_of_their_own {
            true => Overlay::make(profile.root(), bench.authority_pem()).await?,
            false => None,
        };
        let mut stage = Self {
            overlay,
            run,
            installation,
            profile,
            bench,
            driver,
            display,
            tasks: None,
            live: None,
            turned: None,
            passing: Prefs::new(),
            before: readback::Readings::new(),
            confirmed: 0,
            failed: vec![],
            frames: 0,
            sessions: 0,
            last_words: String::new(),
        };
        stage.before = readback::readings(&stage);
        if let Some(TaskProfiles { mark, preferences }) = driver.tasks(&stage.launch()) {
            let store = driver.certificates(profile);
            stage.tasks = Some(Tasks::watch(profile.passing(), mark, &store, preferences)?);
        }
        Ok(stage)
    }

    /// How the next process is to be started.
    pub(super) fn launch(&self) -> Launch<'a> {
        let settings = &self.run.settings;
        let mut switches = settings.switches.clone();
        let mut prefs = settings.prefs.clone();
        match self.turned {
            None => switches.extend(settings.switches_while_on.iter().cloned()),
            Some(collection) => prefs.extend(self.run.browser.collection(collection)),
        }
        prefs.extend(self.passing.clone());
        Launch {
            profile: self.profile,
            mode: self.run.mode,
            window: self.run.window,
            proxy: self.bench.proxy(),
            switches,
            prefs,
            as_root: rustix::process::geteuid().is_root(),
        }
    }

    /// Starts the browser and finds its page.
    pub(super) async fn start(&mut self) -> Result<(), DriveError> {
        let launch = self.launch();
        self.driver.write_prefs(&launch)?;
        let mut command = self.command(&launch);
        let name = self.driver.facts().name;
        let failed = |why: String| DriveError::DidNotStart { browser: name, why };
        let (mut process, mut lines) =
            Running::start(&mut command).map_err(|e| failed(e.to_string()))?;
        self.sessions += 1;
        let announced = async {
            while let Some(line) = lines.recv().await {
                if let Some(endpoint) = self.driver.endpoint(&line) {
                    return Some(endpoint);
                }
            }
            None
        };
        let Ok(Some(endpoint)) = tokio::time::timeout(START, announced).await else {
            let _ = process.emptied(Duration::from_millis(200)).await;
            let why = process.last_words();
            process.end().await;
            return Err(failed(if why.is_empty() { "it said nothing".into() } else { why }));
        };
        let (client, page) = self.attach(&endpoint).await?;
        self.live = Some(Live { process, client, page, pair: None });
        Ok(())
    }

    fn command(&self, launch: &Launch<'_>) -> Command {
        let program = &self.installation.program;
        let mut command = match &self.overlay {
            Some(overlay) => overlay.command(program),
            None => Command::new(program),
        };
        command.args(self.driver.arguments(launch)).env_clear();
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        let persona = &self.run.persona;
        command
            .env("HOME", self.profile.home())
            .env("XDG_RUNTIME_DIR", self.profile.root().join("runtime"))
            .env("LANG", &persona.locale)
            .env("TZ", &persona.time_zone)
            .envs(self.driver.environment(launch))
            .envs(self.display.as_ref().map(|display| ("DISPLAY", display.name().to_owned())))
            .current_dir(self.profile.home());
        command
    }

    /// The window may take a moment to be there after the port is.
    async fn attach(&self, endpoint: &Endpoint) -> Result<(Client, Page), DriveError> {
        let client = Client::connect(endpoint).await?;
        let mut tries = 0;
        loop {
            match client.hold("finding the window", COMMAND, self.driver.attach()).await {
                Ok(page) => return Ok((client, page)),
                Err(DriveError::Refused { words, .. }) if words == NO_WINDOW && tries < 50 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Closes the browser as a person would, and waits for it and whatever it leaves behind.
    pub(super) async fn stop(&mut self) -> Result<(), DriveError> {
        let Some(mut live) = self.live.take() else { return Ok(()) };
        let quit = live.client.hold("closing the browser", STOP, self.driver.quit()).await;
        // It may be gone before it has answered.
        let in_time = matches!(quit, Ok(()) | Err(DriveError::Gone { .. }))
            && tokio::time::timeout(STOP, live.process.ended()).await.is_ok();
        if !in_time {
            self.gap("the browser did not close and was ended");
        } else if !live.process.emptied(STRAGGLERS).await {
            self.gap("processes that the browser left behind were ended");
        }
        self.bury(live).await;
        Ok(())
    }

    /// Makes the browser crash, and waits for whatever reports that.
    pub(super) async fn crash(&mut self) -> Result<(), DriveError> {
        let Some(mut live) = self.live.take() else { return Ok(()) };
        live.process.crash();
        let _ = tokio::time::timeout(STOP, live.process.ended()).await;
        let _ = live.process.emptied(STRAGGLERS).await;
        self.bench.event(EventKind::Action { name: "crash".into(), seed: None, began: None });
        self.bury(live).await;
        Ok(())
    }

    /// Keeps the log of a process and ends what is left of it.
    async fn bury(&mut self, live: Live) {
        self.last_words = live.process.last_words();
        self.bench.save(&format!("browser-{}.log", self.sessions), &live.process.log());
        live.process.end().await;
    }

    /// Whatever still runs is closed; used at every end.
    pub(super) async fn leave(&mut self) {
        // It cannot fail in a way that matters now.
        let _ = self.stop().await;
    }

    /// What can be said of a browser that failed.
    pub(super) fn post_mortem(&self, error: &DriveError) -> String {
        let said = self.live.as_ref().map_or(self.last_words.clone(), |l| l.process.last_words());
        match (error, said.is_empty()) {
            (DriveError::Gone { .. }, false) => format!("{error}, its last words: {said}"),
            _ => error.to_string(),
        }
    }

    /// Talks to the running browser.
    pub(super) async fn talk<T>(
        &self,
        what: &str,
        dialogue: impl FnOnce(&Page) -> Box<dyn Dialogue<Done = T>>,
    ) -> Result<T, DriveError> {
        let Some(live) = &self.live else { return Err(DriveError::Gone { what: what.into() }) };
        live.client.hold(what, COMMAND, dialogue(&live.page)).await
    }

    /// From the next start on, collection is set like this.
    pub(super) fn turn_off(&mut self, collection: Collection) {
        self.turned = Some(collection);
    }

    /// Writes down an action that was seen to succeed, and when it began: what it caused may have
    /// left before it was over.
    pub(super) fn confirmed(&mut self, name: &str, seeds: &[String], began: UnixMicros) {
        self.confirmed += 1;
        let planted = seeds.iter().map(Some).chain(seeds.is_empty().then_some(None));
        for seed in planted {
            let (name, seed) = (name.to_owned(), seed.cloned());
            self.bench.event(EventKind::Action { name, seed, began: Some(began) });
        }
    }

    /// Writes down an action that did not succeed.
    pub(super) fn unconfirmed(&mut self, name: &str, error: &DriveError) {
        let words = format!("{name}: {error}");
        self.gap(&words);
        self.failed.push(words);
    }

    /// Writes down something that the subject did or left undone.
    pub(super) fn gap(&self, words: &str) {
        self.bench.event(gap(words));
    }

    /// Reads everything back.
    pub(super) fn result(self, ended: Ended) -> Performed {
        let after = readback::readings(&self);
        let launch = self.launch();
        let mut differences = if self.sessions == 0 {
            vec![]
        } else {
            readback::differences(&launch, self.driver, &self.before, &after)
        };
        if self.run.mode != Mode::Normal && ended == Ended::Done {
            differences.extend(readback::remembered(&self));
        }
        Performed {
            ended,
            environment: environment::of(&self, &launch, &after),
            differences,
            confirmed: self.confirmed,
            failed: self.failed,
            frames: self.frames,
        }
    }
}
