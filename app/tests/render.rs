//! Pages as HTML from a fixed [`Boot`]: the names and roles that assistive technology and the browser tests rely on,
//! and what stands where there is nothing or something failed.

#![cfg(feature = "ssr")]
// A view's type nests as deep as the page does.
#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its fixtures too"
)]

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;
use leptos::{prelude::*, tachys::view::RenderHtml};
use leptos_router::location::RequestUrl;
use tidings_app::{
    App,
    api::port::{AccountForm, Entry, Opening, Port, PortHandle},
};
use tidings_device::Boot;
use tidings_protocol::{
    AccountRole, ApiError, Command, ErrorCode, History, LinkPreview, MemberRole, Presence, Presences, Reply,
    Seq, ThreadId, ThreadKind, Timestamp, Title, presence::UserPresence,
};

/// A server that answers from values.
struct Fixed {
    boot: Result<Boot, ApiError>,
}

#[async_trait]
impl Port for Fixed {
    async fn entry(&self) -> Result<Entry, ApiError> {
        Ok(Entry {
            needs_set_up: false,
            open_registration: false,
            signed_in: false,
        })
    }
    async fn opening(
        &self,
        _open: Option<ThreadId>,
        _at: Option<tidings_protocol::Seq>,
        questions: Vec<Command>,
    ) -> Result<Opening, ApiError> {
        let boot = self.boot.clone()?;
        let answers = questions
            .into_iter()
            .filter_map(|question| answer(&question).map(|answer| (question, answer)))
            .collect();
        Ok(Opening { boot, answers })
    }
    async fn sign_in(&self, _username: String, _password: String) -> Result<(), ApiError> {
        Ok(())
    }
    async fn sign_out(&self) -> Result<(), ApiError> {
        Ok(())
    }
    async fn set_up(&self, _token: String, _account: AccountForm) -> Result<(), ApiError> {
        Ok(())
    }
    async fn invited(&self, _token: String) -> Result<AccountRole, ApiError> {
        Err(ApiError::new(ErrorCode::Gone, "This link was used already."))
    }
    async fn join(&self, _token: String, _account: AccountForm) -> Result<(), ApiError> {
        Ok(())
    }
    async fn register(&self, _account: AccountForm) -> Result<(), ApiError> {
        Ok(())
    }
}

const ANA: &str = "01900000-0000-7000-8000-00000000000a";
const BEN: &str = "01900000-0000-7000-8000-00000000000b";
const THREAD: &str = "01900000-0000-7000-8000-0000000000aa";
const CLIENT: &str = "01900000-0000-7000-8000-0000000000cc";

/// 2023-11-14, 22:13:20 UTC.
const NOW: i64 = 1_700_000_000_000;

fn user(id: &str, username: &str, name: &str, role: &str) -> serde_json::Value {
    serde_json::json!({
        "id": id, "username": username, "display_name": name, "role": role, "active": true, "last_seen": null,
    })
}

fn message(seq: i64, sender: &str, body: &str) -> serde_json::Value {
    serde_json::json!({
        "id": format!("01900000-0000-7000-8000-0000000001{seq:02}"),
        "thread": THREAD,
        "seq": seq,
        "sender": sender,
        "local_id": format!("01900000-0000-7000-8000-0000000002{seq:02}"),
        "content": { "kind": "text", "body": body },
        "sent_at": NOW - 60_000 * (10 - seq),
    })
}

/// Ana, who shares one thread about a client with Ben: two messages of his unread.
fn anas() -> Boot {
    let messages = [
        message(1, ANA, "Is the contract signed?"),
        message(2, BEN, "<b>Yes</b>, this morning."),
        message(3, BEN, "Shall I send it?"),
    ];
    let boot = serde_json::json!({
        "snapshot": {
            "position": { "epoch": "01900000-0000-7000-8000-0000000000ee", "offset": 7 },
            "taken_at": NOW,
            "me": user(ANA, "ana", "Ana Torres", "owner"),
            "session": "01900000-0000-7000-8000-000000000055",
            "users": [user(ANA, "ana", "Ana Torres", "owner"), user(BEN, "ben", "Ben Okafor", "staff")],
            "clients": [{ "id": CLIENT, "name": "Harbour Street Clinic", "archived": false }],
            "threads": [{
                "thread": {
                    "id": THREAD,
                    "kind": "direct",
                    "client": CLIENT,
                    "members": [
                        { "user": ANA, "role": "owner", "read_seq": 1, "delivered_seq": 3 },
                        { "user": BEN, "role": "member", "read_seq": 1, "delivered_seq": 1 },
                    ],
                    "created_at": NOW - 86_400_000,
                },
                "last_seq": 3,
                "last_message": messages[2],
                "unread": 2,
            }],
            "presences": { "complete": true, "users": [{ "user": BEN, "presence": "online" }] },
        },
        "pages": [{ "thread": THREAD, "messages": messages, "last_seq": 3 }],
    });
    serde_json::from_value(boot).unwrap()
}

/// What Ana's server answers to the lists that pages ask for.
fn answer(question: &Command) -> Option<Reply> {
    let ben = user(BEN, "ben", "Ben Okafor", "staff");
    let found = serde_json::json!({ "user": ben, "presence": "online" });
    let client = serde_json::json!({ "id": CLIENT, "name": "Harbour Street Clinic", "archived": false });
    let invite = serde_json::json!({
        "id": "01900000-0000-7000-8000-0000000000dd", "role": "admin", "expires_at": NOW + 86_400_000,
    });
    let deletion = serde_json::json!({
        "thread": THREAD, "seq": 2, "sender": ben, "sent_at": NOW - 60_000,
        "deleted_by": user(ANA, "ana", "Ana Torres", "owner"), "deleted_at": NOW,
    });
    let overview = serde_json::json!({
        "key": "BA",
        "hide_content": true,
        "subscriptions": [{
            "id": "01900000-0000-7000-8000-0000000000bb",
            "name": "Firefox on Linux",
            "current": false,
            "created_at": NOW - 86_400_000,
            "last_error": { "at": NOW, "problem": "slowed", "retry_at": NOW + 60_000 },
        }],
        "decisions": [{ "thread": THREAD, "seq": 3, "at": NOW, "outcome": "read" }],
    });
    if let "LoadPush" = question.name() {
        return serde_json::from_value(serde_json::json!({ "type": "push_overview", "value": overview }))
            .ok();
    }
    let (kind, value) = match question.name() {
        "SearchPeople" => ("people", vec![found]),
        "SearchClients" => ("clients", vec![client]),
        "ListUsers" => ("users", vec![ben]),
        "ListInvites" => ("invites", vec![invite]),
        "ListDeletions" => ("deletions", vec![deletion]),
        _ => return None,
    };
    serde_json::from_value(serde_json::json!({ "type": kind, "value": value })).ok()
}

/// The page at `path`, complete, as the server sends it.
async fn page(path: &str, boot: Result<Boot, ApiError>) -> String {
    // The first test of the process sets it; the others find it set.
    any_spawner::Executor::init_tokio().ok();
    let owner = Owner::new_root(Some(Arc::new(hydration_context::SsrSharedContext::new())));
    let html = owner.with(|| {
        provide_context(RequestUrl::new(path));
        provide_context(PortHandle(Arc::new(Fixed { boot })));
        view! { <App /> }.to_html_stream_in_order()
    });
    html.collect().await
}

/// Asserts that a page contains each of `parts`, in this order.
#[track_caller]
fn holds(html: &str, parts: &[&str]) {
    let mut rest = html;
    for part in parts {
        let Some(at) = rest.find(part) else {
            panic!("{part:?} is not there, or not in its place:\n{html}");
        };
        rest = rest.split_at(at + part.len()).1;
    }
}

#[tokio::test]
async fn a_thread_has_the_names_and_roles_that_others_rely_on() {
    let html = page(&format!("/threads/{THREAD}"), Ok(anas())).await;
    holds(
        &html,
        &[
            r##"href="#main""##,
            r#"aria-label="Sections""#,
            r#"aria-label="Threads""#,
            r#"aria-label="Filter threads""#,
            "Ben Okafor",
            "Harbour Street Clinic",
            "Shall I send it?",
            "<main",
            "<h1",
            "Ben Okafor",
            "online",
            r#"role="log""#,
            r#"aria-label="Messages""#,
            r#"role="status""#,
            r#"aria-label="Message""#,
            r#"aria-label="Send""#,
        ],
    );
}

#[tokio::test]
async fn messages_are_readable_in_the_page_itself_with_their_divider_and_state() {
    let html = page(&format!("/threads/{THREAD}"), Ok(anas())).await;
    let log = html.split(r#"role="log""#).nth(1).unwrap();
    holds(
        log,
        &[
            "Is the contract signed?",
            r#"aria-label="Read""#,
            "unread-divider",
            "&lt;b&gt;Yes&lt;/b&gt;, this morning.",
            "Shall I send it?",
        ],
    );
    assert!(!html.contains("<b>Yes</b>"), "markup in a message is text");
}

#[tokio::test]
async fn a_linked_page_stands_below_its_message_with_where_it_really_is() {
    let with = |url: &str, title: &str| {
        let mut boot = anas();
        for message in &mut boot.pages[0].messages {
            message.preview = (message.seq < Seq(3)).then(|| {
                Box::new(LinkPreview {
                    url: url.to_owned(),
                    host: None,
                    site: Some("Your <bank>".to_owned()),
                    title: title.to_owned(),
                    description: Some("All about it.".to_owned()),
                })
            });
        }
        boot
    };
    let html = page(
        &format!("/threads/{THREAD}"),
        Ok(with("https://a.example/x?y", "<b>Room</b> 4")),
    )
    .await;
    holds(
        &html,
        &[
            r#"role="group" aria-label="Linked page""#,
            "<bdi>a.example</bdi>",
            "<bdi>Your &lt;bank&gt;</bdi>",
            r#"href="https://a.example/x?y""#,
            r#"rel="noopener noreferrer nofollow""#,
            "&lt;b&gt;Room&lt;/b&gt; 4",
            "All about it.",
        ],
    );
    assert_eq!(html.matches("class=\"link-card\"").count(), 2);
    let removes = r#"aria-label="Remove this preview for everybody""#;
    assert_eq!(html.matches(removes).count(), 1, "only on one's own");
    let html = page(
        &format!("/threads/{THREAD}"),
        Ok(with("javascript:alert(1)", "A page")),
    )
    .await;
    assert!(!html.contains("class=\"link-card\""));
}

#[tokio::test]
async fn times_are_rendered_in_utc_and_marked_for_machines() {
    let html = page(&format!("/threads/{THREAD}"), Ok(anas())).await;
    holds(&html, &[r#"datetime="2023-11-14T22:06:20Z""#, "22:06"]);
}

#[tokio::test]
async fn the_inbox_shows_what_is_unread() {
    let html = page("/", Ok(anas())).await;
    holds(&html, &[r#"class="unread""#, "2", " unread", "No thread is open"]);
}

#[tokio::test]
async fn lists_are_in_the_page_itself() {
    let record = format!("/clients/{CLIENT}");
    for (path, parts) in [
        ("/people", ["Harbour Street Clinic", "Write to Ben Okafor"]),
        ("/groups/new", ["Harbour Street Clinic", "Choose Ben Okafor"]),
        ("/clients", [r#"aria-label="Clients""#, "Harbour Street Clinic"]),
        (record.as_str(), ["Harbour Street Clinic", "Your threads"]),
        ("/admin", ["Works until", "Ben Okafor"]),
    ] {
        let html = page(path, Ok(anas())).await;
        holds(&html, &parts);
        assert!(!html.contains("Waiting for the server"), "{path} is not complete");
    }
}

/// The same thread as a group that Ana owns.
fn a_group() -> Boot {
    let mut boot = anas();
    let thread = &mut boot.snapshot.threads[0].thread;
    thread.kind = ThreadKind::Group;
    thread.title = Some(Title::new("Night shift").unwrap());
    thread.history = History::All;
    boot
}

#[tokio::test]
async fn a_group_has_its_name_and_names_who_speaks() {
    let html = page(&format!("/threads/{THREAD}"), Ok(a_group())).await;
    holds(
        &html,
        &[
            "Night shift",
            "<h1",
            "Night shift",
            "2 members, 2 online",
            r#"aria-label="Group details""#,
            r#"aria-label="Read by everybody""#,
            r#"class="sender""#,
            "Ben Okafor",
            r#"aria-label="Message""#,
        ],
    );
}

#[tokio::test]
async fn a_group_says_who_is_in_it_and_offers_what_one_may_do() {
    let address = format!("/threads/{THREAD}/group");
    let owner = page(&address, Ok(a_group())).await;
    let offered = [
        "Rename",
        "Add people",
        "Role of Ben Okafor",
        "Remove Ben Okafor",
        "Leave group",
    ];
    holds(&owner, &["New members see everything said before."]);
    holds(&owner, &offered);
    let mut boot = a_group();
    boot.snapshot.threads[0].thread.members[0].role = MemberRole::Member;
    let member = page(&address, Ok(boot)).await;
    holds(
        &member,
        &["Night shift", "2 members", "Ben Okafor", "Leave group"],
    );
    for one in &offered[..4] {
        assert!(!member.contains(one), "{one}");
    }
    let direct = page(&address, Ok(anas())).await;
    holds(&direct, &["There is no such group"]);
}

#[tokio::test]
async fn a_group_that_one_is_no_longer_in_can_be_read_and_not_written_in() {
    let mut boot = a_group();
    boot.snapshot.threads[0].thread.members.clear();
    let html = page(&format!("/threads/{THREAD}"), Ok(boot)).await;
    holds(
        &html,
        &[
            "Night shift",
            "you are no longer in this group",
            "Is the contract signed?",
            "You are no longer in this group. You keep what was said until then.",
        ],
    );
    assert!(!html.contains(r#"aria-label="Message""#));
}

#[tokio::test]
async fn someone_without_threads_is_told_what_to_do() {
    let mut boot = anas();
    boot.snapshot.threads.clear();
    boot.pages.clear();
    let html = page("/", Ok(boot)).await;
    holds(&html, &["No threads yet", r#"href="/people""#]);
}

#[tokio::test]
async fn a_thread_without_messages_invites_to_write_the_first() {
    let mut boot = anas();
    let thread = &mut boot.snapshot.threads[0];
    (thread.last_seq, thread.last_message, thread.unread) = (Seq::ZERO, None, 0);
    for member in &mut thread.thread.members {
        (member.read_seq, member.delivered_seq) = (Seq::ZERO, Seq::ZERO);
    }
    boot.pages[0].messages.clear();
    boot.pages[0].last_seq = Seq::ZERO;
    let html = page(&format!("/threads/{THREAD}"), Ok(boot)).await;
    holds(&html, &["No messages yet", "Write the first one below."]);
}

#[tokio::test]
async fn someone_away_was_last_seen() {
    let mut boot = anas();
    let seen = Timestamp(NOW - 5 * 60_000);
    boot.snapshot.presences = Presences {
        complete: true,
        users: vec![UserPresence {
            user: BEN.parse().unwrap(),
            presence: Presence::Offline,
            last_seen: Some(seen),
        }],
    };
    boot.snapshot.users[1].last_seen = Some(seen);
    let html = page(&format!("/threads/{THREAD}"), Ok(boot)).await;
    holds(&html, &["presence offline", "last seen 5 min ago"]);
}

#[tokio::test]
async fn somebody_elses_thread_looks_like_one_that_does_not_exist() {
    let html = page("/threads/01900000-0000-7000-8000-0000000000ff", Ok(anas())).await;
    holds(&html, &["There is no such thread", "Go to your threads"]);
    assert!(!html.contains(r#"role="log""#));
}

#[tokio::test]
async fn a_page_that_cannot_be_loaded_says_why_and_what_to_do() {
    let error = ApiError::new(
        ErrorCode::Unavailable,
        "The database is away. Try again in a moment.",
    );
    let html = page("/", Err(error)).await;
    holds(&html, &["be opened now", "The database is away.", "Try again"]);
}

#[tokio::test]
async fn accounts_are_for_admins_only() {
    let mut boot = anas();
    boot.snapshot.me.role = AccountRole::Staff;
    boot.snapshot.users[0].role = AccountRole::Staff;
    let html = page("/admin", Ok(boot)).await;
    holds(&html, &["There is no such page"]);
    assert!(!html.contains(r#"href="/admin""#));
}

#[tokio::test]
async fn the_settings_say_how_notifications_do_and_why() {
    let html = page("/settings", Ok(anas())).await;
    holds(
        &html,
        &[
            r#"aria-labelledby="settings-push""#,
            "Turn on in this browser",
            "Firefox on Linux",
            "wants to be sent less for a while",
            "Tried again:",
            r#"aria-label="Send a test to Firefox on Linux""#,
            "Hide who wrote and what",
            "Why did the last messages notify me, or not?",
            &format!(r#"href="/threads/{THREAD}?at=3""#),
            "Not notified: you had read it already.",
        ],
    );
}

#[tokio::test]
async fn the_settings_say_how_the_connection_does() {
    let html = page("/settings", Ok(anas())).await;
    holds(
        &html,
        &[
            r#"aria-labelledby="settings-connection""#,
            "Connected by",
            "Not connected",
            "Answer of the server",
            "Not measured yet",
            "Last position",
        ],
    );
}

#[tokio::test]
async fn the_settings_say_where_messages_go_before_a_language_model_is_chosen() {
    let sent = "last ten messages of its thread are sent to";
    let mut boot = anas();
    assert!(!page("/settings", Ok(boot.clone())).await.contains(sent));
    boot.snapshot.smart_replies.model = Some("models.example.org".to_owned());
    let html = page("/settings", Ok(boot)).await;
    holds(
        &html,
        &["On, also by a language model", sent, "models.example.org"],
    );
}

#[tokio::test]
async fn signing_in_is_a_form_that_needs_no_script() {
    let html = page("/sign-in", Ok(anas())).await;
    holds(
        &html,
        &[
            "<form",
            "/api/fn/sign_in",
            r#"for="username""#,
            r#"autocomplete="username""#,
            r#"for="password""#,
            r#"autocomplete="current-password""#,
            "Sign in",
        ],
    );
}

#[tokio::test]
async fn an_invitation_that_cannot_be_used_says_so() {
    let html = page("/join/abc", Ok(anas())).await;
    holds(&html, &["be used", "This link was used already."]);
}

#[tokio::test]
async fn an_address_that_means_nothing_shows_a_way_back() {
    let html = page("/nowhere", Ok(anas())).await;
    holds(&html, &["There is nothing here", r#"href="/""#]);
}
