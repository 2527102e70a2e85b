//! From a question to an answer: the one place that sees all stages, in the order they run.
//! Everything it calls is a pure function, a model thread or the pinned snapshot.

use footnote_ingest::embed::{Embedder, Passage as Text};
use footnote_ingest::worker::{Seat, Worker, WorkerError};
use footnote_store::Snapshot;

use crate::ask::{Abilities, Ask, Settings, Wording};
use crate::clock::Clock;
use crate::compose::as_sentence;
use crate::error::Error;
use crate::evidence::{Passage, Sentence};
use crate::gate::Zone;
use crate::generate::Generator;
use crate::outcome::{Answer, Kind, Models};
use crate::progress::{Event, Progress};
use crate::prompt;
use crate::quote;
use crate::reading::Reading;
use crate::rerank::Reranking;
use crate::rewrite::{self, Rewrite, Task};
use crate::search::{Found, Readers, Search, search};
use crate::sheet::Sheet;
use crate::short;
use crate::trace::AnswerTrace;

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
    /// What the generator is used for.
    pub abilities: Abilities,
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
        let busy = matches!(seat, Seating::Full);
        let sheet = Sheet::new(self, ask, snapshot.index_version(), busy);
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
        let mut rewrite = match doubt {
            None => self.rewrite(seat, ask, &kept, &reading.passages).await?,
            Some(_) => None,
        };
        clock.lap("generate");
        if let Some(rewrite) = &mut rewrite {
            let vectors = self.vectors(&rewrite.sentences()).await?;
            rewrite.judge(&vectors, &evidence[..1], &snapshot.terms, ask);
        }
        let better = rewrite.as_ref().and_then(Rewrite::accepted);
        let used = better.is_some();
        let claims = quote::reworded(quotes, better, ask.max_claims);
        clock.lap("verify");
        let mut answer = saying(claims, &clock);
        answer.usage = rewrite.as_ref().map(Rewrite::usage).unwrap_or_default();
        let copied = rewrite.as_ref().and_then(Rewrite::copied);
        if let Some(short) = copied.and_then(|span| short::at(&kept, span, &answer.citations)) {
            answer.short_answer = Some(short);
        }
        if used {
            answer.kind = Some(Kind::Generated);
            progress.tell_claims(&answer).await;
        }
        let trace = sheet.answered(found, &reading, (&kept, &dropped), rewrite);
        Ok(Answered { answer, trace })
    }

    /// A place in the generator's queue, taken before the search so that it is known from the
    /// start who will word the answer.
    fn seat(&self, ask: &Ask) -> Result<Seating, Error> {
        let Some(generator) = &self.generator else {
            return match ask.wording {
                Wording::Generate => Err(Error::NoGenerator),
                Wording::Auto | Wording::Extractive => Ok(Seating::NotAsked),
            };
        };
        let able = self.abilities.rewrites || ask.wording == Wording::Generate;
        if ask.wording == Wording::Extractive || !able {
            return Ok(Seating::NotAsked);
        }
        match generator.reserve() {
            Ok(seat) => Ok(Seating::Taken(seat)),
            Err(WorkerError::Busy { .. }) if ask.quote_when_busy => Ok(Seating::Full),
            Err(source) => Err(Error::Worker {
                model: "generator",
                source,
            }),
        }
    }

    /// Lets the generator reword the best sentence; `None` when it is not to be asked.
    async fn rewrite(
        &self,
        seat: Seating,
        ask: &Ask,
        kept: &[Sentence],
        passages: &[Passage],
    ) -> Result<Option<Rewrite>, Error> {
        let (Seating::Taken(seat), Some(best)) = (seat, kept.first()) else {
            return Ok(None);
        };
        let heading = passages[best.passage].context();
        let question = ask.search.question.as_str();
        let most = self.settings.max_tokens;
        let copies = self.abilities.copies;
        let copy = || (prompt::copy(question, &best.text), best.text.clone());
        let task = Task {
            prompt: prompt::rewrite(question, &heading, &as_sentence(&best.text)),
            copy: copies.then(copy),
            max_tokens: ask.max_tokens.map_or(most, |asked| asked.min(most)),
            deadline: ask.deadline,
        };
        rewrite::run(seat, task).await.map(Some)
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

/// Whether the generator is asked.
enum Seating {
    /// It is, when this place in its queue is reached.
    Taken(Seat<Generator>),
    /// It is not wanted, or not there.
    NotAsked,
    /// Its queue is full.
    Full,
}
