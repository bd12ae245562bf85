//! How long a search takes when much was said, and what the index costs: figures for people to read.
//!
//! ```sh
//! scripts/measure-search            # a million messages on SQLite
//! scripts/measure-search 200000 postgres
//! ```

use std::{
    env,
    time::{Duration, Instant},
};

use tidings_protocol::{ThreadId, UserId, command::SearchMessages, limits, search};
use tidings_server::store::Db;

use crate::{
    engine::Engine,
    stage::{Person, START, Stage},
};

/// Messages that are stored at once.
const BATCH: usize = 1_000;
/// Words that people use.
const WORDS: usize = 20_000;
/// People beside the one who searches.
const OTHERS: usize = 30;
/// How often each search is made.
const TIMES: usize = 15;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }
}

fn words(dice: &mut Dice) -> Vec<String> {
    const SYLLABLES: [&str; 24] = [
        "ba", "re", "ti", "on", "al", "men", "st", "er", "in", "ou", "sa", "th", "e", "qui", "ko", "o", "an",
        "de", "la", "mi", "nu", "pre", "for", "ing",
    ];
    let word = |dice: &mut Dice| -> String {
        let count = 1 + dice.roll(4);
        (0..count)
            .map(|_| SYLLABLES[dice.roll(SYLLABLES.len())])
            .collect()
    };
    (0..WORDS).map(|_| word(dice)).collect()
}

/// What is said by the `n`th message: words as often as Zipf's law has them, and now and then what is searched for.
fn body(n: usize, mine: bool, words: &[String], dice: &mut Dice) -> String {
    let count = 4 + dice.roll(14);
    let mut said: Vec<&str> = (0..count)
        .map(|_| {
            let rank = (WORDS as f64).powf(dice.roll(1_000_000) as f64 / 1e6) as usize;
            words[rank.min(WORDS - 1)].as_str()
        })
        .collect();
    if n.is_multiple_of(2) {
        said.insert(0, "the");
    }
    if n.is_multiple_of(100) {
        said.push("appointment on Thursday");
    }
    if n.is_multiple_of(2_500) {
        said.push("明日の会議は三時です");
    }
    if n % 250_000 == 1_000 {
        said.push("zyxwvut 珍獣");
    }
    if !mine && n.is_multiple_of(3) {
        said.push("elsewhere");
    }
    said.join(" ")
}

/// What the `n`th message brings, as the store writes it: a picture in a hundred, another file in as many, and now and then a
/// voice message.
fn attached(n: usize) -> Option<&'static str> {
    match n {
        n if n % 100_000 == 7 => Some(r#"{"kind":"voice","duration_ms":1000,"peaks":""}"#),
        n if n % 100 == 3 => Some(r#"{"kind":"image","width":4,"height":3}"#),
        n if n % 100 == 5 => Some(r#"{"kind":"file"}"#),
        _ => None,
    }
}

struct Scene {
    stage: Stage,
    ana: Person,
    /// Threads and who writes there; the first ones are Ana's.
    threads: Vec<(ThreadId, [UserId; 2])>,
    hers: usize,
}

impl Scene {
    async fn new(engine: Engine) -> Self {
        let stage = Stage::new(engine).await;
        let ana = stage.owner("ana").await;
        let mut others = Vec::new();
        for n in 0..OTHERS {
            others.push(stage.staff(&format!("person{n}")).await);
        }
        let mut threads = Vec::new();
        let client = ana.add_client("Harbour Clinic").await;
        for (n, other) in others.iter().enumerate() {
            let about = (n % 10 == 0).then_some(client);
            threads.push((ana.open(other, about).await.thread.id, [ana.id(), other.id()]));
        }
        let hers = threads.len();
        for (n, one) in others.iter().enumerate() {
            for other in others.iter().skip(n + 1).step_by(3) {
                threads.push((one.open(other, None).await.thread.id, [one.id(), other.id()]));
            }
        }
        Self {
            stage,
            ana,
            threads,
            hers,
        }
    }

    /// Says so many things more, in all threads, and gives how long that took.
    async fn say(&self, from: usize, count: usize, words: &[String], dice: &mut Dice) -> Duration {
        const SQLITE: &str = "INSERT INTO messages (thread_id, seq, id, sender_id, local_id, kind, body, sent_at, place, attached) \
            SELECT unhex(e.value ->> 0), e.value ->> 5, randomblob(16), unhex(e.value ->> 1), randomblob(16), 'text', e.value ->> 2, e.value ->> 3, e.value ->> 4, \
                e.value ->> 6 IS NOT NULL FROM json_each($1) AS e";
        const POSTGRES: &str = "INSERT INTO messages (thread_id, seq, id, sender_id, local_id, kind, body, sent_at, place, attached) \
            SELECT (e ->> 0)::uuid, (e ->> 5)::bigint, gen_random_uuid(), (e ->> 1)::uuid, gen_random_uuid(), 'text', \
                e ->> 2, (e ->> 3)::bigint, (e ->> 4)::bigint, (e ->> 6 IS NOT NULL)::int FROM json_array_elements($1::json) AS e";
        const FILES_SQLITE: &str = "INSERT INTO attachments (id, owner_id, file, name, media_type, size, kind, hash, uploaded_at, thread_id, seq, place) \
            SELECT randomblob(16), unhex(e.value ->> 1), hex(randomblob(8)), 'file', 'any/thing', 1, e.value ->> 6, '', e.value ->> 3, unhex(e.value ->> 0), e.value ->> 5, 0 \
            FROM json_each($1) AS e WHERE e.value ->> 6 IS NOT NULL";
        const FILES_POSTGRES: &str = "INSERT INTO attachments (id, owner_id, file, name, media_type, size, kind, hash, uploaded_at, thread_id, seq, place) \
            SELECT gen_random_uuid(), (e ->> 1)::uuid, gen_random_uuid()::text, 'file', 'any/thing', 1, e ->> 6, '', (e ->> 3)::bigint, (e ->> 0)::uuid, (e ->> 5)::bigint, 0 \
            FROM json_array_elements($1::json) AS e WHERE e ->> 6 IS NOT NULL";
        let mut took = Duration::ZERO;
        for start in (from..from + count).step_by(BATCH) {
            let said: Vec<_> = (start..start + BATCH)
                .map(|n| {
                    // Each thread in turn, so that places in it can be told.
                    let place = n % self.threads.len();
                    let (thread, writers) = &self.threads[place];
                    let text = body(n, place < self.hers, words, dice);
                    let at = START.0 + i64::try_from(n).unwrap() * 30_000;
                    let (thread, sender) = (
                        thread.0.simple().to_string(),
                        writers[n / self.threads.len() % 2].0.simple().to_string(),
                    );
                    (
                        thread,
                        sender,
                        text,
                        at,
                        n + 1,
                        n / self.threads.len() + 1,
                        attached(n),
                    )
                })
                .collect();
            let said = serde_json::to_string(&said).unwrap();
            let started = Instant::now();
            match &self.stage.database.db {
                Db::Sqlite { writer, .. } => {
                    sqlx::query(SQLITE).bind(&said).execute(writer).await.unwrap();
                }
                Db::Postgres(pool) => drop(sqlx::query(POSTGRES).bind(&said).execute(pool).await.unwrap()),
            }
            took += started.elapsed();
            match &self.stage.database.db {
                Db::Sqlite { writer, .. } => {
                    sqlx::query(FILES_SQLITE)
                        .bind(said)
                        .execute(writer)
                        .await
                        .unwrap();
                }
                Db::Postgres(pool) => {
                    sqlx::query(FILES_POSTGRES)
                        .bind(said)
                        .execute(pool)
                        .await
                        .unwrap();
                }
            }
        }
        took
    }

    async fn settle(&self) {
        const LAST: &str = "UPDATE threads SET last_seq = (SELECT COALESCE(MAX(seq), 0) FROM messages WHERE thread_id = threads.id)";
        self.run(LAST).await;
    }

    async fn run(&self, statement: &'static str) {
        match &self.stage.database.db {
            Db::Sqlite { writer, .. } => drop(sqlx::query(statement).execute(writer).await.unwrap()),
            Db::Postgres(pool) => drop(sqlx::query(statement).execute(pool).await.unwrap()),
        }
    }

    async fn bytes(&self, sqlite: &'static str, postgres: &'static str) -> f64 {
        let (bytes,): (i64,) = match &self.stage.database.db {
            Db::Sqlite { writer, .. } => sqlx::query_as(sqlite).fetch_one(writer).await.unwrap(),
            Db::Postgres(pool) => sqlx::query_as(postgres).fetch_one(pool).await.unwrap(),
        };
        bytes as f64 / 1e6
    }

    async fn search(&self, text: &str) {
        let mut times = Vec::new();
        let mut found = 0;
        let mut more = false;
        for _ in 0..TIMES {
            let query = search::parse(text).query(search::Date::begins_in_utc);
            let asked = SearchMessages {
                query,
                before: None,
                limit: limits::SEARCH_HITS,
            };
            let started = Instant::now();
            let page = self.ana.ask(asked).await.unwrap();
            times.push(started.elapsed().as_secs_f64() * 1e3);
            (found, more) = (page.hits.len(), page.next.is_some());
        }
        times.sort_by(f64::total_cmp);
        let more = if more { "and more" } else { "" };
        println!(
            "| `{text}` | {found} {more} | {:.1} | {:.1} |",
            times[TIMES / 2],
            times[TIMES - 1]
        );
    }
}

#[tokio::test]
#[ignore = "takes minutes: see scripts/measure-search"]
async fn how_long_a_search_takes() {
    let count: usize = env::var("SEARCH_MESSAGES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(1_000_000);
    let engine = match env::var("SEARCH_ENGINE").as_deref() {
        Ok("postgres") => Engine::Postgres,
        _ => Engine::Sqlite,
    };
    let scene = Scene::new(engine).await;
    let mut dice = Dice(0x7469_6469_6e67_7321);
    let words = words(&mut dice);
    let started = Instant::now();
    scene.say(0, count, &words, &mut dice).await;
    scene.settle().await;
    println!(
        "{count} messages on {engine:?}, stored in {:.0} s",
        started.elapsed().as_secs_f64()
    );
    let all = scene
        .bytes(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
            "SELECT pg_database_size(current_database())",
        )
        .await;
    let index = scene
        .bytes(
            "SELECT SUM(pgsize) FROM dbstat WHERE name LIKE 'message_index%'",
            "SELECT COALESCE((SELECT pg_relation_size(oid) FROM pg_class WHERE relname = 'messages_body'), 0)",
        )
        .await;
    println!("{all:.0} MB, of which the index has {index:.0} MB");
    println!("| search | found | median ms | longest ms |\n|---|---|---|---|");
    for text in [
        "zyxwvut",
        "appointment",
        "the",
        "\"appointment on thursday\"",
        "thursday appointment the",
        "point",
        "ab",
        "e",
        "qx",
        "会議",
        "会",
        "珍獣",
        "明日の会議",
        "the from:person7",
        "appointment in:person3",
        "from:person7",
        "the after:2026-11-20 before:2026-12-20",
        "elsewhere",
        "elsewhere from:ana",
        "theringmention",
        "quartz",
        "has:image",
        "has:voice",
        "has:file appointment",
        "has:voice quartz",
        "the has:voice",
        "has:image \"appointment on thursday\"",
        "client:harbour",
        "client:harbour the",
        "client:harbour has:image",
    ] {
        scene.search(text).await;
    }
    // Each run with and without, one after the other, so that what else the machine does concerns both.
    if engine == Engine::Sqlite {
        let more = 10_000;
        let (mut with, mut without) = (Duration::ZERO, Duration::ZERO);
        let mut from = count;
        for _ in 0..3 {
            with += scene.say(from, more, &words, &mut dice).await;
            scene.run("DROP TRIGGER message_added").await;
            without += scene.say(from + more, more, &words, &mut dice).await;
            scene
                .run(
                    "CREATE TRIGGER message_added AFTER INSERT ON messages WHEN new.kind = 'text' BEGIN \
                     INSERT INTO message_index (rowid, body) VALUES (new.place, new.body || char(10, 10)); END",
                )
                .await;
            from += 2 * more;
        }
        println!(
            "storing {} more: {:.2} s with the index, {:.2} s without: {:.2} times",
            3 * more,
            with.as_secs_f64(),
            without.as_secs_f64(),
            with.as_secs_f64() / without.as_secs_f64()
        );
    }
}
