//! One model, one thread, one bounded queue.
//!
//! Models are slow and not shareable, and model code must never run on a tokio thread. A
//! [`Worker`] builds its model on a thread of its own and hands it one job at a time. It
//! refuses early (a full queue answers at once) and drops the abandoned (a job whose caller
//! has gone is skipped). It knows nothing about what a job does.
//!
//! A job that panics is answered with [`WorkerError::Gone`] and the worker lives on: one
//! hostile input must not take the service down. This asks of models that a job which stops
//! half-way leaves them usable; both models here start every job from unchanging weights.

use std::any::type_name;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use tokio::sync::{mpsc, oneshot, watch};

/// A handle to a model thread. Clones share the thread; dropping the last one ends it once
/// the job in hand is done.
pub struct Worker<M> {
    name: &'static str,
    jobs: mpsc::Sender<Job<M>>,
    state: watch::Receiver<State>,
}

/// A place in the queue of a [`Worker`].
#[derive(Debug)]
pub struct Seat<M> {
    place: mpsc::OwnedPermit<Job<M>>,
    worker: Worker<M>,
}

type Job<M> = Box<dyn FnOnce(&mut M) + Send>;

/// Why a job has no result, or a worker is not ready.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WorkerError {
    /// As many jobs wait as the queue holds.
    #[error("the {worker} has a full queue: try again shortly")]
    Busy {
        /// Name of the worker.
        worker: &'static str,
    },
    /// The model is still being built; only [`Worker::check`] says so, jobs wait.
    #[error("the {worker} is still loading")]
    Loading {
        /// Name of the worker.
        worker: &'static str,
    },
    /// The model could not be built; it will not come back without a restart.
    #[error("the {worker} could not be loaded: correct the cause and restart")]
    Load {
        /// Name of the worker.
        worker: &'static str,
        /// Why.
        #[source]
        source: Arc<dyn Error + Send + Sync>,
    },
    /// The job panicked, or the thread has ended.
    #[error("the {worker} gave up on this job: the input may have hit a bug in the model code")]
    Gone {
        /// Name of the worker.
        worker: &'static str,
    },
}

#[derive(Clone)]
enum State {
    Loading,
    Ready,
    Failed(Arc<dyn Error + Send + Sync>),
}

impl<M: 'static> Worker<M> {
    /// Starts a thread called `name` that builds the model with `load` and then runs jobs.
    ///
    /// `queue` jobs may wait beside the one that runs (at least one may). Jobs given while the
    /// model loads wait for it.
    ///
    /// # Errors
    /// [`WorkerError::Load`] when the thread cannot be started. A failing `load` is reported
    /// by [`ready`](Self::ready), [`check`](Self::check) and [`run`](Self::run).
    pub fn spawn<E>(
        name: &'static str,
        queue: usize,
        load: impl FnOnce() -> Result<M, E> + Send + 'static,
    ) -> Result<Self, WorkerError>
    where
        E: Error + Send + Sync + 'static,
    {
        let (jobs, waiting) = mpsc::channel(queue.max(1));
        let (report, state) = watch::channel(State::Loading);
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || live(load, &report, waiting))
            .map_err(|source| WorkerError::Load {
                worker: name,
                source: Arc::new(source),
            })?;
        Ok(Self { name, jobs, state })
    }

    /// Waits until the model is loaded.
    ///
    /// # Errors
    /// [`WorkerError::Load`] when it never will be, [`WorkerError::Gone`] when loading panicked.
    pub async fn ready(&self) -> Result<(), WorkerError> {
        let mut state = self.state.clone();
        let settled = state
            .wait_for(|state| !matches!(state, State::Loading))
            .await;
        settled.map_err(|_| self.gone())?;
        self.check()
    }

    /// Whether a job would be taken now, queue aside; never waits.
    ///
    /// # Errors
    /// [`WorkerError::Loading`], [`WorkerError::Load`] or [`WorkerError::Gone`].
    pub fn check(&self) -> Result<(), WorkerError> {
        let worker = self.name;
        match &*self.state.borrow() {
            State::Failed(source) => Err(WorkerError::Load {
                worker,
                source: Arc::clone(source),
            }),
            _ if self.jobs.is_closed() => Err(self.gone()),
            State::Loading => Err(WorkerError::Loading { worker }),
            State::Ready => Ok(()),
        }
    }

    /// Runs `job` on the model thread and returns its result.
    ///
    /// Cancel safe: dropping the future before the job has started skips the job; a job that
    /// has started runs to its end.
    ///
    /// # Errors
    /// [`WorkerError::Busy`] at once when the queue is full; [`WorkerError::Gone`] when the job
    /// panics; [`WorkerError::Load`] when there is no model.
    pub async fn run<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut M) -> R + Send + 'static,
    ) -> Result<R, WorkerError> {
        self.reserve()?.run(job).await
    }

    /// Takes a place in the queue for a job that is yet to come. Dropping it gives it back.
    ///
    /// # Errors
    /// As for [`run`](Self::run), but for the job's own.
    pub fn reserve(&self) -> Result<Seat<M>, WorkerError> {
        let place = self.jobs.clone().try_reserve_owned();
        let place = place.map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => WorkerError::Busy { worker: self.name },
            mpsc::error::TrySendError::Closed(_) => self.why_gone(),
        })?;
        Ok(Seat {
            place,
            worker: self.clone(),
        })
    }

    fn why_gone(&self) -> WorkerError {
        match self.check() {
            Err(failure @ WorkerError::Load { .. }) => failure,
            _ => self.gone(),
        }
    }

    fn gone(&self) -> WorkerError {
        WorkerError::Gone { worker: self.name }
    }
}

impl<M: 'static> Seat<M> {
    /// [`Worker::run`], from this place.
    ///
    /// # Errors
    /// As there, but never [`WorkerError::Busy`].
    pub async fn run<R: Send + 'static>(
        self,
        job: impl FnOnce(&mut M) -> R + Send + 'static,
    ) -> Result<R, WorkerError> {
        let (answer, result) = oneshot::channel();
        self.place.send(Box::new(move |model: &mut M| {
            if !answer.is_closed() {
                // The caller may leave while the job runs; then nobody wants the result.
                let _ = answer.send(job(model));
            }
        }));
        result.await.map_err(|_| self.worker.why_gone())
    }
}

impl<M> Clone for Worker<M> {
    fn clone(&self) -> Self {
        Self {
            name: self.name,
            jobs: self.jobs.clone(),
            state: self.state.clone(),
        }
    }
}

impl<M> std::fmt::Debug for Worker<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Worker<{}>({})", type_name::<M>(), self.name)
    }
}

/// The life of a model thread.
fn live<M, E: Error + Send + Sync + 'static>(
    load: impl FnOnce() -> Result<M, E>,
    report: &watch::Sender<State>,
    mut waiting: mpsc::Receiver<Job<M>>,
) {
    let mut model = match load() {
        Ok(model) => model,
        Err(error) => {
            report.send_replace(State::Failed(Arc::new(error)));
            return;
        }
    };
    report.send_replace(State::Ready);
    while let Some(job) = waiting.blocking_recv() {
        // The panic hook has printed the message; the caller learns it by its dropped channel.
        let _ = catch_unwind(AssertUnwindSafe(|| job(&mut model)));
    }
}

#[cfg(test)]
mod tests;
