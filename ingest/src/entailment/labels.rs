//! Which of a model's outputs means what, as its `config.json` names them. Models order them
//! differently, so nothing is assumed.

use serde_json::Value;

use super::Inference;

/// Places of the outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Labels {
    count: usize,
    entailment: usize,
    contradiction: Option<usize>,
}

impl Labels {
    /// Reads `id2label`; `None` when it does not name two or three outputs, one of them
    /// entailment.
    pub(super) fn read(config: &[u8]) -> Option<Self> {
        let config: Value = serde_json::from_slice(config).ok()?;
        let named = config["id2label"].as_object()?;
        let place = |start: &str| {
            let mut named = named.iter();
            let (id, _) = named.find(|(_, label)| {
                let label = label.as_str().unwrap_or_default().to_lowercase();
                label.starts_with(start)
            })?;
            id.parse().ok().filter(|place| *place < count(&config))
        };
        let entailment = place("entail")?;
        (2..=3).contains(&named.len()).then_some(Self {
            count: named.len(),
            entailment,
            contradiction: place("contradict"),
        })
    }

    /// How many outputs there are.
    pub(super) fn count(self) -> usize {
        self.count
    }

    /// Scores, one for each output and all finite, as probabilities (softmax); what is neither
    /// entailment nor contradiction is neutral.
    pub(super) fn inference(self, scores: &[f32]) -> Inference {
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
        let sum: f32 = powers.iter().sum();
        let share = |place: usize| powers.get(place).map_or(0.0, |power| power / sum);
        let entailment = share(self.entailment);
        let contradiction = self.contradiction.map_or(0.0, share);
        Inference {
            entailment,
            neutral: (1.0 - entailment - contradiction).max(0.0),
            contradiction,
        }
    }
}

fn count(config: &Value) -> usize {
    config["id2label"]
        .as_object()
        .map_or(0, serde_json::Map::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(json: &str) -> Option<Labels> {
        Labels::read(format!(r#"{{"id2label": {json}}}"#).as_bytes())
    }

    #[test]
    fn outputs_are_known_by_their_names() {
        let three = labels(r#"{"0": "CONTRADICTION", "1": "NEUTRAL", "2": "ENTAILMENT"}"#).unwrap();
        let found = three.inference(&[0.0, 0.0, 0.0]);
        assert_eq!(found.entailment, found.contradiction);
        assert!(three.inference(&[0.0, 1.0, 9.0]).entailment > 0.99);
        assert!(three.inference(&[90.0, 1.0, 0.0]).contradiction > 0.99);
        let two = labels(r#"{"0": "entailment", "1": "not_entailment"}"#).unwrap();
        let found = two.inference(&[0.0, 9.0]);
        assert!(
            found.neutral > 0.99 && found.contradiction == 0.0,
            "{found:?}"
        );
    }

    #[test]
    fn what_is_not_named_is_not_guessed() {
        for refused in [
            r#"{"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}"#,
            r#"{"0": "entailment"}"#,
            r#"{"0": "neutral", "7": "entailment"}"#,
            r#"["entailment", "neutral"]"#,
            "null",
        ] {
            assert_eq!(labels(refused), None, "{refused}");
        }
        assert_eq!(Labels::read(b"no json"), None);
    }
}
