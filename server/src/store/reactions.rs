//! Reactions to messages.

use std::collections::HashMap;

use tidings_protocol::{Emoji, Message, Reaction, Seq, ThreadId, UserId};
use uuid::Uuid;

use super::{Error, Tx, on};

#[derive(sqlx::FromRow)]
struct Row {
    thread_id: Uuid,
    seq: i64,
    emoji: String,
    user_id: Uuid,
}

/// Puts their reactions on messages of one thread that were read without them. One query, however many there are.
pub(super) async fn fill(tx: &mut Tx, thread: ThreadId, messages: &mut [Message]) -> Result<(), Error> {
    const BETWEEN: &str = "SELECT thread_id, seq, emoji, user_id FROM reactions \
        WHERE thread_id = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq, kind, place";
    let seqs = messages.iter().map(|message| message.seq.0);
    let (Some(first), Some(last)) = (seqs.clone().min(), seqs.max()) else {
        return Ok(());
    };
    let rows: Vec<Row> = on!(tx, conn => {
        sqlx::query_as(BETWEEN).bind(thread.0).bind(first).bind(last).fetch_all(conn).await
    })?;
    let mut found = grouped(rows)?;
    for message in messages {
        message.reactions = found.remove(&(thread, message.seq)).unwrap_or_default();
    }
    Ok(())
}

/// The reactions to the newest message of each of a person's threads, or of just `only`.
pub(super) async fn of_newest(
    tx: &mut Tx,
    user: UserId,
    only: Option<ThreadId>,
) -> Result<HashMap<(ThreadId, Seq), Vec<Reaction>>, Error> {
    const NEWEST: &str = "SELECT r.thread_id, r.seq, r.emoji, r.user_id \
        FROM sights mine JOIN reactions r ON r.thread_id = mine.thread_id AND r.seq = mine.last_seq \
        WHERE mine.user_id = $1 AND ($2 IS NULL OR mine.thread_id = $2) ORDER BY r.thread_id, r.kind, r.place";
    let filter = only.map(|thread| thread.0);
    let rows: Vec<Row> =
        on!(tx, conn => sqlx::query_as(NEWEST).bind(user.0).bind(filter).fetch_all(conn).await)?;
    grouped(rows)
}

/// Adds a reaction that is not there yet. Its order is that of the revision which the message has with it, the one after
/// this.
pub async fn add(tx: &mut Tx, message: &Message, emoji: &Emoji, user: UserId) -> Result<(), Error> {
    const ADD: &str = "INSERT INTO reactions (thread_id, seq, emoji, user_id, kind, place, reacted_at) \
        VALUES ($1, $2, $3, $4, COALESCE((SELECT MIN(kind) FROM reactions \
        WHERE thread_id = $1 AND seq = $2 AND emoji = $3), $5), $5, $6)";
    let now = tx.now();
    on!(tx, conn => sqlx::query(ADD)
        .bind(message.thread.0)
        .bind(message.seq.0)
        .bind(emoji.as_str())
        .bind(user.0)
        .bind(i64::from(message.revision) + 1)
        .bind(now.0)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Takes a reaction away.
pub async fn remove(tx: &mut Tx, message: &Message, emoji: &Emoji, user: UserId) -> Result<(), Error> {
    const REMOVE: &str =
        "DELETE FROM reactions WHERE thread_id = $1 AND seq = $2 AND emoji = $3 AND user_id = $4";
    on!(tx, conn => sqlx::query(REMOVE)
        .bind(message.thread.0)
        .bind(message.seq.0)
        .bind(emoji.as_str())
        .bind(user.0)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Takes all reactions of a message away, as is right when it is deleted. Its revision is the caller's to raise.
pub async fn clear(tx: &mut Tx, thread: ThreadId, seq: Seq) -> Result<(), Error> {
    const CLEAR: &str = "DELETE FROM reactions WHERE thread_id = $1 AND seq = $2";
    on!(tx, conn => sqlx::query(CLEAR).bind(thread.0).bind(seq.0).execute(conn).await.map(drop))?;
    Ok(())
}

/// Rows in order of kind and place, by the message they belong to.
fn grouped(rows: Vec<Row>) -> Result<HashMap<(ThreadId, Seq), Vec<Reaction>>, Error> {
    let mut found: HashMap<_, Vec<Reaction>> = HashMap::new();
    for row in rows {
        let emoji = Emoji::new(&row.emoji).map_err(Error::unreadable("emoji"))?;
        let user = UserId(row.user_id);
        let kinds = found.entry((ThreadId(row.thread_id), Seq(row.seq))).or_default();
        match kinds.last_mut().filter(|last| last.emoji == emoji) {
            Some(last) => last.users.push(user),
            None => kinds.push(Reaction {
                emoji,
                users: vec![user],
            }),
        }
    }
    Ok(found)
}
