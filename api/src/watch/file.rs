//! One file: what the file system says about it, and its bytes, if they are those of the
//! moment it was looked at.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use footnote_store::ledger::jobs::JobError;
use footnote_store::ledger::sources::files::Stamp;

use crate::error::{ApiError, Code};

/// What `metadata` says about a file.
pub(super) fn stamp(metadata: &Metadata) -> Stamp {
    let nanos =
        |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    Stamp {
        size: metadata.len(),
        mtime_ns: nanos(metadata.mtime(), metadata.mtime_nsec()),
        ctime_ns: nanos(metadata.ctime(), metadata.ctime_nsec()),
    }
}

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum Unread {
    /// It is not what was looked at: somebody is at work on it, or it is gone.
    Changed,
    /// It cannot be read.
    Refused(JobError),
}

/// The bytes of the file that was `expected` when it was looked at. A link or a pipe that was
/// put in its place meanwhile is not that file.
pub(super) fn read(path: &Path, expected: &Stamp) -> Result<Vec<u8>, Unread> {
    let mut file = File::open(path).map_err(unread)?;
    if !is(&file, expected)? {
        return Err(Unread::Changed);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(expected.size).unwrap_or(0));
    let mut limited = Read::by_ref(&mut file).take(expected.size.saturating_add(1));
    limited.read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 == expected.size && is(&file, expected)? {
        Ok(bytes)
    } else {
        Err(Unread::Changed)
    }
}

fn is(file: &File, expected: &Stamp) -> Result<bool, Unread> {
    let metadata = file.metadata().map_err(unread)?;
    Ok(metadata.is_file() && stamp(&metadata) == *expected)
}

fn unread(error: io::Error) -> Unread {
    match error.kind() {
        io::ErrorKind::NotFound => Unread::Changed,
        _ => Unread::Refused(unreadable(&error)),
    }
}

/// A file or folder that the operating system does not let us read.
pub(super) fn unreadable(error: &io::Error) -> JobError {
    failure(&ApiError::new(
        Code::UnreadableDocument,
        format!("it cannot be read from the folder: {error}"),
        "check its permissions and the disk; the next sweep tries again",
    ))
}

/// A file over the limit.
pub(super) fn too_large(size: u64, limit: usize) -> JobError {
    failure(&ApiError::new(
        Code::DocumentTooLarge,
        format!("the file has {size} bytes, at most {limit} are allowed"),
        "leave it out with a pattern, or raise `limits.max_document_bytes`",
    ))
}

/// A file whose name is that of a document somebody else put there.
pub(super) fn taken(by: Option<&str>) -> JobError {
    let who = by.map_or_else(
        || "a document that was uploaded".to_owned(),
        |source| format!("a document of the source `{source}`"),
    );
    failure(&ApiError::new(
        Code::Conflict,
        format!("{who} has this name in the collection"),
        "delete that document, or watch the folder for another collection",
    ))
}

/// An error as jobs keep it.
pub(super) fn failure(error: &ApiError) -> JobError {
    JobError {
        code: error.code.as_str().to_owned(),
        message: error.message.clone(),
        hint: Some(error.hint.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_the_file_that_was_looked_at_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "tea").unwrap();
        let seen = stamp(&fs::metadata(&path).unwrap());
        assert_eq!(read(&path, &seen).unwrap(), b"tea");
        fs::write(&path, "tea at four").unwrap();
        assert!(matches!(read(&path, &seen), Err(Unread::Changed)));
        fs::remove_file(&path).unwrap();
        assert!(matches!(read(&path, &seen), Err(Unread::Changed)));
    }

    #[test]
    fn a_file_put_in_the_place_of_another_with_its_times_is_not_that_file() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&a, "tea").unwrap();
        fs::write(&b, "pea").unwrap();
        let (of_a, file) = (fs::metadata(&a).unwrap(), File::open(&b).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(20));
        file.set_modified(of_a.modified().unwrap()).unwrap();
        fs::rename(&b, &a).unwrap();
        let now = fs::metadata(&a).unwrap();
        assert_eq!(now.modified().unwrap(), of_a.modified().unwrap());
        assert_ne!(stamp(&now), stamp(&of_a));
    }
}
