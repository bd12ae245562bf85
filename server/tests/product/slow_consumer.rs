//! A device that does not read is cut off; the others don't notice, and it comes back without loss.

use tidings_protocol::{Body, LocalId, command::SendMessage, limits};
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{TestServer, on_both_engines},
};

on_both_engines! {
    a_device_that_never_reads_is_cut_off_and_others_are_not_held_up
}

async fn a_device_that_never_reads_is_cut_off_and_others_are_not_held_up(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    let mut stuck = server.socket(&ben.access).await;
    let frames = stuck.greet(None).await;
    drop(frames);
    let before = server.running().connections(ben.id());
    assert_eq!(before, 2);
    // Well beyond what the queue and the buffers of both systems hold together.
    let text = "x".repeat(limits::BODY_MAX_BYTES);
    let mut sent = 0;
    while server.running().connections(ben.id()) == before {
        sent += 1;
        assert!(sent < 2_000, "it is never cut off");
        let body = Body::new(&text).expect("a good text");
        let local_id = LocalId(Uuid::now_v7());
        let send = SendMessage {
            thread,
            local_id,
            body: Some(body),
            attachments: Vec::new(),
            reply_to: None,
            forwarded: false,
            files_of: None,
        };
        ben.while_doing(ana.ask(send)).await.expect("it is sent");
    }
    ben.until("everything has come", |device| device.unread(thread) == sent)
        .await;
    assert!(ben.device().is_live());
}
