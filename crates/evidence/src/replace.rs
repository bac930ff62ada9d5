//! Replaces a folder that can be derived again: the new one is filled beside it and takes its
//! place in one step, so that a reader sees the old one or the new one.

use std::fs;
use std::io;
use std::path::Path;

use crate::private;

/// Fills a new folder and puts it where `target` is. If filling fails, `target` stays as it was.
pub(crate) fn folder(target: &Path, fill: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a folder needs a name"));
    };
    let beside = tempfile::Builder::new()
        .prefix(&format!(".{}-", name.to_string_lossy()))
        .tempdir_in(parent)?;
    let new = beside.path().join("new");
    private::create_dir(&new)?;
    fill(&new)?;
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(&new, target),
        Err(error) => Err(error),
        // The old one is now beside, and goes with the temporary folder.
        Ok(_) => exchange(&new, target, &beside.path().join("old")),
    }
}

#[cfg(target_os = "linux")]
fn exchange(new: &Path, target: &Path, old: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, new, CWD, target, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        Err(_) => in_two_steps(new, target, old),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(new: &Path, target: &Path, old: &Path) -> io::Result<()> {
    in_two_steps(new, target, old)
}

/// For file systems that cannot exchange two folders: for a moment there is none.
fn in_two_steps(new: &Path, target: &Path, old: &Path) -> io::Result<()> {
    fs::rename(target, old)?;
    fs::rename(new, target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_folder_takes_the_place_of_the_old_and_nothing_else_remains() {
        let case = tempfile::tempdir().expect("folder");
        let target = case.path().join("analysis");
        let write =
            |name: &'static str| move |path: &Path| fs::write(path.join(name), name.as_bytes());
        folder(&target, write("one")).expect("first");
        folder(&target, write("two")).expect("second");
        assert!(!target.join("one").exists() && target.join("two").exists());
        let failed = folder(&target, |_| Err(io::Error::other("half way")));
        assert!(failed.is_err() && target.join("two").exists());
        let names: Vec<_> = fs::read_dir(case.path()).expect("reads").collect();
        assert_eq!(names.len(), 1);
        in_two_steps(&target, &case.path().join("report"), &case.path().join("old")).unwrap_err();
    }
}
