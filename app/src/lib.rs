//! The Tidings interface.
