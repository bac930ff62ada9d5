//! A case's folder.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use candor_case::{CaseFile, Run, Seeds};

use crate::text::{ClaimsFile, parse_case_file, parse_claims};
use crate::{EvidenceError, Result, RunDir, private, replace};

/// Files that people write are smaller than this, in bytes.
pub(crate) const TEXT_LIMIT: u64 = 64 << 20;

/// A case on disk.
#[derive(Clone, Debug)]
pub struct CaseDir {
    root: PathBuf,
}

impl CaseDir {
    /// Makes a case's folder, or opens the one that is there.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let root = path.as_ref().to_owned();
        for folder in [root.clone(), root.join("runs"), root.join("originals")] {
            private::create_dir_all(&folder).map_err(EvidenceError::io(&folder))?;
        }
        Ok(Self { root })
    }

    /// Opens a case: a folder with a `case.toml` or with runs.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let root = path.as_ref().to_owned();
        match fs::metadata(&root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(EvidenceError::NoSuchCase(root));
            }
            found => found.map_err(EvidenceError::io(&root))?,
        };
        if root.join("case.toml").is_file() || root.join("runs").is_dir() {
            Ok(Self { root })
        } else {
            Err(EvidenceError::NotACase(root))
        }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads `case.toml`; a case without one has an empty one.
    pub fn case_file(&self) -> Result<CaseFile> {
        match self.text("case.toml")? {
            Some((text, name)) => parse_case_file(&text, &name),
            None => Ok(CaseFile::default()),
        }
    }

    /// Writes `case.toml`.
    pub fn write_case_file(&self, file: &CaseFile) -> Result<()> {
        self.write("case.toml", &to_toml(file, "case.toml")?)
    }

    /// Reads `claims.toml`; `None` if there is none.
    pub fn claims(&self) -> Result<Option<ClaimsFile>> {
        let text = self.text("claims.toml")?;
        text.map(|(text, name)| parse_claims(&text, &name)).transpose()
    }

    /// Writes `claims.toml` as it is, comments and all.
    pub fn write_claims_text(&self, text: &str) -> Result<()> {
        self.write("claims.toml", text)
    }

    /// The runs, by name.
    pub fn runs(&self) -> Result<Vec<RunDir>> {
        let folder = self.root.join("runs");
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            entries => entries.map_err(EvidenceError::io(&folder))?,
        };
        let mut runs = Vec::new();
        for entry in entries {
            let path = entry.map_err(EvidenceError::io(&folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with('.') {
                runs.push(RunDir::new(path, name));
            }
        }
        runs.sort_by(|a, b| a.name().cmp(b.name()));
        Ok(runs)
    }

    /// Adds a run. One of that name that is there already is an error: runs are never replaced.
    pub fn add_run(&self, run: &Run, seeds: &Seeds) -> Result<RunDir> {
        let name = &run.id.0;
        if !is_run_name(name) {
            return Err(EvidenceError::RunName(name.clone()));
        }
        let folder = self.root.join("runs");
        private::create_dir_all(&folder).map_err(EvidenceError::io(&folder))?;
        let folder = folder.join(name);
        match private::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(EvidenceError::RunExists(name.clone()));
            }
            made => made.map_err(EvidenceError::io(&folder))?,
        }
        let added = RunDir::new(folder, name.clone());
        added.write_run(run)?;
        added.write_seeds(seeds)?;
        Ok(added)
    }

    /// Copies a file into `originals/`, under its own name or, if another file has that, one with
    /// a number. The same bytes are kept once.
    pub fn keep_original(&self, file: &Path) -> Result<PathBuf> {
        let folder = self.root.join("originals");
        private::create_dir_all(&folder).map_err(EvidenceError::io(&folder))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for number in 1.. {
            let kept = folder.join(numbered(&name, number));
            match private::create_new(&kept) {
                Ok(mut out) => {
                    let copied = File::open(file).and_then(|mut f| io::copy(&mut f, &mut out));
                    copied.map_err(|source| {
                        let _ = fs::remove_file(&kept);
                        EvidenceError::Io { path: file.to_owned(), source }
                    })?;
                    return Ok(kept);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if same(file, &kept).map_err(EvidenceError::io(file))? {
                        return Ok(kept);
                    }
                }
                Err(error) => return Err(EvidenceError::io(&kept)(error)),
            }
        }
        Ok(folder)
    }

    /// The copy in `originals/` of a file with these very bytes, if there is one, under whatever name.
    pub fn original_of(&self, file: &Path) -> Result<Option<PathBuf>> {
        let folder = self.root.join("originals");
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            entries => entries.map_err(EvidenceError::io(&folder))?,
        };
        let mut kept = Vec::new();
        for entry in entries {
            kept.push(entry.map_err(EvidenceError::io(&folder))?.path());
        }
        kept.sort();
        let size = fs::metadata(file).map_err(EvidenceError::io(file))?.len();
        for path in kept {
            let alike = fs::metadata(&path).is_ok_and(|own| own.is_file() && own.len() == size);
            if alike && same(file, &path).map_err(EvidenceError::io(&path))? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// Replaces `analysis/` by what `fill` writes into an empty folder. If it fails, the old one
    /// stays.
    pub fn replace_analysis(&self, fill: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
        let target = self.root.join("analysis");
        replace::folder(&target, fill).map_err(EvidenceError::io(&target))
    }

    /// Replaces `report/` in the same way.
    pub fn replace_report(&self, fill: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
        let target = self.root.join("report");
        replace::folder(&target, fill).map_err(EvidenceError::io(&target))
    }

    fn text(&self, name: &str) -> Result<Option<(String, String)>> {
        let path = self.root.join(name);
        match private::read_text(&path, TEXT_LIMIT) {
            Ok(text) => Ok(Some((text, path.display().to_string()))),
            Err(EvidenceError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        private::write_atomic(&self.root.join(name), text.as_bytes())
    }
}

/// Writes TOML; what cannot be said in TOML is an error that names the file.
pub(crate) fn to_toml<T: serde::Serialize>(value: &T, name: &str) -> Result<String> {
    toml::to_string(value).map_err(|error| EvidenceError::Io {
        path: name.into(),
        source: io::Error::new(io::ErrorKind::InvalidData, error),
    })
}

/// Whether a run's name can be a folder's: no separators, no control characters, no first dot.
fn is_run_name(name: &str) -> bool {
    let bad = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':');
    !name.is_empty() && name.len() <= 200 && !name.starts_with('.') && !name.contains(bad)
}

/// `a.har`, `a-2.har`, `a-3.har`, …
fn numbered(name: &str, number: u32) -> String {
    match (number, name.rsplit_once('.')) {
        (1, _) => name.to_owned(),
        (_, Some((stem, extension))) if !stem.is_empty() => format!("{stem}-{number}.{extension}"),
        _ => format!("{name}-{number}"),
    }
}

fn same(a: &Path, b: &Path) -> io::Result<bool> {
    Ok(crate::mapped::map(a)? == crate::mapped::map(b)?)
}
