//! A virtual screen (Xvfb) of our own: headed windows live on it, and pictures are taken of all of it,
//! address bar included.

use std::path::PathBuf;
use std::time::Duration;

use tokio::process::Command;

use crate::process::Running;
use crate::{DriveError, png};

/// Width and height of the screen in pixels.
pub(crate) const SIZE: (u32, u32) = (1200, 900);

/// A running virtual screen.
pub(crate) struct Display {
    name: String,
    /// Holds the picture memory.
    folder: tempfile::TempDir,
    /// Ends with this value.
    _server: Running,
}

impl Display {
    /// Starts a screen on the first free display number, which the server itself finds.
    pub(crate) async fn start() -> Result<Self, DriveError> {
        let missing = |_| DriveError::ToolMissing {
            program: "Xvfb",
            purpose: "typing into a headed window",
            package: "xvfb",
        };
        let folder = tempfile::tempdir().map_err(DriveError::file(&std::env::temp_dir()))?;
        let screen = format!("{}x{}x24", SIZE.0, SIZE.1);
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp", "-fbdir"]);
        command.arg(folder.path());
        let (server, mut lines) = Running::start(&mut command).map_err(missing)?;
        let number = async {
            while let Some(line) = lines.recv().await {
                if let Ok(number) = line.trim().parse::<u32>() {
                    return Some(number);
                }
            }
            None
        };
        let found = tokio::time::timeout(Duration::from_secs(20), number).await.ok().flatten();
        match found {
            Some(number) => Ok(Self { name: format!(":{number}"), folder, _server: server }),
            None => Err(DriveError::ToolFailed { program: "Xvfb", why: server.last_words() }),
        }
    }

    /// The value of DISPLAY.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A picture of the whole screen, as PNG.
    pub(crate) fn picture(&self) -> Option<Vec<u8>> {
        let file: PathBuf = self.folder.path().join("Xvfb_screen0");
        let bytes = std::fs::read(file).ok()?;
        let (width, height, pixels) = png::xwd(&bytes)?;
        Some(png::encode(width, height, &pixels))
    }
}
