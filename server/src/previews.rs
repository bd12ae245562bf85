//! Looking at pages that messages link to. Off unless the organisation wants it.
//!
//! Which message wants which page is the service's to decide, and what was found is its to put on the message; here is how
//! a page is asked for and read. A page is a stranger's: what is asked, how long, how much of it and what of it is used
//! have their limits in `fetching` and `page`, and where may be asked is [`crate::outbound`]'s to say. Whoever runs the
//! site learns that this server looked, and nothing of who reads the message.
//!
//! It is done as well as it can be: a page that says nothing, or not in time, is not asked again, and no message waits for
//! it.

mod fetching;
mod page;
mod worker;

pub use worker::work;
