//! The wire, as it stands in `tests/wire`: one file for each variant of everything that travels.
//!
//! A changed file is a changed contract: other people's devices read it. After a deliberate change, write the files
//! anew with `UPDATE_GOLDEN=1 cargo test -p tidings-protocol --test wire` and look at the difference.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

#[path = "wire/samples.rs"]
mod samples;

use std::{collections::BTreeSet, fmt::Debug, fs, path::PathBuf};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tidings_protocol::{
    ApiError, CloseCode, Command, DeviceFrame, ErrorCode, Event, PollAnswer, PollRequest, PushPayload, Reply,
    ServerFrame, Signal, frame, poll::Reach,
};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire")
}

/// Checks each sample against its file, in both directions, and that each variant has a sample.
fn agree<T>(kind: &str, variants: &[&str], name: impl Fn(&T) -> &'static str, samples: Vec<T>)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let mut files = BTreeSet::new();
    for sample in &samples {
        let file = format!("{kind}.{}.json", name(sample));
        let path = folder().join(&file);
        let text = serde_json::to_string_pretty(sample).unwrap() + "\n";
        if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
            fs::write(&path, &text).unwrap();
        }
        let golden = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(text, golden, "{file} no longer says how this is written");
        let read: T = frame::decode(&golden).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(
            &read, sample,
            "{file} no longer reads as what it was written from"
        );
        let newer = with_unknown_fields(serde_json::from_str(&golden).unwrap()).to_string();
        let read: T =
            frame::decode(&newer).unwrap_or_else(|error| panic!("{file} with more fields: {error}"));
        assert_eq!(
            &read, sample,
            "{file}: a field from a newer peer changed the meaning"
        );
        assert!(files.insert(file), "two samples for {}", name(sample));
    }
    let wanted: BTreeSet<String> = variants
        .iter()
        .map(|variant| format!("{kind}.{variant}.json"))
        .collect();
    assert_eq!(files, wanted, "each variant has a sample");
    let kept = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept: BTreeSet<String> = kept
        .filter(|file| file.starts_with(&format!("{kind}.")) && file.ends_with(".json"))
        .collect();
    assert_eq!(kept, wanted, "each file belongs to a variant");
}

/// The same value from a peer that knows more: a further field in each object.
fn with_unknown_fields(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields
                .into_iter()
                .map(|(name, value)| (name, with_unknown_fields(value)));
            let added = ("from_a_newer_peer".to_owned(), Value::from(1));
            Value::Object(fields.chain([added]).collect())
        }
        Value::Array(items) => items.into_iter().map(with_unknown_fields).collect(),
        other => other,
    }
}

/// Defines the names of all variants of an enum. The match is exhaustive, so a new variant does not compile until it
/// is listed, and a listed one does not pass until it has a sample and a file.
macro_rules! variants {
    ($names:ident, $name:ident, $kind:ident { $($variant:ident)* } $(but $unknown:ident)?) => {
        const $names: &[&str] = &[$(stringify!($variant)),*];
        fn $name(value: &$kind) -> &'static str {
            match value {
                $($kind::$variant { .. } => stringify!($variant),)*
                $($kind::$unknown => stringify!($unknown),)?
            }
        }
    };
}

variants!(DEVICE_FRAMES, device_frame, DeviceFrame {
    Hello Call Acknowledge TypingStarted TypingStopped Activity Probe
});
variants!(SERVER_FRAMES, server_frame, ServerFrame {
    Welcome Event Signal Reply Refused Error Beat
} but Unknown);
variants!(REPLIES, reply, Reply {
Done Message ReadMark Page Thread People User Users Client Clients Invite Invites Deletions Versions Receipts PushSubscription PushOverview Suggestions SmartReplies ThreadSettings Hits Seq
});
variants!(EVENTS, event, Event {
MessageSent MessageChanged MessageHidden MessagesRead MessagesDelivered UnreadChanged MarkedUnread ThreadSettingsChanged ThreadOpened MembersAdded MemberRemoved MemberRoleChanged ThreadRenamed ClientChanged UserChanged SmartRepliesChanged SessionEnded
} but Unknown);
variants!(SIGNALS, signal, Signal { TypingStarted TypingStopped Presence } but Unknown);
variants!(ERROR_CODES, error_code, ErrorCode {
    BadRequest Unauthorized Forbidden NotFound MethodNotAllowed Conflict Gone TooLarge UnsupportedMediaType Invalid
    Outdated RateLimited Internal Unavailable StorageFull
} but Unknown);

#[test]
fn device_frames_are_written_as_agreed() {
    agree("device", DEVICE_FRAMES, device_frame, samples::device_frames());
}

#[test]
fn server_frames_are_written_as_agreed() {
    agree("server", SERVER_FRAMES, server_frame, samples::server_frames());
}

#[test]
fn polls_are_written_as_agreed() {
    let request = |request: &PollRequest| match request.connection {
        None => "Open",
        Some(_) if request.wait => "Wait",
        Some(_) => "Send",
    };
    let answer = |answer: &PollAnswer| match answer.closed {
        None => "Frames",
        Some(_) => "Closed",
    };
    agree(
        "poll_request",
        &["Open", "Wait", "Send"],
        request,
        samples::poll_requests(),
    );
    agree(
        "poll_answer",
        &["Frames", "Closed"],
        answer,
        samples::poll_answers(),
    );
    agree("reach", &["Reach"], |_: &Reach| "Reach", samples::reaches());
}

#[test]
fn a_poll_says_only_what_it_has_to() {
    let open: PollRequest = frame::decode("{}").unwrap();
    assert_eq!(open.connection, None);
    assert_eq!(
        (open.heard, open.before, open.wait, open.leave),
        (0, 0, false, false)
    );
    assert_eq!(open.frames, []);
}

#[test]
fn commands_are_written_as_agreed() {
    agree("command", Command::VARIANTS, Command::name, samples::commands());
}

#[test]
fn replies_are_written_as_agreed() {
    agree("reply", REPLIES, reply, samples::replies());
}

#[test]
fn events_are_written_as_agreed() {
    agree("event", EVENTS, event, samples::events());
}

#[test]
fn signals_are_written_as_agreed() {
    agree("signal", SIGNALS, signal, samples::signals());
}

#[test]
fn pushes_are_written_as_agreed() {
    let name = |payload: &PushPayload| match payload {
        PushPayload::Message { .. } => "Message",
        PushPayload::Withdraw { .. } => "Withdraw",
        PushPayload::Test { .. } => "Test",
    };
    agree("push", &["Message", "Withdraw", "Test"], name, samples::pushes());
}

#[test]
fn errors_are_written_as_agreed() {
    agree(
        "error",
        ERROR_CODES,
        |error: &ApiError| error_code(&error.code),
        samples::errors(),
    );
}

#[test]
fn what_a_newer_server_adds_is_skipped() {
    let event: Event =
        frame::decode(r#"{"type":"message:sung","melody":[1,2],"thread":{"id":null}}"#).unwrap();
    assert_eq!(event, Event::Unknown);
    let signal: Signal = frame::decode(r#"{"type":"users:dancing","users":[]}"#).unwrap();
    assert_eq!(signal, Signal::Unknown);
    let frame: ServerFrame = frame::decode(r#"{"type":"balloon","colour":"red"}"#).unwrap();
    assert_eq!(frame, ServerFrame::Unknown);
    let error: ApiError = frame::decode(r#"{"code":"teapot","message":"I am a teapot."}"#).unwrap();
    assert_eq!(error.code, ErrorCode::Unknown);
}

#[test]
fn an_unknown_event_still_counts_its_position() {
    let text = r#"{"type":"event","position":{"epoch":"00000000-0000-0000-0000-000000000001","offset":9},
        "event":{"type":"message:sung","melody":"la"}}"#;
    let ServerFrame::Event { position, event } = frame::decode(text).unwrap() else {
        panic!("not an event")
    };
    assert_eq!((position.offset, event), (9, Event::Unknown));
}

#[test]
fn a_server_refuses_frames_that_no_device_of_its_version_sends() {
    for text in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"type":"sing"}"#,
        r#"{"type":"call","id":-1,"command":{"type":"list_users"}}"#,
        r#"{"type":"call","id":1,"command":{"type":"make_coffee"}}"#,
        r#"{"type":"call","id":1,"command":{"type":"mark_read","thread":"x","seq":1}}"#,
        r#"{"type":"hello","version":70000,"idle_for_ms":0}"#,
        "{\"type\":\"probe\"",
    ] {
        let error = frame::decode::<DeviceFrame>(text).unwrap_err();
        assert_eq!(error.code, ErrorCode::BadRequest, "{text}");
        assert!(
            text.is_empty() || !error.message.contains(text),
            "the text is not repeated"
        );
    }
}

#[test]
fn a_message_without_text_never_arrives_as_a_body() {
    for body in ["", "  \n", "a\u{0}b"] {
        let text = serde_json::json!({
            "type": "send_message",
            "thread": samples::uuid(1),
            "local_id": samples::uuid(2),
            "body": body,
        });
        assert!(frame::decode::<Command>(&text.to_string()).is_err(), "{body:?}");
    }
}

#[test]
fn close_codes_are_told_apart_by_their_numbers() {
    for code in [
        CloseCode::SignedOut,
        CloseCode::TooSlow,
        CloseCode::Resync,
        CloseCode::TooManyConnections,
        CloseCode::Outdated,
        CloseCode::Restarting,
        CloseCode::TooBig,
        CloseCode::Unsupported,
        CloseCode::Policy,
        CloseCode::Internal,
    ] {
        assert_eq!(CloseCode::from_number(code.number()), Some(code));
    }
    assert_eq!(CloseCode::from_number(1000), None);
}
