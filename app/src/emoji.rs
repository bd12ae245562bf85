//! Emoji to choose from: names, short codes and skin tones.
//!
//! The table is a file of its own, `public/emoji.json`, fetched when somebody first wants an emoji: a page that is only
//! read never loads it. `tests/emoji.rs` makes the file from what the server accepts, and checks that it is current.

mod codes;
mod recent;
mod supply;
mod table;
mod tone;

pub(crate) use codes::{is_of_code, may_follow};
pub use codes::{may_hold_code, written_out};
pub use recent::Recent;
pub use supply::{Stock, Supply};
pub use table::{Group, Symbol, Table};
pub use tone::Tone;
