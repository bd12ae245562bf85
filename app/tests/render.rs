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
    AccountRole, ApiError, Command, ErrorCode, Presence, Presences, Reply, Seq, ThreadId, Timestamp,
    presence::UserPresence,
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
    let (kind, value) = match question.name() {
        "SearchPeople" => ("people", vec![found]),
        "SearchClients" => ("clients", vec![client]),
        "ListUsers" => ("users", vec![ben]),
        "ListInvites" => ("invites", vec![invite]),
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
        ("/clients", [r#"aria-label="Clients""#, "Harbour Street Clinic"]),
        (record.as_str(), ["Harbour Street Clinic", "Your threads"]),
        ("/admin", ["Works until", "Ben Okafor"]),
    ] {
        let html = page(path, Ok(anas())).await;
        holds(&html, &parts);
        assert!(!html.contains("Waiting for the server"), "{path} is not complete");
    }
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
