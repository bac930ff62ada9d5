//! Hands on the keyboard of a virtual screen (xdotool): letter by letter into the address bar, after
//! it was made sure who has the focus.

use std::time::Duration;

use tokio::process::Command;

use crate::DriveError;
use crate::display::Display;

/// Between two letters: a brisk typist.
const PACE: Duration = Duration::from_millis(110);

/// The keyboard of one window.
pub(crate) struct Hands<'a> {
    display: &'a Display,
    window: String,
}

impl<'a> Hands<'a> {
    /// Finds the browser's largest window, gives it the focus and makes sure that it has it.
    pub(crate) async fn on(display: &'a Display, class: &str) -> Result<Self, DriveError> {
        let mut largest = None;
        for window in windows(display, class).await? {
            let geometry = ask(display, &["getwindowgeometry", "--shell", &window]).await?;
            largest = largest.max(Some((area(&geometry), window)));
        }
        let Some((_, window)) = largest else {
            return Err(hands("no window of the browser is on the screen"));
        };
        Self::over(display, &window).await
    }

    /// Brings a window to the front, gives it the focus and makes sure that it has it.
    pub(crate) async fn over(display: &'a Display, window: &str) -> Result<Self, DriveError> {
        ask(display, &["windowraise", window, "windowfocus", "--sync", window]).await?;
        let hands = Self { display, window: window.to_owned() };
        hands.has_focus().await?;
        Ok(hands)
    }

    /// The window that it lies on.
    pub(crate) fn window(&self) -> &str {
        &self.window
    }

    /// Fails unless the window still has the focus.
    pub(crate) async fn has_focus(&self) -> Result<(), DriveError> {
        let focused = ask(self.display, &["getwindowfocus", "-f"]).await?;
        match focused.trim() == self.window {
            true => Ok(()),
            false => Err(hands("another window has the keyboard's focus")),
        }
    }

    /// Presses one key or combination, such as `ctrl+l`.
    pub(crate) async fn press(&self, key: &str) -> Result<(), DriveError> {
        ask(self.display, &["key", "--clearmodifiers", key]).await.map(drop)
    }

    /// Clicks into the page.
    pub(crate) async fn click(&self, x: u32, y: u32) -> Result<(), DriveError> {
        let (x, y) = (x.to_string(), y.to_string());
        // Its `--sync` would wait forever where the pointer is there already.
        ask(self.display, &["mousemove", &x, &y, "click", "1"]).await.map(drop)
    }

    /// Types one letter, at a person's pace.
    pub(crate) async fn letter(&self, letter: char) -> Result<(), DriveError> {
        let text = letter.to_string();
        ask(self.display, &["type", "--delay", "0", "--", &text]).await?;
        tokio::time::sleep(PACE).await;
        Ok(())
    }
}

/// The browser's windows on the screen, as X numbers them.
pub(crate) async fn windows(display: &Display, class: &str) -> Result<Vec<String>, DriveError> {
    let found = ask(display, &["search", "--onlyvisible", "--class", class]).await?;
    Ok(found.split_whitespace().map(str::to_owned).collect())
}

/// Width times height, from xdotool's `WIDTH=` and `HEIGHT=` lines.
fn area(geometry: &str) -> u64 {
    let side = |name: &str| {
        let line = geometry.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|value| value.trim().parse::<u64>().ok()).unwrap_or(0)
    };
    side("WIDTH=").saturating_mul(side("HEIGHT="))
}

fn hands(why: &str) -> DriveError {
    DriveError::Hands { what: "typing".into(), why: why.into() }
}

async fn ask(display: &Display, arguments: &[&str]) -> Result<String, DriveError> {
    let mut command = Command::new("xdotool");
    command.args(arguments).env("DISPLAY", display.name()).kill_on_drop(true);
    let done = tokio::time::timeout(Duration::from_secs(10), command.output());
    let Ok(done) = done.await else {
        return Err(hands("xdotool does not come back"));
    };
    let out = done.map_err(|_| DriveError::ToolMissing {
        program: "xdotool",
        purpose: "typing into the address bar",
        package: "xdotool",
    })?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    Err(hands(String::from_utf8_lossy(&out.stderr).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_read() {
        assert_eq!(area("WINDOW=1\nX=0\nY=0\nWIDTH=20\nHEIGHT=30\nSCREEN=0\n"), 600);
        assert_eq!(area("nothing"), 0);
    }
}
