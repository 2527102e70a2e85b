//! `footnote serve`: listen, work the queue, and stop without losing anything: no new
//! connections, requests and the running job finish, a second signal ends it at once.

use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::Exit;
use crate::app::App;
use crate::config::Config;
use crate::error::{ApiError, Code};
use crate::{http, jobs, watch as folders};

pub(super) async fn run(config: Config) -> Result<Exit, ApiError> {
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        ApiError::new(
            Code::Unavailable,
            format!("cannot listen on `{listen}`: {error}"),
            "choose another port with `--listen`, or stop what uses this one",
        )
    })?;
    let address = listener
        .local_addr()
        .map_err(|error| ApiError::internal(&error))?;
    let patience = Duration::from_millis(config.server.shutdown_timeout_ms);
    let app = App::open(config).await?;
    let (stop, stopped) = watch::channel(false);
    let runner = tokio::spawn(jobs::run(Arc::clone(&app), stopped.clone()));
    let watcher = tokio::spawn(folders::run(Arc::clone(&app), stopped.clone()));
    tokio::spawn(signals(stop)?);
    eprintln!("footnote is listening on http://{address}");
    let mut told = stopped.clone();
    // Events are small, and each is to leave by itself.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection may send late");
        }
    });
    let served = axum::serve(listener, http::router(app)).with_graceful_shutdown(async move {
        let _ = told.wait_for(|stop| *stop).await;
    });
    let drained = async {
        let served = async { served.await.map_err(|error| ApiError::internal(&error)) };
        // The job runner ends before it is told to only by a bug; serving on without it would
        // leave every upload waiting.
        let runner = async { runner.await.map_err(|panic| ApiError::internal(&panic)) };
        let watcher = async { watcher.await.map_err(|panic| ApiError::internal(&panic)) };
        tokio::try_join!(served, runner, watcher).map(drop)
    };
    tokio::select! {
        ended = drained => ended?,
        () = overdue(stopped, patience) => {
            eprintln!("footnote stops with work unfinished; it is redone at the next start");
        }
    }
    Ok(Exit::Done)
}

/// Ends `patience` after the first signal.
async fn overdue(mut stopped: watch::Receiver<bool>, patience: Duration) {
    let _ = stopped.wait_for(|stop| *stop).await;
    tokio::time::sleep(patience).await;
}

/// The first signal asks everything to stop; the second ends the process, which is safe: what
/// was acknowledged is on disk.
fn signals(stop: watch::Sender<bool>) -> Result<impl Future<Output = ()>, ApiError> {
    let listen = |kind| signal(kind).map_err(|error| ApiError::internal(&error));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    Ok(async move {
        for round in 0.. {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if round > 0 {
                std::process::exit(1);
            }
            eprintln!("footnote is stopping; once more to stop at once");
            stop.send_replace(true);
        }
    })
}
