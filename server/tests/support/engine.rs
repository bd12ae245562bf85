//! Databases for tests: a temporary file, or a database of its own on the PostgreSQL server that
//! `TEST_POSTGRES_URL` names. Both vanish with the value, also when a test fails.

use std::{env, thread};

use sqlx::{Connection, Executor, PgConnection, SqlSafeStr};
use tempfile::TempDir;
use tidings_server::store::Db;
use uuid::Uuid;

/// Which engine a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// An empty, migrated database.
pub struct TestDb {
    pub db: Db,
    /// What it was opened by, for whoever opens it again.
    pub url: String,
    _place: Place,
}

enum Place {
    Folder { _folder: TempDir },
    Server { server: String, name: String },
}

impl TestDb {
    pub async fn new(engine: Engine) -> Self {
        let (url, place) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite://{}", folder.path().join("tidings.db").display());
                (url, Place::Folder { _folder: folder })
            }
            Engine::Postgres => {
                let server = env::var("TEST_POSTGRES_URL").expect(
                    "TEST_POSTGRES_URL is not set: run `make test`, which starts a private PostgreSQL",
                );
                let name = format!("test_{}", Uuid::now_v7().simple());
                administer(&server, format!("CREATE DATABASE {name}")).await;
                let (host, _) = server
                    .rsplit_once('/')
                    .expect("TEST_POSTGRES_URL ends with a database's name");
                (format!("{host}/{name}"), Place::Server { server, name })
            }
        };
        let db = Db::open(&url).await.expect("an empty database opens");
        Self {
            db,
            url,
            _place: place,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Self::Server { server, name } = self else {
            return;
        };
        let (server, name) = (server.clone(), name.clone());
        // A thread of its own: the test's runtime can't be waited on from within.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime
                .expect("a runtime")
                .block_on(administer(&server, format!("DROP DATABASE {name} WITH (FORCE)")));
        });
        drop(dropping.join());
    }
}

/// Runs a statement that takes no parameters; the only changing part of it is a name made above.
async fn administer(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server)
        .await
        .expect("TEST_POSTGRES_URL can be reached");
    connection
        .execute(sqlx::AssertSqlSafe(statement).into_sql_str())
        .await
        .expect("the test may create and drop databases");
}
