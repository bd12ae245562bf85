//! What people may see of a thread: the one place that says so.
//!
//! The database has it as a view, `sights`, with a row for each person and thread: whatever reads messages for somebody,
//! one or many, joins it and takes those with `seq BETWEEN first_seq AND last_seq`.

use tidings_protocol::{Message, Seq, ThreadId, Timestamp, UserId};
use uuid::Uuid;

use super::{Error, Tx, messages, on, previews, versions};

/// What a person may see of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The first message.
    pub first: Seq,
    /// The last message: the newest one for members. Before `first` when there is none.
    pub last: Seq,
    /// When they stopped being a member; `None` for members.
    pub left_at: Option<Timestamp>,
}

impl Sight {
    /// Whether the message at `seq` may be seen.
    #[must_use]
    pub fn contains(&self, seq: Seq) -> bool {
        self.first <= seq && seq <= self.last
    }
}

/// What `user` may see of a thread; `None` if that is nothing.
pub async fn of(tx: &mut Tx, thread: ThreadId, user: UserId) -> Result<Option<Sight>, Error> {
    const SIGHT: &str =
        "SELECT first_seq, last_seq, left_at FROM sights WHERE thread_id = $1 AND user_id = $2";
    let row: Option<(i64, i64, Option<i64>)> =
        on!(tx, conn => sqlx::query_as(SIGHT).bind(thread.0).bind(user.0).fetch_optional(conn).await)?;
    Ok(row.map(|(first, last, left_at)| Sight {
        first: Seq(first),
        last: Seq(last),
        left_at: left_at.map(Timestamp),
    }))
}

/// Makes messages what they were at `left_at`: whoever left then learns nothing of what became of them since. What was
/// deleted stays deleted.
pub async fn as_of(
    tx: &mut Tx,
    thread: ThreadId,
    messages: &mut [Message],
    left_at: Timestamp,
) -> Result<(), Error> {
    const LATER: &str = "SELECT seq, emoji, user_id FROM reactions \
        WHERE thread_id = $1 AND seq BETWEEN $2 AND $3 AND reacted_at >= $4";
    let seqs = messages.iter().map(|message| message.seq.0);
    let (Some(first), Some(last)) = (seqs.clone().min(), seqs.max()) else {
        return Ok(());
    };
    let later: Vec<(i64, String, Uuid)> = on!(tx, conn => sqlx::query_as(LATER)
        .bind(thread.0)
        .bind(first)
        .bind(last)
        .bind(left_at.0)
        .fetch_all(conn)
        .await)?;
    let previewed = previews::later(tx, thread, (Seq(first), Seq(last)), left_at).await?;
    for message in messages {
        if previewed.contains(&message.seq) {
            message.preview = None;
        }
        for kind in &mut message.reactions {
            kind.users.retain(|user| {
                let is_later = |(seq, emoji, by): &(i64, String, Uuid)| {
                    *seq == message.seq.0 && emoji == kind.emoji.as_str() && *by == user.0
                };
                !later.iter().any(is_later)
            });
        }
        message.reactions.retain(|kind| !kind.users.is_empty());
        if message.edited_at.is_some_and(|edited_at| edited_at >= left_at) {
            let before = versions::of(tx, thread, message.seq).await?;
            if let Some(version) = before.into_iter().rev().find(|version| version.at < left_at) {
                message.edited_at = (version.at > message.sent_at).then_some(version.at);
                message.content = message.content.clone().edited(version.body);
            }
        }
    }
    Ok(())
}

/// What a message that `user` may see is for them.
pub async fn seen(tx: &mut Tx, sight: Sight, thread: ThreadId, seq: Seq) -> Result<Option<Message>, Error> {
    if !sight.contains(seq) {
        return Ok(None);
    }
    let mut message = messages::at(tx, thread, seq).await?;
    if let (Some(message), Some(left_at)) = (&mut message, sight.left_at) {
        as_of(tx, thread, std::slice::from_mut(message), left_at).await?;
    }
    Ok(message)
}
