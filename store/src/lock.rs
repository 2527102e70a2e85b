//! One process per data directory. Two writers would each believe they alone number the
//! versions; the operating system's file lock keeps the second one out and lets go when the
//! first one ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::error::{Error, Result};

/// Locks the file `path`, making it if need be, until the returned handle is dropped.
///
/// # Errors
/// [`Error::Locked`] when another handle, here or in another process, has it.
pub(crate) fn lock(path: &Path) -> Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(Error::io("open", path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(Error::io("lock", path)(error)),
    }
}
