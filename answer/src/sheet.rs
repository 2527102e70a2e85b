//! The form that an answer and its trace are written on: what is known of both before anything
//! is found, such as their ids, and how the parts found later are filled in. Pure.

use footnote_ingest::id::derive;

use crate::ask::{Ask, Settings};
use crate::clock::Clock;
use crate::compose::{Kept, compose, sources};
use crate::engine::{Answered, Engine};
use crate::escalate::attempt::Attempt;
use crate::evidence::{Dropped, Sentence};
use crate::gate::Reason;
use crate::outcome::{Answer, Kind, Models, Status, Usage};
use crate::progress::Event;
use crate::reading::Reading;
use crate::rewrite::Rewrite;
use crate::search::Found;
use crate::task::Pointed;
use crate::ticket;
use crate::trace::{AnswerTrace, SentenceRow};
use crate::wording::{Seating, Worded};

/// Dropped sentences a trace keeps; the best of them come first.
const DROPPED_KEPT: usize = 50;

/// One question's form.
pub(crate) struct Sheet<'a> {
    settings: &'a Settings,
    models: &'a Models,
    index_version: String,
    id: String,
    trace_id: String,
    busy: bool,
}

impl<'a> Sheet<'a> {
    /// A form for `ask`, read from `index_version`, with this place in the generator's queue.
    pub(crate) fn new(
        engine: &'a Engine,
        ask: &Ask,
        index_version: String,
        seat: &Seating,
    ) -> Self {
        let key = key(engine, ask, &index_version, seat);
        Self {
            settings: &engine.settings,
            models: &engine.models,
            index_version,
            busy: matches!(seat, Seating::Full),
            id: derive("ans_", &[key.as_bytes()]),
            trace_id: derive("trc_", &[key.as_bytes()]),
        }
    }

    /// That the question was taken.
    pub(crate) fn taken(&self) -> Event {
        Event::Taken {
            id: self.id.clone(),
            trace_id: self.trace_id.clone(),
        }
    }

    /// The documents near the question.
    pub(crate) fn passages(&self, reading: &Reading) -> Event {
        Event::Passages(sources(&reading.passages, &[], self.settings.sources))
    }

    /// The refusal for `reason`.
    pub(crate) fn abstained(
        &self,
        found: Found,
        reading: &Reading,
        reason: Reason,
        clock: &Clock,
    ) -> Answered {
        let answer = Answer {
            reason: Some(reason),
            sources: sources(&reading.passages, &[], self.settings.sources),
            timings_ms: clock.timings(),
            ..self.blank(reading)
        };
        let trace = self.trace(found, reading);
        Answered { answer, trace }
    }

    /// The answer that says `claims`, whose evidence are the sentences `kept`.
    pub(crate) fn saying(
        &self,
        claims: Vec<Kept>,
        kept: &[Sentence],
        reading: &Reading,
        clock: &Clock,
    ) -> Answer {
        let composed = compose(claims, kept, &reading.passages);
        let most = self.settings.sources;
        Answer {
            status: Status::Answered,
            kind: Some(Kind::Extractive),
            answer: composed.answer,
            claims: composed.claims,
            sources: sources(&reading.passages, &composed.citations, most),
            citations: composed.citations,
            timings_ms: clock.timings(),
            ..self.blank(reading)
        }
    }

    /// The trace of an answer that `kept` some sentences and `dropped` others.
    pub(crate) fn answered(
        &self,
        found: Found,
        reading: &Reading,
        (kept, dropped): (&[Sentence], &[(Sentence, Dropped)]),
        worded: Worded,
    ) -> AnswerTrace {
        let dropped = dropped.iter().take(DROPPED_KEPT);
        AnswerTrace {
            evidence: kept.iter().map(SentenceRow::from).collect(),
            dropped: dropped.map(|(s, why)| (s.into(), *why)).collect(),
            late: worded.late,
            copy: worded.said.pointed.map(Pointed::into_trace),
            rewrite: worded.said.rewrite.map(Rewrite::into_trace),
            escalation: worded.escalated.map(Attempt::into_trace),
            ..self.trace(found, reading)
        }
    }

    /// An answer with everything but the answer.
    fn blank(&self, reading: &Reading) -> Answer {
        Answer {
            id: self.id.clone(),
            trace_id: self.trace_id.clone(),
            status: Status::Abstained,
            kind: None,
            answer: String::new(),
            short_answer: None,
            confidence: reading.confidence,
            reason: None,
            claims: Vec::new(),
            citations: Vec::new(),
            sources: Vec::new(),
            index_version: self.index_version.clone(),
            stale: false,
            models: self.models.clone(),
            usage: Usage::default(),
            timings_ms: Default::default(),
        }
    }

    fn trace(&self, found: Found, reading: &Reading) -> AnswerTrace {
        let wanted = reading.wanted.iter();
        AnswerTrace {
            search: found.trace,
            wanted: wanted.map(|t| (t.stem.clone(), t.weight)).collect(),
            signals: reading.signals,
            threshold: self.settings.threshold,
            sure: self.settings.sure,
            evidence: Vec::new(),
            dropped: Vec::new(),
            busy: self.busy,
            late: false,
            copy: None,
            rewrite: None,
            escalation: None,
        }
    }
}

/// Everything that decides the answer, as one text: equal keys give equal answers. Those that
/// the generator was too busy for have keys of their own; where the clock may stop it, or an
/// endpoint may have a part, no two answers are the same.
fn key(engine: &Engine, ask: &Ask, index_version: &str, seat: &Seating) -> String {
    let search = &ask.search;
    let busy = match seat {
        Seating::Full => "|busy",
        Seating::Taken(_) | Seating::NotAsked => "",
    };
    let timed = ask.deadline.is_some() && matches!(seat, Seating::Taken(_));
    let once = match timed || engine.may_escalate(ask) {
        true => ticket::draw(),
        false => String::new(),
    };
    format!(
        "{index_version}|{:?}|{:?}|{}|{:?}|{:?}|{}|{}|{:?}|{:?}|{:?}|{}|{}{busy}{once}",
        search.question.as_str(),
        search.scope,
        search.k,
        search.mode,
        ask.wording,
        ask.strict,
        ask.max_claims,
        engine.models,
        engine.abilities,
        engine.settings,
        crate::prompt::VERSION,
        crate::generate::VERSION,
    )
}
