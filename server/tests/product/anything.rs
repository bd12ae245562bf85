//! Whatever a device says, and wherever it claims to stand: it gets an answer or is closed with a reason, and the
//! server goes on.

use std::{fs, path::Path};

use tidings_protocol::{CloseCode, DeviceFrame, Epoch, Position, ServerFrame, VERSION};
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{Incoming, Socket, TestServer, on_both_engines, soon},
};

on_both_engines! {
    whatever_a_device_says_the_server_goes_on
    wherever_a_device_claims_to_stand_it_is_told_where_it_does
}

/// What each value of a good frame is replaced by.
const EXTREMES: [&str; 8] = [
    "-1",
    "9007199254740993",
    "18446744073709551615",
    "1e999",
    "null",
    "\"'; DROP TABLE users; --\"",
    "\"\\u0000\"",
    "[[[[]]]]",
];

/// Good frames, one of each kind, as the wire's own tests have them.
fn good_frames() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/protocol/tests/wire");
    let mut frames = Vec::new();
    for file in fs::read_dir(folder)
        .expect("the folder")
        .map(|file| file.expect("a file"))
    {
        let name = file.file_name().into_string().expect("text");
        let text = fs::read_to_string(file.path()).expect("text");
        if name.starts_with("device.") {
            frames.push(text);
        } else if name.starts_with("command.") && !name.contains("Password") && !name.contains("SignOut") {
            frames.push(format!("{{\"type\":\"call\",\"id\":1,\"command\":{text}}}"));
        }
    }
    frames.sort();
    assert!(frames.len() > 20, "one of each kind");
    frames
}

/// The frame with each of its values replaced in turn.
fn spoilt(frame: &str) -> impl Iterator<Item = String> {
    let colons = frame.match_indices(':').map(|(at, _)| at + 1);
    colons.flat_map(move |begin| {
        let rest = &frame[begin..];
        let end = rest.find([',', '\n', '}']).unwrap_or(rest.len());
        EXTREMES.map(|value| format!("{}{value}{}", &frame[..begin], &rest[end..]))
    })
}

async fn whatever_a_device_says_the_server_goes_on(engine: Engine) {
    let server = TestServer::start(engine).await;
    let entrance = server.sign_in(&server.register("ana").await.user).await;
    let token = entrance["access_token"].as_str().expect("a token");
    let mut socket = open(&server, token).await;
    for good in good_frames() {
        for text in spoilt(&good) {
            socket.send_text(&text).await;
            socket.send(&DeviceFrame::Probe).await;
            // Until the beat that answers the probe: everything before it has been dealt with.
            let ended = soon("an answer or an end", async {
                loop {
                    match socket.next().await {
                        Incoming::Frame(frame) if matches!(*frame, ServerFrame::Beat { .. }) => return None,
                        Incoming::Frame(_) => {}
                        Incoming::Closed(code) => return Some(code),
                    }
                }
            })
            .await;
            if let Some(code) = ended {
                // So many misunderstandings are enough.
                assert_eq!(code, Some(CloseCode::Policy.number()), "{text}");
                socket = open(&server, token).await;
            }
        }
    }
    // And one more is served.
    open(&server, token).await;
}

async fn open(server: &TestServer, token: &str) -> Socket {
    let mut socket = server.socket(token).await;
    socket.greet(None).await;
    socket
}

async fn wherever_a_device_claims_to_stand_it_is_told_where_it_does(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    for number in 0..5 {
        ana.say(thread, &format!("Number {number}")).await;
    }
    ana.until("all are stored", |device| {
        let rows = device.timeline(thread).rows;
        rows.len() == 5 && rows.iter().all(|row| row.seq.is_some())
    })
    .await;
    let head = server.running().service.head().await.expect("a head");
    for epoch in [head.epoch, Epoch(Uuid::nil()), Epoch(Uuid::max())] {
        for offset in [
            0,
            1,
            head.offset - 1,
            head.offset,
            head.offset + 1,
            1 << 53,
            u64::MAX - 1,
            u64::MAX,
        ] {
            let mut socket = server.socket(&ana.access).await;
            let frames = socket.greet(Some(Position { epoch, offset })).await;
            let resumes = epoch == head.epoch && offset <= head.offset;
            let mut at = offset;
            for frame in frames {
                match frame {
                    ServerFrame::Welcome {
                        version, snapshot, ..
                    } => {
                        assert_eq!(version, VERSION);
                        assert_eq!(snapshot.is_none(), resumes, "{offset}");
                        at = snapshot.map_or(at, |snapshot| snapshot.position.offset);
                    }
                    ServerFrame::Event { position, .. } => {
                        assert!(position.offset > at, "{position:?} after {at}");
                        at = position.offset;
                    }
                    ServerFrame::Beat { head: told, .. } => {
                        assert_eq!(told.epoch, head.epoch);
                        assert!(told.offset >= at);
                    }
                    _ => {}
                }
            }
        }
    }
}
