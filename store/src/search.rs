//! The two legs of a search, run separately on one [`Snapshot`] because LanceDB's own hybrid
//! query loses the raw scores. Each gives ids and scores in a total order: score downwards,
//! then chunk id. Fusing them is the caller's business.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Float32Type;
use datafusion_expr::{Expr, lit};
use footnote_ingest::id::ChunkId;
use lancedb::DistanceType;
use lancedb::expr::col;
use lancedb::index::scalar::{FtsQuery, FullTextSearchQuery, MatchQuery};
use lancedb::query::{QueryBase, Select};

use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::index;
use crate::record::texts;
use crate::schema::column;
use crate::snapshot::{Snapshot, batches};
use crate::terms::QueryTerms;

/// Rows asked for beyond the limit, so that ties at the cut are seen.
const MARGIN: usize = 16;

/// Which chunks a search may see.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// Only these collections. An empty list means none, not all: it finds nothing.
    pub collections: Vec<String>,
    /// Only what this lets through, if given.
    pub filter: Option<Filter>,
}

impl Scope {
    /// All of one collection.
    pub fn collection(name: impl Into<String>) -> Self {
        Self {
            collections: vec![name.into()],
            filter: None,
        }
    }

    pub(crate) fn to_expr(&self) -> Expr {
        let names = self
            .collections
            .iter()
            .map(|name| lit(name.as_str()))
            .collect();
        let inside = col(column::COLLECTION).in_list(names, false);
        match &self.filter {
            Some(filter) => inside.and(filter.to_expr()),
            None => inside,
        }
    }
}

/// One chunk that a leg found; its rank is its position.
#[derive(Clone, Debug, PartialEq)]
pub struct LegHit {
    /// Which chunk.
    pub chunk_id: ChunkId,
    /// Cosine in [-1, 1] from the vector leg, BM25 above 0 from the lexical one.
    pub score: f32,
}

impl Snapshot {
    /// The `limit` chunks whose vectors have the greatest cosine with `vector`.
    ///
    /// Exact: every vector in scope is compared. 10,000 vectors of 384 numbers took 55 ms in a
    /// debug build, and a condition on `metadata.*` 20 ms more.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `vector` has another length than this generation's or a number
    /// that is not finite.
    pub async fn nearest(
        &self,
        vector: &[f32],
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<LegHit>> {
        if vector.len() != self.dimension() || vector.iter().any(|number| !number.is_finite()) {
            let reason = format!("it must have {} finite numbers", self.dimension());
            return Err(Error::invalid("vector", reason));
        }
        self.search(Leg::Vector(vector), scope, limit).await
    }

    /// The `limit` chunks that match the words of `question` best, by BM25 (k1 = 1.2,
    /// b = 0.75). A chunk needs one of the words.
    ///
    /// Stop words are left out, and a word counts as often as the question has it. A question
    /// without any other word finds nothing; that is not an error.
    pub async fn matching(
        &self,
        question: &str,
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<LegHit>> {
        let words = search_words(&QueryTerms::of(question));
        if words.is_empty() {
            return Ok(Vec::new());
        }
        self.search(Leg::Words(&words), scope, limit).await
    }

    /// The terms that [`Snapshot::matching`] looks up for `question`, as the index has them.
    pub fn query_terms(&self, question: &str) -> Result<Vec<String>> {
        let query = QueryTerms::of(question);
        let words: Vec<&str> = query.terms.iter().map(|t| t.word.as_str()).collect();
        index::tokens(&words.join(" "))
    }

    /// Runs one leg, again with more rows while a group of ties goes on past the last one.
    async fn search(&self, leg: Leg<'_>, scope: &Scope, limit: usize) -> Result<Vec<LegHit>> {
        if limit == 0 || scope.collections.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows = limit.saturating_add(MARGIN);
        loop {
            let found = match leg {
                Leg::Vector(vector) => self.nearest_rows(vector, scope.to_expr(), rows).await?,
                Leg::Words(words) => self.matching_rows(words, scope.to_expr(), rows).await?,
            };
            if let Some(hits) = cut(found, limit, rows) {
                return Ok(hits);
            }
            rows = rows.saturating_mul(4);
        }
    }

    async fn nearest_rows(&self, vector: &[f32], scope: Expr, rows: usize) -> Result<Vec<LegHit>> {
        const WHAT: &str = "compare vectors";
        let query = self
            .table
            .query()
            .nearest_to(vector)
            .map_err(Error::index(WHAT))?
            .column(column::VECTOR)
            .distance_type(DistanceType::Cosine)
            .bypass_vector_index()
            .limit(rows)
            .only_if_expr(scope)
            .select(Select::columns(&[column::CHUNK_ID, "_distance"]));
        let batches = batches(query, WHAT).await?;
        hits(&batches, "_distance", |distance| 1.0 - distance)
    }

    async fn matching_rows(&self, words: &str, scope: Expr, rows: usize) -> Result<Vec<LegHit>> {
        let words =
            MatchQuery::new(words.to_owned()).with_column(Some(column::SEARCH_TEXT.to_owned()));
        let query = self
            .table
            .query()
            .full_text_search(FullTextSearchQuery::new_query(FtsQuery::Match(words)))
            .limit(rows)
            .only_if_expr(scope)
            .select(Select::columns(&[column::CHUNK_ID, "_score"]));
        let batches = batches(query, "match words").await?;
        hits(&batches, "_score", |score| score)
    }
}

/// What a leg compares chunks with.
#[derive(Clone, Copy)]
enum Leg<'q> {
    Vector(&'q [f32]),
    /// Joined by spaces, at least one.
    Words(&'q str),
}

/// The words of `question` that are looked up, joined by spaces: folded as the indexed text
/// is, stop words left out, each as often as it is asked for, because the engine adds up what
/// it is given.
fn search_words(query: &QueryTerms) -> String {
    let words = query.terms.iter().flat_map(|term| {
        let times = term.count as usize;
        std::iter::repeat_n(term.word.as_str(), times)
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The best `limit` of `found` in their total order, or `None` when more than the `rows` that
/// were asked for are needed to tell.
///
/// The engine breaks ties as it likes, so a cut through a group of equal scores could fall
/// differently each time: the group has to end among the rows found.
fn cut(mut found: Vec<LegHit>, limit: usize, rows: usize) -> Option<Vec<LegHit>> {
    found.sort_by(|a, b| {
        let by_score = b.score.total_cmp(&a.score);
        by_score.then_with(|| a.chunk_id.cmp(&b.chunk_id))
    });
    let score = |at: usize| found.get(at).map(|hit| hit.score);
    let tie_goes_on = found.len() == rows && score(limit - 1) == score(rows - 1);
    found.truncate(limit);
    (!tie_goes_on).then_some(found)
}

fn hits(batches: &[RecordBatch], column: &str, score: fn(f32) -> f32) -> Result<Vec<LegHit>> {
    let mut found = Vec::new();
    for batch in batches {
        let scores = batch
            .column_by_name(column)
            .and_then(|scores| scores.as_primitive_opt::<Float32Type>())
            .ok_or_else(|| Error::corrupt(column, "is missing from a search result"))?;
        for (id, value) in texts(batch, column::CHUNK_ID)?.zip(scores.values()) {
            let chunk_id = id
                .parse()
                .map_err(|_| Error::corrupt(column::CHUNK_ID, "holds no id"))?;
            let score = score(*value);
            found.push(LegHit { chunk_id, score });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use footnote_ingest::id::DocumentId;
    use footnote_ingest::span::Span;

    use super::*;

    #[track_caller]
    fn check(question: &str, words: &str) {
        assert_eq!(search_words(&QueryTerms::of(question)), words);
    }

    #[test]
    fn questions_lose_what_carries_nothing() {
        check(
            "What is the leave policy of the IT desk?",
            "leave policy IT desk",
        );
        check("leave, Leaves and sick leaving", "leave leave leave sick");
        check("Où est KB-2041?", "Ou est KB-2041");
        check("who is it", "");
        check("🎉", "");
    }

    #[test]
    fn a_cut_through_ties_waits_for_their_end() {
        let document = DocumentId::derive("default", "a");
        let hit = |n: usize, score| LegHit {
            chunk_id: ChunkId::derive(&document, Span::new(n, n), ""),
            score,
        };
        let mut found: Vec<_> = (0..9).map(|n| hit(n, 0.5)).chain([hit(9, 0.9)]).collect();
        assert_eq!(cut(found.clone(), 5, 10), None);
        let expected = cut(found.clone(), 5, 11);
        found.reverse();
        assert_eq!(cut(found.clone(), 5, 11), expected);
        let hits = expected.unwrap_or_default();
        assert_eq!((hits.len(), hits[0].score), (5, 0.9));
        found.push(hit(10, 0.1));
        assert_eq!(cut(found, 5, 11).as_deref(), Some(&hits[..]));
    }
}
