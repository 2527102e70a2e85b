//! Pairs from what there is: our own lines, those of SciFact and Climate-FEVER, and plain
//! text, of which every sentence is a true claim by its own paragraph.

use footnote_ingest::sentence::split;
use serde::Deserialize;

use super::{Label, Pair};
use crate::read::{ReadError, json_lines};

/// A line in any of the known forms.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Pair(Pair),
    SciFact {
        claim: String,
        label: SciFactLabel,
        sentences: Vec<String>,
    },
    ClimateFever {
        claim: String,
        evidences: Vec<ClimateEvidence>,
    },
    Passage {
        text: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum SciFactLabel {
    Support,
    Contradict,
}

#[derive(Deserialize)]
struct ClimateEvidence {
    evidence: String,
    evidence_label: ClimateLabel,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ClimateLabel {
    Supports,
    Refutes,
    NotEnoughInfo,
}

/// Words of a sentence that says something by itself.
const CLAIM: std::ops::RangeInclusive<usize> = 6..=60;

/// The pairs of a file of JSON lines.
pub fn pairs(text: &str) -> Result<Vec<Pair>, ReadError> {
    let lines: Vec<Line> = json_lines(
        text,
        "a pair: an object with `claim`, `evidence` (a list) and `label` (supports, refutes or \
         neither); nor a line of SciFact or Climate-FEVER, nor one with a `text`",
    )?;
    Ok(lines.into_iter().flat_map(of_line).collect())
}

/// The pairs of a plain text or Markdown file: its sentences, by their paragraphs. Headings,
/// tables and lists make no claims.
pub fn of_text(text: &str) -> Vec<Pair> {
    let paragraphs = text.split("\n\n").map(str::trim);
    paragraphs
        .filter(|p| p.starts_with(char::is_alphanumeric) && !p.contains(['|', '`', '\n']))
        .flat_map(sentences)
        .collect()
}

fn of_line(line: Line) -> Vec<Pair> {
    match line {
        Line::Pair(pair) => vec![pair],
        Line::SciFact {
            claim,
            label,
            sentences,
        } => {
            let label = match label {
                SciFactLabel::Support => Label::Supports,
                SciFactLabel::Contradict => Label::Refutes,
            };
            vec![pair(claim, sentences, label)]
        }
        Line::ClimateFever { claim, evidences } => {
            let pairs = evidences.into_iter().map(|e| {
                let label = match e.evidence_label {
                    ClimateLabel::Supports => Label::Supports,
                    ClimateLabel::Refutes => Label::Refutes,
                    ClimateLabel::NotEnoughInfo => Label::Neither,
                };
                pair(claim.clone(), vec![e.evidence], label)
            });
            pairs.collect()
        }
        Line::Passage { text } => sentences(&text),
    }
}

fn sentences(paragraph: &str) -> Vec<Pair> {
    let claims = split(paragraph).into_iter().map(|range| &paragraph[range]);
    claims
        .filter(|claim| CLAIM.contains(&claim.split_whitespace().count()) && claim.ends_with('.'))
        .map(|claim| {
            pair(
                claim.to_owned(),
                vec![paragraph.to_owned()],
                Label::Supports,
            )
        })
        .collect()
}

fn pair(claim: String, evidence: Vec<String>, label: Label) -> Pair {
    Pair {
        claim,
        evidence,
        label,
        reworded: false,
        corruption: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[(&str, Label)]) {
        let pairs = pairs(line).unwrap();
        let found: Vec<(&str, Label)> = pairs.iter().map(|p| (p.claim.as_str(), p.label)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn four_forms_of_lines_are_read() {
        check(
            r#"{"claim":"a","evidence":["b"],"label":"neither"}"#,
            &[("a", Label::Neither)],
        );
        check(
            r#"{"claim":"a","doc_id":"1","label":"CONTRADICT","sentences":["b"]}"#,
            &[("a", Label::Refutes)],
        );
        check(
            r#"{"claim":"a","evidences":[{"evidence":"b","evidence_label":"NOT_ENOUGH_INFO"},
               {"evidence":"c","evidence_label":"SUPPORTS"}]}"#
                .replace('\n', " ")
                .as_str(),
            &[("a", Label::Neither), ("a", Label::Supports)],
        );
        check(
            r#"{"id":"1","text":"Too short. The pump weighs nine kilograms with its base."}"#,
            &[(
                "The pump weighs nine kilograms with its base.",
                Label::Supports,
            )],
        );
    }

    #[test]
    fn a_line_that_is_no_pair_is_named() {
        let good = r#"{"claim":"a","evidence":["b"],"label":"neither"}"#;
        let error = pairs(&format!("{good}\n{{}}")).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn headings_and_lists_of_a_text_are_no_claims() {
        let text = "# A heading with some more words than six\n\nThe pump weighs nine kilograms in all.\n\n- a list item of more than six words.";
        let found = of_text(text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].claim, "The pump weighs nine kilograms in all.");
    }
}
