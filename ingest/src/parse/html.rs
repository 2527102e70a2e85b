//! HTML to blocks: the page's main content becomes Markdown (by `htmd`) and then takes the
//! Markdown path. Navigation, page furniture, scripts and form controls are left out; a
//! whole `<form>` is not, because some servers wrap every page in one.

mod attributes;
mod table;
mod tree;

use std::rc::Rc;

use htmd::element_handler::{HandlerResult, Handlers};
use htmd::{Element, HtmlToMarkdown};
use markup5ever_rcdom::{Node, NodeData};

use super::canonical::{Draft, RawBlock};
use super::markdown;

/// Reads a page; its `<title>` gives the title.
pub(super) fn read(html: &str) -> Draft {
    let converter = converter();
    let page = tree::parse(html);
    let title = find(&page.root, "title").map(|node| text(&node));
    let main = find(&page.root, "main").or_else(|| find(&page.root, "article"));
    let convert = |node: &Rc<Node>| markdown::read_converted(&converter.tree_to_markdown(node));
    let content = main
        .map(|node| convert(&node))
        .filter(|draft| !draft.blocks.is_empty());
    let mut draft = content.unwrap_or_else(|| convert(&page.root));
    draft.warnings.extend(page.warning);
    Draft { title, ..draft }
}

/// The blocks of a piece of HTML found inside Markdown.
pub(super) fn read_fragment(html: &str) -> Vec<RawBlock> {
    let page = tree::parse(html);
    markdown::read_converted(&converter().tree_to_markdown(&page.root)).blocks
}

/// Elements that hold no content of the page. `ix:header` is the hidden part of inline XBRL.
const SKIPPED: [&str; 18] = [
    "head",
    "script",
    "style",
    "template",
    "noscript",
    "nav",
    "aside",
    "svg",
    "iframe",
    "object",
    "canvas",
    "button",
    "select",
    "textarea",
    "input",
    "datalist",
    "dialog",
    "ix:header",
];

fn converter() -> HtmlToMarkdown {
    HtmlToMarkdown::builder()
        .skip_tags(SKIPPED.to_vec())
        .add_handler(vec!["header", "footer"], furniture)
        .add_handler(
            vec!["del", "s", "strike"],
            |_: &dyn Handlers, _: Element<'_>| None,
        )
        .add_handler(vec!["table"], table::handle)
        .build()
}

/// A page's header and footer go; those of its article stay, they hold the headline.
fn furniture(handlers: &dyn Handlers, element: Element<'_>) -> Option<HandlerResult> {
    let mut outer = parent(element.node);
    while let Some(node) = outer {
        if matches!(tag(&node), Some("main" | "article")) {
            return Some(handlers.walk_children(element.node));
        }
        outer = parent(&node);
    }
    None
}

fn tag(node: &Node) -> Option<&str> {
    match &node.data {
        NodeData::Element { name, .. } => Some(&name.local),
        _ => None,
    }
}

fn attribute(node: &Node, name: &str) -> Option<String> {
    let NodeData::Element { attrs, .. } = &node.data else {
        return None;
    };
    let attrs = attrs.borrow();
    let found = attrs.iter().find(|attr| &*attr.name.local == name);
    found.map(|attr| attr.value.to_string())
}

/// The parent lives in a `Cell`, which is read by taking and putting back.
fn parent(node: &Node) -> Option<Rc<Node>> {
    let link = node.parent.take();
    let parent = link.as_ref().and_then(std::rc::Weak::upgrade);
    node.parent.set(link);
    parent
}

/// The first element called `name` in document order, not inside skipped ones.
fn find(node: &Rc<Node>, name: &str) -> Option<Rc<Node>> {
    if tag(node) == Some(name) {
        return Some(Rc::clone(node));
    }
    if tag(node) == Some("svg") {
        return None;
    }
    node.children
        .borrow()
        .iter()
        .find_map(|child| find(child, name))
}

fn text(node: &Node) -> String {
    if let NodeData::Text { contents } = &node.data {
        return contents.borrow().to_string();
    }
    node.children
        .borrow()
        .iter()
        .map(|child| text(child))
        .collect()
}

#[cfg(test)]
mod tests;
