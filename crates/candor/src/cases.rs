//! Cases as commands see them: where they lie, and how one is read for showing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use candor_case::{Arm, CaseFile, Claim, Event, EventKind, Keys, Property, Question, Run, Seeds};
use candor_evidence::CaseDir;
use candor_report::View;
use serde::de::DeserializeOwned;

use crate::progress;

/// Questions that every case is asked, whatever its maker said.
const QUESTIONS: &str = include_str!("../data/questions.toml");

/// `./cases/<name>-<UTC>`, for commands that were given no place.
pub fn default_place(name: &str) -> PathBuf {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    PathBuf::from("cases").join(format!("{name}-{now}"))
}

/// Opens a case, or makes it, with a `case.toml` in which its person fills in the subject.
pub fn open_or_create(path: &Path) -> Result<CaseDir> {
    if path.exists() {
        return Ok(CaseDir::open(path)?);
    }
    let dir = CaseDir::create(path)?;
    let opened = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    dir.write_case_file(&CaseFile { opened, ..CaseFile::default() })?;
    Ok(dir)
}

/// Reminds people to say what a case is about, where nobody has.
pub fn remind(dir: &CaseDir) {
    if dir.case_file().is_ok_and(|file| file.subject.product.is_empty()) {
        let path = dir.root().join("case.toml");
        progress::say(&format!("say what is examined in {}", path.display()));
    }
}

/// What is judged, the digest of the text it was read from, and the keys that are known.
pub struct Asked {
    pub claims: Vec<Claim>,
    pub questions: Vec<Question>,
    pub digest: String,
    pub keys: Keys,
}

/// The claims and questions of a case: from `file`, else from the case. candor's own questions
/// stand in where there are none. Keys come from the case.
pub fn claims(dir: &CaseDir, file: Option<&Path>) -> Result<Asked> {
    let own = dir.root().join("claims.toml");
    let path = file.unwrap_or(&own);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if file.is_none() && error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(error).with_context(|| format!("{}: cannot be read", path.display()));
        }
    };
    let mut read = candor_evidence::parse_claims(&text, &path.display().to_string())?;
    if read.questions.is_empty() {
        read.questions = candor_evidence::parse_claims(QUESTIONS, "questions.toml")?.questions;
    }
    let keys = crate::keyfile::of_case(dir.root())?;
    let digest = digest(text.as_bytes());
    Ok(Asked { claims: read.claims, questions: read.questions, digest, keys })
}

/// A digest as runs carry it.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", candor_evidence::sha256_hex(bytes))
}

/// Digests of what is fixed before a run's first packet: the case's claims and this very program,
/// which carries its rules.
pub fn digests(dir: &CaseDir) -> Result<BTreeMap<String, String>> {
    let claims = std::fs::read(dir.root().join("claims.toml")).unwrap_or_default();
    let program = std::env::current_exe().context("this program's own file")?;
    let program = candor_evidence::map_file(&program).context("this program's own file")?;
    Ok([("claims", digest(&claims)), ("binary", digest(&program))]
        .map(|(key, value)| (key.to_owned(), value))
        .into())
}

/// Reads a case as it was last audited.
pub fn view(dir: &CaseDir) -> Result<View> {
    let mut view = outline(dir)?;
    let path = dir.root().join("analysis/observations.jsonl");
    let observations: Vec<candor_case::Observation> = jsonl(&path)?;
    view.carried = candor_report::carried(&view.identifiers, &observations);
    Ok(view)
}

/// The same without which requests carried which value: enough for tables, and by far the least to
/// read.
pub fn outline(dir: &CaseDir) -> Result<View> {
    let analysis = dir.root().join("analysis");
    if !analysis.join("verdicts.json").exists() {
        bail!("{}: not audited yet, run `candor audit {0}` first", dir.root().display());
    }
    let (mut runs, mut events, mut planted) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for run in dir.runs()? {
        let (happened, read) = (run.events()?.0, run.run()?);
        planted.insert(run.name().to_owned(), carried_out(&read, &run.seeds()?, &happened));
        events.insert(run.name().to_owned(), happened);
        runs.push(read);
    }
    Ok(View {
        name: name(dir),
        case: dir.case_file()?,
        runs,
        verdicts: json(&analysis.join("verdicts.json"))?,
        findings: jsonl(&analysis.join("findings.jsonl"))?,
        exhibits: jsonl(&analysis.join("exhibits.jsonl"))?,
        carried: vec![],
        identifiers: jsonl(&analysis.join("identifiers.jsonl"))?,
        coverage: json(&analysis.join("coverage.json"))?,
        links: jsonl(&analysis.join("links.jsonl"))?,
        events,
        planted,
        claims: jsonl(&analysis.join("claims.jsonl"))?,
        requests: jsonl(&analysis.join("requests.jsonl"))?,
    })
}

/// What was planted by actions that were seen to succeed, each with the arm it was planted in.
fn carried_out(run: &Run, seeds: &Seeds, events: &[Event]) -> BTreeSet<(Property, Arm)> {
    let succeeded = |id: &str| {
        events
            .iter()
            .any(|e| matches!(&e.kind, EventKind::Action { seed: Some(seed), .. } if seed == id))
    };
    let done = seeds.seeds.iter().filter(|seed| succeeded(&seed.id));
    done.map(|seed| (seed.property, seed.arm_in(run))).collect()
}

/// The path of a case as the user would type it again.
pub fn name(dir: &CaseDir) -> String {
    dir.root().display().to_string()
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let file = File::open(path).with_context(|| format!("{}", path.display()))?;
    serde_json::from_reader(BufReader::new(file))
        .with_context(|| format!("{}: audit the case again", path.display()))
}

fn jsonl<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let file =
        File::open(path).with_context(|| format!("{}: audit the case again", path.display()))?;
    let mut items = Vec::new();
    for (index, line) in BufReader::new(file).lines().enumerate() {
        let item = serde_json::from_str(&line?)
            .with_context(|| format!("{}:{}: audit the case again", path.display(), index + 1))?;
        items.push(item);
    }
    Ok(items)
}

/// A file's bytes, mapped where it can be so that its size does not matter.
pub fn map(path: &Path) -> Result<Bytes> {
    candor_evidence::map_file(path).with_context(|| format!("{}: cannot be read", path.display()))
}
