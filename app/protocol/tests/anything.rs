//! Whatever text comes, decoding it ends, with a value that means the same when it is written again or with a refusal
//! that doesn't repeat the text.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

use std::{fmt::Debug, str::FromStr};

use bolero::check;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use tidings_fuzzing::{WireText, within_bounds};
use tidings_protocol::{
    ApiError, Body, ClientId, Command, ConnectionId, DeviceFrame, DisplayName, Emoji, Epoch, Event, InviteId,
    LocalId, MessageId, Password, PollAnswer, PollRequest, Position, Reply, Seq, ServerFrame, SessionId,
    Signal, Snapshot, ThreadId, Timestamp, UserId, Username, frame,
    poll::Reach,
    search,
    text::{line, optional},
};
use uuid::Uuid;

/// Any text of the wire, spoilt.
const ANYTHING: WireText = WireText { kind: "" };

/// How much larger than its text a value may be when it is written again: what a text leaves out is written as
/// `null`, `false` or `[]`.
const GROWS_AT_MOST: usize = 4;

/// The same for a text that is nearly empty.
const GROWS_BY_AT_LEAST: usize = 256;

fn is_whole<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) {
    match frame::decode::<T>(text) {
        Ok(value) => {
            let again = frame::encode(&value).expect("ours can be written");
            assert!(
                again.len() <= text.len() * GROWS_AT_MOST + GROWS_BY_AT_LEAST,
                "{} bytes from {}",
                again.len(),
                text.len()
            );
            assert_eq!(frame::decode::<T>(&again).expect("and read"), value);
        }
        Err(error) => {
            let tail: String = text.chars().skip(text.chars().count() / 2).take(30).collect();
            // The sentence itself may be what was read.
            let is_ours = text.contains("The frame is");
            assert!(
                tail.len() < 20 || is_ours || !error.message.contains(&tail),
                "{}",
                error.message
            );
        }
    }
}

#[test]
fn whatever_is_typed_can_be_searched_for() {
    check!().with_type::<String>().for_each(|text| {
        within_bounds("parsing a search", || {
            let written = search::parse(text);
            let terms = written.terms.iter().chain(&written.from).chain(&written.within);
            assert!(terms.map(|term| term.chars().count()).sum::<usize>() <= text.chars().count());
            assert!(written.terms.iter().all(|term| search::is_searchable(term)));
            if let Some(typing) = search::typing(text) {
                assert!(text.starts_with(typing.before) && text.ends_with(typing.value));
            }
        });
    });
}

#[test]
fn decoding_anything_ends_well() {
    check!().with_generator(ANYTHING).for_each(|text| {
        within_bounds("decoding", || {
            is_whole::<DeviceFrame>(text);
            is_whole::<ServerFrame>(text);
            is_whole::<Command>(text);
            is_whole::<Event>(text);
            is_whole::<Signal>(text);
            is_whole::<Reply>(text);
            is_whole::<Snapshot>(text);
            is_whole::<ApiError>(text);
            is_whole::<PollRequest>(text);
            is_whole::<PollAnswer>(text);
            is_whole::<Reach>(text);
            is_whole::<Position>(text);
        });
    });
}

#[test]
fn a_frame_that_can_t_be_read_spoils_no_other_in_an_answer() {
    let good = r#"{"type":"reply","id":7,"reply":{"type":"done"}}"#;
    let target = check!().with_generator(WireText { kind: "server." });
    target.for_each(|bad| {
        within_bounds("answers", || {
            // What is no JSON at all spoils everything around it, and is no server's.
            if frame::decode::<&RawValue>(bad).is_err() {
                return;
            }
            let text = format!(
                r#"{{"connection":"{}","heard":1,"before":2,"frames":[{good},{bad},{good}]}}"#,
                Uuid::nil()
            );
            let answer = PollAnswer::decode(&text).expect("an answer");
            let good: ServerFrame = frame::decode(good).expect("a frame");
            let bad = frame::decode(bad).unwrap_or(ServerFrame::Unknown);
            assert_eq!(answer.frames, [good.clone(), bad, good]);
            assert_eq!((answer.heard, answer.before), (1, 2));
        });
    });
}

/// What is accepted stays the same when it is shown and read again.
fn stays<T: FromStr + ToString + PartialEq + Debug>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        let again = value.to_string().parse::<T>();
        assert_eq!(again.ok().expect("it stays good"), value);
    }
}

#[test]
fn a_text_is_accepted_within_its_limits_or_refused() {
    let same = |one: Option<String>, other: Option<String>| assert_eq!(one, other);
    check!().with_generator(ANYTHING).for_each(|text| {
        within_bounds("texts", || {
            if let Ok(body) = Body::new(text) {
                assert_eq!(Body::new(body.as_str()).expect("it stays good"), body);
            }
            if let Ok(name) = Username::new(text) {
                assert_eq!(Username::new(name.as_str()).expect("it stays good"), name);
            }
            if let Ok(name) = DisplayName::new(text) {
                assert_eq!(DisplayName::new(name.as_str()).expect("it stays good"), name);
            }
            if let Ok(emoji) = Emoji::new(text) {
                assert_eq!(Emoji::new(emoji.as_str()).expect("it stays good"), emoji);
            }
            if let Ok(password) = Password::new(text) {
                assert_eq!(password.as_str(), text.as_str(), "nothing of a password is cut");
            }
            if let Ok(one) = line("Name", text, 40) {
                same(line("Name", &one, 40).ok(), Some(one));
            }
            if let Ok(Some(note)) = optional("Note", text, 40) {
                same(optional("Note", &note, 40).ok().flatten(), Some(note));
            }
            stays::<UserId>(text);
            stays::<ThreadId>(text);
            stays::<MessageId>(text);
            stays::<LocalId>(text);
            stays::<ClientId>(text);
            stays::<SessionId>(text);
            stays::<ConnectionId>(text);
            stays::<InviteId>(text);
            stays::<Epoch>(text);
        });
    });
}

#[test]
fn ids_are_read_in_any_spelling_and_written_in_one() {
    check!().for_each(|bytes: &[u8]| {
        within_bounds("ids", || {
            let text = String::from_utf8_lossy(bytes);
            stays::<ThreadId>(&text);
            stays::<LocalId>(&text);
        });
    });
    check!()
        .with_type::<(u128, u8)>()
        .for_each(|&(number, spelling)| {
            let id = ThreadId(Uuid::from_u128(number));
            let text = match spelling % 4 {
                0 => id.to_string(),
                1 => id.to_string().to_uppercase(),
                2 => id.0.simple().to_string(),
                _ => id.0.braced().to_string(),
            };
            assert_eq!(text.parse::<ThreadId>().expect("an id"), id);
        });
}

fn returns<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = frame::encode(value).expect("ours can be written");
    assert_eq!(frame::decode::<T>(&text).as_ref(), Ok(value));
}

#[test]
fn numbers_survive_the_wire_however_large() {
    check!()
        .with_type::<(u128, u64, i64, u16)>()
        .for_each(|&(epoch, number, signed, version)| {
            let position = Position {
                epoch: Epoch(Uuid::from_u128(epoch)),
                offset: number,
            };
            returns(&DeviceFrame::Hello {
                version,
                position: Some(position),
                reached: Some(position),
                idle_for_ms: number,
            });
            returns(&DeviceFrame::Acknowledge { position });
            returns(&ServerFrame::Beat {
                head: position,
                sent: number,
            });
            returns(&Seq(signed));
            returns(&Timestamp(signed));
        });
}
