//! What to do about files that were read: nothing, because their documents are that already;
//! note a problem; or ingest them. Pure: everything was looked up before.

use std::collections::BTreeMap;

use footnote_store::ledger::jobs::JobError;
use footnote_store::ledger::sources::files::{FileNote, Stamp};

use crate::watch::file::{Unread, taken};
use crate::watch::picture::Picture;
use crate::watch::sweep::Report;

/// A file that was read, or could not be: the hash of its bytes and the bytes.
pub(super) struct Fresh {
    pub(super) uri: String,
    pub(super) stamp: Stamp,
    pub(super) outcome: Result<(String, Vec<u8>), Unread>,
}

/// The files of a portion by what is to be done.
#[derive(Default)]
pub(super) struct Sorted {
    /// To be written down only.
    pub(super) notes: Vec<FileNote>,
    /// To be ingested.
    pub(super) puts: Vec<FileNote>,
    /// The bytes of `puts`.
    pub(super) bytes: Vec<Vec<u8>>,
}

/// What a file's content means.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The document is that already, or will be.
    Known,
    /// Somebody uploaded another document under that name.
    Foreign,
    /// To be ingested.
    Put,
}

impl Sorted {
    /// Sorts `fresh` by what `picture` says of each name; a file of more than `largest` bytes
    /// is refused for good. Counts in `report` what needs no job.
    pub(super) fn of(
        fresh: Vec<Fresh>,
        picture: &Picture,
        largest: u64,
        report: &mut Report,
    ) -> Self {
        let mut sorted = Self::default();
        for file in fresh {
            match file.outcome {
                Ok((sha256, bytes)) => {
                    let note = note(file.uri, file.stamp, sha256);
                    sorted.add(note, bytes, picture, report);
                }
                Err(Unread::Changed) => report.pending += 1,
                Err(Unread::Refused(problem)) => {
                    report.failed += 1;
                    let lasting = (file.stamp.size > largest).then_some(file.stamp);
                    sorted
                        .notes
                        .push(refused(file.uri, lasting, problem, picture));
                }
            }
        }
        sorted
    }

    fn add(&mut self, note: FileNote, bytes: Vec<u8>, picture: &Picture, report: &mut Report) {
        match verdict(picture, &note) {
            Verdict::Known => {
                report.unchanged += 1;
                self.notes.push(note);
            }
            Verdict::Foreign => {
                report.failed += 1;
                self.notes.push(FileNote {
                    problem: Some(taken(None)),
                    owned: false,
                    ..note
                });
            }
            Verdict::Put => {
                self.puts.push(note);
                self.bytes.push(bytes);
            }
        }
    }

    /// The names that go because their content is to be ingested under a new one; they leave
    /// `moved`, which has them by content.
    pub(super) fn old_names(&self, moved: &mut BTreeMap<String, Vec<String>>) -> Vec<String> {
        let contents = self
            .puts
            .iter()
            .filter_map(|put| put.content_sha256.as_ref());
        contents
            .filter_map(|sha256| moved.get_mut(sha256).and_then(Vec::pop))
            .collect()
    }
}

fn note(uri: String, stamp: Stamp, sha256: String) -> FileNote {
    FileNote {
        uri,
        stamp: Some(stamp),
        content_sha256: Some(sha256),
        problem: None,
        owned: true,
    }
}

/// A file that is not to be read, or could not be. One that is too large stays so until it is
/// another, which its stamp tells; one that could not be read may be readable the next time.
fn refused(uri: String, lasting: Option<Stamp>, problem: JobError, picture: &Picture) -> FileNote {
    let row = picture.rows.get(&uri);
    let foreign = row.is_some_and(|row| !row.owned) || picture.holders.contains_key(&uri);
    FileNote {
        uri,
        stamp: lasting,
        content_sha256: None,
        problem: Some(problem),
        owned: !foreign,
    }
}

fn verdict(picture: &Picture, note: &FileNote) -> Verdict {
    let sha256 = note.content_sha256.as_deref();
    if picture.owns(&note.uri) {
        let wanted = picture.known.get(&note.uri);
        let wanted = wanted.and_then(|known| known.wanted.as_deref());
        return match wanted == sha256 {
            true => Verdict::Known,
            false => Verdict::Put,
        };
    }
    let row = picture.rows.get(&note.uri);
    let held = row.and_then(|row| row.document.as_ref());
    let holder = picture.holders.get(&note.uri);
    let uploaded = holder.and_then(|holder| holder.content_sha256.as_deref());
    match held.map(|held| held.content_sha256.as_str()).or(uploaded) {
        None => Verdict::Put,
        held if held == sha256 => Verdict::Known,
        Some(_) => Verdict::Foreign,
    }
}
