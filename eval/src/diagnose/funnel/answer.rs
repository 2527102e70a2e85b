//! What was made of the passages: was the expected sentence kept, did the gate let it through,
//! did the model's words keep what it says, and did the verifier let them stand?

use footnote_answer::evidence::Sentence;
use footnote_answer::trace::RewriteTrace;
use serde_json::{Value, json};

use super::Scene;
use crate::diagnose::expected::{Met, overlaps};
use crate::diagnose::stage::{Row, Stage, Status, verdict};
use crate::diagnose::text::states;

impl Scene<'_> {
    pub(super) fn context(&self) -> Row {
        if self.hit().is_none() {
            return Row::skipped(Stage::Context, NOT_AMONG_PASSAGES);
        }
        let (kept, dropped) = self.reading.select(&self.settings, self.ask.max_claims);
        let best = self.reading.scored.first().map(|sentence| sentence.score);
        let wanted = self.gold_sentences();
        let at = self
            .reading
            .scored
            .iter()
            .position(|s| is_one_of(s, &wanted));
        let sentence = at.map(|at| &self.reading.scored[at]);
        let reason = dropped
            .iter()
            .find(|(dropped, _)| Some(dropped) == sentence)
            .map(|(_, reason)| reason);
        let evidence = json!({
            "sentence": sentence.map(|sentence| &sentence.text),
            "score": sentence.map(|sentence| sentence.score),
            "best_score": best,
            "best_sentence": self.reading.scored.first().map(|sentence| &sentence.text),
            "dropped": reason,
            "kept": kept.len(),
        });
        let lost = !kept.iter().any(|sentence| is_one_of(sentence, &wanted));
        let sentences = self.settings.budget.sentences.min(self.ask.max_claims);
        Row::new(Stage::Context, verdict(lost), evidence).ranked(at.map(|at| at + 1), sentences)
    }

    pub(super) fn gate(&self) -> Row {
        if self.hit().is_none() {
            return Row::skipped(Stage::Gate, NOT_AMONG_PASSAGES);
        }
        let reason = self
            .run
            .answered
            .as_ref()
            .and_then(|a| a.answer.reason.as_ref());
        let evidence = json!({
            "confidence": self.reading.confidence,
            "threshold": self.settings.threshold,
            "signals": self.reading.signals,
            "reason": reason,
        });
        let refused = self.reading.is_refused(&self.settings);
        Row::new(Stage::Gate, verdict(refused), evidence)
    }

    pub(super) fn generator(&self) -> Row {
        if let Some(reason) = self.not_reached() {
            return Row::skipped(Stage::Generator, reason);
        }
        let Some(answered) = &self.run.answered else {
            let evidence =
                json!({ "reason": "`mode` is `generate` and no generator is configured" });
            return Row::new(Stage::Generator, Status::Fail, evidence);
        };
        let quotes = self.quoted.as_ref().unwrap_or(&answered.answer);
        let quotes_met = Met::by(quotes, self.expected, self.gold).all();
        let Some(rewrite) = &answered.trace.rewrite else {
            return match self.met().all() {
                true => Row::skipped(Stage::Generator, "the answer is quoted"),
                false => Row::new(
                    Stage::Generator,
                    Status::Fail,
                    json!({ "reason": "the expected sentence is quoted and does not say it in these words" }),
                ),
            };
        };
        let evidence = json!({
            "text": rewrite.text, "used": rewrite.used, "stopped": rewrite.stopped,
            "quotes_would_do": quotes_met,
        });
        let spoilt = rewrite.used && quotes_met;
        // Said, and allowed, and yet not what was expected: another document is cited.
        let lacks = !quotes_met && (rewrite.used || !self.stated_by(rewrite));
        Row::new(
            Stage::Generator,
            verdict(!self.met().all() && (spoilt || lacks)),
            evidence,
        )
    }

    pub(super) fn verifier(&self) -> Row {
        if let Some(reason) = self.not_reached() {
            return Row::skipped(Stage::Verifier, reason);
        }
        let Some(rewrite) = self
            .run
            .answered
            .as_ref()
            .and_then(|a| a.trace.rewrite.as_ref())
        else {
            return Row::skipped(Stage::Verifier, "no model's words to check");
        };
        let claims: Vec<Value> = rewrite.claims.iter().map(|claim| json!(claim)).collect();
        let evidence = json!({
            "claims": claims, "used": rewrite.used, "stopped": rewrite.stopped,
            "strict": self.ask.strict,
        });
        let lost = !self.met().all() && !rewrite.used && self.stated_by(rewrite);
        Row::new(Stage::Verifier, verdict(lost), evidence)
    }

    /// Why the model was not asked for the expected words.
    fn not_reached(&self) -> Option<&'static str> {
        let (kept, _) = self.reading.select(&self.settings, self.ask.max_claims);
        let wanted = self.gold_sentences();
        if self.hit().is_none() {
            Some(NOT_AMONG_PASSAGES)
        } else if self.reading.is_refused(&self.settings) {
            Some("the gate refused")
        } else if !kept.iter().any(|sentence| is_one_of(sentence, &wanted)) {
            Some("the expected sentence was not kept")
        } else {
            None
        }
    }

    /// Whether `sentence` is one that should be quoted.
    pub fn is_gold(&self, sentence: &Sentence) -> bool {
        is_one_of(sentence, &self.gold_sentences())
    }

    fn stated_by(&self, rewrite: &RewriteTrace) -> bool {
        let answer = self.expected.answer.as_deref();
        answer.is_some_and(|answer| states(&rewrite.text, answer))
    }

    /// The sentences of the passages that hold the expected words; where an answer is expected
    /// and one of them states it, those that do.
    fn gold_sentences(&self) -> Vec<&Sentence> {
        let inside = |sentence: &&Sentence| {
            let document = &self.reading.passages[sentence.passage].stored.document_id;
            let known = self
                .gold
                .documents
                .iter()
                .find(|d| d.row.document_id == *document);
            known.is_some_and(|d| d.spans.iter().any(|span| overlaps(*span, sentence.span)))
        };
        let gold: Vec<&Sentence> = self.reading.scored.iter().filter(inside).collect();
        let Some(answer) = &self.expected.answer else {
            return gold;
        };
        let stating = gold
            .iter()
            .filter(|sentence| states(&sentence.text, answer));
        let stating: Vec<&Sentence> = stating.copied().collect();
        if stating.is_empty() { gold } else { stating }
    }
}

const NOT_AMONG_PASSAGES: &str = "it is not among the passages";

fn is_one_of(sentence: &Sentence, wanted: &[&Sentence]) -> bool {
    wanted
        .iter()
        .any(|gold| (gold.passage, gold.index) == (sentence.passage, sentence.index))
}
