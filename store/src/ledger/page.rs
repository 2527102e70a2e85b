//! Reading a long list in parts. A cursor names the last item seen, not a position, so a list
//! that changes meanwhile loses and repeats nothing that stayed.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// One part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next part starts, or `None` at the end.
    pub next: Option<Cursor>,
}

/// An opaque place in a list; only the list that made it understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let plausible = text.len() <= 8192 && hex::decode(text).is_ok();
        plausible.then(|| Self(text.to_owned())).ok_or_else(foreign)
    }
}

impl Cursor {
    fn at(key: &impl Serialize) -> Option<Self> {
        serde_json::to_vec(key)
            .ok()
            .map(|json| Self(hex::encode(json)))
    }

    /// The key this cursor was made from.
    pub(super) fn key<K: DeserializeOwned>(&self) -> Result<K> {
        let json = hex::decode(&self.0).map_err(|_| foreign())?;
        serde_json::from_slice(&json).map_err(|_| foreign())
    }
}

/// Makes a page of at most `limit` items out of `limit + 1` rows that were asked for.
pub(super) fn page<T, K: Serialize>(
    mut items: Vec<T>,
    limit: u32,
    key: impl Fn(&T) -> K,
) -> Page<T> {
    let limit = limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items
        .last()
        .filter(|_| more)
        .and_then(|last| Cursor::at(&key(last)));
    Page { items, next }
}

fn foreign() -> Error {
    Error::invalid(
        "cursor",
        "it was not made by this list: start again without one",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_wire_and_no_other_text_passes() {
        let cursor = page(vec![1, 2, 3], 2, |item| *item).next.unwrap();
        let read: Cursor = cursor.to_string().parse().unwrap();
        assert_eq!(read.key::<i64>().unwrap(), 2);
        assert!(read.key::<(String, String)>().is_err());
        assert!("' OR 1=1 --".parse::<Cursor>().is_err());
        assert_eq!(page(vec![1, 2], 2, |item| *item).next, None);
    }
}
