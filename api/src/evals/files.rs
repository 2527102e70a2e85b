//! Where evaluations are kept: `ID.json` is the record, `ID.report.json` the report. A file is
//! written beside its place and moved there, so that a reader sees a whole one or none.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use footnote_eval::report::Report;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Record;
use crate::error::ApiError;

pub(super) struct Files {
    folder: PathBuf,
}

const REPORT: &str = ".report.json";

impl Files {
    pub(super) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Every record, in no particular order.
    pub(super) fn records(&self) -> Result<Vec<Record>, ApiError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| ApiError::internal(&error))?,
        };
        let mut records = Vec::new();
        for entry in entries {
            let name = entry
                .map_err(|error| ApiError::internal(&error))?
                .file_name();
            let name = name.to_string_lossy();
            if let Some(id) = name
                .strip_suffix(".json")
                .filter(|_| !name.ends_with(REPORT))
            {
                records.extend(self.record(id)?);
            }
        }
        Ok(records)
    }

    /// The record of `id`, if there is one.
    pub(super) fn record(&self, id: &str) -> Result<Option<Record>, ApiError> {
        match id_path(&self.folder, id, ".json") {
            Some(path) => read(&path),
            None => Ok(None),
        }
    }

    pub(super) fn report(&self, id: &str) -> Result<Report, ApiError> {
        let path = id_path(&self.folder, id, REPORT);
        let report = path.map(|path| read(&path)).transpose()?.flatten();
        report.ok_or_else(|| ApiError::not_found("eval", id))
    }

    pub(super) fn put_record(&self, record: &Record) -> Result<(), ApiError> {
        self.put(&record.id, ".json", record)
    }

    pub(super) fn put_report(&self, id: &str, report: &Report) -> Result<(), ApiError> {
        self.put(id, REPORT, report)
    }

    fn put(&self, id: &str, ending: &str, value: &impl Serialize) -> Result<(), ApiError> {
        let json = serde_json::to_vec(value).map_err(|error| ApiError::internal(&error))?;
        let path = self.folder.join(format!("{id}{ending}"));
        write(&self.folder, &path, &json).map_err(|error| ApiError::internal(&error))
    }
}

/// The file of `id`; `None` for what is no id, which must not become a path.
fn id_path(folder: &Path, id: &str, ending: &str) -> Option<PathBuf> {
    let digits = id.strip_prefix("evl_")?;
    let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    valid.then(|| folder.join(format!("{id}{ending}")))
}

fn write(folder: &Path, path: &Path, json: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let beside = path.with_extension("tmp");
    let mut file = fs::File::create(&beside)?;
    file.write_all(json)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ApiError> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(|error| ApiError::internal(&error))?,
    };
    let value = serde_json::from_slice(&bytes).map_err(|error| ApiError::internal(&error))?;
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_id_names_a_file() {
        let folder = Path::new("/evals");
        assert!(id_path(folder, "evl_00ff", ".json").is_some());
        for id in ["", "evl_", "evl_../x", "x", "evl_0/1", "../evl_0"] {
            assert_eq!(id_path(folder, id, ".json"), None, "{id}");
        }
    }
}
