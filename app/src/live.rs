//! The device in the reactive graph.
