//! One value of each variant, with every optional field filled.

use tidings_protocol::{
    AccountRole, ApiError, Attachment, AttachmentId, AttachmentKind, Body, Client, ClientId, Command,
    ConnectionId, Content, DeviceFrame, DisplayName, Emoji, Epoch, ErrorCode, Event, FileName, History,
    InviteId, LinkPreview, LocalId, Member, MemberRole, Message, MessageId, NotifyLevel, Page, Password,
    Peaks, PollAnswer, PollRequest, Position, Presence, Presences, PushDecision, PushError, PushId,
    PushOutcome, PushOverview, PushPayload, PushProblem, PushSubscription, Reaction, Reply, Rewound, Seq,
    ServerFrame, SessionId, Signal, SmartReplies, SmartReplySettings, Snapshot, Suggestion, SuggestionSource,
    Thread, ThreadId, ThreadKind, ThreadSettings, ThreadView, Timestamp, Title, User, UserId, Username,
    VERSION,
    command::{
        AddClient, AddMembers, Anchor, ArchiveClient, ChangePassword, ClientFields, CreateGroup,
        CreateInvite, DeleteMessage, EditClient, EditMessage, HideMessage, HidePushContent, LeaveGroup,
        ListDeletions, ListInvites, ListUsers, LoadMessages, LoadPush, LoadReceipts, LoadVersions,
        LocateDate, MarkRead, MarkUnread, OpenThread, Origin, React, RemoveMember, RemovePreview, Rename,
        RenameGroup, RevokeInvite, SearchClients, SearchMessages, SearchPeople, SendMessage, SetActive,
        SetMemberRole, SetRole, SetSmartReplies, SetThreadSettings, SignOutEverywhere, SubscribePush,
        SuggestReplies, TestPush, UnsubscribePush,
    },
    poll::{Handshake, Reach},
    presence::UserPresence,
    reply::{Deletion, Found, Hit, Hits, Invite, ReadMark, Receipt, SettingsMark, Span, Version},
    search::{Attached, Place, Query},
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
        forwarded: false,
        sent_at: Timestamp(1_790_000_000_123),
        edited_at: None,
        reactions: Vec::new(),
        preview: None,
        revision: 0,
    }
}

fn preview() -> LinkPreview {
    LinkPreview {
        url: "https://rooms.example.org/4".to_owned(),
        host: Some("www.example.org".to_owned()),
        site: Some("Rooms".to_owned()),
        title: "Room 4".to_owned(),
        description: Some("Twelve seats, a screen, and a window to the yard.".to_owned()),
    }
}

/// Each kind of attachment.
fn attachments() -> Vec<Attachment> {
    let attachment = |number: u128, name: &str, media_type: &str, kind| Attachment {
        id: AttachmentId(uuid(number)),
        name: FileName::tidy(name),
        media_type: media_type.to_owned(),
        size: 48_213,
        kind,
    };
    let image = AttachmentKind::Image {
        width: 1600,
        height: 1200,
    };
    let voice = AttachmentKind::Voice {
        duration_ms: 4_200,
        peaks: Peaks::new(vec![0, 90, 255, 40]).unwrap(),
    };
    vec![
        attachment(11, "room 4.jpg", "image/jpeg", image),
        attachment(12, "plan.pdf", "application/pdf", AttachmentKind::File),
        attachment(13, "voice.m4a", "audio/mp4", voice),
    ]
}

fn member(user: UserId, role: MemberRole, read: i64, delivered: i64) -> Member {
    Member {
        user,
        role,
        read_seq: Seq(read),
        delivered_seq: Seq(delivered),
        joined: Seq::ZERO,
    }
}

fn thread() -> Thread {
    Thread {
        id: thread_id(),
        kind: ThreadKind::Direct,
        title: None,
        history: History::FromJoining,
        client: Some(client_id()),
        members: vec![
            member(ana(), MemberRole::Owner, 12, 12),
            member(ben(), MemberRole::Member, 9, 11),
        ],
        created_at: Timestamp(1_789_000_000_000),
    }
}

fn title() -> Title {
    Title::new("Night shift").unwrap()
}

fn thread_view() -> ThreadView {
    ThreadView {
        thread: thread(),
        last_seq: Seq(12),
        last_message: Some(message()),
        unread: 0,
        mentions: Vec::new(),
        rewound: Some(Rewound {
            seq: Seq(12),
            rewinds: 1,
        }),
        settings: settings(),
        settings_revision: 2,
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

fn settings() -> ThreadSettings {
    ThreadSettings {
        pinned: true,
        archived: false,
        level: NotifyLevel::Mentions,
        muted_until: Some(Timestamp(1_790_000_600_000)),
    }
}

fn settings_mark() -> SettingsMark {
    SettingsMark {
        thread: thread_id(),
        settings: settings(),
        revision: 2,
    }
}

fn read_mark() -> ReadMark {
    ReadMark {
        thread: thread_id(),
        seq: Seq(12),
        unread: 3,
        rewinds: 1,
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

fn smart_replies() -> SmartReplySettings {
    SmartReplySettings {
        choice: SmartReplies::Local,
        model: Some("models.example.org".to_owned()),
    }
}

fn snapshot() -> Snapshot {
    Snapshot {
        position: position(),
        taken_at: Timestamp(1_790_000_000_500),
        me: user(ana(), "ana"),
        smart_replies: smart_replies(),
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
            reached: None,
            idle_for_ms: 1500,
        },
        DeviceFrame::Call {
            id: 7,
            command: MarkRead {
                thread: thread_id(),
                seq: Seq(12),
                rewinds: Some(1),
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
            body: Some(Body::new("Good morning.\nIs \"room 4\" free? ☕").unwrap()),
            attachments: vec![AttachmentId(uuid(11))],
            reply_to: Some(Seq(11)),
            forwarded: true,
            files_of: Some(Origin {
                thread: thread_id(),
                seq: Seq(9),
            }),
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
        SuggestReplies {
            thread: thread_id(),
            seq: Seq(12),
        }
        .into(),
        SetSmartReplies {
            choice: SmartReplies::Model,
            model: Some("models.example.org".to_owned()),
        }
        .into(),
        HideMessage {
            thread: thread_id(),
            seq: Seq(12),
        }
        .into(),
        LoadReceipts {
            thread: thread_id(),
            seq: Seq(12),
        }
        .into(),
        MarkRead {
            thread: thread_id(),
            seq: Seq(12),
            rewinds: Some(1),
        }
        .into(),
        MarkUnread {
            thread: thread_id(),
            seq: Seq(11),
            rewinds: Some(0),
        }
        .into(),
        SetThreadSettings {
            thread: thread_id(),
            settings: settings(),
        }
        .into(),
        React {
            thread: thread_id(),
            seq: Seq(12),
            emoji: Emoji::new("👍🏽").unwrap(),
            on: true,
        }
        .into(),
        RemovePreview {
            thread: thread_id(),
            seq: Seq(12),
        }
        .into(),
        LoadMessages {
            thread: thread_id(),
            from: Anchor::Before { seq: Seq(12) },
            limit: 50,
        }
        .into(),
        SearchMessages {
            query: Query {
                terms: vec!["room 4".to_owned(), "don't".to_owned()],
                from: vec!["ana".to_owned()],
                within: vec!["Ben".to_owned()],
                client: vec!["Noor".to_owned()],
                before: Some(Timestamp(1_790_000_100_000)),
                after: Some(Timestamp(1_789_000_000_000)),
                has: vec![Attached::File],
            },
            before: Some(Place(90_210)),
            limit: 20,
        }
        .into(),
        LocateDate {
            thread: thread_id(),
            at: Timestamp(1_790_000_000_000),
        }
        .into(),
        OpenThread {
            with: ben(),
            client: Some(client_id()),
        }
        .into(),
        CreateGroup {
            thread: thread_id(),
            title: title(),
            members: vec![ben()],
            client: Some(client_id()),
            history: History::All,
        }
        .into(),
        AddMembers {
            thread: thread_id(),
            users: vec![ben()],
        }
        .into(),
        RemoveMember {
            thread: thread_id(),
            user: ben(),
        }
        .into(),
        SetMemberRole {
            thread: thread_id(),
            user: ben(),
            role: MemberRole::Admin,
        }
        .into(),
        RenameGroup {
            thread: thread_id(),
            title: title(),
        }
        .into(),
        LeaveGroup { thread: thread_id() }.into(),
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
        ListDeletions {}.into(),
        SubscribePush {
            endpoint: "https://push.example.net/p/4f1c0d".to_owned(),
            p256dh: PUSH_KEY.to_owned(),
            auth: "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
            name: "Firefox on Linux".to_owned(),
        }
        .into(),
        UnsubscribePush {
            subscription: push_id(),
        }
        .into(),
        TestPush {
            subscription: push_id(),
        }
        .into(),
        HidePushContent { hidden: true }.into(),
        LoadPush {}.into(),
    ]
}

fn span(text: &str, hit: bool) -> Span {
    Span {
        text: text.to_owned(),
        hit,
    }
}

pub fn replies() -> Vec<Reply> {
    vec![
        Reply::Done,
        Message {
            content: Content::new(Body::new("Look.").ok(), attachments()).unwrap(),
            ..message()
        }
        .into(),
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
        vec![Deletion {
            thread: thread_id(),
            seq: Seq(12),
            sender: user(ben(), "ben"),
            sent_at: Timestamp(1_790_000_000_123),
            deleted_by: user(ana(), "ana"),
            deleted_at: Timestamp(1_790_000_060_000),
        }]
        .into(),
        vec![Version {
            body: Body::new("Good morning.").unwrap(),
            at: Timestamp(1_790_000_000_123),
        }]
        .into(),
        settings_mark().into(),
        vec![Receipt {
            user: ben(),
            delivered_at: Some(Timestamp(1_790_000_000_456)),
            read_at: Some(Timestamp(1_790_000_030_000)),
        }]
        .into(),
        push_subscription().into(),
        PushOverview {
            key: PUSH_KEY.to_owned(),
            hide_content: false,
            subscriptions: vec![push_subscription()],
            decisions: vec![PushDecision {
                thread: thread_id(),
                seq: Seq(12),
                at: Timestamp(1_790_000_015_123),
                outcome: PushOutcome::Sent,
            }],
        }
        .into(),
        vec![Suggestion {
            text: Body::new("Sure, I'll do it.").unwrap(),
            source: SuggestionSource::Own,
        }]
        .into(),
        smart_replies().into(),
        Hits {
            hits: vec![Hit {
                thread: thread_id(),
                seq: Seq(12),
                sender: ana(),
                sent_at: Timestamp(1_790_000_000_123),
                snippet: vec![
                    span("Good morning. Is \"", false),
                    span("room 4", true),
                    span("\" free? ☕", false),
                ],
            }],
            next: Some(Place(90_118)),
            note: Some("Nobody is called “anna”.".to_owned()),
        }
        .into(),
        Seq(12).into(),
    ]
}

/// The example of RFC 8291, 5.
const PUSH_KEY: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

fn push_id() -> PushId {
    PushId(uuid(11))
}

fn push_subscription() -> PushSubscription {
    PushSubscription {
        id: push_id(),
        name: "Firefox on Linux".to_owned(),
        current: true,
        created_at: Timestamp(1_789_000_000_000),
        last_success: Some(Timestamp(1_789_990_000_000)),
        last_error: Some(PushError {
            at: Timestamp(1_790_000_015_456),
            problem: PushProblem::Slowed,
            retry_at: Some(Timestamp(1_790_000_075_456)),
        }),
    }
}

pub fn pushes() -> Vec<PushPayload> {
    vec![
        PushPayload::Message {
            thread: thread_id(),
            seq: Seq(12),
            title: "Ana Torres".to_owned(),
            text: "Good morning. Is \"room 4\" free? ☕".to_owned(),
            unread: 3,
        },
        PushPayload::Withdraw {
            thread: thread_id(),
            seq: Seq(12),
            unread: 2,
        },
        PushPayload::Test {
            title: "Tidings".to_owned(),
            text: "Notifications arrive in this browser.".to_owned(),
        },
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
                preview: Some(Box::new(preview())),
                revision: 3,
                ..message()
            },
        },
        Event::MessageHidden {
            thread: thread_id(),
            seq: Seq(12),
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
        Event::SmartRepliesChanged {
            settings: smart_replies(),
        },
        Event::MarkedUnread {
            mark: ReadMark {
                seq: Seq(10),
                unread: 2,
                ..read_mark()
            },
            mentions: vec![Seq(11)],
        },
        Event::ThreadSettingsChanged {
            mark: settings_mark(),
        },
        Event::ThreadOpened {
            thread: thread(),
            users: vec![user(ana(), "ana"), user(ben(), "ben")],
            client: Some(client()),
        },
        Event::MembersAdded {
            thread: thread_id(),
            members: vec![Member::new(ben(), MemberRole::Member, Seq(13))],
            users: vec![user(ben(), "ben")],
        },
        Event::MemberRemoved {
            thread: thread_id(),
            user: ben(),
        },
        Event::MemberRoleChanged {
            thread: thread_id(),
            user: ben(),
            role: MemberRole::Admin,
        },
        Event::ThreadRenamed {
            thread: thread_id(),
            title: title(),
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
