//! A commit that survives a power cut. LanceDB writes its local files without fsync, so a
//! commit that was acknowledged could come back as an empty manifest. After each commit, and
//! before it is acknowledged, everything new in the table's folder is synced: data first, then
//! the manifests that point at it, then the folders that name both.
//!
//! Files of a table are written once under a name of their own, so a set of names is enough to
//! know what is new. What this cannot do is keep the kernel from writing a manifest before the
//! data while the commit runs; a commit cut off there was never acknowledged, and
//! [`crate::recovery`] steps back over it.
//!
//! Cost, measured on a virtual disk with ext4: 2 ms for a commit of ten chunks, out of 80 ms for
//! the commit as a whole in a debug build, and 6 ms for one of a thousand. Documents that are
//! replaced together share it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::error::{Error, Result};
use crate::recovery::VERSIONS;

/// Names of the files that are known to be on the disk.
#[derive(Debug, Default)]
pub(crate) struct Synced {
    files: BTreeSet<PathBuf>,
}

impl Synced {
    /// Syncs every file below `table` that is not known yet, and its folders. Blocks.
    ///
    /// After an error nothing is recorded, so the next call tries the same files again.
    pub(crate) fn sync(&mut self, table: &Path) -> Result<()> {
        let present = files(table)?;
        let fresh: Vec<&PathBuf> = present.difference(&self.files).collect();
        let (manifests, data): (Vec<&PathBuf>, Vec<&PathBuf>) = fresh
            .iter()
            .partition(|path| path.starts_with(table.join(VERSIONS)));
        sync_all(data.iter().copied())?;
        sync_all(manifests.iter().copied())?;
        let folders: BTreeSet<&Path> = fresh.iter().flat_map(|path| folders(path, table)).collect();
        sync_all(folders.into_iter().rev())?;
        self.files = present;
        Ok(())
    }
}

fn files(table: &Path) -> Result<BTreeSet<PathBuf>> {
    WalkDir::new(table)
        .into_iter()
        .filter_map(|entry| match entry {
            Ok(entry) => entry.file_type().is_file().then(|| Ok(entry.into_path())),
            Err(error) => Some(Err(Error::io("list", table)(error.into()))),
        })
        .collect()
}

/// The folders from the file up to the one that holds the table.
fn folders<'p>(file: &'p Path, table: &Path) -> impl Iterator<Item = &'p Path> {
    let top = table.parent().unwrap_or(table).to_owned();
    file.ancestors()
        .skip(1)
        .take_while(move |folder| folder.starts_with(&top))
}

fn sync_all<P: AsRef<Path>>(paths: impl Iterator<Item = P>) -> Result<()> {
    for path in paths {
        let path = path.as_ref();
        match sync_one(path) {
            // Gone since it was listed: nothing points at a file that was removed.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            synced => synced.map_err(Error::io("sync", path))?,
        }
    }
    Ok(())
}

fn sync_one(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_new_files_are_synced_again() {
        let root = tempfile::tempdir().unwrap();
        let table = root.path().join("index").join("t.lance");
        for folder in ["data", VERSIONS] {
            fs::create_dir_all(table.join(folder)).unwrap();
            fs::write(table.join(folder).join("1"), b"x").unwrap();
        }
        let mut synced = Synced::default();
        synced.sync(&table).unwrap();
        assert_eq!(synced.files.len(), 2);
        fs::remove_file(table.join("data").join("1")).unwrap();
        fs::write(table.join("data").join("2"), b"y").unwrap();
        synced.sync(&table).unwrap();
        assert_eq!(synced.files, files(&table).unwrap());
    }

    #[test]
    fn folders_end_at_the_one_above_the_table() {
        let found: Vec<_> = folders(
            Path::new("/d/index/t.lance/data/1"),
            Path::new("/d/index/t.lance"),
        )
        .collect();
        let expected = ["/d/index/t.lance/data", "/d/index/t.lance", "/d/index"];
        assert_eq!(found, expected.map(Path::new));
    }
}
