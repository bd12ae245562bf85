//! The rules of WebSockets (RFC 6455), by bytes written by hand: what is put together, what is answered, and with which
//! code what breaks them is closed. `scripts/autobahn` asks the same code many more of such questions.
//!
//! They are about no database, so each is asked on one.

use tidings_protocol::{CloseCode, DeviceFrame, command::SearchPeople, frame, limits};

use crate::{
    engine::Engine,
    support::{
        TestServer,
        wire::{BINARY, CLOSE, CONTINUATION, LAST, PING, PONG, TEXT, Wire, frame_of, header},
    },
};

const PROTOCOL_ERROR: u16 = 1002;
const NOT_UTF8: u16 = 1007;

/// The three bits without a meaning.
const RESERVED_BITS: [u8; 3] = [0x40, 0x20, 0x10];

/// Longest payload of a control frame, in bytes (RFC 6455, 5.5).
const CONTROL_MAX_BYTES: usize = 125;

/// A server with somebody on it, and their token.
async fn stage() -> (TestServer, String) {
    let server = TestServer::start(Engine::Sqlite).await;
    let entrance = server.sign_in(&server.register("ana").await.user).await;
    let token = entrance["access_token"].as_str().expect("a token").to_owned();
    (server, token)
}

/// A question, as text, that is answered under this number.
fn question(id: u64, text: &str) -> String {
    let text = text.to_owned();
    let command = SearchPeople { text }.into();
    frame::encode(&DeviceFrame::Call { id, command }).expect("it encodes")
}

/// A message in parts.
fn in_parts<'a>(kind: u8, parts: impl IntoIterator<Item = &'a [u8], IntoIter: ExactSizeIterator>) -> Vec<u8> {
    let parts = parts.into_iter();
    let last = parts.len() - 1;
    let frames = parts.enumerate().map(|(number, part)| {
        let kind = if number == 0 { kind } else { CONTINUATION };
        let bits = if number == last { LAST } else { 0 };
        frame_of(bits | kind, part)
    });
    frames.collect::<Vec<_>>().concat()
}

/// Writes it on a connection of its own, and gives the code that it is closed with.
async fn code_for(server: &TestServer, token: &str, bytes: &[u8]) -> Option<u16> {
    let mut wire = Wire::greeted(server, token).await;
    wire.write(bytes).await;
    wire.goodbye().await.code()
}

#[tokio::test]
async fn a_message_in_parts_is_one_wherever_it_is_cut_and_whatever_comes_in_between() {
    let (server, token) = stage().await;
    let mut wire = Wire::greeted(&server, &token).await;
    let whole = question(1, "é€😀");
    let bytes = whole.as_bytes();
    for cut in [0, 1, bytes.len() - 6, bytes.len() - 5, bytes.len()] {
        let (one, other) = bytes.split_at(cut);
        wire.write(&in_parts(TEXT, [one, other])).await;
        wire.until_text("\"type\":\"reply\"").await;
    }
    // Byte by byte, which cuts each of its characters; no more parts than there may be.
    let short = frame::encode(&DeviceFrame::Probe).expect("it encodes");
    wire.write(&in_parts(TEXT, short.as_bytes().chunks(1))).await;
    wire.until_text("\"type\":\"beat\"").await;
    let (one, other) = bytes.split_at(7);
    wire.write(&frame_of(TEXT, one)).await;
    wire.write(&frame_of(LAST | PING, b"in between")).await;
    assert_eq!(
        wire.until_pong().await,
        b"in between",
        "before the message is whole"
    );
    wire.write(&frame_of(LAST | CONTINUATION, other)).await;
    wire.until_text("\"type\":\"reply\"").await;
}

#[tokio::test]
async fn frames_that_arrive_byte_by_byte_are_the_same_frames() {
    let (server, token) = stage().await;
    let mut wire = Wire::greeted(&server, &token).await;
    for byte in frame_of(LAST | TEXT, question(9, "ana").as_bytes()) {
        wire.write(&[byte]).await;
    }
    wire.until_text("\"id\":9").await;
}

#[tokio::test]
async fn a_ping_is_answered_with_what_it_brought_and_a_pong_with_nothing() {
    let (server, token) = stage().await;
    let mut wire = Wire::greeted(&server, &token).await;
    for length in [0, 1, CONTROL_MAX_BYTES] {
        wire.write(&frame_of(LAST | PONG, b"unasked for")).await;
        let payload = vec![0xfe; length];
        wire.write(&frame_of(LAST | PING, &payload)).await;
        assert_eq!(wire.until_pong().await, payload);
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_close_with_1007_as_soon_as_they_are_seen() {
    let (server, token) = stage().await;
    let half = "😀".as_bytes().split_at(2).0;
    for bytes in [
        frame_of(LAST | TEXT, b"\xff"),
        frame_of(LAST | TEXT, half),
        // A surrogate, an overlong slash, and a character beyond the last one.
        frame_of(LAST | TEXT, b"\xed\xa0\x80"),
        frame_of(LAST | TEXT, b"\xc0\xaf"),
        frame_of(LAST | TEXT, b"\xf4\x90\x80\x80"),
        // In a part, before the message is whole.
        frame_of(TEXT, b"\xff"),
        [frame_of(TEXT, b"good"), frame_of(CONTINUATION, b"\xff")].concat(),
        in_parts(TEXT, [half, b"no rest".as_slice()]),
        in_parts(TEXT, [b"good".as_slice(), half]),
        frame_of(LAST | CLOSE, b"\x03\xe8\xff"),
    ] {
        assert_eq!(
            code_for(&server, &token, &bytes).await,
            Some(NOT_UTF8),
            "{bytes:02x?}"
        );
    }
}

#[tokio::test]
async fn what_breaks_the_rules_of_frames_closes_with_1002() {
    let (server, token) = stage().await;
    let question = question(1, "");
    let text = question.as_bytes();
    let mut cases = vec![
        ("a part of nothing", frame_of(CONTINUATION, text)),
        ("the last part of nothing", frame_of(LAST | CONTINUATION, text)),
        (
            "a message in a message",
            [frame_of(TEXT, text), frame_of(LAST | TEXT, text)].concat(),
        ),
        ("a ping in parts", frame_of(PING, b"")),
        ("a close in parts", frame_of(CLOSE, b"")),
        (
            "a ping that is too long",
            frame_of(LAST | PING, &[0; CONTROL_MAX_BYTES + 1]),
        ),
        (
            "a pong that is too long",
            frame_of(LAST | PONG, &[0; CONTROL_MAX_BYTES + 1]),
        ),
        (
            "a close that is too long",
            frame_of(LAST | CLOSE, &[b'1'; CONTROL_MAX_BYTES + 1]),
        ),
        ("a frame without a mask", vec![LAST | TEXT, 2, b'{', b'}']),
    ];
    for bits in RESERVED_BITS {
        cases.push(("a reserved bit", frame_of(LAST | bits | TEXT, text)));
        cases.push(("a reserved bit of a ping", frame_of(LAST | bits | PING, b"")));
    }
    for kind in [0x3, 0x4, 0x5, 0x6, 0x7, 0xb, 0xc, 0xd, 0xe, 0xf] {
        cases.push(("a reserved kind", frame_of(LAST | kind, b"")));
    }
    for (what, bytes) in cases {
        assert_eq!(
            code_for(&server, &token, &bytes).await,
            Some(PROTOCOL_ERROR),
            "{what}: {bytes:02x?}"
        );
    }
}

#[tokio::test]
async fn a_goodbye_is_given_back() {
    let (server, token) = stage().await;
    let mut payloads = vec![Vec::new(), b"\x03\xe8See you.".to_vec()];
    for code in [
        1000_u16, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999,
    ] {
        payloads.push(code.to_be_bytes().to_vec());
    }
    for payload in payloads {
        let mut wire = Wire::greeted(&server, &token).await;
        wire.write(&frame_of(LAST | CLOSE, &payload)).await;
        assert_eq!(wire.goodbye().await.payload, payload);
    }
}

#[tokio::test]
async fn a_goodbye_that_can_t_be_is_answered_with_1002() {
    let (server, token) = stage().await;
    let mut payloads = vec![vec![3]];
    for code in [
        0_u16, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535,
    ] {
        payloads.push(code.to_be_bytes().to_vec());
    }
    for payload in payloads {
        let bytes = frame_of(LAST | CLOSE, &payload);
        let code = code_for(&server, &token, &bytes).await;
        assert_eq!(code, Some(PROTOCOL_ERROR), "{payload:?}");
    }
}

#[tokio::test]
async fn nothing_is_done_after_a_goodbye() {
    let (server, token) = stage().await;
    let mut wire = Wire::greeted(&server, &token).await;
    let question = frame_of(LAST | TEXT, question(1, "").as_bytes());
    wire.write(&[frame_of(LAST | CLOSE, b"\x03\xe8"), question].concat())
        .await;
    // It panics at anything that follows.
    assert_eq!(wire.goodbye().await.code(), Some(1000));
}

#[tokio::test]
async fn a_message_may_come_in_so_many_parts() {
    let (server, token) = stage().await;
    let most = limits::MESSAGE_MAX_PARTS as usize;
    let question = question(7, "");
    let mut parts: Vec<&[u8]> = question.as_bytes().chunks(1).take(most - 1).collect();
    parts.push(&question.as_bytes()[parts.len()..]);
    assert_eq!(parts.len(), most);
    let mut wire = Wire::greeted(&server, &token).await;
    for _ in 0..3 {
        wire.write(&in_parts(TEXT, parts.clone())).await;
        wire.until_text("\"id\":7").await;
    }
    parts.insert(0, b"");
    let code = code_for(&server, &token, &in_parts(TEXT, parts)).await;
    assert_eq!(code, Some(CloseCode::Policy.number()));
    // Without an end, and without a byte in any of them.
    let endless = [frame_of(TEXT, b""), frame_of(CONTINUATION, b"").repeat(most)].concat();
    let code = code_for(&server, &token, &endless).await;
    assert_eq!(code, Some(CloseCode::Policy.number()));
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_read() {
    let (server, token) = stage().await;
    for length in [limits::FRAME_MAX_BYTES as u64 + 1, 1 << 32, u64::MAX] {
        for kind in [TEXT, BINARY, PING] {
            let code = code_for(&server, &token, &header(LAST | kind, length)).await;
            assert_eq!(code, Some(CloseCode::TooBig.number()), "{length} bytes");
        }
    }
    let half = vec![b' '; limits::FRAME_MAX_BYTES / 2 + 1];
    let code = code_for(&server, &token, &in_parts(TEXT, [half.as_slice(), &half])).await;
    assert_eq!(code, Some(CloseCode::TooBig.number()));
    let code = code_for(&server, &token, &frame_of(LAST | BINARY, b"{}")).await;
    assert_eq!(code, Some(CloseCode::Unsupported.number()));
}

#[tokio::test]
async fn what_still_comes_does_not_take_the_goodbye_away() {
    let (server, token) = stage().await;
    for (bytes, code) in [
        (frame_of(LAST | 0x40 | TEXT, b""), PROTOCOL_ERROR),
        (frame_of(LAST | TEXT, b"\xff"), NOT_UTF8),
        (header(LAST | TEXT, 1 << 40), CloseCode::TooBig.number()),
        (frame_of(LAST | BINARY, b""), CloseCode::Unsupported.number()),
    ] {
        let mut wire = Wire::greeted(&server, &token).await;
        // More than the server reads at once, so that some of it is unread when the server has made up its mind.
        wire.write(&[bytes, vec![0; 512 * 1024]].concat()).await;
        assert_eq!(wire.goodbye().await.code(), Some(code));
    }
}
