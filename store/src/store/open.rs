//! Opening: lock, ledger, generation, recovery, table, in this order, so that a refusal comes
//! before anything is touched.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use lancedb::connection::Connection;
use lancedb::{ObjectStoreRegistry, Session, Table};
use tokio::sync::Mutex;
use walkdir::WalkDir;

use super::{Inner, Store, StoreConfig, Writing};
use crate::blobs::Blobs;
use crate::census::{Census, saved};
use crate::durability::Synced;
use crate::error::{Error, Result};
use crate::generation::Generation;
use crate::ledger::Ledger;
use crate::schema::schema;
use crate::snapshot::Snapshot;
use crate::{index, lock, recovery};

impl Store {
    /// Opens a data directory for `generation`, making what is missing.
    ///
    /// Reads every chunk's text once, to count words, if the last process ended between a write
    /// and the maintenance after it: that time grows with the corpus (see
    /// [`TermStats`](crate::terms::TermStats)).
    ///
    /// # Errors
    /// [`Error::Locked`] when another process has it, [`Error::GenerationMismatch`] when it
    /// holds another generation, [`Error::Corrupt`] when no version of the index is readable.
    pub async fn open(config: StoreConfig, generation: Generation) -> Result<Self> {
        let root = &config.root;
        fs::create_dir_all(root).map_err(Error::io("create", root))?;
        let lock = lock::lock(&root.join(".lock"))?;
        let ledger = Ledger::open(&root.join("ledger.sqlite")).await?;
        ledger.activate(&generation).await?;
        let blobs = Blobs::open(root.join("blobs"))?;

        let folder = root
            .join("index")
            .join(format!("{}.lance", generation.table_name()));
        let moved = recovery::set_aside_damaged(&folder, &root.join("damaged"))?;
        if !moved.is_empty() {
            // At once: a later process would no longer know that a version was lost.
            saved::forget(root)?;
        }
        let table = open_table(&config, &generation).await?;
        let writing = Writing {
            synced: sync(Synced::default(), folder.clone()).await?,
            unindexed: index::unindexed(&table).await?,
        };
        let census = count(&table, &generation, root).await?;
        let snapshot =
            Snapshot::pin(&table, &generation, ledger.vector_index().await?, census).await?;
        let inner = Inner {
            rebuild_below: config.rebuild_below,
            vector_index_from: config.vector_index_from,
            retention: config.retention,
            past: Mutex::default(),
            generation,
            table,
            root: root.clone(),
            folder,
            snapshot: ArcSwap::from_pointee(snapshot),
            writing: Mutex::new(writing),
            lock,
        };
        Ok(Self {
            ledger,
            blobs,
            warnings: moved.iter().map(|path| warning(path)).collect(),
            inner: Arc::new(inner),
        })
    }
}

/// The counts of `table`: those that were kept, or new ones.
async fn count(table: &Table, generation: &Generation, root: &Path) -> Result<Census> {
    let version = table
        .version()
        .await
        .map_err(Error::index("read its version"))?;
    match saved::load(root, &generation.index_version(version)) {
        Some(census) => Ok(census),
        None => Census::of(table).await,
    }
}

/// Makes everything in the table's folder durable, away from the async threads.
pub(super) async fn sync(mut synced: Synced, folder: PathBuf) -> Result<Synced> {
    let task = tokio::task::spawn_blocking(move || synced.sync(&folder).map(|()| synced));
    task.await.map_err(Error::index("sync its files"))?
}

async fn open_table(config: &StoreConfig, generation: &Generation) -> Result<Table> {
    let connection = connect(config).await?;
    let name = generation.table_name();
    let names = connection
        .table_names()
        .execute()
        .await
        .map_err(Error::index("list its tables"))?;
    let table = match names.contains(&name) {
        true => connection
            .open_table(name)
            .execute()
            .await
            .map_err(Error::index("open its table"))?,
        false => create(&connection, name, generation.dimension).await?,
    };
    // Also for a table that exists: the process that made it may have ended in between.
    index::ensure(&table).await?;
    Ok(table)
}

async fn create(connection: &Connection, name: String, dimension: usize) -> Result<Table> {
    let dimension = i32::try_from(dimension)
        .map_err(|_| Error::invalid("dimension", "it is too large for a vector"))?;
    connection
        .create_empty_table(name, schema(dimension))
        .execute()
        .await
        .map_err(Error::index("make its table"))
}

async fn connect(config: &StoreConfig) -> Result<Connection> {
    let folder = config.root.join("index");
    fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
    let uri = folder
        .to_str()
        .ok_or_else(|| Error::invalid("root", "the path must be valid UTF-8"))?;
    let index = index_cache(&folder, &config.index_cache_bytes);
    let session = Session::new(
        index,
        config.metadata_cache_bytes,
        Arc::new(ObjectStoreRegistry::default()),
    );
    lancedb::connect(uri)
        .session(Arc::new(session))
        .execute()
        .await
        .map_err(Error::index("open its folder"))
}

/// A search in a large index touches a good part of it: what does not fit is read from the
/// disk each time.
fn index_cache(folder: &Path, bounds: &RangeInclusive<usize>) -> usize {
    let files = WalkDir::new(folder).into_iter().filter_map(|entry| {
        let file = entry.ok()?.metadata().ok()?;
        file.is_file().then_some(file.len())
    });
    let sixth = usize::try_from(files.sum::<u64>() / 6).unwrap_or(usize::MAX);
    sixth.min(*bounds.end()).max(*bounds.start())
}

fn warning(moved: &Path) -> String {
    let file = moved.display();
    tracing::warn!(%file, "moved a damaged manifest aside; the index is at the version before it");
    format!(
        "the newest version of the index was damaged and is now in `{file}`: the version before it is used"
    )
}
