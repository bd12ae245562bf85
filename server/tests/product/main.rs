//! The product through its outside: a real server on a free port, real sockets, and people whose devices are the
//! ones that browsers run. Each test runs once on SQLite and once on PostgreSQL.
//!
//! One program for all of them, because linking the server takes longer than running the tests.

#![expect(clippy::expect_used, reason = "what a test relies on is part of the test")]

#[path = "../support/bombs.rs"]
mod bombs;
#[path = "../support/engine.rs"]
mod engine;
mod support;

mod accounts;
mod anything;
mod attachments;
mod authorisation;
mod bad_input;
mod changes;
mod group_secrecy;
mod groups;
mod hostile_uploads;
mod limits;
mod long_poll;
mod mentions;
mod messages;
mod model;
mod own_settings;
mod pages;
mod presence;
mod previews;
mod push;
mod rate_limit;
mod reactions;
mod receipts;
mod resume;
mod revocation;
mod search;
mod secrecy;
mod slow_consumer;
mod smart_replies;
mod stopping;
mod tokens;
mod typing;
mod websocket_rules;
