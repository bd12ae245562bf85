//! Looking at pages that messages link to: only where that is wanted, nowhere inside, and never in the way of a message.

use std::time::Duration;

use http::{Method, StatusCode};
use tidings_device::Device;
use tidings_protocol::{
    Body, ErrorCode, LinkPreview, Seq, ThreadId,
    command::{DeleteMessage, EditMessage, RemovePreview, SendMessage},
};
use tidings_server::config::Settings;

use crate::{
    engine::Engine,
    group_secrecy::message,
    support::{PageSite, Person, TestServer, on_both_engines},
};

on_both_engines! {
    a_preview_reaches_every_device_and_whoever_comes_later
    nothing_is_asked_by_default
    addresses_inside_are_never_asked
    what_is_no_page_leaves_its_message_as_it_is
    what_was_edited_or_deleted_meanwhile_gets_no_preview_of_the_old_link
    a_sender_removes_a_preview
    a_page_that_comes_from_elsewhere_says_from_where
    a_page_that_said_nothing_is_not_asked_again
    one_persons_slow_pages_keep_nobody_else_waiting
    a_message_that_got_a_preview_is_still_the_same_message
    what_was_under_way_when_the_server_stopped_is_looked_at_by_the_next
}

/// Tests have less patience than people, and their sites are here.
fn looking(settings: &mut Settings) {
    settings.link_previews = true;
    settings.outbound_loopback = true;
    settings.timings.preview_every = Duration::from_millis(20);
    settings.timings.preview_within = Duration::from_secs(20);
}

/// Ana and Ben, looking at their thread, and a site.
struct Scene {
    server: TestServer,
    ana: Person,
    ben: Person,
    thread: ThreadId,
    site: PageSite,
}

impl Scene {
    async fn new(engine: Engine, change: impl FnOnce(&mut Settings)) -> Self {
        let server = TestServer::start_with(engine, change).await;
        let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
        let thread = ana.open(&ben, None).await;
        ben.until("the thread", |device| device.thread(thread).is_some())
            .await;
        for person in [&mut ana, &mut ben] {
            person.look_at(thread).await;
        }
        Self {
            server,
            ana,
            ben,
            thread,
            site: PageSite::start().await,
        }
    }

    /// Starts the server anew with other settings, and lets both come back.
    async fn restart_with(&mut self, change: impl FnOnce(&mut Settings)) {
        self.server.restart_with(change).await;
        for person in [&mut self.ana, &mut self.ben] {
            person.until("live again", |device| device.is_live()).await;
        }
    }

    /// Ana says something, and both see it.
    async fn say(&mut self, text: &str) {
        let thread = self.thread;
        let count = self.ana.rows(thread).len() + 1;
        self.ana.say(thread, text).await;
        for person in [&mut self.ana, &mut self.ben] {
            person
                .until("it is stored", |device| {
                    let rows = device.timeline(thread).rows;
                    rows.len() == count && rows.iter().all(|row| row.seq.is_some())
                })
                .await;
        }
    }

    /// Waits until both see these titles under the messages.
    async fn until_titles(&mut self, expected: &[Option<&str>]) {
        let thread = self.thread;
        for person in [&mut self.ana, &mut self.ben] {
            person
                .until(&format!("the previews {expected:?}"), |device| {
                    let rows = device.timeline(thread).rows;
                    rows.iter()
                        .map(|row| row.preview.as_ref().map(|preview| preview.title.as_str()))
                        .eq(expected.iter().copied())
                })
                .await;
        }
    }
}

async fn a_preview_reaches_every_device_and_whoever_comes_later(engine: Engine) {
    let mut scene = Scene::new(engine, looking).await;
    let url = scene.site.page("titled/Room-4?token=canary");
    scene
        .say(&format!("See {url} and {}", scene.site.page("titled/second")))
        .await;
    scene.until_titles(&[Some("Room-4")]).await;
    let expected = LinkPreview {
        url,
        host: None,
        site: Some("The Rooms".to_owned()),
        title: "Room-4".to_owned(),
        description: Some("About Room-4.".to_owned()),
    };
    let thread = scene.thread;
    let mut phone = scene.server.another_device(&scene.ben).await;
    phone.look_at(thread).await;
    for person in [&scene.ana, &scene.ben, &phone] {
        let row = person.rows(thread).remove(0);
        assert_eq!(row.preview.as_deref(), Some(&expected));
        assert_eq!(row.edited_at, None);
    }
    assert_eq!(scene.ben.device().thread(thread).expect("the thread").unread, 1);
    let asked = scene.site.next().await;
    assert_eq!(asked.path, "titled/Room-4");
    for name in ["cookie", "referer", "authorization", "origin"] {
        assert!(!asked.headers.contains_key(name), "{name}");
    }
    assert!(scene.site.is_empty(), "only the first link, and once");
    // Three redirects are followed.
    scene.say(&scene.site.page("hops/3")).await;
    scene.until_titles(&[Some("Room-4"), Some("far")]).await;
}

async fn nothing_is_asked_by_default(engine: Engine) {
    let mut scene = Scene::new(engine, |settings| {
        settings.outbound_loopback = true;
        settings.timings.preview_every = Duration::from_millis(20);
    })
    .await;
    scene.say(&scene.site.page("titled/one")).await;
    let service = scene.server.running().service.clone();
    let wanted = service.take_previews(Duration::ZERO, 10, 10).await;
    assert_eq!(wanted.expect("the database answers"), []);
    // Nor is it when it is turned on later, while what is said from then on is.
    scene.restart_with(looking).await;
    scene.say(&scene.site.page("titled/two")).await;
    scene.until_titles(&[None, Some("two")]).await;
    assert_eq!(scene.site.next().await.path, "titled/two");
    assert!(scene.site.is_empty());
}

async fn addresses_inside_are_never_asked(engine: Engine) {
    // Nobody takes what is wanted but this test.
    let mut scene = Scene::new(engine, |settings| {
        settings.link_previews = true;
        settings.timings.preview_every = Duration::from_secs(3600);
    })
    .await;
    let here = scene.site.page("titled/inside");
    for link in [
        here.as_str(),
        &here.replace("http:", "https:"),
        &here.replace("127.0.0.1", "localhost"),
        &here.replace("http://127.0.0.1", "https://2130706433"),
        "https://127.1/",
        "https://10.0.0.7/",
        "https://172.16.0.1/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0.0.0.0/",
        "http://a.example/",
        "[x](https://[::1]/)",
        "[x](https://[fd00::1]/)",
    ] {
        scene.say(&format!("See {link}")).await;
    }
    let service = scene.server.running().service.clone();
    let wanted = service.take_previews(Duration::ZERO, 100, 100).await;
    assert_eq!(wanted.expect("the database answers"), []);

    // Where this machine may be asked, nothing else inside may be, and nothing over it.
    scene.restart_with(looking).await;
    for target in [
        "http://10.0.0.7/",
        "https://10.0.0.7/",
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[fd00::1]/",
        "http://a.example/",
        "file:///etc/passwd",
        "//192.168.0.1/",
    ] {
        let link = scene.site.page(&format!("to?{target}"));
        scene.say(&link).await;
        assert_eq!(scene.site.next().await.path, "to");
    }
    scene.say(&scene.site.page("titled/last")).await;
    let count = scene.ana.rows(scene.thread).len();
    let mut expected = vec![None; count - 1];
    expected.push(Some("last"));
    scene.until_titles(&expected).await;
}

async fn what_is_no_page_leaves_its_message_as_it_is(engine: Engine) {
    let mut scene = Scene::new(engine, |settings| {
        looking(settings);
        settings.timings.preview_within = Duration::from_secs(2);
    })
    .await;
    let pages = [
        "missing", "text", "untitled", "hops/4", "loop", "silent", "bomb", "endless",
    ];
    for page in pages {
        scene.say(&scene.site.page(page)).await;
    }
    // Whoever is kept waiting, or given without end, goes away by themselves.
    for _ in ["silent", "bomb", "endless"] {
        scene.site.until_left().await;
    }
    // A good page has more time than the bad ones had, and another sender: what was not settled when the server stopped
    // keeps its places for a while.
    scene.restart_with(looking).await;
    let (thread, last) = (scene.thread, scene.site.page("titled/last"));
    scene.ben.say(thread, &last).await;
    let is_stored = |device: &Device| {
        device
            .timeline(thread)
            .rows
            .last()
            .is_some_and(|row| row.seq.is_some())
    };
    scene.ben.until("it is stored", is_stored).await;
    let mut expected = vec![None; pages.len()];
    expected.push(Some("last"));
    scene.until_titles(&expected).await;
    for row in &scene.ben.rows(scene.thread)[..pages.len()] {
        assert_eq!((row.edited_at, row.amended), (None, false));
    }
    let mut asked = Vec::new();
    while !scene.site.is_empty() {
        asked.push(scene.site.next().await.path);
    }
    let times = |path: &str| asked.iter().filter(|asked| *asked == path).count();
    assert_eq!((times("loop"), times("missing"), times("hops/0")), (4, 1, 0));
}

async fn what_was_edited_or_deleted_meanwhile_gets_no_preview_of_the_old_link(engine: Engine) {
    let mut scene = Scene::new(engine, looking).await;
    let thread = scene.thread;
    for name in ["edited", "unlinked"] {
        scene.say(&scene.site.page(&format!("held/{name}"))).await;
        assert_eq!(scene.site.next().await.path, format!("held/{name}"));
    }
    let deleted = scene.site.page("held/deleted");
    scene.ben.say(thread, &deleted).await;
    assert_eq!(scene.site.next().await.path, "held/deleted");
    let edit = |seq, text: &str| EditMessage {
        thread,
        seq: Seq(seq),
        body: Body::new(text).expect("a text"),
    };
    let other = edit(1, &scene.site.page("titled/new"));
    scene.ana.ask(other).await.expect("it is hers");
    scene.ana.ask(edit(2, "Never mind.")).await.expect("it is hers");
    let delete = DeleteMessage { thread, seq: Seq(3) };
    scene.ben.ask(delete).await.expect("it is his");
    for _ in ["edited", "unlinked", "deleted"] {
        scene.site.let_go();
    }
    scene.say(&scene.site.page("titled/last")).await;
    scene.until_titles(&[Some("new"), None, None, Some("last")]).await;
}

async fn a_sender_removes_a_preview(engine: Engine) {
    let mut scene = Scene::new(engine, looking).await;
    let thread = scene.thread;
    scene.say(&scene.site.page("titled/one")).await;
    scene.until_titles(&[Some("one")]).await;
    let remove = RemovePreview { thread, seq: Seq(1) };
    assert!(scene.ben.ask(remove.clone()).await.is_err());
    scene.ana.ask(remove).await.expect("it is hers");
    scene.until_titles(&[None]).await;
    // Whoever resumes from before does not learn of it either.
    let log = scene
        .server
        .running()
        .service
        .log_after(0, 500)
        .await
        .expect("the log");
    let log = serde_json::to_string(&log.iter().map(|row| &row.event).collect::<Vec<_>>()).expect("JSON");
    assert!(log.contains("titled/one") && !log.contains("About one."));
    scene.say(&scene.site.page("titled/two")).await;
    scene.until_titles(&[None, Some("two")]).await;
    let path = format!("/api/v1/threads/{thread}/messages/2/preview");
    let asked = scene.server.request(Method::DELETE, &path);
    let answer = asked
        .bearer_auth(&scene.ana.access)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    scene.until_titles(&[None, None]).await;
}

async fn a_page_that_comes_from_elsewhere_says_from_where(engine: Engine) {
    let mut scene = Scene::new(engine, looking).await;
    let elsewhere = scene
        .site
        .page("titled/elsewhere")
        .replace("127.0.0.1", "localhost");
    scene.say(&scene.site.page(&format!("to?{elsewhere}"))).await;
    scene.say(&scene.site.page("hops/1")).await;
    scene.until_titles(&[Some("elsewhere"), Some("far")]).await;
    let rows = scene.ben.rows(scene.thread);
    let hosts = rows
        .iter()
        .map(|row| row.preview.as_ref().and_then(|preview| preview.host.as_deref()));
    assert!(hosts.eq([Some("localhost"), None]));
    // As it is stored too.
    let mut phone = scene.server.another_device(&scene.ben).await;
    phone.look_at(scene.thread).await;
    assert_eq!(phone.rows(scene.thread)[0].preview, rows[0].preview);
}

async fn a_page_that_said_nothing_is_not_asked_again(engine: Engine) {
    let mut scene = Scene::new(engine, looking).await;
    let thread = scene.thread;
    let dead = scene.site.page("missing");
    scene.say(&format!("See {dead}")).await;
    assert_eq!(scene.site.next().await.path, "missing");
    // What comes after it is looked at once it was settled, as one person has two places.
    for name in ["one", "two", "three"] {
        scene.say(&scene.site.page(&format!("titled/{name}"))).await;
    }
    scene
        .until_titles(&[None, Some("one"), Some("two"), Some("three")])
        .await;
    let body = Body::new(&format!("Look at {dead}")).expect("a text");
    let edit = EditMessage {
        thread,
        seq: Seq(1),
        body,
    };
    scene.ana.ask(edit).await.expect("it is hers");
    scene.say(&scene.site.page("titled/last")).await;
    scene
        .until_titles(&[None, Some("one"), Some("two"), Some("three"), Some("last")])
        .await;
    let mut asked = Vec::new();
    while !scene.site.is_empty() {
        asked.push(scene.site.next().await.path);
    }
    assert!(!asked.contains(&"missing".to_owned()), "{asked:?}");
}

async fn one_persons_slow_pages_keep_nobody_else_waiting(engine: Engine) {
    let mut scene = Scene::new(engine, looking).await;
    for count in 0..12 {
        scene.say(&scene.site.page(&format!("held/{count}"))).await;
    }
    let link = scene.site.page("titled/his");
    scene.ben.say(scene.thread, &link).await;
    let mut expected = vec![None; 12];
    expected.push(Some("his"));
    scene.until_titles(&expected).await;
    let mut held = 0;
    while !scene.site.is_empty() {
        held += usize::from(scene.site.next().await.path.starts_with("held/"));
    }
    assert_eq!(held, 2);
}

async fn a_message_that_got_a_preview_is_still_the_same_message(engine: Engine) {
    let mut scene = Scene::new(engine, looking).await;
    let url = scene.site.page("titled/one");
    let send = message(scene.thread, &url);
    let first = scene.ana.ask(send.clone()).await.expect("it is sent");
    scene.until_titles(&[Some("one")]).await;
    // Sent again, since the answer was lost.
    assert_eq!(
        scene.ana.ask(send.clone()).await.expect("it is there").id,
        first.id
    );
    let other = SendMessage {
        body: Some(Body::new("Something else.").expect("a text")),
        ..send
    };
    let refused = scene.ana.ask(other).await.expect_err("another text");
    assert_eq!(refused.code, ErrorCode::Conflict);
}

async fn what_was_under_way_when_the_server_stopped_is_looked_at_by_the_next(engine: Engine) {
    let mut scene = Scene::new(engine, |settings| {
        looking(settings);
        settings.timings.preview_every = Duration::from_secs(3600);
    })
    .await;
    scene.say(&scene.site.page("titled/one")).await;
    scene.server.restart_with(looking).await;
    scene.until_titles(&[Some("one")]).await;
}
