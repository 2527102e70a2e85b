//! Each promise of the worker, with models that are numbers.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::*;

fn counter(queue: usize) -> Worker<u32> {
    Worker::spawn("counter", queue, || Ok::<_, io::Error>(0)).unwrap()
}

/// Occupies the worker until the returned sender is used or dropped.
fn block(worker: &Worker<u32>) -> Sender<()> {
    let (release, blocked): (Sender<()>, Receiver<()>) = channel();
    let (started, running) = channel();
    let worker = worker.clone();
    tokio::spawn(async move {
        let job = move |_: &mut u32| {
            let _ = started.send(());
            let _ = blocked.recv();
        };
        worker.run(job).await
    });
    // Waits on a blocking thread of the test, so the runtime has two threads.
    running.recv_timeout(Duration::from_secs(10)).unwrap();
    release
}

#[tokio::test]
async fn jobs_share_the_model_and_run_in_order() {
    let worker = counter(4);
    worker.ready().await.unwrap();
    for expected in 1..=3 {
        let job = |count: &mut u32| {
            *count += 1;
            *count
        };
        assert_eq!(worker.run(job).await.unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_answers_busy_at_once() {
    let worker = counter(1);
    let release = block(&worker);
    let waiting = tokio::spawn({
        let worker = worker.clone();
        async move { worker.run(|count| *count).await }
    });
    while worker.jobs.capacity() > 0 {
        tokio::task::yield_now().await;
    }
    let refused = worker.run(|count| *count).await.unwrap_err();
    assert!(matches!(refused, WorkerError::Busy { worker: "counter" }));
    drop(release);
    assert_eq!(waiting.await.unwrap().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_caller_has_gone_is_skipped() {
    let worker = counter(2);
    let release = block(&worker);
    let abandoned = tokio::spawn({
        let worker = worker.clone();
        async move { worker.run(|count| *count += 1).await }
    });
    while worker.jobs.capacity() > 1 {
        tokio::task::yield_now().await;
    }
    abandoned.abort();
    assert!(abandoned.await.unwrap_err().is_cancelled());
    drop(release);
    assert_eq!(worker.run(|count| *count).await.unwrap(), 0);
}

#[tokio::test]
async fn a_place_taken_ahead_counts_and_is_given_back() {
    let worker = counter(1);
    let seat = worker.reserve().unwrap();
    assert!(matches!(worker.reserve(), Err(WorkerError::Busy { .. })));
    drop(seat);
    let seat = worker.reserve().unwrap();
    assert_eq!(seat.run(|count| *count + 1).await.unwrap(), 1);
}

#[tokio::test]
async fn a_panicking_job_is_answered_and_the_worker_lives_on() {
    let worker = counter(1);
    let gone = worker.run(|_| -> u32 { panic!("on purpose") }).await;
    assert!(matches!(gone, Err(WorkerError::Gone { .. })));
    assert_eq!(worker.run(|count| *count).await.unwrap(), 0);
    assert!(worker.check().is_ok());
}

#[tokio::test]
async fn a_model_that_does_not_load_says_why_to_everyone() {
    let load = || Err::<u32, _>(io::Error::other("no such model"));
    let worker = Worker::spawn("broken", 1, load).unwrap();
    let failure = worker.ready().await.unwrap_err();
    assert_eq!(failure.source().unwrap().to_string(), "no such model");
    for outcome in [worker.check(), worker.run(|_| ()).await] {
        assert!(
            matches!(outcome, Err(WorkerError::Load { .. })),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn loading_that_panics_is_not_waited_for() {
    let load = || -> Result<u32, io::Error> { panic!("on purpose") };
    let worker = Worker::spawn("broken", 1, load).unwrap();
    assert!(matches!(
        worker.ready().await,
        Err(WorkerError::Gone { .. })
    ));
    assert!(matches!(worker.check(), Err(WorkerError::Gone { .. })));
}

#[tokio::test]
async fn the_thread_ends_with_its_last_handle() {
    struct Farewell(Option<oneshot::Sender<()>>);
    impl Drop for Farewell {
        fn drop(&mut self) {
            let _ = self.0.take().map(|ended| ended.send(()));
        }
    }
    let (ended, end) = oneshot::channel();
    let load = || Ok::<_, io::Error>(Farewell(Some(ended)));
    let worker = Worker::spawn("mortal", 1, load).unwrap();
    drop(worker.clone());
    worker.ready().await.unwrap();
    drop(worker);
    end.await.unwrap();
}
