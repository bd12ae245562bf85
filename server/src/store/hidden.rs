//! What people have hidden from themselves.

use std::collections::HashSet;

use tidings_protocol::{Message, Seq, ThreadId, UserId};
use uuid::Uuid;

use super::{Error, Tx, on};

/// Hides a message from a person. False if it was hidden already.
pub async fn add(tx: &mut Tx, user: UserId, thread: ThreadId, seq: Seq) -> Result<bool, Error> {
    const ADD: &str = "INSERT INTO hidden (user_id, thread_id, seq, hidden_at) VALUES ($1, $2, $3, $4) \
                       ON CONFLICT DO NOTHING";
    let now = tx.now().0;
    let added = on!(tx, conn => sqlx::query(ADD)
        .bind(user.0)
        .bind(thread.0)
        .bind(seq.0)
        .bind(now)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(added > 0)
}

/// Whether a person has hidden a message from themselves.
pub async fn is_hidden(tx: &mut Tx, user: UserId, thread: ThreadId, seq: Seq) -> Result<bool, Error> {
    const HIDDEN: &str = "SELECT seq FROM hidden WHERE user_id = $1 AND thread_id = $2 AND seq = $3";
    let row: Option<(i64,)> = on!(tx, conn => {
        sqlx::query_as(HIDDEN).bind(user.0).bind(thread.0).bind(seq.0).fetch_optional(conn).await
    })?;
    Ok(row.is_some())
}

/// Leaves only their places of what a person has hidden among messages of one thread.
pub async fn cover(
    tx: &mut Tx,
    user: UserId,
    thread: ThreadId,
    messages: &mut [Message],
) -> Result<(), Error> {
    const BETWEEN: &str =
        "SELECT seq FROM hidden WHERE user_id = $1 AND thread_id = $2 AND seq BETWEEN $3 AND $4";
    let seqs = messages.iter().map(|message| message.seq.0);
    let (Some(first), Some(last)) = (seqs.clone().min(), seqs.max()) else {
        return Ok(());
    };
    let rows: Vec<(i64,)> = on!(tx, conn => sqlx::query_as(BETWEEN)
        .bind(user.0)
        .bind(thread.0)
        .bind(first)
        .bind(last)
        .fetch_all(conn)
        .await)?;
    let hidden: HashSet<i64> = rows.into_iter().map(|(seq,)| seq).collect();
    for message in messages {
        if hidden.contains(&message.seq.0) {
            message.hide();
        }
    }
    Ok(())
}

/// Of a person's threads, or of just `only`, those whose newest message they have hidden.
pub(super) async fn newest(
    tx: &mut Tx,
    user: UserId,
    only: Option<ThreadId>,
) -> Result<HashSet<ThreadId>, Error> {
    const NEWEST: &str = "SELECT h.thread_id FROM hidden h \
        JOIN threads t ON t.id = h.thread_id AND t.last_seq = h.seq \
        WHERE h.user_id = $1 AND ($2 IS NULL OR h.thread_id = $2)";
    let filter = only.map(|thread| thread.0);
    let rows: Vec<(Uuid,)> =
        on!(tx, conn => sqlx::query_as(NEWEST).bind(user.0).bind(filter).fetch_all(conn).await)?;
    Ok(rows.into_iter().map(|(thread,)| ThreadId(thread)).collect())
}
