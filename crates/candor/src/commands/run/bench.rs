//! The bench of a driven browser: marks go to the run's events, pictures into its folder.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use candor_capture::Sink;
use candor_case::{Event, EventKind, UnixMicros};
use candor_drive::{Bench, Progress};

use crate::bridge::RunSink;
use crate::commands::record;
use crate::progress;

/// What a driver is handed.
pub struct RunBench {
    sink: Arc<RunSink>,
    proxy: SocketAddr,
    authority: PathBuf,
    folder: PathBuf,
}

impl RunBench {
    /// A bench for the run in `folder`, behind the proxy at `proxy`.
    pub fn new(sink: Arc<RunSink>, proxy: SocketAddr, folder: &Path) -> Result<Self> {
        let authority = record::authority_folder()?.join("candor.pem");
        Ok(Self { sink, proxy, authority, folder: folder.to_owned() })
    }
}

impl Bench for RunBench {
    fn now(&self) -> UnixMicros {
        record::now()
    }

    fn event(&self, kind: EventKind) {
        self.sink.event(Event { at: record::now(), kind });
    }

    fn proxy(&self) -> SocketAddr {
        self.proxy
    }

    fn authority_pem(&self) -> &Path {
        &self.authority
    }

    fn save(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.join(name);
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        if let Err(error) = written.and_then(|()| std::fs::write(&path, bytes)) {
            progress::say(&format!("{}: not kept: {error}", path.display()));
        }
    }

    fn progress(&self, at: &Progress<'_>) {
        if std::io::stderr().is_terminal() {
            progress::say(&format!(
                "  {} ({} of {}), about {} s left in this run",
                at.phase,
                at.done + 1,
                at.phases,
                at.left_s
            ));
        }
    }
}
