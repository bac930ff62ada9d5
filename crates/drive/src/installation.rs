//! The browser as installed: which program, which package, which version, which bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::process::Command;

use crate::DriveError;
use crate::browsers::Browser;

/// A browser that is installed on this machine.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Which browser.
    pub browser: Browser,
    /// The program as its user starts it.
    pub program: PathBuf,
    /// What it says of its version, such as `156.0.8078.79`.
    pub version: String,
    /// Package, digests and the program's own words, for `run.json`.
    pub facts: BTreeMap<String, String>,
}

impl Installation {
    /// Finds a browser: `program` if the operator names one, else by name on the PATH.
    ///
    /// Asks it for its version (it prints and ends, without any network) and reads the digests of its
    /// main files, so this takes a second or two: once per case is enough.
    pub async fn find(browser: Browser, program: Option<&Path>) -> Result<Self, DriveError> {
        let facts = browser.driver().facts();
        let missing = DriveError::NotInstalled { browser: facts.name, package: facts.package };
        let named = program.map(Path::to_owned).filter(|path| path.is_file());
        let found = match program {
            Some(_) => named,
            None => facts.programs.iter().find_map(|name| on_path(name)),
        };
        let program = found.ok_or(missing)?;
        let said = version_of(&program).await;
        let version =
            said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let version = version.unwrap_or_default().to_owned();
        let mut facts = BTreeMap::from([
            ("browser".to_owned(), browser.name().to_owned()),
            ("browser.program".to_owned(), program.display().to_string()),
            ("browser.says".to_owned(), said),
        ]);
        facts.extend(package_of(&program).await.map(|words| ("browser.package".to_owned(), words)));
        facts.extend(digests(&program));
        Ok(Self { browser, program, version, facts })
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

async fn version_of(program: &Path) -> String {
    let home = tempfile::tempdir().ok();
    let mut command = Command::new(program);
    command.arg("--version").kill_on_drop(true);
    if let Some(home) = &home {
        command.env("HOME", home.path());
    }
    first_line(command).await.unwrap_or_default()
}

/// `name version` of the Debian package that has the program.
async fn package_of(program: &Path) -> Option<String> {
    let real = std::fs::canonicalize(program).ok()?;
    let mut search = Command::new("dpkg-query");
    search.arg("-S").arg(real);
    let owner = first_line(search).await?;
    let (name, _) = owner.split_once(':')?;
    let mut show = Command::new("dpkg-query");
    show.args(["-W", "-f", "${Package} ${Version}", name]);
    first_line(show).await
}

async fn first_line(mut command: Command) -> Option<String> {
    let out = command.kill_on_drop(true).output().await.ok()?;
    let text = String::from_utf8_lossy(&out.stdout);
    out.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

/// Digests of the program and, where it only starts another file, of that one too.
fn digests(program: &Path) -> BTreeMap<String, String> {
    let real = std::fs::canonicalize(program).unwrap_or_else(|_| program.to_owned());
    let mut files = vec![real.clone()];
    if let Some(folder) = real.parent() {
        files.push(folder.join("libxul.so"));
    }
    if let Some(name) = real.file_name() {
        files.push(Path::new("/usr/lib").join(name).join(name));
    }
    files.sort();
    files.dedup();
    let digest = |file: PathBuf| Some((format!("sha256:{}", file.display()), sha256(&file)?));
    files.into_iter().filter_map(digest).collect()
}

/// The digest of a file in lower-case hex.
fn sha256(path: &Path) -> Option<String> {
    use std::io::Read;
    let mut file = std::fs::File::open(path).ok()?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).ok()? {
            0 => return Some(data_encoding::HEXLOWER.encode(&digest.finalize())),
            n => digest.update(buffer.get(..n)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_sha256() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        std::fs::write(&file, "abc").unwrap();
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&file).as_deref(), Some(expected));
        assert_eq!(sha256(&folder.path().join("missing")), None);
    }

    #[tokio::test]
    async fn a_missing_browser_says_how_to_install_it() {
        let nowhere = Path::new("/nowhere/chromium");
        let error = Installation::find(Browser::Chromium, Some(nowhere)).await.unwrap_err();
        let words = "chromium is not installed: sudo apt-get install -y chromium";
        assert_eq!(error.to_string(), words);
    }
}
