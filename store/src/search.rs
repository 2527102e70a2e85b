//! The two legs of a search, run separately on one [`Snapshot`] because LanceDB's own hybrid
//! query loses the raw scores. Each gives ids and scores in a total order: score downwards,
//! then chunk id. Fusing them is the caller's business.

use datafusion_expr::{Expr, lit};
use footnote_ingest::id::ChunkId;
use lancedb::expr::col;

use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::index;
use crate::schema::column;
use crate::snapshot::Snapshot;
use crate::terms::QueryTerms;
use crate::vectors::Reach;

mod leg;

pub(crate) use leg::{Leg, nearest_rows};

/// Rows asked for beyond the limit, so that ties at the cut are seen.
pub(crate) const MARGIN: usize = 16;

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

/// Where a chunk stands in one [`Snapshot`]: another snapshot may have another chunk there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row(pub(crate) u64);

/// One chunk that a leg found; its rank is its position.
#[derive(Clone, Debug, PartialEq)]
pub struct LegHit {
    /// Which chunk.
    pub chunk_id: ChunkId,
    /// Where it stands in the snapshot, for [`Snapshot::read`].
    pub row: Row,
    /// Cosine in [-1, 1] from the vector leg, BM25 above 0 from the lexical one.
    pub score: f32,
}

impl Snapshot {
    /// The `limit` chunks whose vectors have the greatest cosine with `vector`.
    ///
    /// Exact while the table has no vector index (see the module `vectors`): every vector in
    /// scope is compared. With one, the nearest partitions are, and all rows that it does not
    /// have yet; it may miss a chunk, as often as [`recall`](crate::vectors::VectorIndex::recall) says.
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
        self.within_reach(vector, self.reach(), scope, limit).await
    }

    pub(crate) fn reach(&self) -> Reach {
        self.vector_index.map_or(Reach::All, Reach::of)
    }

    /// [`Snapshot::nearest`] without the vector index: compares every vector in scope.
    ///
    /// # Errors
    /// As [`Snapshot::nearest`].
    pub async fn nearest_exact(
        &self,
        vector: &[f32],
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<LegHit>> {
        self.within_reach(vector, Reach::All, scope, limit).await
    }

    async fn within_reach(
        &self,
        vector: &[f32],
        reach: Reach,
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<LegHit>> {
        self.check(vector)?;
        self.search(Leg::Vector(vector, reach), scope, limit).await
    }

    pub(crate) fn check(&self, vector: &[f32]) -> Result<()> {
        if vector.len() == self.dimension() && vector.iter().all(|number| number.is_finite()) {
            return Ok(());
        }
        let reason = format!("it must have {} finite numbers", self.dimension());
        Err(Error::invalid("vector", reason))
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
    pub(crate) async fn search(
        &self,
        leg: Leg<'_>,
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<LegHit>> {
        if limit == 0 || scope.collections.is_empty() {
            return Ok(Vec::new());
        }
        let condition = self.condition(scope);
        let mut rows = limit.saturating_add(MARGIN);
        loop {
            let found = leg.hits(&self.table, condition.clone(), rows).await?;
            if let Some(hits) = cut(found, limit, rows) {
                return Ok(hits);
            }
            rows = rows.saturating_mul(4);
        }
    }
}

/// The words of `question` that are looked up, joined by spaces: folded as the indexed text
/// is, stop words left out, each as often as it is asked for, because the engine adds up what
/// it is given.
pub(crate) fn search_words(query: &QueryTerms) -> String {
    let words = query.terms.iter().flat_map(|term| {
        let times = term.count as usize;
        std::iter::repeat_n(term.word.as_str(), times)
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The total order of hits: score downwards, then chunk id.
pub(crate) fn order(hits: &mut [LegHit]) {
    hits.sort_by(|a, b| {
        let by_score = b.score.total_cmp(&a.score);
        by_score.then_with(|| a.chunk_id.cmp(&b.chunk_id))
    });
}

/// The best `limit` of `found` in their total order, or `None` when more than the `rows` that
/// were asked for are needed to tell.
///
/// The engine breaks ties as it likes, so a cut through a group of equal scores could fall
/// differently each time: the group has to end among the rows found.
fn cut(mut found: Vec<LegHit>, limit: usize, rows: usize) -> Option<Vec<LegHit>> {
    order(&mut found);
    let score = |at: usize| found.get(at).map(|hit| hit.score);
    let tie_goes_on = found.len() == rows && score(limit - 1) == score(rows - 1);
    found.truncate(limit);
    (!tie_goes_on).then_some(found)
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
            row: Row::default(),
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
