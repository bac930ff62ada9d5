//! Trust: the proxy's authority goes into the browser's own certificate store, as its user would put
//! it there. Checks are never switched off.

use std::path::Path;
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
