//! Two windows of one browser: the private one is opened beside the normal one by the keys that its
//! user would press, and from then on either can be acted on.

use std::collections::BTreeSet;
use std::time::Duration;

use super::stage::{COMMAND, Live, Stage};
use crate::browsers::{NO_WINDOW, Page};
use crate::display::Display;
use crate::hands::{Hands, windows};
use crate::{DriveError, Mode};

/// How long a private window may take to be there.
const OPENING: Duration = Duration::from_secs(20);
/// Between two looks at whether it is.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Both windows, once there are two.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    normal: Side,
    private: Side,
}

/// One window: its page, and the number that X gave it.
#[derive(Clone, Debug)]
struct Side {
    page: Page,
    window: String,
}

impl Pair {
    fn side(&self, mode: Mode) -> &Side {
        if mode == Mode::Private { &self.private } else { &self.normal }
    }
}

impl Live {
    /// The X window that is acted on, where there are two.
    pub(super) fn window(&self) -> Option<&str> {
        let pair = self.pair.as_ref()?;
        let private = self.page == pair.private.page;
        Some(&pair.side(if private { Mode::Private } else { Mode::Normal }).window)
    }
}

impl Stage<'_> {
    /// Brings that window to the front and acts on it from now on.
    pub(super) async fn turn_to(&mut self, mode: Mode) -> Result<(), DriveError> {
        let Some(live) = &self.live else {
            return Err(DriveError::Gone { what: "turning to a window".into() });
        };
        let Some(display) = &self.display else {
            return Err(no_window("there is no screen to open a window on"));
        };
        let pair = match (&live.pair, mode) {
            (Some(pair), _) => pair.clone(),
            // The only window that there is.
            (None, Mode::Normal | Mode::Beside) => return Ok(()),
            (None, Mode::Private) => self.open_beside(live, display).await?,
        };
        let side = pair.side(mode).clone();
        Hands::over(display, &side.window).await?;
        if let Some(live) = &mut self.live {
            live.page = side.page;
            live.pair = Some(pair);
        }
        Ok(())
    }

    async fn open_beside(&self, live: &Live, display: &Display) -> Result<Pair, DriveError> {
        let class = self.driver.window_class();
        let before: BTreeSet<String> = windows(display, class).await?.into_iter().collect();
        let hands = Hands::on(display, class).await?;
        hands.press(self.driver.private_keys()).await?;
        let page = self.page_beside(live).await?;
        let after = windows(display, class).await?;
        let Some(window) = after.into_iter().find(|window| !before.contains(window)) else {
            return Err(no_window("the private window is not on the screen"));
        };
        let normal = Side { page: live.page.clone(), window: hands.window().to_owned() };
        Ok(Pair { normal, private: Side { page, window } })
    }

    /// The page of the private window, as soon as the browser says that it is there and private.
    async fn page_beside(&self, live: &Live) -> Result<Page, DriveError> {
        let end = tokio::time::Instant::now() + OPENING;
        loop {
            let dialogue = self.driver.attach_beside(&live.page);
            match live.client.hold("opening a private window", COMMAND, dialogue).await {
                Err(DriveError::Refused { words, .. })
                    if words == NO_WINDOW && tokio::time::Instant::now() < end =>
                {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                other => return other,
            }
        }
    }
}

fn no_window(why: &str) -> DriveError {
    DriveError::Hands { what: "opening a private window".into(), why: why.into() }
}
