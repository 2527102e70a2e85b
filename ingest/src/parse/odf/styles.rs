//! What the styles of an OpenDocument file say that matters to its text: which lists are
//! numbered, which paragraphs are the title, which sheets are hidden.

use std::collections::{HashMap, HashSet};

use crate::parse::xml::{self, Node};
use crate::parse::{Format, ParseError};

/// The styles of a document, by their names.
#[derive(Default)]
pub(super) struct Styles {
    parents: HashMap<String, String>,
    /// List styles with the levels they number.
    numbered: HashSet<(String, usize)>,
    hidden: HashSet<String>,
}

impl Styles {
    /// Adds the styles that a part of the document has.
    pub(super) fn read(
        &mut self,
        part: &[u8],
        format: Format,
        name: &str,
    ) -> Result<(), ParseError> {
        let mut style = String::new();
        xml::walk(part, format, name, |node| {
            let Node::Start(start) = node else {
                return Ok(());
            };
            match start.name().as_ref() {
                "style:style" | "text:list-style" => {
                    style = xml::attribute(start, "style:name").unwrap_or_default();
                    if let Some(parent) = xml::attribute(start, "style:parent-style-name") {
                        self.parents.insert(style.clone(), parent);
                    }
                }
                "text:list-level-style-number" => {
                    let level = xml::number(start, "text:level").unwrap_or(1);
                    self.numbered.insert((style.clone(), level));
                }
                "style:table-properties"
                    if xml::attribute(start, "table:display").as_deref() == Some("false") =>
                {
                    self.hidden.insert(style.clone());
                }
                _ => {}
            }
            Ok(())
        })
    }

    /// True for the style of the document's title and those made from it.
    pub(super) fn is_title(&self, style: &str) -> bool {
        style == "Title"
            || self
                .parents
                .get(style)
                .is_some_and(|parent| parent == "Title")
    }

    /// True when items of this level of a list count.
    pub(super) fn is_numbered(&self, style: &str, level: usize) -> bool {
        self.numbered.contains(&(style.to_owned(), level))
    }

    /// True for a table that is not shown.
    pub(super) fn is_hidden(&self, style: &str) -> bool {
        self.hidden.contains(style)
    }
}
