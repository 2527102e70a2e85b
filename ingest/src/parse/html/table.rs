//! HTML tables to Markdown tables. `htmd` has its own conversion, which drops row headers
//! (`<th>` in a body row) and ignores spans; both would attach wrong facts to a row.

use std::rc::Rc;

use htmd::Element;
use htmd::element_handler::{HandlerResult, Handlers};
use markup5ever_rcdom::Node;

use super::{attribute, tag};
use crate::sentence;

/// Converts a table of data; a table used for layout yields its content.
pub(super) fn handle(handlers: &dyn Handlers, element: Element<'_>) -> Option<HandlerResult> {
    if has_inside(
        element.node,
        &["table", "h1", "h2", "h3", "h4", "h5", "h6", "pre"],
    ) {
        return Some(content(handlers, element.node).into());
    }
    let mut rows = Vec::new();
    let mut caption = String::new();
    collect(handlers, element.node, false, &mut rows, &mut caption);
    let heads = rows.iter().take_while(|row| row.head).count();
    let grid = grid(rows);
    let (heads, body) = grid.split_at_checked(heads)?;
    let width = grid.iter().map(Vec::len).max().unwrap_or(0);
    if width == 0 {
        return None;
    }
    let mut lines = vec![caption, String::new(), line(&header(heads, width))];
    lines.push(format!("|{}", "---|".repeat(width)));
    lines.extend(body.iter().map(|cells| line(cells)));
    Some(format!("\n\n{}\n\n", lines.join("\n")).into())
}

/// A row as written, before spans are applied.
struct Row {
    cells: Vec<Cell>,
    /// True for a row in `<thead>` or one of `<th>` only.
    head: bool,
}

#[derive(Clone)]
struct Cell {
    text: String,
    columns: usize,
    rows: usize,
}

/// Spans larger than this are mistakes or attacks.
const MAX_SPAN: usize = 64;

/// Characters that spans of one table may repeat; beyond it, spans are ignored.
const MAX_REPEATED: usize = 200_000;

/// The table's rows in order.
fn collect(
    handlers: &dyn Handlers,
    node: &Node,
    in_head: bool,
    rows: &mut Vec<Row>,
    caption: &mut String,
) {
    for child in node.children.borrow().iter() {
        match tag(child) {
            Some("tr") => rows.push(row(handlers, child, in_head)),
            Some("caption") => *caption = flat(handlers, child),
            Some(name) => collect(handlers, child, in_head || name == "thead", rows, caption),
            None => {}
        }
    }
}

fn row(handlers: &dyn Handlers, node: &Node, in_head: bool) -> Row {
    let children = node.children.borrow();
    let cells: Vec<&Rc<Node>> = children
        .iter()
        .filter(|c| matches!(tag(c), Some("td" | "th")))
        .collect();
    let span = |cell: &Node, name| {
        let span = attribute(cell, name).and_then(|value| value.trim().parse().ok());
        span.unwrap_or(1).clamp(1, MAX_SPAN)
    };
    Row {
        head: in_head || (!cells.is_empty() && cells.iter().all(|cell| tag(cell) == Some("th"))),
        cells: cells
            .into_iter()
            .map(|cell| Cell {
                text: flat(handlers, cell),
                columns: span(cell, "colspan"),
                rows: span(cell, "rowspan"),
            })
            .collect(),
    }
}

/// Repeats every cell over the columns and rows it spans.
fn grid(rows: Vec<Row>) -> Vec<Vec<String>> {
    let mut out = Vec::with_capacity(rows.len());
    // For each column, the text that reaches down into it and for how many rows.
    let mut above: Vec<Option<(String, usize)>> = Vec::new();
    let mut left = MAX_REPEATED;
    for row in rows {
        let mut cells: Vec<String> = Vec::new();
        let mut written = row.cells.into_iter();
        loop {
            let column = cells.len();
            if let Some((text, left)) = above.get_mut(column).and_then(Option::take) {
                above[column] = (left > 1).then(|| (text.clone(), left - 1));
                cells.push(text);
            } else if let Some(mut cell) = written.next() {
                let cost = (cell.columns * cell.rows - 1) * (cell.text.len() + 1);
                match left.checked_sub(cost) {
                    Some(rest) => left = rest,
                    None => (cell.columns, cell.rows) = (1, 1),
                }
                above.resize(above.len().max(column + cell.columns), None);
                for slot in above.iter_mut().skip(column).take(cell.columns) {
                    *slot = (cell.rows > 1).then(|| (cell.text.clone(), cell.rows - 1));
                    cells.push(cell.text.clone());
                }
            } else {
                break;
            }
        }
        out.push(cells);
    }
    out
}

/// One header per column: the texts of all header rows above it, each once.
fn header(heads: &[Vec<String>], width: usize) -> Vec<String> {
    let column = |at: usize| {
        let mut parts: Vec<&str> = heads
            .iter()
            .filter_map(|row| row.get(at))
            .map(String::as_str)
            .collect();
        parts.dedup();
        parts.join(" ").trim().to_owned()
    };
    (0..width).map(column).collect()
}

/// A row of Markdown; shorter rows are filled up by its parser.
fn line(cells: &[String]) -> String {
    let cell = |cell: &String| format!("| {cell} ");
    cells.iter().map(cell).chain(["|".to_owned()]).collect()
}

/// The Markdown of a cell on one line; the items of a list are set off by commas.
fn flat(handlers: &dyn Handlers, node: &Rc<Node>) -> String {
    let markdown = handlers.walk_children(node).content;
    let mut out = String::new();
    for line in markdown
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let marker = sentence::marker_len(line);
        if !out.is_empty() {
            out.push_str(if marker > 0 { ", " } else { " " });
        }
        out.push_str(&line[marker..]);
    }
    out.replace('|', "\\|")
}

/// The cells' content one after the other.
fn content(handlers: &dyn Handlers, node: &Rc<Node>) -> String {
    let mut out = String::new();
    for child in node.children.borrow().iter() {
        let part = match tag(child) {
            Some("td" | "th" | "caption") => handlers.walk_children(child).content,
            Some(_) => content(handlers, child),
            None => continue,
        };
        out.push_str("\n\n");
        out.push_str(part.trim_matches('\n'));
    }
    out + "\n\n"
}

fn has_inside(node: &Node, names: &[&str]) -> bool {
    node.children
        .borrow()
        .iter()
        .any(|child| tag(child).is_some_and(|tag| names.contains(&tag)) || has_inside(child, names))
}
