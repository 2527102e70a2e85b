//! Receipts: what each answer depended on, as JSON that this crate does not look into, and the
//! versions of the index that they were read from. A receipt is written once and never changed.

use std::time::Duration;

use time::OffsetDateTime;

use super::Ledger;
use super::row::{count, get, json, now, signed, time, to_json};
use crate::clock;
use crate::error::{Error, Result};
use crate::snapshot::Snapshot;
use crate::vectors::VectorIndex;

impl Ledger {
    /// Keeps `body`, a JSON text, for `answer_id`, unless there is a receipt for it already,
    /// and notes that the version of `snapshot` was read. Returns whether the body was kept:
    /// an answer asked for again keeps its first receipt.
    pub async fn put_receipt(
        &self,
        answer_id: &str,
        body: &str,
        snapshot: &Snapshot,
    ) -> Result<bool> {
        let version = signed("version", snapshot.version)?;
        let index = snapshot.vector_index.as_ref().map(to_json).transpose()?;
        self.write_receipt(answer_id, body, version, index)
            .await
            .map_err(Error::ledger("keep a receipt"))
    }

    async fn write_receipt(
        &self,
        answer_id: &str,
        body: &str,
        version: i64,
        vector_index: Option<String>,
    ) -> sqlx::Result<bool> {
        let now = now();
        let mut both = self.pool.begin().await?;
        let put = sqlx::query("INSERT INTO receipts (answer_id, created_at, body, version) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
            .bind(answer_id)
            .bind(now)
            .bind(body)
            .bind(version)
            .execute(&mut *both)
            .await?;
        sqlx::query("INSERT INTO read_versions (version, vector_index, last_read_at) VALUES (?, ?, ?) ON CONFLICT (version) DO UPDATE SET last_read_at = excluded.last_read_at")
            .bind(version)
            .bind(vector_index)
            .bind(now)
            .execute(&mut *both)
            .await?;
        both.commit().await?;
        Ok(put.rows_affected() == 1)
    }

    /// The receipt of `answer_id` with the time it was kept, or [`Error::NotFound`].
    pub async fn receipt(&self, answer_id: &str) -> Result<(OffsetDateTime, String)> {
        let row = sqlx::query("SELECT created_at, body FROM receipts WHERE answer_id = ?")
            .bind(answer_id)
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::ledger("read a receipt"))?
            .ok_or_else(|| Error::not_found("answer", answer_id))?;
        Ok((time(&row, "created_at")?, get(&row, "body")?))
    }

    /// The bodies of at most `limit` receipts, newest first.
    pub async fn recent_receipts(&self, limit: u32) -> Result<Vec<String>> {
        sqlx::query_scalar("SELECT body FROM receipts ORDER BY created_at DESC, answer_id LIMIT ?")
            .bind(limit)
            .fetch_all(&self.pool)
            .await
            .map_err(Error::ledger("read receipts"))
    }

    /// How many receipts were read from versions that are kept, and how many there are in all.
    pub async fn count_receipts(&self) -> Result<(u64, u64)> {
        let row = sqlx::query("SELECT COUNT(*) AS every, COUNT(v.version) AS kept FROM receipts r LEFT JOIN read_versions v ON v.version = r.version")
            .fetch_one(&self.pool)
            .await
            .map_err(Error::ledger("count receipts"))?;
        Ok((count(&row, "kept")?, count(&row, "every")?))
    }

    /// The sum of the numbers at `path`, as SQLite writes JSON paths, of receipts kept since
    /// `moment`.
    pub async fn sum_in_receipts(&self, path: &str, moment: OffsetDateTime) -> Result<f64> {
        sqlx::query_scalar("SELECT TOTAL(body ->> ?) FROM receipts WHERE created_at >= ?")
            .bind(path)
            .bind(clock::micros(moment))
            .fetch_one(&self.pool)
            .await
            .map_err(Error::ledger("add up receipts"))
    }

    /// Removes receipts older than `age`, but for those that somebody gave feedback on.
    pub(crate) async fn drop_receipts(&self, age: Duration) -> Result<u64> {
        sqlx::query("DELETE FROM receipts WHERE created_at < ? AND answer_id NOT IN (SELECT answer_id FROM feedback)")
            .bind(before(age))
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected())
            .map_err(Error::ledger("remove old receipts"))
    }

    /// The versions to keep for replays: those read within `age`, the `most` latest read of
    /// them. Forgets all others.
    pub(crate) async fn thin_versions(&self, age: Duration, most: usize) -> Result<Vec<u64>> {
        const WHAT: &str = "choose the versions to keep";
        sqlx::query("DELETE FROM read_versions WHERE last_read_at < ?1 OR version NOT IN (SELECT version FROM read_versions ORDER BY last_read_at DESC, version DESC LIMIT ?2)")
            .bind(before(age))
            .bind(signed("versions", most)?)
            .execute(&self.pool)
            .await
            .map_err(Error::ledger(WHAT))?;
        self.read_versions().await
    }

    /// The versions that are kept for replays, in order.
    pub async fn read_versions(&self) -> Result<Vec<u64>> {
        let rows = sqlx::query("SELECT version FROM read_versions ORDER BY version")
            .fetch_all(&self.pool)
            .await
            .map_err(Error::ledger("list the versions to keep"))?;
        rows.iter().map(|row| count(row, "version")).collect()
    }

    /// How the vectors of `version` were indexed when it was read: `None` when that is not
    /// known, `Some(None)` when every vector was compared.
    pub(crate) async fn vector_index_of(
        &self,
        version: u64,
    ) -> Result<Option<Option<VectorIndex>>> {
        let row = sqlx::query("SELECT vector_index FROM read_versions WHERE version = ?")
            .bind(signed("version", version)?)
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::ledger("read how vectors were indexed"))?;
        let Some(row) = row else { return Ok(None) };
        match get::<Option<String>>(&row, "vector_index")? {
            Some(_) => json(&row, "vector_index").map(|index| Some(Some(index))),
            None => Ok(Some(None)),
        }
    }
}

/// The moment `age` ago, as stored.
fn before(age: Duration) -> i64 {
    let age = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
    clock::micros(OffsetDateTime::now_utc()).saturating_sub(age)
}

#[cfg(test)]
mod tests {
    use super::super::tests::ledger;
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[tokio::test]
    async fn the_first_receipt_stays() {
        let (_folder, ledger) = ledger().await;
        let put = |body: &'static str| ledger.write_receipt("ans_1", body, 3, None);
        assert!(put(r#"{"a":1}"#).await.unwrap());
        assert!(!put(r#"{"a":2}"#).await.unwrap());
        assert_eq!(ledger.receipt("ans_1").await.unwrap().1, r#"{"a":1}"#);
        assert_eq!(ledger.recent_receipts(9).await.unwrap().len(), 1);
        assert!(matches!(
            ledger.receipt("ans_2").await,
            Err(Error::NotFound { .. })
        ));
    }

    #[tokio::test]
    async fn numbers_in_receipts_add_up() {
        let (_folder, ledger) = ledger().await;
        for (id, body) in [
            ("1", r#"{"a":{"b":0.5}}"#),
            ("2", r#"{"a":{"b":2}}"#),
            ("3", "{}"),
        ] {
            ledger.write_receipt(id, body, 1, None).await.unwrap();
        }
        let now = OffsetDateTime::now_utc();
        let sum = |since| ledger.sum_in_receipts("$.a.b", since);
        assert_eq!(sum(now - DAY).await.unwrap(), 2.5);
        assert_eq!(sum(now + DAY).await.unwrap(), 0.0);
    }

    #[tokio::test]
    async fn versions_are_kept_while_they_are_young_and_few() {
        let (_folder, ledger) = ledger().await;
        for version in [4, 9, 7, 4] {
            let id = format!("ans_{version}");
            ledger
                .write_receipt(&id, "{}", version, None)
                .await
                .unwrap();
        }
        assert_eq!(ledger.thin_versions(DAY, 9).await.unwrap(), [4, 7, 9]);
        assert_eq!(ledger.count_receipts().await.unwrap(), (3, 3));
        // Version 4 was read again after the others.
        assert_eq!(ledger.thin_versions(DAY, 2).await.unwrap(), [4, 7]);
        assert_eq!(ledger.count_receipts().await.unwrap(), (2, 3));
        assert_eq!(ledger.vector_index_of(9).await.unwrap(), None);
        assert_eq!(ledger.vector_index_of(4).await.unwrap(), Some(None));
        assert!(
            ledger
                .thin_versions(Duration::ZERO, 9)
                .await
                .unwrap()
                .is_empty()
        );
    }

    #[tokio::test]
    async fn old_receipts_go_unless_somebody_said_something_of_them() {
        let (_folder, ledger) = ledger().await;
        for id in ["ans_1", "ans_2"] {
            ledger.write_receipt(id, "{}", 1, None).await.unwrap();
        }
        let feedback = super::super::feedback::Feedback {
            verdict: super::super::feedback::Verdict::Up,
            note: None,
            expected: None,
        };
        ledger.put_feedback("ans_2", &feedback).await.unwrap();
        assert_eq!(ledger.drop_receipts(DAY).await.unwrap(), 0);
        assert_eq!(ledger.drop_receipts(Duration::ZERO).await.unwrap(), 1);
        assert!(ledger.receipt("ans_2").await.is_ok());
    }
}
