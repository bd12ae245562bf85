//! One person's device, without a screen: a pure state machine.
//!
//! A [`Device`] owns everything a person's device knows (link, outbox, threads, timelines, presence, typing,
//! unread) and decides everything that happens to it. It does no I/O, reads no clock and draws no randomness of its
//! own: time enters as `now`, randomness as a seed. The same code runs as WASM in the browser and natively in the
//! server's tests.

pub mod io;

pub use io::{Banner, Change, Effect, Input, Progress, Question, Unsent};
