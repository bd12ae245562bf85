//! Threads and their members.

use std::collections::HashMap;

use tidings_protocol::{
    ClientId, History, Member, Rewound, Seq, Thread, ThreadId, ThreadKind, ThreadView, Timestamp, Title,
    UserId,
};
use uuid::Uuid;

use super::{Error, Tx, members, mentions, messages, on, settings::SettingsRow};

/// Adds a thread in which nothing has been said, with its members. `direct_key` is that of a direct thread.
pub async fn insert(tx: &mut Tx, thread: &Thread, direct_key: Option<&str>) -> Result<(), Error> {
    const THREAD: &str = "INSERT INTO threads (id, kind, title, history, client_id, direct_key, last_seq, created_at) \
                          VALUES ($1, $2, $3, $4, $5, $6, 0, $7)";
    let kind = match thread.kind {
        ThreadKind::Direct => "direct",
        ThreadKind::Group => "group",
    };
    on!(tx, conn => sqlx::query(THREAD)
        .bind(thread.id.0)
        .bind(kind)
        .bind(thread.title.as_ref().map(Title::as_str))
        .bind(history_name(thread.history))
        .bind(thread.client.map(|client| client.0))
        .bind(direct_key)
        .bind(thread.created_at.0)
        .execute(conn)
        .await
        .map(drop))?;
    members::insert(tx, thread.id, &thread.members).await
}

/// Gives a group another name.
pub async fn rename(tx: &mut Tx, thread: ThreadId, title: &Title) -> Result<(), Error> {
    const RENAME: &str = "UPDATE threads SET title = $2 WHERE id = $1";
    on!(tx, conn => {
        sqlx::query(RENAME).bind(thread.0).bind(title.as_str()).execute(conn).await.map(drop)
    })?;
    Ok(())
}

/// Whether there is a thread with this id.
pub async fn exists(tx: &mut Tx, thread: ThreadId) -> Result<bool, Error> {
    Ok(kind(tx, thread).await?.is_some())
}

/// The direct thread with this key.
pub async fn direct(tx: &mut Tx, direct_key: &str) -> Result<Option<ThreadId>, Error> {
    const DIRECT: &str = "SELECT id FROM threads WHERE direct_key = $1";
    let row: Option<(Uuid,)> =
        on!(tx, conn => sqlx::query_as(DIRECT).bind(direct_key).fetch_optional(conn).await)?;
    Ok(row.map(|(id,)| ThreadId(id)))
}

/// Of what kind a thread is; `None` if there is no such thread.
pub async fn kind(tx: &mut Tx, thread: ThreadId) -> Result<Option<ThreadKind>, Error> {
    const KIND: &str = "SELECT kind FROM threads WHERE id = $1";
    let row: Option<(String,)> =
        on!(tx, conn => sqlx::query_as(KIND).bind(thread.0).fetch_optional(conn).await)?;
    row.map(|(kind,)| read_kind(&kind)).transpose()
}

fn read_kind(kind: &str) -> Result<ThreadKind, Error> {
    match kind {
        "direct" => Ok(ThreadKind::Direct),
        "group" => Ok(ThreadKind::Group),
        other => Err(Error::Broken(format!("thread kind {other}"))),
    }
}

fn history_name(history: History) -> &'static str {
    match history {
        History::FromJoining => "from_joining",
        History::All => "all",
    }
}

/// Threads of `user` whose title, or the folded name of somebody else in them, matches a pattern made by [`super::like`]: of very many, those
/// in which most was said.
pub async fn called(tx: &mut Tx, user: UserId, pattern: &str) -> Result<Vec<ThreadId>, Error> {
    const CALLED: &str = r"SELECT t.id FROM members mine JOIN threads t ON t.id = mine.thread_id
        WHERE mine.user_id = $1 AND (LOWER(t.title) LIKE $2 ESCAPE '\'
            OR EXISTS (SELECT 1 FROM members other JOIN users u ON u.id = other.user_id
                WHERE other.thread_id = t.id AND other.user_id <> $1 AND u.folded LIKE $2 ESCAPE '\'))
        ORDER BY t.last_seq DESC LIMIT 500";
    let rows: Vec<(Uuid,)> =
        on!(tx, conn => sqlx::query_as(CALLED).bind(user.0).bind(pattern).fetch_all(conn).await)?;
    Ok(rows.into_iter().map(|(id,)| ThreadId(id)).collect())
}

pub(super) fn read_history(history: &str) -> Result<History, Error> {
    match history {
        "from_joining" => Ok(History::FromJoining),
        "all" => Ok(History::All),
        other => Err(Error::Broken(format!("thread history {other}"))),
    }
}

/// The threads of a person as they see them, or just `only`: those they are a member of, and those they were and keep,
/// without members. The number of queries doesn't depend on the number of threads.
pub async fn views(tx: &mut Tx, user: UserId, only: Option<ThreadId>) -> Result<Vec<ThreadView>, Error> {
    const THREADS: &str = "SELECT t.id, t.kind, s.title, t.history, t.client_id, s.last_seq, t.created_at, \
            COALESCE(mine.rewound_to, mine.read_seq, s.last_seq) AS own_seq, COALESCE(mine.rewinds, 0) AS rewinds, \
            COALESCE(mine.pinned, FALSE) AS pinned, COALESCE(mine.archived, FALSE) AS archived, \
            COALESCE(mine.level, 'all') AS level, mine.muted_until, \
            COALESCE(mine.settings_revision, 0) AS settings_revision \
        FROM sights s JOIN threads t ON t.id = s.thread_id \
        LEFT JOIN members mine ON mine.thread_id = s.thread_id AND mine.user_id = s.user_id \
        WHERE s.user_id = $1 AND ($2 IS NULL OR t.id = $2) ORDER BY t.id";
    const MEMBERS: &str = "SELECT m.thread_id, m.user_id, m.role, m.read_seq, m.delivered_seq, m.joined_seq \
        FROM members m \
        JOIN members mine ON mine.thread_id = m.thread_id \
        WHERE mine.user_id = $1 AND ($2 IS NULL OR m.thread_id = $2) ORDER BY m.thread_id, m.place";
    const UNREAD: &str = "SELECT mine.thread_id, COUNT(*) FROM members mine \
        JOIN messages s ON s.thread_id = mine.thread_id AND s.seq > COALESCE(mine.rewound_to, mine.read_seq) AND s.sender_id <> mine.user_id \
        AND s.kind NOT IN ('notice', 'deleted') AND NOT EXISTS (SELECT 1 FROM hidden h \
            WHERE h.user_id = mine.user_id AND h.thread_id = s.thread_id AND h.seq = s.seq) \
        WHERE mine.user_id = $1 AND ($2 IS NULL OR mine.thread_id = $2) GROUP BY mine.thread_id";

    let filter = only.map(|thread| thread.0);
    let threads: Vec<ThreadRow> =
        on!(tx, conn => sqlx::query_as(THREADS).bind(user.0).bind(filter).fetch_all(conn).await)?;
    let members: Vec<members::Row> =
        on!(tx, conn => sqlx::query_as(MEMBERS).bind(user.0).bind(filter).fetch_all(conn).await)?;
    let unread: Vec<(Uuid, i64)> =
        on!(tx, conn => sqlx::query_as(UNREAD).bind(user.0).bind(filter).fetch_all(conn).await)?;

    let mut mentions = mentions::unread(tx, user, only).await?;
    let mut last_messages = messages::newest(tx, user, only).await?;
    let unread: HashMap<Uuid, i64> = unread.into_iter().collect();
    let mut by_thread: HashMap<Uuid, Vec<Member>> = HashMap::new();
    for row in members {
        by_thread.entry(row.thread_id).or_default().push(row.read()?);
    }
    threads
        .into_iter()
        .map(|row| {
            let unread = unread.get(&row.id).copied().unwrap_or(0);
            Ok(ThreadView {
                last_seq: Seq(row.last_seq),
                last_message: last_messages.remove(&ThreadId(row.id)),
                unread: u32::try_from(unread).unwrap_or(u32::MAX),
                mentions: mentions.remove(&row.id).unwrap_or_default(),
                rewound: row.rewound(),
                settings: row.settings.read()?,
                settings_revision: row.settings.revision(),
                thread: Thread {
                    id: ThreadId(row.id),
                    kind: read_kind(&row.kind)?,
                    title: row
                        .title
                        .as_deref()
                        .map(Title::new)
                        .transpose()
                        .map_err(Error::unreadable("title"))?,
                    history: read_history(&row.history)?,
                    client: row.client_id.map(ClientId),
                    members: by_thread.remove(&row.id).unwrap_or_default(),
                    created_at: Timestamp(row.created_at),
                },
            })
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct ThreadRow {
    id: Uuid,
    kind: String,
    title: Option<String>,
    history: String,
    client_id: Option<Uuid>,
    last_seq: i64,
    created_at: i64,
    own_seq: i64,
    rewinds: i64,
    #[sqlx(flatten)]
    settings: SettingsRow,
}

impl ThreadRow {
    fn rewound(&self) -> Option<Rewound> {
        let rewinds = u32::try_from(self.rewinds).unwrap_or(u32::MAX);
        (rewinds > 0).then_some(Rewound {
            seq: Seq(self.own_seq),
            rewinds,
        })
    }
}
