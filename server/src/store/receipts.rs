//! How far members have read, and how far messages have reached their devices.

use tidings_protocol::{Seq, ThreadId, UserId};
use uuid::Uuid;

use super::{Error, Tx, on};

/// Where a member stands in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
struct Row {
    thread_id: Uuid,
    read_seq: i64,
    delivered_seq: i64,
    last_seq: i64,
}

/// Where a member stands in a thread, and where the thread ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The thread.
    pub thread: ThreadId,
    /// The last message read.
    pub read: Seq,
    /// The last message that has reached a device.
    pub delivered: Seq,
    /// The newest message.
    pub last: Seq,
}

/// The marks of a person in all their threads, or in just `only`.
pub async fn marks(tx: &mut Tx, user: UserId, only: Option<ThreadId>) -> Result<Vec<Marks>, Error> {
    const MARKS: &str = "SELECT m.thread_id, m.read_seq, m.delivered_seq, t.last_seq FROM members m \
        JOIN threads t ON t.id = m.thread_id WHERE m.user_id = $1 AND ($2 IS NULL OR m.thread_id = $2)";
    let filter = only.map(|thread| thread.0);
    let rows: Vec<Row> =
        on!(tx, conn => sqlx::query_as(MARKS).bind(user.0).bind(filter).fetch_all(conn).await)?;
    Ok(rows
        .into_iter()
        .map(|row| Marks {
            thread: ThreadId(row.thread_id),
            read: Seq(row.read_seq),
            delivered: Seq(row.delivered_seq),
            last: Seq(row.last_seq),
        })
        .collect())
}

/// Stores a person's marks in a thread.
pub async fn set(tx: &mut Tx, user: UserId, marks: Marks) -> Result<(), Error> {
    const SET: &str =
        "UPDATE members SET read_seq = $3, delivered_seq = $4 WHERE thread_id = $1 AND user_id = $2";
    on!(tx, conn => sqlx::query(SET)
        .bind(marks.thread.0)
        .bind(user.0)
        .bind(marks.read.0)
        .bind(marks.delivered.0)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// How many messages of others come after `seq`; notices don't count.
pub async fn unread(tx: &mut Tx, user: UserId, thread: ThreadId, seq: Seq) -> Result<u32, Error> {
    const UNREAD: &str = "SELECT COUNT(*) FROM messages WHERE thread_id = $1 AND seq > $2 AND sender_id <> $3 AND kind <> 'notice'";
    let (count,): (i64,) = on!(tx, conn => {
        sqlx::query_as(UNREAD).bind(thread.0).bind(seq.0).bind(user.0).fetch_one(conn).await
    })?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}
