//! Messages on their way out: kept before they are sent, sent in order, refused with a reason.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use std::time::Duration;

use tidings_device::{Change, Effect, Input, Progress, Unsent};
use tidings_protocol::{
    ApiError, Attachment, AttachmentId, AttachmentKind, Command, Content, ErrorCode, FileName, LocalId,
    Message, MessageId, Position, Seq, ServerFrame, Timestamp, command::Origin, limits,
};

use support::{NOON, body, boot, driver::Driver, epoch, message, thread_id, user_id, uuid};

const SECOND: Duration = Duration::from_secs(1);

fn send(text: &str) -> Input {
    Input::Send {
        thread: thread_id(1),
        body: body(text),
        reply_to: None,
        forwarded: false,
    }
}

fn send_in(thread: u128, text: &str) -> Input {
    Input::Send {
        thread: thread_id(thread),
        body: body(text),
        reply_to: None,
        forwarded: false,
    }
}

/// The stored form of a call to send.
fn stored(driver: &Driver, call: usize, seq: i64) -> (u64, Message) {
    let calls = driver.calls();
    let (id, Command::SendMessage(send)) = calls[call].clone() else {
        panic!("not a message")
    };
    let message = Message {
        id: MessageId(uuid(0x900 + u128::try_from(seq).unwrap())),
        thread: send.thread,
        seq: Seq(seq),
        sender: user_id(1),
        local_id: send.local_id,
        content: Content::new(send.body, Vec::new()).unwrap_or(Content::Unknown),
        reply_to: None,
        forwarded: false,
        sent_at: driver.now,
        edited_at: None,
        reactions: Vec::new(),
        preview: None,
        revision: 0,
    };
    (id, message)
}

fn refuse(driver: &mut Driver, call: usize, error: ApiError) {
    let (id, _) = driver.calls()[call];
    driver.frame(ServerFrame::Refused { id, error });
}

fn kept(number: u128, text: &str, written: i64) -> Unsent {
    Unsent {
        local_id: LocalId(uuid(number)),
        thread: thread_id(1),
        body: Some(body(text)),
        attachments: Vec::new(),
        uploads: Vec::new(),
        reply_to: None,
        forwarded: false,
        files_of: None,
        copies: Vec::new(),
        written_at: Timestamp(NOON.0 + written),
        refused: None,
    }
}

fn progress(driver: &Driver) -> Vec<Progress> {
    let rows = driver.device.timeline(thread_id(1)).rows;
    rows.into_iter().filter_map(|row| row.progress).collect()
}

#[test]
fn a_message_is_shown_at_once_and_sent_once_it_is_kept() {
    let mut driver = Driver::live(boot());
    driver.give(send("hello"));
    assert_eq!(progress(&driver), [Progress::Saving]);
    assert!(driver.changed(Change::Timeline(thread_id(1))));
    assert!(driver.said().is_empty(), "storage has not answered");
    let local_id = driver.saves()[0].local_id;
    driver.give(Input::Saved { local_id, kept: true });
    assert_eq!(progress(&driver), [Progress::Pending]);
    assert_eq!(driver.said(), ["hello"]);
    assert!(driver.device.keeps_unsent());
}

#[test]
fn a_storage_that_never_answers_holds_nothing_up() {
    let mut driver = Driver::new(boot());
    driver.give(Input::Start);
    driver.connect();
    driver.give(send("hello"));
    driver.pass(SECOND);
    assert!(driver.said().is_empty());
    assert!(driver.device.keeps_unsent());
    driver.pass(SECOND);
    assert_eq!(driver.said(), ["hello"]);
    assert!(!driver.device.keeps_unsent());
    assert!(driver.changed(Change::Storage));
    let local_id = driver.saves()[0].local_id;
    driver.give(Input::Saved { local_id, kept: true });
    assert!(driver.device.keeps_unsent(), "it was only late");
    assert_eq!(driver.said(), ["hello"], "once");
}

#[test]
fn a_message_that_cannot_be_kept_is_sent_all_the_same() {
    let mut driver = Driver::live(boot());
    driver.give(send("hello"));
    let local_id = driver.saves()[0].local_id;
    driver.give(Input::Saved {
        local_id,
        kept: false,
    });
    assert_eq!(driver.said(), ["hello"]);
    assert!(!driver.device.keeps_unsent());
    assert!(driver.changed(Change::Storage));
    let (id, message) = stored(&driver, 0, 1);
    driver.reply(id, message);
    assert!(!driver.device.keeps_unsent(), "nor would it keep the next one");
}

#[test]
fn reply_and_event_confirm_once_whichever_comes_first() {
    for reply_first in [true, false] {
        let mut driver = Driver::live(boot());
        driver.give_and_save(send("hello"));
        let key = driver.device.timeline(thread_id(1)).rows[0].key;
        let (id, message) = stored(&driver, 0, 1);
        driver.take();
        if reply_first {
            driver.reply(id, message.clone());
            driver.says(&message);
        } else {
            driver.says(&message);
            driver.reply(id, message.clone());
        }
        let rows = driver.device.timeline(thread_id(1)).rows;
        assert_eq!((rows.len(), rows[0].key, rows[0].seq), (1, key, Some(Seq(1))));
        let forgets = driver
            .take()
            .into_iter()
            .filter(|effect| *effect == Effect::Forget(key))
            .count();
        assert_eq!(forgets, 1);
    }
}

#[test]
fn a_reply_ahead_of_somebody_elses_message_leaves_no_hole() {
    let mut driver = Driver::live(boot());
    driver.give_and_save(send("mine"));
    let (id, mine) = stored(&driver, 0, 2);
    driver.reply(id, mine.clone());
    let rows = driver.device.timeline(thread_id(1)).rows;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].progress, Some(Progress::Sent), "stored is stored");
    driver.says(&message(1, 1, 2, "theirs"));
    driver.says(&mine);
    let rows = driver.device.timeline(thread_id(1)).rows;
    let seqs: Vec<_> = rows.iter().filter_map(|row| row.seq).collect();
    assert_eq!(seqs, [Seq(1), Seq(2)]);
    assert_eq!(rows[1].key, mine.local_id);
}

#[test]
fn the_next_message_of_a_thread_waits_for_the_one_before_and_not_for_other_threads() {
    let mut start = boot();
    start
        .snapshot
        .threads
        .push(support::view(support::thread(2, &[1, 3])));
    let mut driver = Driver::live(start);
    driver.give_and_save(send_in(1, "first"));
    driver.give_and_save(send_in(1, "second"));
    driver.give_and_save(send_in(2, "elsewhere"));
    assert_eq!(driver.said(), ["first", "elsewhere"]);
    let (id, message) = stored(&driver, 0, 1);
    driver.reply(id, message);
    assert_eq!(driver.said(), ["first", "elsewhere", "second"]);
}

#[test]
fn a_refused_message_waits_for_the_person_and_does_not_block_later_ones() {
    let mut driver = Driver::live(boot());
    driver.give_and_save(send("poison"));
    driver.give_and_save(send("fine"));
    let error = ApiError::new(ErrorCode::Forbidden, "You may not write here.");
    refuse(&mut driver, 0, error.clone());
    assert_eq!(driver.said(), ["poison", "fine"]);
    assert_eq!(progress(&driver)[0], Progress::Failed(error.clone()));
    assert_eq!(
        driver.saves().last().unwrap().refused,
        Some(error),
        "kept with the reason"
    );

    let local_id = driver.device.unsent()[0].local_id;
    let (id, fine) = stored(&driver, 1, 1);
    driver.reply(id, fine);
    driver.take();
    driver.give_and_save(Input::Retry(local_id));
    assert_eq!(driver.said(), ["poison"]);
    let (_, again) = stored(&driver, 0, 2);
    assert_eq!(again.local_id, local_id, "under the same id");
}

#[test]
fn a_discarded_message_is_gone_here_and_in_storage() {
    let mut driver = Driver::live(boot());
    driver.give_and_save(send("no"));
    let local_id = driver.device.unsent()[0].local_id;
    driver.give(Input::Discard(local_id));
    assert_eq!(driver.device.unsent().len(), 1, "the server may have it");
    refuse(
        &mut driver,
        0,
        ApiError::new(ErrorCode::NotFound, "There is no such thread."),
    );
    driver.give(Input::Discard(local_id));
    assert!(driver.device.unsent().is_empty());
    assert!(driver.wants(&Effect::Forget(local_id)));
    assert!(driver.device.timeline(thread_id(1)).rows.is_empty());
}

#[test]
fn a_temporary_refusal_is_tried_again_by_itself_after_the_time_asked_for() {
    let mut driver = Driver::live(boot());
    driver.give_and_save(send("later"));
    refuse(
        &mut driver,
        0,
        ApiError::new(ErrorCode::RateLimited, "Too fast.").retry_after(4),
    );
    assert_eq!(progress(&driver), [Progress::Pending]);
    driver.take();
    driver.give_and_save(send("also later"));
    driver.pass(SECOND * 4 - Duration::from_millis(1));
    assert!(driver.said().is_empty());
    driver.pass(SECOND);
    assert_eq!(driver.said(), ["later"]);
}

#[test]
fn an_answer_that_fits_no_message_is_not_taken_for_success() {
    let mut driver = Driver::live(boot());
    driver.give_and_save(send("hello"));
    let (id, _) = driver.calls()[0];
    driver.reply(id, ());
    assert_eq!(driver.device.unsent().len(), 1);
    driver.pass(SECOND);
    assert_eq!(driver.said(), ["hello", "hello"]);
}

#[test]
fn what_storage_kept_goes_first_and_nothing_goes_before_it() {
    let mut driver = Driver::new(boot());
    driver.give(Input::Start);
    driver.connect();
    driver.give_and_save(send("new"));
    assert!(driver.said().is_empty(), "storage has not been read");
    driver.give(Input::OutboxLoaded(vec![
        kept(2, "second", -5),
        kept(1, "first", -9),
    ]));
    let texts = |driver: &Driver| {
        let unsent = driver.device.unsent().into_iter();
        unsent
            .map(|unsent| unsent.content().text().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&driver), ["first", "second", "new"]);
    assert_eq!(driver.said(), ["first"]);
    driver.give(Input::OutboxLoaded(vec![kept(1, "first", -9)]));
    assert_eq!(texts(&driver), ["first", "second", "new"], "once");
}

#[test]
fn what_is_written_before_storage_has_spoken_is_kept_as_later_than_what_it_kept() {
    let mut driver = Driver::new(boot());
    driver.give(Input::Start);
    driver.give(send("second"));
    let is_save = |effect: &Effect| matches!(effect, Effect::Save(_));
    assert!(!driver.effects.iter().any(is_save), "nobody knows how late it is");
    // Kept by a page that was written in faster than its clock went, or under a clock that was ahead.
    driver.give(Input::OutboxLoaded(vec![kept(7, "first", 5_000)]));
    let saved = driver.effects.iter().find_map(|effect| match effect {
        Effect::Save(unsent) => Some(unsent.written_at),
        _ => None,
    });
    assert!(saved > Some(Timestamp(NOON.0 + 5_000)));
}

#[test]
fn a_storage_that_says_nothing_is_asked_to_keep_what_was_written_meanwhile() {
    let mut driver = Driver::new(boot());
    driver.give(Input::Start);
    driver.give(send("hello"));
    driver.pass(2 * SECOND);
    assert!(
        driver
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Save(_)))
    );
}

#[test]
fn what_storage_kept_and_the_server_has_is_forgotten() {
    let mut start = boot();
    let mut last = message(1, 1, 1, "done");
    last.local_id = LocalId(uuid(1));
    start.snapshot.threads[0].last_seq = Seq(1);
    start.snapshot.threads[0].last_message = Some(last);
    let mut driver = Driver::new(start);
    driver.give(Input::OutboxLoaded(vec![kept(1, "done", -9)]));
    assert!(driver.device.unsent().is_empty());
    assert!(driver.wants(&Effect::Forget(LocalId(uuid(1)))));
}

#[test]
fn what_was_refused_before_a_reload_still_waits_for_the_person() {
    let mut refused = kept(1, "no", -9);
    refused.refused = Some(ApiError::new(ErrorCode::Forbidden, "No."));
    let mut driver = Driver::new(boot());
    driver.give(Input::Start);
    driver.give(Input::OutboxLoaded(vec![refused]));
    driver.connect();
    assert!(driver.said().is_empty());
    assert!(matches!(progress(&driver)[..], [Progress::Failed(_)]));
}

#[test]
fn a_full_outbox_refuses_with_a_sentence_and_takes_it_back_later() {
    let mut driver = Driver::started(boot());
    for _ in 0..limits::OUTBOX_MAX {
        driver.give(send("waiting"));
    }
    driver.take();
    driver.give(send("one too many"));
    assert!(driver.saves().is_empty());
    let last = driver.device.unsent().pop().unwrap();
    assert!(last.refused.unwrap().message.contains("500"));
    driver.give(Input::Retry(last.local_id));
    assert!(driver.saves().is_empty(), "still full");
    let first = driver.device.unsent()[0].local_id;
    driver.give(Input::Discard(first));
    driver.give(Input::Retry(last.local_id));
    assert_eq!(driver.saves()[0].local_id, last.local_id);
}

#[test]
fn writing_works_without_a_connection_and_shows_in_the_thread_list() {
    let mut driver = Driver::started(boot());
    driver.give_and_save(send("offline"));
    let row = driver.device.thread(thread_id(1)).unwrap();
    let last = row.last.unwrap();
    assert_eq!(
        (last.content, last.progress),
        (body("offline").into(), Some(Progress::Pending))
    );
    driver.connect();
    assert_eq!(driver.said(), ["offline"]);
}

fn file(number: u128) -> Attachment {
    Attachment {
        id: AttachmentId(uuid(number)),
        name: FileName::tidy("plan.pdf"),
        media_type: "application/pdf".to_owned(),
        size: 3,
        kind: AttachmentKind::File,
    }
}

/// Sends files of which the server doesn't have those in `waiting`, and has them kept.
fn send_files(driver: &mut Driver, files: &[u128], waiting: &[u128]) {
    driver.give(Input::SendFiles {
        thread: thread_id(1),
        caption: None,
        attachments: files.iter().map(|number| file(*number)).collect(),
        uploads: waiting.iter().map(|number| AttachmentId(uuid(*number))).collect(),
        reply_to: None,
    });
    keep_last(driver);
}

fn keep_last(driver: &mut Driver) {
    let local_id = driver.saves().last().expect("it is to be kept").local_id;
    driver.give(Input::Saved { local_id, kept: true });
}

/// The files of the messages that were sent.
fn sent_files(driver: &Driver) -> Vec<Vec<AttachmentId>> {
    let calls = driver.calls().into_iter();
    calls
        .filter_map(|(_, command)| match command {
            Command::SendMessage(send) => Some(send.attachments),
            _ => None,
        })
        .collect()
}

#[test]
fn files_that_are_there_go_like_a_text() {
    let mut driver = Driver::live(boot());
    send_files(&mut driver, &[1, 2], &[]);
    assert_eq!(sent_files(&driver), [[file(1).id, file(2).id]]);
    let rows = driver.device.timeline(thread_id(1)).rows;
    assert_eq!(rows.last().unwrap().content.attachments(), [file(1), file(2)]);
}

#[test]
fn files_that_are_forwarded_get_ids_of_their_own_and_keep_them() {
    let mut driver = Driver::live(boot());
    let files_of = Origin {
        thread: thread_id(2),
        seq: Seq(3),
    };
    driver.give(Input::ForwardFiles {
        thread: thread_id(1),
        caption: None,
        files_of,
        attachments: vec![file(1), file(2)],
    });
    keep_last(&mut driver);
    let rows = driver.device.timeline(thread_id(1)).rows;
    let row = rows.last().unwrap();
    assert_eq!(
        row.content.attachments(),
        [file(1), file(2)],
        "until then the first ones are shown"
    );
    assert!(row.forwarded);
    let sent = |driver: &Driver| {
        let calls = driver.calls().into_iter();
        let sends = calls.filter_map(|(_, command)| match command {
            Command::SendMessage(send) => Some(send),
            _ => None,
        });
        sends.collect::<Vec<_>>()
    };
    let first = sent(&driver).pop().expect("it is sent");
    assert_eq!((first.files_of, first.forwarded), (Some(files_of), true));
    assert_eq!(first.attachments.len(), 2);
    assert_ne!(first.attachments[0], first.attachments[1]);
    assert!(
        first
            .attachments
            .iter()
            .all(|id| *id != file(1).id && *id != file(2).id)
    );
    // After a reload it is the same message.
    let kept = driver.saves().pop().expect("it is kept");
    let mut again = Driver::live(boot());
    again.give(Input::OutboxLoaded(vec![kept]));
    assert_eq!(sent(&again).pop(), Some(first));
}

#[test]
fn a_message_waits_for_its_uploads_and_lets_texts_pass() {
    let mut driver = Driver::live(boot());
    send_files(&mut driver, &[1, 2], &[1, 2]);
    assert!(driver.wants(&Effect::Upload(file(1).id)) && driver.wants(&Effect::Upload(file(2).id)));
    driver.give(send("meanwhile"));
    keep_last(&mut driver);
    assert_eq!(driver.said(), ["meanwhile"]);
    let (id, message) = stored(&driver, 0, 1);
    driver.reply(id, message);
    driver.give(Input::Uploaded(file(2)));
    assert_eq!(sent_files(&driver).len(), 1, "one of the two is not there yet");
    let seen = Attachment {
        kind: AttachmentKind::Image { width: 3, height: 4 },
        ..file(1)
    };
    driver.give(Input::Uploaded(seen.clone()));
    assert_eq!(sent_files(&driver)[1], [file(1).id, file(2).id]);
    let rows = driver.device.timeline(thread_id(1)).rows;
    assert_eq!(rows.last().unwrap().content.attachments(), [seen, file(2)]);
    assert!(
        driver.saves().last().unwrap().uploads.is_empty(),
        "a reload uploads nothing again"
    );
}

#[test]
fn a_refused_upload_fails_its_message_and_no_other_and_can_be_tried_again() {
    let mut driver = Driver::live(boot());
    send_files(&mut driver, &[1], &[1]);
    send_files(&mut driver, &[2], &[2]);
    let error = ApiError::new(ErrorCode::TooLarge, "The file is too large.");
    driver.give(Input::UploadRefused {
        attachment: file(1).id,
        error: error.clone(),
    });
    assert_eq!(progress(&driver), [Progress::Failed(error), Progress::Pending]);
    driver.give(Input::Uploaded(file(2)));
    assert_eq!(sent_files(&driver), [[file(2).id]]);
    let failed = driver.device.unsent()[0].local_id;
    driver.give(Input::Retry(failed));
    assert!(driver.wants(&Effect::Upload(file(1).id)));
    driver.give(Input::Saved {
        local_id: failed,
        kept: true,
    });
    let (id, message) = stored(&driver, 0, 1);
    driver.reply(id, message);
    driver.give(Input::Uploaded(file(1)));
    assert_eq!(sent_files(&driver)[1], [file(1).id]);
}

#[test]
fn uploads_go_on_after_a_reload_and_can_be_thrown_away() {
    let mut driver = Driver::new(boot());
    driver.give(Input::Start);
    let waiting = Unsent {
        body: None,
        attachments: vec![file(1)],
        uploads: vec![file(1).id],
        ..kept(1, "-", 0)
    };
    driver.give(Input::OutboxLoaded(vec![waiting.clone()]));
    driver.connect();
    assert!(driver.wants(&Effect::Upload(file(1).id)));
    assert_eq!(sent_files(&driver), Vec::<Vec<AttachmentId>>::new());
    driver.give(Input::Discard(waiting.local_id));
    assert!(driver.wants(&Effect::Forget(waiting.local_id)));
    driver.give(Input::Uploaded(file(1)));
    assert_eq!(sent_files(&driver), Vec::<Vec<AttachmentId>>::new());
}

#[test]
fn another_message_in_the_place_of_an_answered_one_is_answered_by_a_fresh_start() {
    let mut driver = Driver::live(boot());
    driver.give_and_save(send("stored"));
    let (id, stored) = stored(&driver, 0, 1);
    driver.reply(id, stored.clone());
    driver.drop_link();
    driver.until_dialled(SECOND);
    driver.open();
    driver.welcome(None);
    driver.says(&message(
        1,
        stored.seq.0,
        2,
        "written after the backup was restored",
    ));
    assert!(!driver.device.is_live());
    driver.until_dialled(SECOND);
    driver.open();
    assert_eq!(driver.hello(), Some(None));
}

#[test]
fn a_server_that_lost_what_it_had_answered_is_asked_for_a_snapshot() {
    for (told, restarted) in [(false, true), (true, true), (false, false)] {
        let mut driver = Driver::live(boot());
        driver.give_and_save(send("stored"));
        let (id, message) = stored(&driver, 0, 1);
        driver.reply(id, message.clone());
        driver.drop_link();
        driver.until_dialled(SECOND);
        driver.open();
        driver.welcome(None);
        if told {
            driver.says(&message);
        }
        let head = Position {
            epoch: epoch(if restarted { 2 } else { 1 }),
            offset: driver.offset,
        };
        let sent = driver.sent;
        driver.frame(ServerFrame::Beat { head, sent });
        let is_whole = told || !restarted;
        assert_eq!(driver.device.is_live(), is_whole, "{told} {restarted}");
        if !is_whole {
            driver.until_dialled(SECOND);
            driver.open();
            assert_eq!(driver.hello(), Some(None));
        }
    }
}
