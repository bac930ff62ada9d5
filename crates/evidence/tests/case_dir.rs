//! The case folder: runs are added, never replaced; files say where they are wrong.

use std::fs;

use candor_case::*;
use candor_evidence::{CaseDir, EvidenceError, Record, RunDir, Side, WriterOptions};

fn run(name: &str) -> Run {
    Run { id: RunId(name.into()), device: "phone".into(), ..Run::default() }
}

#[test]
fn runs_are_added_and_never_replaced() {
    let folder = tempfile::tempdir().expect("folder");
    let case = CaseDir::create(folder.path().join("a/case")).expect("case");
    for name in ["b", "a.1"] {
        case.add_run(&run(name), &Seeds::default()).expect("added");
    }
    let again = case.add_run(&run("b"), &Seeds::default()).expect_err("there already");
    assert!(matches!(again, EvidenceError::RunExists(_)), "{again}");
    for name in ["", ".", "..", "a/b", "..\\b", ".hidden", "a\nb", "c:"] {
        let refused = case.add_run(&run(name), &Seeds::default()).expect_err("no name");
        assert!(matches!(refused, EvidenceError::RunName(_)), "{name}: {refused}");
    }
    let runs = CaseDir::open(case.root()).expect("opens").runs().expect("lists");
    assert_eq!(runs.iter().map(|run| run.name()).collect::<Vec<_>>(), ["a.1", "b"]);
    let read = runs[1].run().expect("reads");
    assert_eq!((read.device.as_str(), read.schema.as_str()), ("phone", "candor.run/1"));
}

#[test]
fn only_a_case_opens_as_one() {
    let folder = tempfile::tempdir().expect("folder");
    let error = CaseDir::open(folder.path()).expect_err("empty");
    assert!(matches!(error, EvidenceError::NotACase(_)), "{error}");
    assert!(CaseDir::open(folder.path().join("none")).is_err());
    fs::write(folder.path().join("case.toml"), "question = \"\"").expect("writes");
    assert!(CaseDir::open(folder.path()).expect("opens").runs().expect("lists").is_empty());
}

#[test]
fn texts_are_read_back_and_errors_name_file_line_and_column() {
    let folder = tempfile::tempdir().expect("folder");
    let case = CaseDir::create(folder.path()).expect("case");
    assert_eq!(case.case_file().expect("none is empty"), CaseFile::default());
    assert_eq!(case.claims().expect("none"), None);
    let file = CaseFile { question: "does it?".into(), ..CaseFile::default() };
    case.write_case_file(&file).expect("writes");
    assert_eq!(case.case_file().expect("reads"), file);
    case.write_claims_text("\nclaims = 1\n").expect("writes");
    let error = case.claims().expect_err("unknown key").to_string();
    assert!(error.contains("claims.toml:2:1: unknown field `claims`"), "{error}");
    fs::write(folder.path().join("case.toml"), b"question = \"\xff\"").expect("writes");
    let error = case.case_file().expect_err("bytes").to_string();
    assert!(error.ends_with("case.toml:1:13: not UTF-8"), "{error}");
    let added = case.add_run(&run("a"), &Seeds::default()).expect("added");
    fs::write(added.path().join("run.json"), "{\n  \"device\": 3\n}").expect("writes");
    let error = added.run().expect_err("wrong type").to_string();
    assert!(error.contains("run.json:2:"), "{error}");
}

#[test]
fn seeds_are_appended() {
    let folder = tempfile::tempdir().expect("folder");
    let case = CaseDir::create(folder.path()).expect("case");
    let seed = |id: &str| Seed {
        id: id.into(),
        value: "https://a.candor.test/\"x".into(),
        property: Property::BrowsingUrl,
        sites: Some(vec!["candor.test".into()]),
        run: None,
        arm: None,
        phase: Some("visit".into()),
    };
    let added = case.add_run(&run("a"), &Seeds { seeds: vec![seed("1")] }).expect("added");
    added.append_seed(&seed("2")).expect("appends");
    assert_eq!(added.seeds().expect("reads").seeds, [seed("1"), seed("2")]);
    added.append_seed(&seed("2")).expect("appends");
    let error = added.seeds().expect_err("repeated").to_string();
    assert!(error.contains("the id `2` is already taken"), "{error}");
}

#[test]
fn originals_are_kept_once_and_never_overwritten() {
    let folder = tempfile::tempdir().expect("folder");
    let case = CaseDir::create(folder.path().join("case")).expect("case");
    let (one, two) = (folder.path().join("1/x.har"), folder.path().join("2/x.har"));
    for (file, text) in [(&one, "one"), (&two, "two")] {
        fs::create_dir(file.parent().expect("folder")).expect("makes");
        fs::write(file, text).expect("writes");
    }
    let kept = case.keep_original(&one).expect("keeps");
    assert_eq!(kept, case.keep_original(&one).expect("keeps"));
    let other = case.keep_original(&two).expect("keeps");
    assert_eq!(other.file_name().expect("name"), "x-2.har");
    assert_eq!(fs::read_to_string(kept).expect("reads"), "one");
    assert!(case.keep_original(&folder.path().join("none.har")).is_err());
}

#[test]
#[cfg(unix)]
fn nobody_else_can_read_a_recording() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("folder");
    let case = CaseDir::create(folder.path().join("case")).expect("case");
    let added = case.add_run(&run("a"), &Seeds::default()).expect("added");
    let writer = added.writer(WriterOptions::default()).expect("writer");
    writer.event(&Event { at: UnixMicros(0), kind: EventKind::Stopped });
    writer.close().expect("written");
    let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode();
    for folder in [case.root(), &case.root().join("runs"), added.path()] {
        assert_eq!(mode(folder) & 0o777, 0o700, "{}", folder.display());
    }
    for entry in fs::read_dir(added.path()).expect("lists") {
        let path = entry.expect("entry").path();
        assert_eq!(mode(&path) & 0o777, 0o600, "{}", path.display());
    }
}

/// A disk that is full, as Linux provides one: the recorder goes on and says so at the end.
#[test]
#[cfg(target_os = "linux")]
fn what_could_not_be_written_is_reported_at_the_end() {
    let folder = tempfile::tempdir().expect("folder");
    let case = CaseDir::create(folder.path()).expect("case");
    let added = case.add_run(&run("a"), &Seeds::default()).expect("added");
    std::os::unix::fs::symlink("/dev/full", added.path().join("events.jsonl")).expect("links");
    let writer = added.writer(WriterOptions::default()).expect("writer");
    writer.event(&Event { at: UnixMicros(0), kind: EventKind::Stopped });
    let error = writer.close().expect_err("full").to_string();
    assert!(error.contains("events.jsonl") && error.contains("not complete"), "{error}");
}

fn head(id: &str) -> Exchange {
    Exchange {
        id: ExchangeId(id.into()),
        run: RunId("a".into()),
        started: UnixMicros(0),
        connection: None,
        protocols: vec![],
        kind: ExchangeKind::Http,
        request: Request {
            method: "PUT".into(),
            url: "https://a.candor.test/".into(),
            headers: vec![Header::new("Transfer-Encoding", "chunked")],
            body: Body::empty(Provenance::Wire),
            trailers: vec![],
        },
        response: None,
        origin: Origin::Proxied,
    }
}

fn answer() -> Response {
    let body = Body::whole("answer", Provenance::Proxied);
    Response { status: 200, headers: vec![], body, trailers: vec![] }
}

/// Leaves an exchange in the spool as a crash does; `ends` says how many sides had ended.
fn leave_in_spool(added: &RunDir, ends: usize) {
    let options = WriterOptions { spool_over: 4, ..WriterOptions::default() };
    let open = added.writer(options).expect("writer").open(head("one"));
    open.chunk(Side::Request, &"request".into());
    if ends > 0 {
        open.end(Side::Request, vec![Header::new("T", "1")], true);
    }
    open.response(answer());
    std::mem::forget(open);
}

/// A spool that a crash left is read without touching the run.
#[test]
fn a_leftover_spool_is_read_as_an_exchange() {
    for ends in [0, 1] {
        let folder = tempfile::tempdir().expect("folder");
        let case = CaseDir::create(folder.path()).expect("case");
        let added = case.add_run(&run("a"), &Seeds::default()).expect("added");
        leave_in_spool(&added, ends);
        let read: Vec<_> = added.records().expect("reads").collect();
        let [Record::Exchange(exchange)] = &read[..] else { panic!("{read:?}") };
        let missing = (ends == 0).then_some(Missing::Truncated);
        assert_eq!(&exchange.request.body.bytes[..], b"request");
        assert_eq!(exchange.request.body.missing, missing);
        assert_eq!(exchange.request.trailers.len(), ends);
        let response = exchange.response.as_ref().expect("head was seen");
        assert_eq!(&response.body.bytes[..], b"answer");
        assert_eq!(response.body.missing, Some(Missing::Truncated));
        assert_eq!(fs::read_dir(added.path().join("spool")).expect("lists").count(), 3);
    }
}

/// A crash while the spool was copied: the exchange is read once, from where it is whole.
#[test]
fn a_copy_that_was_cut_is_read_from_the_spool() {
    let whole = Exchange { response: Some(answer()), ..head("one") };
    let whole = Exchange {
        request: Request { body: Body::whole("request", Provenance::Wire), ..whole.request },
        ..whole
    };
    let response_block = 60;
    for (cut, from_spool) in [(0, false), (10, true), (response_block + 500, true)] {
        let folder = tempfile::tempdir().expect("folder");
        let case = CaseDir::create(folder.path()).expect("case");
        let added = case.add_run(&run("a"), &Seeds::default()).expect("added");
        leave_in_spool(&added, 1);
        let writer = added.writer(WriterOptions::default()).expect("writer");
        writer.append(&whole);
        writer.close().expect("written");
        let segment = &added.segments()[0];
        let bytes = fs::read(segment).expect("reads");
        fs::write(segment, &bytes[..bytes.len() - cut]).expect("writes");
        let exchanges = added.records().expect("reads").filter_map(|record| match record {
            Record::Exchange(exchange) => Some(exchange),
            Record::Gap(_) => None,
        });
        let exchanges: Vec<_> = exchanges.collect();
        assert_eq!(exchanges.len(), 1, "cut by {cut}");
        // Only what comes from the spool has the trailer.
        assert_eq!(!exchanges[0].request.trailers.is_empty(), from_spool, "cut by {cut}");
        assert!(exchanges[0].response.is_some());
    }
}
