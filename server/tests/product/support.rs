//! What the tests drive: a server, people on it, and bare connections for those who don't behave.

mod clock;
pub mod log;
mod model_endpoint;
mod page_site;
mod peer;
mod person;
mod push_endpoint;
mod server;
mod socket;
pub mod wire;

use std::{future::Future, time::Duration};

pub use clock::TestClock;
pub use model_endpoint::{Answers, ModelEndpoint};
pub use page_site::PageSite;
pub use peer::Peer;
pub use person::Person;
pub use push_endpoint::{PushEndpoint, Says};
pub use server::{PASSWORD, TestServer, client_fields, refusal};
pub use socket::{Incoming, Socket};

/// Far longer than anything takes on a loaded machine; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for something that must happen.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("it did not happen in {PATIENCE:?}: {what}"),
    }
}

/// Runs each named test on both engines.
macro_rules! on_both_engines {
    ($($test:ident)*) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test($crate::engine::Engine::Sqlite).await;
                }
            )*
        }
        mod on_postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test($crate::engine::Engine::Postgres).await;
                }
            )*
        }
    };
}
pub(crate) use on_both_engines;
