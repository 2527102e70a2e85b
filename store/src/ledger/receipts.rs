//! Receipts: what each answer depended on, as JSON that this crate does not look into. A
//! receipt is written once and never changed.

use time::OffsetDateTime;

use super::Ledger;
use super::row::{get, now, time};
use crate::error::{Error, Result};

impl Ledger {
    /// Keeps `body`, a JSON text, for `answer_id`, unless there is a receipt for it already.
    /// Returns whether it was kept: an answer asked for again keeps its first receipt.
    pub async fn put_receipt(&self, answer_id: &str, body: &str) -> Result<bool> {
        sqlx::query("INSERT INTO receipts (answer_id, created_at, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
            .bind(answer_id)
            .bind(now())
            .bind(body)
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected() == 1)
            .map_err(Error::ledger("keep a receipt"))
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
}

#[cfg(test)]
mod tests {
    use super::super::tests::ledger;
    use super::*;

    #[tokio::test]
    async fn the_first_receipt_stays() {
        let (_folder, ledger) = ledger().await;
        assert!(ledger.put_receipt("ans_1", r#"{"a":1}"#).await.unwrap());
        assert!(!ledger.put_receipt("ans_1", r#"{"a":2}"#).await.unwrap());
        assert_eq!(ledger.receipt("ans_1").await.unwrap().1, r#"{"a":1}"#);
        assert_eq!(ledger.recent_receipts(9).await.unwrap().len(), 1);
        assert!(matches!(
            ledger.receipt("ans_2").await,
            Err(Error::NotFound { .. })
        ));
    }
}
