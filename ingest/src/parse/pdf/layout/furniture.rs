//! Running heads and feet and page numbers: they repeat on every page, say nothing about it
//! and would sit in the middle of sentences that go on overleaf.

use std::collections::{BTreeMap, BTreeSet};

use super::{Line, half_points};

/// Lines at the top and the bottom of a page that may be furniture.
const EDGE_LINES: usize = 3;

/// Removes page numbers, and edge lines that are on more than half of the pages, whatever
/// their numbers.
pub(super) fn remove(pages: &mut [Vec<Line>]) {
    let mut on_pages: BTreeMap<Shape, usize> = BTreeMap::new();
    for page in pages.iter() {
        let shapes: BTreeSet<Shape> = edges(page)
            .into_iter()
            .filter_map(|at| page.get(at))
            .map(Shape::of)
            .collect();
        for shape in shapes {
            *on_pages.entry(shape).or_default() += 1;
        }
    }
    let half = pages.len() / 2;
    let repeated = |shape: &Shape| on_pages.get(shape).is_some_and(|&on| on > 1 && on > half);
    let doomed: Vec<Vec<usize>> = pages
        .iter()
        .map(|page| {
            let is_furniture = |at: &usize| {
                let line = page.get(*at);
                line.is_some_and(|line| is_page_number(&line.text()) || repeated(&Shape::of(line)))
            };
            edges(page).into_iter().filter(is_furniture).collect()
        })
        .collect();
    for (page, doomed) in pages.iter_mut().zip(doomed) {
        let mut at = 0;
        page.retain(|_| {
            at += 1;
            !doomed.contains(&(at - 1))
        });
    }
}

/// Indices of the lines nearest to the top and the bottom.
fn edges(page: &[Line]) -> Vec<usize> {
    let base = |at: &usize| page.get(*at).map_or(0.0, |line| line.base);
    let mut order: Vec<usize> = (0..page.len()).collect();
    order.sort_by(|a, b| base(b).total_cmp(&base(a)).then(a.cmp(b)));
    let bottom = order.len().saturating_sub(EDGE_LINES).max(EDGE_LINES);
    let top = order.iter().take(EDGE_LINES);
    top.chain(order.get(bottom..).unwrap_or_default())
        .copied()
        .collect()
}

/// What a line looks like whatever its numbers. The size counts, because the title on the
/// first page often reads like the running head.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    text: String,
    half_points: i64,
}

impl Shape {
    fn of(line: &Line) -> Self {
        Self {
            text: without_numbers(&line.text()),
            half_points: half_points(line.size),
        }
    }
}

/// The text with every run of digits made one `#`.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_ascii_digit() {
            true if out.ends_with('#') => {}
            true => out.push('#'),
            false => out.push(c),
        }
    }
    out
}

/// `7`, `- 7 -`, `Page 7`, `7 / 20`, `Page 7 of 20`, `vii`.
fn is_page_number(text: &str) -> bool {
    let bare = text
        .trim_matches(|c: char| c.is_whitespace() || "-–—|[]".contains(c))
        .to_lowercase();
    let bare = bare.strip_prefix("page").map_or(bare.as_str(), str::trim);
    let roman = !bare.is_empty() && bare.len() <= 5 && bare.bytes().all(|b| b"ivxl".contains(&b));
    roman
        || matches!(
            without_numbers(bare).as_str(),
            "#" | "# of #" | "# / #" | "#/#"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_are_told_from_text() {
        for number in ["7", "- 12 -", "Page 7", "page 7 of 20", "7/20", "xii"] {
            assert!(is_page_number(number), "{number}");
        }
        for text in ["7 days", "Page", "", "2025-26", "mix it"] {
            assert!(!is_page_number(text), "{text}");
        }
    }
}
