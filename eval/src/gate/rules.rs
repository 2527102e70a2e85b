//! The rules of the gate, as a team writes them down. A key that is not understood is refused:
//! a misspelt floor would otherwise guard nothing.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::metrics::{Measure, NoMeasure};

/// The rules: what `eval.toml` says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The configuration that is judged.
    #[serde(default = "hybrid")]
    pub configuration: String,
    /// By measure.
    pub measures: BTreeMap<String, Rule>,
    /// Largest allowed ratio of the 95th percentile of the latency to the baseline's.
    pub latency_ratio: Option<f64>,
}

fn hybrid() -> String {
    "hybrid".to_owned()
}

/// What one measure has to keep.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The least mean.
    pub floor: Option<f64>,
    /// The largest drop that is allowed even when it is significant.
    #[serde(default)]
    pub max_drop: f64,
    /// From which p-value, corrected for the number of measures, a drop is luck.
    #[serde(default = "five_percent")]
    pub alpha: f64,
}

fn five_percent() -> f64 {
    0.05
}

/// Rules that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// Not TOML, or not these keys.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A key that is no measure.
    #[error(transparent)]
    Measure(#[from] NoMeasure),
    /// No measure at all.
    #[error("there is no measure: add for example `[measures.\"ndcg@10\"]` with a `floor`")]
    Empty,
}

impl Rules {
    /// Reads and checks rules.
    ///
    /// # Errors
    /// Unknown keys, keys that are no measures, no measure.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let rules: Self = toml::from_str(text)?;
        for name in rules.measures.keys() {
            name.parse::<Measure>()?;
        }
        if rules.measures.is_empty() {
            return Err(RulesError::Empty);
        }
        Ok(rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_rules_are_refused() {
        for text in [
            "",
            "[measures]",
            "[measures.fast]",
            "floor = 1",
            "[measures.map]\nflor = 1",
        ] {
            assert!(Rules::parse(text).is_err(), "{text}");
        }
        let rules = Rules::parse("[measures.map]").unwrap();
        assert_eq!(
            (rules.configuration.as_str(), rules.measures["map"].alpha),
            ("hybrid", 0.05)
        );
    }
}
