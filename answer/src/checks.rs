//! Hard checks of a claim against its evidence: each finds what a similarity score cannot
//! see (a changed number, an invented name, a flipped negation). Deterministic, no model.

pub mod names;
pub mod negation;
pub mod numbers;
