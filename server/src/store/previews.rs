//! Pages that messages link to: what is still to be looked at, and what was found.

use std::collections::{HashMap, HashSet};

use tidings_protocol::{LinkPreview, Message, Seq, ThreadId, Timestamp, UserId};
use uuid::Uuid;

use super::{Error, Tx, on};

/// A page that is to be looked at for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Where the message is.
    pub thread: ThreadId,
    /// Which it is.
    pub seq: Seq,
    /// The link, as it stands in the message.
    pub url: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    thread_id: Uuid,
    seq: i64,
    url: String,
    host: Option<String>,
    site: Option<String>,
    title: String,
    description: Option<String>,
}

/// Wants the page of a message that has no other one. It is of no use any more at `expires_at`.
pub async fn want(
    tx: &mut Tx,
    thread: ThreadId,
    seq: Seq,
    url: &str,
    expires_at: Timestamp,
) -> Result<(), Error> {
    const WANT: &str = "INSERT INTO link_previews (thread_id, seq, url, state, due_at, expires_at) \
                        VALUES ($1, $2, $3, 'wanted', $4, $5)";
    let now = tx.now().0;
    on!(tx, conn => sqlx::query(WANT)
        .bind(thread.0)
        .bind(seq.0)
        .bind(url)
        .bind(now)
        .bind(expires_at.0)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// The link whose page a message has, or is to have, or is not to have by its sender's wish.
pub async fn link(tx: &mut Tx, thread: ThreadId, seq: Seq) -> Result<Option<String>, Error> {
    const LINK: &str = "SELECT url FROM link_previews WHERE thread_id = $1 AND seq = $2";
    let row: Option<(String,)> =
        on!(tx, conn => sqlx::query_as(LINK).bind(thread.0).bind(seq.0).fetch_optional(conn).await)?;
    Ok(row.map(|(url,)| url))
}

/// Forgets the page of a message. The message's revision is the caller's to raise.
pub async fn clear(tx: &mut Tx, thread: ThreadId, seq: Seq) -> Result<(), Error> {
    const CLEAR: &str = "DELETE FROM link_previews WHERE thread_id = $1 AND seq = $2";
    on!(tx, conn => sqlx::query(CLEAR).bind(thread.0).bind(seq.0).execute(conn).await.map(drop))?;
    Ok(())
}

/// Forgets what the page of a message said, and remembers that it is not wanted.
pub async fn remove(tx: &mut Tx, thread: ThreadId, seq: Seq) -> Result<(), Error> {
    const REMOVE: &str = "UPDATE link_previews SET state = 'removed', found_at = NULL, host = NULL, \
                          site = NULL, title = NULL, description = NULL WHERE thread_id = $1 AND seq = $2";
    on!(tx, conn => sqlx::query(REMOVE).bind(thread.0).bind(seq.0).execute(conn).await.map(drop))?;
    Ok(())
}

/// Whether there is a page to be looked at.
pub async fn is_any_due(tx: &mut Tx) -> Result<bool, Error> {
    const DUE: &str = "SELECT 1 FROM link_previews WHERE state = 'wanted' AND due_at <= $1 LIMIT 1";
    let now = tx.now().0;
    let row: Option<(i32,)> = on!(tx, conn => sqlx::query_as(DUE).bind(now).fetch_optional(conn).await)?;
    Ok(row.is_some())
}

/// Takes up to `limit` pages that are to be looked at, and gives up those that are of no use any more. They are due again
/// at `again`, unless they are settled before. Of one sender, no more than `each` are looked at at once, so that nobody's
/// slow pages keep those of others waiting.
pub async fn take(tx: &mut Tx, again: Timestamp, limit: u32, each: u32) -> Result<Vec<Wanted>, Error> {
    const EXPIRE: &str =
        "UPDATE link_previews SET state = 'nothing' WHERE state = 'wanted' AND expires_at <= $1";
    // Those that are due later are being looked at, and count first.
    const DUE: &str = "SELECT thread_id, seq, url FROM ( \
            SELECT p.thread_id, p.seq, p.url, p.due_at, ROW_NUMBER() OVER ( \
                PARTITION BY m.sender_id \
                ORDER BY CASE WHEN p.due_at > $1 THEN 0 ELSE 1 END, p.due_at, p.thread_id, p.seq \
            ) AS place \
            FROM link_previews p JOIN messages m ON m.thread_id = p.thread_id AND m.seq = p.seq \
            WHERE p.state = 'wanted' \
        ) AS waiting WHERE place <= $2 AND due_at <= $1 ORDER BY due_at LIMIT $3";
    const TAKE: &str = "UPDATE link_previews SET due_at = $3 WHERE thread_id = $1 AND seq = $2";
    let now = tx.now().0;
    on!(tx, conn => sqlx::query(EXPIRE).bind(now).execute(conn).await.map(drop))?;
    let rows: Vec<(Uuid, i64, String)> = on!(tx, conn => {
        sqlx::query_as(DUE)
            .bind(now)
            .bind(i64::from(each))
            .bind(i64::from(limit))
            .fetch_all(conn)
            .await
    })?;
    for (thread, seq, _) in &rows {
        on!(tx, conn => {
            sqlx::query(TAKE).bind(*thread).bind(*seq).bind(again.0).execute(conn).await.map(drop)
        })?;
    }
    let wanted = rows.into_iter().map(|(thread, seq, url)| Wanted {
        thread: ThreadId(thread),
        seq: Seq(seq),
        url,
    });
    Ok(wanted.collect())
}

/// Notes what a page said. False, and nothing is noted, when it is not wanted any more.
pub async fn found(tx: &mut Tx, wanted: &Wanted, preview: &LinkPreview) -> Result<bool, Error> {
    const FOUND: &str = "UPDATE link_previews SET state = 'found', found_at = $4, host = $5, site = $6, title = $7, \
                         description = $8 WHERE thread_id = $1 AND seq = $2 AND url = $3 AND state = 'wanted'";
    let now = tx.now().0;
    let done = on!(tx, conn => sqlx::query(FOUND)
        .bind(wanted.thread.0)
        .bind(wanted.seq.0)
        .bind(&wanted.url)
        .bind(now)
        .bind(preview.host.as_deref())
        .bind(preview.site.as_deref())
        .bind(&preview.title)
        .bind(preview.description.as_deref())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// Notes that a page said nothing, if it is still wanted: whoever mends the rest of the text does not have it asked again.
pub async fn give_up(tx: &mut Tx, wanted: &Wanted) -> Result<(), Error> {
    const GIVE_UP: &str = "UPDATE link_previews SET state = 'nothing' \
                           WHERE thread_id = $1 AND seq = $2 AND url = $3 AND state = 'wanted'";
    on!(tx, conn => sqlx::query(GIVE_UP)
        .bind(wanted.thread.0)
        .bind(wanted.seq.0)
        .bind(&wanted.url)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Puts their previews on messages of one thread that were read without them. One query, however many there are.
pub(super) async fn fill(tx: &mut Tx, thread: ThreadId, messages: &mut [Message]) -> Result<(), Error> {
    const BETWEEN: &str = "SELECT thread_id, seq, url, host, site, title, description FROM link_previews \
        WHERE thread_id = $1 AND seq BETWEEN $2 AND $3 AND state = 'found'";
    let seqs = messages.iter().map(|message| message.seq.0);
    let (Some(first), Some(last)) = (seqs.clone().min(), seqs.max()) else {
        return Ok(());
    };
    let rows: Vec<Row> = on!(tx, conn => {
        sqlx::query_as(BETWEEN).bind(thread.0).bind(first).bind(last).fetch_all(conn).await
    })?;
    let mut found = by_message(rows);
    for message in messages {
        message.preview = found.remove(&(thread, message.seq));
    }
    Ok(())
}

/// The previews of the newest message of each of a person's threads, or of just `only`.
pub(super) async fn of_newest(
    tx: &mut Tx,
    user: UserId,
    only: Option<ThreadId>,
) -> Result<HashMap<(ThreadId, Seq), Box<LinkPreview>>, Error> {
    const NEWEST: &str = "SELECT p.thread_id, p.seq, p.url, p.host, p.site, p.title, p.description \
        FROM sights mine JOIN link_previews p ON p.thread_id = mine.thread_id AND p.seq = mine.last_seq \
        WHERE mine.user_id = $1 AND ($2 IS NULL OR mine.thread_id = $2) AND p.state = 'found'";
    let filter = only.map(|thread| thread.0);
    let rows: Vec<Row> =
        on!(tx, conn => sqlx::query_as(NEWEST).bind(user.0).bind(filter).fetch_all(conn).await)?;
    Ok(by_message(rows))
}

/// Of a piece of a thread, the messages whose preview was found at `since` or later.
pub(super) async fn later(
    tx: &mut Tx,
    thread: ThreadId,
    (first, last): (Seq, Seq),
    since: Timestamp,
) -> Result<HashSet<Seq>, Error> {
    const LATER: &str = "SELECT seq FROM link_previews \
        WHERE thread_id = $1 AND seq BETWEEN $2 AND $3 AND state = 'found' AND found_at >= $4";
    let rows: Vec<(i64,)> = on!(tx, conn => sqlx::query_as(LATER)
        .bind(thread.0)
        .bind(first.0)
        .bind(last.0)
        .bind(since.0)
        .fetch_all(conn)
        .await)?;
    Ok(rows.into_iter().map(|(seq,)| Seq(seq)).collect())
}

fn by_message(rows: Vec<Row>) -> HashMap<(ThreadId, Seq), Box<LinkPreview>> {
    let each = rows.into_iter().map(|row| {
        let preview = LinkPreview {
            url: row.url,
            host: row.host,
            site: row.site,
            title: row.title,
            description: row.description,
        };
        ((ThreadId(row.thread_id), Seq(row.seq)), Box::new(preview))
    });
    each.collect()
}
