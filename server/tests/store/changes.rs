//! Editing and deleting: who may, until when, and what is left.

use std::time::Duration;

use tidings_protocol::{
    Body, Content, ErrorCode, Event, Message, Seq, ThreadId,
    command::{Anchor, DeleteMessage, EditMessage, LoadMessages, LoadVersions},
    limits,
};
use tidings_server::store::messages;

use crate::stage::{Person, Stage};

const SECRET: &str = "canary-one";
const LATER: &str = "canary-two";

fn edit(thread: ThreadId, text: &str) -> EditMessage {
    let body = Body::new(text).unwrap();
    EditMessage {
        thread,
        seq: Seq(1),
        body,
    }
}

fn delete(thread: ThreadId) -> DeleteMessage {
    DeleteMessage { thread, seq: Seq(1) }
}

async fn versions(person: &Person, thread: ThreadId) -> Vec<String> {
    let versions = person.ask(LoadVersions { thread, seq: Seq(1) }).await.unwrap();
    versions
        .iter()
        .map(|version| version.body.as_str().to_owned())
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

async fn log(stage: &Stage) -> Vec<Event> {
    let rows = stage.service.log_after(0, 1_000).await.unwrap();
    rows.into_iter().map(|row| row.event).collect()
}

crate::on_both_engines! {
    async fn an_edit_keeps_what_was_said_before(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        let sent = ana.say(thread, "Nine.").await;
        stage.clock.advance(Duration::from_secs(60));
        let edited = ana.ask(edit(thread, "Ten.")).await.unwrap();
        assert_eq!((edited.revision, edited.content.text()), (1, "Ten."));
        assert_eq!(edited.edited_at, Some(sent.sent_at + Duration::from_secs(60)));
        assert_eq!(first(&ben, thread).await, edited);
        assert_eq!(versions(&ben, thread).await, ["Nine."]);
        assert_eq!(log(stage).await.last(), Some(&Event::MessageChanged { message: edited }));
    }

    async fn the_same_text_changes_nothing_however_late(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        ana.say(thread, "Nine.").await;
        stage.clock.advance(limits::EDIT_WINDOW);
        let edited = ana.ask(edit(thread, "Ten.")).await.unwrap();
        let events = log(stage).await.len();
        stage.clock.advance(Duration::from_millis(1));
        assert_eq!(ana.ask(edit(thread, "Ten.")).await.unwrap(), edited);
        assert_eq!(ana.refusal(edit(thread, "Eleven.")).await.code, ErrorCode::Conflict);
        assert_eq!(log(stage).await.len(), events);
        assert_eq!(first(&ana, thread).await, edited);
    }

    async fn only_ones_own_text_is_edited(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let eve = stage.staff("eve").await;
        let thread = ana.open(&ben, None).await.thread.id;
        ben.say(thread, "Nine.").await;
        assert_eq!(ana.refusal(edit(thread, "Ten.")).await.code, ErrorCode::Forbidden);
        assert_eq!(eve.refusal(edit(thread, "Ten.")).await.code, ErrorCode::NotFound);
        let nowhere = EditMessage { seq: Seq(7), ..edit(thread, "Ten.") };
        assert_eq!(ben.refusal(nowhere).await.code, ErrorCode::NotFound);
    }

    async fn nothing_is_left_of_what_a_deleted_message_said(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        ben.say(thread, SECRET).await;
        ben.ask(edit(thread, LATER)).await.unwrap();
        ana.say(thread, "Something else.").await;
        let left = ben.ask(delete(thread)).await.unwrap();
        assert_eq!((&left.content, left.edited_at, left.revision), (&Content::Deleted, None, 2));
        assert_eq!(ben.ask(delete(thread)).await.unwrap(), left);
        assert_eq!(first(&ana, thread).await, left);
        assert!(versions(&ana, thread).await.is_empty());
        assert_eq!(ben.refusal(edit(thread, SECRET)).await.code, ErrorCode::Gone);

        let rows = log(stage).await;
        let told = format!("{rows:?}");
        assert!(!told.contains(SECRET) && !told.contains(LATER), "{told}");
        assert!(told.contains("Something else."), "only that one");
        assert_eq!(rows.iter().filter(|event| matches!(event, Event::MessageSent { .. })).count(), 2);
    }

    async fn messages_of_others_are_for_admins_in_the_thread_to_delete(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let dara = stage.staff("dara").await;
        let thread = dara.open(&ben, None).await.thread.id;
        dara.say(thread, SECRET).await;
        assert_eq!(ben.refusal(delete(thread)).await.code, ErrorCode::Forbidden);
        assert_eq!(ana.refusal(delete(thread)).await.code, ErrorCode::NotFound);
        let thread = dara.open(&ana, None).await.thread.id;
        dara.say(thread, SECRET).await;
        ana.ask(delete(thread)).await.unwrap();
        let mut tx = stage.database.db.read(crate::stage::START).await.unwrap();
        assert_eq!(messages::deleted_by(&mut tx, thread, Seq(1)).await.unwrap(), Some(ana.id()));
    }
}
