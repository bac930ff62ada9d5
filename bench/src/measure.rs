//! Runs a whole command and measures it: how long, how much processor time, how much memory at
//! most. What it says comes from `/proc`, so that no other tool is needed.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Clock ticks per second in `/proc/PID/stat` on Linux.
const TICKS: f64 = 100.0;
/// How often a running command is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// What a process has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Used {
    /// Processor seconds, in its own code and in the kernel.
    pub cpu_seconds: f64,
    /// Most memory at once, in KiB.
    pub peak_kib: u64,
}

/// One measured command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// What was measured.
    pub name: String,
    /// Bytes that it went through, in the clear.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
    /// What it used.
    #[serde(flatten)]
    pub used: Used,
    /// Its exit code; -1 if a signal ended it.
    pub exit: i32,
}

impl Measured {
    /// Bytes per second.
    pub fn speed(&self) -> f64 {
        self.bytes as f64 / self.seconds
    }
}

/// What a process has used so far; `None` once it is gone.
pub fn used(pid: u32) -> Option<Used> {
    let proc = Path::new("/proc").join(pid.to_string());
    let status = std::fs::read_to_string(proc.join("status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let peak_kib = peak.trim().split(' ').next()?.parse().ok()?;
    let stat = std::fs::read_to_string(proc.join("stat")).ok()?;
    // The name in brackets may hold spaces; user and system time are the 12th and 13th after it.
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: u64 = fields.split(' ').skip(11).take(2).filter_map(|f| f.parse::<u64>().ok()).sum();
    Some(Used { cpu_seconds: ticks as f64 / TICKS, peak_kib })
}

/// Runs a command to its end. What it prints is thrown away, except errors.
pub fn measure(name: &str, bytes: u64, command: &[String]) -> Result<Measured> {
    let (program, arguments) = command.split_first().context("no command")?;
    let begun = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("{program} does not start"))?;
    let mut last = Used::default();
    let status = loop {
        if let Some(now) = used(child.id()) {
            last = now;
        }
        if let Some(status) = child.try_wait()? {
            break status;
        }
        sleep(LOOK);
    };
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Measured {
        name: name.into(),
        bytes,
        seconds,
        used: last,
        exit: status.code().unwrap_or(-1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_measured_with_its_exit() {
        let script = ["sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; exit 3"];
        let measured = measure("loop", 10, &script.map(str::to_owned)).expect("runs");
        assert_eq!((measured.exit, measured.bytes), (3, 10));
        assert!(measured.used.peak_kib > 100 && measured.used.cpu_seconds > 0.0, "{measured:?}");
        assert!(used(u32::MAX).is_none());
    }
}
