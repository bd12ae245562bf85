//! Whatever a server sends, in whichever order: a device doesn't stop, doesn't hang, and is well again as soon as the
//! server is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use std::time::Duration;

use proptest::prelude::*;
use support::{
    boot, cases, driver::Driver, epoch, member, message, session, snapshot, thread, thread_id, user, user_id,
    uuid, view,
};
use tidings_device::{Detour, Effect, Fault, Input, Question, Transport};
use tidings_protocol::{
    ApiError, ClientId, ConnectionId, ErrorCode, Event, LocalId, Member, Message, Page, Position, Presence,
    Presences, Reply, Seq, ServerFrame, SessionId, Signal, Snapshot, Thread, ThreadId, ThreadView, Timestamp,
    User, UserId, command::SearchPeople, presence::UserPresence, reply::ReadMark,
};

/// Effects of one input, at most: a call for each waiting message and a redraw for each thing that is shown.
const EFFECTS_MAX: usize = 1_500;

fn seq() -> impl Strategy<Value = Seq> {
    prop_oneof![
        6 => (0_i64..6).prop_map(Seq),
        1 => prop_oneof![Just(i64::MIN), Just(-1), Just(1 << 53), Just(i64::MAX - 1), Just(i64::MAX)]
            .prop_map(Seq),
    ]
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        4 => (0_i64..1_000_000).prop_map(|ms| Timestamp(support::NOON.0 + ms)),
        1 => prop_oneof![Just(i64::MIN), Just(-1), Just(0), Just(i64::MAX)].prop_map(Timestamp),
    ]
}

fn place() -> impl Strategy<Value = Position> {
    let offset = prop_oneof![6 => 0_u64..8, 1 => Just(1 << 53), 1 => Just(u64::MAX)];
    (1_u128..3, offset).prop_map(|(history, offset)| Position {
        epoch: epoch(history),
        offset,
    })
}

fn someone() -> impl Strategy<Value = UserId> {
    (1_u128..6).prop_map(user_id)
}

fn somewhere() -> impl Strategy<Value = ThreadId> {
    (1_u128..4).prop_map(thread_id)
}

fn account() -> impl Strategy<Value = User> {
    (1_u128..6, any::<bool>(), time()).prop_map(|(number, active, seen)| User {
        active,
        last_seen: Some(seen),
        ..user(number)
    })
}

fn some_message() -> impl Strategy<Value = Message> {
    (somewhere(), seq(), someone(), 1_u128..9, time()).prop_map(|(thread, seq, sender, number, sent_at)| {
        Message {
            thread,
            seq,
            sender,
            local_id: LocalId(uuid(number)),
            sent_at,
            ..message(1, 1, 1, "Hello.")
        }
    })
}

fn some_member() -> impl Strategy<Value = Member> {
    (1_u128..6, seq(), seq()).prop_map(|(number, read_seq, delivered_seq)| Member {
        read_seq,
        delivered_seq,
        ..member(number)
    })
}

fn some_thread() -> impl Strategy<Value = Thread> {
    let members = prop::collection::vec(some_member(), 0..4);
    (1_u128..4, members, time(), any::<bool>()).prop_map(|(number, members, created_at, about)| Thread {
        members,
        created_at,
        client: about.then(|| ClientId(uuid(77))),
        ..thread(number, &[])
    })
}

fn some_view() -> impl Strategy<Value = ThreadView> {
    (
        some_thread(),
        seq(),
        prop::option::of(some_message()),
        any::<u32>(),
    )
        .prop_map(|(thread, last_seq, last_message, unread)| ThreadView {
            last_seq,
            last_message,
            unread,
            mentions: vec![last_seq],
            ..view(thread)
        })
}

fn some_presences() -> impl Strategy<Value = Presences> {
    let one = (someone(), prop::option::of(time())).prop_map(|(user, last_seen)| UserPresence {
        user,
        presence: Presence::Online,
        last_seen,
    });
    (any::<bool>(), prop::collection::vec(one, 0..3))
        .prop_map(|(complete, users)| Presences { complete, users })
}

fn some_snapshot() -> impl Strategy<Value = Snapshot> {
    let threads = prop::collection::vec(some_view(), 0..4);
    (
        place(),
        time(),
        threads,
        prop::collection::vec(account(), 0..4),
        some_presences(),
    )
        .prop_map(|(position, taken_at, threads, users, presences)| Snapshot {
            position,
            taken_at,
            users,
            presences,
            ..snapshot(threads)
        })
}

fn mark() -> impl Strategy<Value = ReadMark> {
    (somewhere(), seq(), any::<u32>()).prop_map(|(thread, seq, unread)| ReadMark { thread, seq, unread })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => some_message().prop_map(|message| Event::MessageSent { message }),
        1 => (somewhere(), someone(), seq())
            .prop_map(|(thread, user, seq)| Event::MessagesRead { thread, user, seq }),
        1 => (somewhere(), someone(), seq())
            .prop_map(|(thread, user, seq)| Event::MessagesDelivered { thread, user, seq }),
        1 => mark().prop_map(|mark| Event::UnreadChanged { mark }),
        1 => (some_thread(), prop::collection::vec(account(), 0..3))
            .prop_map(|(thread, users)| Event::ThreadOpened { thread, users, client: None }),
        1 => account().prop_map(|user| Event::UserChanged { user }),
        1 => (2_u128..5).prop_map(|number| Event::SessionEnded { session: session(number) }),
        1 => Just(Event::Unknown),
    ]
}

fn reply() -> impl Strategy<Value = Reply> {
    let page = (somewhere(), prop::collection::vec(some_message(), 0..6), seq()).prop_map(
        |(thread, messages, last_seq)| Page {
            thread,
            messages,
            last_seq,
        },
    );
    prop_oneof![
        1 => Just(Reply::Done),
        2 => some_message().prop_map(Reply::from),
        2 => page.prop_map(Reply::from),
        1 => mark().prop_map(Reply::from),
        1 => some_view().prop_map(Reply::from),
        1 => account().prop_map(Reply::from),
        1 => prop::collection::vec(account(), 0..3).prop_map(Reply::from),
    ]
}

fn refusal() -> impl Strategy<Value = ApiError> {
    let code = prop_oneof![
        Just(ErrorCode::Conflict),
        Just(ErrorCode::Internal),
        Just(ErrorCode::Invalid),
        Just(ErrorCode::NotFound),
        Just(ErrorCode::RateLimited),
        Just(ErrorCode::Unavailable),
        Just(ErrorCode::Unknown),
    ];
    (code, prop::option::of(any::<u32>())).prop_map(|(code, retry_after)| ApiError {
        retry_after,
        ..ApiError::new(code, "No.")
    })
}

fn frame() -> impl Strategy<Value = ServerFrame> {
    prop_oneof![
        2 => (1_u16..4, someone(), 1_u128..3, prop::option::of(some_snapshot())).prop_map(
            |(version, user, number, snapshot)| ServerFrame::Welcome {
                version,
                connection: ConnectionId(uuid(1)),
                user,
                session: SessionId(uuid(number)),
                snapshot: snapshot.map(Box::new),
            }
        ),
        6 => (place(), event()).prop_map(|(position, event)| ServerFrame::Event { position, event }),
        1 => (somewhere(), someone())
            .prop_map(|(thread, user)| ServerFrame::Signal { signal: Signal::TypingStarted { thread, user } }),
        1 => (somewhere(), someone())
            .prop_map(|(thread, user)| ServerFrame::Signal { signal: Signal::TypingStopped { thread, user } }),
        1 => some_presences()
            .prop_map(|presences| ServerFrame::Signal { signal: Signal::Presence { presences } }),
        3 => (0_u64..8, reply()).prop_map(|(id, reply)| ServerFrame::Reply { id, reply }),
        2 => (0_u64..8, refusal()).prop_map(|(id, error)| ServerFrame::Refused { id, error }),
        1 => refusal().prop_map(|error| ServerFrame::Error { error }),
        3 => (place(), prop_oneof![0_u64..8, Just(u64::MAX)])
            .prop_map(|(head, sent)| ServerFrame::Beat { head, sent }),
        1 => Just(ServerFrame::Unknown),
    ]
}

fn transport() -> impl Strategy<Value = Transport> {
    prop_oneof![Just(Transport::Socket), Just(Transport::LongPoll)]
}

fn close_code() -> impl Strategy<Value = u16> {
    prop_oneof![
        Just(1006_u16),
        Just(1011),
        Just(1012),
        Just(4008),
        Just(4009),
        Just(3999)
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![Just(Fault::Refused), Just(Fault::Silent), Just(Fault::Cut)]
}

/// What the person and the browser do meanwhile.
fn input() -> impl Strategy<Value = Input> {
    let local_id = (1_u128..9).prop_map(|number| LocalId(uuid(number)));
    prop_oneof![
        12 => frame().prop_map(|frame| Input::Frame(Box::new(frame))),
        3 => transport().prop_map(Input::Opened),
        1 => (transport(), prop::option::of(close_code())).prop_map(|(over, code)| Input::Closed { over, code }),
        1 => (fault(), time()).prop_map(|(fault, until)| Input::Remembered(Detour { fault, until })),
        2 => Just(Input::Wake),
        1 => prop_oneof![
            Just(Input::NetworkUp), Just(Input::Shown), Just(Input::Hidden), Just(Input::TryNow),
            Just(Input::Active), Just(Input::ThreadClosed), Just(Input::Start), Just(Input::NetworkDown),
            Just(Input::Measure),
        ],
        2 => somewhere().prop_map(|thread| Input::Send { thread, body: support::body("Mine."), reply_to: None }),
        1 => (local_id.clone(), any::<bool>()).prop_map(|(local_id, kept)| Input::Saved { local_id, kept }),
        1 => local_id.clone().prop_map(Input::Retry),
        1 => local_id.prop_map(Input::Discard),
        1 => (somewhere(), any::<bool>()).prop_map(|(thread, empty)| Input::Typed { thread, empty }),
        2 => somewhere().prop_map(Input::ThreadOpened),
        1 => somewhere().prop_map(Input::LoadOlder),
        1 => somewhere().prop_map(Input::LoadNewer),
        1 => somewhere().prop_map(Input::JumpToLatest),
        1 => (somewhere(), seq()).prop_map(|(thread, seq)| Input::Seen { thread, seq }),
        1 => (0_u64..4).prop_map(|number| Input::Ask {
            question: Question(number),
            command: Box::new(SearchPeople { text: String::new() }.into()),
        }),
    ]
}

/// Everything that a page would draw.
fn look_at(driver: &Driver) {
    let device = &driver.device;
    for number in 1..4 {
        let thread = thread_id(number);
        let rows = device.timeline(thread).rows;
        assert!(
            rows.len() <= 2 * tidings_protocol::limits::WINDOW_ROWS,
            "{}",
            rows.len()
        );
        drop((device.thread(thread).is_some(), device.unread(thread), rows));
    }
    for number in 1..6 {
        let _presence = device.presence(user_id(number));
    }
    let _banner = driver.banner();
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn whatever_comes_a_device_goes_on_and_is_well_when_the_server_is(
        inputs in prop::collection::vec((input(), 0_u64..40_000), 1..60),
    ) {
        let mut driver = Driver::started(boot());
        for (input, passes) in inputs {
            driver.take();
            driver.give_and_save(input);
            prop_assert!(driver.effects.len() < EFFECTS_MAX, "{} effects", driver.effects.len());
            driver.pass(Duration::from_millis(passes));
            look_at(&driver);
            if driver.wants(&Effect::SignedOut) || driver.wants(&Effect::Outdated) {
                // It was told not to go on.
                return Ok(());
            }
        }

        // A server that is well starts it afresh.
        driver.give(Input::OutboxLoaded(Vec::new()));
        driver.drop_link();
        driver.give(Input::TryNow);
        driver.open();
        if driver.wants(&Effect::SignedOut) || driver.wants(&Effect::Outdated) {
            return Ok(());
        }
        driver.take();
        driver.offset = 10;
        let position = Position { epoch: epoch(9), offset: 10 };
        let fresh = Snapshot { position, ..snapshot(vec![view(thread(1, &[1, 2]))]) };
        driver.welcome(Some(fresh));
        driver.frame(ServerFrame::Beat { head: position, sent: 0 });
        prop_assert!(driver.device.is_live(), "{:?}", driver.banner());
        let said = message(1, 1, 2, "All is well.");
        driver.frame(ServerFrame::Event {
            position: Position { epoch: epoch(9), offset: 11 },
            event: Event::MessageSent { message: said },
        });
        driver.give(Input::ThreadOpened(thread_id(1)));
        let rows = driver.device.timeline(thread_id(1)).rows;
        prop_assert!(
            rows.iter().any(|row| row.content.text() == "All is well."),
            "{rows:?}"
        );
    }
}
