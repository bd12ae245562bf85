//! What the service and its store promise, on both engines alike.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on fails"
)]

#[path = "store/accounts.rs"]
mod accounts;
#[path = "store/changes.rs"]
mod changes;
#[path = "store/demo.rs"]
mod demo;
#[path = "support/engine.rs"]
mod engine;
#[path = "store/files.rs"]
mod files;
#[path = "store/log.rs"]
mod log;
#[path = "store/messages.rs"]
mod messages;
#[path = "store/previews.rs"]
mod previews;
#[path = "store/push.rs"]
mod push;
#[path = "store/search.rs"]
mod search;
#[path = "store/search_speed.rs"]
mod search_speed;
#[path = "store/sessions.rs"]
mod sessions;
#[path = "support/stage.rs"]
mod stage;
#[path = "store/threads.rs"]
mod threads;

/// Runs each test once on a fresh SQLite file and once on a fresh PostgreSQL database.
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($stage:ident: &Stage) $body:block)*) => {
        $($(#[$meta])* async fn $name($stage: &crate::stage::Stage) $body)*

        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&crate::stage::Stage::new(crate::engine::Engine::Sqlite).await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&crate::stage::Stage::new(crate::engine::Engine::Postgres).await).await;
            })*
        }
    };
}
use on_both_engines;
