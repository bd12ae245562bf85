//! Stopping: what was accepted is kept, sockets are told to return, and it doesn't take long.

use std::time::Duration;

use tidings_protocol::CloseCode;
use tokio::time::Instant;

use crate::{
    engine::Engine,
    support::{TestServer, on_both_engines},
};

on_both_engines! {
    a_stopping_server_tells_its_sockets_to_return_and_ends_soon
}

async fn a_stopping_server_tells_its_sockets_to_return_and_ends_soon(engine: Engine) {
    let mut server = TestServer::start(engine).await;
    let (mut ana, ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    let mut reads = server.socket(&ana.access).await;
    reads.greet(None).await;
    // This one never takes what it is sent, nor the goodbye.
    let mut silent = server.socket(&ben.access).await;
    silent.greet(None).await;
    ana.say(thread, "Just before.").await;
    ana.until("it is stored", |device| {
        device.timeline(thread).rows.iter().all(|row| row.seq.is_some())
    })
    .await;
    let since = Instant::now();
    let reading = tokio::spawn(async move { reads.read_to_end().await.0 });
    server.stop().await;
    assert!(since.elapsed() < Duration::from_secs(10));
    assert_eq!(
        reading.await.expect("it ends"),
        Some(CloseCode::Restarting.number())
    );
    server.start_again().await;
    let again = server.another_device(&ana).await;
    assert_eq!(
        again
            .device()
            .thread(thread)
            .and_then(|row| row.last)
            .map(|last| last.content.text().to_owned()),
        Some("Just before.".to_owned())
    );
}
