//! The public JSON that is not an answer: documents, jobs, collections, hits, lists. Field
//! names and order are the contract's.

mod document;
mod hit;
mod job;
mod list;
mod source;

pub use document::{ChunkJson, CollectionJson, DocumentJson};
pub use hit::{HitJson, SearchJson, SearchTimings};
pub use job::{JobErrorJson, JobJson};
pub use list::{List, Paging};
pub use source::SourceJson;
