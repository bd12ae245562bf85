//! The log: every change, in commit order.
//!
//! Operations note their events with [`Tx::emit`]; the writer appends those of a whole batch at its end. The head is
//! kept beside the log, so that pruning can't make a position be given out twice.

use sqlx::QueryBuilder;
use tidings_protocol::{
    ClientId, Epoch, Event, History, Message, Position, Seq, ThreadId, Timestamp, UserId,
};
use uuid::Uuid;

use super::{Error, Tx, on, threads::read_history};

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
    /// Each thread.
    pub threads: Vec<Membership>,
    /// Rows of the log, up to the offset, that made it so, as far as the log goes back: they tell from where on somebody
    /// was a member.
    pub changes: Vec<LogRow>,
}

/// Who is in a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Which.
    pub thread: ThreadId,
    /// Its client.
    pub client: Option<ClientId>,
    /// Who may read what of it.
    pub history: History,
    /// Its members, each with the notice of their joining.
    pub members: Vec<(UserId, Seq)>,
}

/// Rows in one statement: seven values each, well below the 32 766 that SQLite binds at most.
const INSERT_ROWS: usize = 500;

/// Appends what the transaction has emitted, and says how many rows that were.
pub(super) async fn append(tx: &mut Tx) -> Result<usize, Error> {
    const ADVANCE: &str = "UPDATE meta SET head = head + $1 RETURNING head";
    const INSERT: &str = "INSERT INTO log (position, at, audience, subject, by_user, seq, event) ";

    let events = std::mem::take(&mut tx.events);
    if events.is_empty() {
        return Ok(0);
    }
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let (head,): (i64,) = on!(tx, conn => sqlx::query_as(ADVANCE).bind(count).fetch_one(conn).await)?;
    let at = tx.now().0;
    let mut rows = Vec::with_capacity(events.len());
    for (position, (audience, event)) in (head - count + 1..).zip(&events) {
        let seq = message_of(event).map(|message| message.seq.0);
        let event = serde_json::to_string(event).map_err(|error| Error::Broken(error.to_string()))?;
        rows.push((position, audience.parts(), seq, event));
    }
    for rows in rows.chunks(INSERT_ROWS) {
        on!(tx, conn => {
            let mut insert = QueryBuilder::new(INSERT);
            insert.push_values(rows, |mut row, (position, (kind, subject, by), seq, event)| {
                row.push_bind(*position)
                    .push_bind(at)
                    .push_bind(*kind)
                    .push_bind(*subject)
                    .push_bind(*by)
                    .push_bind(*seq)
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

/// Begins a new epoch where the log stands. What a position says is true as far as its epoch got, and a database that
/// was restored from a backup has no trace of how far the epoch of that time got afterwards: whoever was ahead of the
/// backup is found out, however far the log has grown since.
///
/// If somebody else has changed the epoch since the last one was begun, such as a migration after which old events
/// can't be read, all earlier ones are forgotten.
pub async fn begin_epoch(tx: &mut Tx, epoch: Epoch) -> Result<(), Error> {
    const GOES_ON: &str =
        "SELECT COUNT(*) FROM epochs e JOIN meta m ON m.epoch = e.epoch WHERE e.last_offset IS NULL";
    const FORGET: &str = "DELETE FROM epochs";
    const END: &str = "UPDATE epochs SET last_offset = (SELECT head FROM meta) WHERE last_offset IS NULL";
    const PRUNE: &str = "DELETE FROM epochs WHERE last_offset + 1 < \
        (SELECT COALESCE((SELECT MIN(position) FROM log), head + 1) FROM meta)";
    const BEGIN: &str = "INSERT INTO epochs (epoch) VALUES ($1)";
    const NAME: &str = "UPDATE meta SET epoch = $1";
    let (going,): (i64,) = on!(tx, conn => sqlx::query_as(GOES_ON).fetch_one(conn).await)?;
    for statement in [if going > 0 { END } else { FORGET }, PRUNE] {
        on!(tx, conn => sqlx::query(statement).execute(conn).await.map(drop))?;
    }
    for statement in [BEGIN, NAME] {
        on!(tx, conn => sqlx::query(statement).bind(epoch.0).execute(conn).await.map(drop))?;
    }
    Ok(())
}

/// Whether the log has everything after `position`, and no more than `most` events of it.
pub async fn continues(tx: &mut Tx, position: Position, most: u64) -> Result<bool, Error> {
    const STANDS: &str = "SELECT m.head, COALESCE((SELECT MIN(position) FROM log), m.head + 1), \
        (SELECT COALESCE(e.last_offset, m.head) FROM epochs e WHERE e.epoch = $1) FROM meta m";
    let (head, oldest, last): (i64, i64, Option<i64>) =
        on!(tx, conn => sqlx::query_as(STANDS).bind(position.epoch.0).fetch_one(conn).await)?;
    let at = position.offset;
    Ok(last.is_some_and(|last| at <= offset(last))
        && at.saturating_add(1) >= offset(oldest)
        && offset(head).saturating_sub(at) <= most)
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
/// places stay.
pub async fn scrub(tx: &mut Tx, message: &Message) -> Result<(), Error> {
    const SCRUB: &str = "UPDATE log SET event = $1 WHERE subject = $2 AND seq = $3 AND event LIKE $4";
    let left = || message.clone();
    for event in [
        Event::MessageSent { message: left() },
        Event::MessageChanged { message: left() },
    ] {
        let text = serde_json::to_string(&event).map_err(|error| Error::Broken(error.to_string()))?;
        // An event is written with its kind first, which has nothing that `LIKE` takes for more than it is.
        let (kind, _) = text
            .split_once(',')
            .ok_or_else(|| Error::Broken("an event without its message".to_owned()))?;
        let pattern = format!("{kind},%");
        on!(tx, conn => sqlx::query(SCRUB)
            .bind(&text)
            .bind(message.thread.0)
            .bind(message.seq.0)
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

/// The message that an event tells of as a whole.
fn message_of(event: &Event) -> Option<&Message> {
    match event {
        Event::MessageSent { message } | Event::MessageChanged { message } => Some(message),
        Event::MessagesRead { .. }
        | Event::MessagesDelivered { .. }
        | Event::MessageHidden { .. }
        | Event::UnreadChanged { .. }
        | Event::MarkedUnread { .. }
        | Event::ThreadSettingsChanged { .. }
        | Event::MembersAdded { .. }
        | Event::MemberRemoved { .. }
        | Event::MemberRoleChanged { .. }
        | Event::ThreadRenamed { .. }
        | Event::SmartRepliesChanged { .. }
        | Event::ThreadOpened { .. }
        | Event::ClientChanged { .. }
        | Event::UserChanged { .. }
        | Event::SessionEnded { .. }
        | Event::Unknown => None,
    }
}

/// Who is in which thread.
pub async fn memberships(tx: &mut Tx) -> Result<Memberships, Error> {
    const MEMBERSHIPS: &str = "SELECT t.id, t.client_id, t.history, m.user_id, m.joined_seq FROM threads t \
                               LEFT JOIN members m ON m.thread_id = t.id ORDER BY t.id, m.place";
    // An event is written with its type first.
    const CHANGES: &str = r#"SELECT position, audience, subject, by_user, event FROM log WHERE audience = 'thread'
        AND (event LIKE '{"type":"thread:new"%' OR event LIKE '{"type":"member:%') ORDER BY position"#;
    let offset = head(tx).await?.offset;
    let rows: Vec<MemberRow> = on!(tx, conn => sqlx::query_as(MEMBERSHIPS).fetch_all(conn).await)?;
    let changes: Vec<Row> = on!(tx, conn => sqlx::query_as(CHANGES).fetch_all(conn).await)?;
    let mut threads: Vec<Membership> = Vec::new();
    for row in rows {
        if threads.last().is_none_or(|last| last.thread.0 != row.id) {
            threads.push(Membership {
                thread: ThreadId(row.id),
                client: row.client_id.map(ClientId),
                history: read_history(&row.history)?,
                members: Vec::new(),
            });
        }
        if let (Some(last), Some(user), Some(joined)) = (threads.last_mut(), row.user_id, row.joined_seq) {
            last.members.push((UserId(user), Seq(joined)));
        }
    }
    let changes = changes.into_iter().map(Row::read).collect::<Result<_, _>>()?;
    Ok(Memberships {
        offset,
        threads,
        changes,
    })
}

/// A thread and one of its members, or none.
#[derive(sqlx::FromRow)]
struct MemberRow {
    id: Uuid,
    client_id: Option<Uuid>,
    history: String,
    user_id: Option<Uuid>,
    joined_seq: Option<i64>,
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
