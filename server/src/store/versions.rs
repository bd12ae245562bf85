//! What messages said before they were edited.

use tidings_protocol::{Body, Message, Seq, ThreadId, Timestamp, reply::Version};

use super::{Error, Tx, on};

/// Keeps what a message says, which is about to change.
pub async fn insert(tx: &mut Tx, message: &Message, version: &Version) -> Result<(), Error> {
    const INSERT: &str =
        "INSERT INTO versions (thread_id, seq, revision, body, at) VALUES ($1, $2, $3, $4, $5)";
    on!(tx, conn => sqlx::query(INSERT)
        .bind(message.thread.0)
        .bind(message.seq.0)
        .bind(i64::from(message.revision))
        .bind(version.body.as_str())
        .bind(version.at.0)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// What a message said before, oldest first.
pub async fn of(tx: &mut Tx, thread: ThreadId, seq: Seq) -> Result<Vec<Version>, Error> {
    const OF: &str = "SELECT body, at FROM versions WHERE thread_id = $1 AND seq = $2 ORDER BY revision";
    let rows: Vec<(String, i64)> =
        on!(tx, conn => sqlx::query_as(OF).bind(thread.0).bind(seq.0).fetch_all(conn).await)?;
    rows.into_iter()
        .map(|(body, at)| {
            Ok(Version {
                body: Body::new(&body).map_err(Error::unreadable("version"))?,
                at: Timestamp(at),
            })
        })
        .collect()
}

/// Forgets all that a message said before.
pub async fn remove(tx: &mut Tx, message: &Message) -> Result<(), Error> {
    const REMOVE: &str = "DELETE FROM versions WHERE thread_id = $1 AND seq = $2";
    on!(tx, conn => sqlx::query(REMOVE)
        .bind(message.thread.0)
        .bind(message.seq.0)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}
