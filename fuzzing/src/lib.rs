//! What the tests with arbitrary input share: texts that resemble what travels, and bounds on what one case may take.
//!
//! The targets themselves stand beside the other tests of each crate, in files called `anything.rs`.

mod bounds;
mod text;

pub use bounds::{CASE_MAX, MEMORY_MAX_BYTES, within_bounds};
pub use text::{WireText, chance, golden, one_of, spoilt, up_to};
