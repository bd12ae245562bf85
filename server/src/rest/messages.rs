//! What becomes of a message that was said.

use axum::{Json, extract::State};
use serde::Deserialize;
use tidings_protocol::{
    Body, Message,
    command::{
        DeleteMessage, EditMessage, HideMessage, ListDeletions, LoadReceipts, LoadVersions, RemovePreview,
    },
    reply::{Deletion, Receipt, Version},
};

use super::{
    ask,
    input::{Entered, Place},
};
use crate::{error::Refusal, service::Caller, site::Site};

/// Another text.
#[derive(Deserialize)]
pub struct NewText {
    body: Body,
}

/// Puts another text in the place of the caller's own.
pub async fn edit(
    State(site): State<Site>,
    caller: Caller,
    Place(thread, seq): Place,
    Entered(NewText { body }): Entered<NewText>,
) -> Result<Json<Message>, Refusal> {
    ask(&site, caller, EditMessage { thread, seq, body }).await
}

/// Deletes a message for everybody.
pub async fn delete(
    State(site): State<Site>,
    caller: Caller,
    Place(thread, seq): Place,
) -> Result<Json<Message>, Refusal> {
    ask(&site, caller, DeleteMessage { thread, seq }).await
}

/// Hides a message from the caller.
pub async fn hide(
    State(site): State<Site>,
    caller: Caller,
    Place(thread, seq): Place,
) -> Result<Json<()>, Refusal> {
    ask(&site, caller, HideMessage { thread, seq }).await
}

/// Shows no preview of what the caller's own message links to.
pub async fn remove_preview(
    State(site): State<Site>,
    caller: Caller,
    Place(thread, seq): Place,
) -> Result<Json<Message>, Refusal> {
    ask(&site, caller, RemovePreview { thread, seq }).await
}

/// What a message said before.
pub async fn versions(
    State(site): State<Site>,
    caller: Caller,
    Place(thread, seq): Place,
) -> Result<Json<Vec<Version>>, Refusal> {
    ask(&site, caller, LoadVersions { thread, seq }).await
}

/// What was deleted by somebody else than who said it.
pub async fn deletions(State(site): State<Site>, caller: Caller) -> Result<Json<Vec<Deletion>>, Refusal> {
    ask(&site, caller, ListDeletions {}).await
}

/// When a message was delivered and read.
pub async fn receipts(
    State(site): State<Site>,
    caller: Caller,
    Place(thread, seq): Place,
) -> Result<Json<Vec<Receipt>>, Refusal> {
    ask(&site, caller, LoadReceipts { thread, seq }).await
}
