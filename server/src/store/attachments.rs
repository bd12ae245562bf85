//! Files that messages bring, and the bytes that nothing needs any more.

use std::collections::{BTreeMap, HashMap};

use tidings_protocol::{
    Attachment, AttachmentId, Content, FileName, Message, Seq, ThreadId, Timestamp, UserId,
};
use uuid::Uuid;

use super::{Error, Tx, on};

/// An attachment with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What devices see.
    pub attachment: Attachment,
    /// Who uploaded it.
    pub owner: UserId,
    /// What its bytes are stored under.
    pub file: String,
    /// What its small image is, where there is one.
    pub thumbnail: Option<String>,
    /// SHA-256 of what was uploaded, in hexadecimal.
    pub hash: String,
    /// The message it belongs to.
    pub message: Option<(ThreadId, Seq)>,
}

/// What a person has uploaded lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes since the time asked about.
    pub bytes: u64,
    /// Uploads of any time that no message has.
    pub unused: u32,
}

const COLUMNS: &str = "id, owner_id, file, name, media_type, size, kind, thumbnail, hash, thread_id, seq";

/// Stores an attachment that no message has yet.
pub async fn insert(tx: &mut Tx, stored: &Stored) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO attachments \
        (id, owner_id, file, name, media_type, size, kind, thumbnail, hash, uploaded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let attachment = &stored.attachment;
    let kind = serde_json::to_string(&attachment.kind).map_err(Error::unreadable("attachment"))?;
    let now = tx.now().0;
    on!(tx, conn => sqlx::query(INSERT)
        .bind(attachment.id.0)
        .bind(stored.owner.0)
        .bind(&stored.file)
        .bind(attachment.name.as_str())
        .bind(&attachment.media_type)
        .bind(whole(attachment.size))
        .bind(&kind)
        .bind(stored.thumbnail.as_deref())
        .bind(&stored.hash)
        .bind(now)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// The attachment with that id.
pub async fn get(tx: &mut Tx, id: AttachmentId) -> Result<Option<Stored>, Error> {
    let text = format!("SELECT {COLUMNS} FROM attachments WHERE id = $1");
    let row: Option<Row> = on!(tx, conn => {
        sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(id.0).fetch_optional(conn).await
    })?;
    row.map(Row::read).transpose()
}

/// What a person has uploaded since a time.
pub async fn usage(tx: &mut Tx, owner: UserId, since: Timestamp) -> Result<Usage, Error> {
    const BYTES: &str = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM attachments \
                         WHERE owner_id = $1 AND uploaded_at > $2";
    const UNUSED: &str = "SELECT COUNT(*) FROM attachments WHERE owner_id = $1 AND thread_id IS NULL";
    let (bytes,): (i64,) = on!(tx, conn => {
        sqlx::query_as(BYTES).bind(owner.0).bind(since.0).fetch_one(conn).await
    })?;
    let (unused,): (i64,) = on!(tx, conn => sqlx::query_as(UNUSED).bind(owner.0).fetch_one(conn).await)?;
    Ok(Usage {
        bytes: u64::try_from(bytes).unwrap_or(0),
        unused: u32::try_from(unused).unwrap_or(u32::MAX),
    })
}

/// Gives an attachment to a message, at a place among its files. False, and nothing is done, unless it is `owner`'s and
/// no message has it.
pub async fn attach(
    tx: &mut Tx,
    owner: UserId,
    id: AttachmentId,
    to: &Message,
    place: usize,
) -> Result<bool, Error> {
    const ATTACH: &str = "UPDATE attachments SET thread_id = $3, seq = $4, place = $5 \
                          WHERE id = $1 AND owner_id = $2 AND thread_id IS NULL";
    let attached = on!(tx, conn => sqlx::query(ATTACH)
        .bind(id.0)
        .bind(owner.0)
        .bind(to.thread.0)
        .bind(to.seq.0)
        .bind(i64::try_from(place).unwrap_or(i64::MAX))
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(attached == 1)
}

/// Takes all files of a message away: what they are called is gone with the transaction, their bytes are left over.
pub async fn remove(tx: &mut Tx, thread: ThreadId, seq: Seq) -> Result<(), Error> {
    const LEAVE: &str = "INSERT INTO leftovers (file, due_at) \
        SELECT DISTINCT file, CAST($3 AS BIGINT) FROM attachments WHERE thread_id = $1 AND seq = $2 \
        ON CONFLICT (file) DO NOTHING";
    const REMOVE: &str = "DELETE FROM attachments WHERE thread_id = $1 AND seq = $2";
    let now = tx.now().0;
    on!(tx, conn => {
        sqlx::query(LEAVE).bind(thread.0).bind(seq.0).bind(now).execute(conn).await.map(drop)
    })?;
    on!(tx, conn => sqlx::query(REMOVE).bind(thread.0).bind(seq.0).execute(conn).await.map(drop))?;
    Ok(())
}

/// Removes up to `limit` attachments that no message has and that were uploaded before a time. Their bytes are left over.
pub async fn remove_unused(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, Error> {
    const LEAVE: &str = "INSERT INTO leftovers (file, due_at) \
        SELECT DISTINCT file, CAST($2 AS BIGINT) FROM attachments \
        WHERE id IN (SELECT id FROM attachments WHERE thread_id IS NULL AND uploaded_at < $1 ORDER BY id LIMIT $3) \
        ON CONFLICT (file) DO NOTHING";
    const REMOVE: &str = "DELETE FROM attachments WHERE id IN (SELECT id FROM attachments \
        WHERE thread_id IS NULL AND uploaded_at < $1 ORDER BY id LIMIT $2)";
    let now = tx.now().0;
    on!(tx, conn => sqlx::query(LEAVE)
        .bind(before.0)
        .bind(now)
        .bind(i64::from(limit))
        .execute(conn)
        .await
        .map(drop))?;
    let removed = on!(tx, conn => sqlx::query(REMOVE)
        .bind(before.0)
        .bind(i64::from(limit))
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(removed)
}

/// Notes bytes that are about to be stored, and when they may be deleted unless an attachment has them by then.
pub async fn expect(tx: &mut Tx, file: &str, due_at: Timestamp) -> Result<(), Error> {
    const EXPECT: &str = "INSERT INTO leftovers (file, due_at) VALUES ($1, $2)";
    on!(tx, conn => sqlx::query(EXPECT).bind(file).bind(due_at.0).execute(conn).await.map(drop))?;
    Ok(())
}

/// Forgets bytes that were left over: an attachment has them, or they are deleted.
pub async fn forget(tx: &mut Tx, file: &str) -> Result<(), Error> {
    const FORGET: &str = "DELETE FROM leftovers WHERE file = $1";
    on!(tx, conn => sqlx::query(FORGET).bind(file).execute(conn).await.map(drop))?;
    Ok(())
}

/// Says that bytes may be deleted at once.
pub async fn hasten(tx: &mut Tx, file: &str) -> Result<(), Error> {
    const HASTEN: &str = "UPDATE leftovers SET due_at = $2 WHERE file = $1";
    let now = tx.now().0;
    on!(tx, conn => sqlx::query(HASTEN).bind(file).bind(now).execute(conn).await.map(drop))?;
    Ok(())
}

/// Up to `limit` names of bytes that may be deleted by now and that no attachment has.
pub async fn due(tx: &mut Tx, limit: u32) -> Result<Vec<String>, Error> {
    const DUE: &str = "SELECT file FROM leftovers l WHERE due_at <= $1 \
        AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.file = l.file) ORDER BY due_at, file LIMIT $2";
    let now = tx.now().0;
    let rows: Vec<(String,)> = on!(tx, conn => {
        sqlx::query_as(DUE).bind(now).bind(i64::from(limit)).fetch_all(conn).await
    })?;
    Ok(rows.into_iter().map(|(file,)| file).collect())
}

/// Puts their files on messages of one thread that were read without them. No query unless one has some.
pub(super) async fn fill(tx: &mut Tx, thread: ThreadId, messages: &mut [Message]) -> Result<(), Error> {
    let with_files = messages
        .iter()
        .filter(|message| matches!(message.content, Content::Files { .. }))
        .map(|message| message.seq.0);
    let (Some(first), Some(last)) = (with_files.clone().min(), with_files.max()) else {
        return Ok(());
    };
    let text = format!(
        "SELECT {COLUMNS} FROM attachments WHERE thread_id = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq, place"
    );
    let rows: Vec<Row> = on!(tx, conn => sqlx::query_as(sqlx::AssertSqlSafe(text))
        .bind(thread.0)
        .bind(first)
        .bind(last)
        .fetch_all(conn)
        .await)?;
    let mut found = grouped(rows)?;
    for message in messages {
        if let Content::Files { attachments, .. } = &mut message.content {
            *attachments = found.remove(&(thread, message.seq)).unwrap_or_default();
        }
    }
    Ok(())
}

/// The files of the newest message of each of a person's threads, or of just `only`.
pub(super) async fn of_newest(
    tx: &mut Tx,
    user: UserId,
    only: Option<ThreadId>,
) -> Result<HashMap<(ThreadId, Seq), Vec<Attachment>>, Error> {
    const NEWEST: &str = "SELECT a.id, a.owner_id, a.file, a.name, a.media_type, a.size, a.kind, a.thumbnail, \
        a.hash, a.thread_id, a.seq FROM sights mine JOIN attachments a ON a.thread_id = mine.thread_id AND a.seq = mine.last_seq \
        WHERE mine.user_id = $1 AND a.seq >= mine.first_seq AND ($2 IS NULL OR mine.thread_id = $2) \
        ORDER BY a.thread_id, a.place";
    let filter = only.map(|thread| thread.0);
    let rows: Vec<Row> =
        on!(tx, conn => sqlx::query_as(NEWEST).bind(user.0).bind(filter).fetch_all(conn).await)?;
    Ok(grouped(rows)?.into_iter().collect())
}

/// Rows in order of place, by the message they belong to.
fn grouped(rows: Vec<Row>) -> Result<BTreeMap<(ThreadId, Seq), Vec<Attachment>>, Error> {
    let mut found: BTreeMap<_, Vec<Attachment>> = BTreeMap::new();
    for row in rows {
        let stored = row.read()?;
        if let Some(message) = stored.message {
            found.entry(message).or_default().push(stored.attachment);
        }
    }
    Ok(found)
}

fn whole(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    owner_id: Uuid,
    file: String,
    name: String,
    media_type: String,
    size: i64,
    kind: String,
    thumbnail: Option<String>,
    hash: String,
    thread_id: Option<Uuid>,
    seq: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Stored, Error> {
        Ok(Stored {
            attachment: Attachment {
                id: AttachmentId(self.id),
                name: FileName::tidy(&self.name),
                media_type: self.media_type,
                size: u64::try_from(self.size).unwrap_or(0),
                kind: serde_json::from_str(&self.kind).map_err(Error::unreadable("attachment"))?,
            },
            owner: UserId(self.owner_id),
            file: self.file,
            thumbnail: self.thumbnail,
            hash: self.hash,
            message: self
                .thread_id
                .zip(self.seq)
                .map(|(thread, seq)| (ThreadId(thread), Seq(seq))),
        })
    }
}
