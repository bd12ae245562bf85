//! Finding messages: whatever is asked, only by those who may, and nothing that is no longer said.

use std::time::Duration;

use sqlx::{Executor, SqlSafeStr};
use tidings_protocol::{
    Body, ErrorCode, Seq, ThreadId, Timestamp, UserId,
    command::{DeleteMessage, EditMessage, LocateDate, SearchMessages},
    limits,
    reply::{Hit, Hits},
    search::{self, Date, Place, Query},
};
use tidings_server::store::Db;

use crate::{
    engine::Engine,
    stage::{Person, START, Stage},
};

/// Messages beyond which an index is used.
const MANY: u32 = 4_500;

fn query(text: &str) -> Query {
    search::parse(text).query(Date::begins_in_utc)
}

fn looking(text: &str) -> SearchMessages {
    SearchMessages {
        query: query(text),
        before: None,
        limit: limits::SEARCH_HITS,
    }
}

async fn hits(person: &Person, text: &str) -> Hits {
    person.ask(looking(text)).await.unwrap()
}

fn text(hit: &Hit) -> String {
    hit.snippet.iter().map(|span| span.text.as_str()).collect()
}

/// What is found, newest first.
async fn found(person: &Person, text_sought: &str) -> Vec<String> {
    let hits = hits(person, text_sought).await;
    assert_eq!(hits.note, None, "{text_sought}");
    hits.hits.iter().map(text).collect()
}

async fn note(person: &Person, text: &str) -> String {
    let hits = hits(person, text).await;
    assert_eq!((hits.hits.len(), hits.next), (0, None), "{text}");
    hits.note.unwrap()
}

/// Says much that nobody looks for, after what was said already, without the service.
async fn babble(stage: &Stage, thread: ThreadId, sender: UserId, body: &str) {
    let (thread, sender) = (thread.0.simple(), sender.0.simple());
    let columns = "thread_id, seq, id, sender_id, local_id, kind, body, sent_at, place";
    let last = "(SELECT last_seq FROM threads WHERE id = $T)";
    let place = "(SELECT COALESCE(MAX(place), 0) FROM messages)";
    let values = format!(
        "$T, {last} + n, $R, $S, $R, 'text', '{body} ' || n, {} + n, {place} + n",
        START.0
    );
    let moved = format!("UPDATE threads SET last_seq = last_seq + {MANY} WHERE id = $T");
    let (numbers, random, quoted): (String, &str, fn(&dyn std::fmt::Display) -> String) = match &stage
        .database
        .db
    {
        Db::Sqlite { .. } => (
            format!(
                "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {MANY})"
            ),
            "randomblob(16)",
            |id| format!("x'{id}'"),
        ),
        Db::Postgres(_) => (
            format!("WITH numbers AS (SELECT generate_series(1, {MANY}) AS n)"),
            "gen_random_uuid()",
            |id| format!("'{id}'::uuid"),
        ),
    };
    for statement in [
        format!("{numbers} INSERT INTO messages ({columns}) SELECT {values} FROM numbers"),
        moved,
    ] {
        let statement = statement
            .replace("$T", &quoted(&thread))
            .replace("$S", &quoted(&sender))
            .replace("$R", random);
        let statement = sqlx::AssertSqlSafe(statement).into_sql_str();
        match &stage.database.db {
            Db::Sqlite { writer, .. } => writer.execute(statement).await.map(drop).unwrap(),
            Db::Postgres(pool) => pool.execute(statement).await.map(drop).unwrap(),
        }
    }
}

/// What people look for, and what they look for it by.
const SAID: [(&str, &[&str]); 12] = [
    (
        "I don’t know, I don't mind.",
        &["don't", "don’t", "n't k", "DON'T"],
    ),
    ("She writes C++ and C#.", &["C++", "c++", "C#", "+ and"]),
    ("About 50% of a_b, or 5\\0.", &["50%", "a_b", "5\\0", "0% o"]),
    (
        "明日の会議は三時です",
        &["会議", "会", "会議は", "明日の会議", "です"],
    ),
    ("회의는 내일입니다", &["회의", "내일입니다"]),
    (
        "The appointment is on Thursday.",
        &[
            "appoint",
            "pointment",
            "APPOINTMENT thu",
            "\"on thursday\"",
            "thursday.",
        ],
    ),
    ("Say \"when\" or 'if'", &["\"when\"", "'if'", "say when"]),
    (
        "NEAR(a b) AND NOT (c* OR d^2)",
        &["NEAR(a", "NOT (c*", "d^2", "AND", "\"a b)\"", "c*"],
    ),
    (
        "Bring\nthe keys,   please",
        &["\"bring the keys\"", "\"keys, please\"", "keys bring"],
    ),
    ("Well done 🎉👍🏽", &["🎉", "👍", "🎉👍🏽"]),
    ("x", &["x"]),
    (
        "https://example.org/a?b=c&d=%20",
        &["example.org/a?b", "b=c&d", "%20", "https://"],
    ),
];

crate::on_both_engines! {
    async fn whatever_is_written_can_be_found(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        for (said, _) in SAID {
            ana.say(thread, said).await;
        }
        // At first all messages are looked through, and then there are too many for that.
        for round in 0..2 {
            for (said, sought) in SAID {
                let shown = said.split_whitespace().collect::<Vec<_>>().join(" ");
                for sought in sought {
                    let found = found(&ben, sought).await;
                    assert!(found.contains(&shown), "{sought:?} finds {said:?} in round {round}: {found:?}");
                }
            }
            for nothing in ["qqq", "会社", "ß", "C--", "51%", "don't mind it", "\"keys bring\"", "thursday 会議"] {
                assert_eq!(found(&ben, nothing).await, [""; 0], "{nothing} in round {round}");
            }
            babble(stage, thread, ben.id(), "Lorem ipsum").await;
        }
    }

    async fn a_hit_says_where_and_shows_what(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        ana.say(thread, "Nothing.").await;
        let said = ben.say(thread, "The Room next to the room.").await;
        let found = hits(&ana, "room next").await;
        let [hit] = &found.hits[..] else { panic!("{found:?}") };
        assert_eq!((hit.thread, hit.seq, hit.sender, hit.sent_at), (thread, Seq(2), ben.id(), said.sent_at));
        let marked: Vec<_> = hit.snippet.iter().filter(|span| span.hit).map(|span| span.text.as_str()).collect();
        assert_eq!(marked, ["Room", "next", "room"]);
        assert_eq!((found.next, found.note), (None, None));
    }

    async fn nobody_finds_what_is_said_elsewhere(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let eve = stage.staff("eve").await;
        let hers = eve.open(&ben, None).await.thread.id;
        let client = ana.add_client("The Marlow family").await;
        let thread = ana.open(&ben, Some(client)).await.thread.id;
        ana.say(thread, "canary-seven").await;
        eve.say(hers, "Anything.").await;
        // Neither by looking through little, nor by the index.
        for _ in 0..2 {
            for sought in ["canary", "canary-seven", "ca", "c", "canary from:ana", "from:ana", "before:2100-01-01 can"] {
                let mut before = None;
                loop {
                    let page = eve.ask(SearchMessages { before, ..looking(sought) }).await.unwrap();
                    assert_eq!((page.hits.len(), page.note), (0, None), "{sought}");
                    assert_eq!(page.next, None, "{sought}: not even that there is something to go on with");
                    before = page.next;
                    if before.is_none() {
                        break;
                    }
                }
                assert!(!found(&ben, sought).await.is_empty(), "{sought}");
            }
            // Whether such a thread is there is no more than what is in it.
            let there = note(&eve, &format!("in:{thread} canary")).await;
            let nowhere = ThreadId(uuid::Uuid::now_v7());
            assert_eq!(there.replace(&thread.to_string(), ""), note(&eve, &format!("in:{nowhere} canary")).await.replace(&nowhere.to_string(), ""));
            assert!(note(&eve, "client:marlow").await.contains("no thread"));
            assert!(note(&eve, "in:ana").await.contains("no thread"));
            babble(stage, hers, eve.id(), "Lorem ipsum").await;
        }
    }

    async fn an_edit_and_a_deletion_are_found_at_once(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        for _ in 0..2 {
            let seq = ana.say(thread, "The café at noon.").await.seq;
            assert_eq!(found(&ben, "café noon").await.len(), 1);
            let body = Body::new("The library at nine.").unwrap();
            ana.ask(EditMessage { thread, seq, body }).await.unwrap();
            assert_eq!(found(&ben, "café").await, [""; 0]);
            assert_eq!(found(&ben, "library nine").await, ["The library at nine."]);
            ana.ask(DeleteMessage { thread, seq }).await.unwrap();
            for sought in ["café", "library", "ni", "from:ana"] {
                assert!(!found(&ben, sought).await.iter().any(|said| said.contains("at n")), "{sought}");
            }
            babble(stage, thread, ben.id(), "Lorem ipsum").await;
        }
    }

    async fn pages_follow_each_other_without_gaps(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        babble(stage, thread, ben.id(), "Lorem ipsum").await;
        for n in 0..45 {
            ana.say(thread, &format!("needle {n}")).await;
        }
        babble(stage, thread, ben.id(), "Dolor sit amet").await;
        for (sought, limit) in [("needle", 20), ("needle", 7), ("ne", 20), ("from:ana", 20)] {
            let mut seen = Vec::new();
            let mut before: Option<Place> = None;
            loop {
                let search = SearchMessages { before, limit, ..looking(sought) };
                let page = ana.ask(search).await.unwrap();
                assert!(page.hits.len() <= limit as usize);
                seen.extend(page.hits.iter().map(text));
                before = page.next;
                if before.is_none() {
                    break;
                }
            }
            let all: Vec<_> = (0..45).rev().map(|n| format!("needle {n}")).collect();
            assert_eq!(seen, all, "{sought} by {limit}");
        }
    }

    async fn filters_narrow_what_is_found(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let dara = stage.staff("dara").await;
        let client = ana.add_client("The Marlow family").await;
        let about = ana.open(&ben, Some(client)).await.thread.id;
        let internal = ana.open(&dara, None).await.thread.id;
        ana.say(about, "room one").await;
        stage.clock.advance(Duration::from_secs(3 * 24 * 3600));
        ben.say(about, "room two").await;
        dara.say(internal, "room three").await;
        let middle = Timestamp(START.0 + 24 * 3600 * 1000);
        // The same with so much said that an index is used.
        for _ in 0..2 {
            for (sought, expected) in [
                ("room from:ana", &["room one"][..]),
                ("room from:me", &["room one"]),
                ("room from:BEN from:\"dara adeyemi\"", &["room three", "room two"]),
                ("room in:dara", &["room three"]),
                ("room client:marlow", &["room two", "room one"]),
                ("client:\"the marlow\" from:ben room", &["room two"]),
                ("room in:ben from:dara", &[]),
                ("from:dara room", &["room three"]),
            ] {
                assert_eq!(found(&ana, sought).await, expected, "{sought}");
            }
            for (before, after, expected) in [
                (Some(middle), None, &["room one"][..]),
                (None, Some(middle), &["room three", "room two"]),
                (Some(middle), Some(middle), &[]),
                (Some(Timestamp(i64::MAX)), Some(Timestamp(i64::MIN)), &["room three", "room two", "room one"]),
                (None, Some(Timestamp(i64::MAX)), &[]),
            ] {
                let query = Query { before, after, ..query("room") };
                let page = ana.ask(SearchMessages { query, ..looking("") }).await.unwrap();
                assert_eq!(page.hits.iter().map(text).collect::<Vec<_>>(), expected, "{before:?} {after:?}");
            }
            babble(stage, internal, ana.id(), "Lorem ipsum").await;
        }
    }

    async fn what_can_not_be_searched_for_is_said(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        ana.say(thread, "... %%% --- ???").await;
        let raw = |terms: &[&str]| {
            let terms = terms.iter().map(|term| (*term).to_owned()).collect();
            SearchMessages { query: Query { terms, ..Query::default() }, ..looking("") }
        };
        for terms in [&["..."][..], &["%"], &["\"\"", "*"], &["\0"], &["\u{301}"], &["( ) \" '"]] {
            let page = ana.ask(raw(terms)).await.unwrap();
            assert_eq!((page.hits.len(), page.next), (0, None), "{terms:?}");
            assert!(page.note.unwrap().contains("Punctuation"), "{terms:?}");
        }
        assert!(note(&ana, "").await.contains("Search for"));
        assert!(note(&ana, "from:zoe x").await.contains("Nobody is called “zoe”"));
        assert!(note(&ana, "in:zoe x").await.contains("no thread called “zoe”"));
        assert!(note(&ana, "client:zoe x").await.contains("client called “zoe”"));
        assert!(note(&ana, "in:%").await.contains("no thread called “%”"));
        assert_eq!(found(&ana, "a\u{0}b").await, [""; 0]);

        let long = "x".repeat(limits::QUERY_MAX_CHARS + 1);
        let many = vec!["x"; limits::QUERY_TERMS_MAX + 1];
        for terms in [&[long.as_str()][..], &many] {
            let error = ana.refusal(raw(terms)).await;
            assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("query")));
        }
        let longest = "x".repeat(limits::QUERY_MAX_CHARS);
        assert_eq!(found(&ana, &longest).await, [""; 0]);
        for limit in [0, u32::MAX] {
            ana.ask(SearchMessages { limit, ..looking("x") }).await.unwrap();
        }
        for before in [Place(i64::MIN), Place(0), Place(i64::MAX)] {
            ana.ask(SearchMessages { before: Some(before), ..looking("x") }).await.unwrap();
        }
    }

    async fn a_day_is_located_in_its_thread(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let eve = stage.staff("eve").await;
        let thread = ana.open(&ben, None).await.thread.id;
        let locate = |at: i64| LocateDate { thread, at: Timestamp(at) };
        assert_eq!(ana.ask(locate(0)).await.unwrap(), Seq::ZERO);
        for n in 0..7 {
            ana.say(thread, &format!("day {n}")).await;
            stage.clock.advance(Duration::from_secs(24 * 3600));
        }
        let day = |n: i64| START.0 + n * 24 * 3600 * 1000;
        for (at, seq) in [
            (i64::MIN, 1),
            (day(0), 1),
            (day(0) + 1, 2),
            (day(3), 4),
            (day(5) + 5, 7),
            (day(6) + 1, 7),
            (i64::MAX, 7),
        ] {
            assert_eq!(ben.ask(locate(at)).await.unwrap(), Seq(seq), "{at}");
        }
        assert_eq!(eve.refusal(locate(0)).await.code, ErrorCode::NotFound);
    }
}

#[tokio::test]
async fn accents_make_no_difference_in_long_words() {
    let stage = Stage::new(Engine::Sqlite).await;
    let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
    let thread = ana.open(&ben, None).await.thread.id;
    ana.say(thread, "Ein Café in Łódź, señor Müller").await;
    for _ in 0..2 {
        for sought in ["cafe", "CAFÉ", "senor", "muller", "MÜLLER", "Łódź"] {
            assert_eq!(found(&ben, sought).await.len(), 1, "{sought}");
        }
        babble(&stage, thread, ben.id(), "Lorem ipsum").await;
    }
}

/// All that the database's files hold.
fn on_disk(stage: &Stage) -> Vec<u8> {
    let path = stage.database.url.strip_prefix("sqlite://").unwrap();
    ["", "-wal"]
        .iter()
        .filter_map(|end| std::fs::read(format!("{path}{end}")).ok())
        .flatten()
        .collect()
}

fn is_in(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn nothing_is_left_on_disk_of_what_was_deleted_or_said_before() {
    let stage = Stage::new(Engine::Sqlite).await;
    let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
    let thread = ana.open(&ben, None).await.thread.id;
    let (first, second, kept) = ("Xylophone-quartz", "Vexing-jackdaws", "Plinth-mosaic");
    ana.say(thread, kept).await;
    let seq = ana.say(thread, first).await.seq;
    let body = Body::new(second).unwrap();
    ana.ask(EditMessage { thread, seq, body }).await.unwrap();
    babble(&stage, thread, ben.id(), "Lorem ipsum").await;
    assert!(
        is_in(&on_disk(&stage), first),
        "the versions of a message are kept while it is there"
    );
    ana.ask(DeleteMessage { thread, seq }).await.unwrap();
    stage.database.db.close().await;
    let left = on_disk(&stage);
    assert!(is_in(&left, kept));
    // Neither the texts, nor triples that only they have.
    for gone in [first, second, "xyl", "jac"] {
        assert!(!is_in(&left, gone), "{gone}");
    }
}
