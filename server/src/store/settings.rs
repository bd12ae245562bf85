//! How people want their threads.

use tidings_protocol::{NotifyLevel, Seq, ThreadId, ThreadSettings, Timestamp, UserId, reply::SettingsMark};
use uuid::Uuid;

use super::{Error, Tx, on};

/// The settings of a member as they are stored.
#[derive(sqlx::FromRow)]
pub(super) struct SettingsRow {
    pinned: bool,
    archived: bool,
    level: String,
    muted_until: Option<i64>,
    settings_revision: i64,
}

impl SettingsRow {
    pub(super) fn read(&self) -> Result<ThreadSettings, Error> {
        Ok(ThreadSettings {
            pinned: self.pinned,
            archived: self.archived,
            level: match self.level.as_str() {
                "all" => NotifyLevel::All,
                "mentions" => NotifyLevel::Mentions,
                "nothing" => NotifyLevel::Nothing,
                other => return Err(Error::Broken(format!("notification level {other}"))),
            },
            muted_until: self.muted_until.map(Timestamp),
        })
    }

    pub(super) fn revision(&self) -> u32 {
        u32::try_from(self.settings_revision).unwrap_or(u32::MAX)
    }
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    user_id: Uuid,
    mentioned: bool,
    #[sqlx(flatten)]
    settings: SettingsRow,
}

/// A member of a thread in which something was said, as far as it matters for telling them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Who.
    pub user: UserId,
    /// Whether what was said mentions them.
    pub mentioned: bool,
    /// How they have the thread.
    pub mark: SettingsMark,
}

/// How a person has a thread; `None` unless they are a member of it.
pub async fn of(tx: &mut Tx, thread: ThreadId, user: UserId) -> Result<Option<SettingsMark>, Error> {
    const OF: &str = "SELECT pinned, archived, level, muted_until, settings_revision FROM members \
        WHERE thread_id = $1 AND user_id = $2";
    let row: Option<SettingsRow> =
        on!(tx, conn => sqlx::query_as(OF).bind(thread.0).bind(user.0).fetch_optional(conn).await)?;
    row.map(|row| {
        Ok(SettingsMark {
            thread,
            settings: row.read()?,
            revision: row.revision(),
        })
    })
    .transpose()
}

/// The members of a thread, and for each whether the message at `seq` mentions them: all of them, or just those who
/// have the thread `archived`.
pub async fn listeners(
    tx: &mut Tx,
    thread: ThreadId,
    seq: Seq,
    archived: bool,
) -> Result<Vec<Listener>, Error> {
    const LISTENERS: &str = "SELECT m.user_id, m.pinned, m.archived, m.level, m.muted_until, m.settings_revision, \
            EXISTS (SELECT 1 FROM mentions x WHERE x.thread_id = m.thread_id AND x.user_id = m.user_id AND x.seq = $2) \
                AS mentioned \
        FROM members m WHERE m.thread_id = $1 AND (m.archived OR NOT $3) ORDER BY m.place";
    let rows: Vec<MemberRow> = on!(tx, conn => {
        sqlx::query_as(LISTENERS).bind(thread.0).bind(seq.0).bind(archived).fetch_all(conn).await
    })?;
    rows.into_iter()
        .map(|row| {
            Ok(Listener {
                user: UserId(row.user_id),
                mentioned: row.mentioned,
                mark: SettingsMark {
                    thread,
                    settings: row.settings.read()?,
                    revision: row.settings.revision(),
                },
            })
        })
        .collect()
}

/// Stores how a person has a thread.
pub async fn set(tx: &mut Tx, user: UserId, mark: &SettingsMark) -> Result<(), Error> {
    const SET: &str = "UPDATE members SET pinned = $3, archived = $4, level = $5, muted_until = $6, \
        settings_revision = $7 WHERE thread_id = $1 AND user_id = $2";
    let settings = mark.settings;
    let level = match settings.level {
        NotifyLevel::All => "all",
        NotifyLevel::Mentions => "mentions",
        NotifyLevel::Nothing => "nothing",
    };
    on!(tx, conn => sqlx::query(SET)
        .bind(mark.thread.0)
        .bind(user.0)
        .bind(settings.pinned)
        .bind(settings.archived)
        .bind(level)
        .bind(settings.muted_until.map(|until| until.0))
        .bind(i64::from(mark.revision))
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}
