//! Why a replayed answer differs: the index, the settings or the models. Pure.

use serde::Serialize;

use super::compare::Differing;

/// Where a difference comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cause {
    /// The documents changed.
    Index,
    /// The settings did, or the wording of what models are told.
    Config,
    /// The models did, or what they compute with.
    Model,
}

/// What is known to have changed, the models first: without them nothing else is the same.
pub(super) fn known(found: &[Differing]) -> Cause {
    let has = |cause| found.iter().any(|one| by_name(&one.path) == Some(cause));
    let mut causes = [Cause::Model, Cause::Config, Cause::Index].into_iter();
    causes.find(|cause| has(*cause)).unwrap_or(Cause::Model)
}

/// Places that differ at the recorded version of the index.
pub(super) struct Tried {
    /// Under the settings of now.
    pub(super) under_now: Vec<String>,
    /// Under those of then.
    pub(super) under_then: Vec<String>,
}

impl Tried {
    /// Where the difference at `path` comes from, if these are the causes `known`.
    pub(super) fn cause(&self, path: &str, known: Cause) -> Cause {
        let has = |paths: &[String]| paths.iter().any(|other| touches(other, path));
        match (has(&self.under_now), has(&self.under_then)) {
            (false, _) => Cause::Index,
            (true, false) => Cause::Config,
            // Same index, same settings: the models, or words of ours that they are told.
            (true, true) if known == Cause::Config => Cause::Config,
            (true, true) => Cause::Model,
        }
    }
}

/// True when one place lies inside the other.
fn touches(a: &str, b: &str) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

/// The cause that a place names by itself.
pub(super) fn by_name(path: &str) -> Option<Cause> {
    match path {
        "index_version" => Some(Cause::Index),
        "receipt.decoder" | "receipt.kernels" => Some(Cause::Model),
        _ if path.starts_with("receipt.abilities") => Some(Cause::Model),
        _ if path.starts_with("models.") => Some(Cause::Model),
        _ if path.starts_with("receipt.") => Some(Cause::Config),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, under_now: &[&str], under_then: &[&str], expected: Cause) {
        let owned = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        let tried = Tried {
            under_now: owned(under_now),
            under_then: owned(under_then),
        };
        assert_eq!(tried.cause(path, Cause::Index), expected, "{path}");
    }

    #[test]
    fn what_differs_at_the_same_version_does_not_come_from_the_index() {
        check("answer", &[], &[], Cause::Index);
        check("answer", &["confidence"], &[], Cause::Index);
        check("answer", &["answer"], &[], Cause::Config);
        check("answer", &["answer"], &["answer"], Cause::Model);
        check("claims[0].text", &["claims[0]"], &[], Cause::Config);
    }

    #[test]
    fn some_places_name_their_cause() {
        assert_eq!(by_name("index_version"), Some(Cause::Index));
        assert_eq!(by_name("models.generator"), Some(Cause::Model));
        assert_eq!(by_name("receipt.kernels"), Some(Cause::Model));
        assert_eq!(by_name("receipt.answer.threshold"), Some(Cause::Config));
        assert_eq!(by_name("answer"), None);
    }
}
