//! What a walk takes, on real folders.

use std::os::unix::fs::{PermissionsExt, symlink};

use tempfile::TempDir;

use super::*;

/// A folder with the given files; the names' last parts are their content.
fn folder(files: &[&str]) -> (TempDir, NewSource) {
    let folder = TempDir::new().unwrap();
    let root = fs::canonicalize(folder.path()).unwrap();
    for file in files {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, *file).unwrap();
    }
    let source = NewSource {
        path: root.to_str().unwrap().to_owned(),
        collection: "default".into(),
        include: vec![],
        exclude: vec![],
        follow_symlinks: false,
    };
    (folder, source)
}

#[track_caller]
fn check(source: &NewSource, expected: &[&str]) {
    let listing = walk(source, Path::new("/nowhere")).unwrap();
    let found: Vec<&String> = listing.files.keys().collect();
    assert_eq!(found, expected);
}

#[test]
fn hidden_and_temporary_files_are_left_out() {
    let (_folder, source) = folder(&[
        "a.md",
        "b/c.md",
        ".git/config",
        ".x.md",
        "~$a.docx",
        "d.tmp",
    ]);
    check(&source, &["a.md", "b/c.md"]);
}

#[test]
fn ignore_files_count_outside_a_repository_too() {
    let (_folder, source) = folder(&["a.md", "b.log", "out/c.md", "d/e.md", "d/f.md", "keep.log"]);
    let root = Path::new(&source.path);
    fs::write(root.join(".gitignore"), "*.log\n!keep.log\nout/\n").unwrap();
    fs::write(root.join("d/.footnoteignore"), "/e.md\n").unwrap();
    check(&source, &["a.md", "d/f.md", "keep.log"]);
}

#[test]
fn patterns_narrow_and_never_widen() {
    let (_folder, mut source) = folder(&["a.md", "b.txt", "old/c.md", ".d.md"]);
    source.include = vec!["*.md".into()];
    source.exclude = vec!["old/".into()];
    check(&source, &["a.md"]);
}

#[test]
fn links_are_followed_only_on_request_and_never_out() {
    let (_folder, mut source) = folder(&["in/a.md", "b.md"]);
    let (_outside, other) = folder(&["secret.md", "deep/secret.md"]);
    let (root, outside) = (Path::new(&source.path), Path::new(&other.path));
    symlink(outside.join("secret.md"), root.join("file.md")).unwrap();
    symlink(outside.join("deep"), root.join("folder")).unwrap();
    symlink(root.join("in"), root.join("again")).unwrap();
    symlink(root, root.join("in/loop")).unwrap();
    symlink(root.join("b.md"), root.join("link.md")).unwrap();
    symlink(root.join("nothing"), root.join("broken.md")).unwrap();
    check(&source, &["b.md", "in/a.md"]);
    source.follow_symlinks = true;
    check(&source, &["again/a.md", "b.md", "in/a.md", "link.md"]);
}

#[test]
fn the_services_own_data_is_not_a_source() {
    let (_folder, source) = folder(&["a.md", "data/ledger.md"]);
    let data = Path::new(&source.path).join("data");
    let listing = walk(&source, &data).unwrap();
    assert_eq!(listing.files.len(), 1);
}

#[test]
fn special_files_are_left_out_and_names_that_are_not_text_reported() {
    use std::os::unix::ffi::OsStrExt;
    let (_folder, source) = folder(&["a.md"]);
    let root = Path::new(&source.path);
    let _socket = std::os::unix::net::UnixListener::bind(root.join("s.md")).unwrap();
    for name in [&b"caf\xe9.md"[..], b"caf\xe8.md"] {
        fs::write(root.join(std::ffi::OsStr::from_bytes(name)), "x").unwrap();
    }
    let listing = walk(&source, Path::new("/nowhere")).unwrap();
    assert_eq!(listing.files.keys().collect::<Vec<_>>(), ["a.md"]);
    assert_eq!(listing.refused.len(), 2);
}

#[test]
fn a_folder_that_cannot_be_read_hides_what_is_below() {
    let (_folder, source) = folder(&["a.md", "closed/b.md"]);
    let closed = Path::new(&source.path).join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o0)).unwrap();
    let listing = walk(&source, Path::new("/nowhere")).unwrap();
    let privileged = fs::read_dir(&closed).is_ok();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    if privileged {
        return;
    }
    assert!(listing.hidden("closed/b.md").is_some());
    assert!(listing.hidden("closedb.md").is_none());
}

#[test]
fn a_missing_root_is_not_an_empty_one() {
    let (_folder, mut source) = folder(&["a.md"]);
    source.path.push_str("/gone");
    let reason = walk(&source, Path::new("/nowhere")).unwrap_err();
    assert!(reason.contains("gone"), "{reason}");
}
