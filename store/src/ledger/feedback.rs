//! Feedback: what people said of answers. Kept with the receipt it is about, so that it can
//! become a question of an evaluation; nothing in the service acts on it by itself.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Ledger;
use super::row::{get, now, time};
use crate::clock;
use crate::error::{Error, Result};

/// Whether the answer was good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was.
    Up,
    /// It was not.
    Down,
}

/// What somebody said of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    /// Good or not.
    pub verdict: Verdict,
    /// Why, in their words.
    pub note: Option<String>,
    /// What the answer should have said.
    pub expected: Option<String>,
}

/// Feedback with the receipt it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenFeedback {
    /// The answer.
    pub answer_id: String,
    /// Its receipt, as kept.
    pub receipt: String,
    /// What was said.
    pub feedback: Feedback,
    /// When.
    pub created_at: OffsetDateTime,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Verdict::Up => "up",
            Verdict::Down => "down",
        }
    }
}

impl Ledger {
    /// Keeps `feedback` on `answer_id` beside what was said of it before, and returns when.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such answer.
    pub async fn put_feedback(
        &self,
        answer_id: &str,
        feedback: &Feedback,
    ) -> Result<OffsetDateTime> {
        let now = now();
        let put = sqlx::query("INSERT INTO feedback (answer_id, verdict, note, expected, created_at) SELECT answer_id, ?2, ?3, ?4, ?5 FROM receipts WHERE answer_id = ?1")
            .bind(answer_id)
            .bind(feedback.verdict.as_str())
            .bind(&feedback.note)
            .bind(&feedback.expected)
            .bind(now)
            .execute(&self.pool)
            .await
            .map_err(Error::ledger("keep feedback"))?;
        match put.rows_affected() {
            0 => Err(Error::not_found("answer", answer_id)),
            _ => clock::time(now).ok_or_else(|| Error::corrupt("clock", "tells no time")),
        }
    }

    /// What was last said of each answer, in the order it was said.
    pub async fn latest_feedback(&self) -> Result<Vec<GivenFeedback>> {
        let rows = sqlx::query("SELECT f.*, r.body FROM feedback f JOIN receipts r USING (answer_id) WHERE f.seq IN (SELECT MAX(seq) FROM feedback GROUP BY answer_id) ORDER BY f.seq")
            .fetch_all(&self.pool)
            .await
            .map_err(Error::ledger("read feedback"))?;
        let given = rows.iter().map(|row| {
            let verdict = match get::<&str>(row, "verdict")? {
                "up" => Verdict::Up,
                _ => Verdict::Down,
            };
            Ok(GivenFeedback {
                answer_id: get(row, "answer_id")?,
                receipt: get(row, "body")?,
                feedback: Feedback {
                    verdict,
                    note: get(row, "note")?,
                    expected: get(row, "expected")?,
                },
                created_at: time(row, "created_at")?,
            })
        });
        given.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ledger;
    use super::*;

    fn said(verdict: Verdict, expected: Option<&str>) -> Feedback {
        Feedback {
            verdict,
            note: None,
            expected: expected.map(str::to_owned),
        }
    }

    #[tokio::test]
    async fn the_last_word_on_an_answer_counts() {
        let (_folder, ledger) = ledger().await;
        let unknown = ledger.put_feedback("ans_1", &said(Verdict::Up, None)).await;
        assert!(matches!(unknown, Err(Error::NotFound { .. })));
        sqlx::query("INSERT INTO receipts (answer_id, created_at, body) VALUES ('ans_1', 0, '{}')")
            .execute(&ledger.pool)
            .await
            .unwrap();
        let last = said(Verdict::Down, Some("at four"));
        for feedback in [&said(Verdict::Up, None), &last] {
            ledger.put_feedback("ans_1", feedback).await.unwrap();
        }
        let given = ledger.latest_feedback().await.unwrap();
        assert_eq!(given.len(), 1);
        assert_eq!(
            (&given[0].feedback, given[0].receipt.as_str()),
            (&last, "{}")
        );
    }
}
