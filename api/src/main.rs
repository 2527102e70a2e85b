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
    wait_politely();
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(footnote_api::cli::run()).into(),
        Err(error) => {
            eprintln!("error: no threads to run on: {error}");
            ExitCode::FAILURE
        }
    }
}

/// candle's threads wait for each other in a loop, by default for so long that on a busy
/// machine each uses up its turn with waiting and a token takes seconds. How long is read
/// from the environment once, and a program cannot safely change its own: so it starts
/// itself again with the shorter wait.
#[cfg(unix)]
fn wait_politely() {
    const SPINS: &str = "CANDLE_BARRIER_POOL_SPIN_LIMIT";
    if std::env::var_os(SPINS).is_none()
        && let Ok(program) = std::env::current_exe()
    {
        use std::os::unix::process::CommandExt;
        let mut again = std::process::Command::new(program);
        // Comes back only if it fails, and then the long wait is better than nothing.
        let _ = again
            .args(std::env::args_os().skip(1))
            .env(SPINS, "2000")
            .exec();
    }
}

/// Nothing here can start itself again under the same process id.
#[cfg(not(unix))]
fn wait_politely() {}
