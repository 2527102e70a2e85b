//! The binary: runs the command line on a multi-threaded runtime and turns its outcome into
//! an exit code.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    footnote_api::cli::run().await.into()
}
