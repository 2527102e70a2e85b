//! One worker process: asked, listened to, and read like a coroner when it died.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

use super::IsolateError;
use crate::isolate::budget::{Budget, Stopped};
use crate::isolate::wire::{self, HEAD, Reply, Request};
use crate::isolate::{confine, worker};

/// A running worker. Dropping it kills the process.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    to: ChildStdin,
    from: ChildStdout,
    last_words: Arc<Mutex<Vec<u8>>>,
    listening: JoinHandle<()>,
    budget: Option<Budget>,
    place: Option<String>,
    /// Documents it was given.
    pub(super) served: u32,
}

/// Where programs are, and libraries: a build with `cuda` does not start without its own.
const KEPT: [&str; 2] = ["PATH", "LD_LIBRARY_PATH"];

/// How much of a worker's stderr is kept: the end, where it says why it dies.
const LAST_WORDS: usize = 4096;

/// How long a worker that closed its output may take to be gone.
const DYING: Duration = Duration::from_secs(5);

impl Process {
    /// Starts `program` as a worker, without the service's environment but for [`KEPT`].
    pub(super) fn start(program: &Path) -> io::Result<Self> {
        let mut child = Command::new(program)
            .arg(worker::COMMAND)
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| KEPT.iter().any(|kept| name == kept)))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let missing = || io::Error::other("a stream of the worker is missing");
        let last_words = Arc::new(Mutex::new(Vec::new()));
        let errors = child.stderr.take().ok_or_else(missing)?;
        Ok(Self {
            to: child.stdin.take().ok_or_else(missing)?,
            from: child.stdout.take().ok_or_else(missing)?,
            listening: tokio::spawn(listen(errors, Arc::clone(&last_words))),
            last_words,
            child,
            budget: None,
            place: None,
            served: 0,
        })
    }

    /// Has one document parsed.
    ///
    /// # Errors
    /// When the worker must go: with the limit that it passed, or without when it ended by
    /// itself and [`Process::stopped`] has to find out why.
    pub(super) async fn ask(
        &mut self,
        request: &Request,
        bytes: &[u8],
    ) -> Result<Reply, Option<Stopped>> {
        self.served += 1;
        self.budget = Some(request.budget);
        self.place = None;
        if let Some(pid) = self.child.id() {
            confine::grant_cpu(pid, &request.budget).map_err(|_| None)?;
        }
        self.send(request, bytes).await.map_err(|_| None)?;
        self.receive(request.budget.output_bytes).await
    }

    async fn send(&mut self, request: &Request, bytes: &[u8]) -> io::Result<()> {
        let request = serde_json::to_vec(request)?;
        for (kind, part) in [(wire::REQUEST, request.as_slice()), (wire::BYTES, bytes)] {
            self.to.write_all(&wire::head(kind, part.len())?).await?;
            self.to.write_all(part).await?;
        }
        self.to.flush().await
    }

    async fn receive(&mut self, most: u64) -> Result<Reply, Option<Stopped>> {
        let mut left = most;
        loop {
            let mut head = [0; HEAD];
            self.from.read_exact(&mut head).await.map_err(|_| None)?;
            let (kind, length) = wire::parse_head(head);
            left = left
                .checked_sub(length as u64)
                .ok_or(Some(Stopped::Output { bytes: most }))?;
            let mut frame = vec![0; length];
            self.from.read_exact(&mut frame).await.map_err(|_| None)?;
            match kind {
                wire::PLACE => self.place = String::from_utf8(frame).ok(),
                _ => return serde_json::from_slice(&frame).map_err(|_| None),
            }
        }
    }

    /// Kills the worker and says which limit ended it: `known`, or what its death shows.
    pub(super) async fn stopped(mut self, known: Option<Stopped>) -> IsolateError {
        let stopped = match known {
            Some(stopped) => stopped,
            None => self.cause_of_death().await,
        };
        // Killing what is dead already is fine; waiting leaves no zombie behind.
        let _ = self.child.kill().await;
        IsolateError::Stopped {
            stopped,
            place: self.place.take(),
        }
    }

    async fn cause_of_death(&mut self) -> Stopped {
        let status = match tokio::time::timeout(DYING, self.child.wait()).await {
            Ok(Ok(status)) => status,
            _ => {
                let how = "it broke the protocol".to_owned();
                return Stopped::Crash { how };
            }
        };
        let _ = tokio::time::timeout(DYING, &mut self.listening).await;
        let words = self
            .last_words
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        diagnose(status, &String::from_utf8_lossy(&words), self.budget)
    }
}

/// Which limit a dead worker passed, from its exit and its last words.
fn diagnose(status: ExitStatus, words: &str, budget: Option<Budget>) -> Stopped {
    let cpu = budget.map_or(0, |budget| budget.cpu_seconds);
    let memory = budget.map_or(0, |budget| budget.memory_bytes);
    match status.signal() {
        Some(SIGXCPU) => Stopped::Cpu { seconds: cpu },
        // What the standard library says when an allocation fails or a stack ends.
        _ if words.contains("memory allocation of") => Stopped::Memory { bytes: memory },
        _ if words.contains("has overflowed its stack") => Stopped::Stack,
        Some(signal) => Stopped::Crash {
            how: format!("signal {signal}"),
        },
        None => Stopped::Crash {
            how: words
                .lines()
                .last()
                .unwrap_or("it ended early")
                .chars()
                .take(200)
                .collect(),
        },
    }
}

const SIGXCPU: i32 = 24;

async fn listen(mut errors: ChildStderr, words: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; 1024];
    while let Ok(read) = errors.read(&mut buffer).await {
        if read == 0 {
            return;
        }
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend_from_slice(&buffer[..read]);
        let excess = words.len().saturating_sub(LAST_WORDS);
        words.drain(..excess);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wait_status: i32, words: &str, expected: &str) {
        let budget = Budget {
            memory_bytes: 1 << 30,
            cpu_seconds: 7,
            wall_seconds: 9,
            output_bytes: 1,
        };
        let found = diagnose(ExitStatus::from_raw(wait_status), words, Some(budget));
        assert_eq!(found.to_string(), expected);
    }

    #[test]
    fn a_death_is_told_by_its_signs() {
        check(24, "", "parsing took more than 7 s of processor time");
        check(
            6,
            "memory allocation of 99 bytes failed\n",
            "parsing needed more than 1024 MiB of memory",
        );
        check(
            6,
            "thread 'parse' has overflowed its stack",
            "parsing nested deeper than its stack",
        );
        check(11, "", "the parser crashed (signal 11)");
        check(
            1 << 8,
            "a\nworker: no pipe",
            "the parser crashed (worker: no pipe)",
        );
    }
}
