//! Programs that a test needs and may find missing.
#![allow(unreachable_pub, dead_code, reason = "each test file uses its own part")]

/// Whether all of them are on the PATH; where not, a line says which, and that a test is skipped.
pub fn are_there(programs: &[&str]) -> bool {
    let missing: Vec<_> = programs.iter().filter(|program| !is_there(program)).collect();
    if !missing.is_empty() {
        eprintln!("skipped: {missing:?} not installed");
    }
    missing.is_empty()
}

/// Whether a program is on the PATH.
pub fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
