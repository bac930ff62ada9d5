//! A network of the run's own: nothing can leave it, and what tries to go around the proxy is counted.
//!
//! The kernel gives a process a network that has no way out (network_namespaces(7)). In it, every
//! address is made this machine's own, so that a packet to the outside is refused at once instead of
//! waiting, and is seen.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use candor_capture::Sink;
use candor_capture::around::{OWN, Watch};
use candor_case::{Event, RunId};

use crate::bridge::RunSink;
use crate::commands::record;

/// Makes the network, then becomes the rest. A browser that sees no interface but loopback takes
/// itself to be offline: so there is one more, which leads nowhere.
const SETUP: &str = "ip link set lo up \
 && ip link add candor0 type veth peer name candor1 \
 && ip addr add \"$0/24\" dev candor0 \
 && ip link set candor0 up && ip link set candor1 up \
 && ip route add local default dev lo table local \
 && { ip -6 route add local default dev lo table local || true; } \
 && exec \"$@\"";

/// The command that becomes its arguments in a network of their own.
fn inside() -> Command {
    let mut command = Command::new("unshare");
    command.arg("--net");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["sh", "-c", SETUP, &OWN.to_string()]);
    command
}

/// Starts this program again in a network of its own, with `mark` added to its arguments. Comes
/// back only with an error.
pub fn enter(mark: &str) -> Result<std::convert::Infallible> {
    let trial = inside().arg("true").stdin(Stdio::null()).output();
    let trial = trial.context("unshare: not found; `apt install util-linux iproute2`")?;
    if !trial.status.success() {
        let why = String::from_utf8_lossy(&trial.stderr).trim().to_owned();
        bail!(
            "a network of its own cannot be made here: {why}; it takes root or unprivileged user \
             namespaces, and `apt install iproute2`; or leave out --sealed"
        );
    }
    let program = std::env::current_exe().context("this program's own file")?;
    Err(inside().arg(program).args(std::env::args_os().skip(1)).arg(mark).exec())
        .context("unshare did not start")
}

/// The recordings that are going on, each of which is told what went around the proxy: which of
/// them it was cannot be seen from outside, and silence must not be claimed of any.
#[derive(Clone, Default)]
pub struct GoingOn(Arc<Mutex<BTreeMap<RunId, Arc<RunSink>>>>);

impl GoingOn {
    /// A recording begins.
    pub fn begins(&self, run: &RunId, sink: &Arc<RunSink>) {
        self.lock().insert(run.clone(), Arc::clone(sink));
    }

    /// It ends.
    pub fn ends(&self, run: &RunId) {
        self.lock().remove(run);
    }

    /// Watches the network that this program was started in.
    pub fn watch(&self) -> Result<Watch> {
        let all = self.clone();
        let watch = Watch::start(move |flow| {
            for sink in all.lock().values() {
                sink.event(Event { at: record::now(), kind: flow.gap() });
            }
        });
        Ok(watch?)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<RunId, Arc<RunSink>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
