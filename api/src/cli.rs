//! The command line: what can be typed, and what each command runs. Every command that reads
//! or changes documents is a client of the REST contract, of a server named by `--server` or
//! of the service opened in this process on the data directory; there is no second way.

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

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::config::{self, Config, ConfigError, Overrides, explain};
use crate::error::{ApiError, Code};
use crate::telemetry;

/// A knowledge base that only says what it can quote.
#[derive(Debug, Parser)]
#[command(name = "footnote", version)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Global {
    /// Data directory [default: the platform's]
    #[arg(long, env = "FOOTNOTE_DATA", global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Configuration file [default: footnote.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Talk to a running server instead of opening the data directory
    #[arg(long, global = true, value_name = "URL")]
    server: Option<String>,
    /// Print the REST body instead of text for people
    #[arg(long, global = true)]
    json: bool,
    /// Say more on stderr; twice for more still
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the REST API on a loopback address
    Serve {
        /// Address and port
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
    },
    /// Read files and folders into the knowledge base
    Ingest {
        /// Files or folders
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Collection to put them in
        #[arg(long, default_value = "default")]
        collection: String,
    },
    /// Keep the knowledge base equal to folders; with --once, exits with 3 when it is not
    Watch {
        /// Folders
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        flags: watch::Flags,
    },
    /// Ask a question; exits with 3 when the service abstains
    Ask {
        /// The question
        text: String,
        #[command(flatten)]
        scope: Scope,
        /// Who may word the answer
        #[arg(long, value_enum, default_value = "auto")]
        mode: Wording,
    },
    /// Search for passages
    Search {
        /// What to search for
        text: String,
        #[command(flatten)]
        scope: Scope,
        /// How many hits
        #[arg(short, default_value_t = 10)]
        k: usize,
        /// Which legs run
        #[arg(long, value_enum, default_value = "hybrid")]
        mode: Legs,
        /// Show how the ranking came about
        #[arg(long)]
        explain: bool,
    },
    /// Check a text, sentence by sentence, against files or stored documents
    Verify {
        /// The text to check
        text: String,
        /// File to check against; may be repeated
        #[arg(long = "file", value_name = "PATH")]
        files: Vec<PathBuf>,
        /// Stored document to check against; may be repeated
        #[arg(long = "document", value_name = "ID")]
        documents: Vec<String>,
    },
    /// Say which stage lost what should have been found; without a question, report on the corpus
    Diagnose {
        /// The question
        text: Option<String>,
        #[command(flatten)]
        scope: Scope,
        #[command(flatten)]
        flags: diagnose::Flags,
    },
    /// Measure how well questions with known answers are found and answered
    Eval(Box<eval::Arguments>),
    /// List, show and delete documents
    #[command(subcommand)]
    Documents(Documents),
    /// List, show and retry jobs
    #[command(subcommand)]
    Jobs(Jobs),
    /// List, show, compare and delete watched folders
    #[command(subcommand)]
    Sources(sources::Command),
    /// List and fetch the model files
    #[command(subcommand)]
    Models(Models),
    /// Check models, data directory and index; exits with 3 when something is wrong
    Doctor,
    /// Print the configuration in force
    Config {
        /// With the meaning of every key
        #[arg(long)]
        explain: bool,
    },
    /// Print a completion script
    Completions {
        /// For this shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
struct Scope {
    /// Collection to look in; may be repeated [default: default]
    #[arg(long = "collection", value_name = "NAME")]
    collections: Vec<String>,
    /// Filter as JSON, such as '{"field":"title","op":"eq","value":"Leave"}'
    #[arg(long, value_name = "JSON")]
    filter: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Wording {
    Auto,
    Extractive,
    Generate,
}

impl Wording {
    /// As the contract writes it.
    fn as_str(self) -> &'static str {
        match self {
            Wording::Auto => "auto",
            Wording::Extractive => "extractive",
            Wording::Generate => "generate",
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Legs {
    Hybrid,
    Vector,
    Lexical,
}

#[derive(Debug, Subcommand)]
enum Documents {
    /// List documents
    List {
        /// Only this collection
        #[arg(long)]
        collection: Option<String>,
    },
    /// Show one document
    Get {
        /// Its id
        id: String,
    },
    /// Print its canonical text
    Text {
        /// Its id
        id: String,
    },
    /// Delete it
    Delete {
        /// Its id
        id: String,
    },
}

#[derive(Debug, Subcommand)]
enum Jobs {
    /// List jobs
    List {
        /// Only jobs in this state
        #[arg(long)]
        state: Option<String>,
    },
    /// Show one job
    Get {
        /// Its id
        id: String,
    },
    /// Try a failed or dead job again
    Retry {
        /// Its id
        id: String,
    },
}

#[derive(Debug, Subcommand)]
enum Models {
    /// What is needed, and what is there
    List,
    /// Fetch what is missing, and verify it
    Pull,
    /// Measure what the language model can do; `serve` uses it for that
    Probe,
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_may_follow_any_command() {
        for line in [
            "footnote eval set --data here",
            "footnote eval gate set --against b --data here",
            "footnote eval gen --data here",
            "footnote ingest a --data here",
        ] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert_eq!(cli.global.data, Some(PathBuf::from("here")), "{line}");
        }
    }
}
