//! Whatever a server sends, in whichever order: a device doesn't stop, doesn't hang, holds no more than it was given, and
//! is well again as soon as the server is. One event that it can't use costs it nothing but that event.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use std::{ops::RangeInclusive, time::Duration};

use bolero::{Driver as Chance, ValueGenerator, check};
use support::{
    at, body, boot, driver::Driver, epoch, member, message, preview, session, snapshot, thread, thread_id,
    user, user_id, uuid, view,
};
use tidings_device::{
    Amendment, Detour, Effect, Fault, Input, LongPoll, Question, SettingsChange, Transport, Unsent, Which,
    long_poll::{Errand, Failure, Next},
};
use tidings_fuzzing::{chance, spoilt, up_to, within_bounds};
use tidings_protocol::{
    ApiError, ClientId, Command, ConnectionId, Content, DeviceFrame, Emoji, ErrorCode, Event, History,
    LocalId, Member, MemberRole, Message, NotifyLevel, Page, PollAnswer, Position, Presence, Presences,
    Reply, Rewound, Seq, ServerFrame, SessionId, Signal, SmartReplySettings, Snapshot, Thread, ThreadId,
    ThreadSettings, ThreadView, Timestamp, Title, User, UserId,
    command::{Anchor, LoadMessages, SearchPeople},
    frame, limits,
    presence::UserPresence,
    reply::{ReadMark, SettingsMark},
};

/// Effects of one input, at most: a call for each waiting message and a redraw for each thing that is shown.
const EFFECTS_MAX: usize = 1_500;

/// How much more a device may hold than it was given, both as they are printed: a message is in a thread's history, is
/// its last one, and has a place in several lists.
const HELD_FOR_GIVEN: usize = 8;

/// What it may hold besides, printed.
const HELD_BESIDES: usize = 64 * 1024;

/// Wakes in a second, at most, and how many at once: one for each thing that falls due.
const WAKES_PER_SECOND: u64 = 20;
const WAKES_AT_ONCE: u64 = 100;

/// The farthest that a clock is set at once, in milliseconds: a thousand years.
const CENTURIES_MS: i64 = 1_000 * 365 * 24 * 3_600 * 1_000;

/// Bytes from which one case is made, at most.
const CASE_BYTES: usize = 64 * 1024;

/// A number of this range.
fn within<C: Chance>(c: &mut C, range: RangeInclusive<u64>) -> Option<u64> {
    range.generate(c)
}

fn id<C: Chance>(c: &mut C, range: RangeInclusive<u64>) -> Option<u128> {
    within(c, range).map(u128::from)
}

fn list<C: Chance, T>(c: &mut C, most: usize, one: fn(&mut C) -> Option<T>) -> Option<Vec<T>> {
    (0..up_to(c, most)?).map(|_| one(c)).collect()
}

fn maybe<C: Chance, T>(c: &mut C, one: fn(&mut C) -> Option<T>) -> Option<Option<T>> {
    if c.produce()? {
        one(c).map(Some)
    } else {
        Some(None)
    }
}

/// One of these, each as often as its weight says.
macro_rules! either {
    (@ $at:ident, $weight:literal => $value:expr $(,)?) => {
        $value
    };
    (@ $at:ident, $weight:literal => $value:expr, $($rest:tt)+) => {
        if $at < $weight {
            $value
        } else {
            let _at = $at - $weight;
            either!(@ _at, $($rest)+)
        }
    };
    ($c:ident, $($weight:literal => $value:expr),+ $(,)?) => {{
        let at = up_to($c, 0 $(+ $weight)+ - 1)?;
        either!(@ at, $($weight => $value),+)
    }};
}

fn seq<C: Chance>(c: &mut C) -> Option<Seq> {
    Some(Seq(either!(c,
        6 => i64::try_from(within(c, 0..=5)?).ok()?,
        1 => [i64::MIN, -1, 1 << 53, i64::MAX - 1, i64::MAX][up_to(c, 4)?],
    )))
}

fn time<C: Chance>(c: &mut C) -> Option<Timestamp> {
    Some(Timestamp(either!(c,
        4 => support::NOON.0 + i64::try_from(within(c, 0..=1_000_000)?).ok()?,
        1 => [i64::MIN, -1, 0, i64::MAX][up_to(c, 3)?],
    )))
}

fn place<C: Chance>(c: &mut C) -> Option<Position> {
    let offset = either!(c, 6 => within(c, 0..=7)?, 1 => [1 << 53, u64::MAX][up_to(c, 1)?]);
    Some(Position {
        epoch: epoch(id(c, 1..=2)?),
        offset,
    })
}

fn someone<C: Chance>(c: &mut C) -> Option<UserId> {
    Some(user_id(id(c, 1..=5)?))
}

fn somewhere<C: Chance>(c: &mut C) -> Option<ThreadId> {
    Some(thread_id(id(c, 1..=3)?))
}

fn account<C: Chance>(c: &mut C) -> Option<User> {
    Some(User {
        active: c.produce()?,
        last_seen: Some(time(c)?),
        ..user(id(c, 1..=5)?)
    })
}

fn some_message<C: Chance>(c: &mut C) -> Option<Message> {
    Some(Message {
        thread: somewhere(c)?,
        seq: seq(c)?,
        sender: someone(c)?,
        local_id: some_local_id(c)?,
        reply_to: maybe(c, seq)?,
        forwarded: c.produce()?,
        content: either!(c,
            6 => body("Hello.").into(),
            1 => Content::Deleted,
            1 => Content::Hidden,
            1 => Content::Unknown,
        ),
        sent_at: time(c)?,
        edited_at: maybe(c, time)?,
        preview: c.produce::<bool>()?.then(preview),
        revision: c.produce()?,
        ..message(1, 1, 1, "Hello.")
    })
}

fn some_local_id<C: Chance>(c: &mut C) -> Option<LocalId> {
    Some(LocalId(uuid(id(c, 1..=8)?)))
}

fn some_member<C: Chance>(c: &mut C) -> Option<Member> {
    Some(Member {
        read_seq: seq(c)?,
        delivered_seq: seq(c)?,
        joined: seq(c)?,
        role: role(c)?,
        ..member(id(c, 1..=5)?)
    })
}

fn role<C: Chance>(c: &mut C) -> Option<MemberRole> {
    Some([MemberRole::Member, MemberRole::Admin, MemberRole::Owner][up_to(c, 2)?])
}

fn some_thread<C: Chance>(c: &mut C) -> Option<Thread> {
    Some(Thread {
        members: list(c, 3, some_member)?,
        created_at: time(c)?,
        client: c.produce::<bool>()?.then(|| ClientId(uuid(77))),
        history: [History::FromJoining, History::All][up_to(c, 1)?],
        ..thread(id(c, 1..=3)?, &[])
    })
}

fn some_view<C: Chance>(c: &mut C) -> Option<ThreadView> {
    Some(ThreadView {
        last_seq: seq(c)?,
        last_message: maybe(c, some_message)?,
        unread: c.produce()?,
        mentions: maybe(c, seq)?.into_iter().collect(),
        rewound: maybe(c, |c| {
            Some(Rewound {
                seq: seq(c)?,
                rewinds: up_to(c, 3)? as u32,
            })
        })?,
        settings: settings(c)?,
        settings_revision: c.produce()?,
        ..view(some_thread(c)?)
    })
}

fn some_presence<C: Chance>(c: &mut C) -> Option<UserPresence> {
    Some(UserPresence {
        user: someone(c)?,
        presence: [Presence::Online, Presence::Idle, Presence::Offline][up_to(c, 2)?],
        last_seen: maybe(c, time)?,
    })
}

fn some_presences<C: Chance>(c: &mut C) -> Option<Presences> {
    Some(Presences {
        complete: c.produce()?,
        users: list(c, 3, some_presence)?,
    })
}

fn some_snapshot<C: Chance>(c: &mut C) -> Option<Snapshot> {
    Some(Snapshot {
        position: place(c)?,
        taken_at: time(c)?,
        users: list(c, 3, account)?,
        presences: some_presences(c)?,
        ..snapshot(list(c, 3, some_view)?)
    })
}

fn mark<C: Chance>(c: &mut C) -> Option<ReadMark> {
    Some(ReadMark {
        thread: somewhere(c)?,
        seq: seq(c)?,
        unread: c.produce()?,
        rewinds: up_to(c, 3)? as u32,
    })
}

fn settings<C: Chance>(c: &mut C) -> Option<ThreadSettings> {
    Some(ThreadSettings {
        pinned: c.produce()?,
        archived: c.produce()?,
        level: [NotifyLevel::All, NotifyLevel::Mentions, NotifyLevel::Nothing][up_to(c, 2)?],
        muted_until: maybe(c, time)?,
    })
}

fn settings_mark<C: Chance>(c: &mut C) -> Option<SettingsMark> {
    Some(SettingsMark {
        thread: somewhere(c)?,
        settings: settings(c)?,
        revision: c.produce()?,
    })
}

fn settings_change<C: Chance>(c: &mut C) -> Option<SettingsChange> {
    Some(either!(c,
        1 => SettingsChange::Pin(c.produce()?),
        1 => SettingsChange::Archive(c.produce()?),
        1 => SettingsChange::Level(settings(c)?.level),
        1 => SettingsChange::Mute(maybe(c, time)?),
    ))
}

/// Anything but the end of the device's own session.
fn event<C: Chance>(c: &mut C) -> Option<Event> {
    Some(either!(c,
        4 => Event::MessageSent { message: some_message(c)? },
        2 => Event::MessageChanged { message: some_message(c)? },
        1 => Event::MessageHidden { thread: somewhere(c)?, seq: seq(c)? },
        1 => Event::MessagesRead { thread: somewhere(c)?, user: someone(c)?, seq: seq(c)? },
        1 => Event::MessagesDelivered { thread: somewhere(c)?, user: someone(c)?, seq: seq(c)? },
        1 => Event::UnreadChanged { mark: mark(c)? },
        1 => Event::MarkedUnread { mark: mark(c)?, mentions: maybe(c, seq)?.into_iter().collect() },
        1 => Event::ThreadSettingsChanged { mark: settings_mark(c)? },
        1 => Event::ThreadOpened { thread: some_thread(c)?, users: list(c, 3, account)?, client: None },
        1 => Event::MembersAdded { thread: somewhere(c)?, members: list(c, 3, some_member)?, users: list(c, 3, account)? },
        1 => Event::MemberRemoved { thread: somewhere(c)?, user: someone(c)? },
        1 => Event::MemberRoleChanged { thread: somewhere(c)?, user: someone(c)?, role: role(c)? },
        1 => Event::ThreadRenamed { thread: somewhere(c)?, title: Title::new("Night shift").ok()? },
        1 => Event::UserChanged { user: account(c)? },
        1 => Event::SessionEnded { session: session(id(c, 2..=4)?) },
        1 => Event::SmartRepliesChanged { settings: SmartReplySettings::default() },
        1 => Event::Unknown,
    ))
}

fn reply<C: Chance>(c: &mut C) -> Option<Reply> {
    Some(either!(c,
        1 => Reply::Done,
        2 => some_message(c)?.into(),
        2 => Page { thread: somewhere(c)?, messages: list(c, 6, some_message)?, last_seq: seq(c)? }.into(),
        1 => mark(c)?.into(),
        1 => settings_mark(c)?.into(),
        1 => some_view(c)?.into(),
        1 => account(c)?.into(),
        1 => list(c, 3, account)?.into(),
    ))
}

fn refusal<C: Chance>(c: &mut C) -> Option<ApiError> {
    let code = [
        ErrorCode::Conflict,
        ErrorCode::Internal,
        ErrorCode::Invalid,
        ErrorCode::NotFound,
        ErrorCode::RateLimited,
        ErrorCode::Unavailable,
        ErrorCode::Unknown,
    ][up_to(c, 6)?];
    Some(ApiError {
        retry_after: c.produce()?,
        ..ApiError::new(code, "No.")
    })
}

fn some_frame<C: Chance>(c: &mut C) -> Option<ServerFrame> {
    Some(either!(c,
        2 => ServerFrame::Welcome {
            version: u16::try_from(within(c, 1..=3)?).ok()?,
            connection: ConnectionId(uuid(1)),
            user: either!(c, 9 => user_id(1), 1 => someone(c)?),
            session: SessionId(uuid(id(c, 1..=2)?)),
            snapshot: maybe(c, some_snapshot)?.map(Box::new),
        },
        6 => ServerFrame::Event { position: place(c)?, event: event(c)? },
        1 => ServerFrame::Signal { signal: Signal::TypingStarted { thread: somewhere(c)?, user: someone(c)? } },
        1 => ServerFrame::Signal { signal: Signal::TypingStopped { thread: somewhere(c)?, user: someone(c)? } },
        1 => ServerFrame::Signal { signal: Signal::Presence { presences: some_presences(c)? } },
        3 => ServerFrame::Reply { id: within(c, 0..=7)?, reply: reply(c)? },
        2 => ServerFrame::Refused { id: within(c, 0..=7)?, error: refusal(c)? },
        1 => ServerFrame::Error { error: refusal(c)? },
        3 => ServerFrame::Beat {
            head: place(c)?,
            sent: either!(c, 8 => within(c, 0..=7)?, 1 => u64::MAX),
        },
        1 => ServerFrame::Unknown,
    ))
}

/// A frame as it comes out of a socket, after something has spoilt its text. What can't be read counts as unknown, as
/// for those who drive devices.
fn spoilt_frame<C: Chance>(c: &mut C) -> Option<ServerFrame> {
    let text = frame::encode(&some_frame(c)?).ok()?;
    Some(frame::decode(&spoilt(c, &text)?).unwrap_or(ServerFrame::Unknown))
}

fn transport<C: Chance>(c: &mut C) -> Option<Transport> {
    Some([Transport::Socket, Transport::LongPoll][up_to(c, 1)?])
}

fn fault<C: Chance>(c: &mut C) -> Option<Fault> {
    Some([Fault::Refused, Fault::Silent, Fault::Cut][up_to(c, 2)?])
}

fn close_code<C: Chance>(c: &mut C) -> Option<u16> {
    Some(either!(c,
        6 => [1006, 1011, 1012, 4008, 4009, 3999][up_to(c, 5)?],
        1 => c.produce()?,
    ))
}

fn unsent<C: Chance>(c: &mut C) -> Option<Unsent> {
    Some(Unsent {
        local_id: some_local_id(c)?,
        thread: somewhere(c)?,
        body: Some(body("Kept.")),
        attachments: Vec::new(),
        uploads: Vec::new(),
        reply_to: maybe(c, seq)?,
        forwarded: c.produce()?,
        files_of: None,
        copies: Vec::new(),
        written_at: time(c)?,
        refused: maybe(c, refusal)?,
    })
}

fn which<C: Chance>(c: &mut C) -> Option<Which> {
    Some(either!(c,
        3 => Which::Stored(seq(c)?),
        1 => Which::Unsent(some_local_id(c)?),
    ))
}

fn act<C: Chance>(c: &mut C) -> Option<tidings_device::Act> {
    use tidings_device::Act;
    Some(either!(c,
        2 => Act::Edit { body: body(["Mine.", "Hello.", "Else."][up_to(c, 2)?]) },
        1 => Act::Delete,
        1 => Act::Hide,
        1 => Act::RemovePreview,
        3 => Act::React { emoji: Emoji::new(["🎉", "👍"][up_to(c, 1)?]).ok()?, on: c.produce()? },
    ))
}

fn amendment<C: Chance>(c: &mut C) -> Option<Amendment> {
    Some(Amendment {
        id: some_local_id(c)?,
        thread: somewhere(c)?,
        message: which(c)?,
        act: act(c)?,
        made_at: time(c)?,
        refused: maybe(c, refusal)?,
    })
}

/// What the server, the person and the browser do.
fn input<C: Chance>(c: &mut C) -> Option<Input> {
    Some(either!(c,
        9 => Input::Frame(Box::new(some_frame(c)?)),
        4 => Input::Frame(Box::new(spoilt_frame(c)?)),
        3 => Input::Opened(transport(c)?),
        1 => Input::Closed { over: transport(c)?, code: maybe(c, close_code)? },
        1 => Input::Remembered(Detour { fault: fault(c)?, until: time(c)? }),
        2 => Input::Wake,
        1 => match up_to(c, 8)? {
            0 => Input::NetworkUp,
            1 => Input::NetworkDown,
            2 => Input::Shown,
            3 => Input::Hidden,
            4 => Input::TryNow,
            5 => Input::Active,
            6 => Input::ThreadClosed,
            7 => Input::Start,
            _ => Input::Measure,
        },
        2 => Input::Send { thread: somewhere(c)?, body: body("Mine."), reply_to: maybe(c, seq)?, forwarded: c.produce()? },
        1 => Input::OutboxLoaded(list(c, 4, unsent)?),
        1 => Input::AmendmentsLoaded(list(c, 4, amendment)?),
        2 => Input::Amend { thread: somewhere(c)?, message: which(c)?, act: act(c)? },
        1 => Input::Saved { local_id: some_local_id(c)?, kept: c.produce()? },
        1 => Input::Retry(some_local_id(c)?),
        1 => Input::Discard(some_local_id(c)?),
        1 => Input::Typed { thread: somewhere(c)?, empty: c.produce()? },
        1 => Input::StoppedTyping { thread: somewhere(c)? },
        2 => Input::ThreadOpened(somewhere(c)?),
        1 => Input::LoadOlder(somewhere(c)?),
        1 => Input::LoadNewer(somewhere(c)?),
        1 => Input::JumpToLatest(somewhere(c)?),
        1 => Input::ShowMessage { thread: somewhere(c)?, seq: seq(c)? },
        1 => Input::QuoteShown { thread: somewhere(c)?, seq: seq(c)? },
        1 => Input::Seen { thread: somewhere(c)?, seq: seq(c)? },
        1 => Input::MarkRead { thread: somewhere(c)?, seq: seq(c)? },
        1 => Input::MarkUnread { thread: somewhere(c)?, seq: seq(c)? },
        1 => Input::ChangeSettings { thread: somewhere(c)?, change: settings_change(c)? },
        1 => Input::Ask {
            question: Question(within(c, 0..=3)?),
            command: Box::new(SearchPeople { text: String::new() }.into()),
        },
    ))
}

/// One thing in a device's life.
#[derive(Clone, Debug)]
enum Step {
    Input(Input),
    /// The person writes so many messages in a row.
    Writes(u64),
    /// Time passes, in milliseconds.
    Passes(u64),
    /// Somebody sets the system's clock by so many milliseconds.
    ClockSet(i64),
}

/// A device's life.
struct Life;

impl ValueGenerator for Life {
    /// Whether it begins with a connection, and what happens.
    type Output = (bool, Vec<Step>);

    fn generate<C: Chance>(&self, c: &mut C) -> Option<Self::Output> {
        let step = |c: &mut C| {
            Some(either!(c,
                40 => Step::Input(input(c)?),
                30 => Step::Passes(within(c, 0..=40_000)?),
                2 => Step::ClockSet(either!(c,
                    4 => i64::try_from(within(c, 0..=7_200_000)?).ok()? - 3_600_000,
                    1 => [-CENTURIES_MS, CENTURIES_MS][up_to(c, 1)?],
                )),
                1 => Step::Writes(either!(c, 9 => within(c, 1..=20)?, 1 => within(c, 400..=600)?)),
            ))
        };
        let is_live = c.produce()?;
        let steps: Option<Vec<Step>> = (0..=up_to(c, 100)?).map(|_| step(c)).collect();
        Some((is_live, steps?))
    }
}

/// Everything that a page would draw.
fn look_at(driver: &Driver) {
    let device = &driver.device;
    for number in 1..4 {
        let thread = thread_id(number);
        let rows = device.timeline(thread).rows;
        // A thread that is not known shows what waits for it, and nothing else.
        let most = limits::WINDOW_ROWS.max(device.unsent().len());
        assert!(rows.len() <= most, "{}", rows.len());
        drop((
            device.thread(thread),
            device.unread(thread),
            device.typists(thread, driver.now),
        ));
    }
    for number in 1..6 {
        let _presence = device.presence(user_id(number));
    }
    drop((device.threads(), device.connection(), device.total_unread()));
    let _banner = driver.banner();
}

/// Gives an input, with storage that keeps everything at once, and checks how much it leads to.
fn give(driver: &mut Driver, input: Input) {
    driver.effects.clear();
    driver.give_and_save(input);
    assert!(
        driver.effects.len() < EFFECTS_MAX,
        "{} effects",
        driver.effects.len()
    );
}

fn is_over(driver: &Driver) -> bool {
    driver.wants(&Effect::SignedOut) || driver.wants(&Effect::Outdated)
}

/// Does one step. False when the device was told not to go on.
fn take(driver: &mut Driver, step: Step) -> bool {
    let mut goes_on = true;
    match step {
        Step::Input(input) => {
            give(driver, input);
            goes_on = !is_over(driver);
        }
        Step::Writes(count) => {
            for _ in 0..count {
                give(
                    driver,
                    Input::Send {
                        thread: thread_id(1),
                        body: body("Mine."),
                        reply_to: None,
                        forwarded: false,
                    },
                );
            }
        }
        Step::Passes(millis) => {
            driver.effects.clear();
            let before = driver.wakes;
            driver.pass(Duration::from_millis(millis));
            let wakes = driver.wakes - before;
            let most = WAKES_AT_ONCE + WAKES_PER_SECOND * millis.div_ceil(1_000);
            assert!(wakes <= most, "{wakes} wakes in {millis} ms");
            goes_on = !is_over(driver);
        }
        Step::ClockSet(millis) => driver.now = Timestamp(driver.now.0.saturating_add(millis)),
    }
    look_at(driver);
    let device = &driver.device;
    let waiting = device
        .unsent()
        .iter()
        .filter(|unsent| unsent.refused.is_none())
        .count();
    // What storage gives back was taken by a device that had room.
    assert!(waiting <= limits::OUTBOX_MAX + 8, "{waiting} messages wait");
    goes_on
}

/// A server that is well starts the device afresh.
fn recovers(driver: &mut Driver) {
    driver.give(Input::OutboxLoaded(Vec::new()));
    driver.drop_link();
    driver.give(Input::Shown);
    driver.give(Input::TryNow);
    driver.open();
    if is_over(driver) {
        return;
    }
    driver.take();
    driver.offset = 10;
    let position = Position {
        epoch: epoch(9),
        offset: 10,
    };
    let fresh = Snapshot {
        position,
        ..snapshot(vec![view(thread(1, &[1, 2]))])
    };
    driver.welcome(Some(fresh));
    driver.frame(ServerFrame::Beat {
        head: position,
        sent: 0,
    });
    assert!(driver.device.is_live(), "{:?}", driver.banner());
    driver.frame(ServerFrame::Event {
        position: Position {
            epoch: epoch(9),
            offset: 11,
        },
        event: Event::MessageSent {
            message: message(1, 1, 2, "All is well."),
        },
    });
    driver.give(Input::ThreadOpened(thread_id(1)));
    let rows = driver.device.timeline(thread_id(1)).rows;
    // What waits to be sent comes last, and can fill the window.
    let is_full = rows.len() == limits::WINDOW_ROWS && rows.iter().all(|row| row.seq.is_none());
    // The person may have done something to it before it came.
    let is_shown = rows
        .iter()
        .any(|row| row.content.text() == "All is well." || (row.amended && row.seq == Some(Seq(1))));
    let device = &driver.device;
    let is_hidden = device
        .amendments()
        .iter()
        .any(|amendment| amendment.act == tidings_device::Act::Hide);
    assert!(is_shown || is_full || is_hidden, "{rows:?}");
}

#[test]
fn whatever_comes_a_device_goes_on_and_is_well_when_the_server_is() {
    let target = check!().with_generator(Life).with_max_len(CASE_BYTES);
    target.for_each(|(is_live, steps)| {
        within_bounds("device", || {
            let mut driver = if *is_live {
                Driver::live(boot())
            } else {
                Driver::started(boot())
            };
            let mut given = 0;
            for step in steps {
                given += match step {
                    Step::Writes(count) => usize::try_from(*count).unwrap() * 1_024,
                    other => format!("{other:?}").len(),
                };
                if !take(&mut driver, step.clone()) {
                    return;
                }
            }
            let held = format!("{:?}", driver.device).len();
            assert!(
                held <= HELD_BESIDES + given * HELD_FOR_GIVEN,
                "{held} bytes held of {given}"
            );
            recovers(&mut driver);
        });
    });
}

/// What a server that is mostly well does.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a test holds a handful of them")]
enum Act {
    /// It sends the next message of the thread.
    Says,
    /// It sends an event that makes no sense.
    Errs(Position, Event),
    /// It sends an event that nobody can read.
    Garbles(String),
    /// It beats.
    Beats,
    /// Time passes, in milliseconds.
    Waits(u64),
}

/// What it does in a row.
struct Acts;

impl ValueGenerator for Acts {
    type Output = Vec<Act>;

    fn generate<C: Chance>(&self, c: &mut C) -> Option<Vec<Act>> {
        let act = |c: &mut C| {
            Some(either!(c,
                4 => Act::Says,
                3 => Act::Errs(place(c)?, event(c)?),
                1 => {
                    let event = ServerFrame::Event { position: place(c)?, event: event(c)? };
                    Act::Garbles(spoilt(c, &frame::encode(&event).ok()?)?)
                },
                2 => Act::Beats,
                2 => Act::Waits(within(c, 0..=10_000)?),
            ))
        };
        (0..=up_to(c, 40)?).map(|_| act(c)).collect()
    }
}

/// A device in a thread with a server that errs.
struct Company {
    driver: Driver,
    /// What was really said.
    said: Vec<Message>,
    /// Something was sent that the device could not read, and no beat has told it yet.
    missed: bool,
}

impl Company {
    fn act(&mut self, act: &Act) {
        match act {
            Act::Says => {
                let seq = i64::try_from(self.said.len()).unwrap() + 1;
                let message = message(1, seq, 2, &format!("Number {seq}."));
                self.said.push(message.clone());
                self.driver.says(&message);
            }
            Act::Errs(position, event) => self.err(*position, event.clone()),
            Act::Garbles(text) => match frame::decode(text) {
                Ok(ServerFrame::Event { position, event }) => self.err(position, event),
                Ok(_) | Err(_) => {
                    self.driver.sent += 1;
                    self.driver.frame(ServerFrame::Unknown);
                    self.missed = true;
                }
            },
            Act::Beats => self.beat(),
            Act::Waits(millis) => {
                self.driver.pass(Duration::from_millis(*millis));
                // As often as it must, so that nobody takes it for gone.
                self.beat();
            }
        }
        self.answer();
        assert!(self.driver.device.is_live(), "after {act:?}");
        if !self.missed {
            self.is_shown();
        }
    }

    fn err(&mut self, position: Position, event: Event) {
        // A lie that takes the place of what comes next, or changes what was said, can't be told from the truth.
        let next = Seq(i64::try_from(self.said.len()).unwrap() + 1);
        let is_credible = match &event {
            Event::MessageSent { message } => message.thread == thread_id(1) && message.seq == next,
            Event::MessageChanged { message } => message.thread == thread_id(1) && message.seq <= next,
            Event::MessageHidden { thread, seq } => *thread == thread_id(1) && seq.0 > 0,
            Event::SessionEnded { session: ended } => *ended == session(1),
            _ => false,
        };
        if !is_credible {
            self.driver.sent += 1;
            self.driver.frame(ServerFrame::Event { position, event });
        }
    }

    /// A beat tells the device that it has missed something: it starts afresh by itself.
    fn beat(&mut self) {
        self.driver.effects.clear();
        self.driver.beat();
        if !self.missed {
            return;
        }
        self.missed = false;
        assert!(!self.driver.device.is_live(), "what was missed is noticed");
        self.driver.dialled.clear();
        self.driver
            .until_dialled(Duration::from_secs(60))
            .expect("it comes back by itself");
        self.driver.open();
        assert_eq!(self.driver.hello(), Some(None), "a snapshot is asked for");
        let last = self.said.last().cloned();
        let fresh = ThreadView {
            last_seq: last.as_ref().map_or(Seq::ZERO, |message| message.seq),
            last_message: last,
            ..view(thread(1, &[1, 2]))
        };
        let fresh = Snapshot {
            position: at(self.driver.offset),
            ..snapshot(vec![fresh])
        };
        self.driver.welcome(Some(fresh));
        self.driver.beat();
    }

    /// Answers what the device asks.
    fn answer(&mut self) {
        for _ in 0..10 {
            let calls = self.driver.calls();
            self.driver.effects.clear();
            for (id, command) in calls {
                match command {
                    Command::LoadMessages(load) if load.thread == thread_id(1) => {
                        let page = self.page(&load);
                        self.driver.reply(id, page);
                    }
                    _ => self.driver.frame(ServerFrame::Refused {
                        id,
                        error: ApiError::new(ErrorCode::NotFound, "No."),
                    }),
                }
            }
        }
    }

    fn page(&self, load: &LoadMessages) -> Page {
        let count = self.said.len();
        let index = |seq: Seq| usize::try_from(seq.0).unwrap_or(0).min(count);
        let range = match load.from {
            Anchor::Latest => 0..count,
            Anchor::Before { seq } => 0..index(Seq(seq.0.saturating_sub(1))),
            Anchor::After { seq } => index(seq)..count,
            Anchor::Around { seq } => index(seq).saturating_sub(1)..count,
        };
        Page {
            thread: load.thread,
            messages: self.said[range].to_vec(),
            last_seq: self.said.last().map_or(Seq::ZERO, |message| message.seq),
        }
    }

    /// Everything that was said is on screen, in order, and nothing else.
    fn is_shown(&self) {
        let timeline = self.driver.device.timeline(thread_id(1));
        let shown: Vec<_> = timeline.rows.iter().map(|row| row.content.text()).collect();
        let said: Vec<_> = self.said.iter().map(|message| message.content.text()).collect();
        assert_eq!(shown, said);
    }
}

#[test]
fn an_event_that_makes_no_sense_costs_nothing_but_itself() {
    check!()
        .with_generator(Acts)
        .with_max_len(CASE_BYTES)
        .for_each(|acts: &Vec<Act>| {
            within_bounds("events", || {
                let mut company = Company {
                    driver: Driver::live(boot()),
                    said: Vec::new(),
                    missed: false,
                };
                company.driver.give(Input::ThreadOpened(thread_id(1)));
                for act in acts {
                    company.act(act);
                }
                company.act(&Act::Beats);
                company.act(&Act::Says);
            });
        });
}

/// What comes back from requests.
#[derive(Clone, Debug)]
enum Poll {
    Says,
    Answered(u8, PollAnswer),
    Failed(u8, Failure),
}

struct Polls;

impl ValueGenerator for Polls {
    type Output = Vec<Poll>;

    fn generate<C: Chance>(&self, c: &mut C) -> Option<Vec<Poll>> {
        let number =
            |c: &mut C| Some(either!(c, 8 => within(c, 0..=6)?, 1 => [1 << 53, u64::MAX][up_to(c, 1)?]));
        let step = |c: &mut C| {
            Some(either!(c,
                3 => Poll::Says,
                5 => Poll::Answered(c.produce()?, PollAnswer {
                    connection: ConnectionId(uuid(id(c, 1..=2)?)),
                    heard: number(c)?,
                    before: number(c)?,
                    frames: list(c, 4, some_frame)?,
                    closed: if chance(c, 10)? { Some(close_code(c)?) } else { None },
                }),
                1 => Poll::Failed(c.produce()?, either!(c,
                    1 => Failure::Unanswered,
                    1 => Failure::Refused(c.produce()?),
                )),
            ))
        };
        (0..=up_to(c, 40)?).map(|_| step(c)).collect()
    }
}

#[test]
fn whatever_polls_are_answered_a_frame_counts_once_and_nothing_is_forgotten() {
    const ERRANDS: [Errand; 3] = [Errand::Open, Errand::Listen, Errand::Speak];
    check!()
        .with_generator(Polls)
        .with_max_len(CASE_BYTES)
        .for_each(|polls: &Vec<Poll>| {
            within_bounds("polls", || {
                let mut poll = LongPoll::new();
                let (mut said, mut heard) = (0, 0);
                for step in polls {
                    match step {
                        Poll::Says => {
                            poll.say(DeviceFrame::Activity { idle_for_ms: said });
                            said += 1;
                        }
                        Poll::Answered(errand, answer) => {
                            let errand = ERRANDS[usize::from(errand % 3)];
                            let frames = answer.frames.len() as u64;
                            let news = poll.answered(errand, answer.clone());
                            heard += news.frames.len() as u64;
                            let end = answer.before.saturating_add(frames);
                            assert!(
                                heard <= end.max(heard - news.frames.len() as u64),
                                "{heard} of {end}"
                            );
                        }
                        Poll::Failed(errand, failure) => {
                            let errand = ERRANDS[usize::from(errand % 3)];
                            if let Next::Again(after) = poll.failed(errand, *failure) {
                                assert!(after < Duration::from_secs(10), "{after:?}");
                            }
                        }
                    }
                    // What the server has not taken is said again, from where it stands, without a hole.
                    if let Some(request) = poll.request(Errand::Speak) {
                        assert_eq!(request.heard, heard);
                        for (number, frame) in (request.before..).zip(&request.frames) {
                            assert_eq!(*frame, DeviceFrame::Activity { idle_for_ms: number });
                        }
                        assert!(request.before < said);
                    }
                }
            });
        });
}
