//! The binary: runs the command line on a multi-threaded runtime and turns its outcome into
//! an exit code. Started as a parsing worker, it becomes one before anything else exists.

use std::process::ExitCode;

use footnote_ingest::isolate::worker;

fn main() -> ExitCode {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|arg| arg == worker::COMMAND)
    {
        return worker::run();
    }
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(footnote_api::cli::run()).into(),
        Err(error) => {
            eprintln!("error: no threads to run on: {error}");
            ExitCode::FAILURE
        }
    }
}
