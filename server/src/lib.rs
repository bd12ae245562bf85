//! The Tidings server.

pub mod bus;
pub mod clock;
pub mod secret;
pub mod service;
pub mod store;
