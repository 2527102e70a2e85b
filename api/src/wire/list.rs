//! Lists, which are read page by page.

use footnote_store::ledger::page::{Cursor, Page};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// A list and where it goes on.
#[derive(Debug, Serialize)]
pub struct List<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A page of rows as a list of their wire forms.
    pub fn of<R>(page: Page<R>, wire: impl Fn(R) -> T) -> Self {
        Self {
            items: page.items.into_iter().map(wire).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        }
    }

    /// A list that goes on at `next_cursor`.
    pub fn until(items: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { items, next_cursor }
    }

    /// A list that is complete.
    pub fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }
}

/// Where a list starts and how long it is.
#[derive(Debug, Default, Deserialize)]
pub struct Paging {
    /// From `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Items wanted, 1 to 500; 50 when absent.
    pub limit: Option<u32>,
}

impl Paging {
    /// The checked values.
    pub fn check(&self) -> Result<(Option<Cursor>, u32), ApiError> {
        let limit = self.limit.unwrap_or(50);
        if !(1..=500).contains(&limit) {
            let message = format!("`limit` is {limit}: it must be from 1 to 500");
            return Err(ApiError::invalid(message, "read long lists page by page"));
        }
        let cursor = self.cursor.as_deref().map(str::parse).transpose()?;
        Ok((cursor, limit))
    }
}
