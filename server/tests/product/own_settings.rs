//! Marking as unread, pinning, archiving and muting: one's own business, the same on all of one's devices.

use std::time::Duration;

use tidings_device::{Device, Input, Progress, SettingsChange};
use tidings_protocol::{
    ErrorCode, History, NotifyLevel, Seq, ThreadId, ThreadSettings, Timestamp,
    command::{AddMembers, MarkRead, MarkUnread, SetThreadSettings},
};

use crate::{
    engine::Engine,
    groups::make_group,
    support::{Person, TestServer, on_both_engines},
};

on_both_engines! {
    what_is_marked_as_unread_is_so_on_every_device_and_stays_read_for_the_sender
    a_mark_on_its_way_from_another_device_does_not_undo_it
    marking_as_unread_again_changes_nothing_and_nothing_beyond_the_thread_is_marked
    what_is_marked_as_unread_without_a_connection_is_so_on_return
    settings_reach_ones_other_devices_and_nobody_else
    a_message_brings_an_archived_thread_back_unless_it_is_silent
    whoever_joined_late_marks_nothing_from_before_as_unread
    an_outsider_is_told_of_no_thread
    a_mute_that_outlasts_every_clock_is_refused
}

/// Ana and Ben, in a thread in which Ana has said three things.
async fn two(server: &TestServer) -> (Person, Person, ThreadId) {
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ben.until("the thread", |device| device.thread(thread).is_some())
        .await;
    ben.look_at(thread).await;
    ana.look_at(thread).await;
    let said = ["One.", "Two, @ben.", "Three."];
    for text in said {
        ana.say(thread, text).await;
    }
    ana.while_doing(ben.until_texts(thread, &said)).await;
    ben.until("three are unread", |device| device.unread(thread) == 3)
        .await;
    (ana, ben, thread)
}

/// Ben reads everything, and Ana sees it.
async fn read_all(ana: &mut Person, ben: &mut Person, thread: ThreadId) {
    ben.give(Input::Seen { thread, seq: Seq(3) }).await;
    ben.while_doing(until_read(ana, thread)).await;
}

async fn until_read(sender: &mut Person, thread: ThreadId) {
    sender
        .until("it is read", |device| {
            progress(device, thread) == Some(Progress::Read)
        })
        .await;
}

fn progress(device: &Device, thread: ThreadId) -> Option<Progress> {
    device.thread(thread)?.last?.progress
}

async fn until_unread(person: &mut Person, thread: ThreadId, count: u32) {
    person
        .until(&format!("{count} are unread"), |device| {
            device.unread(thread) == count
        })
        .await;
}

async fn what_is_marked_as_unread_is_so_on_every_device_and_stays_read_for_the_sender(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    read_all(&mut ana, &mut ben, thread).await;
    let mut phone = server.another_device(&ben).await;
    until_unread(&mut phone, thread, 0).await;
    ben.give(Input::MarkUnread { thread, seq: Seq(2) }).await;
    until_unread(&mut ben, thread, 2).await;
    ben.while_doing(until_unread(&mut phone, thread, 2)).await;
    assert_eq!(phone.device().mentions(thread), [Seq(2)]);
    // A device that starts now has it from its snapshot.
    let mut late = server.another_device(&ben).await;
    until_unread(&mut late, thread, 2).await;
    assert_eq!(late.device().mentions(thread), [Seq(2)]);
    ana.settle().await;
    assert_eq!(progress(ana.device(), thread), Some(Progress::Read));
    // Read again on the phone, it is so everywhere, and nothing new for Ana.
    phone.look_at(thread).await;
    phone.give(Input::Seen { thread, seq: Seq(3) }).await;
    phone.while_doing(until_unread(&mut ben, thread, 0)).await;
    phone.while_doing(until_unread(&mut late, thread, 0)).await;
}

async fn a_mark_on_its_way_from_another_device_does_not_undo_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let at = |seq, rewinds| MarkRead { thread, seq, rewinds };
    ben.ask(at(Seq(2), Some(0))).await.expect("it is read");
    let (seq, rewinds) = (Seq(1), Some(0));
    let mark = ben
        .ask(MarkUnread { thread, seq, rewinds })
        .await
        .expect("it is unread");
    assert_eq!((mark.seq, mark.unread, mark.rewinds), (Seq::ZERO, 3, 1));
    // A phone that had not heard of that says what was read on it. Ana sees it, and Ben keeps it unread.
    let mark = ben.ask(at(Seq(3), Some(0))).await.expect("it is heard");
    assert_eq!((mark.seq, mark.unread, mark.rewinds), (Seq::ZERO, 3, 1));
    until_read(&mut ana, thread).await;
    ben.settle().await;
    assert_eq!(ben.device().unread(thread), 3);
    // From a program that doesn't count, and from a device that knows.
    let mark = ben.ask(at(Seq(1), None)).await.expect("it is read");
    assert_eq!((mark.seq, mark.unread), (Seq(1), 2));
    let mark = ben.ask(at(Seq(3), Some(1))).await.expect("it is read");
    assert_eq!((mark.seq, mark.unread), (Seq(3), 0));
}

async fn marking_as_unread_again_changes_nothing_and_nothing_beyond_the_thread_is_marked(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    read_all(&mut ana, &mut ben, thread).await;
    let from = |seq, rewinds| MarkUnread { thread, seq, rewinds };
    let first = ben.ask(from(Seq(2), Some(0))).await.expect("it is unread");
    for again in [from(Seq(2), Some(0)), from(Seq(1), Some(0)), from(Seq(3), None)] {
        assert_eq!(ben.ask(again).await.expect("it stays"), first);
    }
    for seq in [Seq(0), Seq(4), Seq(-1), Seq(i64::MAX), Seq(i64::MIN)] {
        let error = ben.ask(from(seq, None)).await.expect_err("nothing is there");
        assert_eq!(
            (error.code, error.field.as_deref()),
            (ErrorCode::Invalid, Some("seq"))
        );
    }
}

async fn what_is_marked_as_unread_without_a_connection_is_so_on_return(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    read_all(&mut ana, &mut ben, thread).await;
    let mut phone = server.another_device(&ben).await;
    ben.lose_network().await;
    ben.give(Input::MarkUnread { thread, seq: Seq(3) }).await;
    let change = SettingsChange::Pin(true);
    ben.give(Input::ChangeSettings { thread, change }).await;
    assert_eq!(ben.device().unread(thread), 1);
    ben.find_network().await;
    ben.while_doing(phone.until("it is unread and pinned", |device| {
        device.unread(thread) == 1 && settings(device, thread).pinned
    }))
    .await;
    ben.settle().await;
    assert_eq!(ben.device().unread(thread), 1);
}

fn settings(device: &Device, thread: ThreadId) -> ThreadSettings {
    let row = device.thread(thread).expect("the thread");
    row.settings
}

async fn settings_reach_ones_other_devices_and_nobody_else(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let mut phone = server.another_device(&ben).await;
    let muted = Some(ThreadSettings::FOREVER);
    let changes = [
        SettingsChange::Pin(true),
        SettingsChange::Archive(true),
        SettingsChange::Level(NotifyLevel::Mentions),
        SettingsChange::Mute(muted),
    ];
    let mut expected = ThreadSettings::default();
    for change in changes {
        expected = change.of(expected);
        ben.give(Input::ChangeSettings { thread, change }).await;
        ben.while_doing(phone.until("the change", |device| settings(device, thread) == expected))
            .await;
    }
    let late = server.another_device(&ben).await;
    assert_eq!(settings(late.device(), thread), expected);
    ana.settle().await;
    assert_eq!(settings(ana.device(), thread), ThreadSettings::default());
    // A mute that is over is none.
    let over = ThreadSettings {
        muted_until: Some(Timestamp(1)),
        ..ThreadSettings::default()
    };
    let mark = ben
        .ask(SetThreadSettings {
            thread,
            settings: over,
        })
        .await;
    let mark = mark.expect("it is taken");
    assert_eq!((mark.settings, mark.revision), (ThreadSettings::default(), 5));
}

async fn a_message_brings_an_archived_thread_back_unless_it_is_silent(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let away = |level, muted_until| SetThreadSettings {
        thread,
        settings: ThreadSettings {
            archived: true,
            level,
            muted_until,
            ..ThreadSettings::default()
        },
    };
    let soon = Some(tidings_driver::now() + Duration::from_secs(3_600));
    let stays = [
        (away(NotifyLevel::All, soon), "Muted, @ben."),
        (away(NotifyLevel::Nothing, None), "Nothing, @ben."),
        (away(NotifyLevel::Mentions, None), "No mention."),
    ];
    for (number, (silent, text)) in (4..).zip(stays) {
        ben.ask(silent).await.expect("it is archived");
        ana.say(thread, text).await;
        ana.while_doing(ben.until("it is heard", |device| has(device, thread, number)))
            .await;
        ben.settle().await;
        assert!(settings(ben.device(), thread).archived, "{text}");
    }
    ana.say(thread, "A mention, @ben.").await;
    ana.while_doing(ben.until("it is back", |device| !settings(device, thread).archived))
        .await;
    assert_eq!(settings(ben.device(), thread).level, NotifyLevel::Mentions);
    // Writing oneself brings it back whatever the settings.
    ben.ask(away(NotifyLevel::Nothing, None))
        .await
        .expect("it is archived");
    ben.say(thread, "Here I am.").await;
    ben.until("it is back", |device| !settings(device, thread).archived)
        .await;
}

fn has(device: &Device, thread: ThreadId, seq: i64) -> bool {
    let rows = device.timeline(thread).rows;
    rows.iter().any(|row| row.seq == Some(Seq(seq)))
}

async fn whoever_joined_late_marks_nothing_from_before_as_unread(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let mut chidi = server.person("chidi").await;
    let thread = make_group(&mut ana, &mut [&mut ben], History::FromJoining).await;
    for text in ["Between us.", "This too."] {
        ana.say(thread, text).await;
    }
    ana.settle().await;
    let users = vec![chidi.id()];
    let added = ana
        .ask(AddMembers { thread, users })
        .await
        .expect("they are added");
    chidi
        .until("the group", |device| device.thread(thread).is_some())
        .await;
    ana.say(thread, "Welcome.").await;
    ana.while_doing(until_unread(&mut chidi, thread, 1)).await;
    let last = Seq(added.last_seq.0 + 1);
    let mark = MarkRead {
        thread,
        seq: last,
        rewinds: None,
    };
    chidi.ask(mark).await.expect("it is read");
    let from = |seq, rewinds| MarkUnread { thread, seq, rewinds };
    for seq in [Seq(1), Seq(2)] {
        let error = chidi.ask(from(seq, None)).await.expect_err("not theirs to see");
        assert_eq!(error.code, ErrorCode::Invalid);
    }
    let mark = chidi.ask(from(last, None)).await.expect("it is unread");
    assert_eq!(mark.unread, 1);
}

async fn an_outsider_is_told_of_no_thread(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_ana, _ben, thread) = two(&server).await;
    let mut chidi = server.person("chidi").await;
    let settings = ThreadSettings::default();
    let error = chidi.ask(SetThreadSettings { thread, settings }).await;
    assert_eq!(error.expect_err("not theirs").code, ErrorCode::NotFound);
    let (seq, rewinds) = (Seq(1), None);
    let error = chidi.ask(MarkUnread { thread, seq, rewinds }).await;
    assert_eq!(error.expect_err("not theirs").code, ErrorCode::NotFound);
}

async fn a_mute_that_outlasts_every_clock_is_refused(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_ana, mut ben, thread) = two(&server).await;
    let settings = ThreadSettings {
        muted_until: Some(Timestamp(i64::MAX)),
        ..ThreadSettings::default()
    };
    let error = ben.ask(SetThreadSettings { thread, settings }).await;
    let error = error.expect_err("too far");
    assert_eq!(
        (error.code, error.field.as_deref()),
        (ErrorCode::Invalid, Some("muted_until"))
    );
}
