//! Chunks at rest, hits on demand: the data directory of `footnote`.
//!
//! A [`Store`] takes [`Prepared`](footnote_ingest::prepare::Prepared) documents and keeps each
//! as a whole: one commit replaces it. A [`Snapshot`] answers the two questions of a search,
//! nearest vectors and matching words, on one pinned version. Beside them lie a SQLite
//! [`Ledger`](ledger::Ledger) for what is operational and a folder of [`blobs`].
//!
//! The crate knows no file formats, no models, no HTTP and no prompts, and it does not fuse,
//! rank across legs or answer. LanceDB, Arrow, DataFusion and SQLite stay inside: no public
//! signature names their types.
//!
//! | module | answers |
//! |---|---|
//! | [`store`] | how is the data directory opened, changed and kept in order? |
//! | [`snapshot`] | what does one version of the index hold? |
//! | [`places`] | where does each chunk come from? |
//! | [`search`], [`legs`] | which chunks are near a vector, which match a question's words? |
//! | [`vectors`] | when are vectors indexed, and how well does the index find them? |
//! | [`filter`] | which documents may a search see? |
//! | [`terms`] | what is a word, and how rare is it? |
//! | [`generation`] | who made these vectors and chunks? |
//! | [`ledger`] | which jobs, documents, collections and receipts are there? |
//! | [`blobs`] | where are the original bytes? |
//! | [`crash`] | where do tests let it die? |
//! | [`maintenance`] | what keeps files and index in order? |
//! | [`retention`] | what is kept of the past? |
//! | [`error`] | what can go wrong? |
//!
//! Private: `schema` and `record` (the table's layout), `index` (full-text settings), `census`
//! (what is counted of all chunks), `inspect` (a snapshot's answers to diagnosis), `durability` and `recovery` (power cuts), `lock` (one process), `clock` (one unit of time).
//!
//! # Invariants
//! - Writes go through one process and one lock; readers need neither.
//! - Every list of hits has a total order: score downwards, then chunk id.
//! - What was acknowledged is on the disk.
//! - Times are kept to the microsecond, offsets in Unicode scalar values.
//!
//! ```no_run
//! use footnote_store::{Generation, Scope, Store, StoreConfig};
//!
//! # async fn example(question: &str, vector: &[f32]) -> footnote_store::Result<()> {
//! let generation = Generation::new("all-MiniLM-L6-v2@sha256:8199", 384, "tokens=200");
//! let store = Store::open(StoreConfig::at("data"), generation).await?;
//! let (snapshot, scope) = (store.snapshot(), Scope::collection("default"));
//! let near = snapshot.nearest(vector, &scope, 30).await?;
//! let matching = snapshot.matching(question, &scope, 30).await?;
//! # drop((near, matching));
//! # Ok(())
//! # }
//! ```

pub mod blobs;
mod census;
mod clock;
pub mod crash;
mod durability;
pub mod error;
pub mod filter;
pub mod generation;
mod index;
mod inspect;
pub mod ledger;
pub mod legs;
mod lock;
pub mod maintenance;
pub mod places;
mod record;
mod recovery;
pub mod retention;
mod schema;
pub mod search;
pub mod snapshot;
pub mod store;
pub mod terms;
pub mod vectors;

pub use error::{Error, Result};
pub use filter::{Filter, FilterError};
pub use generation::Generation;
pub use legs::{Legs, Sought};
pub use record::StoredChunk;
pub use retention::Retention;
pub use schema::SCHEMA_VERSION;
pub use search::{LegHit, Row, Scope};
pub use snapshot::Snapshot;
pub use store::{Committed, Store, StoreConfig};
