//! Another implementation in a process of its own: llama.cpp, driven by `peer.mjs` beside this
//! file, or transformers, by `reference.py`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Result;

pub(crate) struct Peer {
    process: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
}

/// What it wrote, and how long it took.
#[derive(Deserialize)]
pub(crate) struct Written {
    pub(crate) read_ms: f64,
    pub(crate) write_ms: f64,
    pub(crate) tokens: Vec<u32>,
}

#[derive(Deserialize)]
struct Likely {
    likely: Vec<(u32, f64)>,
}

#[derive(Deserialize)]
struct Tokens {
    tokens: Vec<u32>,
}

impl Peer {
    pub(crate) fn start(peer: &Path, model: &Path, threads: usize) -> Result<Self> {
        let mut command = command(peer);
        let mut process = command
            .arg(model)
            .arg(threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let requests = process.stdin.take().ok_or("no pipe to the peer")?;
        let replies = process.stdout.take().ok_or("no pipe from the peer")?;
        Ok(Self {
            process,
            requests,
            replies: BufReader::new(replies),
        })
    }

    /// Greedy: the likeliest token, `write` times.
    pub(crate) fn write(&mut self, read: &[u32], write: usize) -> Result<Written> {
        self.ask(&json!({ "read": read, "write": write }))
    }

    /// The likeliest next tokens with their probabilities.
    pub(crate) fn likely(&mut self, read: &[u32], likely: usize) -> Result<Vec<(u32, f64)>> {
        let reply: Likely = self.ask(&json!({ "read": read, "likely": likely }))?;
        Ok(reply.likely)
    }

    pub(crate) fn tokenize(&mut self, text: &str) -> Result<Vec<u32>> {
        let reply: Tokens = self.ask(&json!({ "tokenize": text }))?;
        Ok(reply.tokens)
    }

    /// Peak memory of the process in MB, where the system says.
    pub(crate) fn memory(&self) -> Option<u64> {
        crate::speed::memory(&self.process.id().to_string())
    }

    fn ask<T: DeserializeOwned>(&mut self, request: &Value) -> Result<T> {
        writeln!(self.requests, "{request}")?;
        let mut line = String::new();
        self.replies.read_line(&mut line)?;
        serde_json::from_str(&line)
            .map_err(|error| format!("the peer said {line:?}: {error}").into())
    }
}

/// A folder is node's, a file is Python itself.
fn command(peer: &Path) -> Command {
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/bench_answer");
    if peer.is_dir() {
        let mut node = Command::new("node");
        node.arg(format!("{scripts}/peer.mjs")).current_dir(peer);
        return node;
    }
    let mut python = Command::new(peer);
    python.arg(format!("{scripts}/reference.py"));
    python
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
