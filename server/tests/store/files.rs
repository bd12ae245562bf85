use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use sqlx::{Connection, SqliteConnection};
use tidings_protocol::{ErrorCode, Seq, command::DeleteMessage};
use tidings_server::store::{Db, OpenError};

use crate::{
    engine::Engine,
    stage::{Stage, message},
};

async fn refusal(path: &Path) -> OpenError {
    let url = format!("sqlite://{}", path.display());
    Db::open(&url).await.expect_err("a refusal")
}

async fn execute(path: &Path, statement: &'static str) {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_by_name_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    let letter = "Dear all, this is a letter and not a database. ".repeat(100);
    fs::write(&path, &letter).unwrap();
    let error = refusal(&path).await;
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
    assert!(error.to_string().contains("letter.txt") && error.to_string().contains("DATABASE_URL"));
    assert_eq!(fs::read_to_string(&path).unwrap(), letter);
}

#[tokio::test]
async fn another_programs_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipes.db");
    execute(&path, "CREATE TABLE recipes (name TEXT)").await;
    assert!(matches!(refusal(&path).await, OpenError::NotADatabase { .. }));
}

#[tokio::test]
async fn a_read_only_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tidings.db");
    Db::open(&format!("sqlite://{}", path.display()))
        .await
        .unwrap()
        .close()
        .await;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let error = refusal(&path).await;
    assert!(matches!(error, OpenError::ReadOnly { .. }), "{error:?}");
}

#[tokio::test]
async fn a_database_from_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tidings.db");
    Db::open(&format!("sqlite://{}", path.display()))
        .await
        .unwrap()
        .close()
        .await;
    execute(
        &path,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', TRUE, x'00', 0)",
    )
    .await;
    assert!(matches!(refusal(&path).await, OpenError::Newer { version: 9999 }));
}

#[tokio::test]
async fn what_can_not_be_reached_is_refused_by_the_name_of_the_setting() {
    for url in [
        "sqlite:///no/such/folder/tidings.db",
        "postgres://nobody@127.0.0.1:1/nowhere",
        "mysql://localhost/tidings",
    ] {
        let error = Db::open(url).await.expect_err("a refusal");
        assert!(error.to_string().contains("DATABASE_URL"), "{error}");
    }
}

#[tokio::test]
async fn a_full_disk_refuses_what_it_can_not_keep_and_goes_on_when_there_is_room() {
    let stage = Stage::new(Engine::Sqlite).await;
    let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
    let thread = ana.open(&ben, None).await.thread.id;
    let Db::Sqlite { writer, .. } = &stage.database.db else {
        unreachable!("a SQLite stage")
    };
    let set_pages = async |statement: &'static str| {
        sqlx::query(statement).fetch_all(writer).await.unwrap();
    };
    // SQLite takes the present size for a smaller limit.
    set_pages("PRAGMA max_page_count = 1").await;
    let long = "All of it. ".repeat(1_000);
    let mut refused = None;
    for _ in 0..50 {
        let send = message(thread, &long);
        if let Err(error) = ana.ask(send.clone()).await {
            assert_eq!(error.code, ErrorCode::StorageFull);
            refused = Some(send);
            break;
        }
    }
    let refused = refused.expect("a full disk");
    let before = ben.actor.snapshot().await.unwrap().threads[0].last_seq;
    // The limit belongs to the connection, and the failed one is replaced. Should it be kept, there is room again.
    set_pages("PRAGMA max_page_count = 100000").await;
    let stored = ana.ask(refused).await.unwrap();
    assert_eq!(stored.seq, before.next());
}

#[tokio::test]
async fn a_database_that_went_away_makes_commands_unavailable_and_nothing_is_acknowledged() {
    let stage = Stage::new(Engine::Sqlite).await;
    let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
    let thread = ana.open(&ben, None).await.thread.id;
    stage.database.db.close().await;
    let refused = ana.refusal(message(thread, "Anyone?")).await;
    assert_eq!(refused.code, ErrorCode::Unavailable);
    assert!(refused.retry_after.is_some());
}

#[tokio::test]
async fn what_was_deleted_is_not_left_in_the_file() {
    let stage = Stage::new(Engine::Sqlite).await;
    let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
    let thread = ana.open(&ben, None).await.thread.id;
    let (canary, kept) = ("the canary sings at noon", "the blackbird stays");
    // Enough for pages of their own, so that some are given up whole.
    let long = format!("{canary} ").repeat(200);
    for _ in 0..8 {
        ana.say(thread, &long).await;
    }
    ana.say(thread, kept).await;
    for seq in 1..=8 {
        let seq = Seq(seq);
        ana.ask(DeleteMessage { thread, seq }).await.unwrap();
    }
    let path = stage.database.url.trim_start_matches("sqlite://");
    let path = path.split('?').next().unwrap().to_owned();
    // Folds the write-ahead log into the file.
    stage.database.db.close().await;
    let file = fs::read(&path).unwrap();
    let holds = |text: &str| file.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds(kept));
    assert!(!holds(canary));
}
