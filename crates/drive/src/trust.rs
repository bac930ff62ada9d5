//! Trust: the proxy's authority goes into the browser's own certificate store, as its user would put
//! it there. Checks are never switched off.
//!
//! Programs that a browser starts beside itself may look into the machine's store instead. They are
//! shown one with our authority in it, by a mount that only the browser and its children see.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::DriveError;

/// The name under which the authority stands in the store.
const NICKNAME: &str = "candor";

/// Lets the store in `folder` (NSS, SQLite form) trust the certificate in `pem` for web servers.
pub(crate) async fn trust(folder: &Path, pem: &Path) -> Result<(), DriveError> {
    std::fs::create_dir_all(folder).map_err(DriveError::file(folder))?;
    let store = format!("sql:{}", folder.display());
    if !folder.join("cert9.db").exists() {
        certutil(&["-N", "-d", &store, "--empty-password"]).await?;
    }
    let pem = pem.display().to_string();
    certutil(&["-A", "-d", &store, "-n", NICKNAME, "-t", "C,,", "-i", &pem]).await
}

/// The machine's store, as one file.
const SYSTEM: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Lays a copy of its first argument over its second, then becomes the rest.
const OVERLAY: &str = "mount --bind \"$0\" \"$1\" && shift && exec \"$@\"";

/// The machine's store with our authority added, for the browser's children alone.
#[derive(Clone, Debug)]
pub(crate) struct Overlay(PathBuf);

impl Overlay {
    /// Writes the store to `folder`. `None` where the machine has no such store or does not let us
    /// mount (that takes root).
    pub(crate) async fn make(folder: &Path, pem: &Path) -> Result<Option<Self>, DriveError> {
        let Ok(mut all) = std::fs::read(SYSTEM) else { return Ok(None) };
        all.push(b'\n');
        all.extend(std::fs::read(pem).map_err(DriveError::file(pem))?);
        let file = folder.join("ca-certificates.crt");
        std::fs::write(&file, all).map_err(DriveError::file(&file))?;
        let overlay = Self(file);
        let mut trial = overlay.command(Path::new("true"));
        let trial = trial.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let works = trial.kill_on_drop(true).status().await.is_ok_and(|status| status.success());
        Ok(works.then_some(overlay))
    }

    /// The command that becomes `program` with the store in place; arguments may follow.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", OVERLAY]).arg(&self.0).arg(SYSTEM).arg(program);
        command
    }
}

async fn certutil(arguments: &[&str]) -> Result<(), DriveError> {
    let out = Command::new("certutil")
        .args(arguments)
        // It would ask for a password and wait forever.
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|_| DriveError::ToolMissing {
            program: "certutil",
            purpose: "trusting the proxy's authority",
            package: "libnss3-tools",
        })?;
    if out.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&out.stderr).trim().to_owned();
    Err(DriveError::ToolFailed { program: "certutil", why })
}
