//! Sessions and their refresh tokens.

use tidings_protocol::{AccountRole, SessionId, Timestamp, UserId};
use uuid::Uuid;

use super::{Error, Tx, on, users};
use crate::secret::TokenHash;

/// A session as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its identity.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// What they may do.
    pub role: AccountRole,
    /// Generation of the newest refresh token that was presented.
    pub generation: i64,
    /// When that one was first presented.
    pub rotated_at: Timestamp,
    /// When it began.
    pub created_at: Timestamp,
}

/// Begins a session; no token belongs to it yet.
pub async fn insert(tx: &mut Tx, session: SessionId, user: UserId) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO sessions (id, user_id, generation, rotated_at, created_at) \
                          VALUES ($1, $2, 0, $3, $3)";
    let now = tx.now().0;
    on!(tx, conn => {
        sqlx::query(INSERT).bind(session.0).bind(user.0).bind(now).execute(conn).await.map(drop)
    })?;
    Ok(())
}

/// A session of an active account.
pub async fn get(tx: &mut Tx, session: SessionId) -> Result<Option<Session>, Error> {
    const GET: &str = "SELECT s.id, s.user_id, u.role, s.generation, s.rotated_at, s.created_at FROM sessions s \
                       JOIN users u ON u.id = s.user_id WHERE s.id = $1 AND u.active";
    let row: Option<Row> = on!(tx, conn => sqlx::query_as(GET).bind(session.0).fetch_optional(conn).await)?;
    row.map(|row| {
        Ok(Session {
            id: SessionId(row.id),
            user: UserId(row.user_id),
            role: users::read_role(&row.role)?,
            generation: row.generation,
            rotated_at: Timestamp(row.rotated_at),
            created_at: Timestamp(row.created_at),
        })
    })
    .transpose()
}

/// The generation of a refresh token of a session.
pub async fn token_generation(
    tx: &mut Tx,
    session: SessionId,
    token: TokenHash,
) -> Result<Option<i64>, Error> {
    const GET: &str = "SELECT generation FROM refresh_tokens WHERE token_hash = $1 AND session_id = $2";
    let row: Option<(i64,)> = on!(tx, conn => {
        sqlx::query_as(GET).bind(token.as_bytes()).bind(session.0).fetch_optional(conn).await
    })?;
    Ok(row.map(|(generation,)| generation))
}

/// Gives out a refresh token.
pub async fn add_token(
    tx: &mut Tx,
    session: SessionId,
    token: TokenHash,
    generation: i64,
) -> Result<(), Error> {
    const INSERT: &str =
        "INSERT INTO refresh_tokens (token_hash, session_id, generation) VALUES ($1, $2, $3)";
    on!(tx, conn => sqlx::query(INSERT)
        .bind(token.as_bytes())
        .bind(session.0)
        .bind(generation)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Records that `token` of `generation` was presented for the first time. Forgets its siblings and all tokens that
/// nothing can be decided by any more.
pub async fn advance(
    tx: &mut Tx,
    session: SessionId,
    token: TokenHash,
    generation: i64,
) -> Result<(), Error> {
    const ADVANCE: &str = "UPDATE sessions SET generation = $2, rotated_at = $3 WHERE id = $1";
    const FORGET: &str = "DELETE FROM refresh_tokens WHERE session_id = $1 AND token_hash <> $2 \
                          AND (generation = $3 OR generation < $3 - 1)";
    let now = tx.now().0;
    on!(tx, conn => {
        sqlx::query(ADVANCE).bind(session.0).bind(generation).bind(now).execute(conn).await.map(drop)
    })?;
    on!(tx, conn => sqlx::query(FORGET)
        .bind(session.0)
        .bind(token.as_bytes())
        .bind(generation)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Ends a session; `None` if there is none.
pub async fn delete(tx: &mut Tx, session: SessionId) -> Result<Option<UserId>, Error> {
    const DELETE: &str = "DELETE FROM sessions WHERE id = $1 RETURNING user_id";
    let row: Option<(Uuid,)> =
        on!(tx, conn => sqlx::query_as(DELETE).bind(session.0).fetch_optional(conn).await)?;
    Ok(row.map(|(user,)| UserId(user)))
}

/// Ends all sessions of a person but `except`, and says which.
pub async fn delete_all(
    tx: &mut Tx,
    user: UserId,
    except: Option<SessionId>,
) -> Result<Vec<SessionId>, Error> {
    const DELETE: &str = "DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id";
    // The nil id is no session's.
    let except = except.map_or(Uuid::nil(), |session| session.0);
    let rows: Vec<(Uuid,)> =
        on!(tx, conn => sqlx::query_as(DELETE).bind(user.0).bind(except).fetch_all(conn).await)?;
    Ok(rows.into_iter().map(|(id,)| SessionId(id)).collect())
}

/// Forgets sessions of a person that began before `created` or were last used before `rotated`.
pub async fn forget_expired(
    tx: &mut Tx,
    user: UserId,
    created: Timestamp,
    rotated: Timestamp,
) -> Result<(), Error> {
    const FORGET: &str = "DELETE FROM sessions WHERE user_id = $1 AND (created_at < $2 OR rotated_at < $3)";
    on!(tx, conn => {
        sqlx::query(FORGET).bind(user.0).bind(created.0).bind(rotated.0).execute(conn).await.map(drop)
    })?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    role: String,
    generation: i64,
    rotated_at: i64,
    created_at: i64,
}
