//! One value of each variant, with every optional field filled.

use tidings_protocol::{
    AccountRole, ApiError, Body, Client, ClientId, Command, ConnectionId, DeviceFrame, DisplayName, Emoji,
    Epoch, ErrorCode, Event, InviteId, LocalId, Member, MemberRole, Message, MessageId, Page, Password,
    PollAnswer, PollRequest, Position, Presence, Presences, Reaction, Reply, Seq, ServerFrame, SessionId,
    Signal, Snapshot, Thread, ThreadId, ThreadKind, ThreadView, Timestamp, User, UserId, Username, VERSION,
    command::{
        AddClient, Anchor, ArchiveClient, ChangePassword, ClientFields, CreateInvite, DeleteMessage,
        EditClient, EditMessage, ListInvites, ListUsers, LoadMessages, LoadVersions, MarkRead, OpenThread,
        React, Rename, RevokeInvite, SearchClients, SearchPeople, SendMessage, SetActive, SetRole,
        SignOutEverywhere,
    },
    poll::{Handshake, Reach},
    presence::UserPresence,
    reply::{Found, Invite, ReadMark, Version},
};
use uuid::Uuid;

pub fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(0x0193_5e00_0000_7000_8000_0000_0000_0000 + number)
}

const THREAD: u128 = 1;
const ANA: u128 = 2;
const BEN: u128 = 3;
const CLIENT: u128 = 4;

fn thread_id() -> ThreadId {
    ThreadId(uuid(THREAD))
}

fn ana() -> UserId {
    UserId(uuid(ANA))
}

fn ben() -> UserId {
    UserId(uuid(BEN))
}

fn client_id() -> ClientId {
    ClientId(uuid(CLIENT))
}

fn session() -> SessionId {
    SessionId(uuid(5))
}

fn position() -> Position {
    Position {
        epoch: Epoch(uuid(6)),
        offset: 1041,
    }
}

fn user(id: UserId, name: &str) -> User {
    User {
        id,
        username: Username::new(name).unwrap(),
        display_name: DisplayName::new(name).unwrap(),
        role: AccountRole::Staff,
        active: true,
        last_seen: Some(Timestamp(1_790_000_040_000)),
    }
}

fn client() -> Client {
    Client {
        id: client_id(),
        name: "Noor Haddad".to_owned(),
        reference: Some("2026-114".to_owned()),
        note: Some("Prefers mornings.".to_owned()),
        archived: false,
    }
}

fn fields() -> ClientFields {
    ClientFields {
        name: "Noor Haddad".to_owned(),
        reference: "2026-114".to_owned(),
        note: "Prefers mornings.".to_owned(),
    }
}

fn message() -> Message {
    Message {
        id: MessageId(uuid(7)),
        thread: thread_id(),
        seq: Seq(12),
        sender: ana(),
        local_id: LocalId(uuid(8)),
        content: Body::new("Good morning.\nIs \"room 4\" free? ☕").unwrap().into(),
        reply_to: None,
        sent_at: Timestamp(1_790_000_000_123),
        edited_at: None,
        reactions: Vec::new(),
        revision: 0,
    }
}

fn member(user: UserId, role: MemberRole, read: i64, delivered: i64) -> Member {
    Member {
        user,
        role,
        read_seq: Seq(read),
        delivered_seq: Seq(delivered),
    }
}

fn thread() -> Thread {
    Thread {
        id: thread_id(),
        kind: ThreadKind::Direct,
        client: Some(client_id()),
        members: vec![
            member(ana(), MemberRole::Owner, 12, 12),
            member(ben(), MemberRole::Member, 9, 11),
        ],
        created_at: Timestamp(1_789_000_000_000),
    }
}

fn thread_view() -> ThreadView {
    ThreadView {
        thread: thread(),
        last_seq: Seq(12),
        last_message: Some(message()),
        unread: 0,
        mentions: Vec::new(),
    }
}

fn presences() -> Presences {
    Presences {
        complete: true,
        users: vec![UserPresence {
            user: ben(),
            presence: Presence::Idle,
            last_seen: Some(Timestamp(1_790_000_040_000)),
        }],
    }
}

fn read_mark() -> ReadMark {
    ReadMark {
        thread: thread_id(),
        seq: Seq(12),
        unread: 3,
    }
}

fn invite() -> Invite {
    Invite {
        id: InviteId(uuid(9)),
        role: AccountRole::Admin,
        expires_at: Timestamp(1_790_600_000_000),
        link: Some("https://tidings.example/join/TOKEN".to_owned()),
    }
}

fn snapshot() -> Snapshot {
    Snapshot {
        position: position(),
        taken_at: Timestamp(1_790_000_000_500),
        me: user(ana(), "ana"),
        session: session(),
        users: vec![user(ana(), "ana"), user(ben(), "ben")],
        clients: vec![client()],
        threads: vec![thread_view()],
        presences: presences(),
    }
}

pub fn device_frames() -> Vec<DeviceFrame> {
    vec![
        DeviceFrame::Hello {
            version: VERSION,
            position: Some(position()),
            idle_for_ms: 1500,
        },
        DeviceFrame::Call {
            id: 7,
            command: MarkRead {
                thread: thread_id(),
                seq: Seq(12),
            }
            .into(),
        },
        DeviceFrame::Acknowledge { position: position() },
        DeviceFrame::TypingStarted { thread: thread_id() },
        DeviceFrame::TypingStopped { thread: thread_id() },
        DeviceFrame::Activity { idle_for_ms: 300_000 },
        DeviceFrame::Probe,
    ]
}

pub fn server_frames() -> Vec<ServerFrame> {
    vec![
        ServerFrame::Welcome {
            version: VERSION,
            connection: ConnectionId(uuid(10)),
            user: ana(),
            session: session(),
            snapshot: Some(Box::new(snapshot())),
        },
        ServerFrame::Event {
            position: position(),
            event: Event::MessageSent { message: message() },
        },
        ServerFrame::Signal {
            signal: Signal::TypingStarted {
                thread: thread_id(),
                user: ben(),
            },
        },
        ServerFrame::Reply {
            id: 7,
            reply: read_mark().into(),
        },
        ServerFrame::Refused {
            id: 8,
            error: ApiError::new(
                ErrorCode::RateLimited,
                "Too many at once. Try again in 4 seconds.",
            )
            .retry_after(4),
        },
        ServerFrame::Error {
            error: ApiError::new(ErrorCode::BadRequest, "The frame is not JSON (column 1)."),
        },
        ServerFrame::Beat {
            head: position(),
            sent: 17,
        },
    ]
}

pub fn commands() -> Vec<Command> {
    vec![
        SendMessage {
            thread: thread_id(),
            local_id: LocalId(uuid(8)),
            body: Body::new("Good morning.\nIs \"room 4\" free? ☕").unwrap(),
            reply_to: Some(Seq(11)),
        }
        .into(),
        EditMessage {
            thread: thread_id(),
            seq: Seq(12),
            body: Body::new("Good morning.\nIs \"room 5\" free? ☕").unwrap(),
        }
        .into(),
        DeleteMessage {
            thread: thread_id(),
            seq: Seq(12),
        }
        .into(),
        LoadVersions {
            thread: thread_id(),
            seq: Seq(12),
        }
        .into(),
        MarkRead {
            thread: thread_id(),
            seq: Seq(12),
        }
        .into(),
        React {
            thread: thread_id(),
            seq: Seq(12),
            emoji: Emoji::new("👍🏽").unwrap(),
            on: true,
        }
        .into(),
        LoadMessages {
            thread: thread_id(),
            from: Anchor::Before { seq: Seq(12) },
            limit: 50,
        }
        .into(),
        OpenThread {
            with: ben(),
            client: Some(client_id()),
        }
        .into(),
        SearchPeople {
            text: "be".to_owned(),
        }
        .into(),
        SearchClients {
            text: "noor".to_owned(),
            archived: true,
        }
        .into(),
        AddClient {
            client: client_id(),
            fields: fields(),
        }
        .into(),
        EditClient {
            client: client_id(),
            fields: fields(),
        }
        .into(),
        ArchiveClient {
            client: client_id(),
            archived: true,
        }
        .into(),
        Rename {
            display_name: DisplayName::new("Ana Petrović").unwrap(),
        }
        .into(),
        ChangePassword {
            current: "old and short".to_owned(),
            new: Password::new("a new, longer one").unwrap(),
        }
        .into(),
        SignOutEverywhere {}.into(),
        ListUsers {}.into(),
        SetActive {
            user: ben(),
            active: false,
        }
        .into(),
        SetRole {
            user: ben(),
            role: AccountRole::Admin,
        }
        .into(),
        CreateInvite {
            role: AccountRole::Staff,
        }
        .into(),
        ListInvites {}.into(),
        RevokeInvite {
            invite: InviteId(uuid(9)),
        }
        .into(),
    ]
}

pub fn replies() -> Vec<Reply> {
    vec![
        Reply::Done,
        message().into(),
        read_mark().into(),
        Page {
            thread: thread_id(),
            messages: vec![message()],
            last_seq: Seq(12),
        }
        .into(),
        thread_view().into(),
        vec![Found {
            user: user(ben(), "ben"),
            presence: Presence::Online,
        }]
        .into(),
        user(ben(), "ben").into(),
        vec![user(ana(), "ana"), user(ben(), "ben")].into(),
        client().into(),
        vec![client()].into(),
        invite().into(),
        vec![invite()].into(),
        vec![Version {
            body: Body::new("Good morning.").unwrap(),
            at: Timestamp(1_790_000_000_123),
        }]
        .into(),
    ]
}

pub fn events() -> Vec<Event> {
    vec![
        Event::MessageSent { message: message() },
        Event::MessageChanged {
            message: Message {
                edited_at: Some(Timestamp(1_790_000_060_000)),
                reactions: vec![Reaction {
                    emoji: Emoji::new("👍🏽").unwrap(),
                    users: vec![ana(), ben()],
                }],
                revision: 3,
                ..message()
            },
        },
        Event::MessagesRead {
            thread: thread_id(),
            user: ben(),
            seq: Seq(12),
        },
        Event::MessagesDelivered {
            thread: thread_id(),
            user: ben(),
            seq: Seq(12),
        },
        Event::UnreadChanged { mark: read_mark() },
        Event::ThreadOpened {
            thread: thread(),
            users: vec![user(ana(), "ana"), user(ben(), "ben")],
            client: Some(client()),
        },
        Event::ClientChanged { client: client() },
        Event::UserChanged {
            user: user(ben(), "ben"),
        },
        Event::SessionEnded { session: session() },
    ]
}

pub fn signals() -> Vec<Signal> {
    vec![
        Signal::TypingStarted {
            thread: thread_id(),
            user: ben(),
        },
        Signal::TypingStopped {
            thread: thread_id(),
            user: ben(),
        },
        Signal::Presence {
            presences: presences(),
        },
    ]
}

pub fn errors() -> Vec<ApiError> {
    [
        (ErrorCode::BadRequest, "The frame is not JSON (column 1)."),
        (ErrorCode::Unauthorized, "Please sign in."),
        (ErrorCode::Forbidden, "Only an admin may do that."),
        (ErrorCode::NotFound, "There is no such thread."),
        (
            ErrorCode::MethodNotAllowed,
            "That method does not fit the address.",
        ),
        (ErrorCode::Conflict, "That local id was used for another message."),
        (ErrorCode::Gone, "That link was used or has expired."),
        (ErrorCode::TooLarge, "That is larger than 64 KiB."),
        (ErrorCode::UnsupportedMediaType, "Send application/json."),
        (ErrorCode::Invalid, "Message is empty."),
        (ErrorCode::Outdated, "Please reload the page."),
        (
            ErrorCode::RateLimited,
            "Too many at once. Try again in 4 seconds.",
        ),
        (ErrorCode::Internal, "Something went wrong here."),
        (ErrorCode::Unavailable, "Not now. Try again soon."),
        (ErrorCode::StorageFull, "The server's disk is full."),
    ]
    .into_iter()
    .map(|(code, sentence)| ApiError::new(code, sentence).about("body").retry_after(4))
    .collect()
}

pub fn poll_requests() -> Vec<PollRequest> {
    let connection = Some(ConnectionId(uuid(10)));
    let open = PollRequest {
        connection: None,
        heard: 0,
        before: 0,
        frames: Vec::new(),
        wait: false,
        leave: false,
    };
    vec![
        open.clone(),
        PollRequest {
            connection,
            heard: 17,
            before: 5,
            wait: true,
            ..open.clone()
        },
        PollRequest {
            connection,
            heard: 17,
            before: 5,
            frames: vec![
                DeviceFrame::TypingStarted { thread: thread_id() },
                DeviceFrame::Probe,
            ],
            ..open
        },
    ]
}

pub fn poll_answers() -> Vec<PollAnswer> {
    let frames = PollAnswer {
        connection: ConnectionId(uuid(10)),
        heard: 7,
        before: 17,
        frames: vec![ServerFrame::Beat {
            head: position(),
            sent: 12,
        }],
        closed: None,
    };
    let closed = PollAnswer {
        before: 18,
        frames: Vec::new(),
        closed: Some(1012),
        ..frames.clone()
    };
    vec![frames, closed]
}

pub fn reaches() -> Vec<Reach> {
    vec![Reach {
        handshake: Some(Handshake {
            ago_ms: 4200,
            upgrade: false,
        }),
    }]
}
