//! Opening after a power cut. A manifest that was never synced can come back empty, cut short
//! or full of zeros, and LanceDB then refuses to open the table at all. Such a manifest is
//! moved out of the way, and the table opens at the version before it; what the lost commit
//! did is found in the job queue and done again.
//!
//! Only the newest manifests are looked at, and only for damage that their shape proves. One
//! that is whole but that LanceDB cannot open is left alone: the cause may be a missing
//! permission, and moving files would make that worse.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The folder of manifests inside a table's folder.
pub(crate) const VERSIONS: &str = "_versions";

/// End of every manifest: the offset of its content (8 bytes), the format's version (4), and
/// these four (lance-table 14, `io/manifest.rs`).
const MAGIC: &[u8; 4] = b"LANC";
const TRAILER: u64 = 16;

/// Moves damaged newest manifests of the table at `table` into `aside` and returns their new
/// places, newest first. Blocks.
///
/// # Errors
/// [`Error::Corrupt`] when no whole manifest is left: nothing is moved then.
pub(crate) fn set_aside_damaged(table: &Path, aside: &Path) -> Result<Vec<PathBuf>> {
    let manifests = newest_first(&table.join(VERSIONS))?;
    let mut damaged = Vec::new();
    for (_, path) in &manifests {
        if is_whole(path).map_err(Error::io("read", path))? {
            break;
        }
        damaged.push(path);
    }
    if !damaged.is_empty() && damaged.len() == manifests.len() {
        let reason = "has no readable version left: restore it from a backup, or ingest again";
        return Err(Error::corrupt(table.display().to_string(), reason));
    }
    damaged
        .into_iter()
        .map(|path| set_aside(path, aside))
        .collect()
}

/// The versions of the table at `table` that have a manifest, newest first.
pub(crate) fn versions(table: &Path) -> Result<Vec<u64>> {
    let found = newest_first(&table.join(VERSIONS))?;
    Ok(found.into_iter().map(|(version, _)| version).collect())
}

fn set_aside(path: &Path, aside: &Path) -> Result<PathBuf> {
    fs::create_dir_all(aside).map_err(Error::io("create", aside))?;
    let name = path.file_name().unwrap_or_default();
    let target = aside.join(name);
    fs::rename(path, &target).map_err(Error::io("move aside", path))?;
    Ok(target)
}

/// Manifests by version, newest first; other files, as the hint LanceDB may leave, are no
/// manifests.
fn newest_first(versions: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let entries = match fs::read_dir(versions) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::io("list", versions))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::io("list", versions))?.path();
        found.extend(version(&path).map(|version| (version, path)));
    }
    found.sort_by(|a, b| b.cmp(a));
    Ok(found)
}

/// The version in a manifest's name, which counts down from the greatest number in 20 digits
/// so that names sort newest first (LanceDB's second naming scheme), or up without padding
/// (its first).
fn version(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?.strip_suffix(".manifest")?;
    let number: u64 = name.parse().ok()?;
    Some(if name.len() == 20 {
        u64::MAX - number
    } else {
        number
    })
}

/// True when the file ends as a manifest does and its content lies inside it.
fn is_whole(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    if len < TRAILER {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(len - TRAILER))?;
    let (mut offset, mut rest) = ([0; 8], [0; 8]);
    file.read_exact(&mut offset)?;
    file.read_exact(&mut rest)?;
    Ok(rest.ends_with(MAGIC) && u64::from_le_bytes(offset) < len - TRAILER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(table: &Path, version: u64, bytes: &[u8]) -> PathBuf {
        let name = format!("{:020}.manifest", u64::MAX - version);
        let path = table.join(VERSIONS).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    fn whole() -> Vec<u8> {
        [
            b"content".as_slice(),
            &0_u64.to_le_bytes(),
            &[0, 0, 2, 0],
            MAGIC,
        ]
        .concat()
    }

    #[track_caller]
    fn check(newest: &[&[u8]], expected_moved: usize) {
        let root = tempfile::tempdir().unwrap();
        let (table, aside) = (root.path().join("t.lance"), root.path().join("damaged"));
        let kept = manifest(&table, 8, &whole());
        for (version, bytes) in (9..).zip(newest) {
            manifest(&table, version, bytes);
        }
        let moved = set_aside_damaged(&table, &aside).unwrap();
        assert_eq!(moved.len(), expected_moved);
        assert!(kept.exists() && moved.iter().all(|path| path.exists()));
    }

    #[test]
    fn damage_at_the_head_is_moved() {
        check(&[], 0);
        check(&[&whole()], 0);
        check(&[b""], 1);
        check(&[&[0; 64]], 1);
        check(&[&whole()[..12], b""], 2);
        check(&[b"", &whole()], 0);
    }

    #[test]
    fn the_last_manifest_is_never_moved() {
        let root = tempfile::tempdir().unwrap();
        let only = manifest(root.path(), 1, b"");
        let refused = set_aside_damaged(root.path(), &root.path().join("damaged"));
        assert!(matches!(refused, Err(Error::Corrupt { .. })) && only.exists());
    }
}
