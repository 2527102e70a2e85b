//! The worker's side: reads documents from standard input, one after the other, and writes what
//! became of them to standard output. It ends when its input ends, so it never outlives the
//! service for longer than one document.

use std::io::{self, Stdout, Write, stdin, stdout};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use super::confine;
use super::wire::{self, Reply, Request};
use crate::parse::{parse, place};
use crate::source::Source;

/// The word on the command line that starts a worker.
pub const COMMAND: &str = "parse-worker";

/// Serves documents until the input ends. To be called first in the process: limits hold for
/// threads that start later.
pub fn run() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{COMMAND}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> io::Result<()> {
    let out = Arc::new(Mutex::new(stdout()));
    let told = Arc::clone(&out);
    place::observe(move |place| {
        // A service that has gone away is noticed when the result cannot be written.
        let _ = send(&told, wire::PLACE, place.as_bytes());
    });
    let mut confined = false;
    while let Some((request, source)) = next()? {
        if !confined {
            confine::for_good(&request.budget, request.limits.runs_programs())?;
            confined = true;
        }
        let reply: Reply = parse(&source, &request.limits);
        drop(source);
        let reply = serde_json::to_vec(&reply).map_err(io::Error::other)?;
        send(&out, wire::RESULT, &reply)?;
    }
    Ok(())
}

fn next() -> io::Result<Option<(Request, Source)>> {
    let mut input = stdin().lock();
    let Some((wire::REQUEST, request)) = wire::read(&mut input)? else {
        return Ok(None);
    };
    let request: Request = serde_json::from_slice(&request).map_err(io::Error::other)?;
    let Some((wire::BYTES, bytes)) = wire::read(&mut input)? else {
        return Err(io::Error::other("a request without a document"));
    };
    let source = Source {
        uri: request.uri.clone(),
        media_type: request.media_type.clone(),
        bytes,
    };
    Ok(Some((request, source)))
}

fn send(out: &Mutex<Stdout>, kind: u8, bytes: &[u8]) -> io::Result<()> {
    let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
    wire::write(&mut *out, kind, bytes)?;
    out.flush()
}
