//! Files mapped into memory, so that exchanges borrow their bytes from the disk cache.
#![allow(
    unsafe_code,
    reason = "mapping a file is unsafe because another process could cut it while it is mapped; \
              segments are append-only, and candor never shortens or rewrites one"
)]

use std::fs::File;
use std::io;
use std::path::Path;

use bytes::Bytes;
use memmap2::Mmap;

/// Maps a file. What is appended to it later is not seen.
pub fn map(path: &Path) -> io::Result<Bytes> {
    let file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: the mapping is read-only and private to the returned `Bytes`. Nothing in candor
    // shortens a file that it maps, see the reason above.
    let map = unsafe { Mmap::map(&file)? };
    Ok(Bytes::from_owner(map))
}
