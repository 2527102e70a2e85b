//! Original bytes and canonical texts, each in a file named by the SHA-256 of its content:
//! `blobs/ab/cd/<sha256>`. Equal bytes are stored once, and a reader checks what it got. The
//! folder does not know who needs a file; [`Blobs::remove_unreferenced`] is told.
//!
//! Every call blocks on the disk: from async code, use `spawn_blocking`.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use footnote_ingest::id::sha256_hex;
use tempfile::NamedTempFile;
use walkdir::WalkDir;

use crate::error::{Error, Result};

/// Hexadecimal digits of a SHA-256.
const DIGITS: usize = 64;

/// A folder of immutable files named by their content.
#[derive(Clone, Debug)]
pub struct Blobs {
    root: PathBuf,
}

impl Blobs {
    /// Opens the folder `root`, making it if need be.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        fs::create_dir_all(&root).map_err(Error::io("create", &root))?;
        Ok(Self { root })
    }

    /// Stores `bytes` and returns their SHA-256 in 64 hexadecimal digits.
    ///
    /// When it returns, the file is on the disk under its final name. Storing the same bytes
    /// again writes nothing. Interrupted at any moment, it leaves at most a temporary file.
    pub fn put(&self, bytes: &[u8]) -> Result<String> {
        let sha256 = sha256_hex(bytes);
        let path = self.path(&sha256)?;
        if !holds(&path, bytes.len()) {
            write(&self.root, &path, bytes).map_err(Error::io("write", &path))?;
        }
        Ok(sha256)
    }

    /// The bytes whose SHA-256 is `sha256`.
    ///
    /// # Errors
    /// [`Error::NotFound`] when they were never stored, [`Error::Corrupt`] when the file no
    /// longer hashes to its name.
    pub fn get(&self, sha256: &str) -> Result<Vec<u8>> {
        let path = self.path(sha256)?;
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::not_found("blob", sha256),
            _ => Error::io("read", &path)(error),
        })?;
        if sha256_hex(&bytes) != sha256 {
            let reason =
                "no longer hashes to its name: restore the file or ingest the document again";
            return Err(Error::corrupt(path.display().to_string(), reason));
        }
        Ok(bytes)
    }

    /// Removes every file whose name is not in `keep`, leftovers of interrupted writes
    /// included, and returns how many there were.
    ///
    /// A blob counts as unreferenced until whoever stored it has recorded it: call this only
    /// while nothing is being stored.
    pub fn remove_unreferenced(&self, keep: &BTreeSet<String>) -> Result<usize> {
        let mut removed = 0;
        for entry in WalkDir::new(&self.root) {
            let entry = entry.map_err(|error| Error::io("list", &self.root)(error.into()))?;
            let kept = entry
                .file_name()
                .to_str()
                .is_some_and(|name| keep.contains(name));
            if entry.file_type().is_file() && !kept {
                fs::remove_file(entry.path()).map_err(Error::io("remove", entry.path()))?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// The place of a blob; anything but a digest is refused, so no name leaves the folder.
    fn path(&self, sha256: &str) -> Result<PathBuf> {
        let digest = sha256.len() == DIGITS
            && sha256
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !digest {
            let reason = "a blob is named by 64 lower-case hexadecimal digits";
            return Err(Error::invalid(sha256, reason));
        }
        Ok(self
            .root
            .join(&sha256[..2])
            .join(&sha256[2..4])
            .join(sha256))
    }
}

/// True when `path` is a file of `len` bytes; a shorter one is what a power cut leaves.
fn holds(path: &Path, len: usize) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() == len as u64)
}

/// Writes a temporary file beside `path`, makes it durable, gives it its name, and makes the
/// name durable: after a power cut the name either does not exist or is complete.
fn write(root: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    folder
        .ancestors()
        .take_while(|folder| folder.starts_with(root))
        .try_for_each(|folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blobs() -> (tempfile::TempDir, Blobs) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path().join("blobs")).unwrap();
        (folder, blobs)
    }

    #[test]
    fn bytes_come_back_under_their_hash() {
        let (_folder, blobs) = blobs();
        let name = blobs.put(b"leave policy").unwrap();
        assert_eq!(name, sha256_hex(b"leave policy"));
        assert_eq!(blobs.put(b"leave policy").unwrap(), name);
        assert_eq!(blobs.get(&name).unwrap(), b"leave policy");
        assert_eq!(blobs.get(&blobs.put(b"").unwrap()).unwrap(), b"");
    }

    #[test]
    fn a_damaged_file_is_reported_and_mended_by_the_next_put() {
        let (_folder, blobs) = blobs();
        let name = blobs.put(b"leave policy").unwrap();
        fs::write(blobs.path(&name).unwrap(), b"leave").unwrap();
        assert!(matches!(blobs.get(&name), Err(Error::Corrupt { .. })));
        blobs.put(b"leave policy").unwrap();
        assert_eq!(blobs.get(&name).unwrap(), b"leave policy");
    }

    #[test]
    fn only_digests_are_names() {
        let (_folder, blobs) = blobs();
        for name in ["", "../../etc/passwd", &"A".repeat(64), &"é".repeat(32)] {
            assert!(
                matches!(blobs.get(name), Err(Error::Invalid { .. })),
                "{name}"
            );
        }
        let unknown = "0".repeat(64);
        assert!(matches!(blobs.get(&unknown), Err(Error::NotFound { .. })));
    }

    #[test]
    fn unreferenced_files_go_and_leftovers_with_them() {
        let (_folder, blobs) = blobs();
        let (kept, lost) = (blobs.put(b"kept").unwrap(), blobs.put(b"lost").unwrap());
        fs::write(blobs.root.join(".tmpLeftover"), b"half").unwrap();
        assert_eq!(
            blobs
                .remove_unreferenced(&BTreeSet::from([kept.clone()]))
                .unwrap(),
            2
        );
        assert_eq!(blobs.get(&kept).unwrap(), b"kept");
        assert!(matches!(blobs.get(&lost), Err(Error::NotFound { .. })));
    }
}
