//! What one document may use up while it is parsed, and the name of each limit that can end it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Limits on the parsing of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Memory beyond what an idle worker has, in bytes of address space.
    pub memory_bytes: u64,
    /// Processor time, in seconds.
    pub cpu_seconds: u64,
    /// Time on the clock, in seconds.
    pub wall_seconds: u64,
    /// Most bytes that a worker may send back.
    pub output_bytes: u64,
}

/// What ended a worker in the middle of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// [`Budget::memory_bytes`] were not enough.
    Memory {
        /// The limit.
        bytes: u64,
    },
    /// [`Budget::cpu_seconds`] were not enough.
    Cpu {
        /// The limit.
        seconds: u64,
    },
    /// [`Budget::wall_seconds`] were not enough.
    Wall {
        /// The limit.
        seconds: u64,
    },
    /// [`Budget::output_bytes`] were not enough.
    Output {
        /// The limit.
        bytes: u64,
    },
    /// It nested deeper than the stack.
    Stack,
    /// It ended by itself, against all rules.
    Crash {
        /// How, as far as it can be told from outside.
        how: String,
    },
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Memory { bytes } => {
                write!(f, "parsing needed more than {} MiB of memory", bytes >> 20)
            }
            Stopped::Cpu { seconds } => {
                write!(f, "parsing took more than {seconds} s of processor time")
            }
            Stopped::Wall { seconds } => write!(f, "parsing took longer than {seconds} s"),
            Stopped::Output { bytes } => {
                write!(f, "parsing produced more than {} MiB", bytes >> 20)
            }
            Stopped::Stack => f.write_str("parsing nested deeper than its stack"),
            Stopped::Crash { how } => write!(f, "the parser crashed ({how})"),
        }
    }
}

impl Stopped {
    /// The configuration key that raises the limit, where there is one.
    pub fn key(&self) -> Option<&'static str> {
        match self {
            Stopped::Memory { .. } => Some("ingest.parse_memory_bytes"),
            Stopped::Cpu { .. } => Some("ingest.parse_cpu_seconds"),
            Stopped::Wall { .. } => Some("ingest.parse_wall_seconds"),
            Stopped::Output { .. } => Some("ingest.parse_output_bytes"),
            Stopped::Stack | Stopped::Crash { .. } => None,
        }
    }
}
