//! What can be typed. The comments are the help that people read.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{diagnose, eval, sources, watch};

/// A knowledge base that only says what it can quote.
#[derive(Debug, Parser)]
#[command(name = "footnote", version)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Args)]
pub(super) struct Global {
    /// Data directory [default: the platform's]
    #[arg(long, env = "FOOTNOTE_DATA", global = true, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Configuration file [default: footnote.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Talk to a running server instead of opening the data directory
    #[arg(long, global = true, value_name = "URL")]
    pub(super) server: Option<String>,
    /// Print the REST body instead of text for people
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Say more on stderr; twice for more still
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(super) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
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
pub(super) struct Scope {
    /// Collection to look in; may be repeated [default: default]
    #[arg(long = "collection", value_name = "NAME")]
    pub(super) collections: Vec<String>,
    /// Filter as JSON, such as '{"field":"title","op":"eq","value":"Leave"}'
    #[arg(long, value_name = "JSON")]
    pub(super) filter: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Wording {
    Auto,
    Extractive,
    Generate,
}

impl Wording {
    /// As the contract writes it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Wording::Auto => "auto",
            Wording::Extractive => "extractive",
            Wording::Generate => "generate",
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Legs {
    Hybrid,
    Vector,
    Lexical,
}

#[derive(Debug, Subcommand)]
pub(super) enum Documents {
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
pub(super) enum Jobs {
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
pub(super) enum Models {
    /// What is needed, and what is there
    List,
    /// Fetch what is missing, and verify it
    Pull,
    /// Measure what the language model can do; `serve` uses it for that
    Probe,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

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
