//! Putting a configuration together: compiled-in defaults, then `footnote.toml`, then
//! `FOOTNOTE__SECTION__KEY`, then flags. It is parsed and validated as a whole before anything
//! is opened; every problem is reported at once, and an unknown key is a problem.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::Dict;

use super::{Config, KEYS, validate};

/// What flags may override.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<SocketAddr>,
    /// `--log`, or what `-v` stands for.
    pub log: Option<String>,
}

/// Every problem of a configuration, one line each.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} problem(s):\n{}", .0.len(), .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

/// Reads, merges and validates the configuration.
///
/// `file` must exist when given; otherwise `footnote.toml` in the working directory is read
/// if it is there.
///
/// # Errors
/// All problems at once: unreadable or malformed file, unknown keys, wrong types, values out
/// of range.
pub fn load(file: Option<&Path>, overrides: Overrides) -> Result<Config, ConfigError> {
    let file = match file {
        Some(path) if !path.is_file() => {
            let problem = format!("  `{}` does not exist; check `--config`", path.display());
            return Err(ConfigError(vec![problem]));
        }
        Some(path) => path.to_owned(),
        None => PathBuf::from("footnote.toml"),
    };
    let given =
        Figment::from(Toml::file_exact(&file)).merge(Env::prefixed("FOOTNOTE__").split("__"));
    let given = if file.is_file() {
        given
    } else {
        Figment::from(Env::prefixed("FOOTNOTE__").split("__"))
    };
    let mut problems = unknown_keys(&given)?;
    let merged = Figment::from(Serialized::defaults(Config::default())).merge(given);
    match merged.extract::<Config>() {
        Ok(mut config) => {
            apply(&mut config, overrides);
            problems.extend(validate::problems(&config));
            if problems.is_empty() {
                return Ok(config);
            }
        }
        Err(errors) => problems.extend(errors.into_iter().map(describe)),
    }
    Err(ConfigError(problems))
}

fn apply(config: &mut Config, overrides: Overrides) {
    if let Some(data) = overrides.data {
        config.storage.data = data;
    }
    if let Some(listen) = overrides.listen {
        config.server.listen = listen;
    }
    if let Some(log) = overrides.log {
        config.telemetry.log = log;
    }
}

/// Keys that were given but do not exist, each with the nearest section's keys.
fn unknown_keys(given: &Figment) -> Result<Vec<String>, ConfigError> {
    let values = given
        .extract::<Dict>()
        .map_err(|errors| ConfigError(errors.into_iter().map(describe).collect()))?;
    let mut problems = Vec::new();
    for (section, value) in &values {
        let Some(dict) = value.as_dict() else {
            problems.push(format!(
                "  `{section}` is not a section; see `footnote config --explain`"
            ));
            continue;
        };
        for key in dict.keys() {
            let path = format!("{section}.{key}");
            if !KEYS.iter().any(|(known, _)| *known == path) {
                problems.push(format!(
                    "  `{path}` is not a key; see `footnote config --explain`"
                ));
            }
        }
    }
    Ok(problems)
}

fn describe(error: figment::Error) -> String {
    let path = error.path.join(".");
    let source = error
        .metadata
        .as_ref()
        .map_or(String::new(), |m| format!(" ({})", m.name));
    format!("  `{path}`: {}{source}", error.kind)
}
