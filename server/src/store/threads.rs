//! Threads and their members.

use std::collections::HashMap;

use tidings_protocol::{
    ClientId, Member, MemberRole, Seq, Thread, ThreadId, ThreadKind, ThreadView, Timestamp, UserId,
};
use uuid::Uuid;

use super::{Error, Tx, mentions, messages, on};

/// Adds a thread in which nothing has been said, with its members. `direct_key` is that of a direct thread.
pub async fn insert(tx: &mut Tx, thread: &Thread, direct_key: Option<&str>) -> Result<(), Error> {
    const THREAD: &str = "INSERT INTO threads (id, kind, client_id, direct_key, last_seq, created_at) \
                          VALUES ($1, $2, $3, $4, 0, $5)";
    const MEMBER: &str = "INSERT INTO members (thread_id, user_id, place, role, read_seq, delivered_seq) \
                          VALUES ($1, $2, $3, $4, $5, $6)";
    let kind = match thread.kind {
        ThreadKind::Direct => "direct",
        ThreadKind::Group => "group",
    };
    on!(tx, conn => sqlx::query(THREAD)
        .bind(thread.id.0)
        .bind(kind)
        .bind(thread.client.map(|client| client.0))
        .bind(direct_key)
        .bind(thread.created_at.0)
        .execute(conn)
        .await
        .map(drop))?;
    for (place, member) in (0_i64..).zip(&thread.members) {
        let role = match member.role {
            MemberRole::Member => "member",
            MemberRole::Owner => "owner",
        };
        on!(tx, conn => sqlx::query(MEMBER)
            .bind(thread.id.0)
            .bind(member.user.0)
            .bind(place)
            .bind(role)
            .bind(member.read_seq.0)
            .bind(member.delivered_seq.0)
            .execute(conn)
            .await
            .map(drop))?;
    }
    Ok(())
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

/// `seq` of the newest message of a thread, if `user` is a member of it.
pub async fn last_seq_for(tx: &mut Tx, thread: ThreadId, user: UserId) -> Result<Option<Seq>, Error> {
    const LAST: &str = "SELECT t.last_seq FROM threads t JOIN members m ON m.thread_id = t.id \
                        WHERE t.id = $1 AND m.user_id = $2";
    let row: Option<(i64,)> =
        on!(tx, conn => sqlx::query_as(LAST).bind(thread.0).bind(user.0).fetch_optional(conn).await)?;
    Ok(row.map(|(seq,)| Seq(seq)))
}

/// What `user` may do to a thread, if they are a member of it.
pub async fn role_of(tx: &mut Tx, thread: ThreadId, user: UserId) -> Result<Option<MemberRole>, Error> {
    const ROLE: &str = "SELECT role FROM members WHERE thread_id = $1 AND user_id = $2";
    let row: Option<(String,)> =
        on!(tx, conn => sqlx::query_as(ROLE).bind(thread.0).bind(user.0).fetch_optional(conn).await)?;
    row.map(|(role,)| role_named(&role)).transpose()
}

fn role_named(role: &str) -> Result<MemberRole, Error> {
    match role {
        "member" => Ok(MemberRole::Member),
        "owner" => Ok(MemberRole::Owner),
        other => Err(Error::Broken(format!("member role {other}"))),
    }
}

/// The threads of a person as they see them, or just `only`. The number of queries doesn't depend on the number of
/// threads.
pub async fn views(tx: &mut Tx, user: UserId, only: Option<ThreadId>) -> Result<Vec<ThreadView>, Error> {
    const THREADS: &str = "SELECT t.id, t.kind, t.client_id, t.last_seq, t.created_at FROM threads t \
        JOIN members mine ON mine.thread_id = t.id \
        WHERE mine.user_id = $1 AND ($2 IS NULL OR t.id = $2) ORDER BY t.id";
    const MEMBERS: &str = "SELECT m.thread_id, m.user_id, m.role, m.read_seq, m.delivered_seq FROM members m \
        JOIN members mine ON mine.thread_id = m.thread_id \
        WHERE mine.user_id = $1 AND ($2 IS NULL OR m.thread_id = $2) ORDER BY m.thread_id, m.place";
    const UNREAD: &str = "SELECT mine.thread_id, COUNT(*) FROM members mine \
        JOIN messages s ON s.thread_id = mine.thread_id AND s.seq > mine.read_seq AND s.sender_id <> mine.user_id \
        AND s.kind <> 'notice' \
        WHERE mine.user_id = $1 AND ($2 IS NULL OR mine.thread_id = $2) GROUP BY mine.thread_id";

    let filter = only.map(|thread| thread.0);
    let threads: Vec<ThreadRow> =
        on!(tx, conn => sqlx::query_as(THREADS).bind(user.0).bind(filter).fetch_all(conn).await)?;
    let members: Vec<MemberRow> =
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
                thread: Thread {
                    id: ThreadId(row.id),
                    kind: read_kind(&row.kind)?,
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
    client_id: Option<Uuid>,
    last_seq: i64,
    created_at: i64,
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    thread_id: Uuid,
    user_id: Uuid,
    role: String,
    read_seq: i64,
    delivered_seq: i64,
}

impl MemberRow {
    fn read(self) -> Result<Member, Error> {
        let role = role_named(&self.role)?;
        Ok(Member {
            user: UserId(self.user_id),
            role,
            read_seq: Seq(self.read_seq),
            delivered_seq: Seq(self.delivered_seq),
        })
    }
}
