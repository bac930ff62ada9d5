//! Programs that a plan needs beside the browser, looked for before its first run.

use std::ffi::OsStr;

use crate::{DriveError, PlannedRun, Step, Window};

/// Makes sure that the programs these runs need are on this machine's PATH.
///
/// The error names the first one that is missing, what it is for, and its package.
pub fn have_tools(runs: &[PlannedRun]) -> Result<(), DriveError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    missing(runs, &path).map_or(Ok(()), Err)
}

fn missing(runs: &[PlannedRun], path: &OsStr) -> Option<DriveError> {
    let steps = || runs.iter().flat_map(|run| &run.phases).flat_map(|phase| &phase.steps);
    let typed = steps().any(|step| matches!(step, Step::Type { .. } | Step::Turn(_)));
    let headed = runs.iter().any(|run| run.window == Window::Headed);
    let needed = [
        (!runs.is_empty(), "certutil", "trusting the proxy's authority", "libnss3-tools"),
        (headed, "Xvfb", "a window that can be typed into", "xvfb"),
        (typed, "xdotool", "pressing keys in a window", "xdotool"),
    ];
    let there = |program: &str| std::env::split_paths(path).any(|f| f.join(program).is_file());
    let (_, program, purpose, package) =
        needed.into_iter().find(|(needed, program, ..)| *needed && !there(program))?;
    Some(DriveError::ToolMissing { program, purpose, package })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Browser, Order, Plan, expand};

    fn asked(arm: &str, there: &[&str]) -> Option<String> {
        let text = format!(
            "name = \"p\"\nquestion = \"q?\"\nbrowsers = [\"firefox\"]\n[[phase]]\n\
             do = \"visit\"\n[[arm]]\nname = \"a\"\n{arm}"
        );
        let plan = Plan::parse(&text, "plan.toml").unwrap();
        let order = Order { browser: Browser::Firefox, repeats: None, device: "d".into() };
        let runs = expand(&plan, &order, &mut |out: &mut [u8]| out.fill(7));
        let folder = tempfile::tempdir().unwrap();
        there.iter().for_each(|name| std::fs::write(folder.path().join(name), "").unwrap());
        missing(&runs, folder.path().as_os_str()).map(|error| error.to_string())
    }

    #[test]
    fn what_a_plan_needs_is_looked_for() {
        let beside = "mode = \"beside\"\nwindow = \"headed\"\n";
        let says = |arm: &str, there: &[&str], word: &str| {
            let words = asked(arm, there).unwrap_or_default();
            assert!(words.contains(word) && words.is_empty() == word.is_empty(), "{words}");
        };
        says("", &[], "libnss3-tools");
        says("", &["certutil"], "");
        says(beside, &["certutil"], "apt-get install -y xvfb");
        says(beside, &["certutil", "Xvfb"], "apt-get install -y xdotool");
        says(beside, &["certutil", "Xvfb", "xdotool"], "");
    }
}
