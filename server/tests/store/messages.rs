use futures_util::future::join_all;
use tidings_protocol::{
    ErrorCode, LocalId, Message, Seq, ThreadId,
    command::{Anchor, LoadMessages, MarkRead, OpenThread, SendMessage},
};
use uuid::Uuid;

use crate::stage::{Person, message};

async fn unread(person: &Person, thread: ThreadId) -> u32 {
    let snapshot = person.actor.snapshot().await.unwrap();
    let view = snapshot.threads.into_iter().find(|view| view.thread.id == thread);
    view.expect("the thread").unread
}

async fn page(person: &Person, thread: ThreadId, from: Anchor, limit: u32) -> Vec<i64> {
    let page = person.ask(LoadMessages { thread, from, limit }).await.unwrap();
    page.messages.iter().map(|message| message.seq.0).collect()
}

crate::on_both_engines! {
    async fn a_message_is_stored_once_however_often_it_is_sent(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        let send = message(thread, "Coffee at ten?");
        let first = ana.ask(send.clone()).await.unwrap();
        let again = ana.ask(send.clone()).await.unwrap();
        assert_eq!(first, again);
        assert_eq!(page(&ben, thread, Anchor::Latest, 10).await, [1]);

        // Another person's device may happen to choose the same id.
        assert_eq!(ben.ask(send).await.unwrap().seq, Seq(2));
    }

    async fn a_local_id_can_not_be_used_for_another_message(stage: &Stage) {
        let (ana, ben, dara) = (stage.owner("ana").await, stage.staff("ben").await, stage.staff("dara").await);
        let thread = ana.open(&ben, None).await.thread.id;
        let other_thread = ana.open(&dara, None).await.thread.id;
        let send = message(thread, "Coffee at ten?");
        ana.ask(send.clone()).await.unwrap();
        let other_body = SendMessage { body: message(thread, "Tea at ten?").body, ..send.clone() };
        assert_eq!(ana.refusal(other_body).await.code, ErrorCode::Conflict);
        assert_eq!(ana.refusal(SendMessage { thread: other_thread, ..send }).await.code, ErrorCode::Conflict);
        assert_eq!(page(&ana, other_thread, Anchor::Latest, 10).await, Vec::<i64>::new());
    }

    async fn seqs_have_no_gaps_though_some_of_the_batch_is_refused(stage: &Stage) {
        let (ana, ben, chidi) = (stage.owner("ana").await, stage.staff("ben").await, stage.staff("chidi").await);
        let thread = ana.open(&ben, None).await.thread.id;
        let used = message(thread, "First.");
        ana.ask(used.clone()).await.unwrap();
        let sends = (0..60).map(|n| {
            let (ana, ben, chidi, used) = (&ana, &ben, &chidi, used.clone());
            async move {
                let send = message(thread, &format!("Number {n}."));
                match n % 4 {
                    0 => ana.ask(send).await.ok(),
                    1 => ben.ask(send).await.ok(),
                    2 => chidi.ask(send).await.ok(),
                    _ => ana.ask(SendMessage { body: send.body, ..used }).await.ok(),
                }
            }
        });
        let stored: Vec<Message> = join_all(sends).await.into_iter().flatten().collect();
        let mut seqs: Vec<i64> = stored.iter().map(|message| message.seq.0).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, (2..=31).collect::<Vec<_>>());
    }

    async fn an_outsider_gets_the_same_answer_as_for_no_thread_at_all(stage: &Stage) {
        let (ana, ben, chidi) = (stage.owner("ana").await, stage.staff("ben").await, stage.staff("chidi").await);
        let theirs = ana.open(&ben, None).await.thread.id;
        ana.say(theirs, "Between us.").await;
        let nowhere = ThreadId(Uuid::now_v7());
        let head = stage.service.head().await.unwrap();
        let mut answers = Vec::new();
        for thread in [theirs, nowhere] {
            answers.push(chidi.refusal(message(thread, "Hello?")).await);
            answers.push(chidi.refusal(MarkRead { thread, seq: Seq(1), rewinds: None }).await);
            let from = Anchor::Latest;
            answers.push(chidi.refusal(LoadMessages { thread, from, limit: 5 }).await);
            chidi.actor.mark_delivered(vec![(thread, Seq(1))]).await.unwrap();
        }
        assert_eq!(answers[0].code, ErrorCode::NotFound);
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert_eq!(stage.service.head().await.unwrap(), head);
        assert!(chidi.actor.snapshot().await.unwrap().threads.is_empty());
    }

    async fn unread_counts_what_others_said_after_the_read_mark(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        for text in ["One.", "Two.", "Three."] {
            ana.say(thread, text).await;
        }
        ben.say(thread, "Four, mine.").await;
        ana.say(thread, "Five.").await;
        // Having written does not mean having read.
        assert_eq!((unread(&ana, thread).await, unread(&ben, thread).await), (1, 4));

        let mark = ben.ask(MarkRead { thread, seq: Seq(2), rewinds: None }).await.unwrap();
        assert_eq!((mark.seq, mark.unread), (Seq(2), 2));
        let back = ben.ask(MarkRead { thread, seq: Seq(1), rewinds: None }).await.unwrap();
        assert_eq!((back.seq, back.unread), (Seq(2), 2));
        let beyond = ben.ask(MarkRead { thread, seq: Seq(99), rewinds: None }).await.unwrap();
        assert_eq!((beyond.seq, beyond.unread), (Seq(5), 0));
        assert_eq!(unread(&ben, thread).await, 0);
        let nonsense = ben.ask(MarkRead { thread, seq: Seq(-7), rewinds: None }).await.unwrap();
        assert_eq!(nonsense, beyond);
    }

    async fn marks_move_forward_only_and_reading_implies_delivery(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        for text in ["One.", "Two.", "Three."] {
            ana.say(thread, text).await;
        }
        let marks = async || {
            let threads = ana.actor.snapshot().await.unwrap().threads;
            let member = threads[0].thread.member(ben.id()).unwrap().clone();
            (member.read_seq.0, member.delivered_seq.0)
        };
        ben.actor.mark_delivered(vec![(thread, Seq(2)), (thread, Seq(1))]).await.unwrap();
        assert_eq!(marks().await, (0, 2));
        ben.ask(MarkRead { thread, seq: Seq(3), rewinds: None }).await.unwrap();
        assert_eq!(marks().await, (3, 3));
        let head = stage.service.head().await.unwrap();
        ben.actor.mark_delivered(vec![(thread, Seq(2))]).await.unwrap();
        ben.ask(MarkRead { thread, seq: Seq(3), rewinds: None }).await.unwrap();
        assert_eq!(marks().await, (3, 3));
        assert_eq!(stage.service.head().await.unwrap(), head);
    }

    async fn pages_are_in_order_and_no_larger_than_the_limit(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        for n in 1..=55 {
            ana.say(thread, &format!("Number {n}.")).await;
        }
        assert_eq!(page(&ben, thread, Anchor::Latest, 1_000).await, (6..=55).collect::<Vec<_>>());
        assert_eq!(page(&ben, thread, Anchor::Before { seq: Seq(6) }, 3).await, [3, 4, 5]);
        assert_eq!(page(&ben, thread, Anchor::After { seq: Seq(53) }, 10).await, [54, 55]);
        assert_eq!(page(&ben, thread, Anchor::Before { seq: Seq(1) }, 10).await, Vec::<i64>::new());
        assert_eq!(page(&ben, thread, Anchor::Around { seq: Seq(30) }, 4).await, [29, 30, 31, 32]);
        assert_eq!(page(&ben, thread, Anchor::Around { seq: Seq(1) }, 4).await, [1, 2, 3, 4]);
        assert_eq!(page(&ben, thread, Anchor::Around { seq: Seq(55) }, 4).await, [52, 53, 54, 55]);
        assert_eq!(page(&ben, thread, Anchor::Around { seq: Seq(i64::MAX) }, 2).await, [54, 55]);
        let from = Anchor::Latest;
        let newest = ben.ask(LoadMessages { thread, from, limit: 1 }).await.unwrap();
        assert_eq!((newest.last_seq, newest.messages.len()), (Seq(55), 1));
    }

    async fn text_of_any_script_comes_back_as_it_was(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.ask(OpenThread { with: ben.id(), client: None }).await.unwrap().thread.id;
        let text = "Größe 38 · שלום · ありがとう · 👩‍👧‍👦\n'; DROP TABLE messages; --";
        let send = SendMessage { local_id: LocalId(Uuid::now_v7()), ..message(thread, text) };
        ana.ask(send).await.unwrap();
        let from = Anchor::Latest;
        let read = ben.ask(LoadMessages { thread, from, limit: 1 }).await.unwrap();
        assert_eq!(read.messages[0].content.text(), text);
    }
}
