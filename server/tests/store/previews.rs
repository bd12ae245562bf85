//! Pages that messages link to: which are looked at, and what becomes of what they say.

use std::time::Duration;

use tidings_protocol::{
    Body, Content, ErrorCode, Event, History, Message, Seq, ThreadId, Title,
    command::{
        Anchor, CreateGroup, DeleteMessage, EditMessage, HideMessage, LoadMessages, RemoveMember,
        RemovePreview,
    },
};
use uuid::Uuid;

use crate::stage::{Person, Stage, message, preview};

/// Ana and Ben, and their thread.
async fn two(stage: &Stage) -> (Person, Person, ThreadId) {
    let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
    let thread = ana.open(&ben, None).await.thread.id;
    (ana, ben, thread)
}

async fn urls(stage: &Stage) -> Vec<String> {
    stage
        .wanted()
        .await
        .into_iter()
        .map(|wanted| wanted.url)
        .collect()
}

async fn first(person: &Person, thread: ThreadId) -> Message {
    let load = LoadMessages {
        thread,
        from: Anchor::Latest,
        limit: 10,
    };
    person.ask(load).await.unwrap().messages.remove(0)
}

async fn title(person: &Person, thread: ThreadId) -> Option<String> {
    first(person, thread).await.preview.map(|preview| preview.title)
}

fn edit(thread: ThreadId, text: &str) -> EditMessage {
    EditMessage {
        thread,
        seq: Seq(1),
        body: Body::new(text).unwrap(),
    }
}

crate::on_both_engines! {
    async fn of_each_text_the_first_link_is_looked_at_if_it_may_be(stage: &Stage) {
        let (ana, _, thread) = two(stage).await;
        for (text, expected) in [
            ("See https://a.example/x and https://b.example.", Some("https://a.example/x")),
            ("Two **things: [this](https://a.example/y)** and `https://b.example`", Some("https://a.example/y")),
            ("- mailto:ana@a.example\n- https://a.example/z", Some("https://a.example/z")),
            ("`https://a.example`", None),
            ("```\nhttps://a.example\n```", None),
            ("Nothing here: a.example", None),
            // The first one counts, whatever may be said for the second.
            ("http://a.example https://b.example", None),
            ("https://10.0.0.7/ https://b.example", None),
            ("https://169.254.169.254/latest/meta-data", None),
            ("https://192.168.1.1", None),
            ("https://tidings.example/threads/1", None),
            // Where this machine may be asked.
            ("http://127.0.0.1:9/x", Some("http://127.0.0.1:9/x")),
        ] {
            ana.say(thread, text).await;
            assert_eq!(urls(stage).await, Vec::from_iter(expected), "{text}");
        }
        let with_link = message(thread, "https://a.example/again");
        ana.ask(with_link.clone()).await.unwrap();
        ana.ask(with_link).await.unwrap();
        assert_eq!(urls(stage).await.len(), 1, "sent twice, looked at once");
    }

    async fn what_a_page_says_is_a_change_that_is_no_edit(stage: &Stage) {
        let (ana, ben, thread) = two(stage).await;
        let sent = ana.say(thread, "See https://a.example").await;
        assert_eq!((sent.preview, sent.revision), (None, 0));
        stage.look_at_pages("A page").await;
        let seen = first(&ben, thread).await;
        assert_eq!(seen.preview.as_deref(), Some(&preview("https://a.example", "A page")));
        assert_eq!((seen.revision, seen.edited_at), (1, None));
        let rows = stage.service.log_after(0, 100).await.unwrap();
        assert_eq!(rows.last().map(|row| &row.event), Some(&Event::MessageChanged { message: seen }));
        let snapshot = ben.actor.snapshot().await.unwrap();
        assert_eq!(snapshot.threads[0].unread, 1);
        assert!(snapshot.threads[0].last_message.as_ref().unwrap().preview.is_some());
        assert!(urls(stage).await.is_empty());
    }

    async fn what_was_taken_and_not_settled_is_given_again_but_not_for_ever(stage: &Stage) {
        let (ana, _, thread) = two(stage).await;
        ana.say(thread, "See https://a.example").await;
        assert_eq!(urls(stage).await.len(), 1);
        assert!(urls(stage).await.is_empty());
        stage.clock.advance(Duration::from_secs(60));
        assert_eq!(urls(stage).await.len(), 1);
        stage.clock.advance(Duration::from_secs(600));
        assert!(urls(stage).await.is_empty());
    }

    async fn a_page_that_says_nothing_is_looked_at_once(stage: &Stage) {
        let (ana, _, thread) = two(stage).await;
        let sent = ana.say(thread, "See https://a.example").await;
        let wanted = stage.wanted().await.remove(0);
        stage.service.settle_preview(wanted, None).await.unwrap();
        stage.clock.advance(Duration::from_secs(60));
        assert!(urls(stage).await.is_empty());
        assert_eq!(first(&ana, thread).await, sent);
    }

    async fn an_edit_keeps_the_preview_of_the_same_link_and_drops_that_of_another(stage: &Stage) {
        let (ana, ben, thread) = two(stage).await;
        ana.say(thread, "See https://a.example").await;
        stage.look_at_pages("A page").await;
        let edited = ana.ask(edit(thread, "Do see https://a.example")).await.unwrap();
        assert_eq!(edited.preview.as_deref(), Some(&preview("https://a.example", "A page")));
        assert!(urls(stage).await.is_empty());
        let edited = ana.ask(edit(thread, "See https://b.example")).await.unwrap();
        assert_eq!(edited.preview, None);
        assert_eq!(title(&ben, thread).await, None);
        stage.look_at_pages("Another page").await;
        assert_eq!(title(&ben, thread).await.as_deref(), Some("Another page"));
        let edited = ana.ask(edit(thread, "See nothing.")).await.unwrap();
        assert_eq!((edited.preview, title(&ben, thread).await), (None, None));
        // A link may come with an edit, too.
        ana.ask(edit(thread, "See https://c.example")).await.unwrap();
        assert_eq!(urls(stage).await, ["https://c.example"]);
    }

    async fn what_was_edited_or_deleted_meanwhile_gets_nothing_of_the_old_link(stage: &Stage) {
        let (ana, ben, thread) = two(stage).await;
        ana.say(thread, "See https://a.example").await;
        let old = stage.wanted().await.remove(0);
        ana.ask(edit(thread, "See https://b.example")).await.unwrap();
        let found = preview("https://a.example", "canary-old");
        stage.service.settle_preview(old.clone(), Some(found.clone())).await.unwrap();
        stage.service.settle_preview(old.clone(), None).await.unwrap();
        assert_eq!(title(&ben, thread).await, None);
        let new = stage.wanted().await.remove(0);
        assert_eq!(new.url, "https://b.example");
        ana.ask(DeleteMessage { thread, seq: Seq(1) }).await.unwrap();
        stage.service.settle_preview(new, Some(found)).await.unwrap();
        assert_eq!(first(&ben, thread).await.content, Content::Deleted);
        let told = format!("{:?}", stage.service.log_after(0, 100).await.unwrap());
        assert!(!told.contains("canary-old"), "{told}");
    }

    async fn a_deleted_message_leaves_nothing_of_its_preview(stage: &Stage) {
        let (ana, ben, thread) = two(stage).await;
        ana.say(thread, "See https://a.example").await;
        stage.look_at_pages("canary-title").await;
        let left = ana.ask(DeleteMessage { thread, seq: Seq(1) }).await.unwrap();
        assert_eq!((left.preview.clone(), left.revision), (None, 2));
        assert_eq!(first(&ben, thread).await, left);
        let told = format!("{:?}", stage.service.log_after(0, 100).await.unwrap());
        assert!(!told.contains("canary-title"), "{told}");
    }

    async fn a_hidden_message_shows_no_preview(stage: &Stage) {
        let (ana, ben, thread) = two(stage).await;
        ana.say(thread, "See https://a.example").await;
        stage.look_at_pages("A page").await;
        ben.ask(HideMessage { thread, seq: Seq(1) }).await.unwrap();
        assert_eq!(title(&ben, thread).await, None);
        let snapshot = ben.actor.snapshot().await.unwrap();
        assert_eq!(snapshot.threads[0].last_message.as_ref().unwrap().preview, None);
        assert!(title(&ana, thread).await.is_some());
    }

    async fn its_sender_removes_a_preview_for_good(stage: &Stage) {
        let (ana, ben, thread) = two(stage).await;
        let eve = stage.staff("eve").await;
        ana.say(thread, "See https://a.example").await;
        stage.look_at_pages("A page").await;
        let remove = RemovePreview { thread, seq: Seq(1) };
        assert_eq!(ben.refusal(remove.clone()).await.code, ErrorCode::Forbidden);
        assert_eq!(eve.refusal(remove.clone()).await.code, ErrorCode::NotFound);
        let without = ana.ask(remove.clone()).await.unwrap();
        assert_eq!((without.preview.clone(), without.revision, without.edited_at), (None, 2, None));
        assert_eq!(first(&ben, thread).await, without);
        assert_eq!(ana.ask(remove.clone()).await.unwrap(), without);
        // Not for the same link either, until another one was there.
        ana.ask(edit(thread, "Do see https://a.example")).await.unwrap();
        assert!(urls(stage).await.is_empty());
        ana.ask(edit(thread, "See https://b.example")).await.unwrap();
        // What is being looked at is not wanted any more either.
        let wanted = stage.wanted().await.remove(0);
        let before = ana.ask(remove).await.unwrap();
        let found = preview("https://b.example", "Another page");
        stage.service.settle_preview(wanted, Some(found)).await.unwrap();
        assert_eq!(first(&ben, thread).await, before);
    }

    async fn whoever_left_sees_only_what_was_found_before(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let group = CreateGroup {
            thread: ThreadId(Uuid::now_v7()),
            title: Title::new("Night shift").unwrap(),
            members: vec![ben.id()],
            client: None,
            history: History::All,
        };
        let thread = ana.ask(group).await.unwrap().thread.id;
        ana.say(thread, "See https://a.example").await;
        stage.look_at_pages("Before").await;
        ana.say(thread, "See https://b.example").await;
        stage.clock.advance(Duration::from_secs(1));
        let user = ben.id();
        ana.ask(RemoveMember { thread, user }).await.unwrap();
        stage.look_at_pages("After").await;
        let load = LoadMessages { thread, from: Anchor::Latest, limit: 10 };
        let titles = async |person: &Person| {
            let page = person.ask(load.clone()).await.unwrap();
            let titles = page.messages.into_iter().filter_map(|message| message.preview);
            titles.map(|preview| preview.title).collect::<Vec<_>>()
        };
        assert_eq!(titles(&ana).await, ["Before", "After"]);
        assert_eq!(titles(&ben).await, ["Before"]);
    }
}
