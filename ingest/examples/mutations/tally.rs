//! What became of the cases: counts by kind of file, the slowest, and what must not happen.

use std::collections::BTreeMap;
use std::time::Duration;

use footnote_ingest::isolate::{IsolateError, Stopped};
use footnote_ingest::parse::ParseError;
use serde_json::{Value, json};

/// What became of one case.
pub(crate) struct Outcome {
    pub(crate) n: usize,
    /// The file it was made from.
    pub(crate) file: String,
    pub(crate) what: String,
    /// Where its worker was killed.
    pub(crate) place: Option<String>,
    pub(crate) parse: Duration,
    pub(crate) cut: Duration,
    /// Set when it must not happen.
    pub(crate) finding: Option<String>,
}

/// All outcomes, added up.
#[derive(Default)]
pub(crate) struct Tally {
    counts: BTreeMap<String, BTreeMap<String, usize>>,
    slowest: Vec<Outcome>,
    stopped: Vec<String>,
    pub(crate) findings: Vec<String>,
    pub(crate) done: usize,
}

/// As many as are worth reading.
const SLOWEST: usize = 10;

impl Tally {
    pub(crate) fn add(&mut self, outcome: Outcome) {
        self.done += 1;
        let kinds = self.counts.entry(kind(&outcome.file)).or_default();
        *kinds.entry(outcome.what.clone()).or_default() += 1;
        if let Some(finding) = &outcome.finding {
            self.findings.push(format!("{}: {finding}", line(&outcome)));
        }
        if outcome.what.starts_with("stopped") {
            self.stopped.push(line(&outcome));
        }
        self.slowest.push(outcome);
        let time = |outcome: &Outcome| std::cmp::Reverse(outcome.parse + outcome.cut);
        self.slowest.sort_by_key(time);
        self.slowest.truncate(SLOWEST);
    }

    /// The table, for people.
    pub(crate) fn table(&self) -> String {
        let mut out = String::new();
        let mut totals: BTreeMap<&str, usize> = BTreeMap::new();
        for (kind, counts) in &self.counts {
            let cells = counts.iter().map(|(what, n)| format!("{what} {n}"));
            out += &format!("{kind:9} {}\n", cells.collect::<Vec<_>>().join(", "));
            for (what, n) in counts {
                *totals.entry(what).or_default() += n;
            }
        }
        let cells = totals.iter().map(|(what, n)| format!("{what} {n}"));
        out += &format!("{:9} {}\n", "all", cells.collect::<Vec<_>>().join(", "));
        let lines = |of: Vec<String>| {
            of.iter()
                .map(|line| format!("  {line}\n"))
                .collect::<String>()
        };
        out += "slowest (time to parse, time to cut):\n";
        out += &lines(self.slowest.iter().map(line).collect());
        out += &format!("stopped at a limit: {}\n", self.stopped.len());
        out += &lines(self.stopped.clone());
        out += &format!("must not happen: {}\n", self.findings.len());
        out + &lines(self.findings.clone())
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "outcomes": self.counts, "stopped": self.stopped, "findings": self.findings,
            "slowest": self.slowest.iter().map(line).collect::<Vec<_>>(),
        })
    }
}

fn line(outcome: &Outcome) -> String {
    let Outcome {
        n,
        file,
        what,
        place,
        parse,
        cut,
        ..
    } = outcome;
    let place = place
        .as_ref()
        .map_or(String::new(), |at| format!(" at {at}"));
    let (parse, cut) = (parse.as_millis(), cut.as_millis());
    format!("case {n}: {file}: {what}{place}, {parse} ms + {cut} ms")
}

/// The ending of the file a case was made from.
fn kind(file: &str) -> String {
    let ending = file.rsplit_once('.').map_or("none", |(_, ending)| ending);
    ending.to_lowercase()
}

/// An error in a word or two, and whether it must not happen.
pub(crate) fn judge(error: &IsolateError) -> (String, Option<String>) {
    match error {
        IsolateError::Parse(error) => (format!("refused: {}", refusal(error)), None),
        IsolateError::Stopped { stopped, .. } => {
            let crash = matches!(stopped, Stopped::Crash { .. });
            (
                format!("stopped: {}", limit(stopped)),
                crash.then(|| stopped.to_string()),
            )
        }
        IsolateError::Start(_) => ("not started".to_owned(), Some(error.to_string())),
    }
}

fn refusal(error: &ParseError) -> &'static str {
    match error {
        ParseError::Empty => "empty",
        ParseError::Unsupported { .. } => "unsupported",
        ParseError::Encrypted { .. } => "encrypted",
        ParseError::Corrupt { detail, .. } if detail.contains("gave up") => "panic",
        ParseError::Corrupt { .. } => "damaged",
        ParseError::NoText { .. } => "no text",
        ParseError::TooLarge { .. } => "too large",
    }
}

fn limit(stopped: &Stopped) -> &'static str {
    match stopped {
        Stopped::Memory { .. } => "memory",
        Stopped::Cpu { .. } => "processor time",
        Stopped::Wall { .. } => "time",
        Stopped::Output { .. } => "output",
        Stopped::Stack => "stack",
        Stopped::Crash { .. } => "crash",
    }
}
