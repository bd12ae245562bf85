//! A small organisation, a server that fits in a hand, and ways to put a device through anything.

#![allow(dead_code, reason = "each test file uses its own part of what is here")]

pub mod driver;
pub mod server;
pub mod world;

use proptest::test_runner::{Config, RngSeed};
use tidings_device::Boot;
use tidings_protocol::{
    AccountRole, Body, DisplayName, Epoch, History, LinkPreview, LocalId, Member, MemberRole, Message,
    MessageId, Position, Presences, Seq, SessionId, SmartReplySettings, Snapshot, Thread, ThreadId,
    ThreadKind, ThreadSettings, ThreadView, Timestamp, User, UserId, Username,
};
use uuid::Uuid;

/// When every test begins.
pub const NOON: Timestamp = Timestamp(1_790_000_000_000);

/// The same so many cases each time; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` look further.
pub fn cases(number: u32) -> Config {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return config;
    }
    Config {
        cases: number,
        rng_seed: RngSeed::Fixed(1),
        ..config
    }
}

pub fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn user_id(number: u128) -> UserId {
    UserId(uuid(0x1000 + number))
}

pub fn thread_id(number: u128) -> ThreadId {
    ThreadId(uuid(0x2000 + number))
}

pub fn epoch(number: u128) -> Epoch {
    Epoch(uuid(0x3000 + number))
}

pub fn session(number: u128) -> SessionId {
    SessionId(uuid(0x4000 + number))
}

pub fn body(text: &str) -> Body {
    Body::new(text).unwrap()
}

pub fn user(number: u128) -> User {
    User {
        id: user_id(number),
        username: Username::new(&format!("user{number}")).unwrap(),
        display_name: DisplayName::new(&format!("User {number}")).unwrap(),
        role: AccountRole::Staff,
        active: true,
        last_seen: None,
    }
}

pub fn member(number: u128) -> Member {
    Member::new(user_id(number), MemberRole::Member, Seq::ZERO)
}

pub fn thread(number: u128, members: &[u128]) -> Thread {
    Thread {
        id: thread_id(number),
        kind: if members.len() == 2 {
            ThreadKind::Direct
        } else {
            ThreadKind::Group
        },
        title: None,
        history: History::default(),
        client: None,
        members: members.iter().map(|number| member(*number)).collect(),
        created_at: NOON,
    }
}

/// What the page at `https://a.example` says of itself.
pub fn preview() -> Box<LinkPreview> {
    Box::new(LinkPreview {
        url: "https://a.example".to_owned(),
        host: None,
        site: None,
        title: "A page".to_owned(),
        description: None,
    })
}

/// A message whose ids follow from where it stands.
pub fn message(thread: u128, seq: i64, sender: u128, text: &str) -> Message {
    let number = (thread << 32) + u128::try_from(seq).unwrap();
    Message {
        id: MessageId(uuid((0x5000 << 64) + number)),
        thread: thread_id(thread),
        seq: Seq(seq),
        sender: user_id(sender),
        local_id: LocalId(uuid((0x6000 << 64) + number)),
        content: body(text).into(),
        reply_to: None,
        forwarded: false,
        sent_at: Timestamp(NOON.0 + seq),
        edited_at: None,
        reactions: Vec::new(),
        preview: None,
        revision: 0,
    }
}

pub fn view(thread: Thread) -> ThreadView {
    ThreadView {
        thread,
        last_seq: Seq::ZERO,
        last_message: None,
        unread: 0,
        mentions: Vec::new(),
        rewound: None,
        settings: ThreadSettings::default(),
        settings_revision: 0,
    }
}

pub fn at(offset: u64) -> Position {
    Position {
        epoch: epoch(1),
        offset,
    }
}

/// User 1's snapshot of the given threads.
pub fn snapshot(threads: Vec<ThreadView>) -> Snapshot {
    Snapshot {
        position: at(0),
        taken_at: NOON,
        me: user(1),
        session: session(1),
        smart_replies: SmartReplySettings::default(),
        users: (1..=4).map(user).collect(),
        clients: Vec::new(),
        threads,
        presences: Presences {
            complete: true,
            users: Vec::new(),
        },
    }
}

/// User 1 and user 2 share thread 1, in which nothing has been said.
pub fn boot() -> Boot {
    Boot {
        snapshot: snapshot(vec![view(thread(1, &[1, 2]))]),
        pages: Vec::new(),
    }
}
