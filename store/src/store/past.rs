//! Earlier versions, for whoever has to see again what an answer saw: pinned as the newest one
//! is, with the counts that belong to them.

use std::sync::Arc;

use super::{Inner, Store};
use crate::census::Census;
use crate::error::{Error, Result};
use crate::ledger::Ledger;
use crate::recovery;
use crate::snapshot::Snapshot;

/// Earlier versions held open: their chunks were counted anew, which takes time.
const HELD: usize = 4;

impl Store {
    /// The version called `index_version`, as [`Snapshot::index_version`] named it. Opening
    /// one reads the text of every chunk that it has, to count words; the last few stay open.
    ///
    /// # Errors
    /// [`Error::VersionGone`] when it is not kept any more, or is of another generation.
    pub async fn snapshot_at(&self, index_version: &str) -> Result<Arc<Snapshot>> {
        let newest = self.snapshot();
        match newest.index_version() == index_version {
            true => Ok(newest),
            false => self.inner.past(index_version, &self.ledger).await,
        }
    }

    /// The versions of the index that can still be read, newest first.
    pub async fn versions(&self) -> Result<Vec<u64>> {
        let folder = self.inner.folder.clone();
        let listed = tokio::task::spawn_blocking(move || recovery::versions(&folder));
        listed.await.map_err(Error::index("list its versions"))?
    }
}

impl Inner {
    async fn past(&self, index_version: &str, ledger: &Ledger) -> Result<Arc<Snapshot>> {
        let gone = || Error::VersionGone {
            index_version: index_version.to_owned(),
        };
        let version = self.number(index_version).ok_or_else(gone)?;
        // Held while counting: who asks for the same version meanwhile waits for it.
        let mut held = self.past.lock().await;
        if !recovery::versions(&self.folder)?.contains(&version) {
            held.retain(|snapshot| snapshot.version != version);
            return Err(gone());
        }
        if let Some(at) = held.iter().position(|past| past.version == version) {
            let snapshot = held.remove(at);
            held.push(Arc::clone(&snapshot));
            return Ok(snapshot);
        }
        let snapshot = Arc::new(self.open_past(version, ledger).await?);
        if held.len() == HELD {
            held.remove(0);
        }
        held.push(Arc::clone(&snapshot));
        Ok(snapshot)
    }

    async fn open_past(&self, version: u64, ledger: &Ledger) -> Result<Snapshot> {
        const WHAT: &str = "open an earlier version";
        let table = self.table.checkout_current().await;
        let table = table.map_err(Error::index(WHAT))?;
        table.checkout(version).await.map_err(Error::index(WHAT))?;
        let vector_index = match ledger.vector_index_of(version).await? {
            Some(index) => index,
            None => self.snapshot.load().vector_index,
        };
        let census = Census::of(&table).await?;
        Snapshot::pin(&table, &self.generation, vector_index, census).await
    }

    /// The number in a name that this generation gives.
    fn number(&self, index_version: &str) -> Option<u64> {
        let (_, number) = index_version.rsplit_once(".v")?;
        let number = number.parse().ok()?;
        (self.generation.index_version(number) == index_version).then_some(number)
    }
}
