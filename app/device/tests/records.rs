//! What a device knows of people and clients.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use tidings_protocol::{Client, ClientId, Event, History, Member, MemberRole, Seq, Thread, ThreadKind};

use support::{NOON, boot, driver::Driver, thread_id, user_id, uuid};

fn client(name: &str) -> Client {
    Client {
        id: ClientId(uuid(0x500)),
        name: name.to_owned(),
        reference: None,
        note: None,
        archived: false,
    }
}

/// Changes of a client are told to those who have a thread about it, and to whoever makes them. So a device may have
/// heard of an older one, and not of those since.
#[test]
fn a_new_thread_brings_its_client_as_it_is_now() {
    let mut driver = Driver::live(boot());
    driver.event(Event::ClientChanged {
        client: client("then"),
    });
    driver.event(Event::ThreadOpened {
        thread: Thread {
            id: thread_id(9),
            kind: ThreadKind::Direct,
            title: None,
            history: History::default(),
            client: Some(client("now").id),
            members: [1, 2]
                .map(|user| Member::new(user_id(user), MemberRole::Member, Seq::ZERO))
                .to_vec(),
            created_at: NOON,
        },
        users: Vec::new(),
        client: Some(client("now")),
    });
    assert_eq!(driver.device.client(client("now").id), Some(&client("now")));
}
