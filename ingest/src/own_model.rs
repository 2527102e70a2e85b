//! A folder with a model of the user's own: its files, read, and what its results are signed
//! with.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// The files of a model, read; the graph is the first.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct OwnModel<const N: usize> {
    folder: PathBuf,
    files: [Vec<u8>; N],
}

/// A folder that does not hold a model's files.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is none.
    #[error("`{}` is not a folder: set `{key}` to one with {}", path.display(), files.join(", "))]
    Missing {
        /// As configured.
        path: PathBuf,
        /// Where it is configured.
        key: &'static str,
        /// What it must hold.
        files: &'static [&'static str],
    },
    /// A file of the model cannot be read.
    #[error(
        "`{}` cannot be read: the folder of `{key}` must have {}",
        path.display(),
        files.join(", ")
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// Where the folder is configured.
        key: &'static str,
        /// What it must hold.
        files: &'static [&'static str],
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl<const N: usize> OwnModel<N> {
    /// Reads `files` in `folder`, which is configured as `key`.
    pub(crate) fn read(
        folder: &Path,
        key: &'static str,
        files: &'static [&'static str; N],
    ) -> Result<Self, FolderError> {
        let path = folder.to_owned();
        if !folder.is_dir() {
            return Err(FolderError::Missing { path, key, files });
        }
        let mut read = [const { Vec::new() }; N];
        for (read, name) in read.iter_mut().zip(files) {
            let path = folder.join(name);
            let failed = |source| FolderError::Read {
                path: path.clone(),
                key,
                files,
                source,
            };
            *read = fs::read(&path).map_err(failed)?;
        }
        Ok(Self {
            folder: path,
            files: read,
        })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The files, in the order they were named.
    pub(crate) fn files(&self) -> &[Vec<u8>; N] {
        &self.files
    }

    /// What results are signed with: `name@sha256:<64 digits>+<12 digits>`, the digest of the
    /// graph and that of everything beside it. The name is the folder's.
    pub(crate) fn id(&self) -> String {
        let (model, others) = self.files.split_first().unzip();
        let mut beside = Sha256::new();
        for file in others.unwrap_or_default() {
            beside.update((file.len() as u64).to_le_bytes());
            beside.update(file);
        }
        let name = self.folder.file_name().unwrap_or(self.folder.as_os_str());
        let model = hex::encode(Sha256::digest(model.map_or(&[][..], Vec::as_slice)));
        let beside = hex::encode(beside.finalize());
        format!(
            "{}@sha256:{model}+{}",
            name.to_string_lossy(),
            &beside[..12]
        )
    }
}
