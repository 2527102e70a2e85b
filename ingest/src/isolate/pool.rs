//! The service's side: a few workers, reused from document to document, each killed when its
//! document takes more than it may. A worker that was killed is replaced by the next document.

mod process;

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use self::process::Process;
use super::budget::{Budget, Stopped};
use super::wire::Request;
use crate::document::Document;
use crate::parse::{Limits, ParseError};
use crate::source::Source;

/// Documents after which a worker makes way for a fresh one: parsers leak.
const REUSE: u32 = 256;

/// Why a document could not be parsed.
#[derive(Debug, thiserror::Error)]
pub enum IsolateError {
    /// The document is at fault.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The document took its worker down: the same may happen again, or not.
    #[error("{stopped}{}", at(place))]
    Stopped {
        /// Which limit ended it.
        stopped: Stopped,
        /// Where in the document the parser was.
        place: Option<String>,
    },
    /// No worker could be started, which is not the document's fault.
    #[error("no process for parsing could be started")]
    Start(#[source] io::Error),
}

fn at(place: &Option<String>) -> String {
    place
        .as_ref()
        .map_or(String::new(), |place| format!(", at {place}"))
}

/// A bounded number of parsing processes.
#[derive(Debug)]
pub struct Parsers {
    program: PathBuf,
    budget: Budget,
    slots: Semaphore,
    idle: Mutex<Vec<Process>>,
}

impl Parsers {
    /// At most `workers` processes of `program`, which must run [`super::worker::run`] when its
    /// first argument is [`super::worker::COMMAND`]. None is started yet.
    pub fn new(program: PathBuf, workers: usize, budget: Budget) -> Self {
        Self {
            program,
            budget,
            slots: Semaphore::new(workers.max(1)),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Parses `source` in a worker; waits for one when all are busy.
    ///
    /// # Errors
    /// [`IsolateError`]; whichever it is, the next document gets a working worker.
    ///
    /// Dropping the future kills the worker.
    pub async fn parse(&self, source: &Source, limits: &Limits) -> Result<Document, IsolateError> {
        let _slot = self
            .slots
            .acquire()
            .await
            .map_err(|closed| IsolateError::Start(io::Error::other(closed)))?;
        let mut process = self.process()?;
        let request = Request {
            uri: source.uri.clone(),
            media_type: source.media_type.clone(),
            limits: limits.clone(),
            budget: self.budget,
        };
        let patience = Duration::from_secs(self.budget.wall_seconds);
        let asked = process.ask(&request, &source.bytes);
        let reply = match tokio::time::timeout(patience, asked).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(stopped)) => return Err(process.stopped(stopped).await),
            Err(_) => {
                let seconds = self.budget.wall_seconds;
                return Err(process.stopped(Some(Stopped::Wall { seconds })).await);
            }
        };
        self.put_back(process);
        Ok(reply?)
    }

    fn process(&self) -> Result<Process, IsolateError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match idle {
            Some(process) => Ok(process),
            None => Process::start(&self.program).map_err(IsolateError::Start),
        }
    }

    fn put_back(&self, process: Process) {
        if process.served < REUSE {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(process);
        }
    }
}
