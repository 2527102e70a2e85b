//! A configuration as it would be with a few keys changed: what a diagnosis is asked to try
//! out. Only keys that take effect on the next question can be changed this way.

use serde_json::{Map, Value};

use super::{Config, KEYS, validate};
use crate::error::ApiError;

impl Config {
    /// The same configuration with `patch`, whose keys are written as in `KEYS`.
    ///
    /// # Errors
    /// The first key that does not exist or needs a restart, or a value that does not fit.
    pub fn patched(&self, patch: &Map<String, Value>) -> Result<Self, ApiError> {
        let hint = "`footnote config --explain` lists every key with its meaning";
        let mut values = serde_json::to_value(self).map_err(|error| ApiError::internal(&error))?;
        for (path, value) in patch {
            let (section, key) = path.split_once('.').unwrap_or((path, ""));
            let known = KEYS.iter().any(|(known, _)| known == path);
            let live = matches!(section, "search" | "answer") || path == "models.generator";
            if !known || !live {
                let message = format!("`settings` cannot change `{path}`");
                return Err(ApiError::invalid(message, hint));
            }
            values[section][key] = value.clone();
        }
        let config: Self = serde_json::from_value(values)
            .map_err(|error| ApiError::invalid(format!("`settings`: {error}"), hint))?;
        match validate::problems(&config).as_slice() {
            [] => Ok(config),
            [first, ..] => Err(ApiError::invalid(
                format!("`settings`: {}", first.trim()),
                hint,
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patch(key: &str, value: Value) -> Result<Config, ApiError> {
        Config::default().patched(&Map::from_iter([(key.to_owned(), value)]))
    }

    #[test]
    fn settings_of_the_next_question_can_be_tried() {
        assert_eq!(
            patch("search.candidates", json!(7))
                .unwrap()
                .search
                .candidates,
            7
        );
        assert_eq!(
            patch("answer.threshold", json!(0.5))
                .unwrap()
                .answer
                .threshold,
            0.5
        );
        let same = Config::default().patched(&Map::new()).unwrap();
        assert_eq!(same, Config::default());
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (key, value) in [
            ("search.candidates", json!(0)),
            ("search.candidates", json!("many")),
            ("search.depth", json!(1)),
            ("models.reranker", json!("elsewhere")),
            ("limits.max_k", json!(1)),
        ] {
            let error = patch(key, value).unwrap_err();
            assert!(error.message.contains("settings"), "{}", error.message);
        }
    }
}
