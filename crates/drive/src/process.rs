//! A child process with a group of its own, which is ended by its number and never by a name.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// Most bytes kept of what a process prints.
const MOST_LOG: usize = 1 << 20;
/// Longest line that is looked at.
const LONGEST_LINE: u64 = 64 << 10;
/// How long a process may take to obey SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// A child that runs. Dropping it kills its whole group.
pub(crate) struct Running {
    child: Child,
    /// `None` once the group is known to be empty.
    group: Option<Pid>,
    log: Arc<Mutex<Vec<u8>>>,
}

impl Running {
    /// Starts a process in a group of its own. The lines that it prints come through the channel,
    /// as long as somebody listens, and go into the log.
    pub(crate) fn start(
        command: &mut Command,
    ) -> std::io::Result<(Self, mpsc::UnboundedReceiver<String>)> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.process_group(0).kill_on_drop(true).spawn()?;
        let log = Arc::new(Mutex::new(Vec::new()));
        let (to, lines) = mpsc::unbounded_channel();
        if let Some(out) = child.stdout.take() {
            tokio::spawn(follow(out, Arc::clone(&log), to.clone()));
        }
        if let Some(err) = child.stderr.take() {
            tokio::spawn(follow(err, Arc::clone(&log), to));
        }
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Ok((Self { child, group: id.and_then(Pid::from_raw), log }, lines))
    }

    /// Waits until the process has ended. May be called again.
    pub(crate) async fn ended(&mut self) -> std::io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// What it printed so far, up to 1 MiB.
    pub(crate) fn log(&self) -> Vec<u8> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its last words: the last lines it printed, for an error.
    pub(crate) fn last_words(&self) -> String {
        let log = self.log();
        let text = String::from_utf8_lossy(&log);
        let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(3)..].join("; ")
    }

    /// Makes the process itself (not its group) crash.
    pub(crate) fn crash(&self) {
        if let Some(id) =
            self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
        {
            let _ = kill_process(id, Signal::SEGV);
        }
    }

    /// Waits until everything that the process started in its group has ended too; false when that
    /// takes longer than `limit`.
    pub(crate) async fn emptied(&mut self, limit: Duration) -> bool {
        let gone = async {
            while self.group.is_some_and(lives) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let emptied = tokio::time::timeout(limit, gone).await.is_ok();
        if emptied {
            // From now on the number may be given to strangers.
            self.group = None;
        }
        emptied
    }

    /// Ends the group: asks first, then insists.
    pub(crate) async fn end(mut self) {
        self.signal(Signal::TERM);
        let _ = tokio::time::timeout(GRACE, self.child.wait()).await;
        if !self.emptied(Duration::from_secs(1)).await {
            self.signal(Signal::KILL);
            self.emptied(Duration::from_secs(1)).await;
        }
        let _ = self.child.wait().await;
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Whether any process of the group is still at work. One that has ended but was not collected by
/// its parent yet is not.
fn lives(group: Pid) -> bool {
    let group = group.as_raw_nonzero().get();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter(|entry| {
        entry.file_name().to_str().is_some_and(|name| name.bytes().all(|b| b.is_ascii_digit()))
    });
    let stats = numbers.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    stats.filter_map(|stat| state_and_group(&stat)).any(|(state, of)| of == group && state != 'Z')
}

/// State and process group from `/proc/PID/stat` (proc(5)). The name before them may hold anything.
fn state_and_group(stat: &str) -> Option<(char, i32)> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(1)?.parse().ok()?))
}

async fn follow(
    from: impl AsyncRead + Unpin,
    log: Arc<Mutex<Vec<u8>>>,
    to: mpsc::UnboundedSender<String>,
) {
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() + line.len() <= MOST_LOG {
            log.extend_from_slice(&line);
        }
        drop(log);
        let _ = to.send(String::from_utf8_lossy(&line).trim_end().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> (Running, mpsc::UnboundedReceiver<String>) {
        Running::start(Command::new("sh").args(["-c", script])).unwrap()
    }

    #[tokio::test]
    async fn lines_are_heard_and_kept() {
        let (mut running, mut lines) = shell("echo one; echo two >&2");
        let mut heard = vec![lines.recv().await.unwrap(), lines.recv().await.unwrap()];
        heard.sort();
        assert_eq!(heard, ["one", "two"]);
        assert!(running.ended().await.unwrap().success());
        assert_eq!(running.log().len(), 8);
        assert!(running.emptied(Duration::from_secs(5)).await);
    }

    #[tokio::test]
    async fn ending_takes_the_whole_group() {
        let (mut running, mut lines) = shell("sleep 600 & echo started; wait");
        lines.recv().await.unwrap();
        assert!(!running.emptied(Duration::from_millis(50)).await);
        let group = running.group.unwrap();
        running.end().await;
        assert!(!lives(group), "the sleeper is gone too");
    }

    #[test]
    fn names_with_brackets_do_not_mislead() {
        assert_eq!(state_and_group("7 (a) (b) S 1 42 42 0"), Some(('S', 42)));
        assert_eq!(state_and_group("7 (a"), None);
        assert_eq!(state_and_group(""), None);
    }

    #[tokio::test]
    async fn a_crash_is_seen() {
        let (mut running, mut lines) = shell("echo up; exec sleep 600");
        lines.recv().await.unwrap();
        running.crash();
        assert!(!running.ended().await.unwrap().success());
    }
}
