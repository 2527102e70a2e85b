//! A JSON value that keeps the order of its members, which a reader needs and the value of
//! `serde_json` only has when another crate asks for it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A value.
#[derive(Debug, PartialEq)]
pub(in crate::parse) enum Node {
    /// `null`.
    Null,
    /// A string, a number or a truth value, as text.
    Leaf(String),
    /// A list.
    List(Vec<Node>),
    /// An object, its members in order.
    Map(Vec<(String, Node)>),
}

/// A leaf, or a list of leaves, and the way to it.
pub(super) struct Pair {
    path: String,
    value: String,
}

impl Pair {
    /// `path: value`, or the value alone at the root.
    pub(super) fn into_text(self) -> String {
        match self.path.is_empty() {
            true => self.value,
            false => format!("{}: {}", self.path, self.value),
        }
    }
}

impl Node {
    /// The text of a leaf.
    pub(in crate::parse) fn leaf(&self) -> Option<&str> {
        match self {
            Node::Leaf(text) => Some(text),
            Node::Null | Node::List(_) | Node::Map(_) => None,
        }
    }

    /// The items of a list, none for anything else.
    pub(in crate::parse) fn items(&self) -> &[Node] {
        match self {
            Node::List(items) => items,
            Node::Null | Node::Leaf(_) | Node::Map(_) => &[],
        }
    }

    /// The member called `name`.
    pub(in crate::parse) fn member(&self, name: &str) -> Option<&Node> {
        match self {
            Node::Map(members) => members.iter().find(|(key, _)| key == name).map(|(_, v)| v),
            Node::Null | Node::Leaf(_) | Node::List(_) => None,
        }
    }

    /// True for leaves and lists of leaves.
    pub(super) fn is_flat(&self) -> bool {
        let leaf = |node: &Node| matches!(node, Node::Leaf(_) | Node::Null);
        leaf(self) || matches!(self, Node::List(items) if items.iter().all(leaf))
    }

    /// Appends every leaf below with its path. Takes the characters from `left`; `None` when
    /// they do not suffice.
    pub(super) fn flatten(&self, path: &str, left: &mut usize, out: &mut Vec<Pair>) -> Option<()> {
        let below = |name: &str| match path.is_empty() {
            true => name.to_owned(),
            false => format!("{path}.{name}"),
        };
        match self {
            Node::Null => Some(()),
            flat if flat.is_flat() => push(path, flat.flat_text(), left, out),
            Node::Leaf(text) => push(path, text.clone(), left, out),
            Node::List(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(at, item)| item.flatten(&below(&at.to_string()), left, out)),
            Node::Map(members) => members
                .iter()
                .try_for_each(|(name, value)| value.flatten(&below(name), left, out)),
        }
    }

    fn flat_text(&self) -> String {
        match self {
            Node::Leaf(text) => text.clone(),
            other => {
                let leaves: Vec<&str> = other.items().iter().filter_map(Node::leaf).collect();
                leaves.join(", ")
            }
        }
    }
}

fn push(path: &str, value: String, left: &mut usize, out: &mut Vec<Pair>) -> Option<()> {
    if value.trim().is_empty() {
        return Some(());
    }
    *left = left.checked_sub(path.chars().count() + value.chars().count())?;
    out.push(Pair {
        path: path.to_owned(),
        value,
    });
    Some(())
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Leaf(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Leaf(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Leaf(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        // The number of `serde_json` writes 1e300 as that and not as 301 digits.
        let number = serde_json::Number::from_f64(value);
        Ok(number.map_or(Node::Null, |number| Node::Leaf(number.to_string())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Leaf(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = items.next_element()? {
            out.push(item);
        }
        Ok(Node::List(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut out = Vec::new();
        while let Some(member) = members.next_entry()? {
            out.push(member);
        }
        Ok(Node::Map(out))
    }
}
