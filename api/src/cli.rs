//! The command line: what each command runs. Every command that reads or changes documents is
//! a client of the REST contract, of a server named by `--server` or of the service opened in
//! this process on the data directory; there is no second way.

mod arguments;
mod client;
mod diagnose;
mod doctor;
mod eval;
mod ingest;
mod models;
mod read;
mod serve;
mod show;
mod sources;
mod watch;

use std::process::ExitCode;

use arguments::{Cli, Command, Documents, Global, Jobs, Legs, Models, Scope, Wording};
use clap::{CommandFactory, Parser};

use crate::config::{self, Config, ConfigError, Overrides, explain};
use crate::error::{ApiError, Code};
use crate::telemetry;

/// How a command ended, as its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0
    Done,
    /// 1
    Failed,
    /// 2
    Usage,
    /// 3: abstained, or below the bar.
    Below,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Parses the arguments and runs the command. Errors are printed here, once.
pub async fn run() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
        }
    };
    let config = match load(&cli) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("error: {error}");
            return Exit::Usage;
        }
    };
    telemetry::init(&config.telemetry.log);
    let json = cli.global.json;
    match dispatch(cli, config).await {
        Ok(exit) => exit,
        Err(error) => {
            show::error(&error, json);
            if error.code == Code::InvalidRequest {
                Exit::Usage
            } else {
                Exit::Failed
            }
        }
    }
}

fn load(cli: &Cli) -> Result<Config, ConfigError> {
    let serving = matches!(cli.command, Command::Serve { .. });
    let quiet = if serving { None } else { Some("warn") };
    let log = match cli.global.verbose {
        0 => quiet,
        1 => Some("info"),
        _ => Some("debug"),
    };
    let listen = match &cli.command {
        Command::Serve { listen } => *listen,
        _ => None,
    };
    let overrides = Overrides {
        data: cli.global.data.clone(),
        listen,
        log: log.map(str::to_owned),
    };
    config::load(cli.global.config.as_deref(), overrides)
}

async fn dispatch(cli: Cli, config: Config) -> Result<Exit, ApiError> {
    let Global { server, json, .. } = cli.global;
    let target = client::Target {
        server,
        config: config.clone(),
    };
    match cli.command {
        Command::Serve { .. } => serve::run(config).await,
        Command::Ingest { paths, collection } => {
            ingest::run(target, &paths, &collection, json).await
        }
        Command::Watch { paths, flags } => watch::run(target, &paths, flags, json).await,
        Command::Ask { text, scope, mode } => read::ask(target, text, scope, mode, json).await,
        Command::Search {
            text,
            scope,
            k,
            mode,
            explain,
        } => {
            let request = read::SearchFlags { k, mode, explain };
            read::search(target, text, scope, request, json).await
        }
        Command::Verify {
            text,
            files,
            documents,
        } => read::verify(target, text, &files, documents, json).await,
        Command::Diagnose {
            text: Some(text),
            scope,
            flags,
        } => diagnose::run(target, text, scope, flags, json).await,
        Command::Diagnose { text: None, .. } => diagnose::corpus(target, json).await,
        Command::Eval(arguments) => eval::run(target, *arguments, json).await,
        Command::Documents(command) => read::documents(target, command, json).await,
        Command::Jobs(command) => read::jobs(target, command, json).await,
        Command::Sources(command) => sources::run(target, command, json).await,
        Command::Models(command) => models::run(&config, &command, json),
        Command::Doctor => doctor::run(config, json).await,
        Command::Config { explain: explained } => {
            show::config(&config, explained.then(|| explain(&config)), json);
            Ok(Exit::Done)
        }
        Command::Completions { shell } => {
            let mut command = Cli::command();
            clap_complete::generate(shell, &mut command, "footnote", &mut std::io::stdout());
            Ok(Exit::Done)
        }
    }
}
