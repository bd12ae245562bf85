//! The Tidings server.
//!
//! [`Server::start`] opens the database, starts the live side and listens; `main` and the tests both use it.

// Views nest as types; rendering one instantiates them here, deeper than the compiler's default allows.
#![recursion_limit = "512"]

pub mod auth;
pub mod bus;
pub mod clock;
pub mod config;
pub mod demo;
pub mod doorstep;
pub mod error;
pub mod fail_point;
pub mod files;
pub mod listener;
pub mod model;
pub mod outbound;
pub mod previews;
pub mod push;
pub mod rate_limit;
pub mod realtime;
pub mod replies;
pub mod rest;
pub mod router;
pub mod routes;
pub mod secret;
pub mod security_headers;
pub mod service;
pub mod site;
pub mod slow_body;
pub mod store;
pub mod telemetry;
pub mod web;

mod start;

pub use start::{Server, StartError, assemble};
