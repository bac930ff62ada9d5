//! What is done with a running browser: addresses are opened, words typed, time passes, pictures are
//! taken.

use std::time::Duration;

use super::stage::{Live, Stage};
use crate::browsers::Clearing;
use crate::display::SIZE;
use crate::hands::Hands;
use crate::{DriveError, Prefs};

/// How long the focus may take to move.
const FOCUS: Duration = Duration::from_secs(3);
/// How long a typed address may take to load.
const ARRIVAL: Duration = Duration::from_secs(20);
/// Letters between two looks at who has the focus.
const LOOK_EVERY: usize = 8;

impl Stage<'_> {
    /// Opens an address and waits until it has loaded.
    pub(super) async fn open_address(&mut self, url: &str) -> Result<(), DriveError> {
        self.talk("opening an address", |page| self.driver.open(page, url)).await
    }

    /// Lets time pass, filming; ends early when the browser does.
    pub(super) async fn idle(&mut self, seconds: u32) -> Result<(), DriveError> {
        let end = tokio::time::Instant::now() + Duration::from_secs(seconds.into());
        loop {
            let every = match self.run.film_every_s {
                0 => Duration::from_secs(3600),
                s => Duration::from_secs(s.into()),
            };
            let next = end.min(tokio::time::Instant::now() + every);
            let Some(live) = &self.live else {
                tokio::time::sleep_until(end).await;
                return Ok(());
            };
            tokio::select! {
                () = tokio::time::sleep_until(next) => {}
                () = live.client.closed() => {
                    return Err(DriveError::Gone { what: "waiting".into() });
                }
            }
            if next == end {
                return Ok(());
            }
            self.film().await;
        }
    }

    /// Takes one frame of the film; a frame that fails is left out.
    pub(super) async fn film(&mut self) {
        if self.run.film_every_s == 0 {
            return;
        }
        let (bytes, kind) = match &self.display {
            Some(display) => (display.picture(), "png"),
            None => {
                let frame = self.talk("filming", |page| self.driver.frame(page));
                (
                    tokio::time::timeout(Duration::from_secs(3), frame)
                        .await
                        .ok()
                        .and_then(Result::ok),
                    "jpg",
                )
            }
        };
        if let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) {
            self.bench.save(&format!("film/{:016}.{kind}", self.bench.now().0), &bytes);
            self.frames += 1;
        }
    }

    /// Takes a picture at the end of a phase, of the whole screen where there is one.
    pub(super) async fn screenshot(&mut self, index: usize, phase: &str) {
        let bytes = match &self.display {
            Some(display) => display.picture(),
            None if self.live.is_some() => {
                self.talk("taking a picture", |page| self.driver.picture(page)).await.ok()
            }
            None => None,
        };
        if let Some(bytes) = bytes {
            self.bench.save(&format!("screens/{index:02}-{phase}.png"), &bytes);
        }
    }

    /// Types into the address bar, letter by letter. First the page gets the focus, then the address
    /// bar takes it away: so it is known to have it.
    pub(super) async fn type_text(&mut self, text: &str, enter: bool) -> Result<(), DriveError> {
        let Some(display) = self.display.take() else {
            let why = "there is no screen to type on".to_owned();
            return Err(DriveError::Hands { what: "typing".into(), why });
        };
        let hands = match self.live.as_ref().and_then(Live::window) {
            Some(window) => Hands::over(&display, window).await,
            None => Hands::on(&display, self.driver.window_class()).await,
        };
        let done = match &hands {
            Ok(hands) => self.type_with(hands, text).await,
            Err(_) => Ok(()),
        };
        let picture = display.picture();
        let sent = match (&hands, &done, enter) {
            (Ok(hands), Ok(()), true) => hands.press("Return").await,
            _ => Ok(()),
        };
        drop(hands.map(drop));
        self.display = Some(display);
        if let Some(bytes) = picture {
            self.bench.save(&format!("screens/typed-{:016}.png", self.bench.now().0), &bytes);
        }
        done?;
        sent?;
        if enter { self.arrived(text).await } else { Ok(()) }
    }

    async fn type_with(&self, hands: &Hands<'_>, text: &str) -> Result<(), DriveError> {
        hands.click(SIZE.0 / 2, SIZE.1 * 2 / 3).await?;
        self.page_focus(true).await?;
        hands.press("ctrl+l").await?;
        self.page_focus(false).await?;
        for (count, letter) in text.chars().enumerate() {
            if count % LOOK_EVERY == 0 {
                hands.has_focus().await?;
            }
            hands.letter(letter).await?;
        }
        hands.has_focus().await?;
        self.page_focus(false).await
    }

    /// Waits until the page has the focus, or has it no more.
    async fn page_focus(&self, wanted: bool) -> Result<(), DriveError> {
        let end = tokio::time::Instant::now() + FOCUS;
        loop {
            let has = self.talk("asking for the focus", |page| self.driver.page_has_focus(page));
            if has.await? == wanted {
                return Ok(());
            }
            if tokio::time::Instant::now() > end {
                let why = match wanted {
                    true => "the page does not take the keyboard's focus",
                    false => "the address bar does not take the keyboard's focus",
                };
                return Err(DriveError::Hands { what: "typing".into(), why: why.into() });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until what was typed has led somewhere: to the address, or away from `about:blank`.
    async fn arrived(&self, text: &str) -> Result<(), DriveError> {
        let wanted = text.split_once("://").map(|(_, rest)| rest);
        let end = tokio::time::Instant::now() + ARRIVAL;
        while tokio::time::Instant::now() < end {
            let shown = self.talk("asking for the address", |page| self.driver.location(page));
            // A page that is being replaced may not answer.
            let there = match (shown.await, wanted) {
                (Ok(shown), Some(wanted)) => shown.contains(wanted),
                (Ok(shown), None) => shown != "about:blank",
                (Err(error @ DriveError::Gone { .. }), _) => return Err(error),
                (Err(_), _) => false,
            };
            if there {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        Err(DriveError::TooSlow {
            what: "loading what was typed".into(),
            seconds: ARRIVAL.as_secs(),
        })
    }

    /// Clears browsing data by the browser's own means.
    pub(super) async fn clear(&mut self) -> Result<(), DriveError> {
        match self.driver.clearing() {
            Clearing::Talk(dialogue) => self.talk("clearing browsing data", |_| dialogue).await,
            Clearing::OnClose { set, set_back } => self.clear_on_close(set, set_back).await,
        }
    }

    /// Closes the browser once with the setting on, so that it clears, and starts it with it off.
    async fn clear_on_close(&mut self, set: Prefs, set_back: Prefs) -> Result<(), DriveError> {
        self.stop().await?;
        self.passing = set;
        let cleared = match self.start().await {
            Ok(()) => self.stop().await,
            Err(error) => Err(error),
        };
        self.passing = set_back;
        cleared?;
        self.start().await
    }
}
