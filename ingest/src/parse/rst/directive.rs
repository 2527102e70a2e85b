//! Explicit markup: directives, comments, targets, footnotes and substitutions, all of which
//! begin with two dots.

use super::inline::{Substitutions, visible};
use super::{Reader, indented, table};
use crate::document::BlockKind;
use crate::parse::canonical::RawBlock;
use crate::parse::csv;

/// Directives whose body is shown as it stands.
const LITERAL: [&str; 9] = [
    "code-block",
    "code",
    "sourcecode",
    "parsed-literal",
    "prompt",
    "math",
    "doctest",
    "testcode",
    "console",
];

/// Directives that steer the build or the page and hold no text.
const SILENT: [&str; 24] = [
    "toctree",
    "contents",
    "include",
    "literalinclude",
    "raw",
    "index",
    "meta",
    "highlight",
    "default-role",
    "role",
    "image",
    "currentmodule",
    "module",
    "py:module",
    "py:currentmodule",
    "sectnum",
    "target-notes",
    "only-html",
    "automodule",
    "autoclass",
    "autofunction",
    "autosummary",
    "graphviz",
    "tabularcolumns",
];

/// What the substitutions of the document stand for, those that stand for text.
pub(super) fn substitutions(lines: &[&str]) -> Substitutions {
    let definition = |line: &&str| {
        let (name, rest) = line.trim_start().strip_prefix(".. |")?.split_once('|')?;
        let text = rest.trim_start().strip_prefix("replace::")?;
        let short = text.chars().count() <= MAX_SUBSTITUTION_CHARS;
        short.then(|| (name.to_owned(), visible(text.trim(), &Substitutions::new())))
    };
    lines.iter().filter_map(definition).collect()
}

/// A longer text in place of every `|name|` could make the document grow without bound.
const MAX_SUBSTITUTION_CHARS: usize = 200;

impl Reader {
    /// Reads the construct that begins with two dots; the number of lines it takes.
    pub(super) fn explicit(&mut self, lines: &[&str], depth: usize) -> usize {
        let line = lines.first().copied().unwrap_or_default();
        let (body, more) = indented(lines.get(1..).unwrap_or_default());
        let first = line.strip_prefix("..").unwrap_or_default().trim();
        let footnote = first
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'));
        if let Some((_, text)) = footnote {
            let inner: Vec<&str> = [text.trim()].into_iter().chain(body).collect();
            self.body(&inner, depth + 1);
        } else if let Some((name, argument)) = directive(first) {
            self.directive(name, argument, &body, depth);
        }
        1 + more
    }

    fn directive(&mut self, name: &str, argument: &str, body: &[&str], depth: usize) {
        let name = name.to_ascii_lowercase();
        let (options, body) = options(body);
        match name.as_str() {
            silent if SILENT.contains(&silent) => {}
            literal if LITERAL.contains(&literal) => {
                let argument = if literal == "math" { argument } else { "" };
                let inner: Vec<&str> = [argument].into_iter().chain(body.iter().copied()).collect();
                self.code(&inner);
            }
            "list-table" => {
                self.caption(argument);
                self.table(table::list(body, header_rows(options)), 0);
            }
            "csv-table" => {
                self.caption(argument);
                self.csv(options, body);
            }
            // What these are told is the name of a picture, a class or a condition.
            "figure" | "class" | "only" | "container" | "highlights" | "tab-set" => {
                self.body(body, depth + 1);
            }
            _ => {
                self.caption(argument);
                self.body(body, depth + 1);
            }
        }
    }

    fn caption(&mut self, text: &str) {
        let text = visible(text, &self.substitutions);
        self.blocks.push(RawBlock::new(BlockKind::Paragraph, text));
    }

    fn csv(&mut self, options: &[&str], body: &[&str]) {
        let header = option(options, "header")
            .map(csv::records_of)
            .unwrap_or_default();
        let heads = header.len().max(header_rows(options));
        let rows = csv::records_of(&body.join("\n"));
        let rows = header.into_iter().chain(rows).collect();
        self.table(table::Table { rows, heads }, 0);
    }
}

/// `name` and the argument in `name:: argument`.
fn directive(first: &str) -> Option<(&str, &str)> {
    let (name, argument) = first.split_once("::")?;
    let valid = |c: char| c.is_alphanumeric() || "-_:.+".contains(c);
    (!name.is_empty() && name.chars().all(valid)).then(|| (name, argument.trim()))
}

/// The options that a body begins with, and the rest.
fn options<'b, 't>(body: &'b [&'t str]) -> (&'b [&'t str], &'b [&'t str]) {
    let count = body
        .iter()
        .take_while(|line| super::field(line).is_some())
        .count();
    body.split_at_checked(count).unwrap_or((&[], body))
}

fn option<'t>(options: &[&'t str], name: &str) -> Option<&'t str> {
    let named = |line: &&'t str| super::field(line).filter(|(field, _)| *field == name);
    options.iter().find_map(named).map(|(_, value)| value)
}

fn header_rows(options: &[&str]) -> usize {
    option(options, "header-rows")
        .and_then(|rows| rows.parse().ok())
        .unwrap_or(0)
}
