//! Whom messages mention.

use std::collections::HashMap;

use tidings_protocol::{Seq, ThreadId, UserId, Username, limits};
use uuid::Uuid;

use super::{Error, Tx, on};

/// Members of a thread who were there when the message at `seq` was said, and their usernames.
pub async fn candidates(tx: &mut Tx, thread: ThreadId, seq: Seq) -> Result<Vec<(UserId, Username)>, Error> {
    const CANDIDATES: &str = "SELECT u.id, u.username FROM members m JOIN users u ON u.id = m.user_id \
        WHERE m.thread_id = $1 AND m.joined_seq <= $2 ORDER BY u.id";
    let rows: Vec<(Uuid, String)> =
        on!(tx, conn => sqlx::query_as(CANDIDATES).bind(thread.0).bind(seq.0).fetch_all(conn).await)?;
    rows.into_iter()
        .map(|(id, name)| {
            let name = Username::new(&name).map_err(Error::unreadable("username"))?;
            Ok((UserId(id), name))
        })
        .collect()
}

/// Forgets whom a message mentions.
pub async fn clear(tx: &mut Tx, thread: ThreadId, seq: Seq) -> Result<(), Error> {
    const CLEAR: &str = "DELETE FROM mentions WHERE thread_id = $1 AND seq = $2";
    on!(tx, conn => sqlx::query(CLEAR).bind(thread.0).bind(seq.0).execute(conn).await.map(drop))?;
    Ok(())
}

/// Remembers that a message mentions somebody.
pub async fn add(tx: &mut Tx, thread: ThreadId, seq: Seq, user: UserId) -> Result<(), Error> {
    const ADD: &str =
        "INSERT INTO mentions (thread_id, user_id, seq) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    on!(tx, conn => {
        sqlx::query(ADD).bind(thread.0).bind(user.0).bind(seq.0).execute(conn).await.map(drop)
    })?;
    Ok(())
}

/// Unread messages that mention a person, in order, in all their threads or in just `only`: the newest
/// [`limits::MENTIONS_LISTED`] of each.
pub async fn unread(
    tx: &mut Tx,
    user: UserId,
    only: Option<ThreadId>,
) -> Result<HashMap<Uuid, Vec<Seq>>, Error> {
    const UNREAD: &str = "SELECT thread_id, seq FROM (SELECT x.thread_id, x.seq, \
            ROW_NUMBER() OVER (PARTITION BY x.thread_id ORDER BY x.seq DESC) AS place FROM members mine \
            JOIN mentions x ON x.thread_id = mine.thread_id AND x.user_id = mine.user_id AND \
            x.seq > COALESCE(mine.rewound_to, mine.read_seq) AND NOT EXISTS (SELECT 1 FROM hidden h \
                WHERE h.user_id = mine.user_id AND h.thread_id = x.thread_id AND h.seq = x.seq) \
            WHERE mine.user_id = $1 AND ($2 IS NULL OR mine.thread_id = $2)) AS newest \
        WHERE place <= $3 ORDER BY thread_id, seq";
    let filter = only.map(|thread| thread.0);
    let most = i64::try_from(limits::MENTIONS_LISTED).unwrap_or(i64::MAX);
    let rows: Vec<(Uuid, i64)> = on!(tx, conn => {
        sqlx::query_as(UNREAD).bind(user.0).bind(filter).bind(most).fetch_all(conn).await
    })?;
    let mut by_thread: HashMap<Uuid, Vec<Seq>> = HashMap::new();
    for (thread, seq) in rows {
        by_thread.entry(thread).or_default().push(Seq(seq));
    }
    Ok(by_thread)
}
