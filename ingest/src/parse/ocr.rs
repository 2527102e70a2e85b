//! Text from pictures, through a program installed beside this one. It gets a picture on its
//! standard input and is killed when it takes too long.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Which OCR program to run, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ocr {
    /// `tesseract`, or a path to it.
    pub program: PathBuf,
    /// Its language codes, joined by `+`: `eng`, `eng+deu`.
    pub languages: String,
    /// Most pages of one document; the rest are named in a warning.
    pub max_pages: usize,
    /// Longest time for one page, in seconds.
    pub page_timeout_seconds: u64,
}

/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(20);
/// No page of print holds more.
const MAX_TEXT_BYTES: u64 = 1 << 20;

impl Ocr {
    /// The paragraphs that the program reads in a picture file.
    ///
    /// # Errors
    /// Says in plain words why there are none.
    pub(super) fn read(&self, picture: Vec<u8>) -> Result<Vec<String>, String> {
        let mut child = self.start()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let text = thread::scope(|scope| {
            scope.spawn(move || {
                // The program may end before it has read everything; its status says the rest.
                let _ = stdin.map(|mut stdin| stdin.write_all(&picture));
            });
            let reader = scope.spawn(move || {
                let mut text = Vec::new();
                let stdout = stdout.map(|stdout| stdout.take(MAX_TEXT_BYTES));
                let _ = stdout.map(|mut stdout| stdout.read_to_end(&mut text));
                text
            });
            self.wait(&mut child)?;
            reader
                .join()
                .map_err(|_| "its output could not be read".to_owned())
        })?;
        Ok(paragraphs(&String::from_utf8_lossy(&text)))
    }

    fn start(&self) -> Result<Child, String> {
        let mut command = Command::new(&self.program);
        command.args(["stdin", "stdout", "-l", &self.languages]);
        // One document is one worker's job: the cores are for other documents.
        command.env("OMP_THREAD_LIMIT", "1");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let started = command.spawn();
        started.map_err(|error| format!("`{}` cannot be started: {error}", self.program.display()))
    }

    fn wait(&self, child: &mut Child) -> Result<(), String> {
        let end = Instant::now() + Duration::from_secs(self.page_timeout_seconds);
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("it ended with {status}")),
                Ok(None) if Instant::now() < end => thread::sleep(POLL),
                Ok(None) | Err(_) => {
                    // Both fail only when it has ended already.
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(format!(
                        "it took longer than {} s",
                        self.page_timeout_seconds
                    ));
                }
            }
        }
    }
}

/// Lines between blank lines, joined; words hyphenated at line ends made whole.
fn paragraphs(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines().map(|line| line.trim_matches(['\u{c}', ' '])) {
        match (line.is_empty(), open, out.last_mut()) {
            (true, ..) => open = false,
            (false, true, Some(last)) => {
                let hyphenated = line.starts_with(char::is_lowercase)
                    && last
                        .strip_suffix('-')
                        .is_some_and(|stem| stem.ends_with(char::is_alphabetic));
                if hyphenated {
                    last.pop();
                } else {
                    last.push(' ');
                }
                last.push_str(line);
            }
            _ => {
                out.push(line.to_owned());
                open = true;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ocr(program: &str) -> Ocr {
        Ocr {
            program: program.into(),
            languages: "eng".to_owned(),
            max_pages: 1,
            page_timeout_seconds: 0,
        }
    }

    #[test]
    fn lines_become_paragraphs() {
        assert_eq!(
            paragraphs("One para-\ngraph of\ntext.\n\n  \nAnother.\n\u{c}"),
            ["One paragraph of text.", "Another."]
        );
    }

    #[test]
    fn a_program_that_is_missing_or_slow_is_an_error() {
        let missing = ocr("/no/such/program").read(Vec::new());
        assert!(missing.is_err_and(|error| error.contains("cannot be started")));
        // `yes` never ends by itself.
        let slow = ocr("yes").read(Vec::new());
        assert!(slow.is_err_and(|error| error.contains("took longer") || error.contains("ended")));
    }
}
