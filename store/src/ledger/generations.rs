//! Which generation the data directory holds, and which version of its table maintenance left
//! behind. Private to the crate: opening the store is what asks.

use sqlx::sqlite::SqliteRow;

use super::Ledger;
use super::row::{count, get, json, now, signed, to_json};
use crate::error::{Error, Result};
use crate::generation::Generation;
use crate::vectors::VectorIndex;

impl Ledger {
    /// Makes `wanted` the active generation of an empty data directory, or checks that it is.
    ///
    /// # Errors
    /// [`Error::GenerationMismatch`] when another one is active; nothing is changed then.
    pub(crate) async fn activate(&self, wanted: &Generation) -> Result<()> {
        let stored = self.active_generation().await?;
        match stored {
            Some(stored) if &stored == wanted => Ok(()),
            Some(stored) => Err(Error::GenerationMismatch {
                differs: stored.differs_from(wanted),
                stored: Box::new(stored),
                wanted: Box::new(wanted.clone()),
            }),
            None => self.record(wanted).await,
        }
    }

    async fn active_generation(&self) -> Result<Option<Generation>> {
        sqlx::query("SELECT * FROM generations WHERE active = 1")
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::ledger("read the active generation"))?
            .map(|row| generation(&row))
            .transpose()
    }

    async fn record(&self, generation: &Generation) -> Result<()> {
        sqlx::query(
            "INSERT INTO generations (fingerprint, embedder, dimension, chunker, schema, active, created_at)
             VALUES (?, ?, ?, ?, ?, 1, ?)",
        )
        .bind(generation.fingerprint())
        .bind(&generation.embedder)
        .bind(signed("dimension", generation.dimension)?)
        .bind(&generation.chunker)
        .bind(i64::from(generation.schema))
        .bind(now())
        .execute(&self.pool)
        .await
        .map_err(Error::ledger("record the generation"))?;
        Ok(())
    }

    /// The table version that the last maintenance left behind, if there was one.
    pub(crate) async fn maintained_version(&self) -> Result<Option<u64>> {
        let version: Option<i64> =
            sqlx::query_scalar("SELECT maintained_version FROM generations WHERE active = 1")
                .fetch_one(&self.pool)
                .await
                .map_err(Error::ledger("read the maintained version"))?;
        Ok(version.and_then(|version| u64::try_from(version).ok()))
    }

    /// How the vectors of the active generation are indexed, if they are.
    pub(crate) async fn vector_index(&self) -> Result<Option<VectorIndex>> {
        let row = sqlx::query("SELECT vector_index FROM generations WHERE active = 1")
            .fetch_one(&self.pool)
            .await
            .map_err(Error::ledger("read the vector index"))?;
        match get::<Option<String>>(&row, "vector_index")? {
            Some(_) => json(&row, "vector_index").map(Some),
            None => Ok(None),
        }
    }

    /// Remembers `index` for [`Ledger::vector_index`].
    pub(crate) async fn set_vector_index(&self, index: Option<VectorIndex>) -> Result<()> {
        let index = index.as_ref().map(to_json).transpose()?;
        sqlx::query("UPDATE generations SET vector_index = ? WHERE active = 1")
            .bind(index)
            .execute(&self.pool)
            .await
            .map_err(Error::ledger("record the vector index"))?;
        Ok(())
    }

    /// Remembers `version` for [`Ledger::maintained_version`].
    pub(crate) async fn set_maintained_version(&self, version: u64) -> Result<()> {
        sqlx::query("UPDATE generations SET maintained_version = ? WHERE active = 1")
            .bind(signed("version", version)?)
            .execute(&self.pool)
            .await
            .map_err(Error::ledger("record the maintained version"))?;
        Ok(())
    }
}

fn generation(row: &SqliteRow) -> Result<Generation> {
    Ok(Generation {
        embedder: get(row, "embedder")?,
        dimension: count(row, "dimension")?,
        chunker: get(row, "chunker")?,
        schema: count(row, "schema")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::ledger;
    use super::*;

    #[tokio::test]
    async fn the_first_generation_stays() {
        let (_folder, ledger) = ledger().await;
        let first = Generation::new("minilm", 8, "tokens=200");
        ledger.activate(&first).await.unwrap();
        ledger.activate(&first).await.unwrap();
        let other = Generation::new("e5", 16, "tokens=200");
        let refused = ledger.activate(&other).await.unwrap_err();
        assert!(
            matches!(&refused, Error::GenerationMismatch { differs, .. } if differs == &["embedder", "dimension"])
        );
        assert!(refused.to_string().contains("`minilm`"), "{refused}");
        ledger.activate(&first).await.unwrap();
    }
}
