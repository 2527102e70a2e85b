//! HTML to a tree whose size and depth are bounded. The algorithm of the standard takes
//! quadratic time and more on hostile pages: it walks all open elements for many tags, and
//! opens formatting anew in every paragraph. So tags that make no difference to the text are
//! dropped before it sees them, and nesting ends where no page written by people goes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::tree_builder::{Tracer, TreeBuilder, TreeBuilderOpts, TreeSink};
use html5ever::{TokenizerResult, local_name};
use markup5ever_rcdom::{Handle, Node, NodeData, RcDom};

use super::attributes;

/// A page as a tree, and what was left out of it.
pub(super) struct Page {
    pub(super) root: Rc<Node>,
    pub(super) warning: Option<String>,
}

/// Parses a page.
pub(super) fn parse(html: &str) -> Page {
    let opts = TreeBuilderOpts {
        scripting_enabled: true,
        ..TreeBuilderOpts::default()
    };
    let sink = Limiter {
        builder: TreeBuilder::new(RcDom::default(), opts),
        open: RefCell::new(Open::default()),
        seen: Cell::new(0),
        in_table: Cell::new(false),
        misplaced: Cell::new(0),
        cut: Cell::new(false),
    };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(attributes::bounded(html).as_ref()));
    // It stops at scripts and at statements of the encoding, which is settled by now.
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    tokenizer.end();
    let cut = tokenizer.sink.cut.get();
    Page {
        root: tokenizer.sink.builder.sink.finish().document,
        warning: cut.then(|| {
            format!("elements nested more than {MAX_DEPTH} deep were read without their structure")
        }),
    }
}

/// Browsers stop at 512; pages stay below 60, and every level copies the text inside it.
const MAX_DEPTH: usize = 100;

/// Every level of a list indents all its lines.
const MAX_LISTS: usize = 16;

/// Tags between two counts of the open elements, which takes as long as there are such.
const TAGS_PER_COUNT: usize = 8;

/// Elements in a table but in no cell are moved in front of it, each past all before.
const MAX_MISPLACED: usize = 200;

/// Stands between tokens and tree.
struct Limiter {
    builder: TreeBuilder<Handle, RcDom>,
    open: RefCell<Open>,
    seen: Cell<usize>,
    /// True between the cells of a table.
    in_table: Cell<bool>,
    misplaced: Cell<usize>,
    cut: Cell<bool>,
}

/// How many elements are open, and how many of them are lists.
#[derive(Clone, Copy, Default)]
struct Open {
    elements: usize,
    lists: usize,
}

struct Counter(RefCell<Open>);

impl Tracer for Counter {
    type Handle = Handle;

    fn trace_handle(&self, node: &Handle) {
        let mut open = self.0.borrow_mut();
        open.elements += 1;
        if let NodeData::Element { name, .. } = &node.data {
            open.lists += usize::from(is_list(&name.local));
        }
    }
}

fn is_list(name: &str) -> bool {
    matches!(name, "ul" | "ol" | "dl" | "menu" | "dir")
}

impl TokenSink for Limiter {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        let token = match token {
            Token::TagToken(tag) => {
                let divides = is_structure(&tag.name);
                match self.judged(tag) {
                    Some(tag) => Token::TagToken(tag),
                    // What the element would have set apart must not become one word.
                    None if divides => Token::CharacterTokens(StrTendril::from(" ")),
                    None => return TokenSinkResult::Continue,
                }
            }
            Token::CommentToken(_) => return TokenSinkResult::Continue,
            other => other,
        };
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder
            .adjusted_current_node_present_but_not_in_html_namespace()
    }
}

impl Limiter {
    /// The tag as the tree is to see it, if it is to.
    fn judged(&self, mut tag: Tag) -> Option<Tag> {
        if !is_structure(&tag.name) {
            return None;
        }
        match &*tag.name {
            // Both are struck-out text; `del` is not opened anew in every paragraph.
            "s" | "strike" => tag.name = local_name!("del"),
            // The mark of a quotation on every line, once a level, would grow without bound.
            "blockquote" => tag.name = local_name!("div"),
            // Each closed one has the tree look through all of its list.
            "option" | "optgroup" => return None,
            // Equal ones are opened anew three times at most.
            "code" => tag.attrs.clear(),
            _ => {}
        }
        if is_special(&tag.name) {
            return Some(tag);
        }
        let misplaced = self.is_misplaced(&tag);
        let opens = tag.kind == TagKind::StartTag && !tag.self_closing;
        (!misplaced && (!opens || self.fits(&tag))).then_some(tag)
    }

    /// Counts what is open every few tags.
    fn fits(&self, tag: &Tag) -> bool {
        self.seen.set(self.seen.get() + 1);
        if self.seen.get().is_multiple_of(TAGS_PER_COUNT) {
            let counter = Counter(RefCell::new(Open::default()));
            self.builder.trace_handles(&counter);
            *self.open.borrow_mut() = counter.0.into_inner();
        }
        let open = *self.open.borrow();
        let fits = open.elements < MAX_DEPTH && (open.lists < MAX_LISTS || !is_list(&tag.name));
        self.cut.set(self.cut.get() || !fits);
        fits
    }

    /// True for a tag between the cells of a table that is no part of one, after many such.
    fn is_misplaced(&self, tag: &Tag) -> bool {
        let start = tag.kind == TagKind::StartTag;
        match &*tag.name {
            "table" | "thead" | "tbody" | "tfoot" | "tr" | "colgroup" | "col" => {
                self.in_table.set(start)
            }
            "td" | "th" | "caption" => self.in_table.set(!start),
            _ if self.in_table.get() && start => self.misplaced.set(self.misplaced.get() + 1),
            _ => return false,
        }
        self.in_table.get() && self.misplaced.get() > MAX_MISPLACED && !is_of_table(&tag.name)
    }
}

fn is_of_table(name: &str) -> bool {
    matches!(
        name,
        "table" | "thead" | "tbody" | "tfoot" | "tr" | "colgroup" | "col" | "td" | "th" | "caption"
    )
}

/// Elements whose content the tokenizer reads by rules of their own.
fn is_special(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "title"
            | "textarea"
            | "xmp"
            | "iframe"
            | "noembed"
            | "noframes"
            | "noscript"
            | "plaintext"
    )
}

/// Elements that make a difference to what text there is and how it is divided.
fn is_structure(name: &str) -> bool {
    is_special(name) || is_of_table(name) || is_list(name) || is_block(name) || is_other(name)
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "html"
            | "head"
            | "body"
            | "main"
            | "article"
            | "section"
            | "header"
            | "footer"
            | "nav"
            | "aside"
            | "div"
            | "p"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hgroup"
            | "pre"
            | "listing"
            | "blockquote"
            | "center"
            | "address"
            | "figure"
            | "figcaption"
            | "form"
            | "fieldset"
            | "legend"
            | "details"
            | "summary"
            | "dialog"
            | "search"
            | "hr"
            | "br"
            | "li"
            | "dt"
            | "dd"
    )
}

/// What is left out with its content, stands for itself, or changes how its content is read.
fn is_other(name: &str) -> bool {
    matches!(
        name,
        "code"
            | "del"
            | "s"
            | "strike"
            | "img"
            | "base"
            | "link"
            | "meta"
            | "template"
            | "svg"
            | "math"
            | "foreignobject"
            | "desc"
            | "object"
            | "canvas"
            | "button"
            | "select"
            | "option"
            | "optgroup"
            | "input"
            | "datalist"
            | "ix:header"
    )
}
