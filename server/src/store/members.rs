//! Who is in a thread, who was, and what they may do.

use tidings_protocol::{Member, MemberRole, Seq, ThreadId, Title, UserId};
use uuid::Uuid;

use super::{Error, Tx, on};

/// Adds members after those who are there. Whoever was one before is one again.
pub async fn insert(tx: &mut Tx, thread: ThreadId, members: &[Member]) -> Result<(), Error> {
    const MEMBER: &str = "INSERT INTO members \
        (thread_id, user_id, place, role, read_seq, delivered_seq, joined_seq) VALUES ($1, $2, \
        (SELECT COALESCE(MAX(place) + 1, 0) FROM members WHERE thread_id = $1), $3, $4, $5, $6)";
    const RETURNED: &str = "DELETE FROM former_members WHERE thread_id = $1 AND user_id = $2";
    for member in members {
        on!(tx, conn => sqlx::query(MEMBER)
            .bind(thread.0)
            .bind(member.user.0)
            .bind(role_name(member.role))
            .bind(member.read_seq.0)
            .bind(member.delivered_seq.0)
            .bind(member.joined.0)
            .execute(conn)
            .await
            .map(drop))?;
        on!(tx, conn => {
            sqlx::query(RETURNED).bind(thread.0).bind(member.user.0).execute(conn).await.map(drop)
        })?;
    }
    Ok(())
}

/// Everyone in a thread, in the order of joining.
pub async fn all(tx: &mut Tx, thread: ThreadId) -> Result<Vec<Member>, Error> {
    const ALL: &str = "SELECT thread_id, user_id, role, read_seq, delivered_seq, joined_seq FROM members \
        WHERE thread_id = $1 ORDER BY place";
    let rows: Vec<Row> = on!(tx, conn => sqlx::query_as(ALL).bind(thread.0).fetch_all(conn).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Takes somebody out of a thread, remembering up to where they know it and how it was called.
pub async fn remove(
    tx: &mut Tx,
    thread: ThreadId,
    member: &Member,
    title: Option<&Title>,
    last: Seq,
) -> Result<(), Error> {
    const REMOVE: &str = "DELETE FROM members WHERE thread_id = $1 AND user_id = $2";
    const REMEMBER: &str = "INSERT INTO former_members \
        (thread_id, user_id, joined_seq, title, last_seq, left_at) VALUES ($1, $2, $3, $4, $5, $6)";
    on!(tx, conn => {
        sqlx::query(REMOVE).bind(thread.0).bind(member.user.0).execute(conn).await.map(drop)
    })?;
    let now = tx.now();
    on!(tx, conn => sqlx::query(REMEMBER)
        .bind(thread.0)
        .bind(member.user.0)
        .bind(member.joined.0)
        .bind(title.map(Title::as_str))
        .bind(last.0)
        .bind(now.0)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Whether somebody was in a thread once and is no longer.
pub async fn was(tx: &mut Tx, thread: ThreadId, user: UserId) -> Result<bool, Error> {
    const WAS: &str = "SELECT user_id FROM former_members WHERE thread_id = $1 AND user_id = $2";
    let row: Option<(Uuid,)> =
        on!(tx, conn => sqlx::query_as(WAS).bind(thread.0).bind(user.0).fetch_optional(conn).await)?;
    Ok(row.is_some())
}

/// Changes what a member may do.
pub async fn set_role(tx: &mut Tx, thread: ThreadId, user: UserId, role: MemberRole) -> Result<(), Error> {
    const SET: &str = "UPDATE members SET role = $3 WHERE thread_id = $1 AND user_id = $2";
    on!(tx, conn => {
        sqlx::query(SET).bind(thread.0).bind(user.0).bind(role_name(role)).execute(conn).await.map(drop)
    })?;
    Ok(())
}

/// What `user` may do to a thread, if they are a member of it.
pub async fn role_of(tx: &mut Tx, thread: ThreadId, user: UserId) -> Result<Option<MemberRole>, Error> {
    const ROLE: &str = "SELECT role FROM members WHERE thread_id = $1 AND user_id = $2";
    let row: Option<(String,)> =
        on!(tx, conn => sqlx::query_as(ROLE).bind(thread.0).bind(user.0).fetch_optional(conn).await)?;
    row.map(|(role,)| read_role(&role)).transpose()
}

/// How a role is stored; the same words as on the wire.
fn role_name(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Member => "member",
        MemberRole::Admin => "admin",
        MemberRole::Owner => "owner",
    }
}

fn read_role(role: &str) -> Result<MemberRole, Error> {
    match role {
        "member" => Ok(MemberRole::Member),
        "admin" => Ok(MemberRole::Admin),
        "owner" => Ok(MemberRole::Owner),
        other => Err(Error::Broken(format!("member role {other}"))),
    }
}

/// A member as they are stored.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) thread_id: Uuid,
    user_id: Uuid,
    role: String,
    read_seq: i64,
    delivered_seq: i64,
    joined_seq: i64,
}

impl Row {
    pub(super) fn read(self) -> Result<Member, Error> {
        Ok(Member {
            user: UserId(self.user_id),
            role: read_role(&self.role)?,
            read_seq: Seq(self.read_seq),
            delivered_seq: Seq(self.delivered_seq),
            joined: Seq(self.joined_seq),
        })
    }
}
