//! A cache that is whole, damaged, or in use.

use super::*;
use crate::models::pull::tests::{artefact, cache};

fn placed(content: &[u8], on_disk: &[u8]) -> (tempfile::TempDir, Cache, Artefact) {
    let (folder, cache) = cache();
    let artefact = artefact("hf:owner/name@main#model.bin", content);
    let path = cache.path(&artefact);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, on_disk).unwrap();
    (folder, cache, artefact)
}

#[test]
fn a_missing_file_names_the_command_that_fetches_it() {
    let (_folder, cache) = cache();
    let artefact = artefact("hf:owner/name@main#model.bin", b"model");
    let error = locate(&artefact, &cache).unwrap_err();
    assert!(matches!(error, ModelError::Missing { .. }));
    assert!(
        error.to_string().contains("footnote models pull"),
        "{error}"
    );
    assert!(matches!(status(&artefact, &cache), Status::Missing));
}

#[test]
fn a_truncated_file_is_not_used() {
    let (_folder, cache, artefact) = placed(b"model", b"mod");
    let error = locate(&artefact, &cache).unwrap_err();
    assert!(matches!(
        error,
        ModelError::WrongSize {
            expected: 5,
            got: 3,
            ..
        }
    ));
    assert!(matches!(status(&artefact, &cache), Status::Damaged(_)));
}

#[test]
fn a_changed_file_is_not_used() {
    let (_folder, cache, artefact) = placed(b"model", b"medal");
    let error = locate(&artefact, &cache).unwrap_err();
    assert!(matches!(error, ModelError::WrongHash { .. }), "{error}");
}

#[test]
fn a_stamp_is_bound_to_the_file_it_was_made_for() {
    let (_folder, cache, artefact) = placed(b"model", b"model");
    let path = locate(&artefact, &cache).unwrap();
    let stamp = cache.folder(&artefact.sha256).join(STAMP);
    let written = fs::read_to_string(&stamp).unwrap();
    assert_eq!(
        stamp_text(&path, &fs::metadata(&path).unwrap()),
        Some(written)
    );

    let later = File::options().write(true).open(&path).unwrap();
    (&later).write_all(b"medal").unwrap();
    later.set_modified(UNIX_EPOCH).unwrap();
    let error = locate(&artefact, &cache).unwrap_err();
    assert!(matches!(error, ModelError::WrongHash { .. }), "{error}");
}
