//! A database of another version meets this program.

use std::{fs, os::unix::process::ExitStatusExt, path::Path, time::Duration};

use anyhow::{Context, ensure};
use rustix::process::Signal;
use sqlx::{
    ConnectOptions, Connection, SqlitePool,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};
use uuid::Uuid;

use crate::{
    case::Setup,
    host::Host,
    report::Report,
    shim::Shim,
    world::{Cast, World},
};

static ALL: Migrator = sqlx::migrate!("../server/migrations/sqlite");

/// The schema of the first version: everything after it is done by the server that is tried.
const FIRST: i64 = 4;
/// Longer than a stop takes.
const STOPPED_WITHIN: Duration = Duration::from_secs(15);

/// A server that brings an old database up to date dies at a write of it, and is started again; at as many different
/// writes as there are rounds. Every other time the power is cut as well.
pub async fn killed(setup: Setup) -> anyhow::Result<Report> {
    let points = setup.rounds.unwrap_or(24).max(1);
    let messages = setup.messages.unwrap_or(400);
    let shim = Shim::build()?;
    let mut host = Host::new(&setup.server, shim.manner())?;
    if let Some(mutation) = setup.mutation {
        host.manner.set("TIDINGS_MUTATION", mutation);
    }
    let old = host.scratch("old.db");
    make_old(&old, messages).await?;
    let mut rng = fastrand::Rng::with_seed(setup.seed);

    begin(&shim, &mut host, &old)?;
    host.start().await?;
    host.kill().await?;
    let writes = shim.writes()?;
    ensure!(writes > 0, "the migrations wrote nothing");

    let mut report = Report::default();
    let mut died = 0;
    for point in 0..points as u64 {
        begin(&shim, &mut host, &old)?;
        let from = point * writes / points as u64;
        let to = ((point + 1) * writes / points as u64).max(from + 1);
        let at = 1 + rng.u64(from..to);
        shim.die_at(&mut host.manner, Some(at));
        if host.start().await.is_ok() {
            host.kill().await?;
        } else {
            let status = host.ended(STOPPED_WITHIN).await?;
            let signal = status.signal();
            ensure!(
                signal == Some(Signal::KILL.as_raw()),
                "it ended by itself: {status}"
            );
            died += 1;
        }
        if point % 2 == 1 {
            shim.lose_unsynced(&host)?;
        }
        shim.die_at(&mut host.manner, None);
        let told = match host.start().await {
            Ok(_) => {
                host.kill().await?;
                inspect(&host.database(), messages).await.err()
            }
            Err(error) => Some(error),
        };
        if let Some(error) = told {
            report.expect(false, format!("after a death at write {at}: {error:#}"));
            break;
        }
    }
    report.figure("writes", writes as f64);
    report.figure("died", died as f64);
    report.expect(died > 0, "it never died in a migration");
    Ok(report)
}

/// A database that an older program left behind, in the place of the server's, and nothing else.
fn begin(shim: &Shim, host: &mut Host, old: &Path) -> anyhow::Result<()> {
    let data = host.data_dir();
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    fs::create_dir_all(&data)?;
    fs::copy(old, host.database())?;
    // There are accounts, so the server has no more to say than that it is ready.
    fs::write(host.scratch("set-up"), "")?;
    shim.forget()?;
    shim.keep(&host.database())
}

/// Everything is there, and in the newest schema.
async fn inspect(database: &Path, messages: usize) -> anyhow::Result<()> {
    let mut file = SqliteConnectOptions::new().filename(database).connect().await?;
    let (whole,): (String,) = sqlx::query_as("PRAGMA integrity_check")
        .fetch_one(&mut file)
        .await?;
    ensure!(whole == "ok", "the database is damaged: {whole}");
    let (done,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM _sqlx_migrations WHERE success")
        .fetch_one(&mut file)
        .await?;
    let wanted = ALL.iter().count();
    ensure!(
        usize::try_from(done)? == wanted,
        "{done} of {wanted} migrations are noted as done"
    );
    let (stored, length): (i64, i64) = sqlx::query_as(
        "SELECT COUNT(*), SUM(LENGTH(body)) FROM messages WHERE body LIKE 'Message %' AND kind = 'text'",
    )
    .fetch_one(&mut file)
    .await?;
    let said: usize = (1..=messages).map(|seq| body(seq).len()).sum();
    ensure!(
        usize::try_from(stored)? == messages && usize::try_from(length)? == said,
        "{stored} of {messages} messages are left, with {length} of {said} bytes"
    );
    file.close().await?;
    Ok(())
}

fn body(seq: usize) -> String {
    format!("Message {seq}, about as long as people write to each other when they work.")
}

/// A database of the first version, with two people, a thread and what they said.
async fn make_old(path: &Path, messages: usize) -> anyhow::Result<()> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Delete);
    let file = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await?;
    ALL.run_to(FIRST, &file).await?;
    fill(&file, messages).await?;
    file.close().await;
    Ok(())
}

async fn fill(file: &SqlitePool, messages: usize) -> anyhow::Result<()> {
    let [ana, ben, thread] = [1, 2, 3].map(Uuid::from_u128);
    let mut all = file.begin().await?;
    for (user, name) in [(ana, "ana"), (ben, "ben")] {
        sqlx::query(
            "INSERT INTO users (id, username, display_name, folded, role, active, password_hash, created_at) \
             VALUES ($1, $2, $2, $2, 'owner', TRUE, 'none', 1700000000000)",
        )
        .bind(user)
        .bind(name)
        .execute(&mut *all)
        .await?;
    }
    let last = i64::try_from(messages)?;
    sqlx::query(
        "INSERT INTO threads (id, kind, direct_key, last_seq, created_at) \
         VALUES ($1, 'direct', 'ana and ben', $2, 1700000000000)",
    )
    .bind(thread)
    .bind(last)
    .execute(&mut *all)
    .await?;
    for (user, place) in [(ana, 0), (ben, 1)] {
        sqlx::query(
            "INSERT INTO members (thread_id, user_id, place, role, read_seq, delivered_seq) \
             VALUES ($1, $2, $3, 'member', 0, 0)",
        )
        .bind(thread)
        .bind(user)
        .bind(place)
        .execute(&mut *all)
        .await?;
    }
    sqlx::query("INSERT INTO meta (id, epoch, head) VALUES (1, $1, $2)")
        .bind(Uuid::from_u128(4))
        .bind(last)
        .execute(&mut *all)
        .await?;
    for seq in 1..=messages {
        let place = i64::try_from(seq)?;
        sqlx::query(
            "INSERT INTO messages (thread_id, seq, id, sender_id, local_id, body, sent_at) \
             VALUES ($1, $2, $3, $4, $3, $5, 1700000000000)",
        )
        .bind(thread)
        .bind(place)
        .bind(Uuid::from_u128(1000 + seq as u128))
        .bind(if seq % 2 == 0 { ana } else { ben })
        .bind(body(seq))
        .execute(&mut *all)
        .await?;
        sqlx::query(
            "INSERT INTO log (position, at, audience, subject, event) VALUES ($1, 1, 'thread', $2, '{}')",
        )
        .bind(place)
        .bind(thread)
        .execute(&mut *all)
        .await?;
    }
    all.commit().await?;
    Ok(())
}

/// A program that is older than its database does not touch it; the right one goes on with it.
pub async fn newer(setup: Setup) -> anyhow::Result<Report> {
    const NEWER: i64 = 999_999;
    let mut world = World::start(&setup, Cast::of(&setup)).await?;
    world.write(setup.messages.unwrap_or(120));
    world.heal().await;
    world.host.signal(Signal::TERM)?;
    world.host.ended(STOPPED_WITHIN).await?;
    let database = world.host.database();
    let options = SqliteConnectOptions::new().filename(&database);
    let mut file = options.clone().connect().await?;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES ($1, 'from the future', TRUE, x'00', 0)",
    )
    .bind(NEWER)
    .execute(&mut file)
    .await?;
    file.close().await?;
    let before = fs::read(&database)?;
    let (mut refused, mut status) = (None, None);
    match world.host.start().await {
        Ok(_) => world.host.kill().await?,
        Err(error) => {
            refused = Some(format!("{error:#}"));
            status = Some(world.host.ended(STOPPED_WITHIN).await?);
        }
    }
    let untouched = fs::read(&database)? == before;
    let mut file = options.connect().await?;
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = $1")
        .bind(NEWER)
        .execute(&mut file)
        .await?;
    file.close().await?;
    world.start_again().await.context("the right program")?;
    world.heal_at_once().await;
    let mut report = world.judge().await?;
    report.expect(
        refused
            .as_ref()
            .is_some_and(|why| why.contains("newer version of Tidings") && why.contains(&NEWER.to_string())),
        format!("a program that is too old said {refused:?}"),
    );
    report.expect(
        status.is_some_and(|status| !status.success() && status.signal().is_none()),
        format!("it ended with {status:?}"),
    );
    report.expect(untouched, "it changed the database");
    Ok(report)
}
