//! The ways in: invites, and the set-up link of an empty server.

use tidings_protocol::{AccountRole, InviteId, Timestamp, UserId};
use uuid::Uuid;

use super::{
    Error, Tx, on,
    users::{read_role, role_name},
};
use crate::secret::TokenHash;

/// An invite that can still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenInvite {
    /// Its identity.
    pub id: InviteId,
    /// The role it gives.
    pub role: AccountRole,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Adds an invite.
pub async fn insert(tx: &mut Tx, invite: OpenInvite, token: TokenHash, by: UserId) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO invites (id, token_hash, role, created_by, expires_at, closed) \
                          VALUES ($1, $2, $3, $4, $5, $6)";
    on!(tx, conn => sqlx::query(INSERT)
        .bind(invite.id.0)
        .bind(token.as_bytes())
        .bind(role_name(invite.role))
        .bind(by.0)
        .bind(invite.expires_at.0)
        .bind(false)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// The invite of a token, if it can still be used.
pub async fn by_token(tx: &mut Tx, token: TokenHash) -> Result<Option<OpenInvite>, Error> {
    const GET: &str = "SELECT id, role, expires_at FROM invites \
                       WHERE token_hash = $1 AND NOT closed AND expires_at > $2";
    let now = tx.now().0;
    let row: Option<Row> = on!(tx, conn => {
        sqlx::query_as(GET).bind(token.as_bytes()).bind(now).fetch_optional(conn).await
    })?;
    row.map(Row::read).transpose()
}

/// Invites that can still be used, the one that expires first at the top.
pub async fn open(tx: &mut Tx) -> Result<Vec<OpenInvite>, Error> {
    const OPEN: &str = "SELECT id, role, expires_at FROM invites \
                        WHERE NOT closed AND expires_at > $1 ORDER BY expires_at, id";
    let now = tx.now().0;
    let rows: Vec<Row> = on!(tx, conn => sqlx::query_as(OPEN).bind(now).fetch_all(conn).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Uses an invite up, or revokes it. False if there is no such invite.
pub async fn close(tx: &mut Tx, invite: InviteId) -> Result<bool, Error> {
    const CLOSE: &str = "UPDATE invites SET closed = $2 WHERE id = $1";
    let changed = on!(tx, conn => {
        sqlx::query(CLOSE).bind(invite.0).bind(true).execute(conn).await.map(|done| done.rows_affected())
    })?;
    Ok(changed > 0)
}

/// Replaces the set-up link.
pub async fn set_up_link(tx: &mut Tx, token: TokenHash) -> Result<(), Error> {
    const REPLACE: &str = "INSERT INTO set_up (id, token_hash) VALUES (1, $1) \
                           ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash";
    on!(tx, conn => sqlx::query(REPLACE).bind(token.as_bytes()).execute(conn).await.map(drop))?;
    Ok(())
}

/// Whether a token is that of the set-up link.
pub async fn is_set_up_link(tx: &mut Tx, token: TokenHash) -> Result<bool, Error> {
    const IS: &str = "SELECT COUNT(*) FROM set_up WHERE token_hash = $1";
    let (count,): (i64,) = on!(tx, conn => sqlx::query_as(IS).bind(token.as_bytes()).fetch_one(conn).await)?;
    Ok(count > 0)
}

/// Removes the set-up link.
pub async fn forget_set_up_link(tx: &mut Tx) -> Result<(), Error> {
    on!(tx, conn => sqlx::query("DELETE FROM set_up").execute(conn).await.map(drop))?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    role: String,
    expires_at: i64,
}

impl Row {
    fn read(self) -> Result<OpenInvite, Error> {
        Ok(OpenInvite {
            id: InviteId(self.id),
            role: read_role(&self.role)?,
            expires_at: Timestamp(self.expires_at),
        })
    }
}
