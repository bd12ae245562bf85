//! Threads and what is said in them.

use axum::{Json, extract::State};
use serde::Deserialize;
use tidings_protocol::{
    Body, Emoji, ErrorCode, LocalId, Message, Page, Seq, ThreadId, ThreadView,
    command::{Anchor, LoadMessages, MarkRead, OpenThread, React, SendMessage},
    limits,
    reply::ReadMark,
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
    body: Body,
    #[serde(default)]
    reply_to: Option<Seq>,
}

/// Says something.
pub async fn send(
    State(site): State<Site>,
    caller: Caller,
    Named(thread): Named<ThreadId>,
    Entered(NewMessage {
        local_id,
        body,
        reply_to,
    }): Entered<NewMessage>,
) -> Result<Json<Message>, Refusal> {
    let send = SendMessage {
        thread,
        local_id,
        body,
        reply_to,
    };
    ask(&site, caller, send).await
}

/// How far somebody has read.
#[derive(Deserialize)]
pub struct Mark {
    seq: Seq,
}

/// Moves the caller's read mark.
pub async fn mark_read(
    State(site): State<Site>,
    caller: Caller,
    Named(thread): Named<ThreadId>,
    Entered(Mark { seq }): Entered<Mark>,
) -> Result<Json<ReadMark>, Refusal> {
    ask(&site, caller, MarkRead { thread, seq }).await
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
