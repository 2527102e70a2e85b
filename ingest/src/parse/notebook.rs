//! Jupyter notebooks to blocks: prose by the Markdown path, code, and what code printed.
//! Pictures and rich output are left out: their text form is there too.

use super::canonical::{Draft, RawBlock};
use super::json::{self, Node};
use super::{Limits, ParseError, markdown};
use crate::document::BlockKind;

/// Reads a notebook; one that cannot be read as such is read as JSON or text.
///
/// # Errors
/// [`ParseError::TooLarge`] when it is read as JSON and too large.
pub(super) fn read(source: &str, limits: &Limits) -> Result<Draft, ParseError> {
    let Ok(notebook) = serde_json::from_str::<Node>(source) else {
        return json::read(source, limits);
    };
    let mut draft = Draft::default();
    for cell in cells(&notebook) {
        push_cell(&mut draft, cell);
    }
    let title = notebook
        .member("metadata")
        .and_then(|meta| meta.member("title"));
    draft.title = title.and_then(Node::leaf).map(str::to_owned);
    Ok(draft)
}

/// The cells; notebooks before version 4 keep them in worksheets.
fn cells(notebook: &Node) -> impl Iterator<Item = &Node> {
    let worksheets = notebook.member("worksheets").map_or(&[][..], Node::items);
    let own = std::iter::once(notebook);
    own.chain(worksheets)
        .flat_map(|sheet| sheet.member("cells").map_or(&[][..], Node::items))
}

fn push_cell(draft: &mut Draft, cell: &Node) {
    let kind = cell.member("cell_type").and_then(Node::leaf);
    let source = cell.member("source").or_else(|| cell.member("input"));
    let source = source.map(joined).unwrap_or_default();
    match kind {
        Some("code") => {
            draft.blocks.push(RawBlock::new(BlockKind::Code, source));
            let outputs = cell.member("outputs").map_or(&[][..], Node::items);
            push_outputs(draft, outputs);
        }
        Some("markdown") => {
            let read = markdown::read(&source);
            draft.blocks.extend(read.blocks);
            draft.warnings.extend(read.warnings);
        }
        Some("heading") => draft
            .blocks
            .push(RawBlock::new(BlockKind::Heading(2), source)),
        _ => draft
            .blocks
            .push(RawBlock::new(BlockKind::Paragraph, source)),
    }
    draft.warnings.dedup();
}

/// The printed output of one cell, up to a bound.
fn push_outputs(draft: &mut Draft, outputs: &[Node]) {
    let text = outputs.iter().map(output).collect::<String>();
    let end = text.char_indices().nth(MAX_OUTPUT_CHARS).map(|(at, _)| at);
    if end.is_some() {
        let warning = format!("output longer than {MAX_OUTPUT_CHARS} characters was cut");
        draft.warnings.push(warning);
    }
    let kept = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    draft.blocks.push(RawBlock::new(BlockKind::Code, kept));
}

/// Logs of training runs are megabytes that nobody asks about.
const MAX_OUTPUT_CHARS: usize = 10_000;

fn output(output: &Node) -> String {
    let data = output.member("data").unwrap_or(output);
    let text = output.member("text").or_else(|| data.member("text/plain"));
    let leaf = |name| output.member(name).and_then(Node::leaf).unwrap_or_default();
    match text {
        Some(text) => joined(text) + "\n",
        None if output.member("ename").is_some() => {
            format!("{}: {}\n", leaf("ename"), leaf("evalue"))
        }
        None => String::new(),
    }
}

/// A text that is written as a string or as a list of lines.
fn joined(text: &Node) -> String {
    match text.leaf() {
        Some(text) => text.to_owned(),
        None => text.items().iter().filter_map(Node::leaf).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::BlockKind::{Code, Heading, Paragraph};

    const LIMITS: Limits = Limits {
        max_text_chars: 100_000,
        max_expanded_bytes: 0,
        ocr: None,
    };

    #[test]
    fn prose_code_and_output_are_read_and_pictures_left_out() {
        let source = r##"{"cells":[
            {"cell_type":"markdown","source":["# Title\n","Some *words*."]},
            {"cell_type":"code","source":"print(1)","outputs":[
                {"output_type":"stream","text":["1\n"]},
                {"output_type":"display_data","data":{"image/png":"iVBOR","text/plain":["<Figure>"]}},
                {"output_type":"error","ename":"E","evalue":"no","traceback":["x"]}]},
            {"cell_type":"raw","source":"raw"}],"nbformat":4}"##;
        let blocks = read(source, &LIMITS)
            .map(|draft| draft.blocks)
            .unwrap_or_default();
        let got: Vec<_> = blocks.iter().map(|b| (b.kind, b.text.as_str())).collect();
        let output = "1\n\n<Figure>\nE: no\n";
        assert_eq!(
            got,
            [
                (Heading(1), "Title"),
                (Paragraph, "Some words."),
                (Code, "print(1)"),
                (Code, output),
                (Paragraph, "raw"),
            ]
        );
    }

    #[test]
    fn long_output_is_cut_with_a_warning() {
        let long = "x".repeat(MAX_OUTPUT_CHARS + 1);
        let source = format!(
            r#"{{"worksheets":[{{"cells":[{{"cell_type":"code","input":"a","outputs":[{{"text":"{long}"}}]}}]}}]}}"#
        );
        let draft = read(&source, &LIMITS).unwrap_or_default();
        let chars: Vec<usize> = draft
            .blocks
            .iter()
            .map(|b| b.text.chars().count())
            .collect();
        assert_eq!(chars, [1, MAX_OUTPUT_CHARS]);
        assert_eq!(draft.warnings.len(), 1);
    }
}
