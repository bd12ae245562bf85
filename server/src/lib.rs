//! The Tidings server.
