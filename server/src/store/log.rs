//! The log: every change, in commit order.
//!
//! Operations note their events with [`Tx::emit`]; the writer appends those of a whole batch at its end. The head is
//! kept beside the log, so that pruning can't make a position be given out twice.

use std::collections::BTreeMap;

use sqlx::QueryBuilder;
use tidings_protocol::{ClientId, Epoch, Event, Message, Position, ThreadId, Timestamp, UserId};
use uuid::Uuid;

use super::{Error, Tx, on};

/// Who may receive an event or a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The members of a thread.
    Thread(ThreadId),
    /// One person.
    User(UserId),
    /// A person and everyone who shares a thread with them.
    Contacts(UserId),
    /// The members of a client's threads, and whoever changed its record.
    Client {
        /// The client.
        client: ClientId,
        /// Who changed it.
        by: UserId,
    },
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// Its place: 1, 2, 3, … without gaps.
    pub offset: u64,
    /// Who may receive it.
    pub audience: Audience,
    /// What happened.
    pub event: Event,
}

/// Who is in which thread at one moment of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memberships {
    /// The offset after which events change this.
    pub offset: u64,
    /// Each thread, its client, and its members.
    pub threads: Vec<(ThreadId, Option<ClientId>, Vec<UserId>)>,
}

/// Rows in one statement: six values each, well below the 32 766 that SQLite binds at most.
const INSERT_ROWS: usize = 500;

/// Appends what the transaction has emitted, and says how many rows that were.
pub(super) async fn append(tx: &mut Tx) -> Result<usize, Error> {
    const ADVANCE: &str = "UPDATE meta SET head = head + $1 RETURNING head";
    const INSERT: &str = "INSERT INTO log (position, at, audience, subject, by_user, event) ";

    let events = std::mem::take(&mut tx.events);
    if events.is_empty() {
        return Ok(0);
    }
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let (head,): (i64,) = on!(tx, conn => sqlx::query_as(ADVANCE).bind(count).fetch_one(conn).await)?;
    let at = tx.now().0;
    let mut rows = Vec::with_capacity(events.len());
    for (position, (audience, event)) in (head - count + 1..).zip(&events) {
        let event = serde_json::to_string(event).map_err(|error| Error::Broken(error.to_string()))?;
        rows.push((position, audience.parts(), event));
    }
    for rows in rows.chunks(INSERT_ROWS) {
        on!(tx, conn => {
            let mut insert = QueryBuilder::new(INSERT);
            insert.push_values(rows, |mut row, (position, (kind, subject, by), event)| {
                row.push_bind(*position)
                    .push_bind(at)
                    .push_bind(*kind)
                    .push_bind(*subject)
                    .push_bind(*by)
                    .push_bind(event);
            });
            insert.build().execute(conn).await.map(drop)
        })?;
    }
    Ok(events.len())
}

/// The newest position.
pub async fn head(tx: &mut Tx) -> Result<Position, Error> {
    const HEAD: &str = "SELECT epoch, head FROM meta";
    let (epoch, head): (Uuid, i64) = on!(tx, conn => sqlx::query_as(HEAD).fetch_one(conn).await)?;
    Ok(Position {
        epoch: Epoch(epoch),
        offset: offset(head),
    })
}

/// Offset of the oldest row kept; one more than the head when there is none.
pub async fn oldest(tx: &mut Tx) -> Result<u64, Error> {
    const OLDEST: &str = "SELECT COALESCE((SELECT MIN(position) FROM log), head + 1) FROM meta";
    let (oldest,): (i64,) = on!(tx, conn => sqlx::query_as(OLDEST).fetch_one(conn).await)?;
    Ok(offset(oldest))
}

/// Up to `limit` rows after `offset`, in order.
pub async fn after(tx: &mut Tx, offset: u64, limit: u32) -> Result<Vec<LogRow>, Error> {
    const AFTER: &str = "SELECT position, audience, subject, by_user, event FROM log \
                         WHERE position > $1 ORDER BY position LIMIT $2";
    let offset = i64::try_from(offset).unwrap_or(i64::MAX);
    let rows: Vec<Row> = on!(tx, conn => {
        sqlx::query_as(AFTER).bind(offset).bind(i64::from(limit)).fetch_all(conn).await
    })?;
    rows.into_iter().map(Row::read).collect()
}

/// Removes up to `limit` rows that are older than `before` or at most at `offset`, and says how many.
pub async fn prune(tx: &mut Tx, before: Timestamp, up_to: u64, limit: u32) -> Result<u64, Error> {
    const PRUNE: &str = "DELETE FROM log WHERE position IN \
                         (SELECT position FROM log WHERE at < $1 OR position <= $2 ORDER BY position LIMIT $3)";
    let up_to = i64::try_from(up_to).unwrap_or(i64::MAX);
    let removed = on!(tx, conn => {
        sqlx::query(PRUNE)
            .bind(before.0)
            .bind(up_to)
            .bind(i64::from(limit))
            .execute(conn)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(removed)
}

/// Puts what is left of a message into every row that tells of it, so that nobody who resumes learns what it said. Their
/// places stay. Goes through the rows of the log, which are at most [`tidings_protocol::limits::RESUME_MAX_EVENTS`].
pub async fn scrub(tx: &mut Tx, message: &Message) -> Result<(), Error> {
    const SCRUB: &str =
        "UPDATE log SET event = $1 WHERE audience = 'thread' AND subject = $2 AND event LIKE $3";
    let left = || message.clone();
    for event in [
        Event::MessageSent { message: left() },
        Event::MessageChanged { message: left() },
    ] {
        let text = serde_json::to_string(&event).map_err(|error| Error::Broken(error.to_string()))?;
        let id = message.id.to_string();
        // An event is written with its kind and then the message's id first: what people wrote can't look like that.
        let end = text
            .find(&id)
            .ok_or_else(|| Error::Broken("an event without its message".to_owned()))?
            + id.len();
        let pattern = format!("{}%", text.get(..end).unwrap_or_default());
        on!(tx, conn => sqlx::query(SCRUB)
            .bind(&text)
            .bind(message.thread.0)
            .bind(&pattern)
            .execute(conn)
            .await
            .map(drop))?;
    }
    // Those of the same batch are not in the log yet.
    for (_, event) in &mut tx.events {
        if let Event::MessageSent { message: told } | Event::MessageChanged { message: told } = event
            && told.id == message.id
        {
            *told = left();
        }
    }
    Ok(())
}

/// Who is in which thread.
pub async fn memberships(tx: &mut Tx) -> Result<Memberships, Error> {
    const MEMBERSHIPS: &str = "SELECT t.id, t.client_id, m.user_id FROM threads t \
                               JOIN members m ON m.thread_id = t.id ORDER BY t.id, m.place";
    let offset = head(tx).await?.offset;
    let rows: Vec<(Uuid, Option<Uuid>, Uuid)> =
        on!(tx, conn => sqlx::query_as(MEMBERSHIPS).fetch_all(conn).await)?;
    let mut threads: BTreeMap<Uuid, (Option<ClientId>, Vec<UserId>)> = BTreeMap::new();
    for (thread, client, user) in rows {
        let entry = threads
            .entry(thread)
            .or_insert_with(|| (client.map(ClientId), Vec::new()));
        entry.1.push(UserId(user));
    }
    let threads = threads
        .into_iter()
        .map(|(thread, (client, users))| (ThreadId(thread), client, users))
        .collect();
    Ok(Memberships { offset, threads })
}

fn offset(position: i64) -> u64 {
    u64::try_from(position).unwrap_or(0)
}

#[derive(sqlx::FromRow)]
struct Row {
    position: i64,
    audience: String,
    subject: Uuid,
    by_user: Option<Uuid>,
    event: String,
}

impl Row {
    fn read(self) -> Result<LogRow, Error> {
        let audience = match (self.audience.as_str(), self.by_user) {
            ("thread", _) => Audience::Thread(ThreadId(self.subject)),
            ("user", _) => Audience::User(UserId(self.subject)),
            ("contacts", _) => Audience::Contacts(UserId(self.subject)),
            ("client", Some(by)) => Audience::Client {
                client: ClientId(self.subject),
                by: UserId(by),
            },
            (other, _) => return Err(Error::Broken(format!("audience {other} in the log"))),
        };
        let event = serde_json::from_str(&self.event)
            .map_err(|error| Error::Broken(format!("event {} in the log: {error}", self.position)))?;
        Ok(LogRow {
            offset: offset(self.position),
            audience,
            event,
        })
    }
}

impl Audience {
    fn parts(self) -> (&'static str, Uuid, Option<Uuid>) {
        match self {
            Self::Thread(thread) => ("thread", thread.0, None),
            Self::User(user) => ("user", user.0, None),
            Self::Contacts(user) => ("contacts", user.0, None),
            Self::Client { client, by } => ("client", client.0, Some(by.0)),
        }
    }
}
