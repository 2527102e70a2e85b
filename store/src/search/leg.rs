//! One leg as a query of LanceDB, and what comes back as rows and scores.

use arrow::array::{ArrowPrimitiveType, AsArray, PrimitiveArray, RecordBatch};
use arrow::datatypes::{Float32Type, UInt64Type};
use datafusion_expr::Expr;
use lancedb::index::scalar::{FtsQuery, FullTextSearchQuery, MatchQuery};
use lancedb::query::{QueryBase, Select};
use lancedb::{DistanceType, Table};

use super::{LegHit, Row};
use crate::error::{Error, Result};
use crate::record::texts;
use crate::schema::column;
use crate::snapshot::batches;
use crate::vectors::Reach;

/// The rows of `table` nearest to `vector`.
pub(crate) async fn nearest_rows(
    table: &Table,
    vector: &[f32],
    reach: Reach,
    rows: usize,
) -> Result<Vec<LegHit>> {
    Leg::Vector(vector, reach).hits(table, None, rows).await
}

/// What a leg compares chunks with.
#[derive(Clone, Copy)]
pub(crate) enum Leg<'q> {
    Vector(&'q [f32], Reach),
    /// Joined by spaces, at least one.
    Words(&'q str),
}

impl Leg<'_> {
    /// The best `rows` that meet `condition` if given, with their ids.
    pub(super) async fn hits(
        self,
        table: &Table,
        condition: Option<Expr>,
        rows: usize,
    ) -> Result<Vec<LegHit>> {
        let columns = [column::CHUNK_ID, self.score_column()];
        let mut found = Vec::new();
        for batch in self.batches(table, condition, rows, &columns).await? {
            let ids = texts(&batch, column::CHUNK_ID)?;
            for (id, (row, score)) in ids.zip(self.scored(&batch)?) {
                let chunk_id = id
                    .parse()
                    .map_err(|_| Error::corrupt(column::CHUNK_ID, "holds no id"))?;
                found.push(LegHit {
                    chunk_id,
                    row,
                    score,
                });
            }
        }
        Ok(found)
    }

    /// The same without ids, which are a read of their own for each row.
    pub(crate) async fn rows(
        self,
        table: &Table,
        condition: Option<Expr>,
        rows: usize,
    ) -> Result<Vec<(Row, f32)>> {
        let columns = [self.score_column()];
        let batches = self.batches(table, condition, rows, &columns).await?;
        let found: Vec<_> = batches
            .iter()
            .map(|batch| self.scored(batch))
            .collect::<Result<_>>()?;
        Ok(found.concat())
    }

    async fn batches(
        self,
        table: &Table,
        condition: Option<Expr>,
        rows: usize,
        columns: &[&str],
    ) -> Result<Vec<RecordBatch>> {
        match self {
            Self::Vector(vector, reach) => {
                const WHAT: &str = "compare vectors";
                let query = table
                    .query()
                    .nearest_to(vector)
                    .map_err(Error::index(WHAT))?
                    .column(column::VECTOR)
                    .distance_type(DistanceType::Cosine);
                let query = reach.limit(query).map_err(Error::index(WHAT))?;
                batches(narrow(query, condition, rows, columns), WHAT).await
            }
            Self::Words(words) => {
                let words = MatchQuery::new(words.to_owned())
                    .with_column(Some(column::SEARCH_TEXT.to_owned()));
                let words = FullTextSearchQuery::new_query(FtsQuery::Match(words));
                let query = table.query().full_text_search(words);
                batches(narrow(query, condition, rows, columns), "match words").await
            }
        }
    }

    fn score_column(self) -> &'static str {
        match self {
            Self::Vector(..) => "_distance",
            Self::Words(_) => "_score",
        }
    }

    fn scored(self, batch: &RecordBatch) -> Result<Vec<(Row, f32)>> {
        let values = numbers::<Float32Type>(batch, self.score_column())?;
        let rows = numbers::<UInt64Type>(batch, "_rowid")?;
        let score = |value: &f32| match self {
            Self::Vector(..) => 1.0 - value,
            Self::Words(_) => *value,
        };
        let pairs = rows.values().iter().zip(values.values());
        Ok(pairs
            .map(|(row, value)| (Row(*row), score(value)))
            .collect())
    }
}

fn narrow<Q: QueryBase>(query: Q, condition: Option<Expr>, rows: usize, columns: &[&str]) -> Q {
    let query = query
        .limit(rows)
        .with_row_id()
        .select(Select::columns(columns));
    match condition {
        Some(condition) => query.only_if_expr(condition),
        None => query,
    }
}

fn numbers<'b, T: ArrowPrimitiveType>(
    batch: &'b RecordBatch,
    column: &str,
) -> Result<&'b PrimitiveArray<T>> {
    batch
        .column_by_name(column)
        .and_then(|numbers| numbers.as_primitive_opt::<T>())
        .ok_or_else(|| Error::corrupt(column, "is missing from a search result"))
}
