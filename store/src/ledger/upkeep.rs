//! What the upkeep of the data directory did last, step by step, for `doctor` and operators.

use time::OffsetDateTime;

use super::Ledger;
use super::row::{count, get, now, signed, time};
use crate::error::{Error, Result};

/// The last run of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRun {
    /// Name of the step, such as `compact`.
    pub step: String,
    /// When it ended.
    pub ran_at: OffsetDateTime,
    /// How long it took.
    pub took_ms: u64,
    /// What it did, or why it failed, in plain words.
    pub outcome: String,
    /// True when it failed; the other steps ran all the same.
    pub failed: bool,
}

impl Ledger {
    /// Remembers how a step went, in place of its run before. Progress, not a promise: a power
    /// cut may lose it.
    pub async fn record_step(
        &self,
        step: &str,
        took_ms: u64,
        outcome: std::result::Result<&str, &str>,
    ) -> Result<()> {
        let (Ok(said) | Err(said)) = outcome;
        sqlx::query("INSERT OR REPLACE INTO upkeep (step, ran_at, took_ms, outcome, failed) VALUES (?, ?, ?, ?, ?)")
            .bind(step)
            .bind(now())
            .bind(signed("took_ms", took_ms)?)
            .bind(said)
            .bind(outcome.is_err())
            .execute(&self.hints)
            .await
            .map_err(Error::ledger("record a step of the upkeep"))?;
        Ok(())
    }

    /// The last run of every step that ever ran, by name.
    pub async fn steps(&self) -> Result<Vec<StepRun>> {
        sqlx::query("SELECT * FROM upkeep ORDER BY step")
            .fetch_all(&self.pool)
            .await
            .map_err(Error::ledger("read the upkeep"))?
            .iter()
            .map(|row| {
                Ok(StepRun {
                    step: get(row, "step")?,
                    ran_at: time(row, "ran_at")?,
                    took_ms: count(row, "took_ms")?,
                    outcome: get(row, "outcome")?,
                    failed: get::<i64>(row, "failed")? != 0,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ledger;

    #[tokio::test]
    async fn a_step_shows_its_last_run() {
        let (_folder, ledger) = ledger().await;
        ledger
            .record_step("prune", 3, Err("the disk is full"))
            .await
            .unwrap();
        ledger
            .record_step("compact", 5, Ok("nothing to do"))
            .await
            .unwrap();
        ledger
            .record_step("prune", 7, Ok("dropped 4 versions"))
            .await
            .unwrap();
        let steps = ledger.steps().await.unwrap();
        let seen = steps
            .iter()
            .map(|run| (run.step.as_str(), run.took_ms, run.failed));
        assert_eq!(
            seen.collect::<Vec<_>>(),
            [("compact", 5, false), ("prune", 7, false)]
        );
    }
}
