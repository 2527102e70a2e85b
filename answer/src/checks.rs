//! Hard checks of a claim against its evidence: each finds what a similarity score cannot
//! see (a changed number, another unit, an invented name, a flipped negation). Deterministic,
//! no model.
//!
//! | module | finds |
//! |---|---|
//! | [`numbers`], [`quantities`] | a number that is not there, or is there in another unit |
//! | [`dates`] | a day, month or year that is not there, however dates are written |
//! | [`names`] | a name or code that is not there |
//! | [`negation`] | a yes for a no |
//! | [`comparators`] | more for less, before for after, must for may |
//! | [`replaced`] | in a near-quotation, any other word for another |

pub mod comparators;
pub mod dates;
pub mod names;
pub mod negation;
pub mod numbers;
pub mod quantities;
pub mod replaced;
mod units;
mod words;
