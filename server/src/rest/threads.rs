//! Threads and what is said in them.

use axum::{Json, extract::State};
use serde::Deserialize;
use tidings_protocol::{
    AttachmentId, Body, Emoji, ErrorCode, LocalId, Message, Page, Seq, Suggestion, ThreadId, ThreadSettings,
    ThreadView,
    command::{
        Anchor, LoadMessages, MarkRead, MarkUnread, OpenThread, Origin, React, SendMessage,
        SetThreadSettings, SuggestReplies,
    },
    limits,
    reply::{ReadMark, SettingsMark},
};

use super::{
    ask,
    input::{Asked, Entered, Named},
};
use crate::{error::Refusal, service::Caller, site::Site};

/// Opens the direct thread with somebody.
pub async fn open(
    State(site): State<Site>,
    caller: Caller,
    Entered(open): Entered<OpenThread>,
) -> Result<Json<ThreadView>, Refusal> {
    ask(&site, caller, open).await
}

/// Which part of the history is wanted: the newest without any.
#[derive(Deserialize)]
pub struct Part {
    before: Option<i64>,
    after: Option<i64>,
    around: Option<i64>,
    limit: Option<u32>,
}

/// A page of history.
pub async fn page(
    State(site): State<Site>,
    caller: Caller,
    Named(thread): Named<ThreadId>,
    Asked(part): Asked<Part>,
) -> Result<Json<Page>, Refusal> {
    let from = match (part.before, part.after, part.around) {
        (None, None, None) => Anchor::Latest,
        (Some(seq), None, None) => Anchor::Before { seq: Seq(seq) },
        (None, Some(seq), None) => Anchor::After { seq: Seq(seq) },
        (None, None, Some(seq)) => Anchor::Around { seq: Seq(seq) },
        (Some(_), ..) | (_, Some(_), _) => {
            return Err(Refusal::new(
                ErrorCode::BadRequest,
                "Ask for messages before, after or around a place, not several of them.",
            ));
        }
    };
    let limit = part.limit.unwrap_or(limits::PAGE_MESSAGES);
    ask(&site, caller, LoadMessages { thread, from, limit }).await
}

/// A message to be sent.
#[derive(Deserialize)]
pub struct NewMessage {
    local_id: LocalId,
    #[serde(default)]
    body: Option<Body>,
    #[serde(default)]
    attachments: Vec<AttachmentId>,
    #[serde(default)]
    reply_to: Option<Seq>,
    #[serde(default)]
    forwarded: bool,
    #[serde(default)]
    files_of: Option<Origin>,
}

/// Says something.
pub async fn send(
    State(site): State<Site>,
    caller: Caller,
    Named(thread): Named<ThreadId>,
    Entered(NewMessage {
        local_id,
        body,
        attachments,
        reply_to,
        forwarded,
        files_of,
    }): Entered<NewMessage>,
) -> Result<Json<Message>, Refusal> {
    let send = SendMessage {
        thread,
        local_id,
        body,
        attachments,
        reply_to,
        forwarded,
        files_of,
    };
    ask(&site, caller, send).await
}

/// How far somebody has read, or no longer.
#[derive(Deserialize)]
pub struct Mark {
    seq: Seq,
    #[serde(default)]
    rewinds: Option<u32>,
}

/// Moves the caller's read mark.
pub async fn mark_read(
    State(site): State<Site>,
    caller: Caller,
    Named(thread): Named<ThreadId>,
    Entered(Mark { seq, rewinds }): Entered<Mark>,
) -> Result<Json<ReadMark>, Refusal> {
    let mark = MarkRead { thread, seq, rewinds };
    ask(&site, caller, mark).await
}

/// Takes the caller's own read mark back.
pub async fn mark_unread(
    State(site): State<Site>,
    caller: Caller,
    Named(thread): Named<ThreadId>,
    Entered(Mark { seq, rewinds }): Entered<Mark>,
) -> Result<Json<ReadMark>, Refusal> {
    let mark = MarkUnread { thread, seq, rewinds };
    ask(&site, caller, mark).await
}

/// Has a thread otherwise.
pub async fn set_settings(
    State(site): State<Site>,
    caller: Caller,
    Named(thread): Named<ThreadId>,
    Entered(settings): Entered<ThreadSettings>,
) -> Result<Json<SettingsMark>, Refusal> {
    ask(&site, caller, SetThreadSettings { thread, settings }).await
}

/// A reaction as it shall be.
#[derive(Deserialize)]
pub struct Wish {
    seq: Seq,
    emoji: Emoji,
    on: bool,
}

/// Reacts to a message, or no longer.
pub async fn react(
    State(site): State<Site>,
    caller: Caller,
    Named(thread): Named<ThreadId>,
    Entered(Wish { seq, emoji, on }): Entered<Wish>,
) -> Result<Json<Message>, Refusal> {
    let react = React {
        thread,
        seq,
        emoji,
        on,
    };
    ask(&site, caller, react).await
}

/// Which message is to be answered.
#[derive(Deserialize)]
pub struct Answered {
    to: Seq,
}

/// Replies that the caller may want to give.
pub async fn suggest(
    State(site): State<Site>,
    caller: Caller,
    Named(thread): Named<ThreadId>,
    Asked(Answered { to: seq }): Asked<Answered>,
) -> Result<Json<Vec<Suggestion>>, Refusal> {
    ask(&site, caller, SuggestReplies { thread, seq }).await
}
