//! Which names below a watched folder are documents at all: not temporary ones, only what the
//! source's patterns take, and only names that can be a document's.

use std::path::Path;

use footnote_store::ledger::sources::NewSource;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::error::{ApiError, Code};
use crate::http::check_uri;

/// Ends of names that programs give to files they are not done with.
const UNFINISHED: &[&str] = &[
    "~",
    ".tmp",
    ".temp",
    ".swp",
    ".swo",
    ".swx",
    ".part",
    ".partial",
    ".crdownload",
    ".download",
];

/// True for lock files, backups and downloads that are under way: `~$plan.docx`, `plan.swp`.
pub(super) fn temporary(name: &str) -> bool {
    let name = name.to_lowercase();
    let emacs = name.len() > 1 && name.starts_with('#') && name.ends_with('#');
    let system = matches!(name.as_str(), "thumbs.db" | "desktop.ini");
    emacs || system || name.starts_with("~$") || UNFINISHED.iter().any(|end| name.ends_with(end))
}

/// The patterns of a source.
#[derive(Clone, Debug)]
pub(crate) struct Patterns {
    /// `None` takes everything.
    include: Option<Gitignore>,
    exclude: Gitignore,
}

impl Patterns {
    /// Compiles the patterns of `source`.
    ///
    /// # Errors
    /// The first one that is malformed, by name.
    pub(crate) fn of(source: &NewSource) -> Result<Self, ApiError> {
        let include = compile("include", &source.include)?;
        Ok(Self {
            include: (!source.include.is_empty()).then_some(include),
            exclude: compile("exclude", &source.exclude)?,
        })
    }

    /// Whether the file `relative` is taken.
    pub(super) fn take(&self, relative: &Path) -> bool {
        let matches = |set: &Gitignore| {
            let matched = set.matched_path_or_any_parents(relative, false);
            matched.is_ignore()
        };
        !matches(&self.exclude) && self.include.as_ref().is_none_or(matches)
    }

    /// Whether nothing in the folder `relative` can be taken.
    pub(super) fn closed(&self, relative: &Path) -> bool {
        self.exclude.matched(relative, true).is_ignore()
    }
}

fn compile(field: &str, patterns: &[String]) -> Result<Gitignore, ApiError> {
    let refused = |pattern: &str, error: &dyn std::fmt::Display| {
        ApiError::invalid(
            format!("`{field}` has a pattern that is not one, `{pattern}`: {error}"),
            "patterns are those of `.gitignore`, such as `*.md` or `drafts/`",
        )
    };
    let mut builder = GitignoreBuilder::new("");
    for pattern in patterns {
        if pattern.trim().is_empty() {
            return Err(refused(pattern, &"it is empty"));
        }
        builder
            .add_line(None, pattern)
            .map_err(|error| refused(pattern, &error))?;
    }
    builder
        .build()
        .map_err(|error| refused(&patterns.join("`, `"), &error))
}

/// The document's name of the file `relative`; where it cannot have one, a name that no other
/// file has, and why.
pub(super) fn uri(relative: &Path) -> Result<String, (String, ApiError)> {
    let parts: Option<Vec<&str>> = relative
        .components()
        .map(|part| part.as_os_str().to_str())
        .collect();
    let Some(parts) = parts else {
        let error = ApiError::new(
            Code::InvalidRequest,
            "the name of the file is not UTF-8",
            "rename the file",
        );
        return Err((escaped(relative), error));
    };
    let uri = parts.join("/");
    match check_uri(&uri) {
        Ok(()) => Ok(uri),
        Err(error) => Err((escaped(relative), error)),
    }
}

/// A name to show: bytes that are no text, control characters and backslashes are escaped, so
/// two names never look the same.
pub(super) fn escaped(relative: &Path) -> String {
    format!("{:?}", relative.as_os_str())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn files_that_somebody_is_not_done_with_are_left_out() {
        let left_out = [
            "~$plan.docx",
            "plan.TMP",
            ".plan.md.swp",
            "plan.md~",
            "film.crdownload",
            "a.part",
            "#plan.md#",
            "Thumbs.db",
        ];
        for name in left_out {
            assert!(temporary(name), "{name}");
        }
        for name in ["plan.md", "#1.md", "#", "party", "template.docx", "a~b.md"] {
            assert!(!temporary(name), "{name}");
        }
    }

    #[track_caller]
    fn check(include: &[&str], exclude: &[&str], taken: &[&str], left: &[&str]) {
        let owned = |patterns: &[&str]| patterns.iter().map(|p| (*p).to_owned()).collect();
        let patterns = Patterns::of(&NewSource {
            path: "/srv".into(),
            collection: "default".into(),
            include: owned(include),
            exclude: owned(exclude),
            follow_symlinks: false,
        })
        .unwrap();
        for path in taken {
            assert!(patterns.take(Path::new(path)), "{path} is left out");
        }
        for path in left {
            assert!(!patterns.take(Path::new(path)), "{path} is taken");
        }
    }

    #[test]
    fn patterns_are_those_of_gitignore() {
        check(&[], &[], &["a.md", "b/c.pdf"], &[]);
        check(
            &["*.md", "docs/"],
            &[],
            &["a.md", "x/a.md", "docs/b.pdf"],
            &["b.pdf"],
        );
        check(
            &[],
            &["drafts/", "/top.md"],
            &["x/top.md"],
            &["drafts/a.md", "top.md"],
        );
        check(&["*.md"], &["old*"], &["new.md"], &["old.md", "new.txt"]);
    }

    #[test]
    fn a_malformed_pattern_is_named() {
        let refused = compile("include", &["a{b".into()]).unwrap_err();
        assert!(refused.message.contains("a{b"), "{}", refused.message);
        assert!(compile("exclude", &[" ".into()]).is_err());
    }

    #[test]
    fn names_that_are_not_text_never_look_the_same() {
        assert_eq!(uri(Path::new("a/b.md")).unwrap(), "a/b.md");
        let bad = |bytes| uri(Path::new(OsStr::from_bytes(bytes))).unwrap_err().0;
        let names = [bad(b"caf\xe9.md"), bad(b"caf\xe8.md"), bad(b"a\nb.md")];
        assert_eq!(
            names,
            ["\"caf\\xE9.md\"", "\"caf\\xE8.md\"", "\"a\\nb.md\""]
        );
    }
}
