//! Who may do what: one table over every route and every command.
//!
//! A command without a row does not compile; a route without one fails at once.

use http::{Method, StatusCode, header};
use reqwest::Response;
use serde_json::{Value, json};
use tidings_protocol::{
    AccountRole, AttachmentId, ClientId, Command, DisplayName, ErrorCode, History, InviteId, LocalId,
    MemberRole, Password, PushId, ThreadId, Title, User, UserId,
    command::{
        AddClient, AddMembers, Anchor, ArchiveClient, ChangePassword, CreateGroup, CreateInvite,
        DeleteMessage, EditClient, EditMessage, HideMessage, HidePushContent, LeaveGroup, ListDeletions,
        ListInvites, ListUsers, LoadMessages, LoadPush, LoadReceipts, LoadVersions, LocateDate, MarkRead,
        MarkUnread, OpenThread, React, RemoveMember, RemovePreview, Rename, RenameGroup, RevokeInvite,
        SearchClients, SearchMessages, SearchPeople, SendMessage, SetActive, SetMemberRole, SetRole,
        SetSmartReplies, SetThreadSettings, SignOutEverywhere, SubscribePush, SuggestReplies, TestPush,
        UnsubscribePush,
    },
    limits, search,
};
use tidings_server::{
    router,
    service::{Caller, Error},
};
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{PASSWORD, TestServer, client_fields, on_both_engines},
};

on_both_engines! {
    every_route_does_what_the_table_says_for_everybody
    every_command_does_what_the_table_says_for_everybody
    what_is_not_yours_looks_like_what_does_not_exist
    every_route_limits_its_body
}

/// The parts that somebody can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// Brings no token.
    Anonymous,
    /// Brings the token of a session that has ended.
    SignedOut,
    /// Brings the token of an account that was deactivated.
    Deactivated,
    /// Is staff, and no member of the thread.
    Other,
    /// Is staff, and a member of the thread.
    Member,
    /// Is an admin, and no member of the thread.
    Admin,
    /// Is an owner, and no member of the thread.
    Owner,
}

const EVERYBODY: [Who; 7] = [
    Who::Anonymous,
    Who::SignedOut,
    Who::Deactivated,
    Who::Other,
    Who::Member,
    Who::Admin,
    Who::Owner,
];

/// Whose it is to use something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Right {
    Anyone,
    /// Whoever brings what this asks for: a password, a token, a link. Being somebody else does not help.
    Proof,
    SignedIn,
    /// A page: others are sent to sign in.
    SignedInPage,
    Members,
    Admins,
    Owners,
}

/// What comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    SignIn,
    SentToSignIn,
    Forbidden,
    NotFound,
    NoProof,
}

fn outcome(right: Right, who: Who) -> Outcome {
    let is_known = match who {
        Who::Anonymous | Who::SignedOut | Who::Deactivated => false,
        Who::Other | Who::Member | Who::Admin | Who::Owner => true,
    };
    let may = match right {
        Right::Anyone => return Outcome::Done,
        Right::Proof => return Outcome::NoProof,
        Right::SignedInPage if !is_known => return Outcome::SentToSignIn,
        _ if !is_known => return Outcome::SignIn,
        Right::SignedIn | Right::SignedInPage => true,
        Right::Members if who != Who::Member => return Outcome::NotFound,
        Right::Members => true,
        Right::Admins => matches!(who, Who::Admin | Who::Owner),
        Right::Owners => who == Who::Owner,
    };
    if may { Outcome::Done } else { Outcome::Forbidden }
}

/// What a route needs, what is sent to it, and the status when it is done.
struct Row {
    right: Right,
    body: Option<Value>,
    done: StatusCode,
}

fn row(right: Right) -> Row {
    Row {
        right,
        body: None,
        done: StatusCode::OK,
    }
}

impl Row {
    fn with(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    fn answers(mut self, done: StatusCode) -> Self {
        self.done = done;
        self
    }
}

/// The table of routes.
fn of_route(method: &Method, path: &str, world: &World) -> Row {
    let fields = json!({ "name": "Harbour Clinic" });
    match (method.as_str(), path) {
        ("POST", "/api/v1/auth/sign-in") => {
            // Another name each time: none is to be slowed down.
            row(Right::Proof).with(json!({ "username": Uuid::now_v7(), "password": "12345678" }))
        }
        ("POST", "/api/v1/auth/refresh") => row(Right::Proof).with(json!({ "refresh_token": "a guess" })),
        ("POST", "/api/v1/auth/sign-out") => row(Right::SignedIn).answers(StatusCode::NO_CONTENT),
        (
            "GET",
            "/api/v1/me" | "/api/v1/search" | "/api/v1/snapshot" | "/api/v1/connection" | "/api/v1/users"
            | "/api/v1/clients",
        ) => row(Right::SignedIn),
        ("PUT", "/api/v1/me/name") => row(Right::SignedIn).with(json!({ "display_name": "Renamed" })),
        ("PUT", "/api/v1/me/password") => {
            row(Right::SignedIn).with(json!({ "current": PASSWORD, "new": PASSWORD }))
        }
        ("POST", "/api/v1/me/sign-out-everywhere") => row(Right::SignedIn),
        ("POST", "/api/v1/threads") => row(Right::SignedIn).with(json!({ "with": world.target })),
        ("GET", "/api/v1/threads/{thread}/messages") => row(Right::Members),
        ("GET", "/api/v1/threads/{thread}/date") => row(Right::Members),
        ("POST", "/api/v1/threads/{thread}/messages") => {
            row(Right::Members).with(json!({ "local_id": Uuid::now_v7(), "body": "Hello." }))
        }
        ("GET", "/api/v1/threads/{thread}/suggestions") => row(Right::Members),
        ("PUT", "/api/v1/me/smart-replies") => row(Right::SignedIn).with(json!({ "choice": "local" })),
        ("PUT", "/api/v1/threads/{thread}/messages/{seq}") => {
            row(Right::Members).with(json!({ "body": "Hello again." }))
        }
        (
            "GET",
            "/api/v1/threads/{thread}/messages/{seq}/versions"
            | "/api/v1/threads/{thread}/messages/{seq}/receipts",
        )
        | ("PUT", "/api/v1/threads/{thread}/messages/{seq}/hidden")
        | (
            "DELETE",
            "/api/v1/threads/{thread}/messages/{seq}" | "/api/v1/threads/{thread}/messages/{seq}/preview",
        ) => row(Right::Members),
        ("POST", "/api/v1/threads/{thread}/read") => row(Right::Members).with(json!({ "seq": 1 })),
        ("POST", "/api/v1/threads/{thread}/unread") => row(Right::Members).with(json!({ "seq": 1 })),
        ("PUT", "/api/v1/threads/{thread}/settings") => row(Right::Members).with(json!({ "pinned": true })),
        ("PUT", "/api/v1/threads/{thread}/reactions") => {
            row(Right::Members).with(json!({ "seq": 1, "emoji": "👍", "on": true }))
        }
        ("PUT", "/api/v1/uploads/{attachment}") => row(Right::SignedIn).with(json!({ "any": "bytes" })),
        ("GET", "/api/v1/files/{attachment}" | "/api/v1/files/{attachment}/thumbnail") => row(Right::Members),
        ("POST", "/api/v1/groups") => row(Right::SignedIn)
            .with(json!({ "thread": Uuid::now_v7(), "title": "Night shift", "members": [world.target] })),
        ("PUT", "/api/v1/threads/{thread}/title") => {
            row(Right::Members).with(json!({ "title": "Day shift" }))
        }
        ("POST", "/api/v1/threads/{thread}/members") => {
            row(Right::Members).with(json!({ "users": [world.target] }))
        }
        ("PUT", "/api/v1/threads/{thread}/members/{user}/role") => {
            row(Right::Members).with(json!({ "role": "admin" }))
        }
        ("DELETE", "/api/v1/threads/{thread}/members/{user}")
        | ("POST", "/api/v1/threads/{thread}/leave") => row(Right::Members),
        ("GET", "/api/v1/users/all" | "/api/v1/invites" | "/api/v1/deletions") => row(Right::Admins),
        ("PUT", "/api/v1/users/{user}/active") => row(Right::Admins).with(json!({ "active": true })),
        ("PUT", "/api/v1/users/{user}/role") => row(Right::Owners).with(json!({ "role": "staff" })),
        ("POST", "/api/v1/clients") => {
            row(Right::SignedIn).with(json!({ "client": Uuid::now_v7(), "name": "Harbour Clinic" }))
        }
        ("PUT", "/api/v1/clients/{client}") => row(Right::SignedIn).with(fields),
        ("PUT", "/api/v1/clients/{client}/archived") => {
            row(Right::SignedIn).with(json!({ "archived": false }))
        }
        ("POST", "/api/v1/invites") => row(Right::Admins).with(json!({ "role": "staff" })),
        ("DELETE", "/api/v1/invites/{invite}") => row(Right::Admins),
        ("GET", "/api/v1/push") => row(Right::SignedIn),
        ("PUT", "/api/v1/push/hide-content") => row(Right::SignedIn).with(json!({ "hidden": true })),
        ("POST", "/api/v1/push/subscriptions") => row(Right::SignedIn).with(json!(browser())),
        // Of what is not theirs, people can't tell that it is there; taking it away twice is as good as once.
        ("DELETE", "/api/v1/push/subscriptions/{push}") => row(Right::SignedIn),
        ("POST", "/api/v1/push/subscriptions/{push}/test") => row(Right::Members),
        // Without the headers of an upgrade, which only somebody known is told.
        ("GET", "/api/v1/socket") => row(Right::SignedIn).answers(StatusCode::BAD_REQUEST),
        ("POST", "/api/v1/poll") => row(Right::SignedIn).with(json!({})),
        ("GET", "/health") => row(Right::Anyone),

        ("POST", "/api/fn/entry") => row(Right::Anyone),
        ("POST", "/api/fn/opening") => row(Right::SignedIn).with(json!({ "path": "/" })),
        ("POST", "/api/fn/sign_out") => row(Right::Anyone),
        ("POST", "/api/fn/invited") => row(Right::Proof).with(json!({ "token": "a-guess" })),
        ("POST", "/api/fn/sign_in") => {
            row(Right::Proof).with(json!({ "username": Uuid::now_v7().to_string(), "password": "12345678" }))
        }
        ("POST", "/api/fn/set_up" | "/api/fn/join") => row(Right::Proof).with(account("a-guess")),
        // Registration is closed here.
        ("POST", "/api/fn/register") => row(Right::Proof).with(account("")),

        (
            "GET",
            "/"
            | "/search"
            | "/threads/{thread}"
            | "/threads/{thread}/group"
            | "/groups/new"
            | "/people"
            | "/clients"
            | "/clients/{client}"
            | "/settings"
            | "/admin",
        ) => row(Right::SignedInPage),
        ("GET", "/sign-in" | "/register" | "/join/{token}" | "/set-up/{token}") => row(Right::Anyone),

        _ => panic!("{method} {path} has no row: say here who may use it"),
    }
}

/// The table of commands.
fn of_command(command: &Command) -> Right {
    match command {
        Command::SendMessage(_)
        | Command::EditMessage(_)
        | Command::DeleteMessage(_)
        | Command::LoadVersions(_)
        | Command::HideMessage(_)
        | Command::LoadReceipts(_)
        | Command::MarkRead(_)
        | Command::MarkUnread(_)
        | Command::SetThreadSettings(_)
        | Command::React(_)
        | Command::RemovePreview(_)
        | Command::SuggestReplies(_)
        | Command::AddMembers(_)
        | Command::SetMemberRole(_)
        | Command::RemoveMember(_)
        | Command::RenameGroup(_)
        | Command::LeaveGroup(_)
        | Command::LocateDate(_)
        | Command::LoadMessages(_)
        // The browser is the member's.
        | Command::TestPush(_) => Right::Members,
        Command::OpenThread(_)
        | Command::CreateGroup(_)
        | Command::SearchMessages(_)
        | Command::SearchPeople(_)
        | Command::SearchClients(_)
        | Command::AddClient(_)
        | Command::EditClient(_)
        | Command::ArchiveClient(_)
        | Command::SetSmartReplies(_)
        | Command::Rename(_)
        | Command::ChangePassword(_)
        | Command::SignOutEverywhere(_)
        | Command::SubscribePush(_)
        | Command::UnsubscribePush(_)
        | Command::HidePushContent(_)
        | Command::LoadPush(_) => Right::SignedIn,
        Command::ListUsers(_)
        | Command::SetActive(_)
        | Command::CreateInvite(_)
        | Command::ListInvites(_)
        | Command::ListDeletions(_)
        | Command::RevokeInvite(_) => Right::Admins,
        Command::SetRole(_) => Right::Owners,
    }
}

/// One command of each kind, which changes nothing that a later one needs.
fn commands(world: &World) -> Vec<Command> {
    let (_, fields) = client_fields("Harbour Clinic");
    let (thread, group) = (world.thread, world.group);
    let client = world.client;
    let user = world.target;
    let text = String::new;
    vec![
        SendMessage {
            thread,
            local_id: LocalId(Uuid::now_v7()),
            body: Some(tidings_protocol::Body::new("Hello.").expect("a text")),
            attachments: Vec::new(),
            reply_to: None,
            forwarded: false,
            files_of: None,
        }
        .into(),
        // The second message is the member's own.
        EditMessage {
            thread,
            seq: tidings_protocol::Seq(2),
            body: tidings_protocol::Body::new("Hello again.").expect("a text"),
        }
        .into(),
        LoadVersions {
            thread,
            seq: tidings_protocol::Seq(2),
        }
        .into(),
        HideMessage {
            thread,
            seq: tidings_protocol::Seq(1),
        }
        .into(),
        LoadReceipts {
            thread,
            seq: tidings_protocol::Seq(2),
        }
        .into(),
        DeleteMessage {
            thread,
            seq: tidings_protocol::Seq(2),
        }
        .into(),
        MarkRead {
            thread,
            seq: tidings_protocol::Seq(1),
            rewinds: None,
        }
        .into(),
        MarkUnread {
            thread,
            seq: tidings_protocol::Seq(1),
            rewinds: None,
        }
        .into(),
        SetThreadSettings {
            thread,
            settings: Default::default(),
        }
        .into(),
        React {
            thread,
            seq: tidings_protocol::Seq(1),
            emoji: tidings_protocol::Emoji::new("👍").expect("an emoji"),
            on: true,
        }
        .into(),
        RemovePreview {
            thread,
            seq: tidings_protocol::Seq(2),
        }
        .into(),
        SuggestReplies {
            thread,
            seq: tidings_protocol::Seq(1),
        }
        .into(),
        SetSmartReplies {
            choice: tidings_protocol::SmartReplies::Local,
            model: None,
        }
        .into(),
        LoadMessages {
            thread,
            from: Anchor::Latest,
            limit: 1,
        }
        .into(),
        SearchMessages {
            query: search::parse("hello").query(search::Date::begins_in_utc),
            before: None,
            limit: 10,
        }
        .into(),
        LocateDate {
            thread,
            at: tidings_protocol::Timestamp(0),
        }
        .into(),
        OpenThread {
            with: user,
            client: None,
        }
        .into(),
        CreateGroup {
            thread: ThreadId(Uuid::now_v7()),
            title: title(),
            members: vec![user],
            client: None,
            history: History::All,
        }
        .into(),
        AddMembers {
            thread: group,
            users: vec![user],
        }
        .into(),
        SetMemberRole {
            thread: group,
            user,
            role: MemberRole::Admin,
        }
        .into(),
        RemoveMember { thread: group, user }.into(),
        RenameGroup {
            thread: group,
            title: title(),
        }
        .into(),
        LeaveGroup { thread: group }.into(),
        SearchPeople { text: text() }.into(),
        SearchClients {
            text: text(),
            archived: true,
        }
        .into(),
        AddClient {
            client: ClientId(Uuid::now_v7()),
            fields: fields.clone(),
        }
        .into(),
        EditClient { client, fields }.into(),
        ArchiveClient {
            client,
            archived: false,
        }
        .into(),
        Rename {
            display_name: DisplayName::new("Renamed").expect("a name"),
        }
        .into(),
        ChangePassword {
            current: PASSWORD.to_owned(),
            new: Password::new(PASSWORD).expect("a password"),
        }
        .into(),
        ListUsers {}.into(),
        SetActive { user, active: true }.into(),
        SetRole {
            user,
            role: AccountRole::Staff,
        }
        .into(),
        CreateInvite {
            role: AccountRole::Staff,
        }
        .into(),
        ListInvites {}.into(),
        ListDeletions {}.into(),
        RevokeInvite { invite: world.invite }.into(),
        TestPush {
            subscription: world.push,
        }
        .into(),
        HidePushContent { hidden: false }.into(),
        LoadPush {}.into(),
        UnsubscribePush {
            subscription: PushId(Uuid::now_v7()),
        }
        .into(),
        // The last but one: the member's browser has a new place with it.
        browser().into(),
        // The last one: the session ends with it.
        SignOutEverywhere {}.into(),
    ]
}

fn browser() -> SubscribePush {
    SubscribePush {
        endpoint: format!("https://push.example.net/{}", Uuid::now_v7()),
        p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
            .to_owned(),
        auth: "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
        name: String::new(),
    }
}

fn title() -> Title {
    Title::new("Night shift").expect("a title")
}

async fn subscribe(server: &TestServer, caller: Caller) -> PushId {
    let actor = server.running().service.actor(caller);
    actor.subscribe_push(browser()).await.expect("a browser").id
}

fn account(token: &str) -> Value {
    json!({ "token": token, "username": "eve", "display_name": "Eve", "password": PASSWORD })
}

/// Somebody who has a part.
struct Player {
    who: Who,
    user: User,
    caller: Caller,
    token: String,
}

impl Player {
    async fn sign_in(server: &TestServer, who: Who, user: User) -> Self {
        let entrance = server.sign_in(&user).await;
        Self {
            who,
            caller: Caller {
                user: user.id,
                session: serde_json::from_value(entrance["session"].clone()).expect("a session"),
            },
            token: entrance["access_token"].as_str().expect("a token").to_owned(),
            user,
        }
    }
}

/// Somebody for each part, and things for them to reach for.
struct World {
    server: TestServer,
    people: Vec<Player>,
    thread: ThreadId,
    /// A group that the member owns and the target is in.
    group: ThreadId,
    client: ClientId,
    invite: InviteId,
    push: PushId,
    target: UserId,
    attachment: AttachmentId,
}

impl World {
    async fn new(engine: Engine) -> Self {
        let mut server = TestServer::start_with(engine, trusting).await;
        let owner = server.register("owner").await;
        let mut people = Vec::new();
        for who in [
            Who::SignedOut,
            Who::Deactivated,
            Who::Other,
            Who::Member,
            Who::Admin,
        ] {
            people.push((who, server.register(&format!("{who:?}").to_lowercase()).await));
        }
        people.push((Who::Owner, owner.clone()));
        let [target, partner] = [server.register("target").await, server.register("partner").await];
        // From here on nobody registers.
        server
            .restart_with(|settings| settings.registration = Default::default())
            .await;

        let of = |wanted: Who| {
            let found = people.iter().find(|(who, _)| *who == wanted);
            found.expect("everybody has an account").1.clone()
        };
        let service = server.running().service.clone();
        let owner = service.actor(owner.caller());
        let partner = service.actor(partner.caller());
        let opened = partner
            .open_thread(OpenThread {
                with: of(Who::Member).user.id,
                client: None,
            })
            .await
            .expect("it opens");
        let thread = opened.thread.id;
        let member = service.actor(of(Who::Member).caller());
        for sender in [&partner, &member] {
            sender
                .send_message(SendMessage {
                    thread,
                    local_id: LocalId(Uuid::now_v7()),
                    body: Some(tidings_protocol::Body::new("Hello.").expect("a text")),
                    attachments: Vec::new(),
                    reply_to: None,
                    forwarded: false,
                    files_of: None,
                })
                .await
                .expect("it is sent");
        }
        let group = member
            .create_group(CreateGroup {
                thread: ThreadId(Uuid::now_v7()),
                title: title(),
                members: vec![target.user.id],
                client: None,
                history: History::FromJoining,
            })
            .await
            .expect("it is made");
        let (client, fields) = client_fields("Harbour Clinic");
        owner
            .add_client(AddClient { client, fields })
            .await
            .expect("it is added");
        let invite = owner
            .create_invite(CreateInvite {
                role: AccountRole::Staff,
            })
            .await
            .expect("an invite");
        owner
            .set_role(SetRole {
                user: of(Who::Admin).user.id,
                role: AccountRole::Admin,
            })
            .await
            .expect("an admin");

        let mut signed_in = Vec::new();
        for (who, account) in people {
            signed_in.push(Player::sign_in(&server, who, account.user).await);
        }
        for player in &signed_in {
            match player.who {
                Who::SignedOut => service.sign_out(player.caller.session).await.expect("it ends"),
                Who::Deactivated => {
                    let user = player.user.id;
                    let deactivate = SetActive { user, active: false };
                    drop(owner.set_active(deactivate).await.expect("it is deactivated"));
                }
                _ => {}
            }
        }
        let member = signed_in.iter().find(|player| player.who == Who::Member);
        let member = member.expect("a member").caller;
        let push = subscribe(&server, member).await;
        let mut world = Self {
            server,
            people: signed_in,
            thread,
            group: group.thread.id,
            client,
            invite: invite.id,
            push,
            target: target.user.id,
            attachment: AttachmentId(Uuid::now_v7()),
        };
        world.send_picture().await;
        world
    }

    /// The member sends a picture to the thread.
    async fn send_picture(&mut self) {
        const DOT: &[u8] =
            b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";
        let member = self.player(Who::Member).expect("a member");
        let path = format!("/api/v1/uploads/{}", self.attachment);
        let upload = self.server.request(Method::PUT, &path).bearer_auth(&member.token);
        let answer = upload.body(DOT).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let send = SendMessage {
            thread: self.thread,
            local_id: LocalId(Uuid::now_v7()),
            body: None,
            attachments: vec![self.attachment],
            reply_to: None,
            forwarded: false,
            files_of: None,
        };
        let actor = self.server.running().service.actor(member.caller);
        drop(actor.send_message(send).await.expect("it is sent"));
    }

    fn player(&self, wanted: Who) -> Option<&Player> {
        self.people.iter().find(|player| player.who == wanted)
    }

    /// A new session for somebody whose last one has just ended.
    async fn renew(&mut self, wanted: Who) {
        let player = self.people.iter_mut().find(|player| player.who == wanted);
        let player = player.expect("somebody");
        *player = Player::sign_in(&self.server, wanted, player.user.clone()).await;
        if wanted == Who::Member {
            // It ended with the session.
            self.push = subscribe(&self.server, player.caller).await;
        }
    }

    fn address(&self, path: &str) -> String {
        let about_group = ["/title", "/members", "/leave"]
            .iter()
            .any(|part| path.contains(part));
        let thread = if about_group { self.group } else { self.thread };
        path.replace("{thread}", &thread.to_string())
            .replace("{user}", &self.target.to_string())
            .replace("{client}", &self.client.to_string())
            // The second message is the member's own.
            .replace("{seq}", "2")
            .replace("{invite}", &self.invite.to_string())
            .replace("{push}", &self.push.to_string())
            // Each upload is another file.
            .replace("uploads/{attachment}", &format!("uploads/{}", Uuid::now_v7()))
            .replace("{attachment}", &self.attachment.to_string())
            .replace("{token}", "a-guess")
            + required_query(path)
    }

    async fn ask(&self, who: Who, method: &Method, path: &str, body: Option<&Value>) -> Response {
        let mut request = self
            .server
            .request(method.clone(), &self.address(path))
            .header("x-forwarded-for", another_address())
            .header(header::ACCEPT, "application/json");
        if let Some(player) = self.player(who) {
            request = request.bearer_auth(&player.token);
        }
        request = match body {
            // A form, as pages send it.
            _ if path.starts_with("/api/fn/") => request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form(body)),
            Some(body) => request.json(body),
            None => request,
        };
        request.send().await.expect("an answer")
    }
}

/// What an address does not answer without.
fn required_query(path: &str) -> &'static str {
    if path.ends_with("/suggestions") {
        "?to=1"
    } else {
        ""
    }
}

fn form(body: Option<&Value>) -> String {
    let fields = body.and_then(Value::as_object).into_iter().flatten();
    let fields =
        fields.map(|(name, value)| format!("{name}={}", value.as_str().expect("text").replace(' ', "+")));
    fields.collect::<Vec<_>>().join("&")
}

fn trusting(settings: &mut tidings_server::config::Settings) {
    settings.trusted_proxies = vec![[127, 0, 0, 1].into()];
}

/// Each from somewhere else, so that nobody is too fast.
fn another_address() -> String {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let [high, low] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    format!("198.18.{high}.{low}")
}

fn seen(status: StatusCode, row: &Row, response: &Response) -> Outcome {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::GONE if row.right == Right::Proof => {
            Outcome::NoProof
        }
        StatusCode::UNAUTHORIZED => Outcome::SignIn,
        StatusCode::FORBIDDEN => Outcome::Forbidden,
        StatusCode::NOT_FOUND => Outcome::NotFound,
        StatusCode::SEE_OTHER if response.headers()[header::LOCATION] == "/sign-in" => Outcome::SentToSignIn,
        status if status == row.done => Outcome::Done,
        status => panic!("{status} is no answer of this table"),
    }
}

async fn every_route_does_what_the_table_says_for_everybody(engine: Engine) {
    let mut world = World::new(engine).await;
    let addresses = router::addresses();
    assert!(
        addresses.len() > 40,
        "pages, functions and the API: {addresses:?}"
    );
    for (method, path) in addresses {
        for who in EVERYBODY {
            let row = of_route(&method, &path, &world);
            let response = world.ask(who, &method, &path, row.body.as_ref()).await;
            let status = response.status();
            // Its answer to a program is the redirect of a form.
            let signs_out = path == "/api/fn/sign_out";
            if !signs_out {
                assert_eq!(
                    seen(status, &row, &response),
                    outcome(row.right, who),
                    "{method} {path} for {who:?}: {status}"
                );
            }
            let ended = signs_out || path.contains("sign-out");
            if ended && outcome(Right::SignedIn, who) == Outcome::Done {
                let again = world.ask(who, &Method::GET, "/api/v1/me", None).await;
                assert_eq!(
                    again.status(),
                    StatusCode::UNAUTHORIZED,
                    "{path} ends the session"
                );
                world.renew(who).await;
            }
        }
    }
}

async fn every_command_does_what_the_table_says_for_everybody(engine: Engine) {
    let world = World::new(engine).await;
    let mut covered: Vec<_> = commands(&world).iter().map(Command::name).collect();
    let mut all = Command::VARIANTS.to_vec();
    covered.sort_unstable();
    all.sort_unstable();
    assert_eq!(covered, all, "one of each kind");
    let service = &world.server.running().service;
    for Player { who, caller, .. } in &world.people {
        for command in commands(&world) {
            let name = command.name();
            let right = of_command(&command);
            let seen = match service.actor(*caller).call(command).await {
                Ok(_) => Outcome::Done,
                Err(Error::SignedOut) => Outcome::SignIn,
                Err(error) => match error.api().code {
                    ErrorCode::Forbidden => Outcome::Forbidden,
                    ErrorCode::NotFound => Outcome::NotFound,
                    _ => panic!("{name} for {who:?}: {error}"),
                },
            };
            assert_eq!(seen, outcome(right, *who), "{name} for {who:?}");
        }
    }
}

async fn what_is_not_yours_looks_like_what_does_not_exist(engine: Engine) {
    let world = World::new(engine).await;
    let nothing = World {
        server: world.server,
        people: world.people,
        thread: ThreadId(Uuid::now_v7()),
        group: ThreadId(Uuid::now_v7()),
        client: ClientId(Uuid::now_v7()),
        invite: InviteId(Uuid::now_v7()),
        push: PushId(Uuid::now_v7()),
        target: UserId(Uuid::now_v7()),
        attachment: AttachmentId(Uuid::now_v7()),
    };
    let there = |path: &str| {
        let thread = if path.contains("/messages") {
            world.thread
        } else {
            world.group
        };
        path.replace("{thread}", &thread.to_string())
            .replace("{user}", &world.target.to_string())
            .replace("{invite}", &world.invite.to_string())
            .replace("{push}", &world.push.to_string())
            .replace("{attachment}", &world.attachment.to_string())
    };
    for (method, path) in router::addresses() {
        for who in EVERYBODY {
            let row = of_route(&method, &path, &nothing);
            let outcome = outcome(row.right, who);
            if !path.contains('{') || !path.starts_with("/api") || outcome == Outcome::Done {
                continue;
            }
            let mut answers = Vec::new();
            for path in [there(&path), path.clone()] {
                let response = nothing.ask(who, &method, &path, row.body.as_ref()).await;
                let status = response.status();
                answers.push((status, response.text().await.expect("text")));
            }
            assert_eq!(answers[0], answers[1], "{method} {path} for {who:?}");
        }
    }
}

async fn every_route_limits_its_body(engine: Engine) {
    let world = World::new(engine).await;
    let oversized = vec![b'x'; limits::HTTP_BODY_MAX_BYTES + 1];
    for (method, path) in router::addresses() {
        // Files are larger: `attachments` has their limit.
        if path.contains("/uploads/") {
            continue;
        }
        let answer = world
            .server
            .request(method.clone(), &world.address(&path))
            .bearer_auth(&world.player(Who::Owner).expect("an owner").token)
            .header(header::CONTENT_TYPE, "application/json")
            .body(oversized.clone())
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE, "{method} {path}");
    }
}
