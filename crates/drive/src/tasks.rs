//! Background tasks: a browser may start itself again without a window, with a profile of its own
//! that is made for the occasion and trusts nobody but the browser's maker.
//!
//! Firefox's crash reporter sends through such a task first, and only when that failed through
//! `curl`. The profile is made where TMPDIR points; the moment it is there, the browser's own
//! certificate store is put into it, and the preference that keeps such tasks from reading one
//! (`security.nocertdb` in `defaults/backgroundtasks/backgroundtasks.js`) is set back.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::DriveError;

/// The certificate store of an NSS profile, SQLite form.
const STORE: [&str; 3] = ["cert9.db", "key4.db", "pkcs11.txt"];
/// Where preferences are read from before the store is opened.
const PREFERENCES: &str = "user.js";
/// Its coming ends the watch.
const END: &str = ".end";

/// Watches a folder for profiles of background tasks, as long as it lives.
#[derive(Debug)]
pub(crate) struct Tasks {
    folder: PathBuf,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Tasks {
    /// Watches `folder`. A subfolder whose name holds `mark` is such a profile: it gets the store of
    /// the profile `from` and these preferences.
    pub(crate) fn watch(
        folder: PathBuf,
        mark: &'static str,
        from: &Path,
        preferences: String,
    ) -> Result<Self, DriveError> {
        let over = Arc::new(AtomicBool::new(false));
        let (from, at, ended) = (from.to_owned(), folder.clone(), Arc::clone(&over));
        let furnish = move |name: &str| {
            if name.contains(mark) {
                furnish(&at.join(name), &from, &preferences);
            }
            !ended.load(Ordering::Relaxed)
        };
        let thread = follow(&folder, furnish)?;
        Ok(Self { folder, over, thread })
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let end = self.folder.join(END);
        let woken = std::fs::write(&end, []).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(end);
    }
}

/// Puts preferences and store into a profile that has just been made. What fails here shows as a
/// refused certificate in the recording.
fn furnish(profile: &Path, from: &Path, preferences: &str) {
    // They are read first.
    let _ = std::fs::write(profile.join(PREFERENCES), preferences);
    for name in STORE {
        let _ = std::fs::copy(from.join(name), profile.join(name));
    }
}

/// Tells the name of whatever comes into a folder, at once, until told to stop.
#[cfg(target_os = "linux")]
fn follow(
    folder: &Path,
    mut came: impl FnMut(&str) -> bool + Send + 'static,
) -> Result<Option<JoinHandle<()>>, DriveError> {
    use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};
    let failed = |error: rustix::io::Errno| DriveError::file(folder)(error.into());
    let watch = init(CreateFlags::CLOEXEC).map_err(failed)?;
    add_watch(&watch, folder, WatchFlags::CREATE | WatchFlags::MOVED_TO).map_err(failed)?;
    let follow = move || {
        let mut space = [std::mem::MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(watch, &mut space);
        loop {
            match reader.next() {
                Ok(event) => {
                    let name = event.file_name().map(|name| name.to_string_lossy().into_owned());
                    if !came(name.as_deref().unwrap_or_default()) {
                        return;
                    }
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
    };
    // A thread of its own: the task reads its profile within milliseconds.
    std::thread::Builder::new()
        .name("background tasks".into())
        .spawn(follow)
        .map(Some)
        .map_err(DriveError::file(folder))
}

/// Elsewhere such tasks are not furnished: what they refuse shows in the recording.
#[cfg(not(target_os = "linux"))]
fn follow(
    _: &Path,
    _: impl FnMut(&str) -> bool + Send + 'static,
) -> Result<Option<JoinHandle<()>>, DriveError> {
    Ok(None)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_new_profile_is_furnished_at_once_and_nothing_else_is() {
        let all = tempfile::tempdir().unwrap();
        let (from, folder) = (all.path().join("profile"), all.path().join("tmp"));
        std::fs::create_dir_all(&from).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        STORE.iter().for_each(|name| std::fs::write(from.join(name), name).unwrap());
        let tasks = Tasks::watch(folder.clone(), "Task-", &from, "prefs".into()).unwrap();
        let (profile, other) = (folder.join("MozillaTask-1"), folder.join("other"));
        std::fs::create_dir(&other).unwrap();
        std::fs::create_dir(&profile).unwrap();
        let began = Instant::now();
        // The last file that is written.
        let last = || std::fs::read_to_string(profile.join("pkcs11.txt")).unwrap_or_default();
        while last() != "pkcs11.txt" && began.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(last(), "pkcs11.txt");
        assert_eq!(std::fs::read_to_string(profile.join("user.js")).unwrap(), "prefs");
        assert_eq!(std::fs::read_to_string(profile.join("cert9.db")).unwrap(), "cert9.db");
        assert_eq!(std::fs::read_dir(&other).unwrap().count(), 0);
        drop(tasks);
        let late = folder.join("MozillaTask-2");
        std::fs::create_dir(&late).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(std::fs::read_dir(&late).unwrap().count(), 0, "the watch is over");
    }
}
