//! Finding messages by what they say.
//!
//! Messages are numbered by [`Place`], newest last, and looked through from the newest down. What a text must contain
//! comes as [`Needle`]s: the database narrows the messages down to those that may contain them, and whoever asks looks
//! at each text again, which is where what counts as the same is decided. On SQLite an index of all triples of
//! characters narrows them down, on PostgreSQL `ILIKE`, with an index of its own where there is one.
//!
//! Everybody finds what they may see, as `sights` has it, and nothing else: that is part of each statement, so that nothing
//! else is even read.

mod fold;
mod needle;
mod statement;

use tidings_protocol::{
    Seq, ThreadId, Timestamp, UserId,
    search::{Attached, Place},
};
use uuid::Uuid;

pub use fold::Hay;
pub use needle::Needle;
use statement::Statement;

use super::{Error, Tx, on, tx::Engine};

/// Which messages are looked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Who looks: only their threads are looked through.
    pub user: UserId,
    /// Texts that each message contains, each in any of these forms.
    pub needles: Vec<Needle>,
    /// Only of these threads.
    pub threads: Option<Vec<ThreadId>>,
    /// Only by these people.
    pub senders: Option<Vec<UserId>>,
    /// Only sent before this.
    pub before: Option<Timestamp>,
    /// Only sent at this time or later.
    pub after: Option<Timestamp>,
    /// Only with something of these kinds attached.
    pub has: Vec<Attached>,
}

/// A piece of all messages, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first place.
    pub from: Place,
    /// After the last place.
    pub to: Place,
}

/// A message that may be what is looked for.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Candidate {
    /// Its place among all messages.
    place: i64,
    thread_id: Uuid,
    seq: i64,
    sender_id: Uuid,
    sent_at: i64,
    /// What it says, or what its first file is called if it says nothing.
    pub body: String,
}

impl Candidate {
    /// Its place among all messages.
    #[must_use]
    pub fn place(&self) -> Place {
        Place(self.place)
    }

    /// Where it was said.
    #[must_use]
    pub fn thread(&self) -> ThreadId {
        ThreadId(self.thread_id)
    }

    /// Its place in the thread.
    #[must_use]
    pub fn seq(&self) -> Seq {
        Seq(self.seq)
    }

    /// Who said it.
    #[must_use]
    pub fn sender(&self) -> UserId {
        UserId(self.sender_id)
    }

    /// When.
    #[must_use]
    pub fn sent_at(&self) -> Timestamp {
        Timestamp(self.sent_at)
    }
}

/// How candidates are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// All messages of the person's threads, whatever they say: there are few.
    Through,
    /// All messages by those who are asked for, whatever they say: there are few.
    By,
    /// Newest first, through what they say: for what is said often, or is too short for the index.
    Newest,
    /// By an index: an expression of SQLite's. PostgreSQL needs none.
    Index(String),
    /// Not at all: the index has nothing that begins like it.
    Nowhere,
}

/// Candidates within a window, newest first, at most `limit`.
pub async fn candidates(
    tx: &mut Tx,
    wanted: &Wanted,
    way: &Way,
    window: Window,
    limit: usize,
) -> Result<Vec<Candidate>, Error> {
    let statement = Statement::candidates(wanted, way, window, limit, is_sqlite(tx));
    statement.fetch(tx).await
}

/// The way that goes through all that there is for this person to find, if that is at most `few` messages.
///
/// PostgreSQL finds its own ways, by a comparison that can't do without accents: it would find more by this one.
pub async fn short_way(tx: &mut Tx, wanted: &Wanted, few: u32) -> Result<Option<Way>, Error> {
    if !is_sqlite(tx) {
        return Ok(None);
    }
    let in_threads = Statement::counting_threads(wanted, true).count(tx).await?;
    if in_threads <= u64::from(few) {
        return Ok(Some(Way::Through));
    }
    if wanted.senders.is_some() {
        let counting = Statement::counting_senders(wanted, few.saturating_add(1), true);
        if counting.count(tx).await? <= u64::from(few) {
            return Ok(Some(Way::By));
        }
    }
    Ok(None)
}

/// Whether only messages with files are wanted, and `few` or fewer have any: then the newest of those are gone through
/// sooner than what an index finds.
pub async fn attached_are_few(tx: &mut Tx, wanted: &Wanted, window: Window, few: u32) -> Result<bool, Error> {
    const COUNT: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM messages \
        WHERE attached > 0 AND place >= $1 AND place < $2 LIMIT $3) AS those";
    if wanted.has.is_empty() {
        return Ok(false);
    }
    let (count,): (i64,) = on!(tx, conn => sqlx::query_as(COUNT)
        .bind(window.from.0)
        .bind(window.to.0)
        .bind(i64::from(few) + 1)
        .fetch_one(conn)
        .await)?;
    Ok(count <= i64::from(few))
}

/// Whether an index finds what is sought at once, however often it is said.
#[must_use]
pub fn is_indexed(tx: &Tx, needles: &[Needle]) -> bool {
    is_sqlite(tx) && needles.iter().any(Needle::has_triples)
}

/// The way by an index; `None` if none helps.
pub async fn index(tx: &mut Tx, needles: &[Needle]) -> Result<Option<Way>, Error> {
    if !is_sqlite(tx) {
        let helps = needles.iter().any(Needle::has_triples);
        return Ok(helps.then(|| Way::Index(String::new())));
    }
    if let Some(expression) = needle::triples(needles) {
        return Ok(Some(Way::Index(expression)));
    }
    let Some(short) = needle::longest(needles) else {
        return Ok(None);
    };
    let triples = triples_beginning_with(tx, &short).await?;
    Ok(triples.map(|triples| match triples.is_empty() {
        true => Way::Nowhere,
        false => Way::Index(needle::any_of(&triples)),
    }))
}

fn is_sqlite(tx: &Tx) -> bool {
    matches!(tx.engine, Engine::Sqlite(_))
}

/// The triples of the index that begin with one or two characters. `None` if there are so many that looking for each
/// costs more than looking through the messages.
async fn triples_beginning_with(tx: &mut Tx, short: &str) -> Result<Option<Vec<String>>, Error> {
    const MOST: usize = 1_000;
    const BEGINNING: &str = "SELECT term FROM message_triples WHERE term >= $1 AND term < $2 LIMIT $3";
    // No text has the last of all code points.
    let after = format!("{short}\u{10ffff}");
    let limit = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let rows: Vec<(String,)> = on!(tx, conn => {
        sqlx::query_as(BEGINNING).bind(short).bind(after).bind(limit).fetch_all(conn).await
    })?;
    let triples: Vec<_> = rows.into_iter().map(|(term,)| term).collect();
    Ok(Some(triples).filter(|triples| triples.len() <= MOST))
}

/// After the newest message's place.
pub async fn end(tx: &mut Tx) -> Result<Place, Error> {
    const END: &str = "SELECT COALESCE(MAX(place), 0) + 1 FROM messages";
    let (end,): (i64,) = on!(tx, conn => sqlx::query_as(END).fetch_one(conn).await)?;
    Ok(Place(end))
}

/// About where the first message stands that was sent at a time or later. Places follow the server's clock as long as
/// nobody turns it: whoever asks should allow for that, and compare the times of what is found.
pub async fn place_of(tx: &mut Tx, at: Timestamp) -> Result<Place, Error> {
    const FROM: &str = "SELECT place, sent_at FROM messages WHERE place >= $1 ORDER BY place LIMIT 1";
    let (mut low, mut high) = (1, end(tx).await?.0);
    while low < high {
        let middle = low + (high - low) / 2;
        let row: Option<(i64, i64)> =
            on!(tx, conn => sqlx::query_as(FROM).bind(middle).fetch_optional(conn).await)?;
        match row {
            Some((place, sent_at)) if sent_at < at.0 => low = place + 1,
            _ => high = middle,
        }
    }
    Ok(Place(low))
}

/// The first message of a thread, between two of its places, that was sent at a time or later.
pub async fn seq_of(
    tx: &mut Tx,
    thread: ThreadId,
    at: Timestamp,
    first: Seq,
    last: Seq,
) -> Result<Option<Seq>, Error> {
    const SENT: &str = "SELECT sent_at FROM messages WHERE thread_id = $1 AND seq = $2";
    let (mut low, mut high) = (first.0.max(1), last.0.saturating_add(1));
    while low < high {
        let middle = low + (high - low) / 2;
        let row: Option<(i64,)> =
            on!(tx, conn => sqlx::query_as(SENT).bind(thread.0).bind(middle).fetch_optional(conn).await)?;
        match row {
            Some((sent_at,)) if sent_at < at.0 => low = middle + 1,
            _ => high = middle,
        }
    }
    Ok((low <= last.0).then_some(Seq(low)))
}
