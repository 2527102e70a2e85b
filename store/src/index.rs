//! The full-text index: how the engine reads `search_text`, on purpose rather than by default.
//!
//! | setting | value | because |
//! |---|---|---|
//! | tokenizer | `simple` | splits at everything that is not a letter or digit, so `KB-2041` is found by either part |
//! | stemming | English | `employee` finds `employees` |
//! | stop words | kept | LanceDB drops them *after* stemming, so some survive and acronyms like IT go; the query leaves them out instead |
//! | longest token | 128 | the default of 40 drops hashes and long names without a word |
//! | positions | none | nothing asks for phrases, and they double the index |
//! | memory, workers | 256 MB, 1 | the defaults take 2 GB for each of several workers |
//!
//! Rows that are not indexed yet are found too, with scores that are slightly off until the
//! next [`rebuild`]; that is why small tables are rebuilt rather than appended to.

use lancedb::Table;
use lancedb::index::scalar::FtsIndexBuilder;
use lancedb::index::{Index, IndexStatistics};
use lancedb::table::{OptimizeAction, OptimizeOptions};

use crate::error::{Error, Result};
use crate::schema::column;

/// Longest token kept, in bytes.
const MAX_TOKEN: usize = 128;
/// Memory for building.
const MEMORY_MB: u64 = 256;
/// Threads for building.
const WORKERS: usize = 1;
/// Name of the index.
const NAME: &str = "search_text_idx";

/// Makes the index if the table has none.
pub(crate) async fn ensure(table: &Table) -> Result<()> {
    let indices = table
        .list_indices()
        .await
        .map_err(Error::index("list its indexes"))?;
    match indices.iter().any(|index| index.name == NAME) {
        true => Ok(()),
        false => build(table, "make its full-text index").await,
    }
}

/// Makes the index anew over all rows: scores are exact afterwards.
pub(crate) async fn rebuild(table: &Table) -> Result<()> {
    build(table, "rebuild its full-text index").await
}

/// Adds the rows that are not indexed yet as a segment of their own, at the price of those
/// rows alone. Every segment costs each search a little: see [`merge`].
pub(crate) async fn append(table: &Table) -> Result<()> {
    optimize(
        table,
        OptimizeOptions::append(),
        "extend its full-text index",
    )
    .await
}

/// Adds the rows that are not indexed yet and makes one segment of all.
pub(crate) async fn merge(table: &Table, segments: usize) -> Result<()> {
    optimize(
        table,
        OptimizeOptions::merge(segments),
        "merge its full-text index",
    )
    .await
}

/// Number of segments.
pub(crate) async fn segments(table: &Table) -> Result<usize> {
    let segments = stats(table).await?.and_then(|stats| stats.num_indices);
    Ok(segments.unwrap_or(0) as usize)
}

/// Number of rows that are not indexed yet.
pub(crate) async fn unindexed(table: &Table) -> Result<usize> {
    Ok(stats(table)
        .await?
        .map_or(0, |stats| stats.num_unindexed_rows))
}

async fn stats(table: &Table) -> Result<Option<IndexStatistics>> {
    table
        .index_stats(NAME)
        .await
        .map_err(Error::index("inspect its full-text index"))
}

async fn optimize(table: &Table, options: OptimizeOptions, action: &'static str) -> Result<()> {
    let options = options.index_names(vec![NAME.to_owned()]);
    table
        .optimize(OptimizeAction::Index(options))
        .await
        .map_err(Error::index(action))?;
    Ok(())
}

/// The terms that the index would look up for `query`.
pub(crate) fn tokens(query: &str) -> Result<Vec<String>> {
    let tokens = lancedb::table::tokenize(query, &settings())
        .map_err(Error::index("split a question into terms"))?;
    Ok(tokens.into_iter().map(|token| token.text).collect())
}

async fn build(table: &Table, action: &'static str) -> Result<()> {
    table
        .create_index(&[column::SEARCH_TEXT], Index::FTS(settings()))
        .name(NAME.to_owned())
        .replace(true)
        .execute()
        .await
        .map_err(Error::index(action))
}

fn settings() -> FtsIndexBuilder {
    FtsIndexBuilder::default()
        .max_token_length(Some(MAX_TOKEN))
        .remove_stop_words(false)
        .with_position(false)
        .memory_limit_mb(MEMORY_MB)
        .num_workers(WORKERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: &[&str]) {
        assert_eq!(tokens(query).unwrap(), expected);
    }

    #[test]
    fn the_engine_reads_text_as_documented() {
        check(
            "Employees of the IT desk",
            &["employe", "of", "the", "it", "desk"],
        );
        check("KB-2041", &["kb", "2041"]);
        check(&"f".repeat(100), &[&"f".repeat(100)]);
        check("🎉 !", &[]);
    }
}
