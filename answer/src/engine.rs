//! From a question to an answer: the one place that sees all stages, in the order they run.
//! Everything it calls is a pure function, a model thread or the pinned snapshot.

use footnote_ingest::embed::{Embedder, Passage as Text};
use footnote_ingest::id::derive;
use footnote_ingest::sentence;
use footnote_ingest::worker::Worker;
use footnote_store::Snapshot;

use crate::ask::{Ask, Settings, Wording};
use crate::clock::Clock;
use crate::compose::{Kept, as_sentence, compose, sources};
use crate::error::Error;
use crate::evidence::{Passage, Sentence};
use crate::gate::Reason;
use crate::generate::Generator;
use crate::outcome::{Answer, Kind, Models, Status, Usage};
use crate::reading::Reading;
use crate::rerank::Reranking;
use crate::rewrite::{self, Rewrite};
use crate::search::{Found, Readers, Search, search};
use crate::short;
use crate::trace::{AnswerTrace, SentenceRow};
use crate::verify::{self, Claim, Evidence, Verified};

/// The models and settings that answer questions.
#[derive(Clone)]
pub struct Engine {
    /// Makes vectors.
    pub embedder: Worker<Embedder>,
    /// Words answers, where configured.
    pub generator: Option<Worker<Generator>>,
    /// Puts the first passages in order, where configured.
    pub reranker: Option<Reranking>,
    /// Names of all.
    pub models: Models,
    /// How.
    pub settings: Settings,
}

/// An answer and what it was made of.
#[derive(Clone, Debug)]
pub struct Answered {
    /// What the caller gets.
    pub answer: Answer,
    /// What a receipt keeps.
    pub trace: AnswerTrace,
}

impl Engine {
    /// Runs a search alone.
    pub async fn search(
        &self,
        snapshot: &Snapshot,
        request: &Search,
    ) -> Result<(Found, Clock), Error> {
        let mut clock = Clock::start();
        let found = self.find(snapshot, request, &mut clock).await?;
        Ok((found, clock))
    }

    async fn find(
        &self,
        snapshot: &Snapshot,
        request: &Search,
        clock: &mut Clock,
    ) -> Result<Found, Error> {
        let readers = Readers {
            embedder: &self.embedder,
            reranker: self.reranker.as_ref(),
        };
        search(readers, snapshot, request, self.settings.search, clock).await
    }

    /// Answers `ask` from `snapshot`, or abstains with a reason.
    pub async fn ask(&self, snapshot: &Snapshot, ask: &Ask) -> Result<Answered, Error> {
        if ask.wording == Wording::Generate && self.generator.is_none() {
            return Err(Error::NoGenerator);
        }
        let mut clock = Clock::start();
        let found = self.find(snapshot, &ask.search, &mut clock).await?;
        let question = ask.search.question.as_str();
        let reading = Reading::of(&self.settings, &snapshot.terms, question, &found);
        if let Some(reason) = reading.refusal(&self.settings) {
            clock.lap("select");
            return Ok(self.abstain(ask, found, reading, reason, &clock));
        }
        let (kept, dropped) = reading.select(&self.settings, ask.max_claims);
        clock.lap("select");
        let rewrite = self.rewrite(ask, &kept, &reading.passages).await?;
        clock.lap("generate");
        let (claims, rewrite) = self.claims(snapshot, ask, &kept, &reading, rewrite).await?;
        clock.lap("verify");
        let composed = compose(claims, &kept, &reading.passages);
        let answer = Answer {
            status: Status::Answered,
            kind: Some(kind(rewrite.as_ref())),
            answer: composed.answer,
            short_answer: short::pick(question, &composed.citations, &snapshot.terms),
            claims: composed.claims,
            sources: sources(
                &reading.passages,
                &composed.citations,
                self.settings.sources,
            ),
            citations: composed.citations,
            usage: rewrite.as_ref().map(Rewrite::usage).unwrap_or_default(),
            timings_ms: clock.timings(),
            ..self.blank(snapshot, ask, &reading)
        };
        let dropped = dropped
            .iter()
            .take(DROPPED_KEPT)
            .map(|(s, why)| (s.into(), *why));
        let trace = AnswerTrace {
            evidence: kept.iter().map(SentenceRow::from).collect(),
            dropped: dropped.collect(),
            rewrite: rewrite.map(Rewrite::into_trace),
            ..self.trace(found, &reading)
        };
        Ok(Answered { answer, trace })
    }

    /// Lets the generator reword the best sentence; `None` when it is not to be asked.
    async fn rewrite(
        &self,
        ask: &Ask,
        kept: &[Sentence],
        passages: &[Passage],
    ) -> Result<Option<Rewrite>, Error> {
        match (&self.generator, kept.first()) {
            (Some(generator), Some(best)) if ask.wording != Wording::Extractive => {
                let heading = passages[best.passage].context();
                let question = ask.search.question.as_str();
                let evidence = as_sentence(&best.text);
                let prompt = crate::prompt::rewrite(question, &heading, &evidence);
                let limits = (self.settings.max_tokens, ask.deadline);
                Ok(Some(rewrite::run(generator, prompt, limits).await?))
            }
            _ => Ok(None),
        }
    }

    /// The claims of the answer: each kept sentence quoted, the first in the model's words
    /// when they pass verification.
    async fn claims(
        &self,
        snapshot: &Snapshot,
        ask: &Ask,
        kept: &[Sentence],
        reading: &Reading,
        rewrite: Option<Rewrite>,
    ) -> Result<(Vec<Kept>, Option<Rewrite>), Error> {
        let contexts: Vec<String> = kept
            .iter()
            .map(|s| reading.passages[s.passage].context())
            .collect();
        let evidence: Vec<Evidence<'_>> = kept
            .iter()
            .zip(&contexts)
            .map(|(sentence, context)| Evidence {
                text: &sentence.text,
                context,
                vector: &reading.passages[sentence.passage].stored.sentence_vectors[sentence.index],
            })
            .collect();
        let quote = |i: usize| quoted(i, &evidence, snapshot);
        let mut claims: Vec<Kept> = (0..kept.len()).map(quote).collect();
        let Some(mut rewrite) = rewrite else {
            return Ok((claims, None));
        };
        let written: Vec<&str> = sentence::split(&rewrite.text)
            .into_iter()
            .map(|range| &rewrite.text[range])
            .collect();
        let vectors = self.vectors(&written).await?;
        let judged: Vec<(String, Verified)> = written
            .iter()
            .zip(&vectors)
            .map(|(text, vector)| {
                let claim = Claim {
                    text,
                    vector,
                    question: ask.search.question.as_str(),
                };
                (
                    as_sentence(text),
                    verify::verify(claim, &evidence[..1], &snapshot.terms),
                )
            })
            .collect();
        let said: Vec<String> = written.iter().map(|text| (*text).to_owned()).collect();
        rewrite.judge(&said, judged, ask);
        if let Some(better) = rewrite.accepted() {
            claims.splice(..1, better);
        }
        claims.truncate(ask.max_claims);
        Ok((claims, Some(rewrite)))
    }

    /// Vectors of sentences that are not stored, in the order given.
    pub async fn vectors(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        let texts: Vec<Text> = texts
            .iter()
            .map(|text| Text {
                text: (*text).to_owned(),
                sentences: Vec::new(),
            })
            .collect();
        let embedded = self
            .embedder
            .run(move |model| model.passages(&texts))
            .await
            .map_err(|source| Error::Worker {
                model: "embedder",
                source,
            })??;
        Ok(embedded
            .iter()
            .map(|e| e.vector.as_slice().to_vec())
            .collect())
    }

    fn abstain(
        &self,
        ask: &Ask,
        found: Found,
        reading: Reading,
        reason: Reason,
        clock: &Clock,
    ) -> Answered {
        let answer = Answer {
            reason: Some(reason),
            sources: sources(&reading.passages, &[], self.settings.sources),
            timings_ms: clock.timings(),
            ..self.unanswered(&found.trace.index_version, ask, &reading)
        };
        let trace = self.trace(found, &reading);
        Answered { answer, trace }
    }

    fn blank(&self, snapshot: &Snapshot, ask: &Ask, reading: &Reading) -> Answer {
        self.unanswered(&snapshot.index_version(), ask, reading)
    }

    /// An answer with everything but the answer.
    fn unanswered(&self, index_version: &str, ask: &Ask, reading: &Reading) -> Answer {
        let key = self.key(ask, index_version);
        Answer {
            id: derive("ans_", &[key.as_bytes()]),
            trace_id: derive("trc_", &[key.as_bytes()]),
            status: Status::Abstained,
            kind: None,
            answer: String::new(),
            short_answer: None,
            confidence: reading.confidence,
            reason: None,
            claims: Vec::new(),
            citations: Vec::new(),
            sources: Vec::new(),
            index_version: index_version.to_owned(),
            stale: false,
            models: self.models.clone(),
            usage: Usage::default(),
            timings_ms: Default::default(),
        }
    }

    /// Everything that decides the answer, as one text: equal keys give equal answers. With a
    /// deadline the clock decides too; such answers have keys of their own.
    fn key(&self, ask: &Ask, index_version: &str) -> String {
        let search = &ask.search;
        format!(
            "{index_version}|{:?}|{:?}|{}|{:?}|{:?}|{}|{}|{}|{:?}|{:?}|{}",
            search.question.as_str(),
            search.scope,
            search.k,
            search.mode,
            ask.wording,
            ask.strict,
            ask.max_claims,
            ask.deadline.is_some(),
            self.models,
            self.settings,
            crate::prompt::VERSION,
        )
    }

    fn trace(&self, found: Found, reading: &Reading) -> AnswerTrace {
        AnswerTrace {
            search: found.trace,
            wanted: reading
                .wanted
                .iter()
                .map(|t| (t.stem.clone(), t.weight))
                .collect(),
            signals: reading.signals.clone(),
            threshold: self.settings.threshold,
            evidence: Vec::new(),
            dropped: Vec::new(),
            rewrite: None,
        }
    }
}

/// Dropped sentences a trace keeps; the best of them come first.
const DROPPED_KEPT: usize = 50;

fn kind(rewrite: Option<&Rewrite>) -> Kind {
    match rewrite {
        Some(rewrite) if rewrite.used() => Kind::Generated,
        _ => Kind::Extractive,
    }
}

/// The `i`-th evidence sentence as a claim that rests on itself.
fn quoted(i: usize, evidence: &[Evidence<'_>], snapshot: &Snapshot) -> Kept {
    let claim = Claim {
        text: evidence[i].text,
        vector: evidence[i].vector,
        question: "",
    };
    let mut verified = verify::verify(claim, &evidence[i..=i], &snapshot.terms);
    verified.evidence = vec![i];
    Kept {
        text: as_sentence(evidence[i].text),
        verified,
    }
}
