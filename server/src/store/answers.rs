//! What people answered, and whether they want to be helped with that.

use std::time::Duration;

use tidings_protocol::{SmartReplies, UserId, limits};

use super::{Error, Tx, on};
use crate::replies::Answer;

/// Own messages looked at for answers, the newest: habits change, and an answer is owed in milliseconds.
const LOOKED_AT: i64 = 1_000;

/// What is written later than this after a message of somebody else is no answer to it.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10 * 60);

/// Short texts that a person wrote right after a text of somebody else in the same thread, newest first.
pub async fn of(tx: &mut Tx, user: UserId) -> Result<Vec<Answer>, Error> {
    const OF: &str = "SELECT asked.body, mine.body \
        FROM (SELECT thread_id, seq, sent_at, kind, body FROM messages WHERE sender_id = $1 \
            ORDER BY sent_at DESC LIMIT $2) AS mine \
        JOIN messages asked ON asked.thread_id = mine.thread_id AND asked.seq = mine.seq - 1 \
        WHERE mine.kind = 'text' AND asked.kind = 'text' AND asked.sender_id <> $1 \
            AND mine.sent_at - asked.sent_at <= $3 AND LENGTH(mine.body) BETWEEN 1 AND $4 \
        ORDER BY mine.sent_at DESC, mine.thread_id, mine.seq DESC";
    let within = i64::try_from(ANSWERED_WITHIN.as_millis()).unwrap_or(i64::MAX);
    let longest = i64::try_from(limits::SUGGESTION_MAX_CHARS).unwrap_or(i64::MAX);
    let rows: Vec<(String, String)> = on!(tx, conn => sqlx::query_as(OF)
        .bind(user.0)
        .bind(LOOKED_AT)
        .bind(within)
        .bind(longest)
        .fetch_all(conn)
        .await)?;
    Ok(rows
        .into_iter()
        .map(|(asked, text)| Answer { asked, text })
        .collect())
}

/// Whether a person wants replies suggested, where there is the language model at `host`, if any.
/// [`SmartReplies::Model`] only if that is the one they agreed to.
pub async fn choice(tx: &mut Tx, user: UserId, host: Option<&str>) -> Result<SmartReplies, Error> {
    const CHOICE: &str = "SELECT smart_replies, smart_reply_model FROM users WHERE id = $1";
    let row: Option<(String, Option<String>)> =
        on!(tx, conn => sqlx::query_as(CHOICE).bind(user.0).fetch_optional(conn).await)?;
    let Some((choice, agreed)) = row else {
        return Ok(SmartReplies::Off);
    };
    match choice.as_str() {
        "local" => Ok(SmartReplies::Local),
        "model" if host.is_some() && agreed.as_deref() == host => Ok(SmartReplies::Model),
        "model" | "off" => Ok(SmartReplies::Off),
        other => Err(Error::Broken(format!("smart replies {other}"))),
    }
}

/// Remembers whether they do, and which language model they agreed to.
pub async fn set_choice(
    tx: &mut Tx,
    user: UserId,
    choice: SmartReplies,
    agreed: Option<&str>,
) -> Result<(), Error> {
    const SET: &str = "UPDATE users SET smart_replies = $2, smart_reply_model = $3 WHERE id = $1";
    let name = match choice {
        SmartReplies::Local => "local",
        SmartReplies::Model => "model",
        SmartReplies::Off | SmartReplies::Unknown => "off",
    };
    on!(tx, conn => sqlx::query(SET).bind(user.0).bind(name).bind(agreed).execute(conn).await.map(drop))?;
    Ok(())
}
