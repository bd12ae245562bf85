//! The statements of a search, which depend on what is asked for. Their text is made of constants; everything that
//! anybody wrote is bound.

use sqlx::AssertSqlSafe;
use tidings_protocol::search::Attached;
use uuid::Uuid;

use super::{Candidate, Wanted, Way, Window, needle::Needle};
use crate::store::{Error, Tx, on};

/// The columns of [`Candidate`].
const COLUMNS: &str = " SELECT m.place, m.thread_id, m.seq, m.sender_id, m.sent_at, CASE WHEN m.body = '' THEN COALESCE(\
    (SELECT a.name FROM attachments a WHERE a.thread_id = m.thread_id AND a.seq = m.seq ORDER BY a.place LIMIT 1), '') \
    ELSE m.body END AS body FROM ";

/// A statement and what is bound to it.
pub(super) struct Statement {
    text: String,
    bound: Vec<Bound>,
    sqlite: bool,
}

#[derive(Clone)]
enum Bound {
    Number(i64),
    Text(String),
    Id(Uuid),
}

macro_rules! bind_all {
    ($query:expr, $bound:expr) => {{
        let mut query = $query;
        for value in $bound {
            query = match value {
                Bound::Number(number) => query.bind(number),
                Bound::Text(text) => query.bind(text),
                Bound::Id(id) => query.bind(id),
            };
        }
        query
    }};
}

/// What the person who searches may see, which every statement begins with: the first value bound is who they are. Read
/// once, and not for each message.
const MINE: &str = "WITH mine AS MATERIALIZED (SELECT s.thread_id, s.first_seq, s.last_seq, s.left_at \
    FROM sights s WHERE s.user_id = $1)";

impl Statement {
    fn new(wanted: &Wanted, sqlite: bool) -> Self {
        Self {
            text: MINE.to_owned(),
            bound: vec![Bound::Id(wanted.user.0)],
            sqlite,
        }
    }

    /// See [`super::candidates`]. SQLite reads tables in the order in which `CROSS JOIN` names them.
    pub(super) fn candidates(wanted: &Wanted, way: &Way, window: Window, limit: usize, sqlite: bool) -> Self {
        let mut it = Self::new(wanted, sqlite);
        let (from, to) = (it.number(window.from.0), it.number(window.to.0));
        let mut place = "m.place";
        match way {
            Way::Index(expression) if sqlite => {
                let expression = it.bind(Bound::Text(expression.clone()));
                it.say(COLUMNS);
                it.say(&format!(
                    "message_index CROSS JOIN messages m CROSS JOIN mine \
                     WHERE message_index MATCH {expression} AND message_index.rowid >= {from} \
                     AND message_index.rowid < {to} AND m.place = message_index.rowid"
                ));
                place = "message_index.rowid";
            }
            Way::Index(_) => {
                // Else it would rather go through the newest, in the hope of meeting enough soon.
                it.say(", found AS MATERIALIZED (SELECT * FROM messages m");
                it.say(&format!(
                    " WHERE m.place >= {from} AND m.place < {to} AND m.kind = 'text'"
                ));
                it.contain(&wanted.needles);
                if !wanted.has.is_empty() {
                    it.say(" AND m.attached > 0");
                }
                it.say(")");
                it.say(COLUMNS);
                it.say("found m CROSS JOIN mine WHERE TRUE");
            }
            Way::Through | Way::By => {
                // The sign keeps an engine from going by place.
                place = "+m.place";
                it.say(COLUMNS);
                it.say(match way {
                    Way::Through => "mine CROSS JOIN messages m",
                    _ => "messages m CROSS JOIN mine",
                });
                it.say(&format!(" WHERE {place} >= {from} AND {place} < {to}"));
            }
            Way::Newest | Way::Nowhere => {
                it.say(COLUMNS);
                it.say(match (sqlite, wanted.has.is_empty()) {
                    (true, true) => "messages m INDEXED BY messages_place CROSS JOIN mine",
                    (true, false) => "messages m INDEXED BY messages_attached CROSS JOIN mine",
                    (false, _) => "messages m CROSS JOIN mine",
                });
                it.say(&format!(" WHERE m.place >= {from} AND m.place < {to}"));
                it.contain(&wanted.needles);
            }
        }
        it.say(" AND m.kind = 'text'");
        it.is_for(wanted);
        let limit = it.number(i64::try_from(limit).unwrap_or(i64::MAX));
        it.say(&format!(" ORDER BY {place} DESC LIMIT {limit}"));
        it
    }

    /// How many messages there are to see in the threads that are looked through.
    pub(super) fn counting_threads(wanted: &Wanted, sqlite: bool) -> Self {
        let mut it = Self::new(wanted, sqlite);
        it.say(" SELECT CAST(COALESCE(SUM(mine.last_seq - mine.first_seq + 1), 0) AS BIGINT) FROM mine WHERE TRUE");
        it.one_of(
            "mine.thread_id",
            wanted
                .threads
                .as_ref()
                .map(|threads| threads.iter().map(|thread| thread.0)),
        );
        it
    }

    /// How many messages the people who are looked for have sent, counted up to `most`.
    pub(super) fn counting_senders(wanted: &Wanted, most: u32, sqlite: bool) -> Self {
        let mut it = Self::new(wanted, sqlite);
        it.say(" SELECT COUNT(*) FROM (SELECT 1 FROM messages m WHERE TRUE");
        it.one_of(
            "m.sender_id",
            wanted
                .senders
                .as_ref()
                .map(|senders| senders.iter().map(|sender| sender.0)),
        );
        let most = it.number(i64::from(most));
        it.say(&format!(" LIMIT {most}) AS some"));
        it
    }

    pub(super) async fn fetch(self, tx: &mut Tx) -> Result<Vec<Candidate>, Error> {
        let Self { text, bound, .. } = self;
        let rows = on!(tx, conn => {
            bind_all!(sqlx::query_as(AssertSqlSafe(text)), bound).fetch_all(conn).await
        })?;
        Ok(rows)
    }

    pub(super) async fn count(self, tx: &mut Tx) -> Result<u64, Error> {
        let Self { text, bound, .. } = self;
        let (count,): (i64,) = on!(tx, conn => {
            bind_all!(sqlx::query_as(AssertSqlSafe(text)), bound).fetch_one(conn).await
        })?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The conditions that have nothing to do with what is said.
    fn is_for(&mut self, wanted: &Wanted) {
        self.say(" AND mine.thread_id = m.thread_id AND m.seq BETWEEN mine.first_seq AND mine.last_seq");
        // Whoever has left a group has it as it was then. What was edited since is searched as it is now, so that it is
        // not for them: that it is found would tell what it says.
        self.say(" AND (mine.left_at IS NULL OR m.edited_at IS NULL OR m.edited_at < mine.left_at)");
        // The first value bound is who searches.
        self.say(
            " AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.user_id = $1 \
             AND h.thread_id = m.thread_id AND h.seq = m.seq)",
        );
        self.one_of(
            "m.thread_id",
            wanted
                .threads
                .as_ref()
                .map(|threads| threads.iter().map(|thread| thread.0)),
        );
        self.one_of(
            "m.sender_id",
            wanted
                .senders
                .as_ref()
                .map(|senders| senders.iter().map(|sender| sender.0)),
        );
        if !wanted.needles.is_empty() {
            self.say(" AND m.body <> ''");
        }
        if !wanted.has.is_empty() {
            self.say(" AND m.attached > 0 AND EXISTS (SELECT 1 FROM attachments a");
            self.say(" WHERE a.thread_id = m.thread_id AND a.seq = m.seq AND (FALSE");
            for attached in &wanted.has {
                // As `attachments::insert` writes it.
                self.say(match attached {
                    Attached::File => " OR TRUE",
                    Attached::Image => r#" OR a.kind LIKE '{"kind":"image"%'"#,
                    Attached::Voice => r#" OR a.kind LIKE '{"kind":"voice"%'"#,
                });
            }
            self.say("))");
        }
        for (time, comparison) in [(wanted.before, "<"), (wanted.after, ">=")] {
            if let Some(time) = time {
                let time = self.number(time.0);
                self.say(&format!(" AND m.sent_at {comparison} {time}"));
            }
        }
    }

    /// That the text has what is looked for, as far as the engine's own comparison can tell.
    fn contain(&mut self, needles: &[Needle]) {
        let like = if self.sqlite { "LIKE" } else { "ILIKE" };
        for word in needles.iter().flat_map(Needle::words) {
            let forms: Vec<_> = word
                .patterns()
                .into_iter()
                .map(|pattern| {
                    let pattern = self.bind(Bound::Text(pattern));
                    format!(r"m.body {like} {pattern} ESCAPE '\'")
                })
                .collect();
            self.say(&format!(" AND ({})", forms.join(" OR ")));
        }
    }

    /// That a column is one of these; nothing is one of none. Without a list, anything will do.
    fn one_of(&mut self, column: &str, ids: Option<impl Iterator<Item = Uuid>>) {
        let Some(ids) = ids else {
            return;
        };
        let names: Vec<_> = ids.map(|id| self.bind(Bound::Id(id))).collect();
        match names.is_empty() {
            true => self.say(" AND FALSE"),
            false => self.say(&format!(" AND {column} IN ({})", names.join(", "))),
        }
    }

    /// Binds a value and gives the name that it has in the text.
    fn bind(&mut self, value: Bound) -> String {
        self.bound.push(value);
        format!("${}", self.bound.len())
    }

    fn number(&mut self, value: i64) -> String {
        self.bind(Bound::Number(value))
    }

    fn say(&mut self, text: &str) {
        self.text.push_str(text);
    }
}
