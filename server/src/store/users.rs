//! Accounts.

use tidings_protocol::{AccountRole, DisplayName, SessionId, ThreadId, Timestamp, User, UserId, Username};
use uuid::Uuid;

use super::{Error, Tx, on};

/// Adds an account.
pub async fn insert(tx: &mut Tx, user: &User, password_hash: &str) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO users \
        (id, username, display_name, folded, role, active, last_seen, password_hash, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let now = tx.now().0;
    on!(tx, conn => sqlx::query(INSERT)
        .bind(user.id.0)
        .bind(user.username.as_str())
        .bind(user.display_name.as_str())
        .bind(folded(&user.display_name, &user.username))
        .bind(role_name(user.role))
        .bind(user.active)
        .bind(user.last_seen.map(|at| at.0))
        .bind(password_hash)
        .bind(now)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Whether there is any account.
pub async fn any(tx: &mut Tx) -> Result<bool, Error> {
    const ANY: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM users LIMIT 1) AS one";
    let (count,): (i64,) = on!(tx, conn => sqlx::query_as(ANY).fetch_one(conn).await)?;
    Ok(count > 0)
}

/// An account.
pub async fn get(tx: &mut Tx, user: UserId) -> Result<Option<User>, Error> {
    const GET: &str = "SELECT id, username, display_name, role, active, last_seen FROM users WHERE id = $1";
    let row: Option<Row> = on!(tx, conn => sqlx::query_as(GET).bind(user.0).fetch_optional(conn).await)?;
    row.map(Row::read).transpose()
}

/// The active account that a session belongs to.
pub async fn of_session(tx: &mut Tx, session: SessionId) -> Result<Option<User>, Error> {
    const OF: &str = "SELECT u.id, u.username, u.display_name, u.role, u.active, u.last_seen FROM users u \
                      JOIN sessions s ON s.user_id = u.id WHERE s.id = $1 AND u.active";
    let row: Option<Row> = on!(tx, conn => sqlx::query_as(OF).bind(session.0).fetch_optional(conn).await)?;
    row.map(Row::read).transpose()
}

/// Whose username it is.
pub async fn named(tx: &mut Tx, username: &Username) -> Result<Option<UserId>, Error> {
    const NAMED: &str = "SELECT id FROM users WHERE username = $1";
    let row: Option<(Uuid,)> =
        on!(tx, conn => sqlx::query_as(NAMED).bind(username.as_str()).fetch_optional(conn).await)?;
    Ok(row.map(|(id,)| UserId(id)))
}

/// The hash of an account's password.
pub async fn password_hash(tx: &mut Tx, user: UserId) -> Result<Option<String>, Error> {
    const HASH: &str = "SELECT password_hash FROM users WHERE id = $1";
    let row: Option<(String,)> =
        on!(tx, conn => sqlx::query_as(HASH).bind(user.0).fetch_optional(conn).await)?;
    Ok(row.map(|(hash,)| hash))
}

/// All accounts, in order of name.
pub async fn all(tx: &mut Tx) -> Result<Vec<User>, Error> {
    const ALL: &str =
        "SELECT id, username, display_name, role, active, last_seen FROM users ORDER BY folded, id";
    let rows: Vec<Row> = on!(tx, conn => sqlx::query_as(ALL).fetch_all(conn).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Active accounts whose folded name matches a pattern made by [`super::like`], in order of name.
pub async fn search(tx: &mut Tx, pattern: &str, limit: u32) -> Result<Vec<User>, Error> {
    const SEARCH: &str = r"SELECT id, username, display_name, role, active, last_seen FROM users
        WHERE active AND folded LIKE $1 ESCAPE '\' ORDER BY folded, id LIMIT $2";
    let rows: Vec<Row> = on!(tx, conn => {
        sqlx::query_as(SEARCH).bind(pattern).bind(i64::from(limit)).fetch_all(conn).await
    })?;
    rows.into_iter().map(Row::read).collect()
}

/// Accounts, deactivated ones too, whose folded name matches a pattern made by [`super::like`], with their usernames: of
/// very many, some.
pub async fn called(tx: &mut Tx, pattern: &str) -> Result<Vec<(UserId, String)>, Error> {
    const CALLED: &str =
        r"SELECT id, username FROM users WHERE folded LIKE $1 ESCAPE '\' ORDER BY folded, id LIMIT 500";
    let rows: Vec<(Uuid, String)> =
        on!(tx, conn => sqlx::query_as(CALLED).bind(pattern).fetch_all(conn).await)?;
    Ok(rows
        .into_iter()
        .map(|(id, username)| (UserId(id), username))
        .collect())
}

/// A person and everyone who shares a thread with them, or did so while both were in it, in order of name.
pub async fn contacts(tx: &mut Tx, user: UserId) -> Result<Vec<User>, Error> {
    const CONTACTS: &str = "SELECT id, username, display_name, role, active, last_seen FROM users \
        WHERE id = $1 \
        OR id IN (SELECT other.user_id FROM sights mine JOIN members other ON other.thread_id = mine.thread_id \
            WHERE mine.user_id = $1 AND other.joined_seq <= mine.last_seq) \
        OR id IN (SELECT other.user_id FROM sights mine JOIN former_members other ON other.thread_id = mine.thread_id \
            WHERE mine.user_id = $1 AND other.joined_seq <= mine.last_seq) \
        ORDER BY folded, id";
    let rows: Vec<Row> = on!(tx, conn => sqlx::query_as(CONTACTS).bind(user.0).fetch_all(conn).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Everyone who is or was in a thread, in order of name: those of whom its history tells.
pub async fn of_thread(tx: &mut Tx, thread: ThreadId) -> Result<Vec<User>, Error> {
    const OF_THREAD: &str = "SELECT id, username, display_name, role, active, last_seen FROM users \
        WHERE id IN (SELECT user_id FROM members WHERE thread_id = $1) \
        OR id IN (SELECT user_id FROM former_members WHERE thread_id = $1) ORDER BY folded, id";
    let rows: Vec<Row> = on!(tx, conn => sqlx::query_as(OF_THREAD).bind(thread.0).fetch_all(conn).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Replaces the name shown.
pub async fn rename(tx: &mut Tx, user: &User, display_name: &DisplayName) -> Result<(), Error> {
    const RENAME: &str = "UPDATE users SET display_name = $2, folded = $3 WHERE id = $1";
    on!(tx, conn => sqlx::query(RENAME)
        .bind(user.id.0)
        .bind(display_name.as_str())
        .bind(folded(display_name, &user.username))
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Replaces the password.
pub async fn set_password(tx: &mut Tx, user: UserId, password_hash: &str) -> Result<(), Error> {
    const SET: &str = "UPDATE users SET password_hash = $2 WHERE id = $1";
    on!(tx, conn => sqlx::query(SET).bind(user.0).bind(password_hash).execute(conn).await.map(drop))?;
    Ok(())
}

/// Deactivates an account, or brings it back.
pub async fn set_active(tx: &mut Tx, user: UserId, active: bool) -> Result<(), Error> {
    const SET: &str = "UPDATE users SET active = $2 WHERE id = $1";
    on!(tx, conn => sqlx::query(SET).bind(user.0).bind(active).execute(conn).await.map(drop))?;
    Ok(())
}

/// Changes what an account may do.
pub async fn set_role(tx: &mut Tx, user: UserId, role: AccountRole) -> Result<(), Error> {
    const SET: &str = "UPDATE users SET role = $2 WHERE id = $1";
    on!(tx, conn => sqlx::query(SET).bind(user.0).bind(role_name(role)).execute(conn).await.map(drop))?;
    Ok(())
}

/// Remembers a newer input.
pub async fn note_seen(tx: &mut Tx, user: UserId, at: Timestamp) -> Result<(), Error> {
    const NOTE: &str =
        "UPDATE users SET last_seen = $2 WHERE id = $1 AND (last_seen IS NULL OR last_seen < $2)";
    on!(tx, conn => sqlx::query(NOTE).bind(user.0).bind(at.0).execute(conn).await.map(drop))?;
    Ok(())
}

/// How a role is stored; the same words as on the wire.
pub(super) fn role_name(role: AccountRole) -> &'static str {
    match role {
        AccountRole::Staff => "staff",
        AccountRole::Admin => "admin",
        AccountRole::Owner => "owner",
    }
}

pub(super) fn read_role(name: &str) -> Result<AccountRole, Error> {
    match name {
        "staff" => Ok(AccountRole::Staff),
        "admin" => Ok(AccountRole::Admin),
        "owner" => Ok(AccountRole::Owner),
        other => Err(Error::Broken(format!("account role {other}"))),
    }
}

fn folded(display_name: &DisplayName, username: &Username) -> String {
    format!("{}\n{}", display_name.as_str().to_lowercase(), username.as_str())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    username: String,
    display_name: String,
    role: String,
    active: bool,
    last_seen: Option<i64>,
}

impl Row {
    fn read(self) -> Result<User, Error> {
        Ok(User {
            id: UserId(self.id),
            username: Username::new(&self.username).map_err(Error::unreadable("username"))?,
            display_name: DisplayName::new(&self.display_name).map_err(Error::unreadable("display name"))?,
            role: read_role(&self.role)?,
            active: self.active,
            last_seen: self.last_seen.map(Timestamp),
        })
    }
}
