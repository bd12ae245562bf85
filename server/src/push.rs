//! Notifications by Web Push (RFC 8030): to browsers in which no page of ours is open.
//!
//! What notifies whom is the service's to decide; here is how it gets there. One task works on it, apart from everything
//! that delivers messages:
//!
//! 1. It reads the log [`tidings_protocol::limits::PUSH_AFTER`] late, and decides about each message for each member
//!    with a browser. The place it has read up to, the decisions and what is to be sent are written in one transaction,
//!    so that a crash loses nothing and decides nothing twice.
//! 2. What is to be sent is a row for each browser and thread, so the queue can't grow beyond that. A row says which
//!    message, never what it says: that is read when it is sent, if it may still be seen then.
//! 3. A few rows are sent at once. A row that is under way is due again only when the sending must have ended; what the
//!    push service answers then removes it or says when to try again.
//!
//! A push whose answer was lost in a crash is sent again. It has the same topic, so that the push service keeps one of
//! them, and the browser shows one notification for each thread.

pub mod encryption;
mod payload;
pub mod sending;
pub mod vapid;
mod worker;

pub use payload::written;
pub use worker::work;
