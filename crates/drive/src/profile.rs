//! What a browser remembers: its own data and the HOME it lives in, fresh or taken over from the run
//! that is continued.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use candor_case::RunId;

use crate::{DriveError, PlannedRun};

/// One browser's state on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    root: PathBuf,
}

impl Profile {
    /// The state that lies in `root`, or will.
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder that holds all of it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The HOME of the browser's processes.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// The browser's own data.
    pub(crate) fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// Where the browser's processes put what passes.
    pub(crate) fn passing(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Makes the folders.
    pub(crate) fn prepare(&self) -> Result<(), DriveError> {
        for folder in [self.home(), self.data(), self.passing(), self.root.join("runtime")] {
            use std::os::unix::fs::DirBuilderExt;
            let mut builder = std::fs::DirBuilder::new();
            builder
                .recursive(true)
                .mode(0o700)
                .create(&folder)
                .map_err(DriveError::file(&folder))?;
        }
        Ok(())
    }
}

/// The states of a case's browsers, by run.
#[derive(Debug)]
pub struct Profiles {
    base: PathBuf,
    known: BTreeMap<RunId, Profile>,
}

impl Profiles {
    /// Keeps states below `base`, which should be a fresh folder with a short path.
    pub fn new(base: PathBuf) -> Self {
        Self { base, known: BTreeMap::new() }
    }

    /// The state for a run: fresh, or a copy of the one it inherits, so that several runs can
    /// continue the same one. A run whose parent was never made starts afresh.
    pub fn open(&mut self, run: &PlannedRun) -> Result<Profile, DriveError> {
        let profile = Profile::at(self.base.join(&run.run.id.0));
        profile.prepare()?;
        if let Some(parent) = run.inherits.as_ref().and_then(|parent| self.known.get(parent)) {
            copy(&parent.root, &profile.root)?;
        }
        self.known.insert(run.run.id.clone(), profile.clone());
        Ok(profile)
    }

    /// Forgets and deletes the state of a run that nobody will continue.
    pub fn discard(&mut self, run: &RunId) {
        if let Some(profile) = self.known.remove(run) {
            let _ = std::fs::remove_dir_all(profile.root());
        }
    }
}

/// Copies files and folders; sockets and locks of a browser that has ended are left behind.
fn copy(from: &Path, to: &Path) -> Result<(), DriveError> {
    std::fs::create_dir_all(to).map_err(DriveError::file(to))?;
    for entry in std::fs::read_dir(from).map_err(DriveError::file(from))? {
        let entry = entry.map_err(DriveError::file(from))?;
        let (kind, source) = (entry.file_type().map_err(DriveError::file(from))?, entry.path());
        let target = to.join(entry.file_name());
        if kind.is_dir() {
            copy(&source, &target)?;
        } else if kind.is_file() {
            std::fs::copy(&source, &target).map_err(DriveError::file(&source))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_leaves_locks_behind() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::create_dir_all(from.join("data")).unwrap();
        std::fs::write(from.join("data/prefs.js"), "x").unwrap();
        std::os::unix::fs::symlink("host-1", from.join("data/SingletonLock")).unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(std::fs::read_to_string(to.join("data/prefs.js")).unwrap(), "x");
        assert!(to.join("data/SingletonLock").symlink_metadata().is_err());
    }
}
