//! Other people's readers, through Python.

use std::io::Write;
use std::process::{Command, Stdio};

/// What a Python program says of a text; `None` where there is no Python.
pub(crate) fn python(program: &str, text: &str) -> Option<String> {
    let mut child = match Command::new("python3")
        .args(["-I", "-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    {
        Ok(child) => child,
        Err(_) => {
            eprintln!("skipped: python3 is not installed");
            return None;
        }
    };
    // A reader that fails early closes its end; what it says then tells why.
    let _ = child.stdin.take().expect("is piped").write_all(text.as_bytes());
    let done = child.wait_with_output().expect("ends");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(String::from_utf8(done.stdout).expect("is UTF-8").replace("\r\n", "\n"))
}

/// Holds a text against the published schema of SARIF 2.1.0; `None` where nothing here can.
pub(crate) fn is_valid_sarif(text: &str) -> Option<()> {
    let validator = r#"
import json, sys
try:
    import jsonschema
except ImportError:
    print("absent"); sys.exit()
schema = json.load(open(SCHEMA, encoding="utf-8"))
log = json.load(sys.stdin)
check = jsonschema.validators.validator_for(schema)(schema)
check.validate(log)
for breach in ({**log, "version": "2.0.0"}, {**log, "runs": [{}]}, {**log, "surprise": 1}):
    assert not check.is_valid(breach)
print("valid")
"#;
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/sarif-schema-2.1.0.json");
    let validator = validator.replace("SCHEMA", &format!("{schema:?}"));
    let said = python(&validator, text)?;
    if said == "absent\n" {
        eprintln!("skipped: python3-jsonschema is not installed");
        return None;
    }
    assert_eq!(said, "valid\n");
    Some(())
}
