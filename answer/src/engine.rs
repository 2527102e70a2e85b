//! From a question to an answer: the one place that sees all stages, in the order they run.
//! Everything it calls is a pure function, a model thread or the pinned snapshot.

use std::sync::Arc;

use footnote_ingest::embed::{Embedder, Passage as Text};
use footnote_ingest::worker::Worker;
use footnote_store::Snapshot;

use crate::ask::{Abilities, Ask, Settings};
use crate::clock::Clock;
use crate::error::Error;
use crate::escalate::Escalation;
use crate::gate::Zone;
use crate::generate::Generator;
use crate::inference::Inferring;
use crate::outcome::{Answer, Kind, Models};
use crate::pace::Pace;
use crate::progress::{Event, Progress};
use crate::quote;
use crate::reading::Reading;
use crate::rerank::Reranking;
use crate::search::{Found, Readers, Search, search};
use crate::sheet::Sheet;
use crate::short;
use crate::trace::AnswerTrace;
use crate::wording::Case;

/// The models and settings that answer questions.
#[derive(Clone)]
pub struct Engine {
    /// Makes vectors.
    pub embedder: Worker<Embedder>,
    /// Words answers, where configured.
    pub generator: Option<Worker<Generator>>,
    /// Puts the first passages in order, where configured.
    pub reranker: Option<Reranking>,
    /// Reads again what the checks let pass, where configured.
    pub inferring: Option<Inferring>,
    /// Asked where the local answer may be too little, where configured.
    pub escalation: Option<Arc<Escalation>>,
    /// Names of all.
    pub models: Models,
    /// What the generator is used for.
    pub abilities: Abilities,
    /// How fast it is, where that was measured.
    pub pace: Option<Pace>,
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
        self.ask_telling(snapshot, ask, &Progress::silent()).await
    }

    /// [`Engine::ask`], with `progress` told of each part as soon as it stands.
    ///
    /// Cancel safe: when the future is dropped nothing more is begun, and a generator that
    /// writes stops before its next token.
    pub async fn ask_telling(
        &self,
        snapshot: &Snapshot,
        ask: &Ask,
        progress: &Progress,
    ) -> Result<Answered, Error> {
        let mut clock = Clock::start();
        let seat = self.seat(ask)?;
        let sheet = Sheet::new(self, ask, snapshot.index_version(), &seat);
        progress.tell(|| sheet.taken()).await;
        let found = self.find(snapshot, &ask.search, &mut clock).await?;
        let question = ask.search.question.as_str();
        let reading = Reading::of(&self.settings, &snapshot.terms, question, &found);
        progress.tell(|| sheet.passages(&reading)).await;
        let doubt = match reading.zone(&self.settings) {
            Zone::Sure => None,
            Zone::Unsure(reserve) => Some(reserve),
            Zone::Refused(reason) => {
                clock.lap("select");
                return Ok(sheet.abstained(found, &reading, reason, &clock));
            }
        };
        let (kept, dropped) = reading.select(&self.settings, ask.max_claims);
        let contexts = quote::contexts(&kept, &reading);
        let evidence = quote::evidence(&kept, &contexts, &reading);
        let quotes = quote::quoted(&evidence, &snapshot.terms);
        clock.lap("select");
        let saying = |claims, clock: &Clock| {
            let answer = sheet.saying(claims, &kept, &reading, clock);
            let short = short::pick(question, &answer.citations, &snapshot.terms);
            Answer {
                short_answer: short,
                reason: doubt.clone(),
                ..answer
            }
        };
        progress
            .tell(|| Event::Quoted(Box::new(saying(quotes.clone(), &clock))))
            .await;
        let case = Case {
            reading: &reading,
            kept: &kept,
            evidence: &evidence,
            terms: &snapshot.terms,
            doubted: doubt.is_some(),
        };
        let worded = self.word(seat, ask, case, &mut clock).await?;
        let (claims, kind) = worded.claims(quotes, ask.max_claims);
        let mut answer = Answer {
            kind: Some(kind),
            usage: worded.usage(),
            ..saying(claims, &clock)
        };
        if let Some(short) = worded.short_answer(&kept, &answer.citations) {
            answer.short_answer = Some(short);
        }
        if kind != Kind::Extractive {
            progress.tell_claims(&answer).await;
        }
        let trace = sheet.answered(found, &reading, (&kept, &dropped), worded);
        Ok(Answered { answer, trace })
    }

    /// Whether an endpoint may have a part in the answer to `ask`.
    pub(crate) fn may_escalate(&self, ask: &Ask) -> bool {
        self.escalation.is_some() && self.settings.escalate && ask.may_escalate()
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
}
