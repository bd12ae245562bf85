//! What the task that pushes works through: the log, a while late, and what is to be sent.

use tidings_protocol::{Event, PushId, Seq, ThreadId, Timestamp, UserId};
use uuid::Uuid;

use super::{Error, Tx, on};

/// What a row of the queue is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message is to be shown.
    Message,
    /// What is shown is to be taken away.
    Withdraw,
    /// Somebody wants to see whether it works.
    Test,
}

/// A row of the queue: which message of which thread, to which browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errand {
    /// To which browser.
    pub subscription: PushId,
    /// About which thread; the nil id for a test.
    pub thread: ThreadId,
    /// What for.
    pub kind: Kind,
    /// Which message.
    pub seq: Seq,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
}

/// Somebody about whom a message is to be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub user: UserId,
    /// How far they have read.
    pub read: Seq,
}

/// What there is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Events to decide about.
    pub undecided: bool,
    /// Notifications to take away.
    pub outdated: bool,
    /// Pushes to send.
    pub due: bool,
}

/// What is shown though it was read, or deleted, or is no longer the person's to see.
const OUTDATED: &str = "SELECT s.subscription_id, s.thread_id, s.seq FROM push_shown s \
    JOIN push_subscriptions p ON p.id = s.subscription_id \
    LEFT JOIN members m ON m.thread_id = s.thread_id AND m.user_id = p.user_id \
    LEFT JOIN messages x ON x.thread_id = s.thread_id AND x.seq = s.seq \
    WHERE m.user_id IS NULL OR m.read_seq >= s.seq OR x.kind IS NULL OR x.kind = 'deleted' LIMIT $1";

/// Whether there is anything to do, for a look that writes nothing. Events from after `before` are not decided yet.
pub async fn waiting(tx: &mut Tx, before: Timestamp) -> Result<Waiting, Error> {
    const UNDECIDED: &str =
        "SELECT 1 FROM log WHERE position > (SELECT position FROM push_cursor) AND at <= $1 LIMIT 1";
    const DUE: &str = "SELECT 1 FROM push_queue q JOIN push_subscriptions p ON p.id = q.subscription_id \
                       WHERE q.due_at <= $1 AND p.quiet_until <= $1 LIMIT 1";
    let now = tx.now();
    let undecided: Option<(i32,)> =
        on!(tx, conn => sqlx::query_as(UNDECIDED).bind(before.0).fetch_optional(conn).await)?;
    let due: Option<(i32,)> = on!(tx, conn => sqlx::query_as(DUE).bind(now.0).fetch_optional(conn).await)?;
    let outdated: Option<(Uuid, Uuid, i64)> =
        on!(tx, conn => sqlx::query_as(OUTDATED).bind(1_i64).fetch_optional(conn).await)?;
    Ok(Waiting {
        undecided: undecided.is_some(),
        outdated: outdated.is_some(),
        due: due.is_some(),
    })
}

/// Up to `limit` events that have not been decided about, up to the first that is from after `before`.
pub async fn undecided(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<Vec<(u64, Event)>, Error> {
    const UNDECIDED: &str = "SELECT position, at, event FROM log \
        WHERE position > (SELECT position FROM push_cursor) ORDER BY position LIMIT $1";
    let rows: Vec<(i64, i64, String)> =
        on!(tx, conn => sqlx::query_as(UNDECIDED).bind(i64::from(limit)).fetch_all(conn).await)?;
    Ok(rows
        .into_iter()
        // In order, and none left out, should the clock have been set back in between.
        .take_while(|(_, at, _)| *at <= before.0)
        // One that can't be read notifies nobody, and must not keep those after it from being decided.
        .map(|(position, _, event)| {
            let event = serde_json::from_str(&event).unwrap_or(Event::Unknown);
            (u64::try_from(position).unwrap_or(0), event)
        })
        .collect())
}

/// Notes up to where it has been decided.
pub async fn advance(tx: &mut Tx, position: u64) -> Result<(), Error> {
    const ADVANCE: &str = "UPDATE push_cursor SET position = $1";
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    on!(tx, conn => sqlx::query(ADVANCE).bind(position).execute(conn).await.map(drop))?;
    Ok(())
}

/// Those with a browser who were members when a message was written and still are, without the one who wrote.
pub async fn candidates(
    tx: &mut Tx,
    thread: ThreadId,
    seq: Seq,
    sender: UserId,
) -> Result<Vec<Candidate>, Error> {
    const CANDIDATES: &str = "SELECT m.user_id, m.read_seq FROM members m JOIN users u ON u.id = m.user_id \
        WHERE m.thread_id = $1 AND m.user_id <> $2 AND m.joined_seq < $3 AND u.active \
        AND EXISTS (SELECT 1 FROM push_subscriptions p WHERE p.user_id = m.user_id) ORDER BY m.place";
    let rows: Vec<(Uuid, i64)> = on!(tx, conn => sqlx::query_as(CANDIDATES)
        .bind(thread.0)
        .bind(sender.0)
        .bind(seq.0)
        .fetch_all(conn)
        .await)?;
    Ok(rows
        .into_iter()
        .map(|(user, read)| Candidate {
            user: UserId(user),
            read: Seq(read),
        })
        .collect())
}

/// Puts a message into the queue of each browser of a person, in the place of what it has about the same thread, unless
/// that is a message that came later. What is under way stays so until it is settled.
pub async fn enqueue_message(
    tx: &mut Tx,
    user: UserId,
    thread: ThreadId,
    seq: Seq,
    expires_at: Timestamp,
) -> Result<(), Error> {
    const ENQUEUE: &str = "INSERT INTO push_queue (subscription_id, thread_id, kind, seq, due_at, expires_at) \
        SELECT id, $2, 'message', $3, $4, $5 FROM push_subscriptions WHERE user_id = $1 \
        ON CONFLICT (subscription_id, thread_id) DO UPDATE SET kind = excluded.kind, seq = excluded.seq, \
        expires_at = excluded.expires_at WHERE push_queue.kind <> 'message' OR push_queue.seq <= excluded.seq";
    let now = tx.now();
    on!(tx, conn => sqlx::query(ENQUEUE)
        .bind(user.0)
        .bind(thread.0)
        .bind(seq.0)
        .bind(now.0)
        .bind(expires_at.0)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Whether some browser of a person shows a message of the thread that came later.
pub async fn shows_newer(tx: &mut Tx, user: UserId, thread: ThreadId, seq: Seq) -> Result<bool, Error> {
    const NEWER: &str = "SELECT 1 FROM push_shown s JOIN push_subscriptions p ON p.id = s.subscription_id \
        WHERE p.user_id = $1 AND s.thread_id = $2 AND s.seq > $3 LIMIT 1";
    let row: Option<(i32,)> = on!(tx, conn => sqlx::query_as(NEWER)
        .bind(user.0)
        .bind(thread.0)
        .bind(seq.0)
        .fetch_optional(conn)
        .await)?;
    Ok(row.is_some())
}

/// Puts one errand into the queue, in the place of what the browser has about the same thread.
pub async fn enqueue(tx: &mut Tx, errand: Errand) -> Result<(), Error> {
    const ENQUEUE: &str = "INSERT INTO push_queue (subscription_id, thread_id, kind, seq, due_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (subscription_id, thread_id) DO UPDATE SET kind = excluded.kind, seq = excluded.seq, \
        expires_at = excluded.expires_at";
    let now = tx.now();
    on!(tx, conn => sqlx::query(ENQUEUE)
        .bind(errand.subscription.0)
        .bind(errand.thread.0)
        .bind(kind_name(errand.kind))
        .bind(errand.seq.0)
        .bind(now.0)
        .bind(errand.expires_at.0)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Up to `limit` of what is shown and should not be: the browser, the thread, and up to which message.
pub async fn outdated(tx: &mut Tx, limit: u32) -> Result<Vec<(PushId, ThreadId, Seq)>, Error> {
    let rows: Vec<(Uuid, Uuid, i64)> =
        on!(tx, conn => sqlx::query_as(OUTDATED).bind(i64::from(limit)).fetch_all(conn).await)?;
    Ok(rows
        .into_iter()
        .map(|(subscription, thread, seq)| (PushId(subscription), ThreadId(thread), Seq(seq)))
        .collect())
}

/// Notes that a browser shows a message.
pub async fn note_shown(tx: &mut Tx, subscription: PushId, thread: ThreadId, seq: Seq) -> Result<(), Error> {
    const NOTE: &str = "INSERT INTO push_shown (subscription_id, thread_id, seq) VALUES ($1, $2, $3) \
                        ON CONFLICT (subscription_id, thread_id) DO UPDATE SET seq = excluded.seq";
    on!(tx, conn => {
        sqlx::query(NOTE).bind(subscription.0).bind(thread.0).bind(seq.0).execute(conn).await.map(drop)
    })?;
    Ok(())
}

/// Notes that a browser shows nothing of a thread any more.
pub async fn forget_shown(tx: &mut Tx, subscription: PushId, thread: ThreadId) -> Result<(), Error> {
    const FORGET: &str = "DELETE FROM push_shown WHERE subscription_id = $1 AND thread_id = $2";
    on!(tx, conn => {
        sqlx::query(FORGET).bind(subscription.0).bind(thread.0).execute(conn).await.map(drop)
    })?;
    Ok(())
}

/// Removes what is of no use any more.
pub async fn expire(tx: &mut Tx) -> Result<(), Error> {
    const EXPIRE: &str = "DELETE FROM push_queue WHERE expires_at <= $1";
    let now = tx.now();
    on!(tx, conn => sqlx::query(EXPIRE).bind(now.0).execute(conn).await.map(drop))?;
    Ok(())
}

/// Takes up to `limit` errands that are due. They are due again at `again`, unless they are settled before.
pub async fn take(tx: &mut Tx, again: Timestamp, limit: u32) -> Result<Vec<Errand>, Error> {
    const DUE: &str = "SELECT q.subscription_id, q.thread_id, q.kind, q.seq, q.expires_at FROM push_queue q \
        JOIN push_subscriptions p ON p.id = q.subscription_id \
        WHERE q.due_at <= $1 AND p.quiet_until <= $1 ORDER BY q.due_at LIMIT $2";
    const TAKE: &str = "UPDATE push_queue SET due_at = $3 WHERE subscription_id = $1 AND thread_id = $2";
    let now = tx.now();
    let rows: Vec<(Uuid, Uuid, String, i64, i64)> = on!(tx, conn => {
        sqlx::query_as(DUE).bind(now.0).bind(i64::from(limit)).fetch_all(conn).await
    })?;
    let mut errands = Vec::with_capacity(rows.len());
    for (subscription, thread, kind, seq, expires_at) in rows {
        on!(tx, conn => {
            sqlx::query(TAKE).bind(subscription).bind(thread).bind(again.0).execute(conn).await.map(drop)
        })?;
        errands.push(Errand {
            subscription: PushId(subscription),
            thread: ThreadId(thread),
            kind: kind_named(&kind)?,
            seq: Seq(seq),
            expires_at: Timestamp(expires_at),
        });
    }
    Ok(errands)
}

/// Ends the being under way of an errand. If it is `done` it is removed, unless something else took its place meanwhile,
/// which is due now.
pub async fn settle(tx: &mut Tx, errand: &Errand, done: bool) -> Result<(), Error> {
    const REMOVE: &str =
        "DELETE FROM push_queue WHERE subscription_id = $1 AND thread_id = $2 AND kind = $3 AND seq = $4";
    const RELEASE: &str = "UPDATE push_queue SET due_at = $3 WHERE subscription_id = $1 AND thread_id = $2";
    let now = tx.now();
    if done {
        on!(tx, conn => sqlx::query(REMOVE)
            .bind(errand.subscription.0)
            .bind(errand.thread.0)
            .bind(kind_name(errand.kind))
            .bind(errand.seq.0)
            .execute(conn)
            .await
            .map(drop))?;
    }
    on!(tx, conn => sqlx::query(RELEASE)
        .bind(errand.subscription.0)
        .bind(errand.thread.0)
        .bind(now.0)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// How many messages wait for a person, as the badge of their devices counts them (`Device::waiting`): unread ones of
/// others, but of threads that are muted or notify of mentions at most, only mentions, and none of archived ones.
pub async fn waiting_messages(tx: &mut Tx, user: UserId) -> Result<u32, Error> {
    const WAITING: &str = "SELECT COUNT(*) FROM members mine \
        JOIN messages s ON s.thread_id = mine.thread_id AND s.seq > COALESCE(mine.rewound_to, mine.read_seq) \
            AND s.sender_id <> mine.user_id AND s.kind NOT IN ('notice', 'deleted') \
        WHERE mine.user_id = $1 AND NOT mine.archived \
            AND NOT EXISTS (SELECT 1 FROM hidden h \
                WHERE h.user_id = mine.user_id AND h.thread_id = s.thread_id AND h.seq = s.seq) \
            AND ((mine.level = 'all' AND (mine.muted_until IS NULL OR mine.muted_until <= $2)) \
                OR EXISTS (SELECT 1 FROM mentions x \
                    WHERE x.user_id = mine.user_id AND x.thread_id = mine.thread_id AND x.seq = s.seq))";
    let now = tx.now();
    let (count,): (i64,) =
        on!(tx, conn => sqlx::query_as(WAITING).bind(user.0).bind(now.0).fetch_one(conn).await)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What a group is called; `None` for direct threads.
pub async fn title(tx: &mut Tx, thread: ThreadId) -> Result<Option<String>, Error> {
    const TITLE: &str = "SELECT title FROM threads WHERE id = $1";
    let row: Option<(Option<String>,)> =
        on!(tx, conn => sqlx::query_as(TITLE).bind(thread.0).fetch_optional(conn).await)?;
    Ok(row.and_then(|(title,)| title))
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Message => "message",
        Kind::Withdraw => "withdraw",
        Kind::Test => "test",
    }
}

fn kind_named(name: &str) -> Result<Kind, Error> {
    match name {
        "message" => Ok(Kind::Message),
        "withdraw" => Ok(Kind::Withdraw),
        "test" => Ok(Kind::Test),
        other => Err(Error::Broken(format!("push of kind {other}"))),
    }
}
