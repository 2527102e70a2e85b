//! Columns to values and back, for the ledger's modules: SQLite knows no times, ids or JSON.

use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use time::OffsetDateTime;

use crate::clock;
use crate::error::{Error, Result};

/// Now, as stored.
pub(super) fn now() -> i64 {
    clock::micros(OffsetDateTime::now_utc())
}

/// A column that SQLite has a type for.
pub(super) fn get<'r, T>(row: &'r SqliteRow, column: &str) -> Result<T>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(column).map_err(Error::ledger("read a row"))
}

/// A column of text that parses: an id or a word of a closed list.
pub(super) fn parse<T: FromStr>(row: &SqliteRow, column: &str) -> Result<T> {
    let text: &str = get(row, column)?;
    text.parse()
        .map_err(|_| Error::corrupt(column, format!("holds `{text}`")))
}

/// A count, which the schema keeps in a signed column.
pub(super) fn count<T: TryFrom<i64>>(row: &SqliteRow, column: &str) -> Result<T> {
    T::try_from(get(row, column)?)
        .map_err(|_| Error::corrupt(column, "holds a number outside its range"))
}

/// A time in microseconds.
pub(super) fn time(row: &SqliteRow, column: &str) -> Result<OffsetDateTime> {
    clock::time(get(row, column)?).ok_or_else(|| Error::corrupt(column, "is not a time"))
}

/// A column of JSON text.
pub(super) fn json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T> {
    serde_json::from_str(get(row, column)?)
        .map_err(|error| Error::corrupt(column, error.to_string()))
}

/// JSON text for a column.
pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::invalid("json", error.to_string()))
}

/// A count for a signed column.
pub(super) fn signed(what: &str, value: impl TryInto<i64>) -> Result<i64> {
    value
        .try_into()
        .map_err(|_| Error::invalid(what, "it does not fit its column"))
}
