//! Places where a test makes the server fail, and defences that a test takes away.
//!
//! Only builds with the feature `fail-points` have them, and the product is never built with it: elsewhere every
//! function here is empty. The environment says what happens, and is read once. `TIDINGS_FAIL_POINT` names a place,
//! what to do there, and at which visit: `after-commit:abort:7`. `TIDINGS_MUTATION` names a defence to do without,
//! so that the fault bench can show that its cases notice.

/// The version of this program, which says so if it can be made to fail.
#[cfg(not(feature = "fail-points"))]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The version of this program, which says so if it can be made to fail.
#[cfg(feature = "fail-points")]
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " with fail points");

/// A place where the server can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "fail-points", derive(clap::ValueEnum))]
pub enum Point {
    /// The batch is written, and not committed.
    BeforeCommit,
    /// The batch is on disk, and nobody has been answered.
    AfterCommit,
    /// Everybody has been answered, and the bus has not been rung.
    AfterAck,
    /// The writing task is about to run an operation.
    Writer,
    /// A connection's task is about to do what its device asks.
    Connection,
}

/// A defence that is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "fail-points", derive(clap::ValueEnum))]
pub enum Mutation {
    /// Answers while the batch is still on its way to the disk.
    AckBeforeCommit,
    /// Answers a batch whose commit failed as if it had not.
    FailedCommitAcked,
    /// Stores a message that is sent again under the same local id as another one.
    NoUniqueLocalId,
    /// Leaves it to the system when a commit reaches the disk.
    SynchronousNormal,
    /// One operation in each commit.
    NoGroupCommit,
    /// Lets what waits for a connection grow without end.
    UnboundedQueue,
    /// Drops what a slow connection has no room for, and says nothing.
    LaggedIgnored,
    /// Delivers what is for a thread to everybody.
    NoMembershipCheckAtDelivery,
    /// Welcomes a device back without what it missed.
    NoReplay,
    /// Keeps the epoch of the log over starts, so that a restored database looks like the one it was.
    EpochKept,
    /// Runs the statements of a migration one by one.
    MigrationsInPieces,
    /// Opens a database that a newer program has changed.
    NewerSchemaIgnored,
    /// Welcomes devices that speak an older protocol.
    OutdatedWelcomed,
    /// Shows people as away the moment their connection is lost.
    NoGrace,
    /// Never forgets a connection that has ended.
    EndedConnectionsKept,
    /// Keeps connections whose device has fallen silent.
    SilentPeersKept,
    /// Stops without closing its sockets.
    NoGoodbye,
    /// A panic in an operation ends the writing task.
    WriterDiesOfPanic,
    /// A panic in a connection's task drops its socket without a word.
    SocketDiesOfPanic,
}

#[cfg(not(feature = "fail-points"))]
mod armed {
    use super::{Mutation, Point};

    /// Fails here, if this is the place and the visit that were named.
    pub const fn reach(_: Point) {}

    /// Whether to do without a defence.
    #[must_use]
    pub const fn mutated(_: Mutation) -> bool {
        false
    }

    /// Migrations that do without one of their defences.
    #[must_use]
    pub const fn careless(_: &sqlx::migrate::Migrator) -> Option<sqlx::migrate::Migrator> {
        None
    }

    /// The oldest protocol that is spoken, where the program's own is `version`.
    #[must_use]
    pub const fn oldest_protocol(version: u16) -> u16 {
        version
    }

    /// Undoes what migrations built for a defence that is taken away.
    ///
    /// # Errors
    /// Never.
    pub async fn unbuild(_: &sqlx::SqlitePool) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

#[cfg(feature = "fail-points")]
mod armed {
    use std::{
        env, process,
        sync::{
            LazyLock,
            atomic::{AtomicU64, Ordering},
        },
    };

    use clap::ValueEnum;
    use sqlx::migrate::{Migration, Migrator};

    use super::{Mutation, Point};

    #[derive(Clone, Copy, ValueEnum)]
    enum Action {
        Abort,
        Panic,
    }

    struct Trap {
        point: Point,
        action: Action,
        visit: u64,
    }

    static TRAP: LazyLock<Option<Trap>> = LazyLock::new(|| given("TIDINGS_FAIL_POINT", trap));
    static MUTATION: LazyLock<Option<Mutation>> = LazyLock::new(|| given("TIDINGS_MUTATION", named));
    static VISITS: AtomicU64 = AtomicU64::new(0);

    /// Fails here, if this is the place and the visit that were named.
    pub fn reach(point: Point) {
        let Some(trap) = TRAP.as_ref().filter(|trap| trap.point == point) else {
            return;
        };
        if VISITS.fetch_add(1, Ordering::Relaxed) + 1 == trap.visit {
            match trap.action {
                Action::Abort => process::abort(),
                Action::Panic => panic!("made to fail at {point:?}"),
            }
        }
    }

    /// Whether to do without a defence.
    #[must_use]
    pub fn mutated(mutation: Mutation) -> bool {
        *MUTATION == Some(mutation)
    }

    /// Migrations that do without one of their defences.
    #[must_use]
    pub fn careless(whole: &Migrator) -> Option<Migrator> {
        let in_pieces = mutated(Mutation::MigrationsInPieces);
        let ignore_missing = mutated(Mutation::NewerSchemaIgnored);
        (in_pieces || ignore_missing).then(|| Migrator {
            migrations: whole
                .iter()
                .map(|migration| Migration {
                    no_tx: in_pieces,
                    ..migration.clone()
                })
                .collect(),
            ignore_missing,
            ..Migrator::DEFAULT
        })
    }

    /// The oldest protocol that is spoken, where the program's own is `version`. `TIDINGS_NEWER_PROTOCOL` stands for a
    /// program of the next one.
    #[must_use]
    pub fn oldest_protocol(version: u16) -> u16 {
        version + u16::from(env::var_os("TIDINGS_NEWER_PROTOCOL").is_some())
    }

    /// Undoes what migrations built for a defence that is taken away.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unbuild(pool: &sqlx::SqlitePool) -> Result<(), sqlx::Error> {
        if mutated(Mutation::NoUniqueLocalId) {
            // A table made from a query has no constraints.
            sqlx::raw_sql(
                "ALTER TABLE messages RENAME TO constrained; \
                 CREATE TABLE messages AS SELECT * FROM constrained; \
                 DROP TABLE constrained",
            )
            .execute(pool)
            .await?;
        }
        Ok(())
    }

    /// What a variable says. One that makes no sense ends the process: a fault that is not injected would look like
    /// one that was survived.
    fn given<T>(name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = env::var(name).ok()?;
        match read(&text) {
            Some(value) => Some(value),
            None => {
                eprintln!("tidings-server: {name}: “{text}” is none that this build knows.");
                process::exit(2);
            }
        }
    }

    fn trap(text: &str) -> Option<Trap> {
        let mut parts = text.split(':');
        let trap = Trap {
            point: named(parts.next()?)?,
            action: named(parts.next()?)?,
            visit: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(trap)
    }

    fn named<T: ValueEnum>(text: &str) -> Option<T> {
        T::from_str(text, false).ok()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_trap_names_place_action_and_visit() {
            let trap = trap("after-commit:abort:7").expect("it is well-formed");
            assert_eq!(trap.point, Point::AfterCommit);
            assert!(matches!(trap.action, Action::Abort));
            assert_eq!(trap.visit, 7);
        }

        #[test]
        fn a_trap_that_is_not_whole_is_none() {
            for text in [
                "",
                "after-commit",
                "after-commit:abort",
                "after-commit:abort:x",
                "x:abort:1",
                "writer:panic:1:2",
            ] {
                assert!(trap(text).is_none(), "{text}");
            }
        }
    }
}

pub use armed::{careless, mutated, oldest_protocol, reach, unbuild};
