//! Client records.

use tidings_protocol::{Client, ClientId, ThreadId, UserId};
use uuid::Uuid;

use super::{Error, Tx, on};

/// Adds a record.
pub async fn insert(tx: &mut Tx, client: &Client) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO clients (id, name, reference, note, archived, folded, created_at) \
                          VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let now = tx.now().0;
    on!(tx, conn => sqlx::query(INSERT)
        .bind(client.id.0)
        .bind(&client.name)
        .bind(&client.reference)
        .bind(&client.note)
        .bind(client.archived)
        .bind(folded(client))
        .bind(now)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// A record.
pub async fn get(tx: &mut Tx, client: ClientId) -> Result<Option<Client>, Error> {
    const GET: &str = "SELECT id, name, reference, note, archived FROM clients WHERE id = $1";
    let row: Option<Row> = on!(tx, conn => sqlx::query_as(GET).bind(client.0).fetch_optional(conn).await)?;
    Ok(row.map(Row::read))
}

/// Replaces a record.
pub async fn update(tx: &mut Tx, client: &Client) -> Result<(), Error> {
    const UPDATE: &str = "UPDATE clients SET name = $2, reference = $3, note = $4, archived = $5, folded = $6 \
                          WHERE id = $1";
    on!(tx, conn => sqlx::query(UPDATE)
        .bind(client.id.0)
        .bind(&client.name)
        .bind(&client.reference)
        .bind(&client.note)
        .bind(client.archived)
        .bind(folded(client))
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Records whose folded name or reference matches a pattern made by [`super::like`], in order of name.
pub async fn search(tx: &mut Tx, pattern: &str, archived: bool, limit: u32) -> Result<Vec<Client>, Error> {
    const SEARCH: &str = r"SELECT id, name, reference, note, archived FROM clients
        WHERE folded LIKE $1 ESCAPE '\' AND (NOT archived OR $2) ORDER BY folded, id LIMIT $3";
    let rows: Vec<Row> = on!(tx, conn => sqlx::query_as(SEARCH)
        .bind(pattern)
        .bind(archived)
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await)?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// Threads of `user` about a client whose folded name or reference matches a pattern made by [`super::like`]: of very
/// many, those in which most was said.
pub async fn threads_about(tx: &mut Tx, user: UserId, pattern: &str) -> Result<Vec<ThreadId>, Error> {
    const ABOUT: &str = r"SELECT t.id FROM members mine JOIN threads t ON t.id = mine.thread_id
        JOIN clients c ON c.id = t.client_id
        WHERE mine.user_id = $1 AND c.folded LIKE $2 ESCAPE '\' ORDER BY t.last_seq DESC LIMIT 500";
    let rows: Vec<(Uuid,)> =
        on!(tx, conn => sqlx::query_as(ABOUT).bind(user.0).bind(pattern).fetch_all(conn).await)?;
    Ok(rows.into_iter().map(|(id,)| ThreadId(id)).collect())
}

/// The clients of a person's threads, in order of name.
pub async fn of_threads(tx: &mut Tx, user: UserId) -> Result<Vec<Client>, Error> {
    const OF_THREADS: &str = "SELECT id, name, reference, note, archived FROM clients WHERE id IN \
        (SELECT t.client_id FROM sights s JOIN threads t ON t.id = s.thread_id WHERE s.user_id = $1) \
        ORDER BY folded, id";
    let rows: Vec<Row> = on!(tx, conn => sqlx::query_as(OF_THREADS).bind(user.0).fetch_all(conn).await)?;
    Ok(rows.into_iter().map(Row::read).collect())
}

fn folded(client: &Client) -> String {
    let reference = client.reference.as_deref().unwrap_or_default();
    format!("{}\n{}", client.name.to_lowercase(), reference.to_lowercase())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    reference: Option<String>,
    note: Option<String>,
    archived: bool,
}

impl Row {
    fn read(self) -> Client {
        Client {
            id: ClientId(self.id),
            name: self.name,
            reference: self.reference,
            note: self.note,
            archived: self.archived,
        }
    }
}
