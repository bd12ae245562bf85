//! What is said in a thread reaches its members and nobody else, by whichever path; and the log learns no secrets.
//!
//! An event or a signal without a row does not compile.

use std::{collections::HashSet, time::Duration};

use http::{Method, header};
use serde_json::{Value, json};
use tidings_protocol::{
    AccountRole, Body, ClientId, Command, DeviceFrame, DisplayName, Event, History, LinkPreview, LocalId,
    MemberRole, Position, Seq, ServerFrame, Signal, SmartReplies, ThreadId, ThreadSettings, Title, User,
    UserId,
    command::{
        AddMembers, Anchor, ClientFields, CreateGroup, EditClient, HideMessage, LoadMessages, LoadPush,
        MarkRead, MarkUnread, OpenThread, React, RemoveMember, Rename, RenameGroup, SearchClients,
        SearchPeople, SendMessage, SetMemberRole, SetRole, SetSmartReplies, SetThreadSettings,
    },
};
use tidings_server::{config::Timings, outbound::Outbound, previews, service::Caller};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{PASSWORD, PageSite, PushEndpoint, Socket, TestServer, client_fields, log, on_both_engines},
};

on_both_engines! {
    every_event_and_signal_reaches_whom_the_table_names_and_nobody_else
    nothing_of_a_thread_reaches_others_by_any_path
    the_log_has_no_text_no_secret_and_no_address
}

const CANARY: &str = "canary-7f3a-sings";

/// What the page says that the first message links to.
const PAGE_CANARY: &str = "canary-page-5c2e";

/// Somebody who listens.
struct Listener {
    user: User,
    caller: Caller,
    token: String,
    socket: Socket,
    heard: Vec<ServerFrame>,
}

impl Listener {
    async fn new(server: &TestServer, user: &User) -> Self {
        let entrance = server.sign_in(user).await;
        let token = entrance["access_token"].as_str().expect("a token").to_owned();
        let mut socket = server.socket(&token).await;
        let heard = socket.greet(None).await;
        Self {
            caller: Caller {
                user: user.id,
                session: serde_json::from_value(entrance["session"].clone()).expect("a session"),
            },
            user: user.clone(),
            token,
            socket,
            heard,
        }
    }

    /// Listens until everything up to `position` has come.
    async fn hear_until(&mut self, position: Position) {
        loop {
            self.socket.send(&DeviceFrame::Probe).await;
            let mut heard = Vec::new();
            let head = self
                .socket
                .wait_for("a beat", |frame| {
                    let head = match &frame {
                        ServerFrame::Beat { head, .. } => Some(*head),
                        _ => None,
                    };
                    heard.push(frame);
                    head
                })
                .await;
            self.heard.append(&mut heard);
            if head.offset >= position.offset {
                return;
            }
        }
    }

    /// Everything heard, as text.
    fn text(&self) -> String {
        self.heard.iter().map(|frame| format!("{frame:?}\n")).collect()
    }
}

/// Ana and Ben have a thread about a client. Chidi is staff, Dara an admin, and Omar the owner.
struct Place {
    server: TestServer,
    ana: Listener,
    ben: Listener,
    others: Vec<Listener>,
    thread: ThreadId,
    client: ClientId,
}

impl Place {
    async fn new(engine: Engine) -> Self {
        // Pages are looked at by nobody but the test.
        let server = TestServer::start_with(engine, |settings| {
            settings.link_previews = true;
            settings.timings.preview_every = Duration::from_secs(3600);
        })
        .await;
        let mut users = Vec::new();
        for name in ["omar", "ana", "ben", "chidi", "dara"] {
            users.push(server.register(name).await);
        }
        let service = &server.running().service;
        let owner = service.actor(users[0].caller());
        let admin = SetRole {
            user: users[4].user.id,
            role: AccountRole::Admin,
        };
        drop(owner.set_role(admin).await.expect("an admin"));
        let (client, fields) = client_fields("Harbour Clinic");
        let added = tidings_protocol::command::AddClient { client, fields };
        drop(owner.add_client(added).await.expect("a client"));
        let mut listeners = Vec::new();
        for signed_in in &users {
            listeners.push(Listener::new(&server, &signed_in.user).await);
        }
        let mut rest = listeners.split_off(1);
        let mut others = rest.split_off(2);
        others.append(&mut listeners);
        let ben = rest.pop().expect("Ben");
        let ana = rest.pop().expect("Ana");
        Self {
            server,
            ana,
            ben,
            others,
            thread: ThreadId(Uuid::nil()),
            client,
        }
    }

    async fn call(&self, caller: Caller, command: impl Into<Command>) {
        let actor = self.server.running().service.actor(caller);
        drop(actor.call(command.into()).await.expect("it may be done"));
    }

    /// The page that a message links to is found.
    async fn find_page(&self) {
        let service = &self.server.running().service;
        let wanted = service.take_previews(Duration::from_secs(60), 10, 10).await;
        let wanted = wanted.expect("the database answers").remove(0);
        let found = LinkPreview {
            url: wanted.url.clone(),
            host: None,
            site: None,
            title: PAGE_CANARY.to_owned(),
            description: None,
        };
        let settled = service.settle_preview(wanted, Some(found)).await;
        settled.expect("the database answers");
    }

    /// Everything that can happen in and around a thread, once.
    async fn let_everything_happen(&mut self) {
        let (ana, ben) = (self.ana.caller, self.ben.caller);
        let service = self.server.running().service.clone();
        let opened = service
            .actor(ana)
            .open_thread(OpenThread {
                with: ben.user,
                client: Some(self.client),
            })
            .await
            .expect("it opens");
        self.thread = opened.thread.id;
        let thread = self.thread;
        self.call(ana, say(thread, &format!("{CANARY} https://a.example")))
            .await;
        self.find_page().await;
        self.ben.hear_until(service.head().await.expect("a head")).await;
        let position = service.head().await.expect("a head");
        self.ben.socket.send(&DeviceFrame::Acknowledge { position }).await;
        self.ben.socket.send(&DeviceFrame::TypingStarted { thread }).await;
        self.ben.socket.send(&DeviceFrame::TypingStopped { thread }).await;
        // The answer to this comes after what was sent before it.
        self.ben.hear_until(position).await;
        self.call(
            ben,
            MarkRead {
                thread,
                seq: Seq(1),
                rewinds: None,
            },
        )
        .await;
        let (seq, rewinds) = (Seq(1), None);
        self.call(ben, MarkUnread { thread, seq, rewinds }).await;
        self.call(ben, pin(thread)).await;
        self.call(ben, react(thread)).await;
        let choice = SmartReplies::Local;
        let model = None;
        self.call(ana, SetSmartReplies { choice, model }).await;
        let group = ThreadId(Uuid::now_v7());
        let title = |text| Title::new(text).expect("a title");
        let made = CreateGroup {
            thread: group,
            title: title("Night shift"),
            members: vec![ben.user],
            client: None,
            history: History::All,
        };
        self.call(ana, made).await;
        let (user, users) = (ben.user, vec![ben.user]);
        let role = MemberRole::Admin;
        self.call(
            ana,
            SetMemberRole {
                thread: group,
                user,
                role,
            },
        )
        .await;
        let renamed = RenameGroup {
            thread: group,
            title: title("Day shift"),
        };
        self.call(ana, renamed).await;
        self.call(ana, RemoveMember { thread: group, user }).await;
        self.call(ana, AddMembers { thread: group, users }).await;
        let fields = ClientFields {
            name: "Harbour Clinic".to_owned(),
            reference: "HC-12".to_owned(),
            note: String::new(),
        };
        let client = self.client;
        self.call(ana, EditClient { client, fields }).await;
        let display_name = DisplayName::new("Ana Torres").expect("a name");
        self.call(ana, Rename { display_name }).await;
        self.call(ben, HideMessage { thread, seq: Seq(1) }).await;
        let phone = service.sign_in("ana", PASSWORD).await.expect("a phone");
        service.sign_out(phone.session).await.expect("it ends");
        let end = service.head().await.expect("a head");
        for listener in [&mut self.ana, &mut self.ben].into_iter().chain(&mut self.others) {
            listener.hear_until(end).await;
        }
    }
}

fn pin(thread: ThreadId) -> SetThreadSettings {
    let settings = ThreadSettings {
        pinned: true,
        ..ThreadSettings::default()
    };
    SetThreadSettings { thread, settings }
}

fn react(thread: ThreadId) -> React {
    React {
        thread,
        seq: Seq(1),
        emoji: tidings_protocol::Emoji::new("🎉").expect("an emoji"),
        on: true,
    }
}

fn say(thread: ThreadId, text: &str) -> SendMessage {
    SendMessage {
        thread,
        local_id: LocalId(Uuid::now_v7()),
        body: Some(Body::new(text).expect("a text")),
        attachments: Vec::new(),
        reply_to: None,
        forwarded: false,
        files_of: None,
    }
}

/// The table of events: a name for each, and who may hear of it. All of them happen between Ana and Ben.
fn of_event(event: &Event, ana: UserId, ben: UserId) -> (&'static str, Vec<UserId>) {
    match event {
        Event::MessageSent { .. } => ("message:new", vec![ana, ben]),
        Event::MessageChanged { .. } => ("message:change", vec![ana, ben]),
        Event::MessageHidden { .. } => ("message:hide", vec![ben]),
        Event::MessagesRead { .. } => ("message:read", vec![ana, ben]),
        Event::MessagesDelivered { .. } => ("message:delivered", vec![ana, ben]),
        Event::UnreadChanged { .. } => ("unread:update", vec![ben]),
        Event::MarkedUnread { .. } => ("unread:back", vec![ben]),
        Event::ThreadSettingsChanged { .. } => ("thread:settings", vec![ben]),
        Event::ThreadOpened { .. } => ("thread:new", vec![ana, ben]),
        Event::MembersAdded { .. } => ("member:add", vec![ana, ben]),
        Event::MemberRemoved { .. } => ("member:remove", vec![ana, ben]),
        Event::MemberRoleChanged { .. } => ("member:role", vec![ana, ben]),
        Event::ThreadRenamed { .. } => ("thread:rename", vec![ana, ben]),
        Event::ClientChanged { .. } => ("client:change", vec![ana, ben]),
        Event::UserChanged { .. } => ("user:change", vec![ana, ben]),
        Event::SmartRepliesChanged { .. } => ("smart-replies:change", vec![ana]),
        Event::SessionEnded { .. } => ("session:end", vec![ana]),
        Event::Unknown => ("unknown", vec![]),
    }
}

/// The events of that table that a server sends.
const EVENTS: [&str; 17] = [
    "message:new",
    "message:change",
    "message:hide",
    "message:read",
    "message:delivered",
    "unread:update",
    "unread:back",
    "thread:settings",
    "thread:new",
    "member:add",
    "member:remove",
    "member:role",
    "thread:rename",
    "client:change",
    "user:change",
    "smart-replies:change",
    "session:end",
];

/// The table of signals.
fn of_signal(signal: &Signal, listener: UserId, ana: UserId, ben: UserId) -> bool {
    match signal {
        Signal::TypingStarted { .. } | Signal::TypingStopped { .. } => listener == ana,
        // Of oneself and of those with whom one shares a thread.
        Signal::Presence { presences } => presences.users.iter().all(|presence| {
            let pair = [ana, ben];
            presence.user == listener || (pair.contains(&presence.user) && pair.contains(&listener))
        }),
        Signal::Unknown => false,
    }
}

async fn every_event_and_signal_reaches_whom_the_table_names_and_nobody_else(engine: Engine) {
    let mut place = Place::new(engine).await;
    place.let_everything_happen().await;
    let (ana, ben) = (place.ana.user.id, place.ben.user.id);
    let mut reached = HashSet::new();
    for listener in [&place.ana, &place.ben].into_iter().chain(&place.others) {
        let me = listener.user.id;
        for frame in &listener.heard {
            match frame {
                ServerFrame::Event { event, .. } => {
                    let (name, may) = of_event(event, ana, ben);
                    assert!(
                        may.contains(&me),
                        "{name} is not for {}",
                        listener.user.display_name.as_str()
                    );
                    reached.insert((name, me));
                }
                ServerFrame::Signal { signal } => assert!(
                    of_signal(signal, me, ana, ben),
                    "{signal:?} is not for {}",
                    listener.user.display_name.as_str()
                ),
                _ => {}
            }
        }
    }
    // Each of them did happen, or the table proves nothing.
    let whom = |name: &str| match name {
        "unread:update" | "unread:back" | "thread:settings" | "message:hide" => vec![ben],
        "session:end" | "smart-replies:change" => vec![ana],
        _ => vec![ana, ben],
    };
    let expected: HashSet<_> = EVENTS
        .into_iter()
        .flat_map(|name| whom(name).into_iter().map(move |user| (name, user)))
        .collect();
    assert_eq!(reached, expected);
}

async fn nothing_of_a_thread_reaches_others_by_any_path(engine: Engine) {
    let mut place = Place::new(engine).await;
    let before = place.server.running().service.head().await.expect("a head");
    place.let_everything_happen().await;
    let thread = place.thread;
    let page = place.server.running().service.actor(place.ana.caller);
    let page = page.load_messages(latest(thread)).await.expect("a page");
    let secrets = [
        CANARY.to_owned(),
        PAGE_CANARY.to_owned(),
        thread.to_string(),
        page.messages[0].id.to_string(),
    ];
    assert!(
        place.ben.text().contains(CANARY) && place.ben.text().contains(PAGE_CANARY),
        "a member hears it, or this proves nothing"
    );
    let server = &place.server;
    for listener in &mut place.others {
        let mut texts = vec![("live", listener.text())];
        // Coming back with and without a position.
        for (path, position) in [("resume", Some(before)), ("snapshot", None)] {
            let mut socket = server.socket(&listener.token).await;
            let frames = socket.greet(position).await;
            texts.push((path, format!("{frames:?}")));
            // Asking for what one may not have, in ten ways.
            const ASKED: usize = 10;
            let nowhere = ThreadId(Uuid::now_v7());
            let asked: Vec<Command> = vec![
                latest(thread).into(),
                MarkRead {
                    thread,
                    seq: Seq(1),
                    rewinds: None,
                }
                .into(),
                MarkUnread {
                    thread,
                    seq: Seq(1),
                    rewinds: None,
                }
                .into(),
                pin(thread).into(),
                say(thread, "Hello.").into(),
                react(thread).into(),
                SearchPeople {
                    text: CANARY.to_owned(),
                }
                .into(),
                SearchClients {
                    text: CANARY.to_owned(),
                    archived: true,
                }
                .into(),
            ];
            for (id, command) in (1..).zip(asked) {
                socket.send(&DeviceFrame::Call { id, command }).await;
            }
            socket.send(&DeviceFrame::TypingStarted { thread }).await;
            socket.send(&DeviceFrame::TypingStarted { thread: nowhere }).await;
            let mut answers = Vec::new();
            while answers.len() < ASKED {
                let answer = socket.wait_for("an answer", |frame| match frame {
                    ServerFrame::Reply { .. } | ServerFrame::Refused { .. } | ServerFrame::Error { .. } => {
                        Some(frame)
                    }
                    _ => None,
                });
                answers.push(answer.await);
            }
            texts.push(("refusals", format!("{answers:?}")));
        }
        for path in [
            "/api/v1/snapshot".to_owned(),
            "/api/v1/me".to_owned(),
            "/api/v1/users".to_owned(),
            format!("/api/v1/users?search={CANARY}"),
            format!("/api/v1/clients?archived=true&search={CANARY}"),
            format!("/api/v1/threads/{thread}/messages"),
            "/".to_owned(),
            "/people".to_owned(),
            "/admin".to_owned(),
        ] {
            texts.push(("HTTP", get(server, &listener.token, &path).await));
        }
        for (path, text) in texts {
            for secret in &secrets {
                assert!(
                    !text.contains(secret),
                    "{path} tells {}: {text}",
                    listener.user.display_name.as_str()
                );
            }
        }
        // The address itself names the thread, so only what is said in it counts.
        let page = get(server, &listener.token, &format!("/threads/{thread}")).await;
        assert!(!page.contains(CANARY) && !page.contains(PAGE_CANARY), "{page}");
    }
}

fn latest(thread: ThreadId) -> LoadMessages {
    LoadMessages {
        thread,
        from: Anchor::Latest,
        limit: 50,
    }
}

async fn get(server: &TestServer, token: &str, path: &str) -> String {
    let response = server.request(Method::GET, path).bearer_auth(token).send().await;
    response.expect("an answer").text().await.expect("text")
}

async fn the_log_has_no_text_no_secret_and_no_address(engine: Engine) {
    const FROM: &str = "203.0.113.77";
    log::begin();
    let mut place = Place::new(engine).await;
    place
        .server
        .restart_with(|settings| {
            settings.trusted_proxies = vec![[127, 0, 0, 1].into()];
            crate::push::quick(settings);
        })
        .await;
    let (ana, ben) = (place.ana.user.clone(), place.ben.user.clone());
    place.ana = Listener::new(&place.server, &ana).await;
    place.ben = Listener::new(&place.server, &ben).await;
    place.others = Vec::new();
    // Where a browser is pushed to is a secret as well, and so is what is pushed.
    let mut browser = PushEndpoint::start().await;
    let actor = place.server.running().service.actor(place.ben.caller);
    let subscribed = actor.subscribe_push(browser.subscribe(CANARY)).await;
    drop(subscribed.expect("it is subscribed"));
    let key = actor.load_push(LoadPush {}).await.expect("a key").key;
    place.let_everything_happen().await;
    // So is which page was looked at.
    let mut site = PageSite::start().await;
    let link = site.page(&format!("titled/{CANARY}"));
    place.call(place.ana.caller, say(place.thread, &link)).await;
    let stop = CancellationToken::new();
    let outbound = Outbound::new(Duration::from_secs(5), true).expect("certificates");
    let service = place.server.running().service.clone();
    let looking = tokio::spawn(previews::work(
        service,
        outbound,
        Timings::default(),
        stop.clone(),
    ));
    let is_found = |frame| match frame {
        ServerFrame::Event {
            event: Event::MessageChanged { message },
            ..
        } => message
            .preview
            .filter(|preview| preview.title == CANARY)
            .map(drop),
        _ => None,
    };
    place.ana.socket.wait_for("a preview", is_found).await;
    stop.cancel();
    looking.await.expect("it stops");
    assert!(site.next().await.path.contains(CANARY), "or this proves nothing");
    // What happened was read at once, so this one is what is pushed.
    place.call(place.ana.caller, say(place.thread, CANARY)).await;
    let pushed = browser.next(&key).await;
    assert!(format!("{pushed:?}").contains(CANARY), "or this proves nothing");

    let server = &place.server;
    let owner = server.register("eve").await;
    let entrance = server.sign_in(&owner.user).await;
    let post = |path: &str, body: Value| {
        server
            .request(Method::POST, path)
            .header("x-forwarded-for", FROM)
            .json(&body)
            .send()
    };
    // Wrong passwords, guessed tokens, broken bodies and foreign pages: what an operator would look for in a log.
    for answer in [
        post(
            "/api/v1/auth/sign-in",
            json!({ "username": "ana", "password": format!("not {CANARY}") }),
        )
        .await,
        post(
            "/api/v1/auth/refresh",
            json!({ "refresh_token": place.ana.token }),
        )
        .await,
        post(
            "/api/v1/auth/refresh",
            json!({ "refresh_token": entrance["refresh_token"] }),
        )
        .await,
        post(
            "/api/v1/auth/sign-in",
            json!({ "username": CANARY, "password": 7 }),
        )
        .await,
    ] {
        drop(answer.expect("an answer"));
    }
    for path in [
        format!("/join/{CANARY}"),
        format!("/set-up/{CANARY}"),
        format!("/{CANARY}?q={CANARY}"),
    ] {
        drop(get(server, &place.ana.token, &path).await);
    }
    let foreign = server
        .request(Method::PUT, "/api/v1/me/name")
        .header(header::ORIGIN, format!("https://{CANARY}.example"))
        .header(header::COOKIE, format!("tidings_access={}", place.ana.token))
        .json(&json!({ "display_name": CANARY }));
    drop(foreign.send().await.expect("an answer"));
    place
        .ana
        .socket
        .send_text(&format!("{{\"type\":\"{CANARY}\"}}"))
        .await;
    place.ana.socket.send_text(CANARY).await;
    place
        .ana
        .hear_until(server.running().service.head().await.expect("a head"))
        .await;
    place.server.stop().await;

    let log = log::take();
    assert!(
        log.contains("request{"),
        "something is logged, or this proves nothing"
    );
    let refresh = entrance["refresh_token"].as_str().expect("a token");
    for secret in [
        CANARY,
        FROM,
        PASSWORD,
        &place.ana.token,
        refresh,
        &refresh[refresh.len() - 20..],
        "$argon2id$",
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}
