//! A device on links that drop, stall and replay.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use tidings_device::{Input, Progress};
use tidings_protocol::{Command, Message, MessageId, Seq};

use support::{body, boot, driver::Driver, thread_id, uuid};

#[test]
fn a_message_is_shown_at_once_and_confirmed_under_the_same_key() {
    let mut driver = Driver::live(boot());
    driver.give_and_save(Input::Send {
        thread: thread_id(1),
        body: body("hello"),
    });
    let pending = driver.device.timeline(thread_id(1)).rows;
    assert_eq!(pending[0].progress, Some(Progress::Pending));
    let calls = driver.calls();
    let [(id, Command::SendMessage(send))] = calls.as_slice() else {
        panic!("{calls:?}")
    };
    driver.reply(
        *id,
        Message {
            id: MessageId(uuid(9)),
            thread: send.thread,
            seq: Seq(1),
            sender: support::user_id(1),
            local_id: send.local_id,
            body: send.body.clone(),
            sent_at: driver.now,
        },
    );
    let sent = driver.device.timeline(thread_id(1)).rows;
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].key, sent[0].seq), (pending[0].key, Some(Seq(1))));
    assert_eq!(sent[0].progress, Some(Progress::Sent));
    assert!(driver.device.unsent().is_empty());
}
