//! Lays out the answer: joins claims into text, gives each its markers, and turns the
//! sentences behind them into citations whose text is the exact stored slice. Pure.

use crate::evidence::{Passage, Sentence};
use crate::outcome::{AnswerClaim, Citation, CitationType, SourceRef};
use crate::verify::Verified;

/// A claim that survived verification.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The sentence as it will read.
    pub text: String,
    /// Its verdict; `evidence` indexes the sentences given to [`compose`].
    pub verified: Verified,
}

/// The laid-out answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Composed {
    /// The text with markers.
    pub answer: String,
    /// The claims, located in `answer`.
    pub claims: Vec<AnswerClaim>,
    /// The citations, numbered from 1 in order of first use.
    pub citations: Vec<Citation>,
}

/// Joins `kept` into one text; a stored sentence used twice keeps one number.
pub fn compose(kept: Vec<Kept>, sentences: &[Sentence], passages: &[Passage]) -> Composed {
    let mut numbered: Vec<usize> = Vec::new();
    let mut answer = String::new();
    let mut claims = Vec::new();
    for Kept { text, verified } in kept {
        let numbers: Vec<usize> = verified
            .evidence
            .iter()
            .map(|evidence| number(&mut numbered, *evidence))
            .collect();
        if !answer.is_empty() {
            answer.push(' ');
        }
        let start = answer.chars().count();
        answer.push_str(&text);
        let end = answer.chars().count();
        for n in &numbers {
            answer.push_str(&format!("[{n}]"));
        }
        claims.push(AnswerClaim {
            text,
            start,
            end,
            verdict: verified.verdict,
            support: verified.support,
            checks: verified.checks,
            citations: numbers,
        });
    }
    let citations = numbered
        .iter()
        .enumerate()
        .map(|(i, sentence)| cite(i + 1, &sentences[*sentence], passages))
        .collect();
    Composed {
        answer,
        claims,
        citations,
    }
}

fn number(numbered: &mut Vec<usize>, evidence: usize) -> usize {
    match numbered.iter().position(|known| *known == evidence) {
        Some(at) => at + 1,
        None => {
            numbered.push(evidence);
            numbered.len()
        }
    }
}

fn cite(n: usize, sentence: &Sentence, passages: &[Passage]) -> Citation {
    let stored = &passages[sentence.passage].stored;
    let chunk = &stored.chunk;
    Citation {
        n,
        kind: CitationType::CharLocation,
        document_id: stored.document_id.clone(),
        document_version: stored.document_version.clone(),
        uri: stored.uri.clone(),
        title: stored.title.clone(),
        chunk_id: chunk.id.clone(),
        heading_path: chunk.heading_path.clone(),
        page: chunk.page,
        cited_text: sentence.text.clone(),
        start_char_index: sentence.span.start,
        end_char_index: sentence.span.end,
    }
}

/// A stored sentence as it reads inside an answer: one line, no list marker, closed by a
/// full stop so that the sentence before a marker is recognisably one sentence.
pub fn as_sentence(stored: &str) -> String {
    let line = stored.split_whitespace().collect::<Vec<_>>().join(" ");
    let body = without_marker(&line);
    let closed = body.ends_with(['.', '!', '?', '\u{2026}', '\u{3002}', '"', '\u{201d}', ')']);
    if closed && !body.ends_with([')', '"', '\u{201d}']) {
        body.to_owned()
    } else {
        format!("{}.", body.trim_end_matches([':', ';', ',']))
    }
}

/// Drops a leading `- `, `* ` or `3. `.
fn without_marker(line: &str) -> &str {
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    let digits = first.trim_end_matches(['.', ')']);
    let ordinal = digits.len() < first.len() && digits.bytes().all(|b| b.is_ascii_digit());
    let marker = matches!(first, "-" | "*" | "\u{2022}") || (ordinal && !digits.is_empty());
    if marker && !rest.is_empty() {
        rest
    } else {
        line
    }
}

/// The documents of `passages`, best first, each once.
pub fn sources(passages: &[Passage], citations: &[Citation], most: usize) -> Vec<SourceRef> {
    let mut sources: Vec<SourceRef> = Vec::new();
    for (i, passage) in passages.iter().enumerate() {
        let stored = &passage.stored;
        if sources.len() == most {
            break;
        }
        if sources
            .iter()
            .any(|known| known.document_id == stored.document_id)
        {
            continue;
        }
        sources.push(SourceRef {
            document_id: stored.document_id.clone(),
            uri: stored.uri.clone(),
            title: stored.title.clone(),
            cited: citations
                .iter()
                .any(|c| c.document_id == stored.document_id),
            rank: i + 1,
            score: passage.fused,
        });
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stored: &str, expected: &str) {
        assert_eq!(as_sentence(stored), expected);
    }

    #[test]
    fn stored_sentences_read_as_sentences() {
        check(
            "- Bring the  key\nand the card",
            "Bring the key and the card.",
        );
        check("3. Open the valve.", "Open the valve.");
        check("3 May is a holiday.", "3 May is a holiday.");
        check("Who signs?", "Who signs?");
        check("See the annex (page 3)", "See the annex (page 3).");
        check("The following apply:", "The following apply.");
        check("-", "-.");
    }

    #[test]
    fn a_sentence_used_twice_keeps_its_number() {
        let mut numbered = Vec::new();
        let numbers: Vec<usize> = [4, 2, 4].map(|i| number(&mut numbered, i)).into();
        assert_eq!(numbers, [1, 2, 1]);
        assert_eq!(numbered, [4, 2]);
    }
}
