//! A change that might bring a lost passage back: one setting, one part of the request. Each
//! can be applied, written down as a patch, and weighed against others.

use footnote_answer::ask::{Ask, Settings, Wording};
use footnote_answer::question::Question;
use footnote_store::Filter;
use serde_json::{Map, Value, json};

/// One change. Names with a dot are keys of the configuration, others fields of the request.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// More passages.
    K(usize),
    /// Deeper legs.
    Candidates(usize),
    /// Every vector compared.
    Exact,
    /// The reranker reads more candidates, fewer, or none.
    RerankDepth(usize),
    /// Copies of better passages stay.
    KeepDuplicates,
    /// Another constant of the fusion.
    FusionConstant(f32),
    /// Another weight of the vector leg.
    VectorWeight(f32),
    /// Another weight of the best sentence.
    SentenceWeight(f32),
    /// Another weight of the lexical leg.
    LexicalWeight(f32),
    /// What is left of the filter without the clauses that shut the passage out.
    Filter(Option<Filter>),
    /// Other collections.
    Collections(Vec<String>),
    /// Another question.
    Question(Question),
    /// More sentences quoted.
    Sentences(usize),
    /// More characters quoted.
    Chars(usize),
    /// A wider gap to the best sentence.
    Margin(f32),
    /// A lower gate.
    Threshold(f32),
    /// Quotes instead of the model's words.
    Quote,
    /// Weakly supported sentences stay.
    Lenient,
    /// More claims.
    Claims(usize),
}

impl Change {
    /// The question and settings with the change made.
    pub fn apply(&self, ask: &Ask, settings: Settings) -> (Ask, Settings) {
        let (mut ask, mut settings) = (ask.clone(), settings);
        match self {
            Self::K(k) => ask.search.k = *k,
            Self::Candidates(depth) => settings.search.candidates = *depth,
            Self::Exact => settings.search.exact = true,
            Self::RerankDepth(depth) => settings.search.rerank_depth = *depth,
            Self::KeepDuplicates => settings.search.collapse_duplicates = false,
            Self::FusionConstant(k) => settings.search.fusion.k = *k,
            Self::VectorWeight(weight) => settings.search.fusion.vector = *weight,
            Self::SentenceWeight(weight) => settings.search.fusion.sentence = *weight,
            Self::LexicalWeight(weight) => settings.search.fusion.lexical = *weight,
            Self::Filter(filter) => ask.search.scope.filter = filter.clone(),
            Self::Collections(names) => ask.search.scope.collections = names.clone(),
            Self::Question(question) => ask.search.question = question.clone(),
            Self::Sentences(most) => settings.budget.sentences = *most,
            Self::Chars(most) => settings.budget.chars = *most,
            Self::Margin(margin) => settings.budget.margin = *margin,
            Self::Threshold(threshold) => settings.threshold = *threshold,
            Self::Quote => ask.wording = Wording::Extractive,
            Self::Lenient => ask.strict = false,
            Self::Claims(most) => ask.max_claims = *most,
        }
        (ask, settings)
    }

    /// The change as a patch of request and configuration.
    pub fn patch(&self) -> Map<String, Value> {
        let (key, value) = match self {
            Self::K(k) => ("k", json!(k)),
            Self::Candidates(depth) => ("search.candidates", json!(depth)),
            Self::Exact => ("search.exact", json!(true)),
            Self::RerankDepth(depth) => ("search.rerank_depth", json!(depth)),
            Self::KeepDuplicates => ("search.collapse_duplicates", json!(false)),
            Self::FusionConstant(k) => ("search.rrf_k", number(*k)),
            Self::VectorWeight(weight) => ("search.vector_weight", number(*weight)),
            Self::SentenceWeight(weight) => ("search.sentence_weight", number(*weight)),
            Self::LexicalWeight(weight) => ("search.lexical_weight", number(*weight)),
            Self::Filter(filter) => ("filter", json!(filter)),
            Self::Collections(names) if names.len() == 1 => ("collection", json!(names[0])),
            Self::Collections(names) => ("collections", json!(names)),
            Self::Question(question) => ("question", json!(question.as_str())),
            Self::Sentences(most) => ("answer.max_sentences", json!(most)),
            Self::Chars(most) => ("answer.max_chars", json!(most)),
            Self::Margin(margin) => ("answer.margin", number(*margin)),
            Self::Threshold(threshold) => ("answer.threshold", number(*threshold)),
            Self::Quote => ("mode", json!("extractive")),
            Self::Lenient => ("strict", json!(false)),
            Self::Claims(most) => ("max_claims", json!(most)),
        };
        Map::from_iter([(key.to_owned(), value)])
    }

    /// What to do, in words.
    pub fn advice(&self) -> String {
        match self {
            Self::K(k) => format!("look at {k} passages: `k` in the request, or `answer.passages`"),
            Self::Candidates(depth) => format!("ask each leg for {depth} candidates"),
            Self::Exact => {
                "compare every vector, for the index misses some: slower, and sure".to_owned()
            }
            Self::RerankDepth(0) => "turn the reranker off".to_owned(),
            Self::RerankDepth(depth) => {
                format!("let the reranker put the first {depth} passages in order")
            }
            Self::KeepDuplicates => {
                "let passages stay that say the same as a better one, or delete the copy".to_owned()
            }
            Self::FusionConstant(k) => format!("set the constant of the fusion to {k}"),
            Self::VectorWeight(weight) => format!("weigh the vector leg {weight}"),
            Self::SentenceWeight(weight) => format!("weigh the best sentence {weight}"),
            Self::LexicalWeight(weight) => format!("weigh the lexical leg {weight}"),
            Self::Filter(None) => {
                "leave the filter out, or correct the document's metadata".to_owned()
            }
            Self::Filter(Some(_)) => {
                "leave the failing clause out, or correct the document's metadata".to_owned()
            }
            Self::Collections(names) => format!("look in `{}`, where it is", names.join("`, `")),
            Self::Question(_) => {
                "ask with the words of the document, or add those of the question to it".to_owned()
            }
            Self::Sentences(most) => format!("quote up to {most} sentences"),
            Self::Chars(most) => format!("quote up to {most} characters"),
            Self::Margin(margin) => {
                format!("let further sentences score {margin} less than the best")
            }
            Self::Threshold(threshold) => {
                format!("answer from a confidence of {threshold}; weaker answers pass, too")
            }
            Self::Quote => "quote instead of letting the model word the answer".to_owned(),
            Self::Lenient => "keep sentences that are weakly supported".to_owned(),
            Self::Claims(most) => format!("let an answer have {most} sentences"),
        }
    }

    /// How far the change goes: the logarithm of a ratio where there is one, else a judgement
    /// on how much else it changes. Of several that help, the smallest is suggested.
    pub fn size(&self, ask: &Ask, settings: &Settings) -> f32 {
        let ratio = |new: f32, old: f32| match (new > 0.0, old > 0.0) {
            (true, true) => (new / old).ln().abs(),
            _ => 3.0,
        };
        let counts = |new: usize, old: usize| ratio(new as f32, old as f32);
        let (fusion, budget) = (settings.search.fusion, settings.budget);
        match self {
            Self::K(k) => counts(*k, ask.search.k),
            Self::Candidates(depth) => counts(*depth, settings.search.candidates),
            Self::RerankDepth(depth) => counts(*depth, settings.search.rerank_depth),
            Self::FusionConstant(k) => ratio(*k, fusion.k),
            Self::VectorWeight(weight) => ratio(*weight, fusion.vector),
            Self::SentenceWeight(weight) => ratio(*weight, fusion.sentence),
            Self::LexicalWeight(weight) => ratio(*weight, fusion.lexical),
            Self::Sentences(most) => counts(*most, budget.sentences),
            Self::Claims(most) => counts(*most, ask.max_claims),
            Self::Chars(most) => counts(*most, budget.chars),
            Self::Margin(margin) => (margin - budget.margin).abs() * 2.0,
            Self::Threshold(threshold) => (threshold - settings.threshold).abs() * 4.0,
            Self::Filter(_)
            | Self::Collections(_)
            | Self::Quote
            | Self::Lenient
            | Self::Exact
            | Self::KeepDuplicates => 0.5,
            Self::Question(_) => 4.0,
        }
    }

    /// How far the change reaches into other questions.
    fn reach(&self) -> Reach {
        match self {
            Self::K(_)
            | Self::Candidates(_)
            | Self::Exact
            | Self::RerankDepth(_)
            | Self::KeepDuplicates
            | Self::FusionConstant(_)
            | Self::VectorWeight(_)
            | Self::SentenceWeight(_)
            | Self::LexicalWeight(_) => Reach::Search,
            Self::Sentences(_)
            | Self::Chars(_)
            | Self::Margin(_)
            | Self::Threshold(_)
            | Self::Quote
            | Self::Lenient
            | Self::Claims(_) => Reach::Answer,
            Self::Filter(_) | Self::Collections(_) | Self::Question(_) => Reach::Request,
        }
    }
}

/// How far a change reaches into other questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Their hits.
    Search,
    /// Their answers.
    Answer,
    /// Not at all: it is about one request.
    Request,
}

/// Where `changes` together show: an answer depends on its hits, and one part of the request
/// keeps all of them from other questions. `None` of none.
pub fn reach(changes: &[Change]) -> Option<Reach> {
    changes.iter().map(Change::reach).max()
}

/// A number as somebody would write it, without the digits that 32 bits leave behind.
fn number(value: f32) -> Value {
    let rounded = (f64::from(value) * 1e4).round() / 1e4;
    json!(rounded)
}

#[cfg(test)]
mod tests;
