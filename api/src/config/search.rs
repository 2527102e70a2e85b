//! A configuration with some keys of `[search]` changed: what an evaluation compares. The keys
//! and bounds are those of the file, so whatever can be configured can be compared.

use serde_json::{Map, Value};

use super::{Config, ConfigError, validate};

impl Config {
    /// This configuration with `changes` made to its section `[search]`.
    ///
    /// # Errors
    /// All problems at once: unknown keys, wrong types, values out of range.
    pub fn with_search(&self, changes: &Map<String, Value>) -> Result<Self, ConfigError> {
        let failed = |error: serde_json::Error| ConfigError(vec![format!("  `search`: {error}")]);
        let mut section = serde_json::to_value(&self.search).map_err(failed)?;
        let mut problems = Vec::new();
        for (key, value) in changes {
            match section.get_mut(key) {
                Some(place) => *place = value.clone(),
                None => problems.push(format!("  `search.{key}` is not a key")),
            }
        }
        if !problems.is_empty() {
            return Err(ConfigError(problems));
        }
        let changed = Self {
            search: serde_json::from_value(section).map_err(failed)?,
            ..self.clone()
        };
        let problems = validate::problems(&changed);
        if problems.is_empty() {
            return Ok(changed);
        }
        Err(ConfigError(problems))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn with(changes: &Value) -> Result<Config, ConfigError> {
        Config::default().with_search(changes.as_object().unwrap())
    }

    #[test]
    fn keys_are_changed_and_checked_as_in_the_file() {
        let usual = Config::default();
        assert_eq!(with(&json!({})).unwrap(), usual);
        assert_eq!(
            with(&json!({ "candidates": 7 })).unwrap().search.candidates,
            7
        );
        for wrong in [
            json!({ "candidate": 7 }),
            json!({ "candidates": 0 }),
            json!({ "candidates": "x" }),
        ] {
            assert!(with(&wrong).is_err(), "{wrong}");
        }
    }
}
