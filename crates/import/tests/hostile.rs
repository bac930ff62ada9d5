//! Strangers' bytes: whatever a file holds, the import ends, in bounded memory, without a panic.

use std::io::Write;
use std::path::Path;

use bytes::Bytes;
use candor_case::{ExchangeKind, RunId};
use candor_import::{ImportError, ImportSummary, Imported, import};
use proptest::prelude::*;

/// Imports and touches everything that came out.
fn run(bytes: impl Into<Bytes>, name: &str) -> Result<ImportSummary, ImportError> {
    let run = RunId("one".into());
    let mut ids = std::collections::BTreeSet::new();
    import(bytes.into(), name, &run, &mut |imported| {
        if let Imported::Exchange(exchange) = imported
            && let ExchangeKind::Http = exchange.kind
        {
            ids.insert(exchange.id.0);
        }
    })
}

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)).expect("fixture")
}

#[test]
fn nesting_needs_no_stack() {
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let lists = deep("[", "]");
    let maps = deep("{\"a\":", "}").replace(":}", ":1}");
    for nested in [&lists, &maps] {
        let entry = |what: &str| {
            format!("{{\"log\":{{\"x\":{nested},\"entries\":[{{\"request\":{what}}}]}}}}")
        };
        assert!(run(entry(nested), "x.har").is_err());
        let inside = "{\"url\":\"https://a.candor.test/\",\"headers\":N,\"postData\":{\"text\":N}}";
        let read = run(entry(&inside.replace('N', nested)), "x.har").expect("imports");
        assert_eq!(read.exchanges, 1);
        assert!(run(format!("{{\"log\":{nested}}}"), "x.har").is_err());
        assert!(run(nested.clone(), "x.har").is_err());
    }
}

/// Bytes that all live at once, at most, while `work` runs.
#[cfg(target_os = "linux")]
fn peak_over(work: impl FnOnce()) -> u64 {
    let read = |field: &str| -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").expect("status");
        let line = status.lines().find(|line| line.starts_with(field)).expect("field");
        line.split_whitespace().nth(1).expect("number").parse::<u64>().expect("number") << 10
    };
    let before = read("VmRSS");
    work();
    read("VmHWM").saturating_sub(before)
}

/// One test for both, as the peak is that of the whole process.
#[test]
#[cfg(target_os = "linux")]
fn large_files_need_little_memory() {
    const LARGE: usize = 300 << 20;
    let mut line =
        b"{\"log\":{\"entries\":[{\"request\":{\"url\":\"https://a.candor.test/\",".to_vec();
    line.extend_from_slice(b"\"method\":\"POST\",\"postData\":{\"text\":\"");
    line.resize(LARGE, b'a');
    line.extend_from_slice(b"\"}}}]}}");
    let line = Bytes::from(line);
    let over = peak_over(|| {
        assert_eq!(run(line.clone(), "x.har").expect("imports").exchanges, 1);
        let cut = run(line.slice(..LARGE), "x.har");
        assert!(matches!(cut, Err(ImportError::NotJson { .. })));
    });
    assert!(over < 40 << 20, "a line of 300 MB took {} MB more", over >> 20);
    drop(line);
    let bomb = bomb();
    let over = peak_over(|| {
        let read = run(bomb, "x.warc.gz").expect("imports");
        assert_eq!(read.exchanges, 1);
        assert!(read.gaps >= 1);
    });
    assert!(over < 1_200 << 20, "a bomb took {} MB more", over >> 20);
}

/// A compressed WARC whose only record inflates to 2 GiB.
fn bomb() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    let head = b"WARC/1.1\r\nWARC-Type: request\r\nContent-Length: 2147483648\r\n\r\n\
                 POST / HTTP/1.1\r\nHost: a.candor.test\r\n\r\n";
    encoder.write_all(head).expect("memory");
    let zeros = vec![0; 1 << 20];
    for _ in 0..2_048 {
        encoder.write_all(&zeros).expect("memory");
    }
    encoder.finish().expect("memory")
}

#[test]
fn odd_but_valid_values_do_no_harm() {
    for value in ["1e999", "-1", "null", "\"\\ud800\"", "[[]]", "{\"name\":{}}", "true", "\"\""] {
        let file = format!(
            "{{\"log\":{{\"creator\":{value},\"browser\":{value},\"_tlsErrors\":[{value}],\"entries\":[
            {{\"startedDateTime\":{value},\"request\":{{\"url\":\"ws://a.candor.test\",\"method\":{value},
            \"headers\":[{value},{{\"name\":{value},\"value\":{value}}}],\"bodySize\":{value},
            \"postData\":{value},\"_content\":{{\"text\":{value},\"encoding\":{value}}},
            \"_requestBodyStatus\":{value},\"_trailers\":{value}}},\"response\":{{\"status\":{value},
            \"content\":{value},\"headers\":{value},\"_error\":{value}}},\"connection\":{value},
            \"_webSocketMessages\":[{value},{{\"type\":\"send\",\"opcode\":{value},\"time\":{value},
            \"data\":{value}}}]}}]}}}}"
        );
        let read = run(file, "x.har").unwrap_or_else(|error| panic!("{value}: {error}"));
        assert_eq!(read.exchanges, 1, "{value}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..300), name in "x\\.(har|warc|warc\\.gz)") {
        let _ = run(bytes, &name);
    }

    #[test]
    fn damaged_files_end(
        which in 0..5_usize, at in any::<prop::sample::Index>(), to in any::<[u8; 3]>(),
        cut in any::<prop::sample::Index>(), cuts in any::<bool>(),
    ) {
        let names = [
            "har/chrome.har", "har/odd.har", "har/mitmproxy.har",
            "samples/sensors_python.warc", "samples/mixpanel.warc",
        ];
        let mut bytes = fixture(names[which]);
        let at = at.index(bytes.len() - 3);
        bytes[at..at + 3].copy_from_slice(&to);
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = run(bytes.clone(), names[which]);
        let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
        encoder.write_all(&bytes).expect("memory");
        let mut zipped = encoder.finish().expect("memory");
        let at = at % zipped.len();
        zipped[at] ^= to[0];
        let _ = run(zipped, names[which]);
    }
}
