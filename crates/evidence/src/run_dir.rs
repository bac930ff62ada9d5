//! A run's folder.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use candor_case::{Event, Gap, Run, RunId, Seed, Seeds};

use crate::case_dir::{TEXT_LIMIT, to_toml};
use crate::text::{error_at, parse_seeds};
use crate::writer::{RunWriter, WriterOptions};
use crate::{EvidenceError, Records, Result, events, form, private};

/// One run of a case on disk.
#[derive(Clone, Debug)]
pub struct RunDir {
    path: PathBuf,
    name: String,
}

impl RunDir {
    pub(crate) fn new(path: PathBuf, name: String) -> Self {
        Self { path, name }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's name, which is also the folder's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The run's name.
    pub fn id(&self) -> RunId {
        RunId(self.name.clone())
    }

    /// Reads `run.json`. The run's name is the folder's, whatever the file says.
    pub fn run(&self) -> Result<Run> {
        let path = self.path.join("run.json");
        let text = private::read_text(&path, TEXT_LIMIT)?;
        let mut run: Run = serde_json::from_str(&text).map_err(|error| {
            let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
            let before: usize = lines.map(str::len).sum();
            let at = before + error.column().saturating_sub(1);
            error_at(&path.display().to_string(), &text, at, &format!("no run: {error}"))
        })?;
        run.id = self.id();
        Ok(run)
    }

    /// Writes `run.json`.
    pub fn write_run(&self, run: &Run) -> Result<()> {
        let path = self.path.join("run.json");
        let mut run = run.clone();
        run.id = self.id();
        if run.schema.is_empty() {
            run.schema = "candor.run/1".into();
        }
        let mut json = serde_json::to_vec_pretty(&run)
            .map_err(|error| EvidenceError::io(&path)(error.into()))?;
        json.push(b'\n');
        private::write_atomic(&path, &json)
    }

    /// Reads `seeds.toml`; a run without one has no seeds.
    pub fn seeds(&self) -> Result<Seeds> {
        let path = self.path.join("seeds.toml");
        match private::read_text(&path, TEXT_LIMIT) {
            Ok(text) => parse_seeds(&text, &path.display().to_string()),
            Err(EvidenceError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(Seeds::default())
            }
            Err(error) => Err(error),
        }
    }

    /// Writes `seeds.toml`.
    pub fn write_seeds(&self, seeds: &Seeds) -> Result<()> {
        let text = to_toml(seeds, "seeds.toml")?;
        private::write_atomic(&self.path.join("seeds.toml"), text.as_bytes())
    }

    /// Adds one seed to `seeds.toml`, right before it is planted.
    pub fn append_seed(&self, seed: &Seed) -> Result<()> {
        let path = self.path.join("seeds.toml");
        let text = to_toml(&Seeds { seeds: vec![seed.clone()] }, "seeds.toml")?;
        let append = || private::append(&path)?.write_all(format!("\n{text}").as_bytes());
        append().map_err(EvidenceError::io(&path))
    }

    /// Reads the events in order. A line that is damaged or torn becomes a gap.
    pub fn events(&self) -> Result<(Vec<Event>, Vec<Gap>)> {
        let path = self.path.join(events::FILE);
        events::read(&path).map_err(EvidenceError::io(&path))
    }

    /// Reads the exchanges of all segments, then what a crash left in the spool. Bodies borrow
    /// from mapped files. Every block is checked against the digest written with it.
    pub fn records(&self) -> Result<Records> {
        Ok(Records::new(&self.path, self.id(), self.find_segments()?, true))
    }

    /// The same without checking digests, for when they have been checked already.
    pub fn records_unchecked(&self) -> Result<Records> {
        Ok(Records::new(&self.path, self.id(), self.find_segments()?, false))
    }

    /// The segments, in the order of their names.
    pub fn segments(&self) -> Vec<PathBuf> {
        self.find_segments().unwrap_or_default()
    }

    /// Opens the run for writing. A run can be written to again; new segments are added.
    pub fn writer(&self, options: WriterOptions) -> Result<RunWriter> {
        RunWriter::start(&self.path, self.id(), options)
    }

    fn find_segments(&self) -> Result<Vec<PathBuf>> {
        let entries = fs::read_dir(&self.path).map_err(EvidenceError::io(&self.path))?;
        let mut segments = Vec::new();
        for entry in entries {
            let path = entry.map_err(EvidenceError::io(&self.path))?.path();
            if path.extension().is_some_and(|extension| extension == form::SEGMENT) {
                segments.push(path);
            }
        }
        segments.sort();
        Ok(segments)
    }
}
