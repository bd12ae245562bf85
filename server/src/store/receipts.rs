//! How far members have read, and how far messages have reached their devices.

use tidings_protocol::{Seq, ThreadId, Timestamp, UserId, reply::Receipt};
use uuid::Uuid;

use super::{Error, Tx, on};

/// Kinds of marks, as they are noted.
const DELIVERED: &str = "delivered";
const READ: &str = "read";

/// Where a member stands in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
struct Row {
    thread_id: Uuid,
    read_seq: i64,
    rewound_to: Option<i64>,
    rewinds: i64,
    delivered_seq: i64,
    last_seq: i64,
}

/// Where a member stands in a thread, and where the thread ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The thread.
    pub thread: ThreadId,
    /// The last message read, as the others see it.
    pub read: Seq,
    /// The last message read, for the member themselves. Never above `read`.
    pub own: Seq,
    /// How often the member has taken their own mark back.
    pub rewinds: u32,
    /// The last message that has reached a device.
    pub delivered: Seq,
    /// The newest message.
    pub last: Seq,
}

/// The marks of a person in all their threads, or in just `only`.
pub async fn marks(tx: &mut Tx, user: UserId, only: Option<ThreadId>) -> Result<Vec<Marks>, Error> {
    const MARKS: &str = "SELECT m.thread_id, m.read_seq, m.rewound_to, m.rewinds, m.delivered_seq, t.last_seq \
        FROM members m JOIN threads t ON t.id = m.thread_id \
        WHERE m.user_id = $1 AND ($2 IS NULL OR m.thread_id = $2)";
    let filter = only.map(|thread| thread.0);
    let rows: Vec<Row> =
        on!(tx, conn => sqlx::query_as(MARKS).bind(user.0).bind(filter).fetch_all(conn).await)?;
    Ok(rows
        .into_iter()
        .map(|row| Marks {
            thread: ThreadId(row.thread_id),
            read: Seq(row.read_seq),
            own: Seq(row.rewound_to.unwrap_or(row.read_seq)),
            rewinds: u32::try_from(row.rewinds).unwrap_or(u32::MAX),
            delivered: Seq(row.delivered_seq),
            last: Seq(row.last_seq),
        })
        .collect())
}

/// Stores a person's marks in a thread, and when they moved from what they were.
pub async fn set(tx: &mut Tx, user: UserId, old: Marks, marks: Marks) -> Result<(), Error> {
    const SET: &str = "UPDATE members SET read_seq = $3, delivered_seq = $4, rewound_to = $5, rewinds = $6 \
        WHERE thread_id = $1 AND user_id = $2";
    on!(tx, conn => sqlx::query(SET)
        .bind(marks.thread.0)
        .bind(user.0)
        .bind(marks.read.0)
        .bind(marks.delivered.0)
        .bind((marks.own < marks.read).then_some(marks.own.0))
        .bind(i64::from(marks.rewinds))
        .execute(conn)
        .await
        .map(drop))?;
    for (kind, before, seq) in [
        (DELIVERED, old.delivered, marks.delivered),
        (READ, old.read, marks.read),
    ] {
        if seq > before {
            note(tx, user, marks.thread, kind, seq).await?;
        }
    }
    Ok(())
}

async fn note(tx: &mut Tx, user: UserId, thread: ThreadId, kind: &str, seq: Seq) -> Result<(), Error> {
    const NOTE: &str = "INSERT INTO marks (thread_id, user_id, kind, seq, at) VALUES ($1, $2, $3, $4, $5) \
                        ON CONFLICT DO NOTHING";
    let now = tx.now().0;
    on!(tx, conn => sqlx::query(NOTE)
        .bind(thread.0)
        .bind(user.0)
        .bind(kind)
        .bind(seq.0)
        .bind(now)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// When a message reached each member and when they read it, in the order in which they joined.
pub async fn of(tx: &mut Tx, thread: ThreadId, seq: Seq) -> Result<Vec<Receipt>, Error> {
    const OF: &str = "SELECT m.user_id, \
        (SELECT x.at FROM marks x WHERE x.thread_id = m.thread_id AND x.user_id = m.user_id \
            AND x.kind = $3 AND x.seq >= $2 ORDER BY x.seq LIMIT 1), \
        (SELECT x.at FROM marks x WHERE x.thread_id = m.thread_id AND x.user_id = m.user_id \
            AND x.kind = $4 AND x.seq >= $2 ORDER BY x.seq LIMIT 1) \
        FROM members m WHERE m.thread_id = $1 ORDER BY m.place";
    let rows: Vec<(Uuid, Option<i64>, Option<i64>)> = on!(tx, conn => sqlx::query_as(OF)
        .bind(thread.0)
        .bind(seq.0)
        .bind(DELIVERED)
        .bind(READ)
        .fetch_all(conn)
        .await)?;
    Ok(rows
        .into_iter()
        .map(|(user, delivered, read)| Receipt {
            user: UserId(user),
            delivered_at: delivered.map(Timestamp),
            read_at: read.map(Timestamp),
        })
        .collect())
}

/// How many messages of others come after `seq`; notices don't count, nor what was deleted, nor what the person has
/// hidden.
pub async fn unread(tx: &mut Tx, user: UserId, thread: ThreadId, seq: Seq) -> Result<u32, Error> {
    const UNREAD: &str = "SELECT COUNT(*) FROM messages s WHERE s.thread_id = $1 AND s.seq > $2 AND s.sender_id <> $3 AND s.kind NOT IN ('notice', 'deleted') \
        AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.user_id = $3 AND h.thread_id = s.thread_id AND h.seq = s.seq)";
    let (count,): (i64,) = on!(tx, conn => {
        sqlx::query_as(UNREAD).bind(thread.0).bind(seq.0).bind(user.0).fetch_one(conn).await
    })?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}
