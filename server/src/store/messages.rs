//! Messages.

use std::collections::HashMap;

use tidings_protocol::{
    Body, Content, LocalId, Message, MessageId, Seq, SessionId, ThreadId, Timestamp, UserId, command::Anchor,
};
use uuid::Uuid;

use super::{Error, Sight, Tx, attachments, hidden, on, previews, reactions, sights};

/// A place taken for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub seq: Seq,
    /// Whether some member has archived the thread.
    pub is_put_away: bool,
}

/// Takes the next place in a thread. `None`, and nothing is taken, unless `sender` is a member of it and `session`
/// is one of theirs: the checks cost no statement of their own, since this is what a server does most.
pub async fn take_seq(
    tx: &mut Tx,
    thread: ThreadId,
    sender: UserId,
    session: SessionId,
) -> Result<Option<Place>, Error> {
    const TAKE: &str = "UPDATE threads SET last_seq = last_seq + 1 WHERE id = $1 \
        AND EXISTS (SELECT 1 FROM members WHERE thread_id = $1 AND user_id = $2) \
        AND EXISTS (SELECT 1 FROM sessions WHERE id = $3 AND user_id = $2) \
        RETURNING last_seq, EXISTS (SELECT 1 FROM members WHERE thread_id = $1 AND archived)";
    let row: Option<(i64, bool)> = on!(tx, conn => sqlx::query_as(TAKE)
        .bind(thread.0)
        .bind(sender.0)
        .bind(session.0)
        .fetch_optional(conn)
        .await)?;
    Ok(row.map(|(seq, is_put_away)| Place {
        seq: Seq(seq),
        is_put_away,
    }))
}

/// Takes the next place in a thread, for what the thread says of itself.
pub async fn next_seq(tx: &mut Tx, thread: ThreadId) -> Result<Seq, Error> {
    const NEXT: &str = "UPDATE threads SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq";
    let (seq,): (i64,) = on!(tx, conn => sqlx::query_as(NEXT).bind(thread.0).fetch_one(conn).await)?;
    Ok(Seq(seq))
}

/// Stores a message at the place taken for it.
pub async fn insert(tx: &mut Tx, message: &Message) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO messages \
        (thread_id, seq, id, sender_id, local_id, kind, body, reply_to, forwarded, sent_at, edited_at, revision, \
        attached, place) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, \
        (SELECT COALESCE(MAX(place), 0) + 1 FROM messages))";
    let (kind, body) = written(&message.content)?;
    on!(tx, conn => sqlx::query(INSERT)
        .bind(message.thread.0)
        .bind(message.seq.0)
        .bind(message.id.0)
        .bind(message.sender.0)
        .bind(message.local_id.0)
        .bind(kind)
        .bind(body)
        .bind(message.reply_to.map(|seq| seq.0))
        .bind(message.forwarded)
        .bind(message.sent_at.0)
        .bind(message.edited_at.map(|at| at.0))
        .bind(i64::from(message.revision))
        .bind(attached(&message.content))
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Stores the whole history of threads in which nothing has been said yet, in the order in which it was said.
pub async fn insert_history(tx: &mut Tx, history: &mut [Message]) -> Result<(), Error> {
    const LAST: &str = "UPDATE threads SET last_seq = \
        (SELECT COALESCE(MAX(seq), 0) FROM messages WHERE thread_id = threads.id) WHERE last_seq = 0";
    history.sort_by_key(|message| (message.sent_at, message.thread, message.seq));
    for message in history {
        insert(tx, message).await?;
    }
    on!(tx, conn => sqlx::query(LAST).execute(conn).await.map(drop))?;
    Ok(())
}

/// The message that `sender` sent under a local id.
pub async fn sent_as(tx: &mut Tx, sender: UserId, local_id: LocalId) -> Result<Option<Message>, Error> {
    const SENT: &str = "SELECT thread_id, seq, id, sender_id, local_id, kind, body, reply_to, forwarded, sent_at, edited_at, revision, attached FROM messages \
                        WHERE sender_id = $1 AND local_id = $2";
    let row: Option<Row> =
        on!(tx, conn => sqlx::query_as(SENT).bind(sender.0).bind(local_id.0).fetch_optional(conn).await)?;
    let Some(mut message) = row.map(Row::read).transpose()? else {
        return Ok(None);
    };
    let thread = message.thread;
    fill(tx, thread, std::slice::from_mut(&mut message)).await?;
    Ok(Some(message))
}

/// The message at a place in a thread, whoever may see it.
pub async fn at(tx: &mut Tx, thread: ThreadId, seq: Seq) -> Result<Option<Message>, Error> {
    let after = Anchor::After {
        seq: Seq(seq.0.saturating_sub(1)),
    };
    Ok(part(tx, thread, (seq, seq), after, 1).await?.into_iter().next())
}

/// Stores what a message is now.
pub async fn change(tx: &mut Tx, message: &Message) -> Result<(), Error> {
    const CHANGE: &str = "UPDATE messages SET kind = $3, body = $4, edited_at = $5, revision = $6, attached = $7 \
                          WHERE thread_id = $1 AND seq = $2";
    let (kind, body) = written(&message.content)?;
    on!(tx, conn => sqlx::query(CHANGE)
        .bind(message.thread.0)
        .bind(message.seq.0)
        .bind(kind)
        .bind(body)
        .bind(message.edited_at.map(|at| at.0))
        .bind(i64::from(message.revision))
        .bind(attached(&message.content))
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Notes who deletes a message.
pub async fn note_deletion(tx: &mut Tx, message: &Message, by: UserId) -> Result<(), Error> {
    const NOTE: &str =
        "INSERT INTO deletions (thread_id, seq, deleted_by, deleted_at) VALUES ($1, $2, $3, $4)";
    let now = tx.now().0;
    on!(tx, conn => sqlx::query(NOTE)
        .bind(message.thread.0)
        .bind(message.seq.0)
        .bind(by.0)
        .bind(now)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// That a message was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotedDeletion {
    /// Where it was.
    pub thread: ThreadId,
    /// Its place.
    pub seq: Seq,
    /// Who sent it.
    pub sender: UserId,
    /// When.
    pub sent_at: Timestamp,
    /// Who deleted it.
    pub deleted_by: UserId,
    /// When.
    pub deleted_at: Timestamp,
}

/// Up to `limit` deletions by somebody else than the sender, the newest first.
pub async fn deletions_by_others(tx: &mut Tx, limit: u32) -> Result<Vec<NotedDeletion>, Error> {
    const LAST: &str = "SELECT d.thread_id, d.seq, m.sender_id, m.sent_at, d.deleted_by, d.deleted_at \
        FROM deletions d JOIN messages m ON m.thread_id = d.thread_id AND m.seq = d.seq \
        WHERE d.deleted_by <> m.sender_id ORDER BY d.deleted_at DESC, d.thread_id, d.seq LIMIT $1";
    let rows: Vec<(Uuid, i64, Uuid, i64, Uuid, i64)> =
        on!(tx, conn => sqlx::query_as(LAST).bind(i64::from(limit)).fetch_all(conn).await)?;
    Ok(rows
        .into_iter()
        .map(|(thread, seq, sender, sent_at, by, at)| NotedDeletion {
            thread: ThreadId(thread),
            seq: Seq(seq),
            sender: UserId(sender),
            sent_at: Timestamp(sent_at),
            deleted_by: UserId(by),
            deleted_at: Timestamp(at),
        })
        .collect())
}

/// Who deleted a message.
pub async fn deleted_by(tx: &mut Tx, thread: ThreadId, seq: Seq) -> Result<Option<UserId>, Error> {
    const BY: &str = "SELECT deleted_by FROM deletions WHERE thread_id = $1 AND seq = $2";
    let row: Option<(Uuid,)> =
        on!(tx, conn => sqlx::query_as(BY).bind(thread.0).bind(seq.0).fetch_optional(conn).await)?;
    Ok(row.map(|(by,)| UserId(by)))
}

/// A piece of what somebody may see of a thread, in order.
pub async fn page(
    tx: &mut Tx,
    thread: ThreadId,
    sight: Sight,
    from: Anchor,
    limit: u32,
) -> Result<Vec<Message>, Error> {
    let mut messages = around(tx, thread, (sight.first, sight.last), from, limit).await?;
    if let Some(left_at) = sight.left_at {
        sights::as_of(tx, thread, &mut messages, left_at).await?;
    }
    Ok(messages)
}

/// The first and the last message of what is looked at.
type Range = (Seq, Seq);

async fn around(
    tx: &mut Tx,
    thread: ThreadId,
    range: Range,
    from: Anchor,
    limit: u32,
) -> Result<Vec<Message>, Error> {
    let Anchor::Around { seq } = from else {
        return part(tx, thread, range, from, limit).await;
    };
    // A side that is short leaves its room to the other one, so that the page is full wherever it is taken.
    let mut before = part(tx, thread, range, Anchor::Before { seq: seq.next() }, limit).await?;
    let mut after = part(tx, thread, range, Anchor::After { seq }, limit).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let half = limit.div_ceil(2);
    let from_before = half.max(limit.saturating_sub(after.len()));
    before.drain(..before.len().saturating_sub(from_before));
    after.truncate(limit - before.len());
    before.append(&mut after);
    Ok(before)
}

async fn part(
    tx: &mut Tx,
    thread: ThreadId,
    (first, last): Range,
    from: Anchor,
    limit: u32,
) -> Result<Vec<Message>, Error> {
    const BEFORE: &str = " SELECT thread_id , seq , id , sender_id , local_id , kind , body , reply_to , forwarded , sent_at , edited_at , revision , attached \
                          FROM messages \
WHERE thread_id = $1 AND seq < $2 AND seq BETWEEN $4 AND $5 ORDER BY seq DESC LIMIT $3 ";
    const AFTER: &str = " SELECT thread_id , seq , id , sender_id , local_id , kind , body , reply_to , forwarded , sent_at , edited_at , revision , attached \
                          FROM messages \
                         WHERE thread_id = $1 AND seq > $2 AND seq BETWEEN $4 AND $5 ORDER BY seq LIMIT $3";
    let (text, seq) = match from {
        Anchor::Latest => (BEFORE, i64::MAX),
        Anchor::Before { seq } | Anchor::Around { seq } => (BEFORE, seq.0),
        Anchor::After { seq } => (AFTER, seq.0),
    };
    let rows: Vec<Row> = on!(tx, conn => {
        sqlx::query_as(text)
            .bind(thread.0)
            .bind(seq)
            .bind(i64::from(limit))
            .bind(first.0)
            .bind(last.0)
            .fetch_all(conn)
            .await
    })?;
    let mut messages = rows.into_iter().map(Row::read).collect::<Result<Vec<_>, _>>()?;
    messages.sort_by_key(|message| message.seq);
    fill(tx, thread, &mut messages).await?;
    Ok(messages)
}

/// Puts what is stored apart on messages of one thread that were read without it.
async fn fill(tx: &mut Tx, thread: ThreadId, messages: &mut [Message]) -> Result<(), Error> {
    reactions::fill(tx, thread, messages).await?;
    previews::fill(tx, thread, messages).await?;
    attachments::fill(tx, thread, messages).await
}

/// The newest message of each of a person's threads, or of just `only`, as that person sees it. Where they are no longer a
/// member it is the notice of that, which nothing can change.
pub(super) async fn newest(
    tx: &mut Tx,
    user: UserId,
    only: Option<ThreadId>,
) -> Result<HashMap<ThreadId, Message>, Error> {
    const NEWEST: &str = "SELECT s.thread_id, s.seq, s.id, s.sender_id, s.local_id, s.kind, s.body, \
        s.reply_to, s.forwarded, s.sent_at, s.edited_at, s.revision, s.attached \
        FROM sights mine JOIN messages s ON s.thread_id = mine.thread_id AND s.seq = mine.last_seq \
        WHERE mine.user_id = $1 AND s.seq >= mine.first_seq AND ($2 IS NULL OR mine.thread_id = $2)";
    let filter = only.map(|thread| thread.0);
    let rows: Vec<Row> =
        on!(tx, conn => sqlx::query_as(NEWEST).bind(user.0).bind(filter).fetch_all(conn).await)?;
    let mut reactions = reactions::of_newest(tx, user, only).await?;
    let mut previews = previews::of_newest(tx, user, only).await?;
    let hidden = hidden::newest(tx, user, only).await?;
    let mut files = match rows.iter().any(|row| row.attached > 0) {
        true => attachments::of_newest(tx, user, only).await?,
        false => HashMap::new(),
    };
    rows.into_iter()
        .map(|row| {
            let mut message = row.read()?;
            let found = reactions.remove(&(message.thread, message.seq));
            message.reactions = found.unwrap_or_default();
            message.preview = previews.remove(&(message.thread, message.seq));
            if hidden.contains(&message.thread) {
                message.hide();
            }
            if let Content::Files { attachments, .. } = &mut message.content {
                let found = files.remove(&(message.thread, message.seq));
                *attachments = found.unwrap_or_default();
            }
            Ok((message.thread, message))
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct Row {
    thread_id: Uuid,
    seq: i64,
    id: Uuid,
    sender_id: Uuid,
    local_id: Uuid,
    kind: String,
    body: String,
    reply_to: Option<i64>,
    forwarded: bool,
    sent_at: i64,
    edited_at: Option<i64>,
    revision: i64,
    attached: i64,
}

impl Row {
    fn read(self) -> Result<Message, Error> {
        Ok(Message {
            id: MessageId(self.id),
            thread: ThreadId(self.thread_id),
            seq: Seq(self.seq),
            sender: UserId(self.sender_id),
            local_id: LocalId(self.local_id),
            content: read(&self.kind, &self.body, self.attached > 0)?,
            reply_to: self.reply_to.map(Seq),
            forwarded: self.forwarded,
            sent_at: Timestamp(self.sent_at),
            edited_at: self.edited_at.map(Timestamp),
            reactions: Vec::new(),
            preview: None,
            revision: u32::try_from(self.revision).unwrap_or(u32::MAX),
        })
    }
}

/// A content as it is stored: its kind and its text.
fn written(content: &Content) -> Result<(&'static str, String), Error> {
    match content {
        Content::Text { .. } | Content::Files { .. } => Ok(("text", content.text().to_owned())),
        Content::Notice { notice } => serde_json::to_string(notice)
            .map(|notice| ("notice", notice))
            .map_err(Error::unreadable("notice")),
        Content::Deleted => Ok(("deleted", String::new())),
        Content::Hidden | Content::Unknown => Err(Error::Broken(
            "a content that is not known, or is hidden, can't be stored".to_owned(),
        )),
    }
}

fn attached(content: &Content) -> i64 {
    i64::try_from(content.attachments().len()).unwrap_or(i64::MAX)
}

/// A content as it was stored, still without its files.
fn read(kind: &str, body: &str, has_files: bool) -> Result<Content, Error> {
    match kind {
        "text" if has_files => Ok(Content::Files {
            caption: match body {
                "" => None,
                body => Some(Body::new(body).map_err(Error::unreadable("caption"))?),
            },
            attachments: Vec::new(),
        }),
        "text" => Body::new(body)
            .map(Content::from)
            .map_err(Error::unreadable("message body")),
        "notice" => serde_json::from_str(body)
            .map(|notice| Content::Notice { notice })
            .map_err(Error::unreadable("notice")),
        "deleted" => Ok(Content::Deleted),
        other => Err(Error::Broken(format!("message kind {other}"))),
    }
}
